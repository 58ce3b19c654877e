"""The ledger as the desk turns its pages: orders with their progress, held records, what an order issued.

A page begins after the last row of the page before (a key, not a number of rows to pass over): it is as quick at the end as
at the beginning, and what is written meanwhile moves nothing.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, case, func, select, tuple_

from pipeline.base.problems import LedgerError, Problem
from pipeline.model.decision import Outcome
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_acceptance import COMPLETIONS
from pipeline.office.ledger_rows import DecisionRow, OrderRow, order_of
from pipeline.office.ledger_schema import CHUNKS, DECISIONS, EVENTS, ISSUES, LOTS, ORDERS, PIECES
from pipeline.office.ledger_spoils import SPOILS

TAKEN, FETCHED = "print-taken", "looked-print"
LATEST = 20  # orders whose held records are shown together
_FETCH = 1000


class Progress(NamedTuple):
    """How far an order is: parts that are made, of all; lots that were handed off, of all; pieces and sheets."""

    parts: int = 0
    made: int = 0
    lots: int = 0
    handed_off: int = 0
    documents: int = 0
    sheets: int = 0


class OrderLine(NamedTuple):
    """An order on a page; `at` and `by`: when it was opened last, and by whom. `completed` is the day of that, or empty."""

    order: OrderRow
    progress: Progress
    at: str
    by: str
    completed: str

    @property
    def state(self) -> str:
        """The order's state, with `completed` after `done`."""
        return "completed" if self.completed else self.order.state

    @property
    def held(self) -> int:
        """Held records; 0 while the order is being planned."""
        return self.order.tally.held if self.order.tally else 0


class HeldRecord(NamedTuple):
    """A row of a member file that was held for one or more documents. It names no member."""

    order_no: int
    n: int
    order: str
    file: str
    row: int
    documents: tuple[str, ...]
    problems: tuple[Problem, ...]


def orders(connection: Connection, before: int | None = None, most: int = 20) -> list[OrderLine]:
    """The newest orders, or those before an order's number."""
    query = select(ORDERS).order_by(ORDERS.c.no.desc()).limit(most)
    found = connection.execute(query if before is None else query.where(ORDERS.c.no < before)).all()
    return _lines(connection, [order_of(row) for row in found])


def order(connection: Connection, name: str) -> OrderLine | None:
    """One order by its id."""
    row = connection.execute(select(ORDERS).where(ORDERS.c.id == name)).one_or_none()
    return _lines(connection, [order_of(row)])[0] if row else None


def _lines(connection: Connection, found: Sequence[OrderRow]) -> list[OrderLine]:
    numbers = [one.no for one in found]
    progress, began = _progress(connection, numbers), _began(connection, numbers)
    closed = {
        row.order_no: row.day for row in connection.execute(select(COMPLETIONS).where(COMPLETIONS.c.order_no.in_(numbers)))
    }
    return [
        OrderLine(one, progress.get(one.no, Progress()), *began.get(one.no, ("", "")), closed.get(one.no, "")) for one in found
    ]


def _progress(connection: Connection, numbers: Sequence[int]) -> dict[int, Progress]:
    made = func.sum(case((CHUNKS.c.state == "made", 1), else_=0))
    parts = (
        select(LOTS.c.order_no, func.count(), made)
        .join(CHUNKS, CHUNKS.c.lot == LOTS.c.name)
        .where(LOTS.c.order_no.in_(numbers))
        .group_by(LOTS.c.order_no)
    )
    done = func.sum(case((LOTS.c.state == "done", 1), else_=0))
    lots = (
        select(LOTS.c.order_no, func.count(), done, func.sum(LOTS.c.documents), func.sum(LOTS.c.sheets))
        .where(LOTS.c.order_no.in_(numbers))
        .group_by(LOTS.c.order_no)
    )
    pages = {row[0]: [int(count) for count in row[1:]] for row in connection.execute(parts)}
    return {
        row[0]: Progress(*pages.get(row[0], [0, 0]), *(int(count) for count in row[1:])) for row in connection.execute(lots)
    }


