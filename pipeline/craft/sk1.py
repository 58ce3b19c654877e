"""SK1, the payload of the card's 2D code. OURS.

It is not a format of the ministry, 支払基金 or JAHIS (none was found published), no reader at a clinic may be assumed to know
it, and it is no security signature: the CRC finds misreading, not forgery.

    SK1*{doc}*{insurer}:{symbol}:{number}:{branch}*{birth}*{issued}*{expiry}*{control}*{crc}

`doc` is the document's letter, the identifier the public form JP_Insurance_memberID (insurer number of 8 digits, a shorter one
padded with zeros), dates are YYYYMMDD, `expiry` is empty where there is none, `control` the piece's serial, `crc` the
CRC-16/CCITT-FALSE of everything before the last asterisk, four upper-case hexadecimal digits. Name, address, sex, ratio and the
My Number are never in it.
"""

import binascii
import re
from datetime import date
from functools import lru_cache

_BREAKS = re.compile(r"[:*\s\u3000]")


def payload(
    letter: str,
    insurer: str,
    symbol: str,
    number: str,
    branch: str,
    birth: date,
    issued: date,
    expiry: date | None,
    control: str,
) -> str:
    """The payload. ValueError if a symbol, number or branch holds a colon, an asterisk or a blank."""
    if _BREAKS.search(symbol + number + branch):
        raise ValueError("a symbol, number or branch holds a colon, an asterisk or a blank")
    days = f"{_compact(birth)}*{_compact(issued)}*{_compact(expiry)}"
    return _whole(f"SK1*{letter}*{insurer.zfill(8)}:{symbol}:{number}:{branch}*{days}*{control}")


def with_control(told: str, control: str) -> str:
    """A payload with another piece's serial, all else as it is."""
    body, _, _ = told.rsplit("*", 2)
    return _whole(f"{body}*{control}")


def _whole(body: str) -> str:
    return f"{body}*{crc(body):04X}"


@lru_cache(maxsize=50_000)  # the days of a long life
def _compact(day: date | None) -> str:
    return day.isoformat().replace("-", "") if day else ""


def crc(text: str) -> int:
    """CRC-16/CCITT-FALSE of the UTF-8 bytes."""
    return binascii.crc_hqx(text.encode(), 0xFFFF)
