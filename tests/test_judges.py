"""Other programs judge a press file, each as a process of its own: qpdf, Ghostscript's plates, MuPDF and poppler."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from pipeline.base.geometry import Box
from pipeline.stages.impose import slots
from tests import planted
from tests.planted import CARD, Lot, press

COUNT = 22  # a full sheet, and one with a single card
VENDORS = ("house", "house-x1a", "house-vt")
DPI = 100
PROCESS = {"Cyan", "Magenta", "Yellow", "Black"}


def lot_for(vendor: str) -> Lot:
    """Cards of the issuer whose ground is a spot plate."""
    return planted.real(CARD, "kyosai", COUNT)._replace(conditions=planted.conditions(vendor))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("judges")
    return {vendor: press(lot_for(vendor), folder / f"{vendor}.pdf") for vendor in VENDORS}


@pytest.fixture(scope="module")
def plates(parts: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Image.Image]:
    """Ghostscript's plates of the first page by name; dark is ink."""
    folder = tmp_path_factory.mktemp("plates")
    run("gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=tiffsep", f"-r{DPI}", "-dLastPage=1", f"-sOutputFile={folder}/p%d.tif",
        parts["house"])  # fmt: skip
    return {path.stem.partition("(")[2].rstrip(")"): Image.open(path).convert("L") for path in folder.glob("p1(*).tif")}


def run(*words: str | Path) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pieces(lot: Lot, surface: int = 0, grow: int = 0) -> Iterator[tuple[int, int, int, int]]:
    """The pieces' edges in dots."""
    for slot in slots(lot.design):
        box: Box = slot.on(surface).grown(grow)
        yield tuple(round(edge * DPI / 25_400) for edge in (box.left, box.top, box.right, box.bottom))  # type: ignore[misc]


@pytest.mark.parametrize("vendor", VENDORS)
def test_qpdf_finds_nothing(parts: dict[str, Path], vendor: str) -> None:
    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", parts[vendor])


def test_the_plates_are_those_of_the_layout(plates: dict[str, Image.Image]) -> None:
    lot = lot_for("house")
    spots = {plate.name for side in lot.template.sides for plate in side.plates}
    grounds = {side.ground.spot for side in lot.template.sides if side.ground.spot}
    assert spots and grounds
    assert set(plates) == PROCESS | spots | grounds


def test_marks_are_on_every_plate(plates: dict[str, Image.Image]) -> None:
    """Outside the pieces every plate has the same crop marks: what is missing on one cannot be registered."""
    lot = lot_for("house")
    for name, plate in plates.items():
        left, top, *_ = next(pieces(lot))
        beside = plate.crop(
            (0, top - 2, left - round(3_500 * DPI / 25_400), top + 3)
        )  # the mark of the first trim's upper edge
        assert beside.getextrema()[0] < 128, name


def test_the_die_line_is_where_the_cards_end_and_nothing_else_is_on_its_plate(plates: dict[str, Image.Image]) -> None:
    lot = lot_for("house")
    plate = plates["DieLine"].point(lambda shade: 255 * (shade < 200))
    wanted = Image.new("L", plate.size, 0)
    draw = ImageDraw.Draw(wanted)
    corner = round(3_180 * DPI / 25_400)
    for edges in pieces(lot):
        draw.rounded_rectangle(edges, corner, outline=255)
    near = wanted.filter(ImageFilter.MaxFilter(5))
    for edges in pieces(lot, grow=lot.design.piece.bleed - 200):
        drawn = plate.crop(edges)
        assert drawn.getbbox(), "no die line"
        assert ImageChops.subtract(drawn, near.crop(edges)).getbbox() is None
        missing = ImageChops.subtract(wanted.crop(edges), drawn.filter(ImageFilter.MaxFilter(5)))
        assert missing.getbbox() is None


def test_black_text_takes_nothing_from_the_ground(plates: dict[str, Image.Image]) -> None:
    """It overprints: below every dot of full black the ground's plate is as full as beside it."""
    lot = lot_for("house")
    edges = next(pieces(lot, grow=-2_000))
    black = np.asarray(plates["Black"].crop(edges))
    ground = np.asarray(plates["Ground Yellow"].crop(edges))
    full = black < 20
    assert full.sum() > 200
    assert np.median(ground[full]) == np.median(ground)


@pytest.mark.parametrize("judge", ["mutool", "pdftoppm"])
def test_other_renderers_see_the_same_ink(parts: dict[str, Path], tmp_path: Path, judge: str) -> None:
    """Texts and codes: dark dots of one picture have a dark dot of the other beside them."""
    part = parts["house-vt"]
    if judge == "mutool":
        run("mutool", "draw", "-q", "-r", str(DPI), "-c", "gray", "-o", tmp_path / "page.png", part, "1")
    else:
        run("pdftoppm", "-r", str(DPI), "-gray", "-png", "-singlefile", "-f", "1", "-l", "1", part, tmp_path / "page")
    theirs = Image.open(tmp_path / "page.png").convert("L")
    with pypdfium2.PdfDocument(part) as pdf:
        ours = pdf[0].render(scale=DPI / 72, grayscale=True).to_pil().resize(theirs.size)
    for one, other in ((ours, theirs), (theirs, ours)):
        dark = np.asarray(one) < 40
        close = np.asarray(other.filter(ImageFilter.MinFilter(5))) < 175
        assert dark.sum() > 5_000
        assert (dark & ~close).sum() / dark.sum() < 0.01  # tints differ: MuPDF is built without ICC profiles


def test_every_code_is_decoded_at_600_dpi(parts: dict[str, Path]) -> None:
    """From PDFium's picture, by another library: each card's code, and on each side of a sheet the code of that side."""
    lot, scale = lot_for("house"), 600 / 72
    told: list[set[str]] = []
    sheet_codes: list[str] = []
    with pypdfium2.PdfDocument(parts["house"]) as pdf:
        for page in pdf:
            picture = page.render(scale=scale, grayscale=True).to_pil()
            found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode, try_invert=False)
            told.append({one.text for one in found})
            (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.DataMatrix, try_invert=False)
            sheet_codes.append(code.text)
    wanted = [document.payloads[0] for document in lot.documents]
    assert told == [set(wanted[:21]), set(), set(wanted[21:]), set()]
    assert len(set(sheet_codes)) == len(sheet_codes) == 4
