"""The desk in a browser: two people reissue a card with the keyboard alone, an auditor finds each step, axe finds no fault."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from pipeline.office import job
from tests import designer, desks, orders
from tests.desks import PASSWORD

CARD = "eligibility-certificate"


class Office:
    """A desk that is served, and pages of people who are logged in."""

    def __init__(self, address: str, page: Page):
        self.address, self._browser = address, page.context.browser

    def person(self, name: str) -> Page:
        """A page of its own for somebody, logged in with the keyboard."""
        assert self._browser
        page = self._browser.new_context(viewport=designer.SIZE, locale="ja-JP", base_url=self.address).new_page()
        page.goto("/login")
        for word in (name, PASSWORD):
            page.keyboard.insert_text(word)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector(".bar nav")
        return page


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    shop = orders.shop(folder / "out")
    job.produce(orders.request(orders.write_members(folder / "members.csv", 11)), shop)
    desks.desk(shop)
    with desks.served(shop.out) as address, designer.browser() as page:
        yield Office(address, page)


def tab_to(page: Page, selector: str) -> None:
    """Go on with the Tab key to what fits."""
    for _ in range(80):
        if page.evaluate("one => document.activeElement.matches(one)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached")


def press(page: Page, selector: str) -> None:
    """Press a button or follow a link with the keyboard, and wait for the next page."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def find(page: Page, number: str) -> None:
    """From anywhere to a member's page."""
    page.goto("/members")
    for word in ("1234", number):
        page.keyboard.insert_text(word)
        page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    press(page, "table a")


def begin(page: Page, reason: str) -> None:
    """From a member's page to a case for the card."""
    row = "tr:has(th:text-is('資格確認書'))"
    assert page.locator(row).count() == 1
    page.evaluate("document.activeElement.blur()")
    tab_to(page, "tr:has(option[value=lost]) select")
    while not page.evaluate("document.activeElement.selectedOptions[0].text").startswith(reason):
        before = page.evaluate("document.activeElement.value")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.value") != before, reason
    press(page, "tr:has(option[value=lost]) button")


def hand_in(page: Page) -> None:
    """Tick off all papers."""
    for _ in range(page.locator("[name=given]").count()):
        tab_to(page, "[name=given]:not(:checked)")
        page.keyboard.press("Space")
    press(page, "form[action$=papers] button")


def faults(page: Page) -> list[Any]:
    """What axe calls serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found if one["impact"] in ("serious", "critical")
    ]


def test_a_card_is_reissued_by_two_people_with_the_keyboard_alone(office: Office) -> None:
    sato, takahashi = office.person("佐藤"), office.person("高橋")
    find(sato, "1")
    begin(sato, "紛失")
    hand_in(sato)
    assert sato.locator("[aria-current=step]").inner_text().startswith("2　手数料")
    press(sato, "form[action$=fee] button")
    press(sato, "form[action$=ask] button")
    assert "自分では承認できません" in sato.inner_text("main")
    takahashi.goto("/cases")
    press(takahashi, "table a")
    press(takahashi, "[name=say][value=yes]")
    assert "作成しました" in takahashi.inner_text("main")
    sato.reload()
    link = sato.get_attribute("a[href$=print]", "href")
    got = sato.request.get(f"{office.address}{link}")
    assert got.headers["content-type"] == "application/pdf" and got.body().startswith(b"%PDF")
    tanaka = office.person("田中")
    tanaka.goto("/audit")
    told = tanaka.inner_text("main")
    for word in ("再交付", "承認", "佐藤", "高橋"):
        assert word in told


def test_an_unpaid_fee_stops_and_a_theft_has_none(office: Office) -> None:
    sato = office.person("佐藤")
    find(sato, "2")
    begin(sato, "紛失")
    hand_in(sato)
    assert sato.locator("form[action$=ask]").count() == 0, "unpaid: there is nothing to ask"
    press(sato, "form[action$=cancel] button")
    assert "取り消されました" in sato.inner_text("main")
    find(sato, "2")
    begin(sato, "盗難")
    hand_in(sato)
    assert sato.locator("form[action$=ask]").count() == 0, "the police's number is missing"
    sato.fill("form[action$=report] input[name=words]", "港町署 第 8812 号")
    press(sato, "form[action$=report] button")
    assert "免除" in sato.inner_text(".steps")
    assert sato.locator("form[action$=ask]").count() == 1


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("", "/login"), ("佐藤", "/"), ("佐藤", "/members"), ("佐藤", "/cases"), ("佐藤", "/orders"), ("佐藤", "/held"),
        ("佐藤", "/counts"), ("佐藤", "/password"), ("田中", "/audit"), ("渡辺", "/accounts"),
    ],
)  # fmt: skip
def test_axe_finds_nothing_serious(name: str, path: str, office: Office) -> None:
    page = office.person(name) if name else office.person("佐藤")
    if not name:
        page.context.clear_cookies()
    page.goto(path)
    assert faults(page) == []


def test_axe_finds_nothing_serious_in_a_members_page_and_a_case(office: Office) -> None:
    sato = office.person("佐藤")
    find(sato, "4")
    assert faults(sato) == []
    begin(sato, "災害")
    assert faults(sato) == []
    sato.set_viewport_size({"width": 1280, "height": 800})
    assert sato.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing lies beyond the right edge"


def main(folder: Path = orders.ROOT / "docs" / "images") -> None:
    """Screenshots for the READMEs, from `make desk`'s own order: a member and a case."""
    with tempfile.TemporaryDirectory() as place:
        shop = orders.shop(Path(place) / "out")
        job.produce(orders.request(orders.write_members(Path(place) / "members.csv", 11)), shop)
        desks.desk(shop)
        with desks.served(shop.out) as address, designer.browser() as page:
            office = Office(address, page)
            sato = office.person("佐藤")
            find(sato, "1")
            begin(sato, "紛失")
            hand_in(sato)
            sato.screenshot(path=folder / "desk-case.png")
            lot = next(path.name for path in sorted(shop.out.glob("*/handoff/*")) if CARD in path.name)
            sato.goto(f"/lots/{lot}/sheets/1")
            sato.screenshot(path=folder / "desk-sheet.png")


if __name__ == "__main__":
    main()
