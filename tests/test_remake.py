"""Remakes: the same ink under a new serial, named by sheet, slot, range, list and serial."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from pipeline.base.problems import LedgerError
from pipeline.craft import sk1
from pipeline.model.decision import Outcome
from pipeline.model.document import Document
from pipeline.office import job
from pipeline.office.materials import load
from pipeline.office.spoils import Chosen, chosen
from pipeline.stages.decide import decide
from pipeline.stages.fill import fill, renumber
from tests import failing, orders
from tests.planted import CARD
from tests.remakes import CARDS, NOTICES, Done, at, inks, positions, produce, remade, same_ink

COUNT = 60


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("remake")
    produce(folder, COUNT)
    return folder


@pytest.fixture
def done(produced: Path, tmp_path: Path) -> Done:
    shutil.copytree(produced / "out", tmp_path / "out")
    return Done(tmp_path)


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
        "ticket.xjdf",
    ]  # fmt: skip


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


def test_ranges_are_counted_out() -> None:
    assert [sheet for sheet, _ in chosen(["12,40-42", "3"], [], [], None).places] == [12, 40, 41, 42, 3]
    assert chosen(["1-2"], [3, 4], [], None).places == ((1, 3), (1, 4), (2, 3), (2, 4))


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
