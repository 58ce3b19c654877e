"""The benchmark and the soak test run, and say what they measured. No figure of a clock is asserted."""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import orders, soak
from tests.bench.table import HEADER, Row, closing, markdown, plain

MEMBERS = 100
LARGE = 200


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("bench") / "bench.md"
    words = ["--quick", "--members", str(MEMBERS), "--large", str(LARGE), "--page", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", *words], cwd=orders.ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("make bench: ")
    return file.read_text("utf-8")


def cells(page: str) -> list[list[str]]:
    lines = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines]


def test_every_row_is_there_with_its_figure(page: str) -> None:
    header, _, *rows = cells(page)
    assert tuple(header) == HEADER
    assert sorted({row[0] for row in rows}) == list("abcdefghijkl")
    for key, what, figure, unit, *_ in rows:
        assert what and unit, key
        # of a hundred cards, noise can put what a thing costs below nothing
        assert float(figure.replace(",", "")) >= (-100 if unit == "%" else 0), what


def test_bars_are_judged(page: str) -> None:
    _, _, *rows = cells(page)
    barred = [row for row in rows if row[4]]
    assert {row[0] for row in barred} == set("acdefikl")
    assert [row[4] for row in barred] == [
        "≥ 8,000",
        "≥ 300",
        "≥ 1,500",
        "≤ 400",
        "≤ 400",
        "≤ 1.1",
        "≤ 1,000",
        "≤ 2",
        "≤ 200",
        "≥ 80",
        "≤ 150",
        "≤ 20",
    ]
    for row in barred:
        assert re.fullmatch(r"[\d,.]+×|∞", row[5]) and row[6] in ("pass", "**MISSED**")


def test_what_was_measured_is_named(page: str) -> None:
    assert f"Orders of {MEMBERS:,} and {LARGE:,} members, quick." in page
    assert f"plate of {MEMBERS:,} cards, front and back, with 2D code" in page
    shares = [int(found) for found in re.findall(r"· [^|:]+: (\d+)% of a", page)]
    assert len(shares) == 4 and 98 <= sum(shares) <= 102


def test_a_bar_can_be_missed() -> None:
    slow = Row("x", "speed", 99.0, "cards / CPU s", 100)
    large = Row("y", "memory", 401.0, "MB", 400, most=True)
    well = Row("z", "size", 200.0, "bytes", 400, most=True)
    free = Row("w", "for information", 0.0, "s")
    less = Row("w", "cost", -2.03, "%", 20, most=True)
    assert less.passed and less.cells()[-3:] == ("≤ 20", "∞", "pass")
    assert [row.passed for row in (slow, large, well, free)] == [False, False, True, True]
    assert well.ratio == 2
    assert closing([slow, large, well, free]) == "make bench: 2 of 3 bars missed: x, y."
    assert closing([well, free]) == "make bench: all 1 bars met."
    assert "**MISSED**" in markdown([slow], "machine", "")
    assert "MISSED" in plain([slow]) and "MISSED" not in plain([well])


def test_the_soak_kills_and_compares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "COUNT", 12)
    whole, out = soak.Undisturbed(tmp_path), tmp_path / "out"
    whole.seconds = 1.0  # killed before it can end
    assert soak.kill_and_resume(whole, out, random.Random(1), 1) in (
        ["not opened"],
        ["planned or being planned"],
        ["parts made"],
    )
    whole.tree["order.json"] = "0" * 64
    with pytest.raises(SystemExit, match=r"other bytes after \[\]: order.json"):
        soak.kill_and_resume(whole, out, random.Random(1), 0)
