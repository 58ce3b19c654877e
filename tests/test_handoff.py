"""What lies beside a lot's sheets: figures that close, places without people, checksums that another program accepts."""

import csv
import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from pipeline.model.lot import Chunk, Piece
from pipeline.office.enclosures import enclose
from pipeline.office.materials import load
from pipeline.office.papers import LOT_VALUES, of_lot
from pipeline.office.shop import Shop
from pipeline.stages.handoff import CHECKSUMS, Lot, Part, dress
from pipeline.stages.impose import impose, slots
from tests import orders

COUNT = 50  # three sheets of 21, the last with 13 blanks; two parts
FILES = {"ticket.json", "ticket.xjdf", "positions.csv", "report.json", CHECKSUMS, "sheets-0001.pdf", "sheets-0002.pdf"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return orders.shop(tmp_path_factory.mktemp("out"))


def part(number: int, first: int, count: int, first_sheet: int, sheets: int) -> Part:
    name = f"sheets-{number:04d}.pdf"
    report = {"pieces": count, "leaves": count, "sheets": sheets, "pages": 2 * sheets, "glyphs": 100}
    ends = (f"0001-{first + 1:07d}-A", f"0001-{first + count:07d}-A")
    return Part(Chunk("lot", number, first, count, first_sheet), name, digest(content(name)), report, ends)


def content(name: str) -> bytes:
    return f"%PDF {name}".encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def lot(shop: Shop) -> Lot:
    document, policy = next(iter(shop.issuer(orders.ISSUER).documents.items()))
    template, design = shop.template(document, orders.ISSUER, orders.DAY), shop.sheet(policy.sheet)
    parts = [part(1, 0, 42, 1, 2), part(2, 42, 8, 3, 1)]
    day = orders.DAY.isoformat()
    return Lot(
        "0001-x-employer",
        "an-order",
        day,
        orders.ISSUER,
        "employer",
        policy.sheet,
        COUNT,
        3,
        template,
        design,
        shop.vendor(design.vendor),
        parts,
    )


def pieces(lot: Lot) -> Iterator[Piece]:
    for one in lot.parts:
        for sheet in impose(one.chunk.count, lot.design, one.chunk.first_sheet):
            for slot, leaf in enumerate(sheet.leaves, 1):
                if leaf is not None:
                    yield Piece(f"0001-{one.chunk.first + leaf + 1:07d}-A", 1, one.chunk.part, sheet.number, slot)


def dressed(lot: Lot, folder: Path) -> Path:
    folder.mkdir()
    for one in lot.parts:
        (folder / one.name).write_bytes(content(one.name))
    dress(folder, lot, pieces(lot), slots(lot.design), {"face": "a" * 64})
    return folder


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def test_everything_is_there_and_sha256sum_agrees(lot: Lot, tmp_path: Path) -> None:
    folder = dressed(lot, tmp_path / "lot")
    assert {path.name for path in folder.iterdir()} == FILES
    checked = subprocess.run(["sha256sum", "--strict", "-c", CHECKSUMS], cwd=folder, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count(": OK") == len(FILES) - 1
    (folder / "sheets-0002.pdf").write_bytes(b"%PDF other")
    assert subprocess.run(["sha256sum", "-c", CHECKSUMS], cwd=folder, capture_output=True).returncode == 1


def test_the_ticket_closes(lot: Lot, tmp_path: Path) -> None:
    ticket = read(dressed(lot, tmp_path / "lot"), "ticket.json")
    quantities, sheet = ticket["quantities"], ticket["sheet"]
    assert quantities == {"documents": 50, "leaves": 50, "sheets": 3, "blanks": 13}
    assert quantities["leaves"] + quantities["blanks"] == quantities["sheets"] * sheet["n_up"]
    assert sum(one["documents"] for one in ticket["parts"]) == 50
    assert [one["first_sheet"] for one in ticket["parts"]] == [1, 3]
    assert [one["blanks"] for one in ticket["parts"]] == [0, 13]
    assert [(one["first_serial"][5:12], one["last_serial"][5:12]) for one in ticket["parts"]] == [
        ("0000001", "0000042"), ("0000043", "0000050"),
    ]  # fmt: skip
    assert [one["sha256"] for one in ticket["parts"]] == [one.sha256 for one in lot.parts]
    assert ticket["product"]["trim_mm"] == [85.6, 53.98] and ticket["product"]["material"] == "plastic"
    assert (sheet["columns"], sheet["rows"], sheet["turn"]) == (3, 7, "long-edge")
    assert ticket["fingerprints"] == {"template": lot.template.fingerprint, "typefaces": {"face": "a" * 64}}
    assert ticket["colours"]["process"] == ["Cyan", "Magenta", "Yellow", "Black"]
    assert {"shikaku-press", "weasyprint", "pikepdf"} <= set(ticket["software"])


def test_positions_say_where_every_side_is(lot: Lot, tmp_path: Path) -> None:
    with (dressed(lot, tmp_path / "lot") / "positions.csv").open(encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["serial", "leaf", "part", "sheet", "side", "slot"]
    assert len(rows) == 2 * COUNT
    assert len({(row["sheet"], row["slot"], row["side"]) for row in rows}) == 2 * COUNT
    last = rows[-1]
    assert (last["part"], last["sheet"], last["side"]) == ("2", "3", "back")
    for serial in {row["serial"] for row in rows}:
        front, back = (row for row in rows if row["serial"] == serial)
        assert (front["sheet"], front["slot"]) == (back["sheet"], back["slot"])


def test_the_report_adds_up_the_parts(lot: Lot, tmp_path: Path) -> None:
    report = read(dressed(lot, tmp_path / "lot"), "report.json")
    assert report["read_back"] == {"pieces": 50, "leaves": 50, "sheets": 3, "pages": 6, "glyphs": 200}
    assert [one["file"] for one in report["parts"]] == ["sheets-0001.pdf", "sheets-0002.pdf"]


def note(lot: Lot, shop: Shop, folder: Path) -> Path:
    """The lot's papers, made in `folder`; the path of the delivery note."""
    materials = load(shop, orders.ISSUER, orders.DAY)
    about_lots = {name: paper for name, paper in materials.papers.items() if paper.layout.subject == "lot"}
    folder.mkdir(exist_ok=True)
    (made,) = enclose(about_lots, lot, materials.issuer, materials.typefaces, folder, lambda: iter(()), 0)
    ((name, papers),) = made.files
    assert papers == made.copies == 1
    return folder / name


def test_the_same_lot_gives_the_same_bytes(lot: Lot, shop: Shop, tmp_path: Path) -> None:
    assert note(lot, shop, tmp_path / "a").read_bytes() == note(lot, shop, tmp_path / "b").read_bytes()
    assert orders.tree(dressed(lot, tmp_path / "one")) == orders.tree(dressed(lot, tmp_path / "two"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lot: lot._replace(documents=51),
        lambda lot: lot._replace(parts=lot.parts[:1]),
        lambda lot: lot._replace(sheets=2),
        lambda lot: lot._replace(parts=[lot.parts[0], lot.parts[1]._replace(report={"leaves": 7, "sheets": 1, "pages": 2})]),
        lambda lot: lot._replace(template=replace(lot.template, leaves=lot.template.leaves * 2)),
        lambda lot: lot._replace(sheets=4),
        lambda lot: lot._replace(parts=[lot.parts[0], lot.parts[1]._replace(report={"leaves": 8, "sheets": 2, "pages": 4})]),
    ],
    ids=["lost one", "lost part", "lost sheet", "not read back", "lost leaves", "empty sheet", "sheets read"],
)
def test_figures_that_do_not_close_are_refused(spoil: Any, lot: Lot, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0001-x-employer"):
        dressed(spoil(lot), tmp_path / "lot")
    assert not (tmp_path / "lot" / CHECKSUMS).exists()


def test_a_part_that_changed_after_its_preflight_is_refused(lot: Lot, tmp_path: Path) -> None:
    parts = [lot.parts[0], lot.parts[1]._replace(sha256="0" * 64)]
    with pytest.raises(ValueError, match=r"sheets-0002\.pdf changed"):
        dressed(lot._replace(parts=parts), tmp_path / "lot")


def test_the_delivery_note_can_be_read(lot: Lot, shop: Shop, tmp_path: Path) -> None:
    reader = PdfReader(note(lot, shop, tmp_path))
    (page,) = reader.pages
    text = page.extract_text()
    for expected in (lot.name, "納品書", "50", "13", "sheets-0001.pdf", lot.parts[0].sha256[:16], "42"):
        assert expected in text.replace("\n", " "), expected


def test_many_parts_are_counted_where_the_note_has_no_room(lot: Lot, shop: Shop, tmp_path: Path) -> None:
    parts = [part(number, number - 1, 1, number, 1) for number in range(1, 31)]
    text = PdfReader(note(lot._replace(documents=30, sheets=30, parts=parts), shop, tmp_path)).pages[0].extract_text()
    assert "sheets-0019.pdf" in text and "sheets-0020.pdf" not in text
    assert "11" in text.split("sheets-0019.pdf")[1]


def test_the_delivery_note_breaks_the_lot_down(lot: Lot, shop: Shop) -> None:
    told = of_lot(lot, shop.issuer(orders.ISSUER), "more {n}")
    assert told["parts.serials"].split("\n") == ["0001-0000001-A ～ 0001-0000042-A", "0001-0000043-A ～ 0001-0000050-A"]
    assert (told["parts.counts"], told["parts.sheets"], told["parts.blanks"]) == ("42\n8", "2\n1", "0\n13")
    assert told["lot.closes"] == "3 枚 × 21 面 ＝ 63 面 ＝ 50 葉 ＋ 空き 13 面"
    assert set(told) == set(LOT_VALUES)
    both = [one._replace(back=f"back-{one.chunk.part}.pdf", sha256=f"{'a' * 64} {'b' * 64}") for one in lot.parts]
    laminated = of_lot(lot._replace(parts=both), shop.issuer(orders.ISSUER), "more {n}")
    assert laminated["parts.counts"].split("\n") == ["42", "〃", "8", "〃"], "pieces of fronts and backs are counted once"
    many = of_lot(lot._replace(parts=[*lot.parts] * 11), shop.issuer(orders.ISSUER), "more {n}")
    assert many["parts.files"].split("\n")[-1] == "more 3" and many["parts.files"].count("\n") == 19


def test_a_part_whose_ends_are_nowhere_is_not_handed_off(lot: Lot, tmp_path: Path) -> None:
    moved = [lot.parts[0]._replace(ends=("0001-0000001-A", "0001-0000043-A")), lot.parts[1]]
    with pytest.raises(ValueError, match="first or last piece"):
        dressed(lot._replace(parts=moved), tmp_path / "lot")
