"""Lots: 納品 and 検収, spoils on a picture of the sheet, and making them again."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Form, HTTPException, Query, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, RedirectResponse

from pipeline.base.problems import LedgerError, Problem, ShikakuError, UsageError
from pipeline.office import job
from pipeline.office.desk.doors import Here, Once, Pages
from pipeline.office.desk.pages.orders import NAME, Sure
from pipeline.office.desk.pictures import picture
from pipeline.office.desk.words import Titles, words
from pipeline.office.folder import OrderFolder
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import LotRow, OrderRow
from pipeline.office.spoils import Chosen

router = Pages()
LotName = Annotated[str, InPath(pattern=NAME)]
Number = Annotated[int, InPath(ge=1, le=999_999)]
Count = Annotated[str, Form(pattern=r"^\s*\d{0,7}\s*$")]  # an empty box is sent as an empty text
_SLOTS = 1000  # of one sheet, at the most
AGAIN = "損紙の作り直し"


@router.read("/lots/{name}", "orders")
def shown(here: Here, name: LotName) -> Response:
    """One lot."""
    return _page(here, name)


def _page(here: Here, name: str, status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    with here.ledger() as ledger:
        lot, order = _known(ledger, name)
        folder = _folder(here, lot, order)
        figures = job.inquiries.lot_figures(ledger, folder)
        with ledger.reading() as connection:
            spoils = job.inquiries.ledger_books.spoils(connection, name)
            taken = job.inquiries.ledger_books.taken(connection, order.no, name)
        try:
            blank: int | None = job.inquiries.blanks(ledger, here.shop, folder)
        except ShikakuError:  # the layout or the sheet is not there any more: the other figures still are
            blank = None
    return here.page(
        "lot.html", status, lot=lot, order=order, figures=figures, spoils=spoils, blank=blank, problems=problems,
        files=_files(order, folder), taken=taken, again=AGAIN, words=words(), titles=Titles(here.shop),
    )  # fmt: skip


def _known(ledger: Ledger, name: str) -> tuple[LotRow, OrderRow]:
    found = ledger.lot(name)
    if found is None:
        raise HTTPException(404)
    return found


def _folder(here: Here, lot: LotRow, order: OrderRow) -> Path:
    return OrderFolder(here.shop.out / order.id).lot(lot.name)


def _files(order: OrderRow, folder: Path) -> list[str]:
    """What is printed in the office of a remake; a reissue's PDF is fetched with its case, a vendor's lot never here."""
    if order.kind != "remake" or not order.office:
        return []
    return sorted(path.name for path in folder.glob("sheets-*.pdf"))


def _tried(here: Here, once: str, name: str, work: Callable[[Ledger, Path], str]) -> Response:
    """Do it once, with the open ledger and the lot's folder; what stands against it is told on the lot's page."""

    def done() -> str:
        with here.ledger() as ledger:
            return work(ledger, _folder(here, *_known(ledger, name)))

    try:
        return here.once(once, done)
    except ShikakuError as fault:
        return _page(here, name, 409, fault.problems)


@router.write("/lots/{name}/receive", "lots")
def received(
    here: Here,
    once: Once,
    name: LotName,
    day: Annotated[date, Form()],
    delivered: Count = "",
    good: Count = "",
) -> Response:
    """納品: how many were delivered. 検収: how many are good."""

    def work(ledger: Ledger, folder: Path) -> str:
        if day > here.desk.today():
            raise UsageError(Problem("desk-day-to-come", "desk", {"day": day.isoformat()}))
        counted = [int(text) if text.strip() else None for text in (delivered, good)]
        job.receive(ledger, here.shop, job.Received(folder, day, *counted))
        return f"/lots/{name}"

    return _tried(here, once, name, work)


@router.read("/lots/{name}/sheets", "orders")
def sheet_asked(here: Here, name: LotName, number: Annotated[int, Query(ge=1, le=999_999)] = 1) -> Response:
    """On to a sheet by its number."""
    return RedirectResponse(f"/lots/{name}/sheets/{number}", 303)


@router.read("/lots/{name}/sheets/{number}", "orders")
def sheet(here: Here, name: LotName, number: Number) -> Response:
    """A picture of a sheet."""
    return _sheet(here, name, number)


def _sheet(here: Here, name: str, number: int, status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    with here.ledger() as ledger:
        lot, order = _known(ledger, name)
        if number > lot.sheets:
            raise HTTPException(404)
        view = job.sheet(ledger, here.shop, _folder(here, lot, order), number)
    return here.page(
        "sheet.html", status, lot=lot, order=order, number=number, picture=picture(view), problems=problems, words=words(),
        titles=Titles(here.shop),
    )  # fmt: skip


@router.write("/lots/{name}/sheets/{number}", "lots")
def spoiled(
    here: Here,
    once: Once,
    sure: Sure,
    name: LotName,
    number: Number,
    what: Annotated[Literal["spoil", "write-off"], Form()],
    slot: Annotated[list[Annotated[int, Form(ge=1, le=_SLOTS)]] | None, Form(max_length=_SLOTS)] = None,
    listed: Annotated[str, Form(max_length=40)] = "",
    words_of_own: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Note slots of a sheet as spoiled, with a reason of the house's list or in words; written off, none is made again."""

    def work() -> str:
        if not slot:
            raise UsageError(Problem("desk-no-slot", "desk"))
        with here.ledger() as ledger:
            folder = _folder(here, *_known(ledger, name))
            chosen = Chosen(tuple((number, one) for one in dict.fromkeys(slot)))
            job.spoil(ledger, here.shop, folder, chosen, words_of_own.strip() or listed, what == "write-off")
        return f"/lots/{name}/sheets/{number}"

    try:
        return here.once(once, work)
    except ShikakuError as fault:
        return _sheet(here, name, number, 409, fault.problems)


@router.write("/lots/{name}/remake", "lots")
def remade(here: Here, once: Once, name: LotName, reason: Annotated[str, Form(max_length=200)] = AGAIN) -> Response:
    """Make the lot's open spoils again, as a lot of their own; not what was reissued since: that is written off."""

    def work(ledger: Ledger, folder: Path) -> str:
        with ledger.reading() as connection:
            spoils = job.inquiries.ledger_books.spoils(connection, name)
        serials = tuple(one.serial for one in spoils if one.open and one.in_force)
        if not serials:
            raise LedgerError(Problem("desk-no-open-spoil", name, {"lot": name}))
        with here.desk.press:
            report = job.remake(job.RemakeRequest(folder, Chosen(serials=serials), reason), here.shop)
        return f"/lots/{report.lots[0].name}"

    return _tried(here, once, name, work)


@router.write("/lots/{name}/take/{file}", "print")
def taken(here: Here, name: LotName, file: Annotated[str, InPath(pattern=r"^sheets-\d{4}\.pdf$")]) -> Response:
    """A remake's PDF for the office's printer. It is given out once: what is printed again is spoiled and remade first."""
    with here.ledger() as ledger:
        lot, order = _known(ledger, name)
        folder = _folder(here, lot, order)
        if file not in _files(order, folder):
            raise HTTPException(404)
        try:
            job.inquiries.ledger_books.take(ledger, order.no, name, file)
        except ShikakuError as fault:
            return _page(here, name, 409, fault.problems)
    return FileResponse(folder / file, media_type="application/pdf", filename=f"{name}-{file}")
