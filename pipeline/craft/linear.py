"""Bars as pure geometry: Japan Post's customer barcode (カスタマバーコード) and NW-7 (Codabar, JIS X 0506).

`bars` gives filled boxes relative to the top left corner of a box that holds the symbol alone; the clear space around it is
`CLEAR` and `nw7_quiet`. Customer barcode: Japan Post's manual of postcodes and barcodes, p12 (sizes, length, check digit),
p13 (places), p20 (cutting). The patterns of the four states are taken from open-source encoders, which agree (confidence M;
their tables begin with 1 and put 0 after 9): compare a proof with the manual's picture before a print run.
NW-7: figures of suppliers who quote JIS X 0506.
"""

from collections.abc import Callable, Mapping
from itertools import accumulate

from pipeline.base.geometry import Box

CLEAR = 2_000  # µm that stay white around a customer barcode, also when the sheet slides in a window (p13)
EDGE = 10_000  # µm from a customer barcode to the edge of the piece of mail (p13)

# Four-state bars of 0–9, -, CC1…CC8: F long, A upper, D lower, T timing.
_STATES = "FTT FFT FDA DFA FAD FTF DAF AFD ADF TFF TFT DAT DTA ADT TDA ATD TAD TTF FFF".split()
_START, _STOP = "FD", "DF"
_HYPHEN, _CC1, _CC4 = 10, 11, 14
_POSTCODE, _PLACES = 7, 20  # figures of the postcode; symbols before the check digit
_MODULUS = 19
_SIZES = range(115, 79, -1)  # tenths of a point: 11.5 pt down to 8 pt
_UNIT = 6  # µm of bar width for each tenth of a point: 0.6 mm at 10 pt
# Top and height of each state in units of the bar's width: long 6, half-long 4, timing 2.
_SPAN = {"F": (0, 6), "A": (0, 4), "D": (2, 4), "T": (2, 2)}

# Widths of bar, space, bar … of each character: 1 is wide.
_NW7 = {
    "0": "0000011", "1": "0000110", "2": "0001001", "3": "1100000", "4": "0010010", "5": "1000010", "6": "0100001",
    "7": "0100100", "8": "0110000", "9": "1001000", "-": "0001100", "$": "0011000", ":": "1000101", "/": "1010001",
    ".": "1010100", "+": "0010101", "A": "0011010", "B": "0101001", "C": "0001011", "D": "0001110",
}  # fmt: skip
NW7_MODULE = 191  # µm, the least
_WIDE = 5, 2  # wide : narrow = 2.5; 2.0 to 3.0 is allowed
_NW7_HEIGHT = 6_350  # µm, the least; and 15 % of the length
_NW7_QUIET = 2_540


class TooSmall(ValueError):
    """The box is too small for the symbol at any size that may be printed."""


def bars(kind: str, text: str, width: int, height: int) -> list[Box]:
    """The bars of a text in a box of `width` × `height` µm, relative to its corner; of an empty text none.

    `kind` is a key of `KINDS`. ValueError if the text has what the symbol cannot say, TooSmall if the box cannot hold it.
    """
    return KINDS[kind](text, width, height) if text else []


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


def _customer(text: str, width: int, height: int) -> list[Box]:
    states = customer_states(text)
    units = 2 * len(states) - 1  # as wide a space as a bar
    for size in _SIZES:
        unit = _UNIT * size
        if units * unit <= width and 6 * unit <= height:
            return [_bar(2 * place * unit, *_SPAN[state], unit) for place, state in enumerate(states)]
    raise TooSmall(f"a customer barcode of 8 pt needs {units * 480 / 1000} × 2.88 mm")


def _bar(left: int, top: int, tall: int, unit: int) -> Box:
    return Box(left, top * unit, unit, tall * unit)


def nw7_quiet(module: int) -> int:
    """What stays white left and right of an NW-7 symbol, µm: 10 modules, at least 2.54 mm."""
    return max(10 * module, _NW7_QUIET)


def _nw7(text: str, width: int, height: int, around: str = "A") -> list[Box]:
    """The largest module that fits. The start and stop character `A` is OURS: sources name only the range A to D."""
    if unknown := [char for char in text if char not in _NW7 or char in "ABCD"]:
        raise ValueError(f"U+{ord(unknown[0]):04X} has no place in an NW-7 symbol")
    elements = [int(wide) for char in around + text + around for wide in _NW7[char] + "0"][:-1]
    wides = sum(elements)
    narrows = len(elements) - wides
    module = width * _WIDE[1] // (wides * _WIDE[0] + narrows * _WIDE[1])
    module -= module % _WIDE[1]  # so that a wide one is whole micrometres too
    if module < NW7_MODULE or height < _NW7_HEIGHT:
        least = -(-(NW7_MODULE + 1) * (wides * _WIDE[0] + narrows * _WIDE[1]) // _WIDE[1])
        raise TooSmall(f"this NW-7 symbol needs {least / 1000} × {_NW7_HEIGHT / 1000} mm")
    widths = [module * _WIDE[0] // _WIDE[1] if wide else module for wide in elements]
    if sum(widths) * 15 > height * 100:
        raise TooSmall(f"an NW-7 symbol {sum(widths) / 1000} mm long needs 15 % of it as height")
    places = [0, *accumulate(widths)]
    return [Box(place, 0, wide, height) for place, wide in zip(places[::2], widths[::2], strict=False)]


KINDS: Mapping[str, Callable[[str, int, int], list[Box]]] = {"customer-barcode": _customer, "nw7": _nw7}
