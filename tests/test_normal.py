"""Artwork is made fit for a press, or refused: colours, opacity, overprinting black, page size, fonts."""

from io import BytesIO

import pikepdf
import pytest

from pipeline.craft import typesetter
from pipeline.craft.pdf.normal import NotPrintable, normal
from tests.faces import FONTS

WIDTH, HEIGHT = 60_000, 40_000
_PAGE = "<!doctype html><style>@page {{ size: 60mm 40mm; margin: 0 }} body {{ margin: 0 }}</style>{}"


@pytest.fixture(scope="module", autouse=True)
def fonts(tmp_path_factory: pytest.TempPathFactory) -> None:
    typesetter.confine_fonts(FONTS, tmp_path_factory.mktemp("fonts"))


def set_(body: str) -> bytes:
    return typesetter.set_page(_PAGE.format(body), {})


def edited(pdf: bytes, edit: bytes) -> bytes:
    """The page with operators added at its end."""
    made = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as page:
        page.pages[0].Contents = page.make_stream(page.pages[0].Contents.read_bytes() + b"\n" + edit)
        page.save(made)
    return made.getvalue()


def content(pdf: bytes) -> tuple[str, dict[str, tuple[bool, bool, int]]]:
    """A page's operators and its graphics states: of stroke and fill whether they overprint, and the mode."""
    with pikepdf.open(BytesIO(pdf)) as made:
        resources = made.pages[0].Resources
        assert set(resources.keys()) <= {"/Font", "/ExtGState"}
        found = {
            name: (bool(state.OP), bool(state.op), int(state.OPM)) for name, state in resources.get("/ExtGState", {}).items()
        }
        return made.pages[0].Contents.read_bytes().decode("latin-1"), found


def codes(pdf: bytes) -> set[str]:
    with pytest.raises(NotPrintable) as caught:
        normal(pdf, WIDTH, HEIGHT)
    return {fault.code for fault in caught.value.faults}


def test_black_alone_overprints_and_other_colours_knock_out() -> None:
    text = "<p style=\"font: 9pt 'BIZ UDGothic'; color: device-cmyk({})\">見本</p>"
    told, states = content(
        normal(set_(text.format("0 0 0 1") + text.format("0 0 0 .5") + text.format("0 1 0 1")), WIDTH, HEIGHT)
    )
    assert [told.count(paint) for paint in ("\n0 0 0 1 k\n/O10 gs\n", "\n0 0 0 0.5 k\n", "\n0 1 0 1 k\n")] == [1, 1, 1]
    assert states["/O10"] == (False, True, 1)
    assert " scn" not in told and "cs\n" not in told and "/a1" not in told


def test_overprinting_ends_with_another_colour() -> None:
    page = set_('<svg style="width: 20mm; height: 20mm" viewBox="0 0 9 9"><rect width="5" height="5" '
                'fill="device-cmyk(0 0 0 1)" stroke="device-cmyk(0 0 1 0)"/></svg>')  # fmt: skip
    told, states = content(normal(page, WIDTH, HEIGHT))
    assert told.index("0 0 0 1 k\n/O10 gs") < told.index("0 0 1 0 K")
    assert states["/O10"] == (False, True, 1)
    whole = edited(set_(""), b"/DeviceCMYK cs\n0 0 0 1 scn\n0 0 9 9 re\nf\n0 1 0 0 scn\n0 0 5 5 re\nf\n")
    told, states = content(normal(whole, WIDTH, HEIGHT))
    assert "0 0 0 1 k\n/O10 gs\n0 0 9 9 re\nf\n0 1 0 0 k\n/O00 gs\n" in told
    assert states["/O00"] == (False, False, 0)


def test_what_cannot_be_seen_is_left_out() -> None:
    """The typesetter writes the sides of a triangle of borders in RGB without opacity."""
    corner = "width: 0; height: 0; border: 3mm solid transparent; border-left-color: device-cmyk(1 0 0 0)"
    told, _ = content(normal(set_(f'<div style="{corner}"></div>'), WIDTH, HEIGHT))
    assert "1 0 0 0 k" in told and "rg" not in told and "\nf*\n" in told


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('<div style="width: 9mm; height: 9mm; background: #fed"></div>', "artwork-colour"),
        ('<svg viewBox="0 0 9 9"><path d="M0 0H5" stroke="device-cmyk(0 0 0 1)"/></svg>', "artwork-colour"),
        ('<div style="width: 9mm; height: 9mm; background: device-cmyk(0 1 0 0 / .5)"></div>', "artwork-transparent"),
        ('<div style="opacity: .5; width: 9mm; height: 9mm; background: device-cmyk(0 1 0 0)"></div>', "artwork-transparent"),
    ],
)  # fmt: skip
def test_colours_that_a_press_has_not_are_refused(body: str, code: str) -> None:
    assert codes(set_(body)) == {code}


def test_operators_that_nobody_has_looked_at_are_refused() -> None:
    assert codes(edited(set_(""), b"3 Tr\n")) == {"artwork-operator"}
    assert codes(edited(set_(""), b"/Pattern cs\n/P0 scn\n0 0 9 9 re\nf\n")) == {"artwork-colour"}


def test_marks_and_boxes_of_the_typesetter_are_refused() -> None:
    page = "<!doctype html><style>@page { size: 60mm 40mm; margin: 0; marks: crop; bleed: 3mm }</style>"
    assert "artwork-page-size" in codes(typesetter.set_page(page, {}))


def test_a_font_that_is_not_truetype_is_refused() -> None:
    made = BytesIO()
    with pikepdf.open(BytesIO(set_("<p style=\"font: 9pt 'BIZ UDGothic'; color: device-cmyk(0 0 0 1)\">見本</p>"))) as page:
        descriptor = next(iter(page.pages[0].Resources.Font.values())).DescendantFonts[0].FontDescriptor
        descriptor["/FontFile3"] = descriptor.FontFile2
        del descriptor["/FontFile2"]
        page.save(made)
    assert codes(made.getvalue()) == {"artwork-font"}


def test_the_same_artwork_gives_the_same_bytes() -> None:
    page = set_("<p style=\"font: 9pt 'BIZ UDGothic'; color: device-cmyk(0 0 0 1)\">見本</p>")
    assert normal(page, WIDTH, HEIGHT) == normal(page, WIDTH, HEIGHT)


def test_a_typesetter_that_is_too_old_sets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "69.2")
    with pytest.raises(typesetter.TypesettingError, match="older"):
        typesetter.set_page("<p>x</p>", {})
