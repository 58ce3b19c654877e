"""The ledger's side of a plan: decisions and claims come in batches, then the plan is settled or discarded.

A claim is an issue in state `planned`. The unique index over active issues decides who gets it; what it refuses was
issued or planned before, by this order or by another one that runs at the same time, and its decision says so.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    Connection,
    MetaData,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    not_,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from pipeline.base.problems import LedgerError, Problem
from pipeline.model.decision import Outcome
from pipeline.model.lot import Tally
from pipeline.office.ledger_columns import word
from pipeline.office.ledger_copy import copy
from pipeline.office.ledger_rows import Batch, Claim, DecisionRow, PartPlan
from pipeline.office.ledger_schema import CHUNKS, DECISIONS, DOCUMENTS, ISSUES, LOTS, MEMBERS, PIECES
from pipeline.office.ledger_trail import opened
from pipeline.office.vault import Vault

DUPLICATE = "member-duplicate-key"
READ_RULE = "read"
_PAGE = 500
_DUPLICATES = Table("duplicate_keys", MetaData(), word("key", primary_key=True), prefixes=["TEMPORARY"])


def bulk(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], ignore: bool = False
) -> int:
    """Insert many rows, in the order of `columns`; returns how many went in."""
    if connection.dialect.name == "postgresql":
        return copy(connection, table, columns, rows, ignore)
    statement: Any = sqlite.insert(table).on_conflict_do_nothing() if ignore else insert(table)
    return many(connection, statement, columns, rows)


def many(connection: Connection, statement: Any, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> int:
    """Execute a statement for many rows as the driver takes them; returns how many rows changed."""
    if not rows:
        return 0
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    if compiled.positional:
        order = [columns.index(name) for name in compiled.positiontup]
        given: Any = rows if order == list(range(len(columns))) else [tuple(row[i] for i in order) for row in rows]
    else:
        given = [dict(zip(columns, row, strict=True)) for row in rows]
    return connection.exec_driver_sql(str(compiled), given).rowcount


_DECISION_COLUMNS = ("order_no", *DecisionRow._fields)
_ISSUE_COLUMNS = (
    "id", "issuer", "key", "document", "state", "issued_on", "expires_on", "order_no", "n", "channel", "bundle",
    "reason", "fee", "replaces",
)  # fmt: skip


def _issue(claim: Claim, order_no: int, issuer: str) -> tuple[Any, ...]:
    return (
        claim.serial, issuer, claim.key, claim.document, "planned", claim.issued_on, claim.expires_on, order_no,
        claim.n, claim.channel, claim.bundle, claim.reason, claim.fee, claim.replaces,
    )  # fmt: skip


def add(connection: Connection, vault: Vault, order_no: int, issuer: str, day: date, batch: Batch) -> None:
    """Add a batch to the plan of an order, sealed: claims that the index refuses become `already-issued`."""
    claims = batch.claims
    rows = [_issue(claim, order_no, issuer) for claim in claims]
    decisions: Iterable[DecisionRow] = batch.decisions
    if bulk(connection, ISSUES, _ISSUE_COLUMNS, rows, ignore=True) != len(rows):
        refused = _refused(connection, order_no, issuer, day, claims)
        claims = [claim for claim in claims if claim.serial not in refused]
        lost = {(claim.n, claim.document): refused[claim.serial] for claim in batch.claims if claim.serial in refused}
        decisions = (_already(row, lost.get((row.n, row.document))) for row in decisions)
    bulk(connection, DECISIONS, _DECISION_COLUMNS, [(order_no, *row) for row in decisions])
    issued = dict.fromkeys(claim.n for claim in claims)
    records = ((n, *batch.records[n]) for n in issued)
    members = [(order_no, n, issuer, key, vault.seal_member(order_no, n, record)) for n, key, record in records]
    bulk(connection, MEMBERS, ("order_no", "n", "issuer", "key", "record"), members)
    bulk(connection, PIECES, ("serial", "issue", "state"), [(claim.serial, claim.serial, "planned") for claim in claims])
    bulk(
        connection,
        DOCUMENTS,
        ("serial", "content"),
        [(claim.serial, vault.seal_document(claim.serial, claim.content)) for claim in claims],
    )


def _already(row: DecisionRow, order: int | None) -> DecisionRow:
    if order is None:
        return row
    detail = json.dumps({"order_no": order})
    return row._replace(outcome=Outcome.ALREADY, rule="ledger", reason="already-issued", expiry_rule="", detail=detail)


def _refused(connection: Connection, order_no: int, issuer: str, day: date, claims: Sequence[Claim]) -> dict[str, int]:
    """The claims that did not go in: serial → number of the order that holds the issue. Expired ones make room."""
    refused: dict[str, int] = {}
    for start in range(0, len(claims), _PAGE):
        some = claims[start : start + _PAGE]
        known = set(connection.scalars(select(ISSUES.c.id).where(ISSUES.c.id.in_([claim.serial for claim in some]))))
        for claim in some:
            if claim.serial in known:
                continue
            same = and_(
                ISSUES.c.issuer == issuer,
                ISSUES.c.key == claim.key,
                ISSUES.c.document == claim.document,
                ISSUES.c.state.in_(("planned", "issued")),
            )
            over = and_(same, ISSUES.c.state == "issued", ISSUES.c.expires_on < day.isoformat())
            if connection.execute(update(ISSUES).where(over).values(state="expired", ended_by=order_no)).rowcount:
                bulk(connection, ISSUES, _ISSUE_COLUMNS, [_issue(claim, order_no, issuer)])
            else:
                refused[claim.serial] = connection.scalars(select(ISSUES.c.order_no).where(same)).one()
    return refused


def check_active(connection: Connection, issues: Sequence[str]) -> None:
    """LedgerError unless the issues are `issued`: who was faster, and when."""
    for issue in issues:
        row = connection.execute(select(ISSUES.c.state, ISSUES.c.ended_by).where(ISSUES.c.id == issue)).one_or_none()
        if row is None or row.state != "issued":
            first = opened(connection, row.ended_by if row else None)
            raise LedgerError(Problem("ledger-issue-not-active", issue, first))
        again = select(PIECES.c.lot).where(PIECES.c.issue == issue, PIECES.c.state == "planned")
        if (lot := connection.scalar(again)) is not None:
            raise LedgerError(Problem("ledger-issue-being-remade", issue, {"lot": lot}))


def void(connection: Connection, order_no: int, issue: str) -> None:
    """End an issue that the order's new one replaces. LedgerError unless it is `issued`: somebody else was faster."""
    check_active(connection, [issue])
    ended = update(ISSUES).where(ISSUES.c.id == issue, ISSUES.c.state == "issued").values(state="void", ended_by=order_no)
    connection.execute(ended)
    connection.execute(update(PIECES).where(PIECES.c.issue == issue, PIECES.c.state == "printed").values(state="void"))


