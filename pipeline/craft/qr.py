"""2D codes (JIS X 0510) in batches, module for module what the library `qrcode` makes. Owner of `qrcode`, with `qr_tables`.

The library is the oracle and makes the tables; here its symbols are added up and its eight masks scored as it scores them,
64 modules at a time. A payload it would set in digits alone, or in a version above 11, is left to it, and so are a few: a
symbol takes it less time than the tables.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import qrcode
from numpy.typing import NDArray
from qrcode import util

from pipeline.craft.qr_penalty import BATCH, best_masks
from pipeline.craft.qr_tables import LARGEST, LEVELS, Tables, Words, tables

_ALPHANUMERIC = util.ALPHA_NUM
_FEW = 6  # symbols that the library makes before the tables would be ready


class Symbol(NamedTuple):
    """A symbol without quiet zone: modules along a side, and rows of packed bits (1 = dark), each padded to whole bytes."""

    modules: int
    rows: bytes


class _Kind(NamedTuple):
    mode: int
    length: int


def encode(payloads: Sequence[str], level: str) -> list[Symbol]:
    """The symbols of some payloads at a level (L, M, Q, H); the version and mask are the library's choice."""
    done: list[Symbol | None] = [None] * len(payloads)
    groups: dict[_Kind, list[int]] = defaultdict(list)
    raw = [payload.encode() for payload in payloads]
    for n, data in enumerate(raw):
        mode = util.optimal_mode(data)
        groups[_Kind(mode, len(data))].append(n)
    for kind, members in groups.items():
        version = _version(kind, level)
        if len(members) < _FEW or kind.mode == util.MODE_NUMBER or version > LARGEST:
            for n in members:
                done[n] = _packed(np.array(matrix_by_library(payloads[n], level), np.bool_))
            continue
        table = tables(version, level)
        for start in range(0, len(members), BATCH):
            some = members[start : start + BATCH]
            frame = _frame(kind, version, level)
            codewords = frame ^ _character_bytes([raw[n] for n in some], kind, version, len(frame))
            for n, symbol in zip(some, _symbols(codewords, table), strict=True):
                done[n] = symbol
    return [symbol for symbol in done if symbol is not None]


def size(payload: str, level: str) -> int:
    """Modules along a side of a payload's symbol, without making it."""
    data = payload.encode()
    return 17 + 4 * _version(_Kind(util.optimal_mode(data), len(data)), level)


def matrix_by_library(payload: str, level: str) -> list[list[bool]]:
    """The same symbol by the library alone: the oracle of the tests."""
    code = qrcode.QRCode(error_correction=LEVELS[level], border=0)
    code.add_data(payload, optimize=0)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.modules]


@cache
def _version(kind: _Kind, level: str) -> int:
    """The smallest version that holds a payload of this kind."""
    code = qrcode.QRCode(error_correction=LEVELS[level], border=0)
    code.add_data(util.QRData(_blank(kind), mode=kind.mode, check_data=False), optimize=0)
    return int(code.best_fit())


def _blank(kind: _Kind) -> bytes:
    """Some payload of this kind; not zeros, of which the library cannot make error correction."""
    return b"1" * kind.length


@cache
def _frame(kind: _Kind, version: int, level: str) -> NDArray[np.uint8]:
    """The data bytes without characters: mode, length, terminator and padding, as the library writes them."""
    data = util.QRData(_blank(kind), mode=kind.mode, check_data=False)
    written = util.create_data(version, LEVELS[level], [data])
    order = _interleaving(version, level)
    frame = np.empty(len(order), np.uint8)
    frame[order] = written[: len(order)]
    frame ^= _character_bytes([_blank(kind)], kind, version, len(frame))[0]
    return frame


@cache
def _interleaving(version: int, level: str) -> NDArray[np.int64]:
    """Which data byte stands at each place of the codewords, learnt by interleaving numbers."""
    blocks = util.base.rs_blocks(version, LEVELS[level])
    count = sum(block.data_count for block in blocks)
    order = np.zeros(count, np.int64)
    for shift in range(0, count.bit_length(), 4):  # four bits at a time under a set one: no block may be all zero
        buffer = util.BitBuffer()
        buffer.buffer = [n >> shift & 0xF | 0x10 for n in range(count)]
        order += np.array([code & 0xF for code in util.create_bytes(buffer, blocks)[:count]], np.int64) << shift
    return order


def _character_bytes(payloads: Sequence[bytes], kind: _Kind, version: int, length: int) -> NDArray[np.uint8]:
    """The bits of the characters alone, at their place among the data bytes."""
    characters = np.frombuffer(b"".join(payloads), np.uint8).reshape(len(payloads), kind.length)
    if kind.mode == util.MODE_8BIT_BYTE:
        bits = np.unpackbits(characters, axis=1)
    else:
        values = _VALUES[characters].astype(np.uint16)
        even = kind.length // 2 * 2
        bits = _bits(values[:, 0:even:2] * 45 + values[:, 1:even:2], 11)
        if kind.length > even:
            bits = np.concatenate([bits, _bits(values[:, even:], 6)], axis=1)
    head = 4 + util.length_in_bits(kind.mode, version)
    padded = np.zeros((len(payloads), 8 * length), np.uint8)
    padded[:, head : head + bits.shape[1]] = bits
    return np.packbits(padded, axis=1)


_VALUES = np.zeros(256, np.uint8)
_VALUES[np.frombuffer(_ALPHANUMERIC, np.uint8)] = np.arange(len(_ALPHANUMERIC))


def _bits(numbers: NDArray[np.uint16], width: int) -> NDArray[np.uint8]:
    shifts = np.arange(width - 1, -1, -1, dtype=np.uint16)
    return (numbers[:, :, None] >> shifts & 1).astype(np.uint8).reshape(len(numbers), -1)


def _symbols(codewords: NDArray[np.uint8], table: Tables) -> list[Symbol]:
    """Symbols of a small batch of data bytes."""
    linear: Words = np.zeros((len(codewords), 2 * table.size), np.uint64)
    added = np.empty_like(linear)
    for position, column in enumerate(codewords.T.astype(np.intp)):
        np.take(table.contribution[position], column, axis=0, out=added, mode="clip")
        np.bitwise_xor(linear, added, out=linear)
    masks = best_masks(linear, table)
    rows = linear[:, : table.size] ^ table.final[masks, : table.size]
    width = -(-table.size // 8)
    packed = rows.astype(">u8").view(np.uint8).reshape(len(rows), table.size, 8)[:, :, :width].tobytes()
    step = table.size * width
    return [Symbol(table.size, packed[at : at + step]) for at in range(0, len(packed), step)]


def _packed(modules: NDArray[np.bool_]) -> Symbol:
    return Symbol(len(modules), np.packbits(modules, axis=1).tobytes())
