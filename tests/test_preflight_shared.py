"""Faults planted in what all pages share: typefaces, artwork, seals, marks."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fontTools.ttLib import TTFont

from tests import planted
from tests.faces import typefaces
from tests.planted import CARD, Change, Lot, plant, press, read_back, stream, sub


def _font(index: int) -> Callable[[Any], Any]:
    return lambda resources: resources.Font[f"/F{index}"]


def _descendant(index: int) -> Callable[[Any], Any]:
    return lambda resources: resources.Font[f"/F{index}"].DescendantFonts[0]


def _form(name: str) -> Callable[[Any], Any]:
    return lambda resources: resources.XObject[f"/{name}"]


def _artwork(resources: Any) -> Any:
    return resources.XObject.T0F.Resources.XObject.Artwork


def _put(find: Callable[[Any], Any], key: str, value: Any) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        find(pdf.pages[0].obj.Resources)[key] = value

    return change


def _gone(find: Callable[[Any], Any], key: str) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        del find(pdf.pages[0].obj.Resources)[key]

    return change


def _glyph_of(char: str, by: str | None, index: int = 1) -> Change:
    """Let a code print nothing, or another character's glyph."""

    def edit(data: bytes) -> bytes:
        table = bytearray(data)
        other = table[2 * ord(by) : 2 * ord(by) + 2] if by else b"\0\0"
        table[2 * ord(char) : 2 * ord(char) + 2] = other
        return bytes(table)

    return stream(lambda resources: _descendant(index)(resources).CIDToGIDMap, edit)


def _in_font(edit: Callable[[TTFont], None], index: int = 1) -> Change:
    """Change the embedded font file."""

    def whole(data: bytes) -> bytes:
        file = TTFont(BytesIO(data))
        edit(file)
        made = BytesIO()
        file.save(made)
        return made.getvalue()

    return stream(lambda resources: _descendant(index)(resources).FontDescriptor.FontFile2, whole)


def _first_outline(file: TTFont) -> str:
    return next(name for name in file.getGlyphOrder() if file["glyf"][name].numberOfContours > 0 and name != ".notdef")


def _one_point(file: TTFont) -> None:
    file["glyf"][_first_outline(file)].coordinates[0] = (7, 7)


def _no_outline(file: TTFont) -> None:
    glyphs = file["glyf"]
    glyphs[_first_outline(file)] = glyphs[next(n for n in file.getGlyphOrder() if not glyphs[n].numberOfContours)]


def _bearing(file: TTFont) -> None:
    name = _first_outline(file)
    advance, bearing = file["hmtx"].metrics[name]
    file["hmtx"].metrics[name] = (advance, bearing + 200)


def _advance(file: TTFont) -> None:
    name = _first_outline(file)
    file["hmtx"].metrics[name] = (333, file["hmtx"].metrics[name][1])


def _em(file: TTFont) -> None:
    file["head"].unitsPerEm = file["head"].unitsPerEm * 2


def _one_reads_as_seven(pdf: pikepdf.Pdf) -> None:
    """A code that consistently means and prints another figure: extracting the text would not tell."""
    _glyph_of("1", "7")(pdf)
    font = _font(1)(pdf.pages[0].obj.Resources)
    font.ToUnicode.write(font.ToUnicode.read_bytes().replace(b"<0031> <0031>", b"<0031> <0037>"))


def _cmap(edit: Callable[[bytes], bytes], index: int = 1) -> Change:
    return stream(lambda resources: _font(index)(resources).ToUnicode, edit)


def _swapped_fonts(pdf: pikepdf.Pdf) -> None:
    fonts = pdf.pages[0].obj.Resources.Font
    fonts.F0, fonts.F1 = fonts.F1, fonts.F0


def _other_seal(pdf: pikepdf.Pdf) -> None:
    """The seal of another issuer at the same place."""
    seal = pdf.pages[0].obj.Resources.XObject.S0F0
    with pikepdf.open(BytesIO(planted.other_seal())) as other:
        page = other.pages[0].obj
        seal.write(page.Contents.read_bytes())
        seal.Resources = pdf.copy_foreign(other.make_indirect(page.Resources))


