"""Bars: the customer barcode by the vectors of the manual, NW-7 by a reader, acceptance numbers by their check digit."""

import re
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from pipeline.craft.linear import CLEAR, Bitmap, bitmap, box_fault, customer_states, customer_symbols, narrowest
from pipeline.rules.numbers import is_acceptance_number
from pipeline.stages.checking.bars import bars_fault

CC1, CC4, CC8 = 11, 14, 18
CODABAR: Any = zxingcpp.BarcodeFormat.Codabar
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
        bitmap("customer-barcode", text)


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


def dots(symbol: Bitmap) -> list[str]:
    """The rows of a symbol, `#` is inked."""
    size = len(symbol.data) // symbol.rows
    rows = (symbol.data[n * size : (n + 1) * size] for n in range(symbol.rows))
    return ["".join(f"{byte:08b}" for byte in row)[: symbol.columns].replace("0", " ").replace("1", "#") for row in rows]


def test_the_four_states_stand_where_they_must() -> None:
    """p12: long bars, half-long above and below, timing bars; a space as wide as a bar between two."""
    rows = dots(bitmap("customer-barcode", WHOLE))
    columns = ["".join(column) for column in zip(*rows, strict=True)]
    assert len(columns) == 133 and set(columns[1::2]) == {"   "}
    spans = dict(zip(customer_states(WHOLE), columns[::2], strict=True))
    assert spans == {"F": "###", "A": "## ", "D": " ##", "T": " # "}


@pytest.mark.parametrize(("width", "height", "right"), [
    (63_840, 2_880, True), (79_800, 3_600, True), (91_770, 4_140, True),
    (63_000, 2_842, False), (92_000, 4_150, False), (79_800, 3_000, False),
])  # fmt: skip
def test_sizes_are_within_the_limits_of_the_manual(width: int, height: int, right: bool) -> None:
    """p12, in mm for 10 pt: long bar 3.40–3.60, timing 1.05–1.35, pitch 0.95–1.30, bar 0.50–0.70, space 0.45–0.60."""
    assert (box_fault("customer-barcode", width, height) == "") is right
    size, bar = width / 798, width / 133
    if right:
        assert 34 * size <= height <= 36.1 * size and 10.5 * size <= height / 3 <= 13.5 * size
        assert 5 * size <= bar <= 6.01 * size and 9.5 * size <= 2 * bar <= 13 * size
        assert narrowest("customer-barcode", bitmap("customer-barcode", WHOLE), width) == width // 133
    assert CLEAR["customer-barcode"] == 2_000


def picture(symbol: Bitmap, across: int) -> Image.Image:
    """A symbol of one row as dots, `across` a column, with white around it."""
    (row,) = dots(symbol)
    seen = Image.new("L", (len(row), 1))
    seen.putdata([0 if dot == "#" else 255 for dot in row])
    seen = seen.resize((len(row) * across, 90), Image.Resampling.NEAREST)
    around = Image.new("L", (seen.width + 40 * across, 150), 255)
    around.paste(seen, (20 * across, 30))
    return around


@pytest.mark.parametrize("text", ["13112383852", "405548424886", "0123456789-$:/.+"])
@pytest.mark.parametrize("across", [1, 3])
def test_a_reader_reads_nw7(text: str, across: int) -> None:
    (found,) = zxingcpp.read_barcodes(picture(bitmap("nw7", text), across), formats=CODABAR, try_rotate=False)
    assert found.text.strip("ABCD") == text


def test_nw7_keeps_the_limits_of_its_standard() -> None:
    symbol = bitmap("nw7", "13112383852")
    (row,) = dots(symbol)
    widths = {len(run) for run in re.findall("#+| +", row)}
    assert widths == {2, 5} and row[0] == row[-1] == "#"
    assert box_fault("nw7", 40_000, 6_350) == "" and narrowest("nw7", symbol, 40_000) >= 191
    assert narrowest("nw7", symbol, 25_000) < 191
    assert box_fault("nw7", 40_000, 6_349) and box_fault("nw7", 60_000, 8_000)


@pytest.mark.parametrize("text", ["131 12", "A1", "131*", "１３１"])
def test_what_has_no_place_in_nw7_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NW-7"):
        bitmap("nw7", text)


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


@pytest.mark.parametrize("text", [WHOLE, "1000013AKUZ", "1008792", "91000673-80-25J1-2B", "27301023-20-5B604"])
def test_the_checker_reads_every_customer_barcode_its_own_way(text: str) -> None:
    columns, rows, data = bitmap("customer-barcode", text)
    assert bars_fault("customer-barcode", data, columns, rows, text) == ""
    assert bars_fault("customer-barcode", data, columns, rows, "1000014" + text[7:]) == "says something else"
    for bit in (0, 4, 16, 40, 2 * 17 * 8 + 16):
        spoiled = bytearray(data)
        spoiled[bit // 8] ^= 128 >> bit % 8
        assert bars_fault("customer-barcode", bytes(spoiled), columns, rows, text) == "cannot be decoded"


def test_the_checker_reads_nw7() -> None:
    columns, rows, data = bitmap("nw7", "13112383852")
    assert bars_fault("nw7", data, columns, rows, "13112383852") == ""
    assert bars_fault("nw7", data, columns, rows, "13112383853") == "says something else"
    assert bars_fault("nw7", b"\0" * len(data), columns, rows, "13112383852") == "cannot be decoded"
