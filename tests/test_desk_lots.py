"""Orders and lots at the desk: how far they are, 納品 and 検収, spoils on the picture of a sheet, remakes, closing."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

from pipeline.office import job
from pipeline.office.desk.app import application
from pipeline.office.order import OrderReport, ReissueRequest
from pipeline.office.shop import Shop
from pipeline.office.spoils import Chosen
from tests import designer, desks, orders
from tests.desks import Person, tells, text_of
from tests.planted import CARD
from tests.remakes import CARDS, Done, at, planned, produce

COUNT = 30
SHEET = f"/lots/{CARDS}/sheets/1"


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk-lots")
    produce(folder, COUNT)
    desks.desk(orders.shop(folder / "out"))  # the accounts: their hashes take long
    return folder


class Counter(Done):
    """The order, and people at the desk."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.app = application(desks.desk(self.shop))

    def person(self, name: str) -> Person:
        return Person(self.app.state.desk, name, self.app)

    @property
    def page(self) -> str:
        return f"/orders/{self.order.name}"

    def kinds(self) -> list[tuple[str, str]]:
        return desks.log(self.out)


@pytest.fixture
def counter(produced: Path, tmp_path: Path) -> Counter:
    shutil.copytree(produced / "out", tmp_path / "out")
    return Counter(tmp_path)


def spoil(person: Person, *slots: int, what: str = "spoil", status: int = 303, own: str = "") -> str:
    """Note slots of the first sheet as spoiled, as the page's form does."""
    form = {"slot": [str(slot) for slot in slots], "what": what, "sure": "yes", "listed": "断裁ずれ", "words_of_own": own}
    return str(person.send(SHEET, SHEET, status, **form).text)


def figures(counter: Counter) -> tuple[int, int, int]:
    """Handed over, remade, written off of the lot of cards."""
    with job.open_ledger(counter.shop) as ledger:
        found = job.inquiries.lot_figures(ledger, counter.lot())
    return found.handed_over, found.remade, found.written_off


def reissue(counter: Counter, slot: int) -> OrderReport:
    """Let the member whose card is in a slot of the first sheet have it again."""
    key, issuer = _whose(counter, at(counter.lot(), 1, slot))
    return job.reissue(ReissueRequest(key, issuer, orders.DAY, "lost", "paid", (CARD,)), counter.shop)


def _whose(counter: Counter, serial: str) -> tuple[str, str]:
    with job.open_ledger(counter.shop) as ledger:
        return job.inquiries.whose(ledger, serial)


def test_an_empty_ledger_has_its_pages_too(tmp_path: Path) -> None:
    app = application(desks.desk(Shop(tmp_path), ("高橋",)))
    approver = Person(app.state.desk, "高橋", app)
    assert "注文は、まだありません" in approver.look("/orders")
    assert "保留はありません" in approver.look("/held")
    assert "令和8年11月" in approver.look("/counts") and "11月30日（月）" in approver.look("/counts?unit=day")
    assert "署名は、まだありません" in approver.look("/audit")
    for name in ("orders", "held", "counts", "audit"):
        assert approver.send(f"/export/{name}", "/", 200).content.startswith(b"\xef\xbb\xbf")
    for path in ("/orders/none", "/lots/none", "/lots/none/sheets/1"):
        approver.look(path, 404)


def test_an_order_shows_how_far_it_is(counter: Counter) -> None:
    listed = text_of(counter.person("田中").look("/orders"))
    assert counter.order.name in listed and "見本健康保険組合" in listed and "令和8年11月23日" in listed
    shown = text_of(counter.person("田中").look(counter.page))
    assert (
        f"加入者 {COUNT} 人 × 帳票 2 種" in shown and "印刷 4／4 ファイル 引渡し 4／4 ロット" in shown and "引渡し済み" in shown
    )
    assert "納品が記録されていません" in shown, "what keeps the order from being closed"


def test_a_lot_shows_its_figures(counter: Counter) -> None:
    shown = text_of(counter.person("佐藤").look(f"/lots/{CARDS}"))
    handed_over, _, _ = figures(counter)
    assert f"件数 {handed_over}" in shown and f"空きの面 {21 - handed_over}" in shown and "まだ記録されていません" in shown


def test_delivery_and_acceptance_are_recorded_with_who(counter: Counter) -> None:
    sato, suzuki, page = counter.person("佐藤"), counter.person("鈴木"), f"/lots/{CARDS}"
    handed_over, _, _ = figures(counter)
    early = sato.send(f"{page}/receive", page, 409, good=str(handed_over), day="2026-11-23")
    assert tells(early.text, "accept-before-delivery")
    late = sato.send(f"{page}/receive", page, 409, delivered=str(handed_over), day="2026-11-24")
    assert tells(late.text, "desk-day-to-come")
    sato.send(f"{page}/receive", page, delivered=str(handed_over), day="2026-11-22")
    off = suzuki.send(f"{page}/receive", page, 409, good=str(handed_over - 1), day="2026-11-23")
    assert tells(off.text, "accept-does-not-close") and "（差 1）" in off.text
    suzuki.send(f"{page}/receive", page, good=str(handed_over), day="2026-11-23")
    shown = text_of(suzuki.look(page))
    assert "令和8年11月22日 佐藤" in shown and "令和8年11月23日 鈴木" in shown and "検収済み" in shown
    assert [one for one in counter.kinds() if one[1] in ("delivered", "accepted")] == [
        ("佐藤", "delivered"),
        ("鈴木", "accepted"),
    ]


