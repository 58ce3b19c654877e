"""Scoring masks exactly as `qrcode` 8.2 does (`qrcode.util.lost_point`), 64 modules of a line at a time.

Every step works on whole lines: a word shifted left by k brings the module k places to the right to its neighbour's place. The
work arrays are made once: fresh ones of this size would be mapped and cleared by the system at every step.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.craft.qr_tables import MASKS, Tables, Words

BATCH = 64  # symbols scored at once: the work arrays stay in the second-level cache
_SHIFTS = tuple(np.uint64(k) for k in range(9))


class _Desk:
    """Work arrays for symbols of one size: symbols × masks × lines."""

    def __init__(self, size: int):
        shape = (BATCH, MASKS, 2 * size)
        self.dark, self.light, self.a, self.b, self.c, self.d = (np.empty(shape, np.uint64) for _ in range(6))
        self.counts, self.more = (np.empty(shape, np.uint8) for _ in range(2))


_desk = cache(_Desk)


def best_masks(linear: Words, table: Tables) -> NDArray[np.int64]:
    """The mask with the fewest lost points for each symbol, the first of equals. `linear`: ≤ BATCH symbols × words."""
    desk = _desk(table.size)
    best: NDArray[np.int64] = np.argmin(_lost_points(linear, table, desk, len(linear)), axis=1)
    return best


def _lost_points(linear: Words, table: Tables, desk: _Desk, count: int) -> NDArray[np.int64]:
    """Lost points, symbols × masks."""
    size = table.size
    whole = np.uint64((1 << 64) - (1 << (64 - size)))
    inner = np.uint64((1 << 64) - (1 << (64 - size + 1)))  # every module that has a right neighbour
    dark, light = desk.dark[:count], desk.light[:count]
    counts, more = desk.counts[:count], desk.more[:count]
    np.bitwise_xor(linear[:, None, :], table.trial, out=dark)
    inked = np.bitwise_count(dark[:, :, :size], out=more[:, :, :size]).sum(axis=2, dtype=np.int64)
    np.bitwise_xor(dark, whole, out=light)

    # Level 1: a run of k ≥ 5 alike costs k − 2. Four alike neighbours in a row mark k − 4 places of such a run.
    alike, four, spare = desk.a[:count], desk.b[:count], desk.c[:count]
    np.left_shift(dark, _SHIFTS[1], out=alike)
    np.bitwise_xor(alike, dark, out=alike)
    np.invert(alike, out=alike)
    np.bitwise_and(alike, inner, out=alike)
    np.left_shift(alike, _SHIFTS[1], out=four)
    np.bitwise_and(four, alike, out=four)
    np.left_shift(four, _SHIFTS[2], out=spare)
    np.bitwise_and(four, spare, out=four)
    np.bitwise_count(four, out=counts)
    np.right_shift(four, _SHIFTS[1], out=spare)
    np.invert(spare, out=spare)
    np.bitwise_and(four, spare, out=spare)  # where a run begins
    np.bitwise_count(spare, out=more)
    np.add(counts, more, out=counts)
    np.add(counts, more, out=counts)

    # Level 2: every 2 × 2 block of one colour costs 3; rows only.
    below, rows = desk.b[:count, :, : size - 1], dark[:, :, :size]
    next_below = desk.c[:count, :, : size - 1]
    np.bitwise_xor(rows[:, :, :-1], rows[:, :, 1:], out=below)
    np.invert(below, out=below)
    np.left_shift(below, _SHIFTS[1], out=next_below)
    np.bitwise_and(below, next_below, out=below)
    np.bitwise_and(below, alike[:, :, : size - 1], out=below)
    blocks = np.bitwise_count(below, out=more[:, :, : size - 1])
    np.multiply(blocks, 3, out=blocks)
    np.add(counts[:, :, : size - 1], blocks, out=counts[:, :, : size - 1])  # at most 64 + 26 + 96: fits a byte

    # Level 3: 1:1:3:1:1 with four light modules on one side costs 40, both sides counted apart.
    found = _finders(dark, light, desk, count)
    np.bitwise_count(found, out=more)
    score: NDArray[np.int64] = counts.sum(axis=2, dtype=np.int64) + 40 * more.sum(axis=2, dtype=np.int64)
    score += table.ratings[inked]  # level 4
    return score


def _finders(dark: Words, light: Words, desk: _Desk, count: int) -> Words:
    """Places where a finder-like pattern with its four light modules begins."""
    core, after_dark, after_light, spare = desk.a[:count], desk.b[:count], desk.c[:count], desk.d[:count]
    np.left_shift(dark, _SHIFTS[1], out=after_dark)
    np.left_shift(light, _SHIFTS[1], out=after_light)
    np.bitwise_and(dark, after_light, out=core)  # dark, light
    np.bitwise_and(light, after_light, out=after_light)  # light, light
    np.bitwise_and(light, after_dark, out=spare)  # light, dark
    np.left_shift(spare, _SHIFTS[5], out=spare)
    np.bitwise_and(core, spare, out=core)
    np.bitwise_and(dark, after_dark, out=after_dark)  # dark, dark
    np.left_shift(after_dark, _SHIFTS[1], out=spare)
    np.bitwise_and(after_dark, spare, out=after_dark)  # three dark
    np.left_shift(after_dark, _SHIFTS[2], out=spare)
    np.bitwise_and(core, spare, out=core)  # 1 0 1 1 1 0 1
    np.left_shift(after_light, _SHIFTS[2], out=spare)
    np.bitwise_and(after_light, spare, out=after_light)  # four light
    np.left_shift(after_light, _SHIFTS[7], out=spare)
    np.bitwise_and(core, spare, out=spare)  # light after it
    np.left_shift(core, _SHIFTS[4], out=core)
    np.bitwise_and(core, after_light, out=core)  # light before it
    return np.bitwise_or(core, spare, out=core)
