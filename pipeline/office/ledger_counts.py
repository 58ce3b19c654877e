"""Counts for the desk: what was issued, issued again, spoiled and paid for, by day or month. Reads only.

Issues are counted by their day of issue, spoils by the day they were noted, fees by the day of the reissue they were paid for.
What is planned only is not counted. The database groups: what comes back is as long as the table on the page.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from pipeline.office.ledger_desk import CASES
from pipeline.office.ledger_schema import ISSUES, LOTS, ORDERS, PIECES
from pipeline.office.ledger_spoils import SPOILS

_DAY, _MONTH = len("2026-11-23"), len("2026-11")


class Counts(NamedTuple):
    """Figures of a period (2026-11-23 or 2026-11), issuer and document. `yen` are fees of cases of the desk."""

    period: str
    issuer: str
    document: str
    issued: int = 0
    reissued: int = 0
    spoiled: int = 0
    paid: int = 0
    yen: int = 0


class Wanted(NamedTuple):
    """Which days are counted, both included, by day or by month; `issuer` and `document` empty: all."""

    first: date
    last: date
    by_month: bool = False
    issuer: str = ""
    document: str = ""


def counts(connection: Connection, wanted: Wanted) -> list[Counts]:
    """The figures, by period, issuer and document; what has none is left out."""
    found: dict[tuple[str, str, str], Counts] = {}
    for row in _rows(connection, wanted):
        period, issuer, document, *figures = row
        known = found.get((period, issuer, document), Counts(period, issuer, document))
        told = {name: int(value or 0) for name, value in zip(list(row._fields)[3:], figures, strict=True)}
        found[period, issuer, document] = known._replace(**told)  # type: ignore[arg-type]
    return [found[key] for key in sorted(found)]


def _rows(connection: Connection, wanted: Wanted) -> Iterator[Any]:
    again = case((ISSUES.c.replaces.is_not(None), 1), else_=0)
    figures = (
        func.sum(1 - again).label("issued"),
        func.sum(again).label("reissued"),
        func.sum(case((ISSUES.c.fee == "paid", 1), else_=0)).label("paid"),
    )
    day = ISSUES.c.issued_on
    yield from connection.execute(_grouped(wanted, day, ISSUES.c.issuer, ISSUES.c.document, *figures, where=_issued()))
    spoiled = _grouped(wanted, SPOILS.c.at, ISSUES.c.issuer, ISSUES.c.document, func.count().label("spoiled"))
    spoiled = spoiled.join_from(SPOILS, PIECES, PIECES.c.serial == SPOILS.c.serial).join(ISSUES, ISSUES.c.id == PIECES.c.issue)
    yield from connection.execute(spoiled)
    done = (CASES.c.settled == "paid") & (CASES.c.state == "done")
    fees = _grouped(wanted, ORDERS.c.day, CASES.c.issuer, CASES.c.document, func.sum(CASES.c.fee).label("yen"), where=done)
    yield from connection.execute(fees.join_from(CASES, ORDERS, ORDERS.c.id == CASES.c.order_id))


def _issued() -> ColumnElement[bool]:
    return ISSUES.c.state != "planned"


def _grouped(wanted: Wanted, day: Any, issuer: Any, document: Any, *figures: Any, where: Any = None) -> Any:
    """A query of figures by period, issuer and document; `day` is a text that begins with an ISO day."""
    period = func.substr(day, 1, _MONTH if wanted.by_month else _DAY).label("period")
    query = select(period, issuer, document, *figures).where(
        day >= wanted.first.isoformat(), day < (wanted.last + timedelta(days=1)).isoformat()
    )
    for column, name in ((issuer, wanted.issuer), (document, wanted.document)):
        if name:
            query = query.where(column == name)
    if where is not None:
        query = query.where(where)
    return query.group_by(period, issuer, document)


def subjects(connection: Connection) -> list[tuple[str, str]]:
    """The issuers and documents of which there was ever a lot."""
    query = select(LOTS.c.issuer, LOTS.c.document).distinct().order_by(LOTS.c.issuer, LOTS.c.document)
    return [(row[0], row[1]) for row in connection.execute(query)]
