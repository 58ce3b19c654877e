"""The checker: a good part is clean, and each planted fault is found and named, whatever it is."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests import planted
from tests.planted import CARD, FIRST_SHEET, NOTICE, Change, Lot, content, plant, press, read_back, slot, sub

CODE = re.compile(rb"q \d+ 0 0 \d+ -?\d+ -?\d+ cm BI.*?\nEI Q\n", re.DOTALL)
TEXTS = re.compile(rb"BT\n.*?ET\n", re.DOTALL)
NUMBER = rb"(/F\d \d+ Tf 1 0 0 1 48200 \d+ Tm\()(.*?)(\)Tj\n)"  # the member's number on the card
NAME = rb"(/F\d 4939 Tf 1 0 0 1 \d+ \d+ Tm\()(.*?)(\)Tj\n)"
BOTH = rb"q 1 0 0 1 (-?\d+) (-?\d+) cm\n(?=/T)"


def _moved(by: tuple[int, int]) -> Callable[[re.Match[bytes]], bytes]:
    return lambda found: b"q 1 0 0 1 %d %d cm\n" % (int(found[1]) + by[0], int(found[2]) + by[1])


def _swap(what: re.Pattern[bytes], page: int = 0) -> Change:
    return content(lambda data: planted.swap_slots(data, 0, 4, what), page)


def _bits(which: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Change the packed rows of the code."""
    form = re.compile(rb"( ID )(.*?)(\nEI Q\n)", re.DOTALL)
    return lambda data: form.sub(lambda found: found[1] + which(found[2]) + found[3], data, count=1)


