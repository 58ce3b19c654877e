"""Spoils and remakes: the same ink under a new serial, the old piece void first, and never the same piece twice."""

import csv
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pikepdf
import pytest

from pipeline.base.problems import LedgerError, PreflightError, ShikakuError, UsageError
from pipeline.craft import sk1
from pipeline.model.decision import Outcome
from pipeline.model.document import Document
from pipeline.office import job, ledger_audit
from pipeline.office.cli import run
from pipeline.office.ledger_spoils import Standing
from pipeline.office.materials import load
from pipeline.office.order import OrderReport, ReissueRequest
from pipeline.office.shop import Shop
from pipeline.office.spoils import Chosen, chosen
from pipeline.stages.decide import decide
from pipeline.stages.fill import fill, renumber
from tests import cuts, failing, orders
from tests.planted import CARD, NOTICE

COUNT = 60
POINTS = 5
CARDS, NOTICES = f"0001-{CARD}-employer", f"0001-{NOTICE}-employer"
# Names that need private codes, which a part gives out in the order in which they appear.
_NAMES = {2: "𠮷田　花子", 5: "葛\U000e0100西　一郎", 10: "𠀋井　翔", 12: "𠮷田　葛\U000e0100"}
_CODE = re.compile(rb"cm BI/W .*?\nEI Q", re.DOTALL)
_PLACE = re.compile(rb"q 1 0 0 1 -?\d+ -?\d+ cm\n")


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


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("remake")
    members = orders.write_members(folder / "members.csv", COUNT)
    with members.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows[1:]:
        row[5] = _NAMES.get(int(row[2]), row[5])
    with members.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    job.produce(replace(orders.request(members), only=(CARD, NOTICE)), orders.shop(folder / "out"))
    return folder


@pytest.fixture
def done(produced: Path, tmp_path: Path) -> Done:
    shutil.copytree(produced / "out", tmp_path / "out")
    return Done(tmp_path)


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
                _, *slots = _PLACE.split(page.obj.Contents.read_bytes())
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


def test_a_slot_is_made_again_with_the_same_ink(done: Done) -> None:
    old = at(done.lot(), 1, 4)
    report = done.remake(done.lot(), Chosen(((1, 4),)))
    ((was, new),) = remade(report)
    assert (was, report.lots[0].name, report.lots[0].documents) == (old, f"{CARDS}-R1", 1)
    assert same_ink(done.lot(), report) == 2
    (before,), (after,) = done.standings(old), done.standings(new)
    assert (before.piece, after.piece, after.issue, after.state) == ("spoiled", "printed", before.issue, "issued")
    assert before.spoil and before.spoil.reason == "搬送時の折れ" and before.remade_by == report.order
    assert job.verify(report.lots[0].folder, done.shop).documents == 1
    assert job.verify(done.lot(), done.shop).remade == 1
    assert done.audited() == []


def test_names_with_private_codes_have_the_same_ones(done: Done) -> None:
    """The last of them alone: in a part of its own its code would be the first one."""
    with job.open_ledger(done.shop) as ledger:
        documents = {one.serial: one.texts for one in ledger.documents(CARDS)}
    hard = [serial for serial, texts in documents.items() if any("𠀋" in text for text in texts)]
    assert len(hard) == 1
    report = done.remake(done.lot(), Chosen(serials=(hard[0],)))
    assert same_ink(done.lot(), report) == 2
    (ink,) = (one.operators for (_, _, side), one in inks(report.lots[0].folder).items() if side == "front")
    assert "\ue001".encode("utf-16-be") in ink or "\ue002".encode("utf-16-be") in ink  # not the first code of a part


def test_the_code_says_the_new_serial_and_nothing_else_new(done: Done) -> None:
    old = at(done.lot(), 1, 1)
    done.remake(done.lot(), Chosen(((1, 1),)))
    with job.open_ledger(done.shop) as ledger:
        (before,) = (one for one in ledger.documents(CARDS) if one.serial == old)
        (after,) = ledger.documents(f"{CARDS}-R1")
    (was,), (now,) = before.payloads, after.payloads
    assert old in was and after.serial in now and old not in now
    assert now == sk1.with_control(was, after.serial) and now.split("*")[:-2] == was.split("*")[:-2]


def test_sheets_are_named_by_ranges_and_lists(done: Done, tmp_path: Path) -> None:
    whole = done.remake(done.lot(), chosen(["1-2"], [2], [], None))
    assert [old for old, _ in remade(whole)] == [at(done.lot(), 1, 2), at(done.lot(), 2, 2)]
    serial = at(done.lot(), 2, 5)
    listed = tmp_path / "spoils.csv"
    listed.write_text(f"シート,面,管理番号\n1,7,\n,,{serial}\n1,9,\n", "utf-8-sig")
    some = done.remake(done.lot(), chosen([], [], [], listed))
    assert {old for old, _ in remade(some)} == {at(done.lot(), 1, 7), at(done.lot(), 1, 9), serial}
    assert some.lots[0].name == f"{CARDS}-R2"
    assert same_ink(done.lot(), some) == 6


