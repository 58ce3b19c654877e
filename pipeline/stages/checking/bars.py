"""Bars read back: NW-7 by `zxing-cpp`, the customer barcode by a table of its own, as the encoders' public lists write it."""

from typing import Any

import zxingcpp

_CODABAR: Any = zxingcpp.BarcodeFormat.Codabar  # see `codes.FORMATS`
_TALL, _MARGIN = 24, 24  # dots: height of the picture of one row, white left and right

# 1 long, 2 upper, 3 lower, 4 timing; what each triple says. CC1 to CC3 announce a letter, CC4 fills.
_DIGITS = {
    "144": "0", "114": "1", "132": "2", "312": "3", "123": "4", "141": "5", "321": "6", "213": "7", "231": "8", "411": "9",
    "414": "-", "324": "CC1", "342": "CC2", "234": "CC3", "432": "CC4", "243": "CC5", "423": "CC6", "441": "CC7", "111": "CC8",
}  # fmt: skip
_VALUES = {said: value for value, said in enumerate("0123456789-")} | {f"CC{n}": 10 + n for n in range(1, 9)}
_START, _STOP, _CHECKED = "13", "31", 19
_STATES = {(1, 1, 1): "1", (1, 1, 0): "2", (0, 1, 1): "3", (0, 1, 0): "4"}


def bars_fault(kind: str, rows: bytes, columns: int, lines: int, payload: str) -> str:
    """Why bars (rows of packed bits, 1 = dark) do not say `payload`, or nothing."""
    size = (columns + 7) // 8
    table = [_bits(rows[n * size : (n + 1) * size], columns) for n in range(lines)]
    if kind == "nw7":
        return _nw7(table, payload)
    said = _customer(table)
    return "cannot be decoded" if said is None else "" if said == _printed(payload) else "says something else"


def _bits(row: bytes, columns: int) -> list[int]:
    return [row[n // 8] >> (7 - n % 8) & 1 for n in range(columns)]


def _nw7(table: list[list[int]], payload: str) -> str:
    if len(table) != 1:
        return "cannot be decoded"
    line = b"\xff" * _MARGIN + bytes(0 if dark else 255 for dark in table[0]) + b"\xff" * _MARGIN
    view = memoryview(line * _TALL).cast("B", (_TALL, len(line)))
    found = zxingcpp.read_barcode(view, formats=_CODABAR, try_rotate=False, try_downscale=False, try_invert=False)
    if found is None or not found.valid:
        return "cannot be decoded"
    return "" if found.text.strip("ABCD") == payload else "says something else"


def _customer(table: list[list[int]]) -> tuple[str, ...] | None:
    """The 20 symbols of a customer barcode whose check digit is right, or None."""
    if len(table) != 3 or len(table[0]) != 133 or any(any(row[1::2]) for row in table):
        return None
    states = "".join(_STATES.get(column, "?") for column in zip(*(row[::2] for row in table), strict=True))
    triples = [states[at : at + 3] for at in range(2, len(states) - 2, 3)]
    said = [_DIGITS.get(triple, "") for triple in triples]
    if not states.startswith(_START) or not states.endswith(_STOP) or "" in said:
        return None
    return tuple(said[:-1]) if sum(_VALUES[symbol] for symbol in said) % _CHECKED == 0 else None


def _printed(payload: str) -> tuple[str, ...]:
    """What a payload's 20 symbols must be: a letter is its control code and a digit, the rest is filled with CC4."""
    symbols: list[str] = []
    for char in payload:
        if char.isalpha():
            tens, ones = divmod(ord(char) - ord("A"), 10)
            symbols += [f"CC{tens + 1}", str(ones)]
        else:
            symbols.append(char)
    return tuple((symbols + ["CC4"] * 20)[:20])
