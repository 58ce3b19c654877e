"""What the counter asks all day reads no table from front to back, however long the ledger is."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from pipeline.office import inquiries, ledger_counts, ledger_desk, ledger_inquiry
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_books import FETCHED
from pipeline.office.ledger_counts import Wanted
from pipeline.office.vault import Vault
from tests import books, databases

LONG = {"issues", "members", "pieces", "documents", "decisions", "events", "cases", "case_notes"}
ASKED: dict[str, Callable[[Ledger], object]] = {
    "a number": lambda book: inquiries.members_of_number(book, ["06999999"], "1", "2", ""),
    "a number and branch": lambda book: inquiries.members_of_number(book, ["06999999"], "1", "2", "00"),
    "the newest record": lambda book: inquiries.newest(book, "demo", "nobody"),
    "who made it": lambda book: inquiries.makers(book, "demo", "a"),
    "what a member holds": lambda book: book.active("demo", "a"),
    "an issue": lambda book: book.issues(["0001-0000001-A"]),
    "all of a key": lambda book: ledger_inquiry.issued(book.url, "a:b:c:"),
    "all of a serial": lambda book: ledger_inquiry.issued(book.url, "0001-0000001-A"),
    "a record": lambda book: ledger_inquiry.record(book.url, Vault(book.vault.folder), "demo", "a"),
    "whose": lambda book: inquiries.whose(book, "0001-0000001-A"),
    "spoiled pieces": lambda book: book.standings(["0001-0000001-A"]),
    "a day's figures": lambda book: within(book, lambda c: ledger_counts.counts(c, Wanted(books.DAY, books.DAY))),
    "cases": lambda book: within(book, lambda c: ledger_desk.cases(c, ("done", "refused"), 50)),
    "a case under way": lambda book: within(book, lambda c: ledger_desk.under_way(c, "demo", "d", "card")),
    "kinds of entries": lambda book: list(book.entries([FETCHED])),
}


def within(book: Ledger, ask: Callable[..., object]) -> object:
    with book.reading() as connection:
        return ask(connection)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("indexes")
    books.fill(url := databases.sqlite(folder), folder)
    return url, folder


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_it_is_found_by_an_index(ask: Callable[[Ledger], object], filled: tuple[str, Path]) -> None:
    asked: list[tuple[str, object]] = []

    def hear(connection: object, cursor: object, statement: str, given: object, *_: object) -> None:
        asked.append((statement, given))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        with books.opened(*filled) as ledger:
            ask(ledger)
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    with books.opened(*filled) as ledger, ledger.reading() as connection:
        plans = [
            (row[3], statement)
            for statement, given in asked
            if statement.startswith("SELECT")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)  # type: ignore[arg-type]
        ]
    assert plans
    assert [plan for plan in plans if plan[0].startswith("SCAN") and plan[0].split()[1] in LONG] == []


def test_a_year_of_figures_is_read_along_its_days(filled: tuple[str, Path]) -> None:
    with books.opened(*filled) as ledger, ledger.reading() as connection:
        found = ledger_counts.counts(connection, Wanted(date(2025, 1, 1), date(2026, 12, 31), by_month=True))
    assert [(one.period, one.issued, one.reissued) for one in found] == [("2025-11", 3, 0), ("2026-11", 2, 1)]