def _moved(find: Callable[[Any], Any], x: int) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        form = find(pdf.pages[0].obj.Resources)
        form.Matrix = pikepdf.Array([*list(form.Matrix)[:4], form.Matrix[4] + x, form.Matrix[5]])

    return change


def _artwork_font(pdf: pikepdf.Pdf) -> None:
    fonts = _artwork(pdf.pages[0].obj.Resources).Resources.Font
    name = next(iter(fonts.keys()))
    fonts[name].BaseFont = pikepdf.Name("/ABCDEF+Somebody-Else")


FONT, ART = {"preflight-font"}, {"preflight-artwork"}
TYPEFACES: dict[str, tuple[Change, set[str]]] = {
    "a code without a glyph": (_glyph_of("1", None), FONT),
    "a code with another glyph": (_glyph_of("1", "7"), FONT),
    "a code that means another": (_one_reads_as_seven, FONT),
    "a text that means another": (_cmap(sub(rb"<0031> <0031>", b"<0031> <0037>")), FONT | {"preflight-text"}),
    "a code without a meaning": (_cmap(sub(rb"<0031> <0031>\n", b"")), FONT),
    "a code with two meanings": (_cmap(sub(rb"(<0031> <0031>\n)", rb"\1<0031> <0037>\n")), FONT),
    "a range of codes": (_cmap(sub(rb"endcmap", b"1 beginbfrange\n<0031> <0032> <0037>\nendbfrange\nendcmap")), FONT),
    "a selector dropped": (_cmap(sub(rb"(<E00\d> <845B)DB40DD\d\d>", rb"\1>"), 2), {"preflight-text"}),
    "another selector": (_cmap(sub(rb"(<E00\d> <845BDB40DD)\d\d>", rb"\g<1>02>"), 1), FONT | {"preflight-text"}),
    "one point of an outline": (_in_font(_one_point), FONT),
    "no outline": (_in_font(_no_outline), FONT),
    "an outline put aside": (_in_font(_bearing), FONT),
    "another advance": (_in_font(_advance), FONT),
    "another em": (_in_font(_em), FONT),
    "a file that is none": (_in_font(lambda file: file.__delitem__("glyf")), FONT),
    "another width": (_put(_descendant(1), "/W", pikepdf.Array([0x31, [250]])), FONT),
    "widths of another form": (_put(_descendant(1), "/W", pikepdf.Array([0x31, 0x39, 500])), FONT),
    "widths upwards": (_put(_descendant(1), "/W2", pikepdf.Array([])), FONT),
    "another default width": (_put(_descendant(1), "/DW", 900), FONT),
    "another name": (_put(_font(1), "/BaseFont", pikepdf.Name("/ABCDEF+Arial")), FONT),
    "another encoding": (_put(_font(1), "/Encoding", pikepdf.Name("/Identity-V")), FONT),
    "typefaces swapped": (_swapped_fonts, FONT),
    "a typeface gone": (_gone(lambda resources: resources.Font, "/F1"), {"preflight-typeface"}),
    "a typeface more": (_put(lambda resources: resources.Font, "/F9", pikepdf.Dictionary()), FONT),
}
FORMS: dict[str, tuple[Change, set[str]]] = {
    "artwork altered": (stream(_artwork, lambda data: data + b"\n0 0 10 10 re f"), ART),
    "artwork moved 0.3 mm": (_moved(_artwork, 300), ART),
    "artwork clipped": (_put(_artwork, "/BBox", pikepdf.Array([0, 0, 100, 100])), ART),
    "artwork's typeface": (_artwork_font, ART),
    "artwork on a layer": (_put(_artwork, "/OC", pikepdf.Dictionary()), ART),
    "a side moved": (_put(_form("T0F"), "/Matrix", pikepdf.Array([1, 0, 0, 1, 300, 0])), ART),
    "a side smaller": (_put(_form("T0F"), "/BBox", pikepdf.Array([0, 0, 85600, 53980])), ART),
    "a side on a layer": (_put(_form("T0F"), "/OC", pikepdf.Dictionary()), ART),
    "another ground": (stream(_form("T0F"), sub(rb"^[\d. ]+ k", b"0 0 0 0 k")), ART),
    "the word of the pantograph": (
        stream(
            lambda r: r.XObject.T0F.Resources.XObject.Pantograph, lambda data: bytes(len(data) // 2) + data[len(data) // 2 :]
        ),
        ART,
    ),
    "a dot of the pantograph": (
        stream(lambda r: r.XObject.T0F.Resources.XObject.Pantograph, lambda data: data[:5000] + b"\1" + data[5001:]),
        ART,
    ),
    "a word of the pantograph missing": (stream(_form("T0F"), sub(rb"q [-\d. ]+ cm /Pantograph Do Q\n(?!q)", b"")), ART),
    "words of the pantograph a dot aside": (stream(_form("T0F"), sub(rb"\.01 (-[\d.]+ cm /Pantograph)", rb".99 \1")), ART),
    "dots under the code": (stream(_form("T0F"), sub(rb"re W\* n", b"re n")), ART),
    "the pantograph of another press": (stream(_form("T0F"), sub(rb"21\.166667 0 0 21\.166667", b"21.2 0 0 21.2")), ART),
    "no pantograph": (stream(_form("T0F"), sub(rb"q\n.*?Q\n", b"")), ART),
    "a bar on the artwork": (stream(_form("T0F"), lambda data: data + b"0 0 900 900 re f\n"), ART),
    "fronts and backs swapped": (
        lambda pdf: _put(lambda r: r.XObject, "/T0F", pdf.pages[0].obj.Resources.XObject.T0B)(pdf),
        ART,
    ),
    "another issuer's seal": (_other_seal, ART),
    "seal moved 0.3 mm": (_moved(_form("S0F0"), 300), ART),
    "seal gone for all": (_gone(lambda resources: resources.XObject, "/S0F0"), ART),
    "seal emptied": (stream(_form("S0F0"), lambda data: b" "), ART),
    "a form more": (_put(lambda resources: resources.XObject, "/X0", pikepdf.Dictionary()), ART),
    "a mark through the cards": (stream(_form("M0"), sub(rb"f\n$", b"100000 0 100 400000 re\nf\n")), ART),
    "a mark 0.3 mm aside": (stream(_form("M0"), sub(rb"25550 434930", b"25850 434930")), ART),
    "a mark gone": (stream(_form("M0"), sub(rb"25550 434930 100 8000 re\n", b"")), ART),
    "marks on one plate": (stream(_form("M0"), sub(rb"/All cs 1 scn", b"0 0 0 1 k")), ART),
    "a graphics state": (_put(lambda resources: resources, "/Pattern", pikepdf.Dictionary()), {"preflight-structure"}),
}


@pytest.fixture(scope="module")
def card() -> Lot:
    return planted.real(CARD, "kenpo", 21)


@pytest.fixture(scope="module")
def part(card: Lot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return press(card, tmp_path_factory.mktemp("part") / "sheets-0001.pdf")


@pytest.mark.parametrize("fault", [*TYPEFACES, *FORMS])
def test_a_planted_fault_is_found(fault: str, card: Lot, part: Path) -> None:
    change, wanted = (TYPEFACES | FORMS)[fault]
    found = read_back(card, plant(part, change), raster_every=0).faults
    assert planted.codes_of(found) & wanted, [(one.code, one.place, one.values) for one in found]
    assert all(one.message and one.hint for one in found)


def test_a_part_without_its_fault_is_clean(card: Lot, part: Path) -> None:
    assert read_back(card, plant(part, lambda pdf: None), raster_every=0).faults == []


def test_another_typeface_file_than_declared(card: Lot, part: Path) -> None:
    """The same part read against other files: every glyph is compared with the file, not with its name."""
    faces = typefaces().paths()
    swapped = faces | {"biz-ud-gothic": faces["biz-ud-mincho"]}
    assert "preflight-font" in planted.codes_of(read_back(card, part, swapped, raster_every=0).faults)


def test_a_text_that_does_not_fit(tmp_path: Path) -> None:
    """A maker that sets too long a text is found, though text and place are as the document says."""
    lot = planted.odd(1)
    fields = zip(lot.template.texts, lot.documents[0].texts, strict=True)
    texts = tuple("見本" * 20 if field.name == "name" else text for field, text in fields)
    lot = lot._replace(documents=(replace(lot.documents[0], texts=texts),))
    found = read_back(lot, press(lot, tmp_path / "part.pdf"), raster_every=0).faults
    assert planted.codes_of(found) == {"preflight-overflow"}
