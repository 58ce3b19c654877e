"""What a QR symbol says, if it is right module by module, with no error left for a reader to correct (ISO/IEC 18004:2015).

A decoder repairs damage in silence; a plate must have none. Every module is either fixed (patterns, format, version) or a bit
of a codeword, and both Reed–Solomon syndromes and the data are linear over GF(2): a symbol is sound exactly if its fixed
modules are those of one of the eight masks and what the others contribute, less that mask, has no syndrome; what is left
then is the data. Tables are made once for a version and level; then a byte costs one look-up.
"""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache, reduce
from operator import getitem, xor
from typing import NamedTuple

LARGEST = 10  # version; a module would be under 0.2 mm in any box that a card has room for

# Table 9 of the standard: error correction codewords per block, and number of blocks, for versions 1 to 10.
_CORRECTION = {
    "L": (7, 10, 15, 20, 26, 18, 20, 24, 30, 18),
    "M": (10, 16, 26, 18, 24, 16, 18, 22, 22, 26),
    "Q": (13, 22, 18, 26, 18, 24, 18, 22, 20, 24),
    "H": (17, 28, 22, 16, 22, 28, 26, 26, 24, 28),
}
_BLOCKS = {
    "L": (1, 1, 1, 1, 1, 2, 2, 2, 2, 4),
    "M": (1, 1, 1, 2, 2, 4, 4, 4, 5, 5),
    "Q": (1, 1, 2, 2, 4, 4, 6, 6, 8, 8),
    "H": (1, 1, 2, 4, 4, 4, 5, 6, 8, 8),
}
_LEVEL_BITS = {"L": 1, "M": 0, "Q": 3, "H": 2}  # table 12
_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # table 5
_SINGLES = {f"{n:06b}": one for n, one in enumerate(_CHARACTERS)}
_PAIRS = {f"{45 * n + m:011b}": one + two for n, one in enumerate(_CHARACTERS) for m, two in enumerate(_CHARACTERS)}
_MASKS = (  # table 10; i is the row, j the column
    lambda i, j: (i + j) % 2,
    lambda i, j: i % 2,
    lambda i, j: j % 3,
    lambda i, j: (i + j) % 3,
    lambda i, j: (i // 2 + j // 3) % 2,
    lambda i, j: i * j % 2 + i * j % 3,
    lambda i, j: (i * j % 2 + i * j % 3) % 2,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2,
)

Module = tuple[int, int]  # row, column


class _Tables(NamedTuple):
    """What each byte of the packed rows contributes to data and syndromes (`checks`, the low bits), and what the masks do.

    `fixed` marks, in the rows as one number, the modules that belong to no codeword; `masks` says for what is dark of
    them (there are eight ways, one a mask) what the mask contributes. `bits` is how many are data.
    """

    contributions: tuple[tuple[int, ...], ...]
    fixed: int
    masks: Mapping[int, int]
    checks: int
    bits: int


def data_of(rows: bytes, size: int, level: str) -> str | None:
    """The data bits, as 0 and 1, of packed rows (1 = dark, each row padded with light to whole bytes); None if they are not

    a flawless symbol of that level.
    """
    version, rest = divmod(size - 17, 4)
    if rest or not 1 <= version <= LARGEST or len(rows) != size * ((size + 7) // 8):
        return None
    tables = _tables(version, level)
    mask = tables.masks.get(int.from_bytes(rows, "big") & tables.fixed)
    if mask is None:
        return None
    sum_of_all = reduce(xor, map(getitem, tables.contributions, rows)) ^ mask
    data = sum_of_all >> tables.checks
    return f"{data:0{tables.bits}b}" if data << tables.checks == sum_of_all else None


def text_of(data: str, size: int) -> str | None:
    """The text that data bits say: one segment, alphanumeric or of ASCII bytes, then nothing but padding; else None."""
    wide = size > 17 + 4 * 9  # from version 10 a segment's length has more bits
    if data[:4] == "0010":
        head = 4 + (11 if wide else 9)
        length = int(data[4:head], 2)
        even, end = head + length // 2 * 11, head + length // 2 * 11 + length % 2 * 6
        pairs = [_PAIRS.get(data[at : at + 11]) for at in range(head, even, 11)] + [_SINGLES.get(data[even:end], "")]
        told = None if None in pairs else "".join(filter(None, pairs))
    elif data[:4] == "0100":
        head = 4 + (16 if wide else 8)
        length = int(data[4:head], 2)
        end = head + 8 * length
        said = int(data[head:end] or "0", 2).to_bytes(length, "big")
        told = said.decode() if said.isascii() else None
    else:
        return None
    return told if told is not None and len(told) == length and data[end:] == _padding(end, len(data)) else None


@lru_cache(maxsize=256)
def _padding(used: int, bits: int) -> str:
    """What stands after the last segment (7.4.9 and 7.4.10): a terminator, zeros to the next byte, then two bytes in turn."""
    zeros = min(4, bits - used)
    zeros += -(used + zeros) % 8
    return ("0" * zeros + "1110110000010001" * (bits // 16 + 1))[: bits - used]


@cache
def _tables(version: int, level: str) -> _Tables:
    size = 17 + 4 * version
    width = (size + 7) // 8
    fixed = _patterns(version)
    formats = [place for copy in _format_places(size) for place in copy]
    free = [place for place in _zigzag(size) if place not in fixed and place not in formats]
    units, checks, bits_of_data = _units(free, version, level)
    contributions = []
    for at in range(size * width):
        row, column = divmod(at, width)
        sums = [0] * 256
        for byte in range(1, 256):
            low = byte & -byte
            sums[byte] = sums[byte ^ low] ^ units.get((row, 8 * column + 8 - low.bit_length()), 0)
        contributions.append(tuple(sums))
    bits = {(row, column): 1 << (8 * width * (size - row) - 1 - column) for row in range(size) for column in range(8 * width)}
    masks = {}
    for mask in range(8):
        dark = {place for place, value in fixed.items() if value}
        dark |= {place for place in free if not _MASKS[mask](*place)}
        told = _format(level, mask)
        dark |= {place for copy in _format_places(size) for bit, place in enumerate(copy) if told >> bit & 1}
        seen = sum(bits[place] for place in dark if place not in units)
        masks[seen] = reduce(xor, (units[place] for place in dark if place in units))
    outside = sum(bit for place, bit in bits.items() if place not in units)
    return _Tables(tuple(contributions), outside, masks, checks, bits_of_data)


def _patterns(version: int) -> dict[Module, bool]:
    """The modules that are the same in every symbol of a version."""
    size = 17 + 4 * version
    found = {(6, n): n % 2 == 0 for n in range(size)} | {(n, 6): n % 2 == 0 for n in range(size)}
    centres = _alignments(version)
    for row in centres:
        for column in centres:
            if (row, column) not in ((6, 6), (6, size - 7), (size - 7, 6)):
                found |= {(row + i, column + j): max(abs(i), abs(j)) != 1 for i in range(-2, 3) for j in range(-2, 3)}
    for row, column in ((3, 3), (3, size - 4), (size - 4, 3)):
        for i in range(-4, 5):
            for j in range(-4, 5):
                if 0 <= row + i < size and 0 <= column + j < size:
                    found[row + i, column + j] = max(abs(i), abs(j)) not in (2, 4)
    found[size - 8, 8] = True
    if version >= 7:
        told = version << 12 | _remainder(version << 12, 0x1F25, 12)
        for bit in range(18):
            row, column = bit // 3, size - 11 + bit % 3
            found[row, column] = found[column, row] = bool(told >> bit & 1)
    return found


def _alignments(version: int) -> list[int]:
    """The rows and columns of the alignment patterns' centres (annex E, versions up to 10)."""
    size = 17 + 4 * version
    if version == 1:
        return []
    return [6, size - 7] if version < 7 else [6, 2 * version + 8, size - 7]


def _format_places(size: int) -> tuple[list[Module], list[Module]]:
    """The modules of the two copies of the format information, least significant bit first (figure 25)."""
    first = [(row, 8) for row in (0, 1, 2, 3, 4, 5, 7, 8)] + [(8, column) for column in (7, 5, 4, 3, 2, 1, 0)]
    second = [(8, size - 1 - bit) for bit in range(8)] + [(size - 15 + bit, 8) for bit in range(8, 15)]
    return first, second


def _format(level: str, mask: int) -> int:
    told = _LEVEL_BITS[level] << 3 | mask
    return (told << 10 | _remainder(told << 10, 0x537, 10)) ^ 0x5412


def _remainder(value: int, divisor: int, degree: int) -> int:
    while value.bit_length() > degree:
        value ^= divisor << (value.bit_length() - degree - 1)
    return value


def _zigzag(size: int) -> Iterator[Module]:
    """The order in which bits are placed: columns in pairs from the right, up and down in turn, without column 6."""
    rightmost = [column if column > 6 else column - 1 for column in range(size - 1, 0, -2)]
    for turn, right in enumerate(rightmost):
        for row in range(size) if turn % 2 else range(size - 1, -1, -1):
            yield row, right
            yield row, right - 1


def _units(free: list[Module], version: int, level: str) -> tuple[dict[Module, int], int, int]:
    """What each bit of a codeword adds to the syndromes of its block, all blocks side by side in the low bits of one number,

    and to the data above them; how many bits are syndromes, how many data.
    """
    correction, blocks = _CORRECTION[level][version - 1], _BLOCKS[level][version - 1]
    total = len(free) // 8
    lengths = [total // blocks + (block >= blocks - total % blocks) for block in range(blocks)]
    order = [(block, n) for n in range(max(lengths)) for block in range(blocks) if n < lengths[block] - correction]
    order += [(block, lengths[block] - correction + n) for n in range(correction) for block in range(blocks)]
    powers, logarithms = _field()
    checks, data = 8 * blocks * correction, 8 * (total - blocks * correction)
    begin = [sum(lengths[:block]) - block * correction for block in range(blocks)]  # of a block's data among all data
    found: dict[Module, int] = {}
    for at, (block, n) in enumerate(order):
        degree = lengths[block] - 1 - n
        for bit in range(8):
            parts = 0
            for k in range(correction):
                parts |= powers[(logarithms[1 << bit] + k * degree) % 255] << 8 * (block * correction + k)
            if n < lengths[block] - correction:
                parts |= 1 << checks + data - 8 * (begin[block] + n + 1) + bit
            found[free[8 * at + 7 - bit]] = parts
    return found, checks, data


def _field() -> tuple[list[int], dict[int, int]]:
    """GF(256) over x⁸+x⁴+x³+x²+1: powers of 2 and their logarithms."""
    powers = [1]
    for _ in range(254):
        doubled = powers[-1] << 1
        powers.append(doubled ^ (0x11D if doubled & 0x100 else 0))
    return powers, {value: exponent for exponent, value in enumerate(powers)}
