"""Remakes never twice: the old piece is void first, whoever asks, however often, and wherever a run is cut off."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.base.problems import LedgerError, ShikakuError, UsageError
from pipeline.office import job
from pipeline.office.cli import run
from pipeline.office.order import OrderReport, ReissueRequest
from pipeline.office.shop import Shop
from pipeline.office.spoils import Chosen, chosen
from tests import cuts, failing, orders
from tests.planted import CARD
from tests.remakes import CARDS, NOTICES, Done, at, planned, positions, produce, same_ink

COUNT = 40
POINTS = 4


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("remake")
    produce(folder, COUNT)
    return folder


@pytest.fixture
def done(produced: Path, tmp_path: Path) -> Done:
    shutil.copytree(produced / "out", tmp_path / "out")
    return Done(tmp_path)


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


def test_the_command_says_what_it_did(done: Done, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["remake", str(done.lot()), "--sheet", "1", "--slot", "4", "--reason", "折れ", "--by", "検査花子"]
    assert run([*words, "--ledger", done.shop.ledger_url]) == 0
    assert "再作成 1 件" in capsys.readouterr().out
    assert run([*words, "--ledger", done.shop.ledger_url, "--json"]) == 7
    assert "remake-done-already" in capsys.readouterr().out
    assert run(["remake", str(done.lot()), "--reason", "折れ", "--ledger", done.shop.ledger_url]) == 2
    (stands,) = done.standings(at(done.lot(), 1, 4))
    assert stands.spoil and stands.spoil.by == "検査花子"


def test_a_piece_in_no_known_state_is_refused(done: Done) -> None:
    old = at(done.lot(), 1, 1)
    with closing(sqlite3.connect(done.out / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE pieces SET state = 'void' WHERE serial = ?", (old,))
    assert refused(done, done.lot(), Chosen(serials=(old,))) == ["remake-not-printed"]


def test_after_a_restore_a_remake_is_adopted_or_its_number_passed_over(done: Done, capsys: pytest.CaptureFixture[str]) -> None:
    """Its lot is called after the first one, its serials bear its own number: that is the one that counts."""
    where = ["--out", str(done.out)]
    backup = done.out.parent / "backup.sqlite"
    assert run(["ledger", "backup", str(backup), *where]) == 0
    report = done.remake(done.lot(), Chosen(((1, 1), (1, 3))))
    pieces, tree = done.pieces(), orders.tree(report.folder / "handoff")
    for path in done.out.glob("ledger.sqlite*"):
        path.unlink()
    assert run(["ledger", "restore", str(backup), "--to", str(done.out / "ledger.sqlite"), *where]) == 0
    with pytest.raises(LedgerError, match="ledger-not-reconciled"):
        done.remake(done.lot(), Chosen(((1, 1),)))
    words = ["ledger", "reconcile", "--adopt", report.order, "--reason", "lost", "--by", "tanaka", *where]
    assert run(words) == 0, capsys.readouterr().err
    assert (done.pieces(), orders.tree(report.folder / "handoff"), done.audited()) == (pieces, tree, [])
    with pytest.raises(LedgerError, match="remake-done-already"):
        done.remake(done.lot(), Chosen(((1, 1),)))
