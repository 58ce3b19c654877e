"""The proof for approval (校正): several records as the press would print them, guides on, and a sheet of evidence after them.

The records are samples, or a member file's masked ones: first, last, longest, with the rarest characters, and one masked whole.
Beside the PDF lies a JSON file that says of what it is the proof; an approval is given on both. Printed by the same stages as
a lot, one piece a sheet, with the spot plates of the vendor who will print it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined

from pipeline.base.geometry import Box
from pipeline.base.problems import LayoutError, Problem, UsageError
from pipeline.craft.pdf.guides import Guide, with_guides
from pipeline.craft.sheet_figures import lying
from pipeline.craft.typefaces import clusters
from pipeline.craft.typesetter import TypesettingError, set_page
from pipeline.model.decision import Outcome
from pipeline.model.document import Document
from pipeline.model.layout import Layout
from pipeline.model.member import Member
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Side, Template
from pipeline.office.durable import write_atomic
from pipeline.office.enclosures import Paper
from pipeline.office.evidence import NAMES, Evidence, evidence_of
from pipeline.office.folder import disk_faults
from pipeline.office.materials import Materials, load, load_paper
from pipeline.office.planning import Kind, serial
from pipeline.office.proof import decision_on, printed, sample_members, shown
from pipeline.office.sample_lot import sample_pages
from pipeline.office.shop import Shop
from pipeline.office.worker import sha256_of
from pipeline.rules.masking import masked
from pipeline.stages.impose import impose, slots
from pipeline.stages.read import read

MARK = "校正"
_NO_ORDER = 0
FIRST, LAST, LONGEST, RARE, MASKED = "最初の記録", "最後の記録", "最も長い記録", "外字・異体字の記録", "伏せ字にした記録"
_MOST_RARE = 60  # characters that the sheet has room for


class ApprovalProof(NamedTuple):
    """Where the proof is, what it shows and of how many pages; `rare` are the characters of no first typeface."""

    path: Path
    records: tuple[str, ...]
    rare: tuple[str, ...]
    evidence: Evidence


class _Rare(NamedTuple):
    """A character that the first typeface lacks, as the sheet of evidence shows it."""

    text: str
    codes: str
    family: str
    field: str


def default_path(document: str, issuer_id: str, shop: Shop) -> Path:
    """Where the proof of a document type lies unless told otherwise."""
    return shop.out / "proofs" / f"{document}-{issuer_id}-approval.pdf"


def sheet_of(proof: Path) -> Path:
    """The file beside a proof that says of what it is the proof."""
    return proof.with_suffix(".json")


def prove_for_approval(
    document: str, issuer_id: str, members: Path | None, out: Path | None, day: date, shop: Shop
) -> ApprovalProof:
    """Write a proof for approval and what it is the proof of. LayoutError, MemberError, PreflightError, HandoffError."""
    target = out or default_path(document, issuer_id, shop)
    if target.suffix != ".pdf":
        raise UsageError(Problem("proof-approval-kind", target.name, {"name": target.name}))
    shop.layout(document)
    kind: Kind | Paper
    if document in shop.issuer(issuer_id).enclosures:
        kind = load_paper(shop, document, issuer_id, day)
        design = kind.design
        people = list(sample_members(shop, issuer_id).values())
        pages = sample_pages(kind, document, people, issuer_id, day, shop)
        records: tuple[str, ...] = ("見本のロット",)
    else:
        materials = load(shop, issuer_id, day, [document], signing="sample")
        kind, design = materials.kinds[document], shop.sheet(materials.issuer.documents[document].office_sheet)
        chosen = _chosen(materials, document, members, day, shop)
        pages = [
            shown(materials, document, member, decision_on(member, materials, document, day), day, serial(_NO_ORDER, n), label)
            for n, (label, member) in enumerate(chosen.items())
        ]
        records = tuple(chosen)
    evidence, rare = evidence_of(document, issuer_id, day, kind, shop), list(_rare(pages, kind.template, kind.layout, shop))
    made = printed(pages, f"proof {document} {issuer_id}", day, kind.template, design, kind.conditions, shop.typefaces(), MARK)
    sheet = _evidence_sheet(kind.layout, issuer_id, day, records, rare, evidence, kind.conditions.vendor.title, shop)
    guides = list(_guides(kind, len(pages) * len(kind.template.leaves), design))
    with disk_faults(target.name):
        target.parent.mkdir(parents=True, exist_ok=True)
        sheet_of(target).unlink(missing_ok=True)  # never an old sheet beside a new proof
        write_atomic(target, with_guides(made.pdf, guides, design.height, sheet))
        told = {
            "document": document,
            "issuer": issuer_id,
            "day": day.isoformat(),
            "records": records,
            "rare": [one.codes for one in rare],
            "evidence": dict(evidence.fingerprints),
            "sha256": sha256_of(target),
        }
        write_atomic(sheet_of(target), (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode())
    return ApprovalProof(target, records, tuple(one.text for one in rare), evidence)


def _chosen(materials: Materials, document: str, path: Path | None, day: date, shop: Shop) -> Mapping[str, Member]:
    """The records to show by what they are shown for. Of a member file every one is masked."""
    members: Iterable[Member]
    if path:
        members = (one for one in read(path, materials.issuer) if isinstance(one, Member))
    else:
        members = sample_members(shop, materials.issuer_id).values()
    seen: dict[str, Member] = {}
    for member in members:
        if decision_on(member, materials, document, day).outcome is not Outcome.ISSUE:
            continue
        seen.setdefault(FIRST, member)
        seen[LAST] = member
        if LONGEST not in seen or _length(member) > _length(seen[LONGEST]):
            seen[LONGEST] = member
        if RARE not in seen or _rarity(member) > _rarity(seen[RARE]):
            seen[RARE] = member
    if not seen and not path:  # made on request, for whoever asks
        seen[FIRST] = next(iter(sample_members(shop, materials.issuer_id).values()))
    if not seen:
        raise UsageError(Problem("proof-nobody-due", path.name if path else document, {"document": document}))
    if path:
        return {label: masked(member, _rare_of(member)) for label, member in seen.items()}
    if not _rarity(seen.get(RARE, seen[FIRST])):  # whose name has the rare characters is not due this document
        rarest = max(sample_members(shop, materials.issuer_id).values(), key=_rarity)
        seen[RARE] = replace(seen[FIRST], name=rarest.name, kana=rarest.kana)
    return seen | {MASKED: masked(seen[FIRST])}


def _length(member: Member) -> int:
    return len(member.name + member.kana + member.insured_name + member.alias_name + member.office_name + member.address)


def _rare_of(member: Member) -> set[str]:
    """The characters that a common Japanese encoding lacks: they are what the proof is to show."""
    text = member.name + member.insured_name + member.alias_name + member.registered_note
    return {cluster for cluster in clusters(text) if cluster.encode("cp932", "ignore").decode("cp932") != cluster}


def _rarity(member: Member) -> int:
    return len(_rare_of(member))


def _rare(pages: Iterable[Document], template: Template, layout: Layout, shop: Shop) -> Iterator[_Rare]:
    """Every character that was set in another typeface than its field's first, once."""
    seen: set[tuple[str, str]] = set()
    faces = shop.typefaces()
    for page in pages:
        for field, text, chosen in zip(template.texts, page.texts, page.settings, strict=True):
            first, used = faces[field.settings[0].typeface], faces[field.settings[chosen].typeface]
            if first is used:
                continue
            for cluster in first.missing(text.replace("\n", "")):
                if (cluster, used.id) not in seen:
                    seen.add((cluster, used.id))
                    codes = " ".join(f"U+{ord(char):04X}" for char in cluster)
                    yield _Rare(cluster, codes, used.family, layout.terms.get(field.name, field.name))


