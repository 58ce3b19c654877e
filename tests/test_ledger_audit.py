"""The audit: every row of the ledger altered, removed or exchanged, every tail cut: found. Nothing else is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, Table, and_, delete, select, update
from sqlalchemy.exc import DBAPIError

from pipeline.base.problems import HandoffError, LedgerError
from pipeline.office.ledger_audit import Audited, audit, look
from pipeline.office.ledger_engine import connect
from pipeline.office.ledger_schema import CHECKPOINTS, EVENTS, METADATA
from pipeline.office.notary import checkpoint_of
from tests import books

OTHERS = {"outcome": ("issue", "skip", "hold", "already-issued"), "state": None}
STATES = ("open", "planned", "done", "stopped", "issued", "void", "expired", "printed", "spoiled", "made")


@pytest.fixture
def filled(database: str, tmp_path: Path) -> str:
    books.fill(database, tmp_path)
    return database


@contextmanager
def meddling(url: str) -> Iterator[Connection]:
    """A connection past all rules, whose changes are taken back in the end."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            else:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield connection
            connection.rollback()
    finally:
        engine.dispose()


def rows(connection: Connection, table: Table) -> list[Any]:
    return list(connection.execute(select(table).order_by(*table.primary_key)).all())


def this(table: Table, row: Any) -> Any:
    return and_(*(column == row._mapping[column.name] for column in table.primary_key))


def other(column: Column[Any], value: Any) -> list[Any]:
    """Values that could stand there instead."""
    if isinstance(column.type, Integer):
        return [1 if value is None else value + 1000]
    if column.name in ("state", "outcome"):
        return [one for one in OTHERS[column.name] or STATES if one != value]
    return ["x" if value is None else f"{value}x"]


def test_a_whole_ledger_has_no_fault(filled: str, tmp_path: Path) -> None:
    found = audit(filled, books.notary(tmp_path).public(), [anchor(tmp_path)])
    assert found.problems == []
    assert (found.orders, found.checkpoints) == (5, 7) and found.events > 20


def anchor(folder: Path) -> Any:
    kept = books.notary(folder).last()
    assert kept is not None
    return kept


def test_every_row_altered_or_removed_is_found(filled: str, tmp_path: Path) -> None:
    key, tried, refused = books.notary(tmp_path).public(), 0, 0
    engine = connect(filled)
    with engine.connect() as connection:
        kept = {table.name: rows(connection, table) for table in METADATA.sorted_tables}
    engine.dispose()
    assert all(kept.values()), "a table without a row is not tried"
    with meddling(filled) as connection:
        for table in METADATA.sorted_tables:
            for turn, row in enumerate(kept[table.name]):
                mine, columns = this(table, row), list(table.columns)
                changes: list[Any] = [delete(table).where(mine)]
                if engine.dialect.name == "postgresql":  # the same code: one column a row, in turn
                    columns = columns[turn % len(columns) :][:1]
                for column in columns:
                    changes += [
                        update(table).where(mine).values({column.name: value})
                        for value in other(column, row._mapping[column.name])
                    ]
                for change in changes:
                    with connection.begin_nested() as point:
                        try:
                            assert connection.execute(change).rowcount == 1
                            tried += 1
                            assert look(connection, key, []).problems, (table.name, row, str(change))
                        except DBAPIError:
                            refused += 1  # the database's own rules do not let it in
                        point.rollback()
    assert tried > (500 if engine.dialect.name == "sqlite" else 150) > refused


def test_rows_that_change_places_are_found(filled: str, tmp_path: Path) -> None:
    """Two rows exchange everything but their keys: what is told of one is told of the other."""
    key, tried = books.notary(tmp_path).public(), 0
    with meddling(filled) as connection:
        for table in METADATA.sorted_tables:
            free = [column.name for column in table.columns if not column.primary_key]
            some = rows(connection, table)
            for one, two in pairwise(some):
                ours, theirs = ([row._mapping[name] for name in free] for row in (one, two))
                if ours == theirs:
                    continue
                with connection.begin_nested() as point:
                    try:
                        for row, values in ((one, theirs), (two, ours)):
                            connection.execute(
                                update(table).where(this(table, row)).values(dict(zip(free, values, strict=True)))
                            )
                        tried += 1
                        assert look(connection, key, []).problems, (table.name, one, two)
                    except DBAPIError:
                        pass  # unique, and not put off
                    point.rollback()
    assert tried > 50