def test_slots_are_spoiled_on_the_picture(counter: Counter) -> None:
    sato = counter.person("佐藤")
    before = sato.look(SHEET)
    assert before.count('name="slot"') == figures(counter)[0] and before.count("is-blank") == 22 - figures(counter)[0]
    spoil(sato, 2, 3)
    spoil(sato, 4, own="＝折れ")
    spoil(sato, 5, what="write-off")
    page = sato.look(SHEET)
    assert [page.count(f'slot is-{state}"') for state in ("open", "written-off", "remade")] == [3, 1, 0]
    shown = text_of(page)
    assert f"{at(counter.lot(), 1, 4)} 損紙（未処理） ＝折れ" in shown and "佐藤" in shown
    assert f'value="{5}"' not in page and 'value="2"' in page, "what is written off cannot be chosen again; an open spoil can"
    told = spoil(counter.person("鈴木"), 2, 6, status=409)
    assert tells(told, "spoil-noted-already") and "佐藤" in told and at(counter.lot(), 1, 2) in told
    assert sato.look(SHEET).count('slot is-open"') == 3, "nothing of a form that was refused is noted"
    spoil(sato, 2, what="write-off")
    assert figures(counter)[2] == 2 and counter.audited() == []


def test_a_form_without_slots_or_without_being_sure_changes_nothing(counter: Counter) -> None:
    sato = counter.person("佐藤")
    tokens = sato.tokens(SHEET)
    assert tells(sato.http.post(SHEET, data=tokens | {"what": "spoil", "sure": "yes"}).text, "desk-no-slot")
    assert sato.http.post(SHEET, data=tokens | {"what": "spoil", "slot": "1"}).status_code == 422
    twelve = "".join(str(n % 10) for n in range(1, 12)) + "8"  # a My Number with its check digit
    assert tells(spoil(sato, 1, own=twelve, status=400), "desk-my-number")
    assert "spoiled" not in [kind for _, kind in counter.kinds()]


def test_spoils_are_made_again_once(counter: Counter) -> None:
    sato, suzuki, page = counter.person("佐藤"), counter.person("鈴木"), f"/lots/{CARDS}"
    spoil(sato, 1, 4)
    stale = suzuki.tokens(page)
    form = sato.tokens(page) | {"reason": "検収での不足"}
    answers = [sato.http.post(f"{page}/remake", data=form) for _ in range(3)]
    assert {(one.status_code, one.headers["location"]) for one in answers} == {(303, f"/lots/{CARDS}-R1")}
    told = suzuki.http.post(f"{page}/remake", data=stale)
    assert told.status_code == 409 and tells(told.text, "desk-no-open-spoil")
    shown = text_of(sato.look(f"/lots/{CARDS}-R1"))
    assert "件数 2" in shown and "印刷会社で印刷します" in shown and "を受け取る" not in shown
    assert sato.look(SHEET).count('slot is-remade"') == 2
    order = re.findall(r'href="/orders/([\w-]+)">作り直し済み', sato.look(page))[0]
    assert "検収での不足" in sato.look(f"/orders/{order}") and CARDS in sato.look(f"/orders/{order}")
    sato.send(f"/lots/{CARDS}-R1/take/sheets-0001.pdf", page, 404)
    assert figures(counter)[1] == 2 and counter.audited() == []


def test_what_the_office_prints_again_is_given_out_once(counter: Counter) -> None:
    lot = reissue(counter, 2).lots[0]
    sato, suzuki = counter.person("佐藤"), counter.person("鈴木")
    assert "を受け取る" not in sato.look(f"/lots/{lot.name}"), "a reissue is fetched with its case"
    with job.open_ledger(counter.shop) as ledger:
        job.spoil(ledger, counter.shop, lot.folder, Chosen(((1, 1),)), "印刷の汚れ")
    sato.send(f"/lots/{lot.name}/remake", f"/lots/{lot.name}", reason="印刷の汚れ")
    again = f"/lots/{lot.name}-R1"
    pdf = sato.send(f"{again}/take/sheets-0001.pdf", again, 200)
    assert pdf.content.startswith(b"%PDF") and pdf.headers["content-type"] == "application/pdf"
    told = suzuki.send(f"{again}/take/sheets-0001.pdf", again, 409)
    assert tells(told.text, "desk-print-taken") and "佐藤 さんが受け取っています" in told.text
    assert ("佐藤", "print-taken") in counter.kinds() and "佐藤 さんが受け取りました" in suzuki.look(again)


