"""Check digits, My Numbers that must be found, and characters that must not be printed."""

import random
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rules.names import all_clean, has_blank_edge, refused_characters
from pipeline.rules.numbers import (
    holds_my_number,
    is_acceptance_number,
    is_insurer_number,
    is_postcode,
    my_number_cells,
    my_number_check_digit,
)


def my_number(base: str = "98320567321") -> str:
    """A My Number, made at run time so that none stands in the repository."""
    return base + str(my_number_check_digit(base))


@pytest.mark.parametrize("text", ["33120015", "01999994", "06999999", "31999998", "39999990", "999995"])
def test_insurer_numbers(text: str) -> None:
    assert is_insurer_number(text)
    for digit in set("0123456789") - {text[-1]}:
        assert not is_insurer_number(text[:-1] + digit)


@pytest.mark.parametrize("text", ["", "９９９９９９９９９", "999999999", "３３１２００１５", "3312001a", "0699999"])
def test_no_insurer_numbers(text: str) -> None:
    assert not is_insurer_number(text)


def test_published_my_number() -> None:
    assert my_number_check_digit("98320567321") == 4


def grouped(text: str, by: str, size: int = 4) -> str:
    return by.join(text[n : n + size] for n in range(0, len(text), size))


SEPARATORS = [" ", "　", "-", "－", "‐", "–", "—", "−", "ー", ".", "・", "\u200b", " - ", "\t", "\n"]


@pytest.mark.parametrize("by", SEPARATORS)
@pytest.mark.parametrize("size", [1, 3, 4, 6])
def test_my_number_in_any_writing(by: str, size: int) -> None:
    text = grouped(my_number(), by, size)
    for shown in (text, text.translate({ord("0") + n: 0xFF10 + n for n in range(10)})):
        for whole in (shown, f"番号は{shown}です", f"No.{shown}", f"({shown})", f"{shown},"):
            assert holds_my_number(whole), whole
            assert my_number_cells(["", whole, "12345678"]) == (1,)


def test_other_numbers_beside_it_do_not_hide_it() -> None:
    assert holds_my_number(f"123 {my_number()}")
    assert holds_my_number(f"{my_number()} 2024-12-02")
    assert holds_my_number(grouped(my_number(), "-") + " 03")


@pytest.mark.parametrize(
    "text",
    ["", "12345678901", "2024-12-02", "090-0000-0000", "00-0000-0000 00-0000-0000", "見本町1-2-3 4-5", "0" * 11],
)
def test_no_my_number(text: str) -> None:
    assert not holds_my_number(text)


def test_part_of_a_longer_run_is_none() -> None:
    assert not holds_my_number(my_number() + "1")
    assert not holds_my_number("1" + my_number())


def test_wrong_check_digit_is_none() -> None:
    number = my_number()
    assert not any(holds_my_number(number[:-1] + digit) for digit in set("0123456789") - {number[-1]})


def test_cells_are_not_joined() -> None:
    number = my_number()
    for cut in range(1, 12):
        assert my_number_cells([number[:cut], number[cut:]]) == ()


def test_one_in_ten_numbers_passes() -> None:
    draw = random.Random(5)
    found = sum(holds_my_number(f"{draw.randrange(10**12):012}") for _ in range(5000))
    assert 400 < found < 600  # remainders 0 and 1 share a digit: a little less than a tenth each


@given(st.text(alphabet="0123456789０１２-－ .a見", max_size=40))
def test_the_quick_look_misses_nothing(text: str) -> None:
    assert bool(my_number_cells([text])) == holds_my_number(text)


@pytest.mark.parametrize("text", ["9990001", "999-0001", "９９９－０００１"])
def test_postcodes(text: str) -> None:
    assert is_postcode(text)


@pytest.mark.parametrize("text", ["", "999001", "999-001", "9-990001", "99９0001", "999 0001", "〒9990001"])
def test_no_postcodes(text: str) -> None:
    assert not is_postcode(text)


def test_acceptance_numbers() -> None:
    assert is_acceptance_number("131-12-38385-2")  # published
    assert is_acceptance_number("13112383852")
    assert not is_acceptance_number("131-12-38385-3")
    assert not is_acceptance_number("1311238385")
    assert not is_acceptance_number("131123-83852")


GOOD = [
    "髙﨑",
    "𠮷田　隆",
    "葛\U000e0100西",
    "辻\U000e0101本",
    "侮\ufe00",
    "た\u3099",
    "ｱﾞ",
    "佐々木",
    "ALEX O'BRIEN-見本",
    "𠀋",
    "①㈱～",
]
BAD = [
    ("●川", "U+25CF"),
    ("■", "U+25A0"),
    ("〓本", "U+3013"),
    ("\ufffd", "U+FFFD"),
    ("見\ue000", "U+E000"),
    ("a\tb", "U+0009"),
    ("a\nb", "U+000A"),
    ("a\x00b", "U+0000"),
    ("\u202e見本", "U+202E"),
    ("見\u200d本", "U+200D"),
    ("見\u200b本", "U+200B"),
    ("\U0010fffe", "U+10FFFE"),
    ("\ufdd0", "U+FDD0"),
    ("\u0378", "U+0378"),
    ("\ud842", "U+D842"),
    ("A\U000e0100", "U+E0100"),
    ("\ufe00", "U+FE00"),
    ("葛\U000e0100\U000e0101", "U+E0101"),
    ("\u2028", "U+2028"),
    ("\U000f0000", "U+F0000"),
]


@pytest.mark.parametrize("text", GOOD)
def test_good_names(text: str) -> None:
    assert refused_characters(text, name=True) == []
    assert not has_blank_edge(text)


@pytest.mark.parametrize(("text", "code"), BAD)
def test_bad_characters(text: str, code: str) -> None:
    assert code in [found for _, found in refused_characters(text)]
    assert not all_clean(["見本", text, ""])


def test_question_marks_are_refused_in_names_only() -> None:
    for mark in "?？":
        assert refused_characters(f"村{mark}", name=True) == [(2, f"U+{ord(mark):04X}")]
        assert refused_characters(f"村{mark}") == []


def test_blank_edges() -> None:
    for text in (" 見本", "見本　", "\t見本", "　", "見本\n"):
        assert has_blank_edge(text)
        assert not all_clean(["a", text, "b"])
    assert not has_blank_edge("見本　一郎")
    assert not has_blank_edge("")


ANY = st.text(st.characters(max_codepoint=sys.maxunicode), max_size=8) | st.sampled_from([*GOOD, *(text for text, _ in BAD)])


@given(st.lists(ANY, min_size=1, max_size=5))
def test_a_clean_row_has_no_bad_cell(texts: list[str]) -> None:
    if all_clean(texts):
        for text in texts:
            assert refused_characters(text, name=True) == []
            assert not has_blank_edge(text)
