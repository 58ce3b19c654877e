"""What an order is made with: issuer, compiled layouts, sheets, typefaces, and the fingerprints that name them."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pipeline.base.problems import LayoutError, Problem, UsageError
from pipeline.craft import specs
from pipeline.craft.inserter import has_room
from pipeline.craft.signing import Signer
from pipeline.craft.typefaces import Typefaces
from pipeline.craft.vendors import takes
from pipeline.model.issuer import Issuer
from pipeline.model.sheet import SheetDesign
from pipeline.model.spec import Spec
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions
from pipeline.office.bundles import EMPLOYER, HOME
from pipeline.office.enclosures import Paper, goes_with
from pipeline.office.keys import Signing, code_signer_of
from pipeline.office.papers import INSERTER_MARK, rows_of
from pipeline.office.planning import Kind
from pipeline.office.shop import Shop
from pipeline.rules.occasions import ON_REQUEST
from pipeline.stages.fill import prepare

_CODE_KEY = "code_key"
_BUNDLED = (EMPLOYER, HOME)


@dataclass(frozen=True, slots=True)
class Materials:
    """Everything but the members. `kinds` are the document types of the order, in the issuer's order; `papers` go along.

    `signer` signs the members' 2D codes.
    """

    issuer_id: str
    issuer: Issuer
    kinds: Mapping[str, Kind]
    typefaces: Typefaces
    papers: Mapping[str, Paper]
    signer: Signer | None = None

    def only(self, documents: Sequence[str]) -> "Materials":
        """The same for some of the document types."""
        return replace(self, kinds={name: kind for name, kind in self.kinds.items() if name in documents})

    def fingerprints(self) -> dict[str, Any]:
        """What can change a decision or the print, by name; part of an order's id and of order.json."""
        used = sorted({name for kind in self.kinds.values() for name in kind.template.typefaces})
        made: dict[str, Kind | Paper] = {**self.kinds, **self.papers}
        signed = {_CODE_KEY: self.signer.public.hex() if self.signer else ""} if self.issuer.code_signature != "none" else {}
        return signed | {
            "issuer": _digest(self.issuer),
            "layouts": {name: kind.template.fingerprint for name, kind in made.items()},
            "sheets": {kind.sheet: _digest(kind.design) for kind in made.values()},
            "vendors": {kind.conditions.name: kind.conditions.fingerprint for kind in made.values()},
            "inserter": next((_digest(machine) for kind in made.values() if (machine := kind.conditions.inserter)), ""),
            "typefaces": {name: self.typefaces[name].sha256 for name in used},
        }


def code_key_of(fingerprints: Mapping[str, Any]) -> bytes:
    """The public key that signs an order's 2D codes, from its fingerprints; nothing where they are not signed."""
    return bytes.fromhex(fingerprints.get(_CODE_KEY, ""))


def load(
    shop: Shop,
    issuer_id: str,
    day: date,
    only: Sequence[str] = (),
    office: bool = False,
    signing: Signing = "not",
) -> Materials:
    """Load and compile what an order needs; `office` takes the office printer's sheets, `signing` says who signs the 2D
    codes where the issuer wants them signed.

    What is made on request is part of an order that names it with `only`. LayoutError with all problems of the layouts;
    UsageError where `only` names a type that the issuer does not issue. HandoffError for a key that is needed and not there.
    """
    issuer = shop.issuer(issuer_id)
    unknown = [name for name in only if name not in issuer.documents]
    if unknown:
        known = "、".join(issuer.documents)
        raise UsageError(Problem("usage-unknown-document", name, {"document": name, "known": known}) for name in unknown)
    typefaces, signer = shop.typefaces(), code_signer_of(issuer_id, shop, signing)
    problems: list[Problem] = []
    chosen = [name for name, policy in issuer.documents.items() if (name in only if only else policy.due.policy != ON_REQUEST)]
    papers = _papers(shop, issuer_id, chosen, bool(only), day, office, problems)
    kinds: dict[str, Kind] = {}
    for document in chosen:
        policy = issuer.documents[document]
        try:
            layout = shop.layout(document)
            template = shop.template(document, issuer_id, day)
        except LayoutError as fault:
            problems += fault.problems
            continue
        sheet = policy.office_sheet if office else policy.sheet
        design = shop.sheet(sheet)
        specs.fits(design, layout, sheet, document)
        conditions = conditions_of(shop, design, template, issuer)
        takes(conditions, template.spots, document)
        form = prepare(issuer, layout, template, typefaces, signer)
        bundled = frozenset(
            channel
            for channel in _BUNDLED
            if any(one.layout.subject == "bundle" and goes_with(one.policy, document, channel) for one in papers.values())
        )
        covers = _covers(papers, document, bundled) if conditions.inserter else {}
        kinds[document] = Kind(document, layout, template, sheet, design, conditions, form, bundled, covers)
    if problems:
        raise LayoutError(problems)
    return Materials(issuer_id, issuer, kinds, typefaces, papers, signer)


