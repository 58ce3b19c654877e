"""What the picture of a part shows by itself, and codes without the help of a decoder."""

import re
from pathlib import Path

import pytest

from pipeline.craft import qr
from pipeline.model.report import PartReport
from pipeline.stages.checking import raster
from pipeline.stages.checking.codes import crc_holds
from pipeline.stages.checking.plan import Plan
from pipeline.stages.checking.symbols import data_of, text_of
from tests import planted
from tests.planted import CARD, Change, Lot, plant, press, stream, sub


@pytest.fixture(scope="module")
def card() -> Lot:
    return planted.real(CARD, "kenpo", 21)


@pytest.fixture(scope="module")
def part(card: Lot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return press(card, tmp_path_factory.mktemp("part") / "sheets-0001.pdf")


def looked_at(lot: Lot, part: Path, told: Lot | None = None) -> list[str]:
    """What the raster alone says of a part's first front."""
    told = told or lot
    raster._bare.clear()  # surfaces without ink are kept from part to part
    report, plan = PartReport(), Plan(told.template, told.design, told.documents, told.conditions)
    eye = raster.Raster(part, plan, "lot", False, report)
    eye.look(0, 0, 1, 0, list(plan.surface(0, 0)))
    eye.close()
    return [fault.code for fault in report.faults]


SEEN: dict[str, tuple[Change, set[str]]] = {
    "a text gone": (planted.slot(sub(rb"/F1 4762 Tf 1 0 0 1 48200 .*?Tj\n", b"")), {"preflight-raster-text"}),
    "a text in white": (planted.content(sub(rb"0 0 0 1 k\n/K gs\n/F1", b"0 0 0 0 k\n/F1")), {"preflight-raster-text"}),
    "a text elsewhere": (planted.slot(sub(rb" 48200 39980 Tm", b" 50000 3000 Tm")), {"preflight-raster-stray"}),
    "a bar": (planted.slot(sub(rb"Q\n$", b"40000 4000 2000 2000 re f\nQ\n")), {"preflight-raster-stray"}),
    "a seal dropped on one card": (planted.slot(sub(rb"/S0F0 Do\n", b"")), {"preflight-raster-stray"}),
    "the seal emptied": (stream(lambda resources: resources.XObject.S0F0, lambda data: b" "), {"preflight-raster-seal"}),
    "code gone": (planted.slot(sub(rb"q \d+ 0 0 \d+ [^c]* cm BI.*?EI Q\n", b"")), {"preflight-raster-code"}),
    "code half covered": (planted.slot(sub(rb"Q\n$", b"72000 27000 7000 7000 re f\nQ\n")), {"preflight-raster-code"}),
}


@pytest.mark.parametrize("fault", SEEN)
def test_the_picture_shows_it(fault: str, card: Lot, part: Path) -> None:
    change, wanted = SEEN[fault]
    assert set(looked_at(card, plant(part, change))) >= wanted


def test_the_picture_of_a_good_part_is_clean(card: Lot, part: Path) -> None:
    assert looked_at(card, part) == []


@pytest.mark.feature("F06")
def test_an_invisible_seal_is_found_in_every_part(card: Lot, part: Path) -> None:
    emptied = plant(part, SEEN["the seal emptied"][0])
    assert "preflight-raster-seal" in looked_at(card, emptied)
    assert raster._bare == {}


def test_codes_of_two_cards_swapped_in_the_picture(card: Lot, part: Path) -> None:
    documents = (card.documents[1], card.documents[0], *card.documents[2:])
    assert looked_at(card, part, card._replace(documents=documents)).count("preflight-raster-code") == 2


@pytest.mark.parametrize("level", "LMQH")
def test_every_single_wrong_module_is_found(level: str) -> None:
    """All versions the checker knows; each module flipped once in two of them, a sample in the others."""
    sizes = set()
    for length in range(1, 160, 4):
        for payload in ("A" * length, "a" * length):
            symbol = qr.encode([payload], level)[0]
            if symbol.modules > 57 or symbol.modules in sizes:
                continue
            sizes.add(symbol.modules)
            data = data_of(symbol.rows, symbol.modules, level)
            assert data is not None and text_of(data, symbol.modules) == payload
            assert not any(data_of(symbol.rows, symbol.modules, other) for other in "LMQH" if other != level)
            for bit in range(0, 8 * len(symbol.rows), 1 if symbol.modules in (21, 33) else 37):
                rows = bytearray(symbol.rows)
                rows[bit // 8] ^= 0x80 >> bit % 8
                assert data_of(bytes(rows), symbol.modules, level) is None
    assert {21, 25, 29, 33, 37, 41} <= sizes


def test_data_that_say_more_than_the_text_are_not_the_text() -> None:
    symbol = qr.encode(["SK1*C"], "M")[0]
    data = data_of(symbol.rows, symbol.modules, "M")
    assert data is not None and text_of(data, symbol.modules) == "SK1*C"
    assert data[:13] == "0010" + f"{5:09b}"  # five characters of the alphanumeric kind
    for at in (*range(13), *range(13 + 28, len(data))):  # in the head, and in terminator and padding
        changed = data[:at] + ("1" if data[at] == "0" else "0") + data[at + 1 :]
        assert text_of(changed, symbol.modules) != "SK1*C"


def test_crc() -> None:
    """CRC-16/CCITT-FALSE of "123456789" is 29B1."""
    assert crc_holds("https://example.jp/")
    body = "SK1*C"
    held = [f"{body}*{value:04X}" for value in range(0x10000) if crc_holds(f"{body}*{value:04X}")]
    assert len(held) == 1
    assert not crc_holds(re.sub("C", "D", held[0]))
