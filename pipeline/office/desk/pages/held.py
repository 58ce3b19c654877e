"""Held records of the latest orders: which row of which file, why, and what is to be corrected. No names."""

from typing import Annotated

from fastapi import Query, Response

from pipeline.office import job
from pipeline.office.desk.doors import Here, Pages
from pipeline.office.desk.pages.orders import NAME
from pipeline.office.desk.words import Titles

router = Pages()
PAGE = 50


@router.read("/held", "orders")
def listed(
    here: Here,
    order: Annotated[str, Query(pattern=f"^$|{NAME}")] = "",
    after: Annotated[str, Query(pattern=r"^(\d{1,9}-\d{1,9})?$")] = "",
) -> Response:
    """Held records, of the latest orders or of one."""
    with here.ledger() as ledger, ledger.reading() as connection:
        orders = job.inquiries.ledger_books.with_held(connection)
        chosen = job.inquiries.ledger_books.order(connection, order) if order else None
        numbers = [chosen.order.no] if chosen else [] if order else [one.no for one in orders]
        place = (int(after.split("-")[0]), int(after.split("-")[1])) if after else None
        found = job.inquiries.ledger_books.held(connection, numbers, place, PAGE + 1)
    last = found[PAGE - 1] if len(found) > PAGE else None
    names = [one.id for one in orders]
    if chosen and order not in names:
        names.append(order)
    return here.page(
        "held.html", records=found[:PAGE], more=f"{last.order_no}-{last.n}" if last else "", order=order, orders=names,
        latest=job.inquiries.ledger_books.LATEST, titles=Titles(here.shop),
    )  # fmt: skip
