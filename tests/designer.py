"""A designer's desk for tests: a copy of the project, `shikaku preview` on it, and Debian's Chromium to look at the page.

Run as a program it takes the README's picture anew: `python -m tests.designer`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from pipeline.office.shop import Shop
from tests import orders

SHOP = Shop()
ISSUER = "kyokai"
PLASTIC = next(name for name in SHOP.issuer(ISSUER).documents if SHOP.layout(name).material == "plastic")
DAY = "2026-04-01"
SIZE = {"width": 1280, "height": 800}
_WORDS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@contextmanager
def served(home: Path) -> Iterator[str]:
    """`shikaku preview` on a project folder; its address."""
    command = [sys.executable, "-m", "pipeline", "preview", "--no-open", "--port", "0", "--day", DAY]
    environment = {**os.environ, "SHIKAKU_HOME": str(home)}
    with subprocess.Popen(command, cwd=orders.ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
            assert found, "the preview did not start"
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0, "Ctrl-C is how a designer ends it"


@contextmanager
def browser() -> Iterator[Page]:
    """A page of Chromium, of the size that the preview must be usable at."""
    program = shutil.which("chromium")
    assert program, "Chromium is needed: `.ci/prepare` installs it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=_WORDS.split())
        yield opened.new_page(viewport=SIZE, device_scale_factor=1)
        opened.close()


def shown(page: Page) -> str:
    """What the page has shown last: it changes with every look."""
    return str(page.evaluate("document.body.dataset.shown || ''"))


def wait_for_look(page: Page, before: str) -> None:
    """Wait until the page has shown something else than `before`, e.g. another view."""
    page.wait_for_function("before => (document.body.dataset.shown || '') !== before", arg=before)


def wait_for_news(page: Page, before: str) -> None:
    """Wait until the page has shown what came of something that was saved after `before`."""
    number = before.partition(" ")[0]
    page.wait_for_function("number => (document.body.dataset.shown || '').split(' ')[0] !== number", arg=number)


def save(page: Page, file: Path, text: str) -> None:
    """Save a file as an editor does, and wait for the page to show what became of it."""
    before = shown(page)
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(text, "utf-8")
    draft.replace(file)
    wait_for_news(page, before)


def main() -> None:
    """The page with the plastic card and what can be laid over it."""
    with tempfile.TemporaryDirectory() as folder, served(orders.project(Path(folder))) as address, browser() as page:
        page.goto(f"{address}#/{PLASTIC}/{ISSUER}?sample=longest")
        page.wait_for_function("() => document.body.dataset.shown")
        for key in "tbsfq":
            page.keyboard.press(key)
        file = Path(folder) / "layouts" / "documents" / PLASTIC / "layout.yaml"
        page.wait_for_timeout(2000)  # the layout is made ready to be worked on
        save(page, file, file.read_text("utf-8") + "\n# saved\n")
        page.wait_for_timeout(300)
        page.screenshot(path=orders.ROOT / "docs" / "images" / "preview.png")


if __name__ == "__main__":
    main()