def discard(connection: Connection, order_no: int) -> None:
    """Take a plan back: nothing of it was printed. What it had ended is in force again."""
    of_order = select(ISSUES.c.id).where(ISSUES.c.order_no == order_no)
    lots = select(LOTS.c.name).where(LOTS.c.order_no == order_no)
    serials = select(PIECES.c.serial).where(PIECES.c.issue.in_(of_order))
    connection.execute(delete(DOCUMENTS).where(DOCUMENTS.c.serial.in_(serials)))
    connection.execute(delete(PIECES).where(PIECES.c.issue.in_(of_order)))
    connection.execute(delete(CHUNKS).where(CHUNKS.c.lot.in_(lots)))
    for table in (LOTS, ISSUES, MEMBERS, DECISIONS):
        connection.execute(delete(table).where(table.c.order_no == order_no))
    voided = select(ISSUES.c.id).where(ISSUES.c.ended_by == order_no, ISSUES.c.state == "void")
    connection.execute(update(PIECES).where(PIECES.c.issue.in_(voided), PIECES.c.state == "void").values(state="printed"))
    connection.execute(update(ISSUES).where(ISSUES.c.ended_by == order_no).values(state="issued", ended_by=None))


def hold_duplicates(connection: Connection, order_no: int, document: str) -> None:
    """Hold every row whose key stands in the order more than once: nobody knows which of them is right.

    `document` is one of the order's document types: each row has exactly one decision for it. A rejected row
    counts if its key could be read whole.
    """
    whole = not_(and_(DECISIONS.c.rule == READ_RULE, DECISIONS.c.key.contains("::")))
    _DUPLICATES.create(connection)
    twice = (
        select(DECISIONS.c.key)
        .where(DECISIONS.c.order_no == order_no, DECISIONS.c.document == document, whole)
        .group_by(DECISIONS.c.key)
        .having(func.count() > 1)
    )
    connection.execute(insert(_DUPLICATES).from_select(["key"], twice))
    last = ""
    keys = select(_DUPLICATES.c.key).where(_DUPLICATES.c.key > bindparam("last")).order_by(_DUPLICATES.c.key).limit(_PAGE)
    while some := list(connection.scalars(keys, {"last": last})):
        last = some[-1]
        _hold(connection, order_no, document, some)
    _DUPLICATES.drop(connection)


