"""Orders on the shipped sheets: cards that are cut and stacked come in order; laminated ones are two files that pair."""

import csv
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from pipeline.base.problems import PreflightError, SheetError
from pipeline.craft import sheet_code
from pipeline.model.lot import Chunk
from pipeline.office import job, verification
from pipeline.office.folder import OrderFolder
from pipeline.office.order import LotReport
from pipeline.office.shop import Shop
from pipeline.office.worker import part_names, sums_of
from tests import failing, orders
from tests.planted import CARD, codes_of

COUNT = 60


def house(folder: Path, sheet: str, old: str = "sra3-21up") -> Shop:
    """A house whose cards are printed on another sheet, for kenpo."""
    shop = failing.house(folder)
    failing.spoil(folder / "layouts" / "issuers" / "kenpo.yaml", f"sheet: {old}", f"sheet: {sheet}")
    return shop


def small_parts(shop: Shop, sheet: str, old: str, new: str) -> None:
    failing.spoil(shop.root / "layouts" / "sheets" / f"{sheet}.yaml", old, new)


def produced(folder: Path, shop: Shop) -> LotReport:
    """The largest lot of cards."""
    members = orders.write_members(folder / "members.csv", COUNT)
    report = job.produce(replace(orders.request(members), only=(CARD,)), shop)
    return max(report.lots, key=lambda lot: lot.documents)


@pytest.fixture(scope="module")
def laminated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, LotReport]:
    folder = tmp_path_factory.mktemp("house")
    shop = house(folder, "lamination-21up")
    small_parts(shop, "lamination-21up", "part: 100", "part: 1")
    return shop, produced(folder, shop)


def codes(path: Path) -> list[str]:
    """The sheet codes of a file, read from its picture."""
    found = []
    with pypdfium2.PdfDocument(path) as file:
        for page in file:
            picture = page.render(scale=300 / 72, grayscale=True, crop=(0, 900, 830, 0)).to_pil()
            (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.DataMatrix)
            found.append(code.text)
    return found


def test_fronts_and_backs_are_files_of_their_own(laminated: tuple[Shop, LotReport]) -> None:
    _, lot = laminated
    names = sorted(path.name for path in lot.folder.glob("sheets-*"))
    assert names == [f"sheets-{n:04d}-{side}.pdf" for n in range(1, lot.parts + 1) for side in ("back", "front")]
    assert lot.parts > 1
    listed = dict(line.split("  ")[::-1] for line in (lot.folder / "checksums.sha256").read_text().splitlines())
    for name in names:
        assert hashlib.sha256((lot.folder / name).read_bytes()).hexdigest() == listed[name]
    ticket = json.loads((lot.folder / "ticket.json").read_text())
    assert [part["back"]["file"] for part in ticket["parts"]] == names[::2]
    assert [part["file"] for part in ticket["parts"]] == names[1::2]
    assert ticket["parts"][0]["back"]["sha256"] == listed[names[0]]
    assert ticket["sheet"]["work"] == "laminated"
    runs = (lot.folder / "ticket.xjdf").read_text()
    assert [name for name in re.findall(r'URL="([^"]+)"', runs) if name in names] == [
        name for pair in zip(names[1::2], names[::2], strict=True) for name in pair
    ]
    assert sum(part["pages"] for part in ticket["parts"]) == 2 * lot.sheets


def test_their_codes_pair(laminated: tuple[Shop, LotReport]) -> None:
    _, lot = laminated
    fronts, backs = (
        [code for n in range(1, lot.parts + 1) for code in codes(lot.folder / f"sheets-{n:04d}-{side}.pdf")]
        for side in ("front", "back")
    )
    assert fronts == [sheet_code.content(lot.name, n, 0) for n in range(1, lot.sheets + 1)]
    assert [code[:-5] for code in fronts] == [code[:-5] for code in backs]


def test_each_file_has_only_its_own_sides(laminated: tuple[Shop, LotReport]) -> None:
    _, lot = laminated
    for side, mine, others in (("front", "F", "B"), ("back", "B", "F")):
        with pikepdf.open(lot.folder / f"sheets-0001-{side}.pdf") as file:
            forms = set(file.pages[0].obj.Resources.XObject.keys())
        assert f"/T0{mine}" in forms and f"/T0{others}" not in forms


