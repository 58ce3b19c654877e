"""Whole orders by the command line: speed, memory, size, and a reissue from a cold start."""

import csv
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median

from tests.bench.measure import ROOT, Run, shikaku
from tests.bench.table import Row
from tests.synthetic import write_members

ISSUER = "kenpo"
DAY = "2026-11-23"
_STAGES = {"plan": "read, decide, fill", "print": "stamp to preflight", "handoff": "hand off", "lists": "lists"}


class House:
    """A project folder of its own, so that no cache is warm but what this run has warmed."""

    def __init__(self, folder: Path, document: str):
        self.folder, self.document = folder, document
        for name in ("layouts", "fonts"):
            shutil.copytree(ROOT / name, folder / name)
        (folder / "output").mkdir()

    def warm(self, folder: Path) -> None:
        """Produce for one member, everything the issuer has: its layouts are compiled then, as after any day's work."""
        folder.mkdir()
        self.produce(write_members(folder / "members.csv", 1), folder / "out", everything=True)

    def forget(self) -> None:
        """Empty the cache of templates and of the typesetter's typefaces."""
        shutil.rmtree(self.folder / "output" / ".cache", ignore_errors=True)

    def produce(self, members: Path, out: Path, everything: bool = False) -> Run:
        """An order by one worker, for the one document type or for everything the issuer has."""
        only = () if everything else ("--only", self.document)
        words = ("--issuer", ISSUER, "--day", DAY, "--cutoff", DAY, *only, "--out", out, "--workers", "1")
        return shikaku("produce", members, *words, home=self.folder)

    def reissue(self, key: str, out: Path) -> Run:
        """The same document again for one member, as after a loss; the fee is paid."""
        words = ("--issuer", ISSUER, "--reason", "lost", "--fee", "paid", "--day", DAY, "--out", out)
        return shikaku("reissue", key, *words, home=self.folder)


def produced(house: House, members: int, folder: Path) -> Run:
    """Produce an order for so many invented members in `folder`. SystemExit if cards are missing."""
    folder.mkdir()
    run = house.produce(write_members(folder / "members.csv", members), folder / "out")
    if run.answer["tally"]["issued"] != members:
        raise SystemExit(f"{members} members are due a card, the order says {run.answer['tally']}")
    return run


def rows_of_order(run: Run, members: int) -> Iterator[Row]:
    """Row c: the speed of a whole order, and where its seconds go."""
    what = f"whole produce of {members:,} members by the command, 1 worker, start of Python included"
    yield Row("c", what, members / run.cpu, "cards / CPU s", 1_500)
    for stage, seconds in run.answer["seconds"].items():
        yield Row("c", f"· {_STAGES.get(stage, stage)} (wall)", seconds, "s")


def rows_of_memory(small: Run, large: Run, members: int, many: int) -> Iterator[Row]:
    """Row d: peak memory, and how it grows with the order."""
    for run, count in ((small, members), (large, many)):
        yield Row("d", f"largest process of produce, {count:,} members", run.peak, "MB peak", 400, most=True)
    grown = large.peak / small.peak
    yield Row("d", f"peak at {many:,} over peak at {members:,} members", grown, "times", 1.1, most=True)
    yield Row("d", f"whole produce of {many:,} members, the same way as c", many / large.cpu, "cards / CPU s")


def rows_of_size(run: Run) -> Iterator[Row]:
    """Row e: bytes of the finished parts."""
    cards = sum(lot["documents"] for lot in run.answer["lots"])
    files = [path for lot in run.answer["lots"] for path in Path(lot["folder"]).glob("sheets-*.pdf")]
    size = sum(path.stat().st_size for path in files)
    yield Row(
        "e", f"{len(files)} PDF parts of c, both sides, typefaces included", size / cards, "bytes / card", 1_000, most=True
    )


def rows_of_reissue(house: House, folder: Path, times: int) -> Iterator[Row]:
    """Row f: a lost card made again by a new process, until it has ended: its PDF is on the disk by then."""
    keys = list(_keys(folder / "members.csv", times + 1))
    warm = [_reissued(house, key, folder / "out") for key in keys[:times]]
    house.forget()
    cold = _reissued(house, keys[times], folder / "out")
    what = f"reissue of one card, new process, templates cached by produce, median of {times} (wall)"
    yield Row("f", what, median(run.wall for run in warm), "s", 2, most=True)
    yield Row("f", "· the slowest of them (wall)", max(run.wall for run in warm), "s")
    yield Row("f", "· their median without waiting for a core that others use", median(run.cpu for run in warm), "CPU s")
    yield Row("f", "· the very first ever, cache empty: layouts are compiled (wall)", cold.wall, "s")


def _reissued(house: House, key: str, out: Path) -> Run:
    run = house.reissue(key, out)
    (lot,) = run.answer["lots"]
    if not list(Path(lot["folder"]).glob("sheets-*.pdf")):
        raise SystemExit(f"no PDF in {lot['lot']}")
    return run


def _keys(members: Path, count: int) -> Iterator[str]:
    with members.open(encoding="utf-8", newline="") as file:
        for row in islice(csv.DictReader(file), count):
            yield ":".join(row[name] for name in ("保険者番号", "記号", "番号", "枝番"))
