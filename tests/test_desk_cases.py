"""A reissue at the desk: found, looked at, asked for, paid, approved by somebody else, printed; once, whatever happens."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from pipeline.base.problems import HandoffError, Problem
from pipeline.office import job
from pipeline.office.desk.app import application
from pipeline.office.order import ReissueRequest
from pipeline.office.shop import Shop
from tests import desks, orders
from tests.desks import Person, text_of
from tests.test_canaries import CANARY

CARD = "eligibility-certificate"
LATER = orders.DAY + timedelta(days=3)


class Counter:
    """A desk on an order of a few members, with everybody logged in."""

    def __init__(self, folder: Path, shop: Shop):
        self.shop = shop
        job.produce(orders.request(orders.write_members(folder / "members.csv", 20)), shop)
        self.desk = desks.desk(shop, day=LATER)
        self.app = application(self.desk)
        self.sato, self.suzuki, self.takahashi, self.tanaka = (
            Person(self.desk, name, self.app) for name in ("佐藤", "鈴木", "高橋", "田中")
        )

    def find(self, person: Person, status: int = 200, **typed: str) -> str:
        """The page after a search."""
        answer = person.http.post("/members", data={"csrf": person.tokens()["csrf"]} | typed)
        assert answer.status_code == status, answer.text[:800]
        return str(answer.text)

    def member(self, number: int) -> str:
        """The address of a member's page."""
        return re.findall(r'href="(/members/[^"]+)"', self.find(self.sato, symbol="1234", number=str(number)))[0]

    def card(self, number: int) -> str:
        """The serial of the card in force."""
        with job.open_ledger(self.shop) as ledger:
            held = ledger.active("kenpo", f"06999999:1234:{number}:00")
        return next(one.id for one in held if one.document == CARD)

    def cards(self, number: int) -> list[dict[str, Any]]:
        """Every card that was ever made for a member."""
        rows = job.inquiries.issued(self.shop, f"06999999:1234:{number}:00")
        return [row for row in rows if row["document"] == CARD]

    def open(self, number: int, reason: str = "lost", person: Person | None = None) -> str:
        """A new case; its address."""
        person = person or self.sato
        answer = person.send("/cases", self.member(number), serial=self.card(number), reason=reason)
        return str(answer.headers["location"])

    def papers(self, case: str) -> None:
        titles = re.findall(r'name="given" value="([^"]+)"', self.sato.look(case))
        assert titles
        self.sato.send(f"{case}/papers", case, given=titles)

    def ready(self, number: int) -> str:
        """A case that waits for approval."""
        case = self.open(number)
        self.papers(case)
        self.sato.send(f"{case}/fee", case, settled="paid")
        self.sato.send(f"{case}/ask", case)
        return case


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """One counter for all: each test has a member of its own."""
    folder = tmp_path_factory.mktemp("counter")
    yield Counter(folder, orders.shop(folder / "out"))


@pytest.fixture(autouse=True)
def unhurried(counter: Counter) -> None:
    counter.desk.sessions._asked.clear()


def said(code: str) -> str:
    """How a problem's sentence begins."""
    values = {"by": "", "at": "", "papers": "", "fee": "1,000", "count": 0, "most": 200}
    return Problem(code, "desk", values).message[:9].strip()


def test_a_member_is_found_by_two_keys_and_never_by_one(counter: Counter) -> None:
    for typed in ({"number": "1"}, {"symbol": "1234"}, {"name": "見本　二郎"}, {"birth": "1961-02-11"}, {}):
        assert said("desk-search-keys") in counter.find(counter.sato, 400, **typed)
    by_number = counter.find(counter.sato, symbol="1234", number="1")
    assert "見本　二郎" in by_number and by_number.count('href="/members/') == 1
    for name in ("見本　二郎", "見本二郎", "ミホン タロウ", "みほんたろう", "ﾐﾎﾝﾀﾛｳ"):
        assert counter.find(counter.sato, name=name, birth="1961-02-11").count('href="/members/') == 1
    assert said("explain-unknown-member") in counter.find(counter.sato, name="見本　二郎", birth="1961-02-12")
    assert said("explain-unknown-member") in counter.find(counter.sato, symbol="1234", number="1%")


