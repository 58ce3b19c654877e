"""Lists as CSV that a spreadsheet takes for text and numbers only; each export stands in the audit trail. No list has names."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any

from fastapi import Form, HTTPException, Response

from pipeline.base.problems import LedgerError, Problem
from pipeline.office import job
from pipeline.office.desk.doors import Here, Pages
from pipeline.office.desk.pages.audit import day
from pipeline.office.desk.pages.counts import ID, MONTH, Unit, span
from pipeline.office.desk.pages.orders import NAME
from pipeline.office.desk.words import Titles, detail, word
from pipeline.office.ledger_books import HeldRecord, IssueLine, OrderLine
from pipeline.office.ledger_review import Asked
from pipeline.office.spreadsheets import table

router = Pages()
MOST = 200_000  # rows of one list (OURS): a spreadsheet opens as many, and the server's memory holds them
_FETCH = 1000
_EXPORTED = "exported"

Order = Annotated[str, Form(pattern=NAME)]
AnyOrder = Annotated[str, Form(pattern=f"^$|{NAME}")]
DayText = Annotated[str, Form(pattern=r"^(\d{4}-\d\d-\d\d)?$")]

_ORDERS = (
    "注文", "種類", "保険者", "交付日", "状態", "始めた日時", "担当", "件数", "シート", "保留", "ファイル", "作成済みファイル",
    "ロット", "引渡し済みロット", "締めた日",
)  # fmt: skip
_HELD = ("注文", "ファイル", "行", "帳票", "コード", "理由", "直すこと")
_COUNTS = ("期間", "保険者", "帳票", "交付", "再交付", "損紙", "手数料の領収", "手数料（円）")
_AUDIT = ("番号", "日時", "だれが", "何を", "種類", "注文", "内容")
_ISSUES = (
    "管理番号", "帳票", "交付の状態", "券面の状態", "送付方法", "事由", "交付日", "有効期限", "差替え前", "ロット", "シート",
    "面", "損紙の理由",
)  # fmt: skip


def _sent(here: Here, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]], **about: str) -> Response:
    """The list as a file, once the trail says who took it. LedgerError where it is too long."""
    found = list(islice(rows, MOST + 1))
    if len(found) > MOST:
        raise LedgerError(Problem("desk-export-too-long", "desk", {"most": MOST}))
    content = table(header, found)
    with here.ledger() as ledger:
        told = {key: value for key, value in about.items() if value and found}  # what fits nothing may be anything
        ledger.note(_EXPORTED, list=name, lines=len(found), about=told)
    said = {"Content-Disposition": f'attachment; filename="{name}-{here.desk.today()}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=said)


@router.write("/export/orders", "export")
def orders(here: Here) -> Response:
    """All orders."""
    return _sent(here, "orders", _ORDERS, _order_rows(here))


def _order_rows(here: Here) -> Iterator[Sequence[Any]]:
    before = None
    with here.ledger() as ledger, ledger.reading() as connection:
        while found := job.inquiries.ledger_books.orders(connection, before, _FETCH):
            yield from map(_order_row, found)
            before = found[-1].order.no


def _order_row(line: OrderLine) -> Sequence[Any]:
    order, going = line.order, line.progress
    return (
        order.id, word("kinds", order.kind), order.issuer, order.day, word("orders", line.state), line.at, line.by,
        going.documents, going.sheets, line.held, going.parts, going.made, going.lots, going.handed_off, line.completed,
    )  # fmt: skip


@router.write("/export/held", "export")
def held(here: Here, order: AnyOrder = "") -> Response:
    """Held records, of one order or of the latest."""
    return _sent(here, "held", _HELD, _held_rows(here, order), order=order)


def _held_rows(here: Here, order: str) -> Iterator[Sequence[Any]]:
    titles, after = Titles(here.shop), None
    with here.ledger() as ledger, ledger.reading() as connection:
        chosen = job.inquiries.ledger_books.order(connection, order) if order else None
        if order and chosen is None:
            raise HTTPException(404)
        numbers = [chosen.order.no] if chosen else [one.no for one in job.inquiries.ledger_books.with_held(connection)]
        while found := job.inquiries.ledger_books.held(connection, numbers, after, _FETCH):
            for one in found:
                yield from _held_row(one, titles)
            after = found[-1].order_no, found[-1].n


def _held_row(one: HeldRecord, titles: Titles) -> Iterator[Sequence[Any]]:
    documents = "、".join(map(titles.document, one.documents))
    for problem in one.problems:
        yield one.order, one.file, one.row, documents, problem.code, problem.message, problem.hint


@router.write("/export/counts", "export")
def counts(
    here: Here,
    unit: Annotated[Unit, Form()] = "month",
    until: Annotated[str, Form(pattern=MONTH)] = "",
    issuer: Annotated[str, Form(pattern=ID)] = "",
    document: Annotated[str, Form(pattern=ID)] = "",
) -> Response:
    """Counts as the page has them, by insurer and document."""
    wanted = span(here.desk.today(), unit, until, issuer, document)
    with here.ledger() as ledger, ledger.reading() as connection:
        found = job.inquiries.ledger_counts.counts(connection, wanted)
    about = {"first": wanted.first.isoformat(), "last": wanted.last.isoformat(), "issuer": issuer, "document": document}
    return _sent(here, "counts", _COUNTS, found, **about)


@router.write("/export/audit", "export")
def audit(
    here: Here,
    actor: Annotated[str, Form(max_length=80)] = "",
    kind: Annotated[str, Form(pattern=r"^[a-z-]{0,40}$")] = "",
    order: AnyOrder = "",
    first: DayText = "",
    last: DayText = "",
) -> Response:
    """Entries of the audit trail, as they are filtered on the page."""
    asked = Asked(actor, kind, order, day(first), day(last))
    return _sent(here, "audit", _AUDIT, _audit_rows(here, asked), actor=actor, kind=kind, order=order, first=first, last=last)


def _audit_rows(here: Here, asked: Asked) -> Iterator[Sequence[Any]]:
    before = None
    with here.ledger() as ledger, ledger.reading() as connection:
        while found := job.inquiries.ledger_review.entries(connection, asked, before, _FETCH):
            for one in found:
                told = "・".join(f"{name} {value}" for name, value in detail(one.detail))
                yield one.no, one.at, one.actor, word("entries", one.kind), one.kind, one.order, told
            before = found[-1].no


@router.write("/export/issues", "export")
def issues(here: Here, order: Order) -> Response:
    """What an order issued, without whose it is."""
    return _sent(here, "issues", _ISSUES, _issue_rows(here, order), order=order)


def _issue_rows(here: Here, order: str) -> Iterator[IssueLine]:
    with here.ledger() as ledger, ledger.reading() as connection:
        line = job.inquiries.ledger_books.order(connection, order)
        if line is None:
            raise HTTPException(404)
        yield from job.inquiries.ledger_books.issues(connection, line.order.no)
