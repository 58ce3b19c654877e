"""The ledger: strict tables, never twice, expiry, duplicates, discarding, and figures that close."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from pipeline.base.problems import HandoffError, LedgerError, Problem
from pipeline.model.lot import Piece
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import Batch, Claim, DecisionRow, OrderRow, PartPlan
from pipeline.office.ledger_schema import METADATA
from tests import databases

DAY = date(2026, 11, 23)
CARD = {"card": PartPlan("sheet", 10, 1, 1, "fingerprint")}


@pytest.fixture
def ledger(database: str, tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(database, lambda: "2026-11-23T00:00:00", actor="suzuki", keys=tmp_path / "keys") as opened:
        yield opened


@pytest.fixture
def in_a_file(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(databases.sqlite(tmp_path), lambda: "2026-11-23T00:00:00") as opened:
        yield opened


def free(order: str) -> None:
    """No folder stands in the way."""


def begin(ledger: Ledger, name: str = "order", day: date = DAY) -> OrderRow:
    return ledger.open_order(name, "demo", day, {"kind": "produce"}, [], free)


def claims(order: OrderRow, keys: list[str], expires: str | None = None, document: str = "card") -> Batch:
    batch = Batch()
    for n, key in enumerate(keys, 1):
        name = f"{order.no:04d}-{n:07d}-A"
        batch.decisions.append(DecisionRow(n, document, key, "m.csv", n + 1, "issue", "all", "new"))
        batch.claims.append(
            Claim(name, n, key, document, order.day.isoformat(), expires, "home", "new", f'[["{key}"],[0],["p{n}"]]')
        )
        batch.records[n] = (key, "{}")
    return batch


def finish(ledger: Ledger, order: OrderRow, members: int) -> None:
    ledger.settle(order, members, CARD)
    for lot in ledger.lots(order):
        ledger.lot_done(order, lot.name, "hash")
    ledger.done(order)


def outcomes(ledger: Ledger, order: OrderRow) -> list[str]:
    return [row.outcome for row in ledger.decisions(order)]


def run(ledger: Ledger, statement: str) -> list[Any]:
    """Past all code of the ledger's own."""
    with ledger._engine.begin() as connection:
        found = connection.exec_driver_sql(statement)
        return [tuple(row) for row in found] if found.returns_rows else []


def test_every_table_is_strict_and_durable(in_a_file: Ledger) -> None:
    tables = {row[1]: row[5] for row in run(in_a_file, "PRAGMA table_list") if not row[1].startswith("sqlite_")}
    assert set(tables) == {*METADATA.tables, "alembic_version"}
    assert all(strict for name, strict in tables.items() if name != "alembic_version")
    with in_a_file._reading() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
        assert found == {"journal_mode": "wal", "synchronous": 2}
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_number_is_no_text(ledger: Ledger) -> None:
    with pytest.raises(DBAPIError):
        run(ledger, "INSERT INTO orders VALUES ('one', 'a', 'b', 'c', 'open', '{}', '[]', null, null)")


def test_never_twice_between_orders_that_run_at_once(ledger: Ledger) -> None:
    first, second = begin(ledger, "first"), begin(ledger, "second")
    ledger.add(first, claims(first, ["a", "b"]))
    ledger.add(second, claims(second, ["b", "c"]))
    assert outcomes(ledger, second) == ["already-issued", "issue"]
    finish(ledger, first, 2)
    tally = ledger.settle(second, 2, CARD)
    assert (tally.issued, tally.already_issued) == (1, 1)


def test_the_index_decides_even_past_the_code(ledger: Ledger) -> None:
    order = begin(ledger)
    ledger.add(order, claims(order, ["a"]))
    with pytest.raises(IntegrityError, match=r"UNIQUE|issues_never_twice"):
        run(
            ledger,
            "INSERT INTO issues SELECT 'other', issuer, key, document, 'issued', issued_on, expires_on, order_no, n,"
            " channel, bundle, reason, fee, replaces, ended_by FROM issues",
        )


