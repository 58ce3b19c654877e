"""A relief line screen: parallel lines that are pushed aside where a word is, so that it seems raised under them.

The word's picture, made soft by about the lines' step, is a height; each line is its own straight one, displaced by the height
below it. Lines never meet: what would bring two of them nearer than the press can hold is refused by `line_work`.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.base.geometry import Box
from pipeline.craft.outlines import word_picture
from pipeline.model.security import ReliefSpec

Points = list[tuple[float, float]]
_STEP = 60  # µm between the points at which a line is looked at
_FLAT = 6.0  # µm: a point nearer than this to a straight line is left out
SOFT = 0.5  # of the step: how soft the word's edge is (standard deviation)


def lines(spec: ReliefSpec, area: Box, typeface: Path) -> Iterator[Points]:
    """The lines over an area, each as points from end to end; y downwards from the trim's top left corner, µm.

    ValueError if the typeface lacks a character of the word, or there is none.
    """
    field = _Height(spec, area, typeface)
    turn = math.radians(spec.angle)
    along, aside = (math.cos(turn), -math.sin(turn)), (math.sin(turn), math.cos(turn))
    middle = (area.left + area.width / 2, area.top + area.height / 2)
    reach = abs(area.width * aside[0]) / 2 + abs(area.height * aside[1]) / 2
    inner = area.grown(-((spec.line + 1) // 2))
    for number in range(-int(reach // spec.step), int(reach // spec.step) + 1):
        start = (middle[0] + aside[0] * number * spec.step, middle[1] + aside[1] * number * spec.step)
        ends = _within(start, along, inner)
        if ends is None:
            continue
        ways = _looked_at(ends, _within(start, along, field.box))
        x, y = start[0] + ways * along[0], start[1] + ways * along[1]
        pushed = -spec.raised * field.at(x, y)
        yield _straightened(
            ways, pushed, [(x0, y0) for x0, y0 in zip(x + pushed * aside[0], y + pushed * aside[1], strict=True)]
        )


def word_size(spec: ReliefSpec, typeface: Path) -> tuple[int, int]:
    """Width and height of the word as it is set, µm; ValueError as `lines`."""
    picture = _picture(spec, typeface)
    return math.ceil(spec.height * picture.shape[1] / picture.shape[0]), spec.height


def _picture(spec: ReliefSpec, typeface: Path) -> NDArray[np.bool_]:
    picture = word_picture(spec.word, typeface)
    if not picture.any():
        raise ValueError(f"{typeface.name} shows nothing")
    return picture


class _Height:
    """How high the ground is under a point, 0 to 1: the word upright in the middle of the area."""

    def __init__(self, spec: ReliefSpec, area: Box, typeface: Path):
        picture = _picture(spec, typeface)
        self._scale = picture.shape[0] / spec.height  # picture dots to the µm
        deviation = SOFT * spec.step * self._scale
        self._margin = math.ceil(3 * deviation)
        self._picture = _softened(np.pad(picture.astype(np.float64), self._margin), deviation)
        wide, high = (length / self._scale for length in reversed(picture.shape))
        self._corner = (area.left + (area.width - wide) / 2, area.top + (area.height - high) / 2)
        left, top = (math.floor(edge) for edge in self._corner)
        self.box = Box(left, top, math.ceil(wide) + 1, math.ceil(high) + 1).grown(math.ceil(self._margin / self._scale))

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """The heights of points."""
        column = np.floor((x - self._corner[0]) * self._scale).astype(np.int64) + self._margin
        row = np.floor((y - self._corner[1]) * self._scale).astype(np.int64) + self._margin
        rows, columns = self._picture.shape
        there = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
        found = np.zeros(len(x))
        found[there] = self._picture[row[there], column[there]]
        return found


def _softened(picture: NDArray[np.float64], deviation: float) -> NDArray[np.float64]:
    """A picture blurred by a Gaussian; it ends in nothing, so nothing is lost at its edges."""
    reach = max(1, math.ceil(3 * deviation))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        picture = np.apply_along_axis(lambda row: np.convolve(row, weights, "same"), axis, picture)
    return picture


def _within(start: tuple[float, float], along: tuple[float, float], box: Box) -> tuple[float, float] | None:
    """From where to where a straight line is in a box, as ways from its start; None if it is not."""
    least, most = -math.inf, math.inf
    for at, step, low, high in ((start[0], along[0], box.left, box.right), (start[1], along[1], box.top, box.bottom)):
        if abs(step) < 1e-9:
            if not low <= at <= high:
                return None
            continue
        ends = sorted(((low - at) / step, (high - at) / step))
        least, most = max(least, ends[0]), min(most, ends[1])
    return (least, most) if least < most else None


def _looked_at(ends: tuple[float, float], near: tuple[float, float] | None) -> NDArray[np.float64]:
    """The ways at which a line is looked at: its ends, and close to each other where it passes the word."""
    if near is None or near[1] <= ends[0] or near[0] >= ends[1]:
        return np.array(ends)
    first, last = max(near[0], ends[0]), min(near[1], ends[1])
    steps = np.linspace(first, last, max(2, math.ceil((last - first) / _STEP)))
    return np.unique(np.concatenate(([ends[0]], steps, [ends[1]])))


def _straightened(ways: NDArray[np.float64], pushed: NDArray[np.float64], points: Points) -> Points:
    """The points without those that lie on the straight line between their neighbours that are kept."""
    kept, last = [0], len(points) - 1
    while kept[-1] < last:
        first = kept[-1]
        step = 1
        while first + 2 * step <= last and _is_flat(ways, pushed, first, first + 2 * step):
            step *= 2
        flat, bent = min(first + step, last), min(first + 2 * step, last + 1)
        while bent - flat > 1:
            middle = (flat + bent) // 2
            flat, bent = (middle, bent) if _is_flat(ways, pushed, first, middle) else (flat, middle)
        kept.append(flat)
    return [points[n] for n in kept]


def _is_flat(ways: NDArray[np.float64], pushed: NDArray[np.float64], first: int, last: int) -> bool:
    part = slice(first, last + 1)
    straight = np.interp(ways[part], (ways[first], ways[last]), (pushed[first], pushed[last]))
    return bool(np.max(np.abs(pushed[part] - straight)) <= _FLAT)
