"""The payload of the card's code."""

from datetime import date

import pytest

from pipeline.craft.qr import encode
from pipeline.craft.sk1 import crc, payload

DAYS = (date(1989, 5, 10), date(2024, 12, 2), date(2029, 11, 30))


def test_the_crc_is_ccitt_false() -> None:
    assert crc("123456789") == 0x29B1


def test_the_payload_is_built_as_documented() -> None:
    text = payload("C", "06999999", "1234", "567", "01", *DAYS, "0001-0000001-K")
    body, _, check = text.rpartition("*")
    assert body == "SK1*C*06999999:1234:567:01*19890510*20241202*20291130*0001-0000001-K"
    assert check == f"{crc(body):04X}"


def test_a_short_insurer_number_is_padded_and_no_expiry_is_empty() -> None:
    text = payload("N", "999995", "1234", "567", "", DAYS[0], DAYS[1], None, "0001-0000001-K")
    assert text.startswith("SK1*N*00999995:1234:567:*19890510*20241202**0001-0000001-K*")


@pytest.mark.parametrize("wrong", ["12:4", "12*4", "1 4", "1\u30004"])
def test_what_would_break_the_fields_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="colon"):
        payload("C", "06999999", wrong, "567", "01", *DAYS, "0001-0000001-K")


def test_an_ordinary_card_takes_version_four() -> None:
    text = payload("C", "01999994", "12345678", "1234567", "01", *DAYS, "0001-0000001-K")
    assert encode([text], "M")[0].modules == 33
