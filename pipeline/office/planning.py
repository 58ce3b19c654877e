"""The plan of an order in one streaming pass: read, decide, fill, and into the ledger batch by batch.

Nothing here grows with the number of members. A serial is the order's number, the document's place among those
to be issued, and a check letter (OURS); a record held later leaves its number unused.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from json.encoder import encode_basestring as _quoted
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from pipeline.base.problems import Problem
from pipeline.model.decision import Decision, Outcome, Rejected
from pipeline.model.document import Document
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout
from pipeline.model.member import Member, Place
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions
from pipeline.office.bundles import key_of
from pipeline.office.ledger_plan import READ_RULE
from pipeline.office.ledger_rows import Batch, Claim, DecisionRow, PartPlan
from pipeline.office.papers import CHANNELS
from pipeline.rules.occasions import ON_REQUEST
from pipeline.stages.decide import decide
from pipeline.stages.fill import Form, fill

BATCH = 1000
_CHECK = "ABCDEFGHJKLMNPQRSTVWXYZ"  # 23 letters; I, O and U are read wrongly
_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
_MEMBER_FIELDS = fields(Member)
_DATES = tuple(field.name for field in _MEMBER_FIELDS if "date" in str(field.type))
_TEXTS = tuple(field.name for field in _MEMBER_FIELDS if field.name not in _DATES and field.name != "place")
_texts_of, _dates_of = attrgetter(*_TEXTS), attrgetter(*_DATES)
_TEXT_HEADS, _DATE_HEADS = (tuple(f'"{name}":' for name in names) for names in (_TEXTS, _DATES))


class Kind(NamedTuple):
    """A document type of an order, with all that making it needs; `sheet` is the id of `design`.

    `bundled` are the channels whose pieces are sorted into bundles, because a paper goes with each; `covers` are those whose
    envelopes an inserter fills, with how many pieces a cover sheet lists (0: all).
    """

    document: str
    layout: Layout
    template: Template
    sheet: str
    design: SheetDesign
    conditions: Conditions
    form: Form
    bundled: frozenset[str] = frozenset()
    covers: Mapping[str, int] = MappingProxyType({})

    @property
    def parts(self) -> PartPlan:
        grid, leaves = self.design.grid, len(self.template.leaves)
        return PartPlan(self.sheet, grid.columns * grid.rows, leaves, self.design.part, self.template.fingerprint)


def serial(order_no: int, n: int) -> str:
    """The serial of the order's n-th document: a wrong digit or two swapped ones give another letter (mod 23)."""
    return f"{order_no:04d}-{n:07d}-{_CHECK[int(f'{order_no}{n:07d}') % 23]}"


def record_of(member: Member) -> str:
    """A member's record as JSON, without what is empty."""
    file, row = member.place
    texts = [head + _quoted(text) for head, text in zip(_TEXT_HEADS, _texts_of(member), strict=True) if text]
    days = [f'{head}"{day}"' for head, day in zip(_DATE_HEADS, _dates_of(member), strict=True) if day]
    return f'{{{",".join(texts + days)},"place":[{_quoted(file)},{row}]}}'


def member_of(record: str) -> Member:
    """The member of a record that `record_of` wrote."""
    values = json.loads(record)
    for name in values.keys() & set(_DATES):
        values[name] = date.fromisoformat(values[name])
    values["place"] = Place(*values["place"])
    return Member(**values)


def batches(
    members: Iterable[Member | Rejected],
    order_no: int,
    issuer: Issuer,
    kinds: Mapping[str, Kind],
    day: date,
    cutoff: date,
) -> Iterator[tuple[int, Batch]]:
    """Decide and fill member by member; yields how many members were read so far, and a batch for the ledger."""
    batch, n, made = Batch(), 0, 0
    ordered = issuer.model_copy(update={"documents": {name: issuer.documents[name] for name in kinds}})
    for n, member in enumerate(members, 1):
        if isinstance(member, Rejected):
            batch.decisions += (_rejected(n, member, document) for document in kinds)
        else:
            for decision in decide(member, ordered, day, cutoff, kinds):
                if decision.outcome is Outcome.ISSUE:
                    made += 1
                    add(batch, n, member, decision, kinds[decision.document], serial(order_no, made))
                else:
                    batch.decisions.append(row_of(n, decision))
        if n % BATCH == 0:
            yield n, batch
            batch = Batch()
    yield n, batch


def add(
    batch: Batch,
    n: int,
    member: Member,
    decision: Decision,
    kind: Kind,
    name: str,
    fee: str = "",
    replaces: str | None = None,
) -> None:
    """Fill a document that is due: a claim, or a hold with the problem that filling met."""
    bundle, document = "", fill(kind.form, member, decision, name)
    if decision.channel in kind.bundled:
        bundle = key_of(member, decision.channel)
        if not bundle:
            document = Problem("member-no-recipient", str(member.place), {"channel": CHANNELS[decision.channel]})
    if isinstance(document, Problem):
        batch.decisions.append(_held(row_of(n, decision), document))
        return
    batch.decisions.append(_substituted(row_of(n, decision), document))
    if n not in batch.records:
        batch.records[n] = (member.key, record_of(member))
    assert decision.issued_on is not None  # of every decision to issue
    # a form that was asked for once may be asked for again another day
    until = decision.issued_on if decision.rule == ON_REQUEST else decision.expires_on
    batch.claims.append(
        Claim(
            name, n, member.key, decision.document, decision.issued_on.isoformat(), until.isoformat() if until else None,
            decision.channel, decision.reason, _content(document), bundle, fee, replaces,
        )
    )  # fmt: skip


def _content(document: Document) -> str:
    return _json((document.texts, document.settings, document.payloads))


def row_of(n: int, decision: Decision) -> DecisionRow:
    """A decision as the ledger keeps it."""
    place = decision.place
    row = DecisionRow(
        n, decision.document, decision.key, place.file, place.row, decision.outcome.value, decision.rule,
        decision.reason, decision.expiry_rule,
    )  # fmt: skip
    return _held(row, decision.problem) if decision.problem else row


def _substituted(row: DecisionRow, document: Document) -> DecisionRow:
    """The row with what was substituted, for the office's list."""
    return row._replace(detail=_json({"substitutions": document.substitutions})) if document.substitutions else row


def _held(row: DecisionRow, problem: Problem) -> DecisionRow:
    return row._replace(
        outcome=Outcome.HOLD.value,
        expiry_rule="",
        code=problem.code,
        place=problem.place,
        detail=json.dumps(dict(problem.values), ensure_ascii=False, default=str),
    )


def _rejected(n: int, rejected: Rejected, document: str) -> DecisionRow:
    """A row that is no member is held for every document type, with the first of its problems; `detail` has all."""
    first, *more = rejected.problems
    place = rejected.place
    row = DecisionRow(n, document, rejected.key, place.file, place.row, Outcome.HOLD.value, READ_RULE, "not-readable")
    row = _held(row, first)
    if not more:
        return row
    others = [{"code": other.code, "place": other.place, "values": dict(other.values)} for other in more]
    values = {**first.values, "and": others}
    return row._replace(detail=json.dumps(values, ensure_ascii=False, default=str))