def _hold(connection: Connection, order_no: int, document: str, keys: list[str]) -> None:
    rows = connection.execute(
        select(DECISIONS.c.key, DECISIONS.c.n, DECISIONS.c.file, DECISIONS.c.row)
        .where(DECISIONS.c.order_no == order_no, DECISIONS.c.document == document, DECISIONS.c.key.in_(keys))
        .order_by(DECISIONS.c.n)
    ).all()
    places: dict[str, list[str]] = {}
    for key, _, file, row in rows:
        places.setdefault(key, []).append(f"{file} row {row}")
    for key, n, file, row in rows:
        mine = and_(ISSUES.c.order_no == order_no, ISSUES.c.n == n)
        for serial in connection.scalars(select(ISSUES.c.id).where(mine)).all():
            for table, column in ((DOCUMENTS, DOCUMENTS.c.serial), (PIECES, PIECES.c.serial), (ISSUES, ISSUES.c.id)):
                connection.execute(delete(table).where(column == serial))
        ended = update(ISSUES).where(ISSUES.c.ended_by == order_no, ISSUES.c.key == key)
        connection.execute(ended.values(state="issued", ended_by=None))
        connection.execute(delete(MEMBERS).where(MEMBERS.c.order_no == order_no, MEMBERS.c.n == n))
        connection.execute(
            update(DECISIONS)
            .where(DECISIONS.c.order_no == order_no, DECISIONS.c.n == n, DECISIONS.c.outcome != Outcome.HOLD)
            .values(
                outcome=Outcome.HOLD, rule=READ_RULE, reason="duplicate-key", expiry_rule="", code=DUPLICATE,
                place=f"{file} row {row}", detail=json.dumps({"places": "、".join(places[key])}, ensure_ascii=False),
            )
        )  # fmt: skip


def count(connection: Connection, order_no: int, members: int, documents: int) -> Tally:
    """The order's tally from its decisions; LedgerError unless it closes and the claims agree with it."""
    found = connection.execute(
        select(DECISIONS.c.outcome, func.count()).where(DECISIONS.c.order_no == order_no).group_by(DECISIONS.c.outcome)
    )
    counts = {row[0]: int(row[1]) for row in found}
    tally = Tally(members, documents, *(counts.get(which, 0) for which in ("issue", "skip", "hold", "already-issued")))
    of_order = select(ISSUES.c.id).where(ISSUES.c.order_no == order_no)
    pieces = select(func.count()).select_from(PIECES).where(PIECES.c.issue.in_(of_order))
    texts = (
        select(func.count())
        .select_from(DOCUMENTS.join(PIECES, PIECES.c.serial == DOCUMENTS.c.serial))
        .where(PIECES.c.issue.in_(of_order))
    )
    try:
        tally.close()
        if not connection.scalar(pieces) == connection.scalar(texts) == tally.issued:
            raise ValueError("the pieces are not as many as the decisions to issue")
    except ValueError as fault:
        raise LedgerError(Problem("ledger-tally-open", str(order_no), {"fault": str(fault)})) from None
    return tally


def make_lots(connection: Connection, order_no: int, issuer: str, plans: Mapping[str, PartPlan]) -> list[str]:
    """Sort the claimed pieces into lots, one a document type and channel, bundle by bundle, and cut these into parts.

    Returns the lots' names.
    """
    mine = and_(ISSUES.c.order_no == order_no, ISSUES.c.state == "planned")
    kinds = connection.execute(
        select(ISSUES.c.document, ISSUES.c.channel, func.count())
        .where(mine)
        .group_by(ISSUES.c.document, ISSUES.c.channel)
        .order_by(ISSUES.c.document, ISSUES.c.channel)
    ).all()
    lots = []
    for document, channel, documents in kinds:
        plan = plans[document]
        lot = "-".join(part for part in (f"{order_no:04d}", document, channel) if part)
        chunks = list(plan.chunks(lot, documents))
        sheets = sum(plan.sheets(chunk.count) for chunk in chunks)
        connection.execute(
            insert(LOTS).values(
                name=lot, order_no=order_no, issuer=issuer, document=document, channel=channel, sheet=plan.sheet,
                documents=documents, sheets=sheets, fingerprint=plan.fingerprint, state="planned",
            )
        )  # fmt: skip
        rows = [(lot, chunk.part, chunk.first, chunk.count, chunk.first_sheet, "planned", "", "") for chunk in chunks]
        bulk(connection, CHUNKS, ("lot", "part", "first", "count", "first_sheet", "state", "sha256", "report"), rows)
        ranked = (
            select(PIECES.c.serial, (func.row_number().over(order_by=(ISSUES.c.bundle, PIECES.c.serial)) - 1).label("seq"))
            .join(ISSUES, ISSUES.c.id == PIECES.c.issue)
            .where(mine, ISSUES.c.document == document, ISSUES.c.channel == channel)
            .subquery()
        )
        connection.execute(update(PIECES).where(PIECES.c.serial == ranked.c.serial).values(lot=lot, seq=ranked.c.seq))
        lots.append(lot)
    return lots
