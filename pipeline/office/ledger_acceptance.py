"""The ledger of 納品 and 検収: what came back of each lot, and whether an order's figures close.

Every piece that was handed over is one of three: good, made again (its successor is in another lot, with the same question),
or written off. So handed over = good + remade + written off, lot by lot; and what was issued = good + written off, over all
lots of the order.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, ForeignKey, and_, case, func, insert, select, update

from pipeline.base.problems import LedgerError, Problem
from pipeline.office.ledger_columns import number, word
from pipeline.office.ledger_schema import ISSUES, LOTS, ORDERS, PIECES, table
from pipeline.office.ledger_spoils import SPOILS

# Counts of pieces, days ISO. A step that was not done is NULL.
ACCEPTANCES = table(
    "acceptances",
    word("lot", ForeignKey("lots.name"), primary_key=True),
    number("delivered", null=True),
    word("delivered_on", null=True),
    word("delivered_by", null=True),
    number("good", null=True),
    word("accepted_on", null=True),
    word("accepted_by", null=True),
    clustered=True,
)
COMPLETIONS = table(
    "completions",
    number("order_no", ForeignKey("orders.no"), primary_key=True, autoincrement=False),
    word("day"),
    word("by"),
    word("report"),
    clustered=True,
)


class LotFigures(NamedTuple):
    """The figures of a lot, in pieces; None: not known yet. `spoiled` = `remade` + `written_off` + `open`."""

    lot: str
    order: str
    document: str
    channel: str
    state: str
    handed_over: int
    remade: int
    written_off: int
    open: int
    delivered: int | None
    delivered_on: str | None
    delivered_by: str | None
    good: int | None
    accepted_on: str | None
    accepted_by: str | None

    @property
    def spoiled(self) -> int:
        return self.remade + self.written_off + self.open

    def problems(self) -> list[Problem]:
        """Why the lot does not close: each figure that is off or missing."""
        values = {"lot": self.lot, **{name: "—" if value is None else value for name, value in self._asdict().items()}}
        values |= {"spoiled": self.spoiled, "off": self.handed_over - (self.good or 0) - self.spoiled}
        codes = []
        if self.state != "done":
            codes.append("complete-not-handed-off")
        elif self.delivered is None:
            codes.append("complete-not-delivered")
        elif self.good is None:
            codes.append("complete-not-accepted")
        elif values["off"]:
            codes.append("accept-does-not-close")
        if self.open:
            codes.append("complete-spoils-open")
        return [Problem(code, self.lot, values) for code in codes]


def figures(connection: Connection, lots: Sequence[str]) -> list[LotFigures]:
    """The figures of lots, by name."""
    remade, off = SPOILS.c.remade_by.is_not(None), SPOILS.c.written_off != ""
    spoils = (
        select(
            PIECES.c.lot,
            func.sum(case((remade, 1), else_=0)).label("remade"),
            func.sum(case((off, 1), else_=0)).label("written_off"),
            func.count().label("spoiled"),
        )
        .join(SPOILS, SPOILS.c.serial == PIECES.c.serial)
        .group_by(PIECES.c.lot)
        .subquery()
    )
    steps = ("delivered", "delivered_on", "delivered_by", "good", "accepted_on", "accepted_by")
    query = (
        select(
            LOTS.c.name, ORDERS.c.id, LOTS.c.document, LOTS.c.channel, LOTS.c.state, LOTS.c.documents, spoils.c.remade,
            spoils.c.written_off, spoils.c.spoiled, *(ACCEPTANCES.c[step] for step in steps),
        )
        .join(ORDERS, ORDERS.c.no == LOTS.c.order_no)
        .join(spoils, spoils.c.lot == LOTS.c.name, isouter=True)
        .join(ACCEPTANCES, ACCEPTANCES.c.lot == LOTS.c.name, isouter=True)
        .where(LOTS.c.name.in_(lots))
        .order_by(LOTS.c.order_no, LOTS.c.name)
    )  # fmt: skip
    found = []
    for row in connection.execute(query):
        again, without, spoiled = (int(count or 0) for count in row[6:9])
        found.append(LotFigures._make((*row[:6], again, without, spoiled - again - without, *row[9:])))
    return found


def spoils_by_reason(connection: Connection, lots: Sequence[str]) -> list[dict[str, Any]]:
    """Why pieces of lots were spoiled, how many, and what became of them; the most frequent first."""
    remade, off = SPOILS.c.remade_by.is_not(None), SPOILS.c.written_off != ""
    pieces = func.count().label("pieces")
    query = (
        select(SPOILS.c.reason, pieces, func.sum(case((remade, 1), else_=0)), func.sum(case((off, 1), else_=0)))
        .join(PIECES, PIECES.c.serial == SPOILS.c.serial)
        .where(PIECES.c.lot.in_(lots))
        .group_by(SPOILS.c.reason)
        .order_by(pieces.desc(), SPOILS.c.reason)
    )
    names = ("pieces", "remade", "written_off")
    return [{"reason": row[0], **dict(zip(names, map(int, row[1:]), strict=True))} for row in connection.execute(query)]


def remakes_among(connection: Connection, lots: Sequence[str]) -> list[dict[str, Any]]:
    """Those of some lots that were made again: of which lot, how many pieces, why and by whom."""
    query = select(LOTS.c.name, LOTS.c.documents, ORDERS.c.request).join(ORDERS, ORDERS.c.no == LOTS.c.order_no)
    rows = [(row[0], row[1], json.loads(row[2])) for row in connection.execute(query.where(LOTS.c.name.in_(lots)))]
    return [
        {"lot": lot, "of": told["lot"], "pieces": pieces, "reason": told["reason"], "by": told["by"]}
        for lot, pieces, told in sorted(rows, key=lambda row: row[0])
        if told["kind"] == "remake"
    ]


def lots_of(connection: Connection, order_no: int) -> list[str]:
    """The lots with an order's issues: its own, and those in which their pieces were made again."""
    mine = select(PIECES.c.lot).join(ISSUES, ISSUES.c.id == PIECES.c.issue).where(ISSUES.c.order_no == order_no).distinct()
    return sorted(filter(None, connection.scalars(mine)))


