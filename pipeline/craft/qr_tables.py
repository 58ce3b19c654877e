"""Tables of one QR version and level, made by asking the library `qrcode` itself. Owner of `qrcode`, with `qr`.

A symbol is linear over GF(2) in its data bits: Reed–Solomon, placement and masking only add. So the library is asked for the
symbol of no data under each mask, where it places each bit, and the error correction of one unit byte per position; from that
every symbol follows by adding table rows. Nothing of the standard is typed again here.

A symbol is held as `2 n` words of 64 bits: its n rows, then its n columns (for penalties along columns), most significant
bit first, so that n ≤ 64 and versions up to 11 are fast; above that the library itself works one by one.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import qrcode
from numpy.typing import NDArray
from qrcode import base, util

Words = NDArray[np.uint64]
LEVELS = {"L": 1, "M": 0, "Q": 3, "H": 2}  # the library's own constants by name
MASKS = 8
LARGEST = 11


class Tables(NamedTuple):
    """`contribution[position, byte]` is what a data byte adds to the words; `trial` and `final` the symbol without data,

    by mask, as the library scores it and as it prints it. `size` is the number of modules along a side.
    """

    size: int
    data_bytes: int
    contribution: Words
    trial: Words
    final: Words
    ratings: NDArray[np.int64]


@cache
def tables(version: int, level: str) -> Tables:
    """The tables of a version and level."""
    blocks = base.rs_blocks(version, LEVELS[level])
    data_bytes = sum(block.data_count for block in blocks)
    total = sum(block.total_count for block in blocks)
    empty = [0] * total
    bare = _modules(version, level, empty, 0, test=False)
    size = len(bare)
    return Tables(
        size,
        data_bytes,
        _contributions(_places(version, level, total, bare), _code_bytes(blocks, data_bytes), size),
        np.stack([words(_modules(version, level, empty, mask, test=True)) for mask in range(MASKS)]),
        np.stack([words(_modules(version, level, empty, mask, test=False)) for mask in range(MASKS)]),
        # the library's own expression, in floating point as it computes it
        np.array([int(abs(float(dark) / size**2 * 100 - 50) / 5) * 10 for dark in range(size**2 + 1)]),
    )


def words(modules: NDArray[np.bool_]) -> Words:
    """A symbol's modules as words of rows and columns."""
    size = len(modules)
    padded = np.zeros((2 * size, 64), np.bool_)
    padded[:size, :size], padded[size:, :size] = modules, modules.T
    packed = np.packbits(padded, axis=1)
    return np.ascontiguousarray(packed).view(">u8").astype(np.uint64).reshape(2 * size)


def _modules(version: int, level: str, codewords: list[int], mask: int, test: bool) -> NDArray[np.bool_]:
    """The library's symbol of these codewords under a mask; `test` as it scores it, format information left out."""
    code: Any = qrcode.QRCode(version=version, error_correction=LEVELS[level], border=0)
    code.data_cache = codewords
    code.makeImpl(test, mask)
    return np.array(code.modules, np.bool_)


def _places(version: int, level: str, total: int, bare: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where each bit of the codewords is placed: flat module index by bit number, found by writing the numbers in binary."""
    bits = np.arange(total * 8)
    number = np.zeros(bare.shape, np.int64)
    touched = np.zeros(bare.shape, np.bool_)
    for power in range(int(total * 8).bit_length()):
        codewords = np.packbits((bits + 1) >> power & 1).tolist()
        changed = _modules(version, level, codewords, 0, test=False) ^ bare
        number += changed.astype(np.int64) << power
        touched |= changed
    places = np.empty(total * 8, np.int64)
    places[number[touched] - 1] = np.flatnonzero(touched)
    return places


def _code_bytes(blocks: Any, data_bytes: int) -> NDArray[np.uint8]:
    """All codewords that a data byte of value 1 makes, by its position; error correction is linear in the byte.

    Taken as the difference from a symbol of other bytes, because the library cannot divide a polynomial that is zero.
    """
    plain = _codewords([2] * data_bytes, blocks)
    found = [plain ^ _codewords([2 ^ (n == position) for n in range(data_bytes)], blocks) for position in range(data_bytes)]
    return np.array(found, np.uint8)


def _codewords(data: list[int], blocks: Any) -> NDArray[np.uint8]:
    buffer = util.BitBuffer()
    buffer.buffer = data
    return np.array(util.create_bytes(buffer, blocks), np.uint8)


def _contributions(places: NDArray[np.int64], units: NDArray[np.uint8], size: int) -> Words:
    """position × byte value → words; the eight single bits first, every other byte is a sum of those."""
    positions = len(units)
    table = np.zeros((positions, 256, 2 * size), np.uint64)
    for position, unit in enumerate(units):
        for bit in range(8):
            scaled = np.array([_times(int(value), 1 << bit) for value in unit], np.uint8)
            modules = np.zeros(size * size, np.bool_)
            modules[places[np.unpackbits(scaled).astype(np.bool_)]] = True
            table[position, 1 << bit] = words(modules.reshape(size, size))
    for byte in range(1, 256):
        low = byte & -byte
        table[:, byte] = table[:, byte ^ low] ^ table[:, low]
    return table


def _times(left: int, right: int) -> int:
    """Product in the library's field GF(256)."""
    return base.gexp((base.glog(left) + base.glog(right)) % 255) if left and right else 0
