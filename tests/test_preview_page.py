"""A designer at the page of `shikaku preview`: Chromium does what a person would, and looks at what is shown."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from pipeline.office import job
from tests import designer, orders

SHOP, ISSUER, PLASTIC = designer.SHOP, designer.ISSUER, designer.PLASTIC
_PIXEL = """([image, x, y]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  return [...pen.getImageData(x * canvas.width, y * canvas.height, 1, 1).data].slice(0, 3);
}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return orders.project(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def opened(home: Path) -> Iterator[tuple[Page, str, list[str]]]:
    with designer.served(home) as address, designer.browser() as page:
        faults: list[str] = []
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        page.set_default_timeout(60_000)
        yield page, address, faults
        assert faults == []


@pytest.fixture
def card(opened: tuple[Page, str, list[str]]) -> Page:
    """The page with the plastic card, as a single piece."""
    return at(opened, f"#/{PLASTIC}/{ISSUER}")


def at(opened: tuple[Page, str, list[str]], where: str) -> Page:
    page, address, _ = opened
    page.goto("about:blank")
    page.goto(address + where)
    page.wait_for_function("() => document.body.dataset.shown")
    return page


def sources(page: Page) -> list[str]:
    return [str(image.get_attribute("src")) for image in page.query_selector_all(".paper img")]


def pixel(page: Page, x: float, y: float, number: int = 0) -> list[int]:
    """The colour of a picture at a place from 0 to 1."""
    found: list[int] = page.evaluate(_PIXEL, [page.query_selector_all(".paper img")[number], x, y])
    return found


def serious(page: Page) -> list[str]:
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']}" for one in violations if one["impact"] in ("serious", "critical")]


def test_the_gallery_has_every_layout_of_every_issuer_and_the_sheets(opened: tuple[Page, str, list[str]]) -> None:
    page, address, _ = opened
    page.goto(address)
    page.wait_for_selector(".prints a")
    issuers = {name: SHOP.issuer(name) for name in SHOP.issuers()}
    used = sum(len(one.documents) + len(one.enclosures) for one in issuers.values())
    free = len(set(SHOP.documents()) - {name for one in issuers.values() for name in (*one.documents, *one.enclosures)})
    expect(page.locator(".prints a[href*='mode=sheet']")).to_have_count(len(SHOP.sheets()))
    expect(page.locator(".prints a:not([href*='mode=sheet'])")).to_have_count(used + free * len(issuers))
    page.fill("#filter", PLASTIC)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.prints img')].every(one => one.complete && one.naturalWidth > 100)"
    )
    assert page.locator(".frame.bad").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= designer.SIZE["width"]
    assert serious(page) == []


def test_a_colour_is_changed(card: Page, home: Path) -> None:
    before, front = sources(card), pixel(card, 0.01, 0.01)
    assert front[2] < 200 < front[0], "yellow to begin with"
    file = home / "layouts" / "issuers" / f"{ISSUER}.yaml"
    text = file.read_text("utf-8")
    designer.save(card, file, re.sub(r"  ground: \[.*?\]", "  ground: [60, 0, 0, 0]", text, count=1))
    after = pixel(card, 0.01, 0.01)
    assert after[0] < 170 < after[2], "cyan now"
    assert f"issuers/{ISSUER}.yaml" in card.inner_text("#news") and "ms" in card.inner_text("#news")
    designer.save(card, file, text)
    assert sources(card) == before, "the same print is the same picture"