def test_an_expired_issue_makes_room_and_comes_back_when_the_plan_is_discarded(ledger: Ledger) -> None:
    first = begin(ledger, "first", date(2025, 11, 1))
    ledger.add(first, claims(first, ["a", "b"], "2026-11-22"))
    finish(ledger, first, 2)
    second = begin(ledger, "second")
    ledger.add(second, claims(second, ["a"]))
    assert outcomes(ledger, second) == ["issue"]
    assert ledger.counts() == [
        ("demo", "card", "expired", 1),
        ("demo", "card", "issued", 1),
        ("demo", "card", "planned", 1),
    ]
    ledger.discard(second)
    assert ledger.counts() == [("demo", "card", "issued", 2)]
    assert outcomes(ledger, second) == []


def test_an_issue_is_valid_on_its_last_day(ledger: Ledger) -> None:
    first = begin(ledger, "first", date(2025, 11, 1))
    ledger.add(first, claims(first, ["a"], DAY.isoformat()))
    finish(ledger, first, 1)
    second = begin(ledger, "second")
    ledger.add(second, claims(second, ["a"]))
    assert outcomes(ledger, second) == ["already-issued"]


def test_rows_with_the_same_key_are_all_held(ledger: Ledger) -> None:
    order = begin(ledger)
    ledger.add(order, claims(order, ["a", "b", "a", "c"]))
    ledger.hold_duplicates(order, "card")
    assert outcomes(ledger, order) == ["hold", "issue", "hold", "issue"]
    first = next(ledger.decisions(order))
    assert first.problems() == [Problem("member-duplicate-key", "m.csv row 2", {"places": "m.csv row 2、m.csv row 4"})]
    assert "m.csv row 4" in first.problems()[0].message
    tally = ledger.settle(order, 4, CARD)
    assert (tally.issued, tally.held) == (2, 2)
    assert [d.texts for lot in ledger.lots(order) for d in ledger.documents(lot.name)] == [("b",), ("c",)]


def test_duplicates_bring_back_what_they_had_expired(ledger: Ledger) -> None:
    first = begin(ledger, "first", date(2025, 11, 1))
    ledger.add(first, claims(first, ["a"], "2026-11-22"))
    finish(ledger, first, 1)
    second = begin(ledger, "second")
    ledger.add(second, claims(second, ["a", "a"]))
    ledger.hold_duplicates(second, "card")
    assert ledger.counts() == [("demo", "card", "issued", 1)]


@pytest.mark.parametrize(("key", "held"), [("01999994:1:2:", 2), ("01999994:1::", 1), ("01999994::2:", 1)])
def test_a_rejected_row_is_a_duplicate_if_its_key_is_whole(ledger: Ledger, key: str, held: int) -> None:
    order = begin(ledger)
    batch = claims(order, [key])
    batch.decisions.append(
        DecisionRow(2, "card", key, "m.csv", 3, "hold", "read", "not-readable", "", "member-bad-date", "m.csv row 3")
    )
    ledger.add(order, batch)
    ledger.hold_duplicates(order, "card")
    assert outcomes(ledger, order).count("hold") == held


def test_figures_that_do_not_close_are_refused(ledger: Ledger) -> None:
    order = begin(ledger)
    ledger.add(order, claims(order, ["a", "b"]))
    with pytest.raises(LedgerError) as caught:
        ledger.settle(order, 3, CARD)
    assert caught.value.problems[0].code == "ledger-tally-open"
    found = ledger.order("order")
    assert found is not None
    assert (found.state, ledger.lots(order)) == ("open", [])