def test_a_laminated_lot_is_verified(laminated: tuple[Shop, LotReport]) -> None:
    shop, lot = laminated
    assert job.verify(lot.folder, shop).parts == lot.parts
    back = lot.folder / "sheets-0001-back.pdf"
    kept = back.read_bytes()
    try:
        back.write_bytes(kept + b"\n")
        with pytest.raises(PreflightError) as refused:
            job.verify(lot.folder, shop)
        assert [problem.values["file"] for problem in refused.value.problems] == [back.name]
    finally:
        back.write_bytes(kept)


def test_backs_of_another_part_are_found(laminated: tuple[Shop, LotReport], monkeypatch: pytest.MonkeyPatch) -> None:
    """By what they say, if checksums did not: another sheet's code and slug, other people's texts."""
    shop, lot = laminated
    one, other = lot.folder / "sheets-0001-back.pdf", lot.folder / "sheets-0002-back.pdf"
    data = one.read_bytes()
    monkeypatch.setattr(verification, "check_files", lambda *_: None)
    job.verify(lot.folder, shop)
    try:
        one.write_bytes(other.read_bytes())
        with pytest.raises(PreflightError) as refused:
            job.verify(lot.folder, shop)
        assert codes_of(refused.value.problems) >= {"preflight-slug", "preflight-sheet-code", "preflight-text"}
        assert {problem.place.split(",")[0] for problem in refused.value.problems} == {f"lot {lot.name}"}
    finally:
        one.write_bytes(data)


def test_a_part_is_there_when_both_its_files_are(tmp_path: Path) -> None:
    folder, chunk = OrderFolder(tmp_path), Chunk("lot", 3, 0, 10, 1)
    design = Shop().sheet("lamination-21up")
    paths = [folder.draft("lot") / name for name in part_names(chunk.part, design)]
    paths[0].parent.mkdir(parents=True)
    for path in paths:
        path.write_bytes(path.name.encode())
    sums = sums_of(paths)
    assert folder.has(chunk, design, sums) and not folder.has(chunk, design, "")
    assert not folder.has(chunk, design, " ".join(reversed(sums.split())))
    paths[1].unlink()
    assert not folder.has(chunk, design, sums)


def test_cut_and_stacked_cards_come_in_order(tmp_path: Path) -> None:
    """Read from the hand-off's own positions: pile by pile, sheet by sheet."""
    shop = house(tmp_path, "a4-10up")
    small_parts(shop, "a4-10up", "stack: 100", "stack: 2")
    small_parts(shop, "a4-10up", "part: 500", "part: 4")
    lot = produced(tmp_path, shop)
    with (lot.folder / "positions.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["side"] == "front"]
    read = sorted(rows, key=lambda row: ((int(row["sheet"]) - 1) // 2, int(row["slot"]), int(row["sheet"])))
    serials = [row["serial"] for row in read]
    assert lot.sheets > 4 and serials == sorted(serials) and len(serials) == lot.documents


def test_a_leaflet_that_is_repeated_says_how_many_sheets(tmp_path: Path) -> None:
    shop = failing.house(tmp_path)
    path = tmp_path / "layouts" / "issuers" / "kenpo.yaml"
    failing.spoil(path, "copies: document}", "copies: document, sheet: sra3-leaflet-2up}")
    lot = produced(tmp_path, shop)
    (leaflet,) = [
        one for one in json.loads((lot.folder / "ticket.json").read_text())["enclosures"] if one["copies"] == lot.documents
    ]
    assert leaflet["copies_per_sheet"] == 2
    with pikepdf.open(lot.folder / leaflet["files"][0]["file"]) as file:
        drawn = [page.obj.Contents.read_bytes().count(b"/T0F Do") for page in file.pages]
    assert drawn == [2, 0]


def test_a_sheet_that_repeats_is_refused_for_members(tmp_path: Path) -> None:
    shop = house(tmp_path, "sra3-21up-repeated")
    source = (tmp_path / "layouts" / "sheets" / "sra3-21up.yaml").read_text()
    (tmp_path / "layouts" / "sheets" / "sra3-21up-repeated.yaml").write_text(
        source.replace("scheme: rows", "scheme: step-and-repeat")
    )
    with pytest.raises(SheetError) as refused:
        produced(tmp_path, shop)
    assert refused.value.problems[0].code == "sheet-repeats-documents"
    assert refused.value.exit_code == 5
    assert not list((tmp_path / "out").glob("*/handoff"))