def issued_by(connection: Connection, lot: str) -> int:
    """The number of the order that issued what is in a lot."""
    first = and_(PIECES.c.lot == lot, PIECES.c.seq == 0)
    return int(connection.scalars(select(ISSUES.c.order_no).join(PIECES, PIECES.c.issue == ISSUES.c.id).where(first)).one())


def check_not_completed(connection: Connection, order_nos: Iterable[int]) -> None:
    """LedgerError if an order's figures were closed: nothing can be spoiled or accepted any more."""
    query = (
        select(ORDERS.c.id, COMPLETIONS.c.day, COMPLETIONS.c.by)
        .join(COMPLETIONS, COMPLETIONS.c.order_no == ORDERS.c.no)
        .where(ORDERS.c.no.in_(list(order_nos)))
        .order_by(ORDERS.c.no)
    )
    for order, day, by in connection.execute(query):
        raise LedgerError(Problem("complete-done-already", order, {"order": order, "day": day, "by": by}))


def record(connection: Connection, lot: str, **steps: int | str) -> None:
    """Write the steps of a lot; what was said before is corrected."""
    if connection.execute(update(ACCEPTANCES).where(ACCEPTANCES.c.lot == lot).values(steps)).rowcount == 0:
        connection.execute(insert(ACCEPTANCES).values(lot=lot, **steps))


def completed(connection: Connection, order_no: int) -> str | None:
    """The report with which an order was closed, JSON; None if it is not."""
    return connection.scalar(select(COMPLETIONS.c.report).where(COMPLETIONS.c.order_no == order_no))


def close(connection: Connection, order_no: int, day: str, by: str, report: str) -> None:
    """An order's figures are closed."""
    connection.execute(insert(COMPLETIONS).values(order_no=order_no, day=day, by=by, report=report))
