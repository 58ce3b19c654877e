"""Counts by day or month: a chart, and the same figures in tables."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, NamedTuple

from fastapi import Query, Response

from pipeline.office import job
from pipeline.office.desk import words
from pipeline.office.desk.doors import Here, Pages
from pipeline.office.desk.pictures import chart
from pipeline.office.ledger_counts import Counts, Wanted

router = Pages()
_FIGURES = ("issued", "reissued", "spoiled", "paid", "yen")
MONTH = r"^(20[0-8]\d-(0[1-9]|1[0-2]))?$"
ID = r"^[\w-]{0,80}$"
Unit = Literal["day", "month"]


class Row(NamedTuple):
    """A row of a table on the page, with what it is called."""

    name: str
    issued: int
    reissued: int
    spoiled: int
    paid: int
    yen: int


def span(today: date, unit: str, until: str, issuer: str, document: str) -> Wanted:
    """The days of a month, or twelve months up to one, of an insurer's documents; without one this month."""
    year, month = (int(part) for part in until.split("-")) if until else (today.year, today.month)
    last = date(year, month, calendar.monthrange(year, month)[1])
    if unit == "day":
        return Wanted(last.replace(day=1), last, issuer=issuer, document=document)
    first = date(year, 1, 1) if month == 12 else date(year - 1, month + 1, 1)
    return Wanted(first, last, by_month=True, issuer=issuer, document=document)


@router.read("/counts", "orders")
def shown(
    here: Here,
    unit: Annotated[Unit, Query()] = "month",
    until: Annotated[str, Query(pattern=MONTH)] = "",
    issuer: Annotated[str, Query(pattern=ID)] = "",
    document: Annotated[str, Query(pattern=ID)] = "",
) -> Response:
    """The figures of a month by day, or of a year by month."""
    wanted = span(here.desk.today(), unit, until, issuer, document)
    with here.ledger() as ledger, ledger.reading() as connection:
        found = job.inquiries.ledger_counts.counts(connection, wanted)
        subjects = job.inquiries.ledger_counts.subjects(connection)
    titles = words.Titles(here.shop)
    periods = _periods(wanted)
    columns = [_sum(name, [one for one in found if one.period == period]) for period, name, _ in periods]
    kinds = sorted({(one.issuer, one.document) for one in found})
    by_kind = [
        _sum(
            f"{titles.issuer(who)}　{titles.document(what)}",
            [one for one in found if (one.issuer, one.document) == (who, what)],
        )
        for who, what in kinds
    ]
    drawn = chart(
        [
            (short, (("issued", row.issued), ("reissued", row.reissued), ("spoiled", row.spoiled)))
            for row, (_, _, short) in zip(columns, periods, strict=True)
        ]
    )
    return here.page(
        "counts.html", unit=unit, until=wanted.last.isoformat()[:7], wanted=wanted, columns=columns, by_kind=by_kind,
        whole=_sum("合計", found), chart=drawn, title=_title(wanted), before=_month(wanted.first - timedelta(days=1)),
        after=_after(wanted), issuers=sorted({one for one, _ in subjects}), documents=sorted({one for _, one in subjects}),
        titles=titles,
    )  # fmt: skip


def _periods(wanted: Wanted) -> list[tuple[str, str, str]]:
    """Each day or month as the database, the table and the chart call it."""
    days = [wanted.first + timedelta(days=n) for n in range((wanted.last - wanted.first).days + 1)]
    if wanted.by_month:
        return [(_month(day), words.month(day), f"{day.month}月") for day in days if day.day == 1]
    return [(day.isoformat(), words.month_day(day), str(day.day)) for day in days]


def _sum(name: str, found: Sequence[Counts]) -> Row:
    return Row(name, *(sum(getattr(one, figure) for one in found) for figure in _FIGURES))


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _after(wanted: Wanted) -> str:
    """The month up to which the next page goes."""
    following = wanted.last + timedelta(days=1)
    return _month(following) if not wanted.by_month else f"{wanted.last.year + 1}-{wanted.last.month:02d}"


def _title(wanted: Wanted) -> str:
    if not wanted.by_month:
        return f"{words.month(wanted.first)}の日別"
    return f"{words.month(wanted.first)}～{words.month(wanted.last)}の月別"