def test_every_tail_that_is_cut_is_found(filled: str, tmp_path: Path) -> None:
    """Entries alone, and entries together with the checkpoints after them; what the notary kept outside tells even of all."""
    key, kept = books.notary(tmp_path).public(), anchor(tmp_path)
    with meddling(filled) as connection:
        total = len(rows(connection, EVENTS))
        for left in range(total):
            with connection.begin_nested() as point:
                connection.execute(delete(EVENTS).where(EVENTS.c.id > left))
                assert look(connection, key, []).problems, left
                connection.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.events > left))
                found = look(connection, key, [kept]).problems
                assert found, left
                assert ("audit-tail-cut" in {one.code for one in found}) == (left < kept.events)
                point.rollback()


def codes(found: Audited) -> set[str]:
    return {problem.code for problem in found.problems}


def test_what_is_found_is_told(filled: str, tmp_path: Path) -> None:
    key = books.notary(tmp_path).public()
    told = {
        "audit-entry-changed": "UPDATE events SET actor = 'tanaka' WHERE id = 3",
        "audit-entry-missing": "DELETE FROM events WHERE id = 3",
        "audit-checkpoint-missing": "DELETE FROM checkpoints WHERE no = 2",
        "audit-checkpoint-wrong": "UPDATE checkpoints SET at = 'earlier' WHERE no = 2",
        "audit-row-changed": "UPDATE issues SET state = 'void' WHERE key = 'b'",
        "audit-row-missing": "DELETE FROM lots WHERE name = '0001-card-home'",
        "audit-plan-changed": "UPDATE documents SET content = '[]' WHERE serial = '0001-0000001-A'",
    }
    with meddling(filled) as connection:
        for code, statement in told.items():
            with connection.begin_nested() as point:
                connection.exec_driver_sql(statement)
                assert code in codes(look(connection, key, [])), code
                point.rollback()


def test_a_checkpoint_of_another_key_is_no_checkpoint(filled: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert codes(audit(filled, books.notary(tmp_path / "other").public(), [])) == {"audit-checkpoint-wrong"}
    kept = anchor(tmp_path)
    with pytest.raises(LedgerError, match="checkpoint-not-valid"):
        checkpoint_of(replace(kept, events=kept.events - 1).as_json(), "ledger.checkpoint")


def test_the_key_is_its_owners_alone(tmp_path: Path) -> None:
    notary = books.notary(tmp_path)
    public = notary.public()
    assert (tmp_path / "ledger.key").stat().st_mode & 0o777 == 0o600
    assert books.notary(tmp_path).public() == public
    (tmp_path / "ledger.key").chmod(0o644)
    with pytest.raises(HandoffError) as caught:
        books.notary(tmp_path).public()
    assert caught.value.problems[0].code == "ledger-key-not-valid"


def test_an_older_file_in_the_ledgers_place_issues_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    with books.opened(url, tmp_path) as ledger:
        order = books.begin(ledger, "first")
        ledger.add(order, books.claims(order, ["a"]))
        books.finish(ledger, order, 1)
    old = (tmp_path / "ledger.sqlite").read_bytes()
    with books.opened(url, tmp_path) as ledger:
        order = books.begin(ledger, "second")
        ledger.add(order, books.claims(order, ["b"]))
        books.finish(ledger, order, 1)
    (tmp_path / "ledger.sqlite").write_bytes(old)
    with books.opened(url, tmp_path) as ledger, pytest.raises(LedgerError) as caught:
        books.begin(ledger, "third")
    assert caught.value.problems[0].code == "ledger-behind"


def test_entries_are_few(filled: str) -> None:
    """An order's entries do not grow with its members; each says who and when."""
    with meddling(filled) as connection:
        events = rows(connection, EVENTS)
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert {event.actor for event in events} == {"suzuki"}
    assert [event.kind for event in events if event.order_no == 1] == [
        "opened", "planned", "part-made", "part-made", "lot-handed-off", "done",
    ]  # fmt: skip
