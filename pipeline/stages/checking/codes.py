"""2D codes decoded by `zxing-cpp`, another library than the one that made them; their CRC worked out again."""

import zxingcpp

from pipeline.stages.checking.symbols import is_sound

_QUIET = 2
FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


class Codes:
    """Decodes packed 1-bit symbols."""

    def fault(self, rows: bytes, size: int, payload: str, level: str) -> str:
        """Why a symbol (rows of packed bits, 1 = dark) is not the code of `payload`, or nothing."""
        view = memoryview(_picture(rows, size)).cast("B", (size + 2 * _QUIET, (size + 7) // 8 * 8 + 2 * _QUIET))
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
        if not is_sound(rows, size, level):
            return "has wrong modules"
        return "" if crc_holds(payload) else "has a wrong check sum"


def _picture(rows: bytes, size: int) -> bytes:
    """The symbol as grey dots, one a module, with a light edge; the padding of its rows is light."""
    width = (size + 7) // 8
    edge = b"\xff" * _QUIET
    around = b"\xff" * ((8 * width + 2 * _QUIET) * _QUIET)
    grey = b"".join(map(_GREY.__getitem__, rows))
    lines = (grey[at : at + 8 * width] for at in range(0, len(grey), 8 * width))
    return around + edge + (edge + edge).join(lines) + edge + around


def crc_holds(payload: str) -> bool:
    """Whether an SK1 payload's own CRC-16/CCITT-FALSE is right; other payloads carry none."""
    if not payload.startswith("SK1*"):
        return True
    body, _, told = payload.rpartition("*")
    value = 0xFFFF
    for byte in body.encode():
        value = (value << 8 & 0xFF00) ^ _TABLE[value >> 8 ^ byte]
    return f"{value:04X}" == told


def _row(byte: int) -> int:
    value = byte << 8
    for _ in range(8):
        value = value << 1 ^ (0x1021 if value & 0x8000 else 0)
    return value & 0xFFFF


_TABLE = tuple(map(_row, range(256)))
_GREY = [bytes(0 if byte >> bit & 1 else 255 for bit in range(7, -1, -1)) for byte in range(256)]