def _began(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
    opened = EVENTS.c.kind.in_(("opened", "opened-again", "adopted"))
    query = select(EVENTS.c.order_no, EVENTS.c.at, EVENTS.c.actor).where(opened, EVENTS.c.order_no.in_(numbers))
    return {row[0]: (row[1], row[2]) for row in connection.execute(query.order_by(EVENTS.c.id))}


def with_held(connection: Connection) -> list[OrderRow]:
    """The latest orders that held anything, newest first."""
    held = select(DECISIONS.c.order_no).where(DECISIONS.c.order_no == ORDERS.c.no, DECISIONS.c.outcome == Outcome.HOLD)
    query = select(ORDERS).where(held.exists()).order_by(ORDERS.c.no.desc()).limit(LATEST)
    return [order_of(row) for row in connection.execute(query)]


def held(
    connection: Connection, numbers: Sequence[int], after: tuple[int, int] | None = None, most: int = 50
) -> list[HeldRecord]:
    """Held records of orders, newest order first, in the order of the files; `after` an order's number and a member's."""
    place = (DECISIONS.c.order_no, DECISIONS.c.n)
    members: list[tuple[int, int]] = []
    for no in sorted(numbers, reverse=True):  # order by order: each is read along its key, and no further than the page goes
        if len(members) < most and (after is None or no <= after[0]):
            mine = and_(DECISIONS.c.order_no == no, DECISIONS.c.outcome == Outcome.HOLD)
            if after is not None and no == after[0]:
                mine = and_(mine, DECISIONS.c.n > after[1])
            found_here = select(*place).where(mine).distinct().order_by(place[1]).limit(most - len(members))
            members += [(row[0], row[1]) for row in connection.execute(found_here)]
    rows = select(DECISIONS.c.order_no, ORDERS.c.id, *(DECISIONS.c[name] for name in DecisionRow._fields))
    rows = rows.join(ORDERS, ORDERS.c.no == DECISIONS.c.order_no)
    rows = rows.where(tuple_(*place).in_(members), DECISIONS.c.outcome == Outcome.HOLD)
    found = connection.execute(rows.order_by(place[0].desc(), place[1], DECISIONS.c.document)).all()
    return [_record(list(group)) for _, group in groupby(found, lambda row: (row.order_no, row.n))]


def _record(rows: Sequence[Any]) -> HeldRecord:
    told = [DecisionRow(*row[2:]) for row in rows]
    problems = {problem.message: problem for row in told for problem in row.problems()}
    first = rows[0]
    return HeldRecord(
        first.order_no, first.n, first.id, first.file, first.row, tuple(row.document for row in told), tuple(problems.values())
    )


class IssueLine(NamedTuple):
    """A piece that an order issued, without whose it is."""

    serial: str
    document: str
    state: str
    piece: str
    channel: str
    reason: str
    issued_on: str
    expires_on: str | None
    replaces: str | None
    lot: str | None
    sheet: int | None
    slot: int | None
    spoiled: str | None


def issues(connection: Connection, order_no: int) -> Iterator[IssueLine]:
    """What an order issued, streamed, with the pieces that were made again of it."""
    chosen = (
        PIECES.c.serial, ISSUES.c.document, ISSUES.c.state, PIECES.c.state, ISSUES.c.channel, ISSUES.c.reason,
        ISSUES.c.issued_on, ISSUES.c.expires_on, ISSUES.c.replaces, PIECES.c.lot, PIECES.c.sheet, PIECES.c.slot,
        SPOILS.c.reason,
    )  # fmt: skip
    query = (
        select(*chosen)
        .join(ISSUES, ISSUES.c.id == PIECES.c.issue)
        .join(SPOILS, SPOILS.c.serial == PIECES.c.serial, isouter=True)
        .where(ISSUES.c.order_no == order_no)
        .order_by(PIECES.c.serial)
    )
    for row in connection.execution_options(yield_per=_FETCH).execute(query):
        yield IssueLine._make(row)


class SpoilLine(NamedTuple):
    """A spoiled piece of a lot; `remade_by` is the order that made it again, or None. `state` is the issue's: what is void,
    because it was reissued meanwhile, can only be written off."""

    serial: str
    sheet: int | None
    slot: int | None
    reason: str
    by: str
    at: str
    written_off: str
    remade_by: str | None
    state: str

    @property
    def open(self) -> bool:
        """Neither made again nor written off."""
        return not self.remade_by and not self.written_off

    @property
    def in_force(self) -> bool:
        """Whether it can be made again, if it is open."""
        return self.state == "issued"


def spoils(connection: Connection, lot: str) -> list[SpoilLine]:
    """The spoiled pieces of a lot in its order."""
    chosen = (
        PIECES.c.serial, PIECES.c.sheet, PIECES.c.slot, SPOILS.c.reason, SPOILS.c.by, SPOILS.c.at, SPOILS.c.written_off,
        ORDERS.c.id, ISSUES.c.state,
    )  # fmt: skip
    query = (
        select(*chosen)
        .join(ISSUES, ISSUES.c.id == PIECES.c.issue)
        .join(SPOILS, SPOILS.c.serial == PIECES.c.serial)
        .join(ORDERS, ORDERS.c.no == SPOILS.c.remade_by, isouter=True)
        .where(PIECES.c.lot == lot)
        .order_by(PIECES.c.seq)
    )
    return [SpoilLine._make(row) for row in connection.execute(query)]


def taken(connection: Connection, order_no: int, lot: str) -> dict[str, tuple[str, str]]:
    """Which of a lot's files were given out to be printed: by whom and when."""
    query = select(EVENTS.c.at, EVENTS.c.actor, EVENTS.c.detail).where(EVENTS.c.order_no == order_no, EVENTS.c.kind == TAKEN)
    told = ((row.actor, row.at, json.loads(row.detail)) for row in connection.execute(query.order_by(EVENTS.c.id)))
    return {detail["file"]: (by, at) for by, at, detail in told if detail["lot"] == lot}


def take(ledger: Ledger, order_no: int, lot: str, file: str) -> None:
    """Note that a file is given out to be printed. LedgerError where it was before: nothing is printed twice."""
    with ledger.writing() as (connection, trail):
        if (found := taken(connection, order_no, lot).get(file)) is not None:
            raise LedgerError(Problem("desk-print-taken", lot, {"file": file, "by": found[0] or "—", "at": found[1]}))
        trail.write(connection, order_no, TAKEN, lot=lot, file=file)


def take_reissue(ledger: Ledger, order: str, case: str, again: bool) -> None:
    """Note that a reissue's print is fetched. LedgerError where it was before, unless this person may fetch it `again`."""
    with ledger.writing() as (connection, trail):
        no = connection.scalar(select(ORDERS.c.no).where(ORDERS.c.id == order))
        before = select(EVENTS.c.at, EVENTS.c.actor).where(EVENTS.c.order_no == no, EVENTS.c.kind == FETCHED).limit(1)
        first = connection.execute(before.order_by(EVENTS.c.id)).one_or_none()
        if first and not again:
            raise LedgerError(Problem("desk-print-fetched", order, {"by": first.actor or "—", "at": first.at}))
        trail.write(connection, no, FETCHED, case=case, order=order, again=first is not None)
