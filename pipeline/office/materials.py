"""What an order is made with: issuer, compiled layouts, sheets, typefaces, and the fingerprints that name them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pipeline.base.problems import LayoutError, Problem, UsageError
from pipeline.craft import specs
from pipeline.craft.typefaces import Typefaces
from pipeline.model.issuer import Issuer
from pipeline.model.spec import Spec
from pipeline.office.planning import Kind
from pipeline.office.shop import Shop
from pipeline.stages.fill import prepare


@dataclass(frozen=True, slots=True)
class Materials:
    """Everything but the members. `kinds` are the document types of the order, in the issuer's order."""

    issuer_id: str
    issuer: Issuer
    kinds: Mapping[str, Kind]
    typefaces: Typefaces

    def only(self, documents: Sequence[str]) -> "Materials":
        """The same for some of the document types."""
        return replace(self, kinds={name: kind for name, kind in self.kinds.items() if name in documents})

    def fingerprints(self) -> dict[str, Any]:
        """What can change a decision or the print, by name; part of an order's id and of order.json."""
        used = sorted({name for kind in self.kinds.values() for name in kind.template.typefaces})
        return {
            "issuer": _digest(self.issuer),
            "layouts": {name: kind.template.fingerprint for name, kind in self.kinds.items()},
            "sheets": {kind.sheet: _digest(kind.design) for kind in self.kinds.values()},
            "typefaces": {name: self.typefaces[name].sha256 for name in used},
        }


def load(shop: Shop, issuer_id: str, day: date, only: Sequence[str] = (), office: bool = False) -> Materials:
    """Load and compile what an order needs; `office` takes the office printer's sheets.

    LayoutError with all problems of the layouts; UsageError where `only` names a type that the issuer does not issue.
    """
    issuer = shop.issuer(issuer_id)
    unknown = [name for name in only if name not in issuer.documents]
    if unknown:
        known = "、".join(issuer.documents)
        raise UsageError(Problem("usage-unknown-document", name, {"document": name, "known": known}) for name in unknown)
    typefaces = shop.typefaces()
    kinds: dict[str, Kind] = {}
    problems: list[Problem] = []
    for document, policy in issuer.documents.items():
        if only and document not in only:
            continue
        try:
            layout = shop.layout(document)
            template = shop.template(document, issuer_id, day)
        except LayoutError as fault:
            problems += fault.problems
            continue
        sheet = policy.office_sheet if office else policy.sheet
        design = shop.sheet(sheet)
        specs.fits(design, layout, sheet, document)
        form = prepare(issuer, layout, template, typefaces)
        kinds[document] = Kind(document, layout, template, sheet, design, form)
    if problems:
        raise LayoutError(problems)
    return Materials(issuer_id, issuer, kinds, typefaces)


def _digest(spec: Spec) -> str:
    return hashlib.sha256(spec.model_dump_json().encode()).hexdigest()


def order_id(issuer: str, day: date, asked: Mapping[str, Any], inputs: Sequence[Any]) -> str:
    """Day, issuer, and eight digits of the hash of everything that was asked: the same order has the same id."""
    told = json.dumps([issuer, day.isoformat(), asked, inputs], sort_keys=True, ensure_ascii=False)
    return f"{day.isoformat()}-{issuer}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
