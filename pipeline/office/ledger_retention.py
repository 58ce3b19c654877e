"""What the ledger keeps too long: which orders are due to be erased, and what is left of their rows.

An order is due when its insurer's period has passed since its last piece in force ended. What was sealed is erased with its
key (`vault`); the rows stay, without content, and the trail covers that.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, case, func, select, update

from pipeline.model.issuer import Retention
from pipeline.office import ledger_events
from pipeline.office.ledger_desk import CASE_NOTES, CASES
from pipeline.office.ledger_schema import DOCUMENTS, EVENTS, ISSUES, LOTS, MEMBERS, ORDERS, PIECES
from pipeline.office.ledger_trail import ERASED, Trail

_PAGE = 500


class Kept(NamedTuple):
    """An order whose personal data is kept: `ended`, the last day of its pieces that have one, else of the order; `undated`,
    the last day of issue of those that have none."""

    no: int
    order: str
    issuer: str
    pieces: int
    ended: date
    undated: date | None

    def due(self, terms: Retention) -> date:
        """The first day on which it is to be erased."""
        days = [_after(self.ended, terms.years)]
        return max([*days, _after(self.undated, terms.undated_years)] if self.undated else days)


def _after(day: date, years: int) -> date:
    """So many years later; of a 29 February that is none, 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def kept(connection: Connection, before: date) -> list[Kept]:
    """The orders of a day before `before` that are done or stopped, but for those with a piece being made, oldest first."""
    ending = ORDERS.alias("ending")
    in_force = ISSUES.c.state == "issued"
    ended = case((ISSUES.c.state == "void", ending.c.day), else_=ISSUES.c.expires_on)
    undated = case((in_force & ISSUES.c.expires_on.is_(None), ISSUES.c.issued_on))
    planned = case((PIECES.c.state == "planned", 1), else_=0)
    query = (
        select(
            ORDERS.c.no, ORDERS.c.id, ORDERS.c.issuer, ORDERS.c.day, func.count(PIECES.c.serial), func.max(ended),
            func.max(undated),
        )
        .join(LOTS, LOTS.c.order_no == ORDERS.c.no, isouter=True)
        .join(PIECES, PIECES.c.lot == LOTS.c.name, isouter=True)
        .join(ISSUES, ISSUES.c.id == PIECES.c.issue, isouter=True)
        .join(ending, ending.c.no == ISSUES.c.ended_by, isouter=True)
        .where(ORDERS.c.state.in_(("done", "stopped")), ORDERS.c.day < before.isoformat())
        .group_by(ORDERS.c.no, ORDERS.c.id, ORDERS.c.issuer, ORDERS.c.day)
        .having(func.coalesce(func.sum(planned), 0) == 0)
        .order_by(ORDERS.c.no)
    )  # fmt: skip
    gone = set(connection.scalars(select(EVENTS.c.order_no).where(EVENTS.c.kind == ERASED)))
    return [
        Kept(no, order, issuer, pieces, date.fromisoformat(last or day), date.fromisoformat(open_) if open_ else None)
        for no, order, issuer, day, pieces, last, open_ in connection.execute(query)
        if no not in gone
    ]


def erased(connection: Connection) -> list[tuple[int, str]]:
    """Number and id of the orders that the trail calls erased."""
    query = select(ORDERS.c.no, ORDERS.c.id).join(EVENTS, EVENTS.c.order_no == ORDERS.c.no).where(EVENTS.c.kind == ERASED)
    return [(row.no, row.id) for row in connection.execute(query.order_by(ORDERS.c.no))]


def empty(connection: Connection, trail: Trail, one: Kept, **said: Any) -> None:
    """Take the content from an order's rows, and let the trail say so and cover what is left."""
    connection.execute(update(MEMBERS).where(MEMBERS.c.order_no == one.no).values(record=""))
    mine = select(PIECES.c.serial).join(LOTS, LOTS.c.name == PIECES.c.lot).where(LOTS.c.order_no == one.no)
    connection.execute(update(DOCUMENTS).where(DOCUMENTS.c.serial.in_(mine)).values(content=""))
    issues = select(ISSUES.c.id).where(ISSUES.c.order_no == one.no)
    cases = list(connection.scalars(select(CASES.c.id).where(CASES.c.issue.in_(issues)).order_by(CASES.c.id)))
    touched = _silence(connection, cases)
    digests = ledger_events.plan_digests(connection, one.no)
    trail.seal(connection, one.no, ERASED, touched, **said, pieces=one.pieces, digests=digests)


def _silence(connection: Connection, cases: Sequence[str]) -> list[tuple[Table, list[str]]]:
    """Take what was said from cases. Returns the rows that were written."""
    touched: list[tuple[Table, list[str]]] = []
    for start in range(0, len(cases), _PAGE):
        some = cases[start : start + _PAGE]
        for table, column in ((CASES, CASES.c.words), (CASE_NOTES, CASE_NOTES.c.content)):
            said = list(connection.scalars(select(table.c.id).where(table.c.id.in_(some), column != "").order_by(table.c.id)))
            connection.execute(update(table).where(table.c.id.in_(said)).values({column: ""}))
            touched += ((table, [name]) for name in said)
    return touched
