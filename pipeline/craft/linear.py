"""Bars as small bitmaps: Japan Post's customer barcode (カスタマバーコード) and NW-7 (Codabar, JIS X 0506).

A bitmap fills a field's box, which holds the symbol alone; what stays white around it is `CLEAR`.
Customer barcode: Japan Post's manual of postcodes and barcodes, p12 (sizes, length, check digit),
p13 (places), p20 (cutting). The patterns of the four states are taken from open-source encoders, which agree (confidence M;
their tables begin with 1 and put 0 after 9): compare a proof with the manual's picture before a print run.
NW-7: figures of suppliers who quote JIS X 0506.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

CLEAR = {"customer-barcode": 2_000, "nw7": 2_540}  # µm that stay white around; NW-7 asks for 10 modules where that is more

# Four-state bars of 0–9, -, CC1…CC8: F long, A upper, D lower, T timing.
_STATES = "FTT FFT FDA DFA FAD FTF DAF AFD ADF TFF TFT DAT DTA ADT TDA ATD TAD TTF FFF".split()
_START, _STOP = "FD", "DF"
_HYPHEN, _CC1, _CC4 = 10, 11, 14
_POSTCODE, _PLACES = 7, 20  # figures of the postcode; symbols before the check digit
_MODULUS = 19
# Which of three rows of dots each state inks: a long bar is 3, a half-long one 2, the timing bar 1 row high.
_ROWS = {"F": (0, 1, 2), "A": (0, 1), "D": (1, 2), "T": (1,)}
_UNITS = 480, 690  # µm of a bar's width: 8 pt to 11.5 pt
_BARS_WIDE, _HEIGHT = 133, 6  # in bars' widths: 67 bars and as wide spaces; a long bar's height

# Widths of bar, space, bar … of each character: 1 is wide.
_NW7 = {
    "0": "0000011", "1": "0000110", "2": "0001001", "3": "1100000", "4": "0010010", "5": "1000010", "6": "0100001",
    "7": "0100100", "8": "0110000", "9": "1001000", "-": "0001100", "$": "0011000", ":": "1000101", "/": "1010001",
    ".": "1010100", "+": "0010101", "A": "0011010", "B": "0101001", "C": "0001011", "D": "0001110",
}  # fmt: skip
NW7_MODULE = 191  # µm, the least
_WIDE = 5, 2  # wide : narrow = 2.5; 2.0 to 3.0 is allowed
_NW7_HEIGHT = 6_350  # µm, the least; and 15 % of the length


class Bitmap(NamedTuple):
    """Dots of a symbol, row by row, each row packed into whole bytes; set bits are inked. Stretched over its box."""

    columns: int
    rows: int
    data: bytes


def bitmap(kind: str, text: str) -> Bitmap:
    """The symbol of a text; `kind` is a key of `KINDS`. ValueError if the text has what the symbol cannot say."""
    return KINDS[kind](text)


def box_fault(kind: str, width: int, height: int) -> str:
    """What is wrong with the size of a symbol's box, µm, whatever it will say; nothing if it is right."""
    if kind == "customer-barcode":
        least, most = (edge * _BARS_WIDE / 1000 for edge in _UNITS)
        if not least <= width / 1000 <= most or abs(height * _BARS_WIDE - width * _HEIGHT) > width * _HEIGHT // 100:
            return f"{least:g}–{most:g} mm × {_HEIGHT}/{_BARS_WIDE}"
        return ""
    return "" if height >= max(_NW7_HEIGHT, width * 15 // 100) else f"≥ {_NW7_HEIGHT / 1000:g} mm, ≥ 15 %"


def narrowest(kind: str, symbol: Bitmap, width: int) -> int:
    """Width of the narrowest bar of a symbol in a box of `width`, µm."""
    return width * (_WIDE[1] if kind == "nw7" else 1) // symbol.columns


def customer_symbols(text: str) -> tuple[int, ...]:
    """The 20 symbols and the check digit of a customer barcode: 0–9, 10 for a hyphen, 11…18 for CC1…CC8.

    `text` is the postcode's 7 figures, then the address's figures, hyphens and capital letters, as long as they are: what
    is too long is cut (of a letter cut in two its control code stays), what is short is filled with CC4. ValueError for
    anything else.
    """
    if len(text) < _POSTCODE or not (text[:_POSTCODE].isascii() and text[:_POSTCODE].isdigit()):
        raise ValueError("a customer barcode begins with the 7 figures of a postcode")
    symbols = [symbol for char in text for symbol in _symbols(char)][:_PLACES]
    symbols += [_CC4] * (_PLACES - len(symbols))
    return (*symbols, -sum(symbols) % _MODULUS)


def _symbols(char: str) -> tuple[int, ...]:
    if char == "-":
        return (_HYPHEN,)
    if "0" <= char <= "9":
        return (int(char),)
    if "A" <= char <= "Z":
        tens, ones = divmod(ord(char) - ord("A"), 10)
        return (_CC1 + tens, ones)
    raise ValueError(f"U+{ord(char):04X} has no place in a customer barcode")


def customer_states(text: str) -> str:
    """The 67 bars of a customer barcode, start and stop included: F long, A upper, D lower, T timing."""
    return _START + "".join(_STATES[symbol] for symbol in customer_symbols(text)) + _STOP


def _customer(text: str) -> Bitmap:
    states = customer_states(text)
    lines = (" ".join("#" if row in _ROWS[state] else " " for state in states) for row in range(3))
    return Bitmap(_BARS_WIDE, 3, b"".join(map(_packed, lines)))


def _nw7(text: str, around: str = "A") -> Bitmap:
    """The start and stop character `A` is OURS: sources name only the range A to D."""
    if unknown := [char for char in text if char not in _NW7 or char in "ABCD"]:
        raise ValueError(f"U+{ord(unknown[0]):04X} has no place in an NW-7 symbol")
    elements = [int(wide) for char in around + text + around for wide in _NW7[char] + "0"][:-1]
    line = "".join(" #"[n % 2 == 0] * (_WIDE[0] if wide else _WIDE[1]) for n, wide in enumerate(elements))
    return Bitmap(len(line), 1, _packed(line))


def _packed(line: str) -> bytes:
    """A row of dots as bits, the last byte filled with white."""
    bits = "".join("1" if dot == "#" else "0" for dot in line)
    size = -(-len(bits) // 8)
    return int(bits.ljust(8 * size, "0"), 2).to_bytes(size, "big")


KINDS: Mapping[str, Callable[[str], Bitmap]] = {"customer-barcode": _customer, "nw7": _nw7}