def test_a_whole_sheet(done: Done) -> None:
    report = done.remake(done.lot(), Chosen(((2, None),)))
    there = {row["serial"] for row in positions(done.lot()) if row["sheet"] == "2"}
    assert {old for old, _ in remade(report)} == there and len(there) > 2
    assert same_ink(done.lot(), report) == 2 * len(there)


def test_a_document_of_two_leaves_is_made_again_whole(done: Done) -> None:
    """Its second leaf is spoiled; both are made, because the document is one piece with one serial."""
    lot = done.lot(NOTICES)
    (second, *_) = (row for row in positions(lot) if row["leaf"] == "2")
    report = done.remake(lot, Chosen(((int(second["sheet"]), int(second["slot"])),)))
    assert [old for old, _ in remade(report)] == [second["serial"]]
    assert [row["leaf"] for row in positions(report.lots[0].folder)] == ["1", "2"]
    assert same_ink(lot, report) == 2


def test_a_remade_piece_can_be_spoiled_too(done: Done) -> None:
    first = done.remake(done.lot(), Chosen(((1, 3), (1, 4))))
    second = done.remake(first.lots[0].folder, Chosen(((1, 2),)))
    assert second.lots[0].name == f"{CARDS}-R2"
    assert remade(second)[0][0] == remade(first)[1][1]
    assert same_ink(first.lots[0].folder, second) == 2
    assert sorted(map(tuple, done.pieces().values())).count(("spoiled", "spoiled", "printed")) == 1
    assert done.audited() == []


def test_what_goes_with_the_lot_stays_out(done: Done) -> None:
    home = done.lot(f"0001-{CARD}-home")
    assert list(home.glob("*letter*")) and (home / "bundles.csv").exists()
    report = done.remake(home, Chosen(((1, 1),)))
    assert sorted(path.name for path in report.lots[0].folder.iterdir()) == [
        "checksums.sha256", "delivery-note.pdf", "positions.csv", "report.json", "sheets-0001.pdf", "ticket.json",
    ]  # fmt: skip


def refused(done: Done, lot: Path, named: Chosen, reason: str = "折れ") -> list[str]:
    """What is said instead of a remake; nothing has changed."""
    before, pieces = sorted(path.name for path in done.out.iterdir() if path.is_dir()), done.pieces()
    with pytest.raises(ShikakuError) as caught:
        done.remake(lot, named, reason)
    assert caught.value.exit_code in (2, 7)
    assert sorted(path.name for path in done.out.iterdir() if path.is_dir()) == before
    assert done.pieces() == pieces
    return [problem.code for problem in caught.value.problems]


def test_what_is_not_there_is_refused(done: Done) -> None:
    lot = done.lot()
    free = next(slot for slot in range(1, 22) if all((row["sheet"], row["slot"]) != ("2", str(slot)) for row in positions(lot)))
    assert refused(done, lot, Chosen(((99, None),))) == ["remake-unknown-sheet"]
    assert refused(done, lot, Chosen(((1, 22),))) == ["remake-unknown-slot"]
    assert refused(done, lot, Chosen(((1, 1), (2, free)))) == ["remake-blank-slot"]
    assert refused(done, lot, Chosen(serials=("0009-0000001-A",))) == ["remake-unknown-serial"]
    assert refused(done, lot, Chosen(serials=(at(done.lot(NOTICES), 1, 1),))) == ["remake-unknown-serial"]
    assert refused(done, lot, Chosen(((1, 1),)), " ") == ["remake-no-reason"]
    assert refused(done, done.order, Chosen(((1, 1),))) == ["ledger-unknown-lot"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((["1,x"], [], [], None), "remake-bad-sheets"),
        ((["0"], [], [], None), "remake-bad-sheets"),
        ((["5-2"], [], [], None), "remake-bad-sheets"),
        (([], [3], [], None), "remake-slot-without-sheet"),
        (([], [], [], None), "remake-nothing-chosen"),
        (([], [], [], "serials\n1\n"), "remake-list-unreadable"),
        (([], [], [], "sheet,slot\n1,x\n"), "remake-list-unreadable"),
        (([], [], [], 'sheet\n"1\n'), "remake-list-unreadable"),
    ],
)
def test_words_that_name_nothing(words: tuple[list[str], list[int], list[str], str | None], code: str, tmp_path: Path) -> None:
    sheets, slots, serials, text = words
    listed = None
    if text is not None:
        listed = tmp_path / "list.csv"
        listed.write_text(text)
    with pytest.raises(UsageError, match=code):
        chosen(sheets, slots, serials, listed)