def test_what_was_reissued_meanwhile_is_not_made_again(counter: Counter) -> None:
    sato, page = counter.person("佐藤"), f"/lots/{CARDS}"
    spoil(sato, 1, 2)
    reissue(counter, 2)
    assert "1 件を作り直す" in sato.look(page) and "除却にしてください" in sato.look(page)
    sato.send(f"{page}/remake", page, reason="折れ")
    assert figures(counter)[1:] == (1, 0) and "件を作り直す" not in sato.look(page)
    spoil(sato, 2, what="write-off")
    assert figures(counter)[1:] == (1, 1) and counter.audited() == []


def test_an_order_is_closed_when_all_its_figures_close(counter: Counter) -> None:
    sato = counter.person("佐藤")
    early = sato.send(f"{counter.page}/complete", counter.page, 409)
    assert tells(early.text, "complete-not-delivered")
    spoil(sato, 1)
    spoil(sato, 2, what="write-off")
    sato.send(f"/lots/{CARDS}/remake", f"/lots/{CARDS}", reason="折れ")
    with job.open_ledger(counter.shop) as ledger:
        for one in job.figures(ledger, counter.order):
            page = f"/lots/{one.lot}"
            good = str(one.handed_over - one.spoiled)
            sato.send(f"{page}/receive", page, delivered=str(one.handed_over), good=good, day="2026-11-23")
    assert "合っています" in sato.look(counter.page)
    sato.send(f"{counter.page}/complete", counter.page)
    assert "完了（締め）" in sato.look(counter.page) and (counter.order / "office" / "completion.csv").exists()
    assert ("佐藤", "completed") in counter.kinds()
    assert tells(spoil(sato, 3, status=409), "complete-done-already")


def test_an_order_that_stands_still_goes_on_or_is_given_up(counter: Counter) -> None:
    sato = counter.person("佐藤")
    still = f"/orders/{planned(counter).name}"
    assert "続きから再開する" in sato.look(still) and "印刷中" in sato.look(still)
    sato.send(f"{still}/cancel", still, 422)
    sato.send(f"{still}/cancel", still, sure="yes")
    assert "取りやめ" in sato.look(still)
    assert tells(sato.send(f"{still}/resume", still, 409).text, "ledger-order-stopped")
    assert planned(counter).name == still.rpartition("/")[2], "the same pieces: the order begins again"
    sato.send(f"{still}/resume", still)
    assert "引渡し済み" in sato.look(still)
    assert tells(sato.send(f"{still}/cancel", still, 409, sure="yes").text, "order-not-cancellable")


def test_who_only_reads_gets_no_forms(counter: Counter) -> None:
    tanaka = counter.person("田中")
    for page in (SHEET, f"/lots/{CARDS}", counter.page):
        forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', tanaka.look(page))
        assert {form for form in forms if not form.startswith("/export/")} <= {"/logout", SHEET}
    assert 'name="slot"' not in tanaka.look(SHEET)
    for path in (f"{counter.page}/complete", f"/lots/{CARDS}/remake", SHEET):
        tanaka.send(path, "/", 403)


def test_sheets_are_turned(counter: Counter) -> None:
    sato = counter.person("佐藤")
    assert sato.http.get(f"/lots/{CARDS}/sheets?number=1").headers["location"] == SHEET
    assert "次のシート" not in sato.look(SHEET)
    for path, status in ((f"/lots/{CARDS}/sheets/2", 404), (f"/lots/{CARDS}/sheets/0", 422), ("/lots/..%2f..%2fetc", 404)):
        sato.look(path, status)


def test_a_sheet_is_worked_with_the_keyboard_alone(counter: Counter) -> None:
    with desks.served(counter.out) as address, designer.browser() as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}/login")
        for word in ("佐藤", desks.PASSWORD):
            page.keyboard.insert_text(word)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")
        said.clear()  # the browser asks for a favicon, and there is none
        page.goto(f"{address}{SHEET}")
        _tab_to(page, "slot", "3")
        page.keyboard.press("Space")
        assert page.locator(".slot:has(:checked) .piece").evaluate("one => getComputedStyle(one).strokeWidth") == "5px"
        _tab_to(page, "sure", "yes")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_selector(".slot.is-open")
        assert page.locator("tr#slot-3").inner_text().split("\t")[2:4] == ["損紙（未処理）", "用紙の折れ・しわ"]
        assert page.locator("tr#slot-3").inner_text().endswith("佐藤")
        assert said == [], "nothing on the page is against its own rules"


def _tab_to(page: Page, name: str, value: str) -> None:
    """Go on with the Tab key to a field."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("[document.activeElement.name, document.activeElement.value]") == [name, value]:
            return
    raise AssertionError(f"{name} {value} cannot be reached")