def test_issued_only_after_the_lot_is_there(ledger: Ledger) -> None:
    order = begin(ledger)
    ledger.add(order, claims(order, ["a"]))
    ledger.settle(order, 1, CARD)
    assert ledger.counts() == [("demo", "card", "planned", 1)]
    ((chunk, made, _),) = ledger.chunks("0001-card-home")
    assert made == ""
    ledger.part_made(order, chunk, "abc", "{}", [Piece("0001-0000001-A", 1, 1, 1, 7)])
    assert ledger.counts() == [("demo", "card", "planned", 1)]
    ledger.lot_done(order, "0001-card-home", "hash")
    assert ledger.counts() == [("demo", "card", "issued", 1)]
    (piece,) = run(ledger, "SELECT state, lot, seq, part, sheet, slot FROM pieces")
    assert piece == ("printed", "0001-card-home", 0, 1, 1, 7)


def test_a_lot_is_cut_into_parts_and_read_in_order(ledger: Ledger) -> None:
    order = begin(ledger)
    ledger.add(order, claims(order, [f"k{n}" for n in range(25)]))
    ledger.settle(order, 25, CARD)
    chunks = [chunk for chunk, _, _ in ledger.chunks("0001-card-home")]
    assert [(c.part, c.first, c.count, c.first_sheet) for c in chunks] == [(1, 0, 10, 1), (2, 10, 10, 2), (3, 20, 5, 3)]
    texts = [d.texts[0] for c in chunks for d in ledger.documents(c.lot, c.first, c.count)]
    assert texts == [f"k{n}" for n in range(25)]


def test_leaves_of_a_document_never_stand_in_two_parts() -> None:
    plan = PartPlan("sheet", 4, 3, 2, "f")  # eight slots a part: two documents of three leaves
    chunks = list(plan.chunks("lot", 5))
    assert [(c.first, c.count, c.first_sheet) for c in chunks] == [(0, 2, 1), (2, 2, 3), (4, 1, 5)]


def test_the_same_order_again(ledger: Ledger) -> None:
    order = begin(ledger)
    with pytest.raises(LedgerError) as caught:
        begin(ledger)
    assert caught.value.problems[0].code == "ledger-order-unfinished"
    ledger.settle(order, 0, CARD)
    ledger.done(order)
    assert begin(ledger).id == "order-2"


def test_a_stopped_order_starts_again_with_what_is_asked_now(ledger: Ledger) -> None:
    order = begin(ledger)
    ledger.add(order, claims(order, ["a"]))
    ledger.discard(order, "stopped")
    again = ledger.open_order("order", "demo", DAY, {"kind": "produce", "strict": True}, [], free)
    assert (again.no, again.state, again.request["strict"]) == (order.no, "open", True)
    assert ledger.counts() == []


def test_a_refused_name_leaves_no_order(ledger: Ledger) -> None:
    def taken(order: str) -> None:
        raise HandoffError(Problem("order-folder-exists", order, {"name": order}))

    with pytest.raises(HandoffError):
        ledger.open_order("order", "demo", DAY, {}, [], taken)
    assert ledger.order("order") is None


def test_a_reissue_ends_the_old_issue_or_fails_whole(ledger: Ledger) -> None:
    first = begin(ledger, "first")
    ledger.add(first, claims(first, ["a"]))
    finish(ledger, first, 1)
    (old,) = ledger.active("demo", "a")
    again = begin(ledger, "again")
    batch = claims(again, ["a"])
    batch.claims = [claim._replace(replaces=old.id, reason="lost") for claim in batch.claims]
    ledger.replace(again, batch)
    assert ledger.counts() == [("demo", "card", "planned", 1), ("demo", "card", "void", 1)]
    late = begin(ledger, "late")
    other = claims(late, ["a"])
    other.claims = [claim._replace(replaces=old.id) for claim in other.claims]
    with pytest.raises(LedgerError):
        ledger.replace(late, other)
    assert outcomes(ledger, late) == []
    ledger.discard(again, "stopped")
    assert [held.id for held in ledger.active("demo", "a")] == [old.id]


def test_a_ledger_that_cannot_be_opened_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(HandoffError) as caught:
        Ledger(f"sqlite:///{tmp_path}/none/ledger.sqlite", lambda: "")
    assert caught.value.problems[0].code == "ledger-cannot-open"