def test_ranges_are_counted_out() -> None:
    assert [sheet for sheet, _ in chosen(["12,40-42", "3"], [], [], None).places] == [12, 40, 41, 42, 3]
    assert chosen(["1-2"], [3, 4], [], None).places == ((1, 3), (1, 4), (2, 3), (2, 4))


def test_the_same_piece_twice_is_refused(done: Done) -> None:
    done.remake(done.lot(), Chosen(((1, 4),)))
    assert refused(done, done.lot(), Chosen(((1, 4),))) == ["remake-done-already"]
    assert refused(done, done.lot(), Chosen(((1, 3), (1, 4)))) == ["remake-done-already"]


def key_at(done: Done, serial: str) -> str:
    with closing(sqlite3.connect(done.out / "ledger.sqlite")) as ledger:
        return str(ledger.execute("SELECT key FROM issues WHERE id = ?", (serial,)).fetchone()[0])


def reissue(done: Done, serial: str) -> OrderReport:
    day = orders.DAY + timedelta(days=1)
    return job.reissue(ReissueRequest(key_at(done, serial), orders.ISSUER, day, "lost", "paid", (CARD,)), done.shop)


def test_what_was_reissued_is_not_made_again(done: Done) -> None:
    old = at(done.lot(), 1, 1)
    reissue(done, old)
    assert refused(done, done.lot(), Chosen(((1, 1),))) == ["remake-not-in-force"]


def test_a_reissue_makes_the_remade_piece_void_and_waits_for_one_that_is_being_made(done: Done) -> None:
    old = at(done.lot(), 1, 1)
    begun = planned(done)
    assert done.pieces()[old] == ["spoiled", "planned"]
    with pytest.raises(LedgerError, match="ledger-issue-being-remade"):
        reissue(done, old)
    job.resume(begun, done.shop)
    reissue(done, old)
    assert done.pieces()[old] == ["spoiled", "void"]
    assert done.audited() == []


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