def _guides(kind: Kind | Paper, leaves: int, design: SheetDesign) -> Iterator[list[Guide]]:
    """The guides of every page: for each piece its bleed, trim and safe area, and the boxes of its fields, codes and seals."""
    template, places = kind.template, slots(design)
    duplex = any(leaf.back for leaf in template.leaves)
    for sheet in impose(leaves, design):
        for surface in (0, 1) if duplex else (0,):
            drawn: list[Guide] = []
            for slot, leaf in zip(places, sheet.leaves, strict=True):
                sides = template.leaves[leaf % len(template.leaves)].sides if leaf is not None else ()
                shown = surface ^ slot.face_down
                if shown < len(sides):
                    drawn += _of_side(sides[shown], slot.on(surface), slot.turns[surface], kind.layout, design)
            yield drawn


def _of_side(side: Side, trim: Box, turn: int, layout: Layout, design: SheetDesign) -> Iterator[Guide]:
    yield Guide("bleed", trim.grown(design.piece.bleed))
    yield Guide("trim", trim)
    yield Guide("safe", trim.grown(-layout.page.safe))
    boxes = [*(one.box for one in side.texts), *(one.box for one in side.codes), *(one.box for one in side.seals)]
    for box in boxes:
        yield Guide("field", lying(box, trim, turn))


def _evidence_sheet(
    layout: Layout,
    issuer_id: str,
    day: date,
    records: tuple[str, ...],
    rare: list[_Rare],
    evidence: Evidence,
    vendor: str,
    shop: Shop,
) -> bytes:
    page = files("pipeline.office").joinpath("approval-sheet.html").read_text("utf-8")
    html = (
        Environment(undefined=StrictUndefined, autoescape=True)
        .from_string(page)
        .render(
            layout=layout,
            issuer=shop.issuer(issuer_id),
            day=day.isoformat(),
            records=records,
            rare=rare[:_MOST_RARE],
            left=max(0, len(rare) - _MOST_RARE),
            names=NAMES,
            fingerprints=evidence.fingerprints,
            vendor=vendor,
        )
    )
    shop.confine_fonts()
    try:
        return set_page(html, {})
    except TypesettingError as refused:
        raise LayoutError(
            Problem("artwork-refused", "approval-sheet.html", {"reason": one}) for one in refused.reports
        ) from None
