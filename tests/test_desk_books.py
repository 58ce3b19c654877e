"""The books at the desk, in both databases: orders and held records, counts, the audit trail and its check, exports."""

import ast
import csv
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from pipeline.office import job, ledger_books, ledger_counts, ledger_review, spreadsheets
from pipeline.office.desk import words
from pipeline.office.desk.app import application
from pipeline.office.desk.pages import export
from pipeline.office.desk.pictures import chart
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_counts import Counts, Wanted
from pipeline.office.ledger_desk import Case, put_case
from pipeline.office.ledger_engine import connect
from pipeline.office.ledger_review import Asked
from pipeline.office.shop import Shop
from tests import books, desks
from tests.desks import ORIGIN, Clock, Person, tells, text_of

YEAR = Wanted(date(2025, 12, 1), date(2026, 11, 30), by_month=True)


@pytest.fixture
def filled(database: str, tmp_path: Path) -> Shop:
    books.fill(database, tmp_path)
    return Shop(tmp_path, database)


@pytest.fixture
def ledger(filled: Shop) -> Ledger:
    with job.open_ledger(filled) as opened:
        yield opened


def person(shop: Shop, name: str = "田中") -> Person:
    """Somebody at the desk whose session needs no log-in: it is not what is looked at here."""
    desk = desks.Desk(shop, [ORIGIN], Clock(), books.DAY)
    there = Person(desk, app=application(desk))
    token, _ = desk.sessions.begin(name, desks.PEOPLE[name])
    there.http.cookies.set("desk", token)
    return there


def cells(answer: bytes) -> list[list[str]]:
    """The rows of an export, as they were before they were made harmless."""
    return [[spreadsheets.plain(cell) for cell in row] for row in csv.reader(io.StringIO(answer.decode("utf-8-sig")))]


