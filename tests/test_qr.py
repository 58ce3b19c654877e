"""2D codes: module for module the library's, every mask scored as it scores, and read by another library."""

import random

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.craft.qr import Symbol, encode, matrix_by_library
from pipeline.craft.qr_tables import tables

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SK1 = "SK1*C*06999999:12345678:1234567:01*19890510*20241202*20291130*0001-0000001-K*"


def by_library(payload: str, level: str) -> Symbol:
    matrix = np.array(matrix_by_library(payload, level), np.bool_)
    return Symbol(len(matrix), np.packbits(matrix, axis=1).tobytes())


def read(symbol: Symbol) -> str:
    """The text another library reads from the packed rows."""
    modules = np.unpackbits(np.frombuffer(symbol.rows, np.uint8).reshape(symbol.modules, -1), axis=1)
    picture = np.pad(1 - modules[:, : symbol.modules], 4, constant_values=1).astype(np.uint8) * 255
    found = zxingcpp.read_barcode(picture, formats=zxingcpp.BarcodeFormat.QRCode, is_pure=True)
    assert found is not None
    return str(found.text)


def payloads(level: str) -> list[str]:
    """Alphanumeric, byte and digit payloads of many lengths, and the card's own."""
    chance = random.Random(level)
    made = ["".join(chance.choices(ALPHANUMERIC, k=length)) for length in (1, 2, 17, 33, 58, 81, 120, 190)]
    made += ["".join(chance.choices("記号Ａab0", k=length)) for length in (1, 5, 21, 48)]
    made += [str(chance.randrange(10**9)), "7" * 40]
    return made + [f"{SK1}{chance.randrange(65536):04X}" for _ in range(8)]


@pytest.mark.parametrize("level", "LMQH")
def test_every_module_is_the_librarys(level: str) -> None:
    made = payloads(level)
    assert encode(made, level) == [by_library(payload, level) for payload in made]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.sampled_from(ALPHANUMERIC), min_size=60, max_size=85), min_size=1, max_size=3))
def test_whatever_the_card_says_the_mask_is_the_librarys(some: list[str]) -> None:
    assert encode(some, "M") == [by_library(payload, "M") for payload in some]


def test_a_batch_larger_than_the_work_arrays_keeps_its_order() -> None:
    many = [f"{SK1}{n:04X}" for n in range(150)]
    symbols = encode(many, "M")
    assert [read(symbol) for symbol in symbols] == many
    assert encode(many[70:71], "M") == symbols[70:71]


@pytest.mark.parametrize("level", "LMQH")
def test_another_library_reads_them(level: str) -> None:
    for payload in payloads(level):
        assert read(encode([payload], level)[0]) == payload


def test_beyond_the_tables_the_library_works_itself() -> None:
    long = "記号" * 150
    assert encode([long], "M") == [by_library(long, "M")]


def test_the_tables_are_linear() -> None:
    table = tables(4, "M").contribution
    assert (table[:, 0] == 0).all()
    assert (table[:, 0x5A] == (table[:, 0x50] ^ table[:, 0x0A])).all()