def test_too_many_are_not_shown(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.office.desk.pages.members._MOST", 0)
    page = counter.find(counter.sato, symbol="1234", number="1")
    assert said("desk-search-many") in page and "見本　二郎" not in page


def test_every_look_is_noted_and_names_nobody(counter: Counter) -> None:
    before = len(desks.log(counter.shop))
    counter.find(counter.sato, name="見本　二郎", birth="1961-02-11")
    counter.suzuki.look(counter.member(2))
    assert [one for one in desks.log(counter.shop)[before:] if one[1].startswith("looked")] == [
        ("佐藤", "looked-search"),
        ("佐藤", "looked-search"),
        ("鈴木", "looked-member"),
    ]
    with job.open_ledger(counter.shop) as ledger:
        told = str(list(ledger.entries(["looked-search", "looked-member"])))
    assert "見本" not in told and "1234" not in told.replace(counter.card(2), "")


def test_a_members_page_says_what_is_held_and_why(counter: Counter) -> None:
    page = counter.sato.look(counter.member(1))
    assert "見本　二郎" in page and "資格確認書" in page and counter.card(1) in page
    assert "交付" in text_of(page) and "再交付を受け付ける" in page
    assert "再交付を受け付ける" not in counter.tanaka.look(counter.member(1)), "an auditor reads"
    assert counter.sato.http.get("/members/0001-9999999-A").status_code == 409


def test_from_search_to_print_with_two_people(counter: Counter) -> None:
    old, before = counter.card(1), len(desks.log(counter.shop))
    case = counter.open(1)
    page = counter.sato.look(case)
    assert "滅失届" in page and "1,000 円" in page
    assert said("desk-case-papers-missing") in counter.sato.send(f"{case}/ask", case, 409).text
    counter.papers(case)
    assert said("desk-case-fee-open") in counter.sato.send(f"{case}/ask", case, 409).text, "unpaid: it stops"
    invoice = counter.sato.http.get(f"{case}/invoice")
    with pypdfium2.PdfDocument(invoice.content) as pdf:
        assert "1,000" in pdf[0].get_textpage().get_text_range()
    counter.sato.send(f"{case}/fee", case, settled="paid")
    counter.sato.send(f"{case}/ask", case)
    assert counter.card(1) == old, "nothing is issued before somebody else says so"
    assert counter.sato.send(f"{case}/decide", case, 403, say="yes")
    waiting = counter.takahashi.look("/cases")
    assert "承認を待っているもの" in waiting and case in waiting
    counter.takahashi.send(f"{case}/decide", case, say="yes")
    new = counter.card(1)
    assert new != old
    sheet = counter.sato.http.get(f"{case}/print")
    assert sheet.headers["content-type"] == "application/pdf"
    assert said("desk-print-fetched") in counter.suzuki.http.get(f"{case}/print").text, "once"
    assert counter.takahashi.http.get(f"{case}/print").content == sheet.content, "an approver may again"
    with job.open_ledger(counter.shop) as ledger:
        assert [told["again"] for *_, told in ledger.entries(["looked-print"])] == [False, True]
    with pypdfium2.PdfDocument(sheet.content) as pdf:
        assert new in "".join(page.get_textpage().get_text_range() for page in pdf)
    page = counter.sato.look(counter.member(1))
    assert "無効" in page and f"{old} の再交付" in page and f"{new} に交換" in page
    assert "高橋" in page, "who made it"
    kinds = [kind for _, kind in desks.log(counter.shop)[before:] if kind.startswith("case")]
    assert kinds == ["case-opened", "case-papers", "case-invoice", "case-fee-paid", "case-asked", "case-approved", "case-done"]
    with job.open_ledger(counter.shop) as ledger:
        (held,) = ledger.active("kenpo", "06999999:1234:1:00")[:1]
    assert held.by == "高橋"


def test_a_theft_costs_nothing(counter: Counter) -> None:
    case = counter.open(2, "theft")
    assert "免除" in counter.sato.look(case)
    counter.papers(case)
    assert said("desk-case-report-missing") in counter.sato.send(f"{case}/ask", case, 409).text
    for words, answer in ((" ", "desk-case-report"), (CANARY, "desk-my-number"), ("長" * 201, "desk-case-report")):
        assert said(answer) in counter.sato.send(f"{case}/report", case, 400, words=words).text
    counter.sato.send(f"{case}/report", case, words="港町署　第 8812 号")
    assert 'value="港町署 第 8812 号"' in counter.sato.look(case)
    counter.sato.send(f"{case}/ask", case)
    counter.takahashi.send(f"{case}/decide", case, say="yes")
    with job.open_ledger(counter.shop) as ledger:
        rows = job.inquiries.issued(counter.shop, "06999999:1234:2:00")
        assert [row["fee"] for row in rows if row["reason"] == "theft"] == ["waived"], ledger


def test_a_case_that_is_cancelled_or_refused_leaves_nothing(counter: Counter) -> None:
    old, before = counter.card(3), len(list(counter.shop.out.glob("*/order.json")))
    for end in ("cancel", "refuse"):
        case = counter.ready(3)
        if end == "cancel":
            counter.sato.send(f"{case}/cancel", case)
        else:
            assert counter.takahashi.send(f"{case}/decide", case, 400, say="no", words=" ").text.count(said("desk-case-words"))
            counter.takahashi.send(f"{case}/decide", case, say="no", words="申請書の<b>日付</b>がありません。")
            assert "日付&lt;/b&gt;がありません" in counter.sato.look(case)
        assert counter.card(3) == old
        assert said("desk-case-closed") in counter.takahashi.send(f"{case}/decide", "/", 409, say="yes").text
        assert counter.sato.http.get(f"{case}/print").status_code == 404
    assert len(list(counter.shop.out.glob("*/order.json"))) == before


def test_who_comes_second_is_told_who_was_first(counter: Counter) -> None:
    counter.open(4)
    answer = counter.suzuki.send("/cases", counter.member(4), 409, serial=counter.card(4), reason="damage")
    assert said("desk-case-under-way") in answer.text and "佐藤 さんが先に受け付けています" in answer.text
    assert "受付中を開く" in counter.suzuki.look(counter.member(4))


@pytest.mark.parametrize(("number", "later"), [(5, 0), (7, 1)], ids=["the same day", "another day"])
def test_somebody_at_the_command_was_faster(counter: Counter, number: int, later: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case, key = counter.ready(number), f"06999999:1234:{number}:00"
    job.reissue(ReissueRequest(key, "kenpo", LATER, "lost", "paid", (CARD,)), counter.shop.acting("夜勤"))
    monkeypatch.setattr(counter.desk, "_day", LATER + timedelta(days=later))
    answer = counter.takahashi.send(f"{case}/decide", case, 409, say="yes")
    assert "夜勤" in answer.text
    assert len(counter.cards(number)) == 2
    assert "夜勤" in counter.sato.look(case), "the case says why it stopped"
    counter.sato.send(f"{case}/cancel", case)
    assert "何も交付していません" in counter.sato.look(case)
    assert "受付中を開く" not in counter.sato.look(counter.member(number))


def test_the_same_form_twice_is_one_case_and_one_print(counter: Counter) -> None:
    form = counter.sato.tokens(counter.member(6)) | {"serial": counter.card(6), "reason": "disaster"}
    places = {counter.sato.http.post("/cases", data=form).headers["location"] for _ in range(3)}
    (case,) = places
    counter.papers(case)
    counter.sato.send(f"{case}/ask", case)
    yes = counter.takahashi.tokens(case) | {"say": "yes"}
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(lambda _: counter.takahashi.http.post(f"{case}/decide", data=yes).status_code, range(4)))
    assert set(answers) == {303}
    assert len(counter.cards(6)) == 2


def full(*_: object, **__: object) -> None:
    raise HandoffError(Problem("disk-full", "out", {"fault": "x"}))


@pytest.mark.parametrize(("step", "number"), [("plan", 12), ("print_parts", 13), ("hand_off", 14), ("office_papers", 15)])
def test_a_print_that_failed_is_carried_on(step: str, number: int, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it was cut off; what was handed off by then can only go on."""
    case, old = counter.ready(number), counter.card(number)
    with monkeypatch.context() as broken:
        broken.setattr(job, step, full)
        assert counter.takahashi.send(f"{case}/decide", case, 500, say="yes")
    page = counter.takahashi.look(case)
    assert "印刷が終わっていません" in page and Problem("disk-full", "", {"fault": "x"}).message in page
    assert counter.suzuki.send("/cases", "/", 409, serial=old, reason="lost")
    if step == "office_papers":
        answer = counter.sato.send(f"{case}/cancel", case, 409)
        assert Problem("order-not-cancellable", "", {"order": ""}).message[-20:] in answer.text, "the new card is there"
    counter.takahashi.send(f"{case}/decide", case, say="yes")
    assert [(row["state"], row["replaces"]) for row in counter.cards(number)] == [("void", None), ("issued", old)]
    assert "印刷用 PDF を開く" in counter.sato.look(case)


def test_a_print_that_was_killed_can_only_go_on(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows whether it still runs: to cancel the case now could leave a card that nobody asked for."""
    case = counter.ready(20)
    with monkeypatch.context() as broken:
        broken.setattr(job, "print_parts", lambda *_: 1 // 0)
        assert counter.takahashi.send(f"{case}/decide", case, 500, say="yes")
    assert said("desk-case-begun") in counter.sato.send(f"{case}/cancel", case, 409).text
    counter.takahashi.send(f"{case}/decide", case, say="yes")
    assert [row["state"] for row in counter.cards(20)] == ["void", "issued"]


@pytest.mark.parametrize(("step", "number"), [("plan", 16), ("print_parts", 17), ("hand_off", 19)])
def test_a_print_that_failed_is_given_up(step: str, number: int, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    case, old = counter.ready(number), counter.card(number)
    with monkeypatch.context() as broken:
        broken.setattr(job, step, full)
        assert counter.takahashi.send(f"{case}/decide", case, 500, say="yes")
    counter.sato.send(f"{case}/cancel", case)
    assert [(row["serial"], row["state"]) for row in counter.cards(number)] == [(old, "issued")]
    assert counter.takahashi.send(f"{case}/decide", "/", 409, say="yes")
    again = counter.ready(number)
    counter.takahashi.send(f"{again}/decide", again, say="yes")
    assert [row["state"] for row in counter.cards(number)] == ["void", "issued"]


def test_four_eyes_even_if_both_are_the_approvers(counter: Counter) -> None:
    case = counter.open(10, "theft", counter.takahashi)
    titles = re.findall(r'name="given" value="([^"]+)"', counter.takahashi.look(case))
    counter.takahashi.send(f"{case}/papers", case, given=titles)
    counter.takahashi.send(f"{case}/report", case, words="港町署　第 8813 号")
    counter.takahashi.send(f"{case}/ask", case)
    assert said("desk-case-same-person") in counter.takahashi.send(f"{case}/decide", case, 409, say="yes").text
    counter.takahashi.send(f"{case}/back", case)
    counter.takahashi.send(f"{case}/cancel", case)


def test_a_changed_name_is_not_taken_for_printed(counter: Counter) -> None:
    """A reissue prints the ledger's record: where a change is the reason, the page says what will be printed."""
    assert "台帳の記録どおり「見本　四郎（ミホン　タロウ）」" in counter.sato.look(counter.open(8, "name-change"))