def test_orders_are_turned_page_by_page(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        first = ledger_books.orders(connection, most=3)
        then = ledger_books.orders(connection, first[-1].order.no, most=3)
        assert ledger_books.orders(connection, 1) == []
        assert ledger_books.order(connection, "none") is None
    assert [one.order.id for one in (*first, *then)] == ["planned", "stopped", "again", "second", "first"]
    planned, stopped, again = first
    assert (planned.state, planned.progress.parts, planned.progress.made, planned.progress.handed_off) == ("planned", 1, 1, 0)
    assert (stopped.state, stopped.progress.lots, again.state, again.completed) == ("stopped", 0, "completed", "2026-11-23")
    assert [one.held for one in then] == [1, 0] and then[0].by == "suzuki"


def test_held_records_say_row_and_remedy_and_nobodys_name(filled: Shop, ledger: Ledger) -> None:
    with ledger.reading() as connection:
        (found,) = ledger_books.held(connection, [one.no for one in ledger_books.with_held(connection)])
        assert ledger_books.held(connection, [2], (2, 3)) == [] and ledger_books.held(connection, []) == []
    assert (found.order, found.file, found.row, found.documents) == ("second", "m.csv", 4, ("card",))
    assert [one.code for one in found.problems] == ["member-bad-date"]


def test_held_records_are_turned_across_orders(database: str, tmp_path: Path) -> None:
    with books.opened(database, tmp_path) as ledger:
        for name in ("one", "two"):
            order = books.begin(ledger, name)
            batch = books.claims(order, [f"{name}{n}" for n in range(4)])
            batch.decisions = [
                row._replace(outcome="hold", code="member-bad-date", detail='{"column": "生年月日"}', document=document)
                for row in batch.decisions
                for document in ("card", "notice")
            ]
            batch.claims, batch.records = [], {}
            ledger.add(order, batch)
        with ledger.reading() as connection:
            seen, after = [], None
            while page := ledger_books.held(connection, [1, 2], after, most=3):
                seen += [(one.order, one.row, one.documents) for one in page]
                after = page[-1].order_no, page[-1].n
    assert seen == [(name, row, ("card", "notice")) for name in ("two", "one") for row in range(2, 6)]
    listed = text_of(person(Shop(tmp_path, database)).look("/held?order=one&after=1-2"))
    assert "「生年月日」が正しい日付ではありません" in listed and "4 行目" in listed and "3 行目" not in listed


def test_counts_are_grouped_by_the_database(filled: Shop, ledger: Ledger) -> None:
    with ledger.writing() as (connection, trail):
        for name, settled, fee in (("a", "paid", 1000), ("b", "waived", 1000), ("c", "paid", 1000)):
            known = {"id": name, "issuer": "demo", "key": name, "document": "card", "issue": "0003-0000001-A"}
            told = {"reason": "lost", "papers": "[]", "fee": fee, "settled": settled, "state": "done", "opened_by": "sato"}
            done = {"opened_at": "2026-11-23T09:00:00+09:00", "asked_by": "sato", "decided_by": "suzuki", "order_id": "again"}
            case = Case(**(dict.fromkeys(Case._fields, "") | known | told | done))
            trail.write(connection, None, "case", [put_case(connection, case)])
    with ledger.reading() as connection:
        months = ledger_counts.counts(connection, YEAR)
        days = ledger_counts.counts(connection, Wanted(date(2026, 11, 1), date(2026, 11, 30)))
        assert ledger_counts.counts(connection, YEAR._replace(document="notice")) == []
        assert ledger_counts.counts(connection, YEAR._replace(last=date(2026, 11, 22))) == []
        assert ledger_counts.subjects(connection) == [("demo", "card")]
        whole = ledger_counts.counts(connection, YEAR._replace(first=date(2025, 11, 1)))
    assert months == [Counts("2026-11", "demo", "card", issued=2, reissued=1, spoiled=2, paid=0, yen=2000)]
    assert days == [months[0]._replace(period="2026-11-23")]
    assert whole == [Counts("2025-11", "demo", "card", issued=3), *months]
    shown = text_of(person(filled).look("/counts?unit=month&until=2026-11"))
    assert "令和7年12月～令和8年11月の月別" in shown and "令和8年11月 2 1 2 0 件 2,000 円" in shown
    daily = person(filled).look("/counts?unit=day&until=2026-11&issuer=demo&document=card")
    assert "11月23日（月） 2 1 2 0 件 2,000 円" in text_of(daily) and "11月22日（日） 0 0 0" in text_of(daily)


def test_the_chart_says_what_the_table_says() -> None:
    drawn = chart([("1月", (("issued", 30), ("spoiled", 10))), ("2月", (("issued", 0),))])
    assert [value for _, value in drawn.lines] == [0, 10, 20, 30, 40]
    issued, spoiled = drawn.bars
    assert issued.height == pytest.approx(3 * spoiled.height, abs=0.2) and issued.y + issued.height == drawn.base
    assert spoiled.y + spoiled.height == pytest.approx(issued.y, abs=0.2) and spoiled.y == drawn.lines[-1][0]
    for most in (0, 1, 5, 6, 11, 99, 100, 12_345, 1_000_000):
        lines = [value for _, value in chart([("x", (("issued", most),))]).lines]
        assert 2 <= len(lines) <= 6 and lines[-1] >= most and str(lines[1]).rstrip("0") in ("1", "2", "5")
    assert chart([]).bars == []


def test_entries_are_filtered_and_turned(filled: Shop, ledger: Ledger) -> None:
    with ledger.reading() as connection:
        everything = ledger_review.entries(connection, Asked(), most=1000)
        assert [one.no for one in everything] == list(range(len(everything), 0, -1))
        assert not any({"rows", "digests", "places"} & set(one.detail) for one in everything)
        some = ledger_review.entries(connection, Asked(kind="spoiled"))
        assert {one.order for one in some} == {"again", "second"}
        assert ledger_review.entries(connection, Asked(kind="spoiled", order="again")) == [
            one for one in some if one.order == "again"
        ]
        assert ledger_review.entries(connection, Asked(actor="nobody")) == []
        day = books.DAY
        assert ledger_review.entries(connection, Asked(first=day, last=day), most=1000) == everything
        assert ledger_review.entries(connection, Asked(last=day - timedelta(days=1))) == []
        assert [one.no for one in ledger_review.entries(connection, Asked(), before=4)] == [3, 2, 1]
    shown = text_of(person(filled).look("/audit?actor=suzuki&kind=spoiled&first=2026-11-23"))
    assert "損紙を記録した" in shown and "作り直さない：はい" in shown and "署名番号" not in shown
    person(filled).look("/audit?first=2026-13-01", 404)
    person(filled).look("/audit?kind=%27%20OR", 422)


def test_what_stands_out_is_shown(database: str, tmp_path: Path) -> None:
    times = iter(
        [
            f"2026-11-{day}T{hour}:00:00+09:00"
            for day, hour in (("20", "06"), ("20", "07"), ("20", "19"), ("20", "20"), ("21", "12"))
        ]
    )
    with Ledger(database, lambda: next(times, "2026-11-20T10:00:00+09:00"), actor="sato", keys=tmp_path / "keys") as ledger:
        for _ in range(5):
            ledger.note("exported")
        for _ in range(ledger_review.LOOKS):
            with ledger.writing() as (connection, trail):
                trail.write(connection, None, ledger_review.LOOKED[0])
        with ledger.writing() as (connection, trail):
            trail.write(connection, None, ledger_review.REFUSED, account="mori")
            trail.write(connection, None, ledger_review.REFUSED, account="")
        with ledger.reading() as connection:
            found = ledger_review.review(connection, books.DAY)
            later = ledger_review.review(connection, books.DAY + timedelta(days=60))
    assert found.after_hours == [("sato", 3)], "before seven, from twenty on, on a Saturday"
    assert found.many_looks == [("sato", "2026-11-20", ledger_review.LOOKS)]
    assert found.refused == [("", 1), ("mori", 1)]
    assert later[1:] == ([], [], [], [])
    shown = text_of(person(Shop(tmp_path, database)).look("/audit"))
    assert "登録のない名前 1 回" in shown and "mori 1 回" in shown and "法令や通知の基準ではありません" in shown


def test_repeated_reissues_are_shown_without_whose(database: str, tmp_path: Path) -> None:
    with books.opened(database, tmp_path) as ledger:
        first = books.begin(ledger, "first")
        ledger.add(first, books.claims(first, ["a-name", "b"]))
        books.finish(ledger, first, 2)
        for name in ("second", "third"):
            order = books.begin(ledger, name)
            (held,) = ledger.active("demo", "a-name")
            batch = books.claims(order, ["a-name"])
            batch.claims = [claim._replace(replaces=held.id, reason="lost") for claim in batch.claims]
            ledger.replace(order, batch)
            books.finish(ledger, order, 1)
        with ledger.reading() as connection:
            assert ledger_review.review(connection, books.DAY).reissues == [("demo", "card", 2, "0003-0000001-A")]
    page = person(Shop(tmp_path, database)).look("/audit")
    assert "2 回（最後の管理番号 0003-0000001-A）" in page and "a-name" not in page


def test_the_chain_is_checked_on_demand(filled: Shop) -> None:
    tanaka = person(filled)
    assert "まだ行われていません" in tanaka.look("/audit")
    good = tanaka.send("/audit/check", "/audit").headers["location"]
    assert "すべて一致しています" in tanaka.look(good) and "署名" in tanaka.look(good)
    engine = connect(filled.ledger_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE decisions SET reason = 'altered' WHERE outcome = 'hold'"))
    engine.dispose()
    bad = tanaka.send("/audit/check", "/audit").headers["location"]
    shown = tanaka.look(bad)
    assert "一致しないものが 1 件あります" in shown and "second" in shown and "責任者へ知らせて" in shown
    assert "すべて一致しています" in tanaka.look(good), "what was found then stays as it was"
    assert "一致しないもの 1 件" in tanaka.look("/audit")
    tanaka.look("/audit/checks/1", 404)


def test_a_checkpoint_that_was_altered_is_told(filled: Shop) -> None:
    kept = json.loads(filled.ledger_checkpoint.read_text("utf-8"))
    filled.ledger_checkpoint.write_text(json.dumps(kept | {"events": kept["events"] + 1}), "utf-8")
    with job.open_ledger(filled) as ledger:
        found = ledger_review.audited(ledger, filled)
    assert [one.code for one in found.problems] == ["checkpoint-not-valid"]


LISTS = ("orders", "held", "counts", "audit", "issues")


def test_every_list_is_exported_and_the_trail_says_so(filled: Shop) -> None:
    tanaka = person(filled)
    forms = {"issues": {"order": "second"}, "audit": {"kind": "spoiled"}, "counts": {"until": "2026-11"}}
    rows = {}
    for name in LISTS:
        answer = tanaka.send(f"/export/{name}", "/", 200, **forms.get(name, {}))
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}-2026-11-23.csv"'
        assert answer.content.startswith(b"\xef\xbb\xbf") and b"\r\n" in answer.content
        rows[name] = cells(answer.content)[1:]
    assert [row[0] for row in rows["orders"]] == ["planned", "stopped", "again", "second", "first"]
    assert rows["held"][0][:3] == ["second", "m.csv", "4"] and len(rows["held"]) == 1
    assert rows["counts"] == [["2026-11", "demo", "card", "2", "1", "2", "0", "0"]]
    assert {row[4] for row in rows["audit"]} == {"spoiled"} and len(rows["audit"]) == 2
    assert [row[0] for row in rows["issues"]] == ["0002-0000001-A", "0002-0000002-A"]
    assert rows["issues"][0][12] == "stain" and rows["issues"][1][2] == "void"
    with job.open_ledger(filled) as ledger, ledger.reading() as connection:
        told = ledger_review.entries(connection, Asked(kind="exported"))
    assert [(one.detail["list"], one.detail["lines"]) for one in reversed(told)] == [(name, len(rows[name])) for name in LISTS]
    assert told[0].detail["about"] == {"order": "second"}
    for name in LISTS:
        person(filled, "佐藤").send(f"/export/{name}", "/", 403, **forms.get(name, {}))
    tanaka.send("/export/issues", "/", 404, order="none")


def test_a_list_that_is_too_long_is_refused(filled: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST", 3)
    told = person(filled).send("/export/audit", "/", 409)
    assert tells(told.text, "desk-export-too-long")
    with job.open_ledger(filled) as ledger, ledger.reading() as connection:
        assert ledger_review.entries(connection, Asked(kind="exported")) == []


@pytest.mark.parametrize(
    "cell",
    [
        *(f"{sign}1+1" for sign in "=+-@＝＋－＠﹢﹣−\t\r\n\x00\x0b\u2028\ufeff"),
        " =1", "\u3000=1", "\u200b=1", "\t\r\n =cmd|' /C calc'!A0", "'=1", "=HYPERLINK(\"http://x\",\"y\")",
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(cell: str) -> None:
    (row,) = csv.reader(io.StringIO(spreadsheets.table([], [[cell]]).decode("utf-8-sig").split("\r\n", 1)[1], newline=""))
    assert row[0].startswith("'") and spreadsheets.plain(row[0]) == cell


@given(st.lists(st.one_of(st.text(), st.integers(), st.none()), min_size=2))
def test_what_is_exported_can_be_read_back(values: list[str | int | None]) -> None:
    (row,) = csv.reader(io.StringIO(spreadsheets.table([], [values]).decode("utf-8-sig").split("\r\n", 1)[1], newline=""))
    assert [spreadsheets.plain(cell) for cell in row] == ["" if value is None else str(value) for value in values]
    for cell, value in zip(row, values, strict=True):
        assert isinstance(value, int) or cell[:1] not in ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
        assert not isinstance(value, int) or cell == str(value), "a number is a number, below zero too"


def test_every_kind_of_entry_has_its_words() -> None:
    """Whatever the code writes into the trail is called something on the page."""
    kinds = set()
    for path in (Path(job.__file__).parent).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("write", "seal", "note"):
                said = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                if not said or said[0].startswith("/"):  # a route
                    continue
                kinds |= {one for one in said if re.fullmatch("[a-z]+(-[a-z]+)*", one)}
    assert {"opened", "planned", "log-in", "backed-up", "account-made"} <= kinds
    assert kinds - set(words.words()["entries"]) == set()