def test_a_field_is_moved_and_the_other_side_stays(card: Page, home: Path) -> None:
    file = home / "layouts" / "documents" / PLASTIC / "layout.yaml"
    text = file.read_text("utf-8")
    before, places = sources(card), card.eval_on_selector_all(".over.field", "all => all.map(one => one.getAttribute('x'))")
    moved = re.sub(
        r"left: (\d+)(\.\d+)?mm, top",
        lambda found: f"left: {int(found[1]) + 1}{found[2] or ''}mm, top",
        text.partition("fields:")[2],
        count=1,
    )
    moved = re.sub(r"(width: )(\d+)", lambda found: f"{found[1]}{int(found[2]) - 2}", moved, count=1)
    designer.save(card, file, text.partition("fields:")[0] + "fields:" + moved)
    assert card.locator(".problem").count() == 0, card.inner_text("#problems")
    now = card.eval_on_selector_all(".over.field", "all => all.map(one => one.getAttribute('x'))")
    assert sum(one != other for one, other in zip(places, now, strict=True)) == 1
    assert sources(card)[0] != before[0] and sources(card)[1:] == before[1:]
    designer.save(card, file, text)


def test_broken_yaml_keeps_the_last_picture_and_names_the_place(card: Page, home: Path) -> None:
    file = home / "layouts" / "documents" / PLASTIC / "layout.yaml"
    text, before = file.read_text("utf-8"), sources(card)
    lines = text.splitlines()
    number = next(n for n, line in enumerate(lines) if line.startswith("page:"))
    lines[number] = lines[number].replace("}", "")
    designer.save(card, file, "\n".join(lines))
    told = card.inner_text(".problem code")
    assert re.fullmatch(rf"{PLASTIC}/layout\.yaml:\d+:\d+", told) and abs(int(told.split(":")[1]) - number - 1) <= 2
    assert sources(card) == before and card.locator(".stale-note span").is_visible()
    assert card.locator(".problem .hint").inner_text()
    designer.save(card, file, text)
    assert card.locator(".problem").count() == 0 and sources(card) == before


def test_markup_of_a_sample_is_text(card: Page, home: Path) -> None:
    """A sample's name and a broken value with markup, where the page shows them."""
    file = home / "fixtures" / "samples.yaml"
    text = file.read_text("utf-8")
    evil = "<img src=x onerror=document.title='owned'>"
    designer.save(card, file, f'{text}"{evil}":\n  区分: "{evil}"\n')
    assert evil in card.inner_text("#problems") or card.locator(".problem").count()
    card.reload()
    card.wait_for_function("() => document.body.dataset.shown")
    assert card.locator("img[src='x']").count() == 0 and "owned" not in card.title()
    designer.save(card, file, text)


def test_overlays_are_switched_by_keys(card: Page) -> None:
    for kind, key in (
        ("trim", "t"),
        ("safe", "s"),
        ("field", "f"),
        ("grid", "g"),
        ("baseline", "l"),
        ("quiet", "q"),
        ("bleed", "b"),
    ):
        first = card.locator(f".over.{kind}").first
        assert first.evaluate("one => getComputedStyle(one).display") == "none", kind
        card.keyboard.press(key)
        assert first.evaluate("one => getComputedStyle(one).display") == "inline", kind
        assert card.is_checked(f"#over-{kind}")
        card.keyboard.press(key)
        assert not card.is_checked(f"#over-{kind}")
    names = card.locator(".over.label").all_text_contents()
    assert SHOP.layout(PLASTIC).terms["name"] in names


def test_separations_show_each_plate(card: Page) -> None:
    before = designer.shown(card)
    card.keyboard.press("3")
    designer.wait_for_look(card, before)
    titles = card.locator(".pane h2").all_text_contents()
    assert titles[:4] == ["シアン", "マゼンタ", "イエロー", "ブラック"]
    assert pixel(card, 0.01, 0.01, 0) == [255, 255, 255], "no cyan in a yellow ground"
    assert pixel(card, 0.01, 0.01, 4)[0] < 200, "but yellow"


