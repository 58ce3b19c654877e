"""Proofs: one sample document through the same stages as a lot, 見本 printed across it."""

import csv
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pipeline.base.geometry import Box
from pipeline.base.problems import LayoutError, MemberError, PreflightError, Problem, UsageError
from pipeline.craft.screens import gain_of
from pipeline.craft.signing import sample_signer
from pipeline.craft.typefaces import Typefaces
from pipeline.craft.yamlfile import load
from pipeline.model.decision import Decision, Outcome
from pipeline.model.document import Document
from pipeline.model.member import Member
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions
from pipeline.office.copies import all_copies, as_copied, known_copier, pressed_on
from pipeline.office.durable import disk_error, write_atomic
from pipeline.office.enclosures import Paper
from pipeline.office.materials import Materials, load_paper
from pipeline.office.materials import load as load_materials
from pipeline.office.pictures import side_by_side
from pipeline.office.planning import Kind, serial
from pipeline.office.sample_lot import sample_pages
from pipeline.office.shop import Shop
from pipeline.rules.expiry import EXPIRY, expiry_of
from pipeline.rules.policies import choose
from pipeline.stages.decide import decide
from pipeline.stages.fill import fill
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.preflight import preflight
from pipeline.stages.read import read
from pipeline.stages.stamp import stamp

MARK = "見本"
SERIAL = serial(0, 0)  # of no order: they count from 1


class Proof(NamedTuple):
    """A proof as PDF. `trims` are the trim boxes on its pages, in turn, from the page's top left corner, µm."""

    pdf: bytes
    trims: tuple[Box, ...]
    bleed: int


def prove(document: str, issuer_id: str, sample: str, out: Path | None, day: date, shop: Shop) -> Path:
    """Write one proof as PDF or PNG (300 dpi, sides beside each other, with bleed); returns its path.

    Without a sample's name, the first one that is due the document. Raises LayoutError, MemberError, UsageError, HandoffError.
    """
    target = out or shop.out / "proofs" / f"{document}-{issuer_id}.pdf"
    if target.suffix not in (".pdf", ".png"):
        raise UsageError(Problem("proof-file-kind", target.name, {"name": target.name}))
    made = proof(document, issuer_id, sample, day, shop)
    content = made.pdf
    if target.suffix == ".png":
        content = side_by_side(made.pdf, [trim.grown(made.bleed) for trim in made.trims])
    _save(target, content)
    return target


def prove_copied(document: str, issuer_id: str, sample: str, copier: str, out: Path | None, day: date, shop: Shop) -> Path:
    """Write what a copier returns of one proof, without a copier's name what each of them does (PNG); returns its path.

    The press is the pantograph's, of a document without one the coarsest. Errors as `prove`; UsageError: no such copier.
    """
    target = out or shop.out / "proofs" / f"{document}-{issuer_id}-copied.png"
    if target.suffix != ".png":
        raise UsageError(Problem("proof-copy-kind", target.name, {"name": target.name}))
    known_copier(copier)
    made = proof(document, issuer_id, sample, day, shop)
    press = pressed_on(shop.layout(document), shop.presses())
    boxes = [trim.grown(made.bleed) for trim in made.trims]
    if copier:
        _save(target, as_copied(made.pdf, boxes, copier, press.dpi, gain_of(press)))
    else:
        face = next(iter(shop.typefaces())).path
        _save(target, all_copies(made.pdf, boxes[0], press.dpi, gain_of(press), face))
    return target


