"""Data Matrix ECC 200 (ISO/IEC 16022:2006): the square symbol of 20 × 20 modules that every sheet carries, written by hand.

The packages at hand are a beta of one maker and wrappers of C libraries that Debian alone has; one size needs little. All of
it is linear over GF(2), so what each codeword adds to a symbol is worked out once and a symbol is a few exclusive ors.
"""

from functools import cache, reduce
from operator import xor

SIZE = 20  # modules a side, finder and timing included
_DATA, _CORRECTION = 22, 18  # codewords, table 7
_FIELD = 0x12D  # x⁸+x⁵+x³+x²+1
_PAD = 129
_STRIDE = (SIZE + 7) // 8 * 8  # bits of a row, padded to whole bytes


def encode(text: str) -> bytes:
    """The modules row by row, each row packed into whole bytes; set bits are dark. ValueError if it holds no such text."""
    words = _codewords(text)
    if len(words) > _DATA:
        raise ValueError(f"{len(words)} codewords, a symbol holds {_DATA}")
    if len(words) < _DATA:
        words.append(_PAD)
        words += map(_pad, range(len(words) + 1, _DATA + 1))
    symbol = reduce(xor, (_adds(at, word) for at, word in enumerate(words)), _fixed())
    return symbol.to_bytes(SIZE * _STRIDE // 8, "big")


def _codewords(text: str) -> list[int]:
    """ASCII encodation: two figures are one codeword."""
    if not text.isascii():
        raise ValueError("a sheet code is ASCII")
    words, at = [], 0
    while at < len(text):
        if text[at : at + 2].isdigit() and at + 1 < len(text):
            words.append(130 + int(text[at : at + 2]))
            at += 2
        else:
            words.append(ord(text[at]) + 1)
            at += 1
    return words


def _pad(place: int) -> int:
    """The pad codeword at a place (from 1) by the 253-state algorithm (annex B.2)."""
    value = _PAD + 149 * place % 253 + 1
    return value if value <= 254 else value - 254


@cache
def _adds(at: int, word: int) -> int:
    """What a data codeword adds to the symbol: its own modules and those of its correction."""
    return reduce(xor, (_bit(at, bit) for bit in range(8) if word >> bit & 1), 0)


@cache
def _bit(at: int, bit: int) -> int:
    remainder = [0] * _CORRECTION
    for n in range(_DATA):
        factor = remainder.pop(0) ^ (1 << bit if n == at else 0)
        remainder.append(0)
        remainder = [old ^ _times(factor, part) for old, part in zip(remainder, _generator(), strict=True)]
    words = {at: 1 << bit} | {_DATA + n: word for n, word in enumerate(remainder)}
    return sum(_module(*place) for place, (word, mask) in _places().items() if words.get(word, 0) & mask)


def _times(one: int, other: int) -> int:
    """Product in GF(256)."""
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one = one << 1 ^ (_FIELD if one & 0x80 else 0)
        other >>= 1
    return product


@cache
def _generator() -> tuple[int, ...]:
    """The generator polynomial (x+2)(x+2²)… without its first coefficient, highest power first."""
    found, power = [1], 1
    for _ in range(_CORRECTION):
        power = _times(power, 2)
        found = [a ^ _times(b, power) for a, b in zip([*found, 0], [0, *found], strict=True)]
    return tuple(found[1:])


def _module(row: int, column: int) -> int:
    """A module of the mapping matrix as a bit of the symbol, whose finder stands around it."""
    return 1 << (_STRIDE * (SIZE - 1 - (row + 1)) + _STRIDE - 1 - (column + 1))


@cache
def _fixed() -> int:
    """Finder (left and lower edge), timing (upper and right edge), and the corner that no codeword fills."""
    dark = {(row, 0) for row in range(SIZE)} | {(SIZE - 1, column) for column in range(SIZE)}
    dark |= {(0, column) for column in range(0, SIZE, 2)} | {(row, SIZE - 1) for row in range(1, SIZE, 2)}
    inner, placed = SIZE - 2, _places()
    dark |= {(row + 1, row + 1) for row in (inner - 2, inner - 1) if (inner - 1, inner - 1) not in placed}
    return sum(_module(row - 1, column - 1) for row, column in dark)


@cache
def _places() -> dict[tuple[int, int], tuple[int, int]]:
    """Which codeword and which of its bits is at each module of the mapping matrix (annex F)."""
    size = SIZE - 2
    found: dict[tuple[int, int], tuple[int, int]] = {}

    def put(row: int, column: int, word: int, mask: int) -> None:
        if row < 0:
            row, column = row + size, column + 4 - (size + 4) % 8
        if column < 0:
            row, column = row + 4 - (size + 4) % 8, column + size
        found[row, column] = (word, mask)

    def utah(row: int, column: int, word: int) -> None:
        shape = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
        for bit, (down, right) in enumerate(shape):
            put(row + down, column + right, word, 0x80 >> bit)

    def corner(word: int, *modules: tuple[int, int]) -> None:
        for bit, (row, column) in enumerate(modules):
            put(row % size, column % size, word, 0x80 >> bit)

    word, row, column = 0, 4, 0
    while row < size or column < size:
        if row == size and column == 0:  # size is 18, so only the first of the four corners comes
            corner(word, (-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1))
            word += 1
        while True:
            if row < size and column >= 0 and (row, column) not in found:
                utah(row, column, word)
                word += 1
            row, column = row - 2, column + 2
            if row < 0 or column >= size:
                break
        row, column = row + 1, column + 3
        while True:
            if row >= 0 and column < size and (row, column) not in found:
                utah(row, column, word)
                word += 1
            row, column = row + 2, column - 2
            if row >= size or column < 0:
                break
        row, column = row + 3, column + 1
    return found