def _papers(
    shop: Shop, issuer_id: str, documents: Sequence[str], chosen: bool, day: date, office: bool, problems: list[Problem]
) -> dict[str, Paper]:
    """The papers that go with the order's lots; with a single piece for the office printer only those about the lot.

    What the office gets once with an order comes with whole ones, not where document types were `chosen`.
    """
    papers: dict[str, Paper] = {}
    for name, policy in shop.issuer(issuer_id).enclosures.items():
        if (chosen and policy.copies == "order") or (policy.documents and not set(policy.documents) & set(documents)):
            continue
        try:
            subject = shop.layout(name).subject
            if subject == "lot" or (not office and subject != "order"):  # an order's own paper is made when it is closed
                papers[name] = load_paper(shop, name, issuer_id, day)
        except LayoutError as fault:
            problems += fault.problems
    return papers


def load_paper(shop: Shop, name: str, issuer_id: str, day: date) -> Paper:
    """Load and compile one of an issuer's papers; LayoutError with its problems."""
    policy, layout = shop.issuer(issuer_id).enclosures[name], shop.layout(name)
    design = shop.sheet(policy.sheet)
    specs.fits(design, layout, policy.sheet, name)
    template, issuer = shop.template(name, issuer_id, day), shop.issuer(issuer_id)
    conditions = conditions_of(shop, design, template, issuer)
    takes(conditions, template.spots, name)
    marked = any(code.value == INSERTER_MARK for code in template.codes)
    inserter = shop.inserter(issuer.inserter) if marked else None
    return Paper(policy, layout, template, policy.sheet, design, conditions, inserter)


def conditions_of(shop: Shop, design: SheetDesign, template: Template, issuer: Issuer) -> Conditions:
    """What a sheet is printed for. SheetError where the inserter's marks that it asks for have no room on the leaves."""
    conditions = shop.vendor(design.vendor)
    if not design.inserter_marks:
        return conditions
    machine = shop.inserter(issuer.inserter)
    has_room(machine, template)
    return conditions._replace(inserter=machine)


def _covers(papers: Mapping[str, Paper], document: str, bundled: Collection[str]) -> dict[str, int]:
    """How many pieces a cover sheet lists, by channel. LayoutError where two papers of a channel would begin the sets."""
    found: dict[str, int] = {}
    for channel in sorted(bundled):
        covers = [one for one in papers.values() if one.is_cover and goes_with(one.policy, document, channel)]
        if len(covers) > 1:
            titles = "、".join(one.layout.title for one in covers)
            raise LayoutError(Problem("inserter-two-covers", document, {"covers": titles, "document": document}))
        found.update((channel, rows_of(one.template)) for one in covers)
    return found


def _digest(spec: Spec) -> str:
    return hashlib.sha256(spec.model_dump_json().encode()).hexdigest()


def order_id(issuer: str, day: date, asked: Mapping[str, Any], inputs: Sequence[Any]) -> str:
    """Day, issuer, and eight digits of the hash of everything that was asked: the same order has the same id."""
    told = json.dumps([issuer, day.isoformat(), asked, inputs], sort_keys=True, ensure_ascii=False)
    return f"{day.isoformat()}-{issuer}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
