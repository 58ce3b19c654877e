"""The designer's page, measured: from the moment a file is saved to the frame that shows the new print in Chromium."""

import os
import re
import time
from collections.abc import Callable, Iterator
from itertools import count, cycle, islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Page

from tests import designer, orders
from tests.bench.table import Row

_MOST = 200  # ms, the median
_PAUSE = 0.15  # s between two saves; nobody saves quicker
_MARK = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="device-cmyk(0 0 0 1)" d="M0 0h{n}v9H0z"/></svg>'

_MARKED = """<style>
.bench { position: absolute; top: 1mm; width: 1mm; height: 1mm; background: device-cmyk(0% 0% 0% 10%) }
</style>
<img class="bench" src="bench-mark.svg" style="left: 1mm"><p class="bench" style="left: 3mm"></p>"""


class Save(NamedTuple):
    """One kind of save: what a person would call it, which file, and how its text changes with the n-th save."""

    what: str
    file: Path
    change: Callable[[str, int], str]


def rows_of_page(folder: Path, saves: int) -> Iterator[Row]:
    """Median and worst of so many saves, of four kinds in turn, on all cores, for the plastic card; then of each kind."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if cores:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        took = _measured(orders.project(folder), saves)
    finally:
        if cores:
            os.sched_setaffinity(0, cores)
    every = [one for some in took.values() for one in some]
    name = f"preview: saved file → picture in Chromium, a card, all cores, of {len(every)} saves"
    yield Row("i", f"{name}: median", median(every), "ms", _MOST, most=True)
    yield Row("i", f"{name}: worst", max(every), "ms")
    for what, some in took.items():
        yield Row("i", f"· {what}: median", median(some), "ms")


def _measured(home: Path, saves: int) -> dict[str, list[float]]:
    """Milliseconds of each save by kind."""
    document = home / "layouts" / "documents" / designer.PLASTIC
    artwork, image = document / designer.SHOP.layout(designer.PLASTIC).leaves[0].front.artwork, document / "bench-mark.svg"
    image.write_text(_MARK.format(n=9), "utf-8")
    artwork.write_text(f"{artwork.read_text('utf-8')}\n{_MARKED}", "utf-8")
    kinds = [
        Save("a field moved in layout.yaml", document / "layout.yaml", _moved),
        Save("a colour changed in the CSS", artwork, _recoloured),
        Save("an image", image, lambda _, n: _MARK.format(n=1 + n % 8)),
        Save("a sample member", home / "fixtures" / "samples.yaml", _renamed),
    ]  # fmt: skip
    took: dict[str, list[float]] = {kind.what: [] for kind in kinds}
    with designer.served(home) as address, designer.browser() as page:
        page.goto(f"{address}#/{designer.PLASTIC}/{designer.ISSUER}")
        page.wait_for_function("() => document.body.dataset.shown")
        time.sleep(2)  # the layout is made ready to be worked on
        for kind in kinds:
            _saved(page, kind, 0)  # first of its kind: not counted
        for n, kind in zip(count(1), islice(cycle(kinds), saves), strict=False):
            time.sleep(_PAUSE)
            took[kind.what].append(_saved(page, kind, n))
        if page.locator(".problem").count():
            raise SystemExit(page.inner_text(".problem"))
    return took


def _saved(page: Page, kind: Save, n: int) -> float:
    text = kind.change(kind.file.read_text("utf-8"), n)
    before = [image.get_attribute("src") for image in page.query_selector_all(".paper img")]
    begun = 1000 * time.time()
    designer.save(page, kind.file, text)
    if [image.get_attribute("src") for image in page.query_selector_all(".paper img")] == before:
        raise SystemExit(f"{kind.what}: the picture is the same")
    return float(designer.shown(page).split()[1]) - begun


def _moved(text: str, n: int) -> str:
    """The first field moves a few hundredths of a millimetre, there and back."""
    head, fields, rest = text.partition("fields:")
    left = re.search(r"left: (\d+)(\.\d+)?mm", rest)
    if left is None:
        raise SystemExit("no field has a left edge")
    whole = int(left[1]) - (left[2] is None)
    return head + fields + rest.replace(left[0], f"left: {whole}.{90 + n % 9}mm", 1)


def _recoloured(text: str, n: int) -> str:
    return re.sub(r"(background: device-cmyk\(0% 0% 0% )\d+", rf"\g<1>{20 + n % 60}", text, count=1)


def _renamed(text: str, n: int) -> str:
    return re.sub(r"氏名: 見本.*", f"氏名: 見本　{'一二三四五六七八九'[n % 9]}郎", text, count=1)
