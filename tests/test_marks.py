"""What stands beside the pieces: where it is and what it says; faults planted in it are found."""

import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.base.geometry import Box
from pipeline.craft import datamatrix, marks, sheet_code
from pipeline.craft.sheet_figures import printable
from pipeline.model.sheet import SheetDesign
from pipeline.stages.checking.sheet_codes import expected
from pipeline.stages.impose import impose, slots
from tests import orders, planted
from tests.planted import CARD, LOT, Change, Lot, content, plant, press, read_back, stream, sub

SHOP = orders.shop(orders.ROOT / "output")
DESIGNS = {name: SHOP.sheet(name) for name in SHOP.sheets()}
MARKED = [name for name, design in DESIGNS.items() if design.marks]
CODED = [name for name in MARKED if DESIGNS[name].marks.code]  # type: ignore[union-attr]
_FORMATS: Any = zxingcpp.BarcodeFormat.DataMatrix
_CODE = re.compile(rb"(0 0 0 1 k\nq 8000 0 0 8000 [^c]* cm BI[^\n]*? ID )(.*?)(\nEI Q\n)", re.DOTALL)


def dots(rows: bytes, size: int = datamatrix.SIZE) -> list[str]:
    """Packed rows as text."""
    bits = format(int.from_bytes(rows, "big"), f"0{8 * len(rows)}b")
    return [bits[start : start + size] for start in range(0, len(bits), (size + 7) // 8 * 8)]


@settings(max_examples=60)
@given(st.text("ABCXYZabc0123456789:-", max_size=22))
def test_a_symbol_is_what_another_encoder_makes_of_it(text: str) -> None:
    """zxing-cpp chooses the size and the way of writing; where it comes to the same size, figures alone, it is the same."""
    rows = dots(datamatrix.encode(text))
    picture = memoryview(b"".join(bytes(255 * (bit == "0") for bit in row) for row in rows)).cast("B", (20, 20))
    found = zxingcpp.read_barcode(picture, formats=_FORMATS, is_pure=True, binarizer=zxingcpp.Binarizer.BoolCast)
    assert (found.text if found else "") == text


@pytest.mark.parametrize("length", [38, 40, 42, 44])
def test_every_module_is_as_another_encoder_has_it(length: int) -> None:
    text = ("0123456789" * 5)[:length]
    made: Any = zxingcpp.create_barcode(text, _FORMATS)
    other = memoryview(made.to_image(scale=1, add_quiet_zones=False))
    rows = ["".join("1" if other[row, column] == 0 else "0" for column in range(20)) for row in range(20)]
    assert dots(datamatrix.encode(text)) == rows


def test_too_long_a_text_has_no_symbol() -> None:
    with pytest.raises(ValueError, match="23 codewords"):
        datamatrix.encode("A" * 23)
    with pytest.raises(ValueError, match="ASCII"):
        datamatrix.encode("見本")


def test_front_and_back_of_a_sheet_pair() -> None:
    front, back = (sheet_code.content("0001-card-home", 17, side) for side in (0, 1))
    assert front[:-5] == back[:-5] == f"P1{sheet_code.lot_tag('0001-card-home')}000017"
    assert (front[-5], back[-5]) == ("F", "B")
    assert front[-4:] != back[-4:]
    assert len({sheet_code.content(lot, n, side) for lot in "ab" for n in range(50) for side in (0, 1)}) == 200
    assert front == expected("0001-card-home", 17, 0)


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("surface", [0, 1])
def test_marks_are_thin_and_on_clear_paper(name: str, surface: int) -> None:
    design = DESIGNS[name]
    found = marks.bars(design, slots(design), surface)
    pieces = marks.whole(design, surface).grown(design.piece.bleed)
    assert found
    for bar in found:
        assert min(bar.width, bar.height) == 100
        assert printable(design).holds(bar)
        assert not bar.overlaps(pieces)
    things = [box for box in (marks.code_box(design, quiet=True), *marks.patches(design)) if box]
    line = marks.slug_line(design)
    things += [line.box] if line else []
    assert not any(bar.overlaps(thing) for bar in found for thing in things)
    assert not any(one.overlaps(other) for one, other in combinations(things, 2))
    assert all(printable(design).holds(thing) and not thing.overlaps(pieces) for thing in things)


def test_corner_marks_are_double() -> None:
    """Inner = trim, outer = bleed, 3 mm apart; a cross in the middle of each side."""
    design = DESIGNS["sra3-21up"]
    found = marks.bars(design, slots(design), 0)
    block = marks.whole(design, 0)
    head = sorted(bar.left + 50 for bar in found if bar.width == 100 and bar.height == 8_000 and bar.top < block.top)
    assert head[:2] == [block.left - 3_000, block.left]
    assert head[-2:] == [block.right, block.right + 3_000]
    middle = (block.left + block.right) // 2
    assert Box(middle - 1_500, block.top - 3_000 - 4_000 - 50, 3_000, 100) in found


def test_marks_are_never_in_the_gripper() -> None:
    """A tumbled sheet is held at both ends: what had 8 mm there has what is left, or nothing."""
    spec: dict[str, Any] = {
        "title": "t", "width": "200mm", "height": "200mm", "piece": {"width": "80mm", "height": "60mm", "bleed": "2mm"},
        "grid": {"columns": 2, "rows": 2, "gutter_x": "4mm", "gutter_y": "4mm"}, "gripper": {"depth": "30mm"},
        "turn": "short-edge", "marks": {"slug": False},
    }  # fmt: skip
    for style, head in (("sheetwise", 8_000), ("work-and-tumble", 5_000)):
        design = SheetDesign.model_validate(spec | {"style": style})
        found = marks.bars(design, slots(design), 0)
        assert max(bar.height for bar in found if bar.top < 38_000) == head
        assert max(bar.bottom for bar in found) == 170_000
    design = SheetDesign.model_validate(spec | {"gripper": {"depth": "34mm"}})
    assert max(bar.bottom for bar in marks.bars(design, slots(design), 0)) < 170_000


def test_creases_and_holes_lie_on_the_same_paper_on_both_sides() -> None:
    """The fold of a piece that lies rotated, and a hole, seen from behind."""
    spec: dict[str, Any] = {
        "title": "t", "width": "200mm", "height": "200mm",
        "piece": {"width": "80mm", "height": "60mm", "bleed": "2mm", "rotate": 90},
        "grid": {"columns": 1, "rows": 1, "left": "40mm", "top": "30mm"},
        "marks": {
            "slug": False, "crop": False, "center": False,
            "creases": [{"kind": "fold", "across": "height", "at": "20mm"}],
            "holes": [{"left": "20mm", "top": "20mm", "diameter": "4mm"}],
        },
    }  # fmt: skip
    design = SheetDesign.model_validate(spec)
    front, back = (marks.bars(design, slots(design), surface) for surface in (0, 1))
    folds = {bar.top + 50 for bar in front if bar.width == 1_500}
    assert folds == {30_000 + 80_000 - 20_000}  # turned anticlockwise, the piece's left edge is below
    assert sorted(Box(200_000 - bar.right, *bar[1:]) for bar in back) == sorted(front)


@pytest.fixture(scope="module")
def card() -> Lot:
    return planted.real(CARD, "kenpo", 50)


@pytest.fixture(scope="module")
def part(card: Lot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return press(card, tmp_path_factory.mktemp("part") / "sheets-0001.pdf")


def test_every_sheet_code_is_read_from_the_picture(card: Lot, part: Path) -> None:
    """At 600 dpi, as it will be at the press: each side's own, and no two alike."""
    box = marks.code_box(card.design, quiet=True)
    assert box is not None
    seen = []
    with pypdfium2.PdfDocument(part) as file:
        for page in file:
            scale = 600 / 72
            crop = [edge * 72 / 25_400 for edge in (box.left, card.design.height - box.bottom, card.design.width - box.right)]
            picture = page.render(scale=scale, crop=(*crop, box.top * 72 / 25_400), grayscale=True).to_pil()
            found = zxingcpp.read_barcode(picture, formats=_FORMATS)
            assert found is not None
            seen.append(found.text)
    assert seen == [sheet_code.content(LOT, sheet, side) for sheet in range(3, 6) for side in (0, 1)]


def test_the_slug_tells_of_its_sheet(card: Lot, part: Path) -> None:
    """Read by another library: job, part, sheet, side, first and last serial, fingerprint; nothing of a member."""
    with pypdfium2.PdfDocument(part) as file:
        text = file[3].get_textpage().get_text_bounded()
    line = next(line for line in text.splitlines() if line.startswith(LOT))
    first, last = card.documents[21].serial, card.documents[41].serial
    print = card.template.fingerprint[:12]
    assert re.sub(" +", " ", line).strip() == f"{LOT} part 1/1 sheet 4/9 back {first}..{last} {print}"


def _swapped(pattern: re.Pattern[bytes], one: int, other: int) -> Change:
    """Exchange what matches on two pages."""

    def change(pdf: pikepdf.Pdf) -> None:
        pages = [pdf.pages[number].obj for number in (one, other)]
        data = [page.Contents.read_bytes() for page in pages]
        found = [pattern.search(text) for text in data]
        assert found[0] and found[1]
        for page, text, mine, its in zip(pages, data, found, reversed(found), strict=True):
            assert mine and its
            page.Contents = pdf.make_stream(text[: mine.start()] + its[0] + text[mine.end() :])

    return change


def _bit(place: int) -> Callable[[bytes], bytes]:
    def edit(data: bytes) -> bytes:
        found = _CODE.search(data)
        assert found
        rows = bytearray(found[2])
        for row in range(place, place + 8):
            rows[3 * row + 1] ^= 0xFF
        return data[: found.start(2)] + bytes(rows) + data[found.end(2) :]

    return edit


_SLUG = re.compile(rb"BT\n/F\d \d+ Tf\n0 0 0 1 k\n.*?ET\n", re.DOTALL)
FAULTS: dict[str, tuple[Change, str]] = {
    "code of another sheet": (_swapped(_CODE, 0, 2), "preflight-sheet-code"),
    "code of the other side": (_swapped(_CODE, 0, 1), "preflight-sheet-code"),
    "slug of another sheet": (_swapped(_SLUG, 1, 3), "preflight-slug"),
    "slug of the other side": (_swapped(_SLUG, 0, 1), "preflight-slug"),
    "code gone": (content(lambda data: _CODE.sub(b"", data)), "preflight-sheet-code"),
    "code unreadable": (content(_bit(2)), "preflight-sheet-code"),
    "code moved": (content(sub(rb"q 8000 0 0 8000 4000 ", b"q 8000 0 0 8000 4100 ")), "preflight-sheet-code"),
    "code in a colour": (content(sub(rb"0 0 0 1 k\nq 8000", b"1 0 0 0 k\nq 8000")), "preflight-sheet-code"),
    "another first serial": (content(sub(rb"\x001\0-\0", b"\x002\0-\0", 2)), "preflight-slug"),
    "another part": (content(sub(rb"\0p\0a\0r\0t\0 \x001\0/\x001", b"\0p\0a\0r\0t\0 \x002\0/\x001")), "preflight-slug"),
    "slug upright": (content(sub(rb"k\n1 0 0 1 (\d+ \d+) Tm", rb"k\n0 1 -1 0 \1 Tm")), "preflight-slug"),
    "colour bar gone": (content(sub(rb"/C Do\n", b"")), "preflight-artwork"),
    "a patch paler": (stream(lambda r: r.XObject.C, sub(rb"^1 0 0 0 k", b"0.9 0 0 0 k")), "preflight-artwork"),
    "a patch elsewhere": (stream(lambda r: r.XObject.C, sub(rb"307000", b"207000")), "preflight-artwork"),
    "a patch more": (stream(lambda r: r.XObject.C, lambda data: data + data[-40:]), "preflight-artwork"),
    "a mark inside a piece": (
        stream(lambda r: r.XObject.M0, sub(rb"f\n$", b"60000 60000 100 8000 re\nf\n")),
        "preflight-artwork",
    ),
    "a mark twice": (
        stream(lambda r: r.XObject.M0, sub(rb"(-?\d+ -?\d+ \d+ \d+ re\n)", rb"\1\1")),
        "preflight-artwork",
    ),
    "fronts' and backs' marks": (
        stream(lambda r: r.XObject.M1, sub(rb"(\d+) (\d+) 100 8000 re\n", rb"\1 \2 100 7000 re\n")),
        "preflight-artwork",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_beside_the_pieces_is_found(fault: str, card: Lot, part: Path) -> None:
    change, wanted = FAULTS[fault]
    found = read_back(card, plant(part, change), raster_every=0, job=LOT, part=(1, 1)).faults
    assert wanted in planted.codes_of(found), [(one.code, one.place, one.values) for one in found]


def test_another_lot_s_part_is_found(card: Lot, part: Path) -> None:
    assert read_back(card, part, raster_every=0, job=LOT, part=(1, 1)).faults == []
    found = planted.codes_of(read_back(card, part, raster_every=0, job="lot-2").faults)
    assert found == {"preflight-slug", "preflight-sheet-code"}
    assert planted.codes_of(read_back(card, part, raster_every=0, part=(2, 2)).faults) == {"preflight-slug"}


TURNED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a piece another way round": (sub(rb"q 0 1 -1 0 ", b"q 0 -1 1 0 "), "preflight-turned"),
    "a piece that is mirrored": (sub(rb"q 0 1 -1 0 ", b"q 0 1 1 0 "), "preflight-turned"),
    "bleed that is not clipped": (sub(rb"-2000 -2000 89600 57980 re W n\n", b""), "preflight-turned"),
    "a piece that is clipped": (sub(rb"-2000 -2000 89600 57980 re", b"0 0 89600 57980 re"), "preflight-turned"),
    "a piece aside": (sub(rb"q 0 1 -1 0 (\d+)", lambda found: b"q 0 1 -1 0 %d" % (int(found[1]) + 300)), "preflight-shifted"),
}


@pytest.mark.parametrize("fault", TURNED)
def test_how_a_piece_lies_is_read(fault: str, card: Lot, tmp_path: Path) -> None:
    lot = card._replace(design=DESIGNS["sra3-25up"], documents=card.documents[:6])
    made = press(lot, tmp_path / "sheets-0001.pdf")
    edit, wanted = TURNED[fault]
    found = read_back(lot, plant(made, content(edit)), raster_every=0).faults
    assert planted.codes_of(found) == {wanted}


@pytest.mark.parametrize("name", [name for name in CODED if DESIGNS[name].style != "laminated"])
def test_every_sheet_is_clean_and_seen(name: str, card: Lot, tmp_path: Path) -> None:
    """A few cards on each of the shipped sheets, all of them rendered."""
    design = DESIGNS[name]
    lot = card._replace(design=design, documents=card.documents[: 1 + design.grid.columns])
    report = read_back(lot, press(lot, tmp_path / "sheets-0001.pdf"), raster_every=1)
    assert report.faults == []
    assert report.rastered_sheets == len(impose(len(lot.documents), design))
