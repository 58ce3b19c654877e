"""Scoring masks exactly as `qrcode` 8.2 does (`qrcode.util.lost_point`), 64 modules of a line at a time."""

import numpy as np
from numpy.typing import NDArray

from pipeline.craft.qr_tables import Tables, Words

_ONE = np.uint64(1)


def best_masks(linear: Words, table: Tables) -> NDArray[np.int64]:
    """The mask with the fewest lost points for each symbol, the first of equals. `linear`: symbols × words, unmasked."""
    lines = linear[:, None, :] ^ table.trial
    return np.argmin(_lost_points(lines, table), axis=1)


def _lost_points(lines: Words, table: Tables) -> NDArray[np.int64]:
    """Lost points, symbols × masks, of symbols × masks × lines."""
    size = table.size
    inner = np.uint64((1 << 64) - (1 << (64 - size + 1)))  # every module that has a right neighbour
    alike = ~(lines ^ (lines << _ONE)) & inner
    score = _runs(alike)
    score += _blocks(lines[:, :, :size], alike[:, :, :size])
    score += _finders(lines, size)
    dark = np.bitwise_count(lines[:, :, :size]).sum(axis=2, dtype=np.int64)
    return score + table.ratings[dark]


def _sum(bits: Words) -> NDArray[np.int64]:
    return np.bitwise_count(bits).sum(axis=2, dtype=np.int64)


def _runs(alike: Words) -> NDArray[np.int64]:
    """Level 1: a run of k ≥ 5 alike costs k − 2. Four neighbours alike in a row mark k − 4 places of such a run."""
    two = alike & (alike << _ONE)
    four = two & (two << np.uint64(2))
    starts = four & ~(four >> _ONE)
    return _sum(four) + 2 * _sum(starts)


def _blocks(rows: Words, alike: Words) -> NDArray[np.int64]:
    """Level 2: every 2 × 2 block of one colour costs 3."""
    below = ~(rows[:, :, :-1] ^ rows[:, :, 1:])
    return 3 * _sum(below & (below << _ONE) & alike[:, :, :-1])


def _finders(lines: Words, size: int) -> NDArray[np.int64]:
    """Level 3: 1:1:3:1:1 with four light modules on one side costs 40, both sides counted apart."""
    places = np.uint64(((1 << (size - 10)) - 1) << (64 - size + 10))
    at = [lines << np.uint64(k) if k else lines for k in range(11)]
    core = at[4] & at[6] & ~(at[1] | at[5] | at[9]) & places
    before = at[0] & at[2] & at[3] & ~(at[7] | at[8] | at[10])
    after = at[7] & at[8] & at[10] & ~(at[0] | at[2] | at[3])
    return 40 * _sum(core & (before | after))


