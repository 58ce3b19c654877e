"""A sheet's code decoded by `zxing-cpp`, see `codes`, and what it must say worked out again."""

import hashlib
from typing import Any

import zxingcpp

_GREY = bytes(0 if char == ord("1") else 255 for char in range(256))
FORMATS: Any = zxingcpp.BarcodeFormat.DataMatrix  # see `codes.FORMATS`


def expected(job: str, sheet: int, surface: int) -> str:
    """What the code of a sheet's front (0) or back (1) must say: its lot, number and side, and a CRC-16/CCITT-FALSE."""
    body = f"P1{hashlib.sha256(job.encode()).hexdigest()[:8].upper()}{sheet:06d}{'FB'[surface]}"
    value = 0xFFFF
    for byte in body.encode():
        value ^= byte << 8
        for _ in range(8):
            value = value << 1 ^ (0x11021 if value & 0x8000 else 0)
    return f"{body}{value:04X}"


def decoded(rows: bytes, size: int) -> str:
    """What packed rows (1 = dark) say; nothing if they cannot be decoded."""
    dots = format(int.from_bytes(rows, "big"), f"0{8 * len(rows)}b").encode().translate(_GREY)
    found = zxingcpp.read_barcode(
        memoryview(dots).cast("B", (len(rows) * 8 // ((size + 7) // 8 * 8), (size + 7) // 8 * 8)),  # rows end in light dots
        formats=FORMATS,
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
        is_pure=True,
        binarizer=zxingcpp.Binarizer.BoolCast,
    )
    return found.text if found is not None and found.valid else ""
