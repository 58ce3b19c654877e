"""Orders: which there are and how far they are, one order with its lots, an order that was cut off, and closing one."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Form, HTTPException, Query, Response
from fastapi import Path as InPath

from pipeline.base.problems import Problem, ShikakuError
from pipeline.office import job
from pipeline.office.desk.doors import Here, Once, Pages
from pipeline.office.desk.words import Titles, words
from pipeline.office.ledger_books import OrderLine

router = Pages()
PAGE = 20
AT_THE_DESK = 50  # pieces of an order that the desk itself carries on; longer ones would keep everybody waiting (OURS)
NAME = r"^\w[\w.-]{0,119}$"
OrderId = Annotated[str, InPath(pattern=NAME)]
Sure = Annotated[str, Form(pattern="^yes$")]


@router.read("/orders", "orders")
def listed(here: Here, before: Annotated[int | None, Query(ge=1, le=10**9)] = None) -> Response:
    """The orders, newest first."""
    with here.ledger() as ledger, ledger.reading() as connection:
        found = job.inquiries.ledger_books.orders(connection, before, PAGE + 1)
    more = found[PAGE - 1].order.no if len(found) > PAGE else None
    return here.page(
        "orders.html", lines=found[:PAGE], more=more, first=before is None, words=words(), titles=Titles(here.shop)
    )


@router.read("/orders/{order}", "orders")
def shown(here: Here, order: OrderId) -> Response:
    """One order."""
    return _page(here, order)


def _page(here: Here, name: str, status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    shop = here.shop
    with here.ledger() as ledger:
        line = _line(here, name)
        lots = job.figures(ledger, shop.out / name)
    off = [problem for one in lots for problem in one.problems()]
    return here.page(
        "order.html", status, line=line, lots=lots, problems=problems, off=off, folder=f"{shop.out.name}/{name}",
        here_and_now=_is_short(line), words=words(), titles=Titles(shop),
    )  # fmt: skip


def _line(here: Here, name: str) -> OrderLine:
    with here.ledger() as ledger, ledger.reading() as connection:
        line = job.inquiries.ledger_books.order(connection, name)
    if line is None:
        raise HTTPException(404)
    return line


def _is_short(line: OrderLine) -> bool:
    """Whether the desk may carry the order on itself: its length is known, and it is for the office or short."""
    return line.order.kind != "produce" or 0 < line.progress.documents <= AT_THE_DESK


@router.write("/orders/{order}/resume", "lots")
def resumed(here: Here, once: Once, order: OrderId) -> Response:
    """Carry an order on that was cut off."""
    if not _is_short(_line(here, order)):
        raise HTTPException(404)

    def work() -> str:
        with here.desk.press:
            job.resume(here.shop.out / order, here.shop, workers=1)
        return f"/orders/{order}"

    return _tried(here, once, order, work)


@router.write("/orders/{order}/cancel", "lots")
def cancelled(here: Here, once: Once, order: OrderId, sure: Sure) -> Response:
    """Give an order up none of whose lots was handed off."""
    _line(here, order)

    def work() -> str:
        job.cancel(here.shop.out / order, here.shop)
        return f"/orders/{order}"

    return _tried(here, once, order, work)


@router.write("/orders/{order}/complete", "lots")
def completed(here: Here, once: Once, order: OrderId) -> Response:
    """Close an order all of whose figures close."""
    _line(here, order)

    def work() -> str:
        with here.ledger() as ledger:
            job.complete(ledger, here.shop, here.shop.out / order, here.desk.today())
        return f"/orders/{order}"

    return _tried(here, once, order, work)


def _tried(here: Here, once: str, order: str, work: Callable[[], str]) -> Response:
    """Do it once; what stands against it is told on the order's page."""
    try:
        return here.once(once, work)
    except ShikakuError as fault:
        return _page(here, order, 409, fault.problems)
