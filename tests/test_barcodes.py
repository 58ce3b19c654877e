"""Bars: the customer barcode by the vectors of the manual, NW-7 by a reader, acceptance numbers by their check digit."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from pipeline.base.geometry import Box
from pipeline.craft.linear import (
    CLEAR,
    NW7_MODULE,
    TooSmall,
    bars,
    customer_states,
    customer_symbols,
    nw7_quiet,
)
from pipeline.rules.numbers import is_acceptance_number

CC1, CC4, CC8 = 11, 14, 18
WHOLE = "10000131-3-2-503"


@pytest.mark.parametrize(
    ("text", "check"),
    [("10000131-3-2-503", 9), ("26300233-30-8-403", 5), ("014011360-1", CC8), ("4070033400", 10), ("27301023-20-5B604", 0)],
)
def test_the_check_digit_makes_a_multiple_of_19(text: str, check: int) -> None:
    symbols = customer_symbols(text)
    assert len(symbols) == 21 and sum(symbols) % 19 == 0
    assert symbols[-1] == check


def test_what_is_long_is_cut_and_of_a_letter_the_control_code_stays() -> None:
    symbols = customer_symbols("91000673-80-25J1-2B")
    assert symbols[16:20] == (1, 10, 2, CC1)
    assert customer_symbols("064080429-1524-23-2-501")[:20] == (0, 6, 4, 0, 8, 0, 4, 2, 9, 10, 1, 5, 2, 4, 10, 2, 3, 10, 2, 10)


def test_what_is_short_is_filled() -> None:
    assert customer_symbols("1008792")[7:20] == (CC4,) * 13


def test_letters_are_two_symbols() -> None:
    assert customer_symbols("1000013AKUZ")[7:15] == (11, 0, 12, 0, 13, 0, 13, 5)


@pytest.mark.parametrize("text", ["100001", "100-0013", "1000013a", "1000013 1", "１００００１３", "1000013号"])
def test_what_has_no_place_in_a_customer_barcode_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="customer barcode"):
        bars("customer-barcode", text, 90_000, 5_000)


def test_a_customer_barcode_has_67_bars_of_four_states() -> None:
    states = customer_states("1000013")
    assert len(states) == 67
    assert states.startswith("FD" + "FFT" + "FTT" * 4 + "FFT" + "DFA") and states.endswith("DF")
    assert states[2 + 7 * 3 :][:3] == "TDA"  # CC4


def test_every_symbol_has_the_pattern_that_the_encoders_agree_on() -> None:
    """Written as there: 1 long, 2 upper, 3 lower, 4 timing; symbols 0–9, the hyphen, CC1 to CC4."""
    told = "144 114 132 312 123 141 321 213 231 411 414 324 342 234 432".split()
    shown = {}
    for text in ("00000000123456789-", "0000000AKU"):
        states = customer_states(text)[2:]
        for n, symbol in enumerate(customer_symbols(text)[:20]):
            shown[symbol] = "".join("1234"["FADT".index(state)] for state in states[3 * n : 3 * n + 3])
    assert [shown[symbol] for symbol in range(15)] == told


def limits(drawn: Sequence[Box]) -> tuple[set[int], set[int], set[int], set[int]]:
    """Lengths of the bars, their widths, pitches and the spaces between, µm."""
    pitches = {after.left - before.left for before, after in pairwise(drawn)}
    spaces = {after.left - before.right for before, after in pairwise(drawn)}
    return {bar.height for bar in drawn}, {bar.width for bar in drawn}, pitches, spaces


@pytest.mark.parametrize(("width", "size"), [(63_840, 80), (79_800, 100), (91_770, 115), (200_000, 115)])
def test_sizes_are_within_the_limits_of_the_manual(width: int, size: int) -> None:
    """p12, in mm for 10 pt: long bar 3.40–3.60, timing 1.05–1.35, pitch 0.95–1.30, bar 0.50–0.70, space 0.45–0.60."""
    drawn = bars("customer-barcode", WHOLE, width, 10_000)
    heights, widths, pitches, spaces = limits(drawn)
    assert len(drawn) == 67 and drawn[-1].right <= width
    assert 34 * size <= max(heights) <= 36 * size and 10.5 * size <= min(heights) <= 13.5 * size
    assert len(widths) == len(pitches) == len(spaces) == 1
    assert 5 * size <= max(widths) <= 7 * size
    assert 9.5 * size <= max(pitches) <= 13 * size
    assert 4.5 * size <= max(spaces) <= 6 * size


def test_the_four_states_stand_where_they_must() -> None:
    drawn = bars("customer-barcode", WHOLE, 79_800, 3_600)
    spans = {state: (bar.top, bar.bottom) for state, bar in zip(customer_states(WHOLE), drawn, strict=True)}
    assert spans == {"F": (0, 3600), "A": (0, 2400), "D": (1200, 3600), "T": (1200, 2400)}
    assert CLEAR == 2_000


@pytest.mark.parametrize(("width", "height"), [(63_839, 3_600), (79_800, 2_879)])
def test_a_box_below_8_points_is_too_small(width: int, height: int) -> None:
    with pytest.raises(TooSmall):
        bars("customer-barcode", WHOLE, width, height)


def picture(drawn: Sequence[Box], quiet: int, height: int, dot: int) -> Image.Image:
    """Bars as dots of `dot` µm with their quiet zone."""
    picture = Image.new("L", ((drawn[-1].right + 2 * quiet) // dot, (height + 4_000) // dot), 255)
    pen = ImageDraw.Draw(picture)
    for bar in drawn:
        left, top = (quiet + bar.left) // dot, 2_000 // dot
        pen.rectangle((left, top, (quiet + bar.right) // dot - 1, top + height // dot), fill=0)
    return picture


@pytest.mark.parametrize("text", ["13112383852", "405548424886", "0123456789-$:/.+"])
@pytest.mark.parametrize("dot", [42, 21])  # 600 and 1200 dots an inch
def test_a_reader_reads_nw7(text: str, dot: int) -> None:
    drawn = bars("nw7", text, 60_000, 9_000)
    module = min(bar.width for bar in drawn)
    (found,) = zxingcpp.read_barcodes(
        picture(drawn, nw7_quiet(module), 9_000, dot),
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Codabar),
        try_rotate=False,
    )
    assert found.text.strip("ABCD") == text


def test_nw7_keeps_the_limits_of_its_standard() -> None:
    drawn = bars("nw7", "13112383852", 60_000, 9_000)
    widths = {bar.width for bar in drawn} | limits(drawn)[3]
    narrow, wide = min(widths), max(widths)
    assert len(widths) == 2 and narrow >= NW7_MODULE and 2 * narrow <= wide <= 3 * narrow
    assert drawn[0].left == 0 and drawn[-1].right <= 60_000
    assert drawn[0].height >= max(6_350, drawn[-1].right * 15 // 100)
    assert nw7_quiet(191) == 2_540 and nw7_quiet(300) == 3_000


@pytest.mark.parametrize(("width", "height"), [(25_000, 9_000), (60_000, 6_349), (60_000, 8_000)])
def test_a_box_below_the_limits_of_nw7_is_too_small(width: int, height: int) -> None:
    with pytest.raises(TooSmall):
        bars("nw7", "13112383852", width, height)


@pytest.mark.parametrize("text", ["131 12", "A1", "131*", "１３１"])
def test_what_has_no_place_in_nw7_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NW-7"):
        bars("nw7", text, 60_000, 9_000)


def test_nothing_is_drawn_for_nothing() -> None:
    assert bars("nw7", "", 60_000, 9_000) == bars("customer-barcode", "", 60_000, 9_000) == []


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("131-12-38385-2", True),
        ("13112383852", True),
        ("4055-4842-4886", True),
        ("131-12-38385-3", False),
        ("131-12-38358-2", False),
        ("1311238385", False),
        ("131-1238385-2", True),
        ("13-112-38385-2", False),
        ("１３１-12-38385-2", False),
        ("", False),
    ],
)
def test_acceptance_numbers_have_their_length_and_check_digit(text: str, right: bool) -> None:
    assert is_acceptance_number(text) is right
