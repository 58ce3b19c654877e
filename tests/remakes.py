"""Spoils and remakes for tests: an order that was handed off, and the ink of every slot of its sheets."""

import csv
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pikepdf
import pytest

from pipeline.base.problems import PreflightError
from pipeline.office import job, ledger_audit
from pipeline.office.ledger_spoils import Standing
from pipeline.office.order import OrderReport
from pipeline.office.spoils import Chosen
from tests import orders
from tests.planted import CARD, NOTICE

CARDS, NOTICES = f"0001-{CARD}-employer", f"0001-{NOTICE}-employer"
# Names that need private codes, which a part gives out in the order in which they appear.
_NAMES = {2: "𠮷田　花子", 5: "葛\U000e0100西　一郎", 10: "𠀋井　翔", 12: "𠮷田　葛\U000e0100"}
_CODE = re.compile(rb"cm BI/W .*?\nEI Q", re.DOTALL)
_PLACE = re.compile(rb"q 1 0 0 1 -?\d+ -?\d+ cm\n")


def produce(folder: Path, count: int) -> None:
    """An order of cards and notices, handed off, some names of which need private codes."""
    members = orders.write_members(folder / "members.csv", count)
    with members.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows[1:]:
        row[5] = _NAMES.get(int(row[2]), row[5])
    with members.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    job.produce(replace(orders.request(members), only=(CARD, NOTICE)), orders.shop(folder / "out"))


class Done:
    """An order of cards and notices that was handed off, in a folder of its own."""

    def __init__(self, folder: Path):
        self.out = folder / "out"
        self.shop = orders.shop(self.out)
        (self.order,) = (path.parent for path in self.out.glob("*/order.json"))

    def lot(self, name: str = CARDS) -> Path:
        return self.order / "handoff" / name

    def remake(self, lot: Path, named: Chosen, reason: str = "搬送時の折れ") -> OrderReport:
        return job.remake(job.RemakeRequest(lot, named, reason), self.shop)

    def standings(self, *serials: str) -> list[Standing]:
        with job.open_ledger(self.shop) as ledger:
            return ledger.standings(serials)

    def audited(self) -> list[str]:
        return [problem.code for problem in ledger_audit.audit(self.shop.ledger_url, "", []).problems]

    def pieces(self) -> dict[str, list[str]]:
        """The states of the pieces of each issue."""
        found: dict[str, list[str]] = {}
        with closing(sqlite3.connect(self.out / "ledger.sqlite")) as ledger:
            for issue, state in ledger.execute("SELECT issue, state FROM pieces ORDER BY serial"):
                found.setdefault(issue, []).append(state)
        return found


def positions(lot: Path) -> list[dict[str, str]]:
    with (lot / "positions.csv").open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def at(lot: Path, sheet: int, slot: int) -> str:
    """The serial of a slot."""
    return next(row["serial"] for row in positions(lot) if (row["sheet"], row["slot"]) == (str(sheet), str(slot)))


def remade(report: OrderReport) -> list[tuple[str, str]]:
    """Old and new serials, as the office's list has them."""
    with (report.folder / "office" / "remake.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["old"], row["new"]) for row in csv.DictReader(file)]


class Ink(NamedTuple):
    """What is in a slot: the operators with every code put aside, and how many codes there were."""

    operators: bytes
    codes: int


def inks(lot: Path) -> dict[tuple[str, str, str], Ink]:
    """The ink of each leaf and side by its piece's serial, read from the finished PDFs by another library than made them."""
    found = {}
    sides = {row["side"] for row in positions(lot)}
    for path in sorted(lot.glob("sheets-*.pdf")):
        part = int(path.stem[-4:])
        here = [row for row in positions(lot) if int(row["part"]) == part]
        first = min(int(row["sheet"]) for row in here)
        with pikepdf.open(path) as pdf:
            for index, page in enumerate(pdf.pages):
                sheet, surface = divmod(index, len(sides))
                side = ("front", "back")[surface]
                rows = [row for row in here if (int(row["sheet"]), row["side"]) == (first + sheet, side)]
                slots = [ink for ink in _PLACE.split(page.obj.Contents.read_bytes()) if ink.startswith(b"/T")]  # no plates
                assert len(slots) == len(rows)
                for row, ink in zip(sorted(rows, key=lambda row: int(row["slot"])), slots, strict=True):
                    bare, codes = _CODE.subn(b"<code>", ink)
                    found[row["serial"], row["leaf"], side] = Ink(bare, codes)
    return found


def same_ink(old: Path, report: OrderReport) -> int:
    """Compare every side of every remade piece with the first issue's; returns how many sides there were."""
    before, after = inks(old), inks(report.lots[0].folder)
    pairs = remade(report)
    assert {serial for serial, _, _ in after} == {new for _, new in pairs}
    for was, new in pairs:
        sides = [(leaf, side) for serial, leaf, side in after if serial == new]
        assert sides == [(leaf, side) for serial, leaf, side in before if serial == was]
        for leaf, side in sides:
            first, again = before[was, leaf, side], after[new, leaf, side]
            assert first.operators.replace(was.encode("utf-16-be"), new.encode("utf-16-be")) == again.operators
            assert first.codes == again.codes
    return len(after)


def planned(done: Done) -> Path:
    """A remake of the first piece that stood still after it was planned: its order's folder."""

    def no_paper(*_: object) -> None:
        raise PreflightError([])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "print_parts", no_paper)
        with pytest.raises(PreflightError):
            done.remake(done.lot(), Chosen(((1, 1),)))
    (folder,) = (path.parent for path in done.out.glob("*/.work"))
    return folder