def _flip(*places: int) -> Callable[[bytes], bytes]:
    """Flip single modules: row × 40 + column."""

    def flipped(rows: bytes) -> bytes:
        changed = bytearray(rows)
        for place in places:
            changed[place // 8] ^= 0x80 >> place % 8
        return bytes(changed)

    return _bits(flipped)


def _pages(edit: Callable[[Any], None]) -> Change:
    return lambda pdf: edit(pdf.pages)


def _page(key: str, value: Any, page: int = 0) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[page].obj[key] = value

    return change


def _root(key: str, value: Any) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root[key] = value

    return change


def _object(find: Callable[[Any], Any], key: str, value: Any) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        find(pdf.pages[0].obj.Resources)[key] = value

    return change


def _all_pages(edit: Callable[[bytes], bytes]) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        for page in range(len(pdf.pages)):
            content(edit, page)(pdf)

    return change


def _swapped_pages(one: int, other: int) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        pages = [pdf.pages[n].obj for n in range(len(pdf.pages))]
        pages[one].Contents, pages[other].Contents = pages[other].Contents, pages[one].Contents

    return change


def _own_resources(pdf: pikepdf.Pdf) -> None:
    pdf.pages[2].obj.Resources = pdf.make_indirect(pikepdf.Dictionary(pdf.pages[2].obj.Resources))


def _inherited_turn(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Rotate = 180


def _script(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.beep()"))
    pdf.Root.OpenAction = action


# What is planted in a card's part → the codes of which at least one must be reported.
CONTENT: dict[str, tuple[Change, set[str]]] = {
    "one digit": (slot(sub(NUMBER, lambda m: m[1] + m[2][:-1] + b"9" + m[3])), {"preflight-text"}),
    "a name cut by one character": (slot(sub(NAME, lambda m: m[1] + m[2][:-2] + m[3])), {"preflight-text"}),
    "a name with one more": (slot(sub(NAME, rb"\1\2\0 \3")), {"preflight-text"}),
    "texts of two cards swapped": (_swap(TEXTS), {"preflight-text"}),
    "codes of two cards swapped": (_swap(CODE), {"preflight-code"}),
    "texts of two backs swapped": (_swap(TEXTS, 1), {"preflight-text"}),
    "fronts on the back": (_swapped_pages(0, 1), {"preflight-artwork", "preflight-slug"}),
    "two sheets' fronts swapped": (_swapped_pages(0, 2), {"preflight-text", "preflight-slug"}),
    "two sheets' backs swapped": (_swapped_pages(1, 3), {"preflight-text", "preflight-slug"}),
    "seal dropped on one slot": (slot(sub(rb"/S0F0 Do\n", b"")), {"preflight-seal"}),
    "template dropped on one slot": (slot(sub(rb"/T0F Do\n", b"")), {"preflight-artwork"}),
    "back's template on a front": (slot(sub(rb"/T0F Do\n", b"/T0B Do\n")), {"preflight-artwork"}),
    "seal over the code": (slot(sub(rb"(/S0F0 Do\n)(.*)(Q\n)$", rb"\2\1\3")), {"preflight-seal", "preflight-grammar"}),
    "seal twice": (slot(sub(rb"/S0F0 Do\n", rb"/S0F0 Do\n/S0F0 Do\n")), {"preflight-grammar"}),
    "code dropped": (slot(sub(CODE.pattern, b"")), {"preflight-code-missing"}),
    "code twice": (slot(sub(CODE.pattern, lambda m: m[0] * 2)), {"preflight-grammar"}),
    "one slot 0.3 mm aside": (slot(sub(BOTH, _moved((300, 0)))), {"preflight-shifted"}),
    "one slot 1 µm up": (slot(sub(BOTH, _moved((0, 1)))), {"preflight-shifted"}),
    "all slots 0.3 mm up": (_all_pages(lambda data: re.sub(BOTH, _moved((0, 300)), data)), {"preflight-shifted"}),
    "everything 0.3 mm aside": (_all_pages(sub(rb"0 0 cm\n", b"0.85 0 cm\n")), {"preflight-grammar"}),
    "everything scaled": (_all_pages(sub(rb"0\.002834645669", b"0.002834700000")), {"preflight-grammar"}),
    "one field 0.3 mm aside": (slot(sub(rb" 48200 ", b" 48500 ")), {"preflight-shifted"}),
    "one field 0.3 mm up": (slot(sub(rb"( 48200 )39980", rb"\g<1>40280")), {"preflight-shifted"}),
    "a right-aligned field aside": (slot(sub(rb"1 0 0 1 61432 ", b"1 0 0 1 61132 ")), {"preflight-shifted"}),
    "code aside": (slot(sub(rb"(q 10500 0 0 10500) 70000", rb"\1 70300")), {"preflight-code-place"}),
    "code smaller": (slot(sub(rb"q 10500 0 0 10500", b"q 9500 0 0 9500")), {"preflight-code-place"}),
    "code inverted": (slot(sub(rb"/D\[1 0\]", b"/D[0 1]")), {"preflight-code-missing", "preflight-grammar"}),
    "one module of the code": (slot(_flip(20 * 40 + 20)), {"preflight-code"}),
    "two modules of the code": (slot(_flip(30 * 40 + 12, 12 * 40 + 31)), {"preflight-code"}),
    "one module of a finder": (slot(_flip(0)), {"preflight-code"}),
    "one module of the timing": (slot(_flip(6 * 40 + 12)), {"preflight-code"}),
    "one module of the format": (slot(_flip(8 * 40 + 0)), {"preflight-code"}),
    "a third of the code": (slot(_bits(lambda rows: rows[:100] + bytes(65))), {"preflight-code"}),
    "dots beside the code": (slot(_flip(10 * 40 + 36)), {"preflight-code", "preflight-code-place"}),
    "another colour": (slot(sub(rb"0 0 0 1 k", b"0 0.9 0.9 0 k")), {"preflight-colour"}),
    "a paler colour": (slot(sub(rb"0 0 0 1 k", b"0 0 0 0.9996 k")), {"preflight-colour"}),
    "another size": (slot(sub(rb"/F1 4762 Tf", b"/F1 4662 Tf")), {"preflight-size"}),
    "another typeface": (slot(sub(rb"/F1 4762 Tf", b"/F0 4762 Tf")), {"preflight-typeface"}),
    "a typeface that is not there": (slot(sub(rb"/F1 4762 Tf", b"/F7 4762 Tf")), {"preflight-typeface"}),
    "spaced out": (slot(sub(rb"/F1 4762 Tf", b"/F1 4762 Tf 60 Tc")), {"preflight-size"}),
    "an extra text": (slot(sub(rb"ET\n", b"/F0 3000 Tf 1 0 0 1 0 0 Tm(\\0A)Tj\nET\n")), {"preflight-grammar"}),
    "a field gone": (slot(sub(NUMBER, b"")), {"preflight-text", "preflight-field-missing", "preflight-shifted"}),
    "a field twice": (slot(sub(NUMBER, lambda m: m[0] * 2)), {"preflight-text"}),
    "invisible text": (slot(sub(rb"BT\n", b"BT\n3 Tr\n")), {"preflight-grammar", "preflight-colour"}),
    "an octal escape": (slot(sub(NUMBER, rb"\1\2\\061\3")), {"preflight-text", "preflight-grammar"}),
    "half a character": (slot(sub(NUMBER, rb"\1\2A\3")), {"preflight-text"}),
    "a bar over a card": (slot(sub(rb"Q\n$", b"0 0 9000 9000 re f\nQ\n")), {"preflight-grammar"}),
    "a line after the last card": (content(lambda data: data + b"0 0 9000 9000 re f\n"), {"preflight-grammar"}),
    "an extra card": (content(lambda data: data + planted.split(data)[1]), {"preflight-grammar"}),
    "a card gone": (slot(lambda data: b"", 20), {"preflight-piece-missing"}),
    "a card gone in the middle": (slot(lambda data: b"", 7), {"preflight-piece-missing", "preflight-shifted"}),
    "a name in the slug": (content(sub(rb"\0l\0o\0t", b"\x89\x8b\x67\x2c\x4e\x00")), {"preflight-slug"}),
    "another sheet number": (content(sub(rb"\x003\0/", b"\x004\0/")), {"preflight-slug"}),
    "another number of sheets": (content(sub(rb"\0/\x009", b"\0/\x008")), {"preflight-slug"}),
    "a huge slug": (content(sub(rb"/F0 2100 Tf", b"/F0 91000 Tf")), {"preflight-slug"}),
    "the slug over the cards": (content(sub(rb"25600 443500 Tm", b"25600 300000 Tm")), {"preflight-slug"}),
    "marks gone": (content(sub(rb"/M0 Do\n", b"")), {"preflight-artwork"}),
}
FILE: dict[str, tuple[Change, set[str]]] = {
    "a page gone": (_pages(lambda pages: pages.__delitem__(3)), {"preflight-count"}),
    "a sheet gone": (_pages(lambda pages: pages.__delitem__(slice(2, 4))), {"preflight-count"}),
    "a page more": (_pages(lambda pages: pages.append(pages[1])), {"preflight-count"}),
    "a page turned": (_page("/Rotate", 180), {"preflight-structure"}),
    "all pages turned": (_inherited_turn, {"preflight-structure"}),
    "a larger sheet": (_page("/MediaBox", pikepdf.Array([0, 0, 910, 1276])), {"preflight-structure"}),
    "a shifted media box": (_page("/MediaBox", pikepdf.Array([1, 0, 908.0866, 1275.5906])), {"preflight-structure"}),
    "another unit": (_page("/UserUnit", 2), {"preflight-structure"}),
    "a note on a page": (_page("/Annots", pikepdf.Array([])), {"preflight-structure"}),
    "contents in pieces": (_page("/Contents", pikepdf.Array([])), {"preflight-structure", "preflight-grammar"}),
    "contents that are none": (_page("/Contents", 7), {"preflight-structure", "preflight-grammar"}),
    "own resources": (_own_resources, {"preflight-structure"}),
    "a script": (_script, {"preflight-structure"}),
    "layers": (_root("/OCProperties", pikepdf.Dictionary()), {"preflight-press-file"}),
    "a form": (_root("/AcroForm", pikepdf.Dictionary()), {"preflight-structure"}),
}


@pytest.fixture(scope="module")
def card() -> Lot:
    return planted.real(CARD, "kenpo", 50)


@pytest.fixture(scope="module")
def part(card: Lot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return press(card, tmp_path_factory.mktemp("part") / "sheets-0001.pdf")


@pytest.mark.parametrize("fault", [*CONTENT, *FILE])
def test_a_planted_fault_is_found(fault: str, card: Lot, part: Path) -> None:
    change, wanted = (CONTENT | FILE)[fault]
    found = read_back(card, plant(part, change)).faults
    assert planted.codes_of(found) & wanted, [(one.code, one.place) for one in found]
    assert all(one.message and one.hint for one in found)


def test_a_good_part_is_clean(card: Lot, part: Path) -> None:
    report = read_back(card, part)
    assert report.faults == []
    assert (report.pieces, report.leaves, report.sheets, report.pages) == (50, 50, 3, 6)
    assert report.fields == sum(bool(text) for document in card.documents for text in document.texts)
    assert (report.codes, report.seals, report.rastered_sheets) == (50, 50, 3)
    assert report.glyphs > 100


def test_a_part_saved_again_unchanged_is_clean(card: Lot, part: Path) -> None:
    """So what the tests above find is what they planted, not that the file was written by another library."""
    assert read_back(card, plant(part, lambda pdf: None)).faults == []


GOOD = {
    "office printer": lambda: planted.real(CARD, "kenpo", 3, office=True),
    "two leaves": lambda: planted.real(NOTICE, "kenpo", 4),
    "cut and stack, short edge": lambda: planted.odd(7),
    "rows, long edge": lambda: planted.odd(7, scheme="rows", turn="long-edge"),
    "columns, no marks": lambda: planted.odd(7, scheme="columns", marks=None),
    "slug alone": lambda: planted.odd(5, marks={"crop": False, "center": False}),
    "marks alone": lambda: planted.odd(5, marks={"slug": False}),
    "off the middle": lambda: planted.odd(5, grid={"columns": 2, "rows": 1, "left": "20mm", "top": "20mm"}),
}


@pytest.mark.parametrize("kind", GOOD)
def test_other_kinds_are_clean(kind: str, tmp_path: Path) -> None:
    lot = GOOD[kind]()
    report = read_back(lot, press(lot, tmp_path / "part.pdf"))
    assert report.faults == []
    assert report.leaves == len(lot.documents) * len(lot.template.leaves)


def test_every_card_is_compared(card: Lot, part: Path) -> None:
    """One text of each document in turn is another: each is found at its own place."""
    for n, document in enumerate(card.documents):
        texts = (*document.texts[:-1], document.texts[-1] + "x")
        changed = card._replace(documents=(*card.documents[:n], replace(document, texts=texts), *card.documents[n + 1 :]))
        fault, *rest = read_back(changed, part, raster_every=0).faults
        assert fault.code == "preflight-text"
        assert planted.codes_of(rest) <= {"preflight-shifted"}  # the serial is set to the right: its beginning moves too
        assert fault.place.endswith(f"sheet {FIRST_SHEET + n // 21} back, slot {n % 21 + 1}")


def test_no_personal_data_in_what_is_reported(card: Lot, part: Path) -> None:
    found = read_back(card, plant(part, CONTENT["texts of two cards swapped"][0])).faults
    told = " ".join(f"{one.place} {one.message} {one.hint}" for one in found)
    own = [text for document in card.documents for text in document.texts if len(text) > 3]
    assert found
    assert not any(text in told for text in own)


def test_a_file_that_is_none(card: Lot, part: Path, tmp_path: Path) -> None:
    whole = part.read_bytes()
    for data in (b"", b"%PDF-1.6\n", whole[:-40], whole[: len(whole) // 2], whole[:2000] + bytes(500) + whole[2500:]):
        broken = tmp_path / "broken.pdf"
        broken.write_bytes(data)
        assert read_back(card, broken).faults
    assert planted.codes_of(read_back(card, tmp_path / "absent.pdf").faults) == {"preflight-unreadable"}
