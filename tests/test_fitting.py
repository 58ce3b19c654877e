"""Fitting: the layout's own steps, two lines where it allows, and never less than the whole text."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.base.geometry import Box
from pipeline.craft.fitting import Fitted, Fitter, Misfit
from pipeline.craft.ink import Pen
from pipeline.craft.typefaces import FaceUse
from pipeline.model.template import Setting, TextField
from tests.faces import typefaces

GOTHIC, RARE = "biz-ud-gothic-bold", "ipamj-mincho"
BLANKS = {ord(char): None for char in " \u3000\n"}
STEPS = [(4000, 1), (3000, 1), (2000, 2)]  # type size in µm, lines


def field(width: int = 20_000, tracking: int = 0) -> TextField:
    made = tuple(Setting(face, size, lines, size, size + 500) for face in (GOTHIC, RARE) for size, lines in STEPS)
    box, black = Box(0, 0, width, 8000), (0, 0, 0, 1000)
    return TextField("name", "member.name", box, made, "left", black, "text", "keep", "hold", tracking, True)


def fit(text: str, **changes: int) -> Fitted | Misfit:
    return Fitter(field(**changes), typefaces()).fit(text)


def test_the_designers_wish_comes_first() -> None:
    assert fit("山田太郎花") == Fitted("山田太郎花", 0)


def test_a_longer_name_takes_the_next_step() -> None:
    assert fit("山田太郎花子") == Fitted("山田太郎花子", 1)


def test_two_lines_where_the_layout_allows_broken_at_a_blank() -> None:
    assert fit("ABCDEFGHIJ KLMNOPQRSTUVWXYZ") == Fitted("ABCDEFGHIJ\nKLMNOPQRSTUVWXYZ", 2)


def test_kinsoku_no_line_begins_with_a_long_vowel_mark() -> None:
    assert fit("アイウエオカキクケコーサシ") == Fitted("アイウエオカキクケ\nコーサシ", 2)


def test_too_long_is_a_misfit_never_a_clip() -> None:
    assert fit("山" * 21) == Misfit(())
    assert fit("山" * 20) == Fitted("山" * 10 + "\n" + "山" * 10, 2)


def test_a_name_with_one_rare_character_is_set_whole_in_the_fallback() -> None:
    assert fit("𠮷田太郎花") == Fitted("𠮷田太郎花", 3)


def test_a_character_nobody_has_is_named() -> None:
    assert fit("山\U000e01ef田") == Misfit(("山\U000e01ef",))


def test_tracking_takes_room() -> None:
    assert fit("山田太郎花", tracking=10) == Fitted("山田太郎花", 1)


SELECTED = "葛\U000e0101城太郎花"  # five glyphs, six characters


def test_tracking_takes_room_between_glyphs_not_selectors() -> None:
    made = field(tracking=500)
    tight = replace(made, box=made.box._replace(width=5 * 4000 + 4 * 500))
    assert Fitter(tight, typefaces()).fit(SELECTED) == Fitted(SELECTED, 0)
    tighter = replace(made, box=made.box._replace(width=5 * 4000 + 4 * 500 - 10))
    assert Fitter(tighter, typefaces()).fit(SELECTED) == Fitted(SELECTED, 1)


def test_tracking_between_glyphs_of_broken_lines() -> None:
    """Two lines of five glyphs each fill the box to the last micrometre."""
    made = field(tracking=500)
    tight = replace(made, box=made.box._replace(width=5 * 2000 + 4 * 500))
    assert Fitter(tight, typefaces()).fit(SELECTED + SELECTED) == Fitted(f"{SELECTED}\n{SELECTED}", 2)


def test_tracking_of_many_glyphs_does_not_add_up_beyond_the_box() -> None:
    """A whole number of font units less than the tracking each would let 19 of them overrun the box."""
    made = field(width=20 * 1000 + 19 * 101 - 1, tracking=101)
    made = replace(made, settings=tuple(replace(one, size=1000, lines=1) for one in made.settings[:1]))
    assert Fitter(made, typefaces()).fit("山" * 20) == Misfit(())
    wide = replace(made, box=made.box._replace(width=20 * 1000 + 19 * 101 + 1))
    assert Fitter(wide, typefaces()).fit("山" * 20) == Fitted("山" * 20, 0)


@pytest.mark.parametrize(("align", "starts"), [("left", 0), ("center", 4_000), ("right", 8_000)])
def test_a_tracked_line_with_a_selector_ends_where_its_last_glyph_ends(align: str, starts: int) -> None:
    made = replace(field(width=5 * 4000 + 4 * 500 + 8_000, tracking=500), align=align)
    ink = Pen(made, 50_000, {GOTHIC: b"/F0"}, {GOTHIC: FaceUse(typefaces()[GOTHIC])}).write(SELECTED, 0)
    assert re.findall(rb"1 0 0 1 (\d+) \d+ Tm", ink) == [b"%d" % starts]


def test_an_ideographic_blank_stays_one() -> None:
    fitted = fit("山田太郎\u3000花子一二三四五六")
    assert isinstance(fitted, Fitted)
    assert fitted.text.replace("\n", "") in ("山田太郎\u3000花子一二三四五六", "山田太郎花子一二三四五六")


@settings(max_examples=200)
@given(st.text(st.sampled_from("山田太郎ABC 　ーっ（）"), min_size=1, max_size=30))
def test_lines_fit_and_nothing_is_lost(text: str) -> None:
    fitted = fit(text)
    if isinstance(fitted, Fitted):
        setting, face = field().settings[fitted.setting], typefaces()[GOTHIC]
        lines = fitted.text.split("\n")
        assert len(lines) <= setting.lines
        assert all((face.measure(line) or 0) * setting.size <= 20_000 * face.upem for line in lines)
        assert fitted.text.translate(BLANKS) == text.translate(BLANKS)