def _save(target: Path, content: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(target, content)
    except OSError as fault:
        raise disk_error(fault, target.name) from None


def proof(document: str, issuer_id: str, sample: str, day: date, shop: Shop) -> Proof:
    """One proof. A named sample is shown whether it is due the document or not, its expiry as if it were.

    Of a paper that goes with lots, a sample lot's or sample bundle's.
    """
    shop.layout(document)
    if document in shop.issuer(issuer_id).enclosures:
        paper, members = load_paper(shop, document, issuer_id, day), list(sample_members(shop, issuer_id).values())
        return _printed(sample_pages(paper, document, members, issuer_id, day, shop), document, issuer_id, day, paper, shop)
    materials = load_materials(shop, issuer_id, day, [document], office=True, signing="sample")
    filled = filled_sample(materials, document, sample, day, sample_members(shop, issuer_id))
    return _printed([filled], document, issuer_id, day, materials.kinds[document], shop)


def _printed(pages: list[Document], document: str, issuer_id: str, day: date, kind: Kind | Paper, shop: Shop) -> Proof:
    name = f"proof {document} {issuer_id}"
    return printed(pages, name, day, kind.template, kind.design, kind.conditions, shop.typefaces())


def printed(
    pages: list[Document],
    name: str,
    day: date,
    template: Template,
    design: SheetDesign,
    conditions: Conditions,
    typefaces: Typefaces,
    mark: str = MARK,
) -> Proof:
    """Documents as a lot would be printed, but for the word across (none: as they are). Their file is read back as a lot's,
    PreflightError if it differs; with a word it is not looked at as a picture, since that may lie over a code."""
    stamped = stamp(pages, template, typefaces, machine=conditions.inserter)
    sheets, places = impose(len(stamped.leaves), design), slots(design)
    slug = Slug(name, day.isoformat(), len(sheets), template.fingerprint)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name / "proof.pdf"
        path.parent.mkdir()
        with path.open("wb") as file:
            plate(file, stamped, sheets, places, template, design, conditions, typefaces, slug, mark)
        report = preflight(
            path, template, design, conditions, pages, 1, typefaces.paths(), 0 if mark else 1, overprint=bool(mark),
            lot_sheets=len(sheets), code_key=sample_signer().public,
        )  # fmt: skip
        if report.faults:
            raise PreflightError(report.faults)
        content = path.read_bytes()
    duplex = any(leaf.back for leaf in template.leaves)
    return Proof(content, tuple(places[0].on(side) for side in range(1 + duplex)), design.piece.bleed)


def samples(shop: Shop) -> dict[str, dict[str, str]]:
    """The sample members by name: columns of the member file."""
    found = load(shop.root / "fixtures" / "samples.yaml", LayoutError).value
    return {name: {column: str(text) for column, text in columns.items()} for name, columns in found.items()}


def sample_members(shop: Shop, issuer_id: str) -> dict[str, Member]:
    """The sample members as members of an issuer, read as a member file is read."""
    issuer, named = shop.issuer(issuer_id), samples(shop)
    columns = ["保険者番号", *dict.fromkeys(column for one in named.values() for column in one)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows({"保険者番号": issuer.insurer_number} | one for one in named.values())
        found = list(read(path, issuer))
    wrong = [problem for one in found if not isinstance(one, Member) for problem in one.problems]
    if wrong:
        raise MemberError(wrong)
    return dict(zip(named, (one for one in found if isinstance(one, Member)), strict=True))


def filled_sample(materials: Materials, document: str, sample: str, day: date, members: Mapping[str, Member]) -> Document:
    """A document of the sample of this name, or of the first one that is due it. UsageError, LayoutError if it is held."""
    if sample and sample not in members:
        raise UsageError(Problem("proof-unknown-sample", sample, {"name": sample, "known": "、".join(members)}))
    decisions = {name: decision_on(member, materials, document, day) for name, member in members.items()}
    due = [name for name, decision in decisions.items() if decision.outcome is Outcome.ISSUE]
    chosen = sample or next(iter(due or members))
    return shown(materials, document, members[chosen], decisions[chosen], day, SERIAL, f"samples.yaml {chosen}")


def shown(
    materials: Materials, document: str, member: Member, decision: Decision, day: date, number: str, place: str
) -> Document:
    """A member's document, as if it were due where it is not. LayoutError at `place` for what cannot be printed."""
    if decision.outcome is not Outcome.ISSUE:
        policy = materials.issuer.documents[document].expiry
        until = expiry_of(choose(EXPIRY, policy, document), policy.policy, member, day)
        decision = replace(decision, outcome=Outcome.ISSUE, issued_on=day, expires_on=until.on)
    filled = fill(materials.kinds[document].form, member, decision, number)
    if isinstance(filled, Problem):
        raise LayoutError(Problem("proof-held", place, {"reason": filled.message}))
    return filled


def decision_on(member: Member, materials: Materials, document: str, day: date) -> Decision:
    """What is decided of a member for a document."""
    return next(one for one in decide(member, materials.issuer, day, day) if one.document == document)
