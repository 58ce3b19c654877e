"""2D codes read again: flawless symbols by the checker's own tables; any other, and every code in a picture, by `zxing-cpp`,
another library than the one that made them. Their CRC is worked out again, their signature verified.
"""

from functools import cache, lru_cache, reduce
from operator import getitem, xor
from typing import Any

import zxingcpp

from pipeline.stages.checking.payloads import is_signed, signature_holds
from pipeline.stages.checking.symbols import data_of, text_of

# The library's own set of formats, kept until the end of the process, would be reported as leaked there.
FORMATS: Any = zxingcpp.BarcodeFormat.QRCode


class Codes:
    """Decodes packed 1-bit symbols. `key` is the public key of those that are signed, 32 bytes."""

    def __init__(self, key: bytes = b""):
        self._key = key

    def fault(self, rows: bytes, size: int, payload: str, level: str) -> str:
        """Why a symbol (rows of packed bits, 1 = dark) is not the code of `payload`, or nothing."""
        data = data_of(rows, size, level)
        if data is not None and text_of(data, size) == payload:
            return self._unsound(payload)
        return self._closely(rows, size, payload, level, data is not None)

    def _closely(self, rows: bytes, size: int, payload: str, level: str, sound: bool) -> str:
        """What an image decoder says of a symbol that is damaged, or written in another way than the usual one."""
        view = memoryview(_picture(rows)).cast("B", (size, (size + 7) // 8 * 8))
        found = zxingcpp.read_barcode(
            view,
            formats=FORMATS,
            try_rotate=False,
            try_downscale=False,
            try_invert=False,
            is_pure=True,
            binarizer=zxingcpp.Binarizer.BoolCast,
        )
        if found is None or not found.valid:
            return "cannot be decoded"
        if found.text != payload:
            return "says something else"
        if found.ec_level != level:
            return f"has error correction {found.ec_level}"
        if not sound:
            return "has wrong modules"
        return self._unsound(payload)

    def _unsound(self, payload: str) -> str:
        """What a payload's own check sum or signature says against it, or nothing."""
        if is_signed(payload):
            return "" if signature_holds(payload, self._key) else "has a wrong signature"
        return "" if crc_holds(payload) else "has a wrong check sum"


def _picture(rows: bytes) -> bytes:
    """The symbol as grey dots, one a module; the padding of its rows is light."""
    return format(int.from_bytes(rows, "big"), f"0{8 * len(rows)}b").encode().translate(_GREY)


def crc_holds(payload: str) -> bool:
    """Whether an SK1 payload's own CRC-16/CCITT-FALSE is right; other payloads carry none."""
    if not payload.startswith("SK1*"):
        return True
    body, _, told = payload.rpartition("*")
    data = body.encode()
    start, tables = _crc_tables(len(data))
    return f"{reduce(xor, map(getitem, tables, data), start):04X}" == told


@lru_cache(maxsize=256)
def _crc_tables(length: int) -> tuple[int, tuple[tuple[int, ...], ...]]:
    """A check sum is linear over GF(2): that of so many zeros, and what each byte of a text adds, by its place."""
    start = 0xFFFF
    for _ in range(length):
        start = _step(start)
    return start, tuple(map(_places_of, range(length)))[::-1]


@cache
def _places_of(after: int) -> tuple[int, ...]:
    """What each value of a byte adds that so many bytes follow."""
    if after:
        return tuple(map(_step, _places_of(after - 1)))
    return tuple(_step(byte << 8) for byte in range(256))


def _step(value: int) -> int:
    """A check sum after one more byte, zero."""
    for _ in range(8):
        value = value << 1 ^ (0x11021 if value & 0x8000 else 0)
    return value


_GREY = bytes(0 if char == ord("1") else 255 for char in range(256))
