"""Rows of the ledger as values."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from pipeline.base.problems import Problem
from pipeline.model.document import Substitution
from pipeline.model.lot import Chunk, Tally


class DecisionRow(NamedTuple):
    """A decision as the ledger keeps it. `detail` is JSON: the values of a hold's problem, an issue's substitutions."""

    n: int
    document: str
    key: str
    file: str
    row: int
    outcome: str
    rule: str
    reason: str
    expiry_rule: str = ""
    code: str = ""
    place: str = ""
    detail: str = "{}"

    def substitutions(self) -> list[Substitution]:
        """What is printed otherwise than delivered; no text, only columns and code points."""
        return [Substitution(*one) for one in json.loads(self.detail).get("substitutions", ())]

    def problems(self) -> list[Problem]:
        """The problems of a held row: those after the first stand in `detail` under `and`."""
        values = json.loads(self.detail)
        more = values.pop("and", ())
        return [
            Problem(self.code, self.place, values),
            *(Problem(one["code"], one["place"], one["values"]) for one in more),
        ]


class Claim(NamedTuple):
    """A document that shall be issued: `content` is its final text as JSON, `bundle` whose bundle it goes into, `replaces` the
    issue it stands for."""

    serial: str
    n: int
    key: str
    document: str
    issued_on: str
    expires_on: str | None
    channel: str
    reason: str
    content: str
    bundle: str = ""
    fee: str = ""
    replaces: str | None = None


@dataclass(slots=True)
class Batch:
    """A part of a plan; `records` are the members' records by `n`."""

    decisions: list[DecisionRow] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    records: dict[int, tuple[str, str]] = field(default_factory=dict)


class PartPlan(NamedTuple):
    """How a document type is cut into parts: sheet id, slots of a sheet, leaves of a document, sheets of a part."""

    sheet: str
    slots: int
    leaves: int
    part: int
    fingerprint: str

    @property
    def documents(self) -> int:
        """Documents in a full part: a document's leaves never stand in two parts."""
        return max(1, self.part * self.slots // self.leaves)

    def sheets(self, documents: int) -> int:
        """Sheets that so many documents of one part fill."""
        return -(-documents * self.leaves // self.slots)

    def chunks(self, lot: str, documents: int) -> Iterable[Chunk]:
        """The parts of a lot; `first` and `count` are in documents, sheets are numbered through the lot from 1."""
        sheet = 1
        for part, first in enumerate(range(0, documents, self.documents), 1):
            count = min(self.documents, documents - first)
            yield Chunk(lot, part, first, count, sheet)
            sheet += self.sheets(count)


class OrderRow(NamedTuple):
    """An order as the ledger has it; `request`, `inputs` and `fault` are what the job put there."""

    no: int
    id: str
    issuer: str
    day: date
    state: str
    request: dict[str, Any]
    inputs: list[dict[str, Any]]
    tally: Tally | None
    fault: list[dict[str, Any]]

    @property
    def kind(self) -> str:
        """produce, reissue or remake."""
        return str(self.request["kind"])

    @property
    def office(self) -> bool:
        """Whether its lots are for the office's printer."""
        return is_for_office(self.request)


def is_for_office(request: Mapping[str, Any]) -> bool:
    """Whether an order with such a request is printed in the office: a reissue, or the remake of one."""
    return request["kind"] == "reissue" or bool(request.get("office"))


class LotRow(NamedTuple):
    """A lot; `documents` and `sheets` are counts, `fingerprint` the template's."""

    name: str
    document: str
    channel: str
    sheet: str
    documents: int
    sheets: int
    fingerprint: str
    state: str


class Held(NamedTuple):
    """An active issue with the record it was made from. `at` and `by`: when its order was opened, and by whom."""

    id: str
    document: str
    state: str
    expires_on: date | None
    channel: str
    record: str
    order: str
    issued_on: str
    replaces: str
    at: str
    by: str


def day_of(text: str | None) -> date | None:
    """An ISO day, or None."""
    return date.fromisoformat(text) if text else None


def order_of(row: Any) -> OrderRow:
    """A row of `orders` as a value."""
    tally = Tally(**json.loads(row.tally)) if row.tally else None
    fault = json.loads(row.fault) if row.fault else []
    day = date.fromisoformat(row.day)
    return OrderRow(row.no, row.id, row.issuer, day, row.state, json.loads(row.request), json.loads(row.inputs), tally, fault)
