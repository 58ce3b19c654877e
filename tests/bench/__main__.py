"""`make bench`: one table of measured figures, each with its bar. One core, CPU seconds with those of descendants, one run.

The table is printed and written to output/bench.md. Exit code 1 if a bar is missed, but not with --quick, whose orders are
too small for the bars.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench import imposition, orders, page, press, table, weaving
from tests.bench.measure import ROOT, machine, pin
from tests.orders import lend_templates

PAGE = ROOT / "output" / "bench.md"


class Amounts(NamedTuple):
    """How much is measured: members of the two orders, cards WeasyPrint sets, codes the library makes, repetitions,

    saves of a designer, and ready cards that others impose. `cold`: nothing is compiled yet, and pdfimpose is installed.
    """

    members: int
    large: int
    cards: int
    codes: int
    times: int
    saves: int
    ready: int
    cold: bool


FULL = Amounts(20_000, 100_000, 60, 100, 3, 50, 2_000, True)
QUICK = Amounts(2_000, 5_000, 3, 10, 1, 4, 42, False)


def measured(amounts: Amounts, folder: Path) -> Iterator[table.Row]:
    """Every row, in the order of the keys."""
    house = orders.House(folder / "house", press.first_document())
    if not amounts.cold:
        lend_templates(house.folder)
    house.warm(folder / "warm")
    order = orders.produced(house, amounts.members, folder / "members")
    job = press.job_of(house, order.answer)
    pressed = folder / "pressed"
    pressed.mkdir()
    yield from press.rows_of_press(job, pressed, amounts.cards, amounts.times)
    yield from orders.rows_of_order(order, amounts.members)
    large = orders.produced(house, amounts.large, folder / "large")
    yield from orders.rows_of_memory(order, large, amounts.members, amounts.large)
    yield from orders.rows_of_size(order)
    yield from orders.rows_of_reissue(house, folder / "members", amounts.times)
    yield from press.rows_of_read_back(job)
    yield from press.rows_of_codes(job, amounts.codes)
    yield from page.rows_of_page(folder / "designer", amounts.saves)
    yield from imposition.rows_of_imposition(job, folder / "imposition", amounts.ready, amounts.cold)
    yield from imposition.rows_of_records(job, folder / "records")
    yield from weaving.rows_of_weaving(job, folder / "woven", amounts.times)


def main(words: Sequence[str]) -> int:
    """Measure, print, write the page; the exit code."""
    parser = argparse.ArgumentParser("make bench", description="Measured figures of this machine, with their bars.")
    parser.add_argument("--members", type=int, help=f"members of the order measured ({FULL.members})")
    parser.add_argument("--large", type=int, help=f"members of the large order ({FULL.large})")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK.members} and {QUICK.large}: shows that it runs")
    parser.add_argument("--page", type=Path, default=PAGE, help="the table as Markdown (output/bench.md)")
    asked = parser.parse_args(words)
    amounts = QUICK if asked.quick else FULL
    amounts = amounts._replace(members=asked.members or amounts.members, large=asked.large or amounts.large)
    pin()
    on = machine()
    print(on, flush=True)
    rows = []
    with tempfile.TemporaryDirectory(prefix="shikaku-bench-") as folder:
        for row in measured(amounts, Path(folder)):
            print(f"  {row.key}  {row.what}: {table.shown(row.figure)} {row.unit}", file=sys.stderr, flush=True)
            rows.append(row)
    settings = f"Orders of {amounts.members:,} and {amounts.large:,} members{', quick' if asked.quick else ''}."
    asked.page.parent.mkdir(parents=True, exist_ok=True)
    asked.page.write_text(table.markdown(rows, on, settings), "utf-8")
    print(table.plain(rows))
    print(table.closing(rows))
    return int(not asked.quick and not all(row.passed for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