def test_a_copy_stands_beside_the_original(card: Page) -> None:
    """The original is there at once, each copy when it is calculated; who turns away need not wait for the rest."""
    before = designer.shown(card)
    card.keyboard.press("4")
    designer.wait_for_look(card, before)
    titles = card.locator(".pane h2").all_text_contents()
    assert titles[0] == "原本" and len(titles) == 1 + len(job.COPIERS) > 3
    assert "実機ではありません" in card.locator(".pane p").first.inner_text()
    assert card.locator(".paper.awaited").count() >= len(job.COPIERS)
    first = card.locator(".pane").nth(1).locator(".paper").first
    expect(first).to_have_class("paper", timeout=90_000)
    assert first.locator("img").evaluate("one => one.naturalWidth") > 200
    before = designer.shown(card)
    card.keyboard.press("1")
    designer.wait_for_look(card, before)
    assert not card.locator(".paper.awaited").count()


def test_what_was_approved_is_compared(card: Page, home: Path) -> None:
    before = designer.shown(card)
    card.click("text=承認版として記録")
    designer.wait_for_news(card, before)
    card.goto(card.url.split("?")[0] + "?mode=compare")
    card.wait_for_selector("text=違い")
    assert "なし" in card.locator(".pane p").last.inner_text()
    file = home / "fixtures" / "samples.yaml"
    text = file.read_text("utf-8")
    designer.save(card, file, text.replace("見本　太郎", "見本　三郎"))
    assert re.search(r"表 0\.\d+%|表 [1-9]", card.locator(".pane p").last.inner_text())
    assert card.locator(".pane h2").all_text_contents() == ["承認版", "現在", "違い"]
    designer.save(card, file, text)


def test_all_samples_stand_on_one_sheet_of_pictures(opened: tuple[Page, str, list[str]], home: Path) -> None:
    page = at(opened, f"#/{PLASTIC}/{ISSUER}?mode=contact")
    names = re.findall(r"^(\S+):$", (home / "fixtures" / "samples.yaml").read_text("utf-8"), re.MULTILINE)
    assert [title.rpartition("（")[2].rstrip("）") for title in page.locator(".pane h2").all_text_contents()] == names
    assert len(set(sources(page))) > len(names)


def test_the_sheet_is_imposed(opened: tuple[Page, str, list[str]]) -> None:
    page = at(opened, f"#/{PLASTIC}/{ISSUER}?mode=sheet")
    design = SHOP.sheet(SHOP.issuer(ISSUER).documents[PLASTIC].sheet)
    slots = design.grid.columns * design.grid.rows
    assert page.locator(".page").first.locator(".over.trim").count() == slots
    page.select_option("#sheet", SHOP.issuer(ISSUER).documents[PLASTIC].office_sheet)
    page.wait_for_function("() => document.querySelectorAll('.page:first-child .over.trim').length === 1")


def test_everything_is_reached_by_keyboard_and_axe_finds_nothing_serious(card: Page) -> None:
    assert serious(card) == []
    reached, outlines = set(), set()
    card.evaluate("document.activeElement.blur()")
    for _ in range(40):
        card.keyboard.press("Tab")
        name, outline = card.evaluate(
            "(at => [at.id || at.dataset.mode || '', getComputedStyle(at).outlineStyle])(document.activeElement)"
        )
        reached.add(name)
        outlines.add(outline)
    wanted = {
        "home",
        "help-open",
        "piece",
        "sheet",
        "plates",
        "copy",
        "compare",
        "contact",
        "zoom",
        "larger",
        "stage",
        "issuer",
    }
    assert wanted | {"sample", "approve", "over-trim", "over-quiet"} <= reached
    assert outlines - {"none"} == {"solid"}
    card.focus("#stage")
    card.keyboard.press("?")
    assert card.locator("#help").is_visible() and serious(card) == []
    assert card.locator("#keys dt").count() > 20
    card.keyboard.press("Escape")
    for selector in ("#modes", "#zoom", "#issuer", "#approve", "#overlays"):
        box = card.locator(selector).bounding_box()
        assert box and box["x"] + box["width"] <= 1280 and box["y"] + box["height"] <= 800, selector