def test_killed_anywhere_and_resumed_it_is_the_same(done: Done, tmp_path: Path) -> None:
    named = Chosen(((1, 2), (2, 2)))
    shutil.copytree(done.out, tmp_path / "whole" / "out")
    whole, steps = Done(tmp_path / "whole"), tmp_path / "steps"
    assert cuts.run(lambda: whole.remake(whole.lot(), named).exit_code, count=steps) == 0
    made = {name: digest for name, digest in orders.tree(whole.out).items() if "/" in name}
    total = int(steps.read_text())
    assert total > 20
    for part in range(POINTS):
        folder = tmp_path / f"cut-{part}"
        shutil.copytree(done.out, folder / "out")
        cut = Done(folder)
        assert cuts.run(lambda: cut.remake(cut.lot(), named).exit_code, at=1 + part * (total - 1) // POINTS) == cuts.KILLED  # noqa: B023
        if begun := _begun(cut):
            job.resume(cut.out / begun[0], cut.shop)
        else:
            cut.remake(cut.lot(), named)
        assert {name: digest for name, digest in orders.tree(cut.out).items() if "/" in name} == made
        assert sorted(cut.pieces().values()) == sorted(whole.pieces().values())
        assert cut.audited() == []
        shutil.rmtree(folder)


def _begun(done: Done) -> list[str]:
    """The orders after the first one."""
    with closing(sqlite3.connect(done.out / "ledger.sqlite")) as ledger:
        return [row[0] for row in ledger.execute("SELECT id FROM orders WHERE no > 1")]


def test_one_of_many_at_once_succeeds(done: Done) -> None:
    children = []
    for n in range(4):
        child = os.fork()
        if not child:
            code = 99
            try:
                code = done.remake(done.lot(), Chosen(((1, 2), (1, 3 + n))), f"理由 {n}").exit_code
            except ShikakuError as fault:
                code = fault.exit_code
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sorted(codes) == [0, 7, 7, 7]
    again = [states for states in done.pieces().values() if len(states) > 1]
    assert again == [["spoiled", "printed"]] * 2
    assert done.audited() == []


def test_a_cancelled_remake_leaves_nothing(done: Done) -> None:
    before = done.pieces()
    folder = planned(done)
    assert done.pieces()[at(done.lot(), 1, 1)] == ["spoiled", "planned"]
    job.cancel(folder, done.shop)
    assert done.pieces() == before
    assert done.audited() == []
    assert same_ink(done.lot(), done.remake(done.lot(), Chosen(((1, 1),)))) == 2


def test_a_changed_layout_is_refused(done: Done, tmp_path: Path) -> None:
    root = tmp_path / "house"
    root.mkdir()
    failing.house(root)
    layout = root / "layouts" / "documents" / CARD / "layout.yaml"
    failing.spoil(layout, 'edition: "', 'edition: "x')
    shop = Shop(done.out, done.shop.ledger_url, root=root)
    with pytest.raises(LedgerError, match="remake-template-changed"):
        job.remake(job.RemakeRequest(done.lot(), Chosen(((1, 1),)), "折れ"), shop)
    assert done.pieces()[at(done.lot(), 1, 1)] == ["printed"]


def test_a_changed_sheet_names_no_piece_but_a_serial_does(done: Done, tmp_path: Path) -> None:
    root = tmp_path / "house"
    root.mkdir()
    failing.house(root)
    failing.spoil(root / "layouts" / "sheets" / "sra3-21up.yaml", "scheme: rows", "scheme: cut-and-stack")
    shop = Shop(done.out, done.shop.ledger_url, root=root)
    with pytest.raises(LedgerError, match="remake-sheet-changed"):
        job.remake(job.RemakeRequest(done.lot(), Chosen(((1, 2),)), "折れ"), shop)
    named = Chosen(serials=(at(done.lot(), 1, 2),))
    assert job.remake(job.RemakeRequest(done.lot(), named, "折れ"), shop).tally.issued == 1


def test_a_lot_that_was_not_handed_off_and_one_for_the_web(done: Done) -> None:
    with closing(sqlite3.connect(done.out / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE lots SET state = 'planned' WHERE name = ?", (CARDS,))
        ledger.execute("UPDATE lots SET channel = 'web' WHERE name = ?", (NOTICES,))
    assert refused(done, done.lot(), Chosen(((1, 1),))) == ["remake-lot-not-handed-off"]
    assert refused(done, done.lot(NOTICES), Chosen(((1, 1),))) == ["remake-web"]


def test_a_sheet_as_the_desk_shows_it(done: Done) -> None:
    new = done.remake(done.lot(), Chosen(((1, 4),)))
    with job.open_ledger(done.shop) as ledger:
        seen = job.sheet(ledger, done.shop, done.lot(), 1)
        last = job.sheet(ledger, done.shop, done.lot(), 2)
        with pytest.raises(LedgerError, match="remake-unknown-sheet"):
            job.sheet(ledger, done.shop, done.lot(), 3)
    assert [slot.slot for slot in seen.slots] == list(range(1, 22))
    assert (seen.slots[3].state, seen.slots[3].remade_by, seen.slots[4].state) == ("spoiled", new.order, "printed")
    assert seen.slots[3].serial == at(done.lot(), 1, 4) and seen.slots[3].front.left > 0
    assert any(slot.serial == "" for slot in last.slots)


def test_the_command_says_what_it_did(done: Done, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["remake", str(done.lot()), "--sheet", "1", "--slot", "4", "--reason", "折れ", "--by", "検査花子"]
    assert run([*words, "--ledger", done.shop.ledger_url]) == 0
    assert "再作成 1 件" in capsys.readouterr().out
    assert run([*words, "--ledger", done.shop.ledger_url, "--json"]) == 7
    assert "remake-done-already" in capsys.readouterr().out
    assert run(["remake", str(done.lot()), "--reason", "折れ", "--ledger", done.shop.ledger_url]) == 2
    (stands,) = done.standings(at(done.lot(), 1, 4))
    assert stands.spoil and stands.spoil.by == "検査花子"


@cache
def _filled() -> tuple[tuple[str, Document, Document, Document], ...]:
    """Of every document type of an issuer a document under two serials, and the first one renumbered to the second."""
    return tuple(_renumbered())


def _renumbered() -> Iterator[tuple[str, Document, Document, Document]]:
    shop = orders.shop(orders.ROOT / "output")
    materials = load(shop, orders.ISSUER, orders.DAY, list(shop.issuer(orders.ISSUER).documents), office=True)
    member = next(iter(failing.sample_members(shop, orders.ISSUER).values()))
    decisions = {one.document: one for one in decide(member, materials.issuer, orders.DAY, orders.DAY, materials.kinds)}
    for name, kind in materials.kinds.items():
        due = replace(
            decisions[name],
            outcome=Outcome.ISSUE,
            channel="employer",
            issued_on=orders.DAY,
            expires_on=orders.DAY,
            problem=None,
        )
        one, other = (fill(kind.form, member, due, serial) for serial in ("0001-0000001-A", "0022-0003344-K"))
        assert isinstance(one, Document) and isinstance(other, Document)
        again = renumber(kind.form, one, other.serial)
        assert isinstance(again, Document)
        yield name, one, other, again


def test_every_document_renumbered_is_the_document_filled_anew() -> None:
    """So nothing but `renumber`'s texts and codes says the serial; every type of an issuer says it somewhere."""
    assert len(_filled()) > 10
    for name, one, other, again in _filled():
        assert again == other, name
        assert one.texts != other.texts, name
