"""A void pantograph as a 1-bit mask: the word in coarse dots, the ground in fine dots of the same tone after dot gain.

To the eye both areas are alike; a copier keeps the coarse dots and loses the fine ones, and the word appears. What the eye and
which copiers see is calculated by `channel` and `copiers` and tested on finished pages; no press has been measured. In photo
mode, full-tone scans and fax no such pattern shows the word. A dot belongs wholly to the area its centre lies in, so no
contour is cut.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.base.lengths import css
from pipeline.base.problems import LayoutError, Problem
from pipeline.craft.outlines import word_picture
from pipeline.craft.screens import Bits, Numbers, Screen, Screens, centres, fractions, ink

_PLACE = "layout.yaml pantograph"
_RAGGED = 1_500  # µm: how far a mask's edge swings either way
Step = tuple[int, int]
Floats = NDArray[np.float64]


class Pattern(NamedTuple):
    """A word with its ground as a 1-bit mask, and where it is laid so that the words fill the plane.

    `mask` is packed rows (most significant bit left, 1 = ink), `size` its width and height in device dots, `places` the dots
    from the bleed box's top left corner to the mask's. The masks' boxes overlap; of their dots some touch.
    """

    mask: bytes
    size: tuple[int, int]
    places: tuple[tuple[int, int], ...]


def pattern(
    width: int,
    height: int,
    bleed: int,
    word: str,
    typeface: Path,
    word_height: int,
    repeat: tuple[int, int],
    angle: float,
    screens: Screens,
    dpi: int,
    bare: Callable[[Floats, Floats], Bits] | None = None,
) -> Pattern:
    """The pattern over the bleed box, reaching beyond its edges. Lengths are µm, `angle` is in degrees.

    The word's step is rounded to whole cells of the fine screen (a tenth of a millimetre at most), so that the ground goes on
    from mask to mask; the coarse screen lies alike in each word. `bare` says which points stay without dots for a camouflage,
    by their place in the word's step. LayoutError on a character the typeface lacks, and a word that has no room in its step.
    """
    pitch = 25_400 / dpi
    inside = _Word(_drawn(word, typeface), word_height, repeat, angle, pitch, screens.fine)
    columns, rows = (math.ceil((edge + 2 * bleed) / pitch) for edge in (width, height))
    ground, dots = inside.ground(screens.fine), inside.dots(screens.coarse, screens.fine)
    if bare:
        ground, dots = ((x[kept], y[kept]) for x, y in (ground, dots) for kept in [~bare(*inside.place(x, y))])
    reach = max(math.isqrt(math.ceil(screen.tone * screen.width * screen.height)) + 1 for screen in screens)
    left, top = (int(min(one.min() for one in some)) - reach for some in zip(ground, dots, strict=True))
    right, bottom = (int(max(one.max() for one in some)) + reach + 1 for some in zip(ground, dots, strict=True))
    made = np.zeros((bottom - top, right - left), np.bool_)
    for screen, (x, y) in ((screens.fine, ground), (screens.coarse, dots)):
        ink(made, x - left, y - top, screen)
    places = inside.lattice.steps(-right, -bottom, columns - left, rows - top)
    size = (right - left, bottom - top)
    return Pattern(np.packbits(made, axis=1).tobytes(), size, tuple((x + left, y + top) for x, y in places))


def _drawn(word: str, typeface: Path) -> Bits:
    try:
        picture = word_picture(word, typeface)
    except ValueError:
        picture = np.zeros((1, 0), np.bool_)
    if not picture.any():
        raise LayoutError(Problem("pantograph-no-glyph", _PLACE, {"word": word, "typeface": typeface.name}))
    return picture


class _Word:
    """The word repeated over the plane, each row shifted by half a step, the whole turned by an angle; in device dots."""

    def __init__(self, picture: Bits, height: int, repeat: tuple[int, int], angle: float, pitch: float, fine: Screen):
        if height <= 0:
            raise LayoutError(Problem("spec-out-of-range", _PLACE, {"key": "height", "given": css(height), "limit": "> 0"}))
        rows, columns = picture.shape
        size = (math.ceil(height * columns / rows), height)
        if any(step < least for step, least in zip(repeat, size, strict=True)):  # the word would be cut off
            values = {"repeat": " × ".join(map(css, repeat)), "word": " × ".join(map(css, size))}
            raise LayoutError(Problem("pantograph-no-room", _PLACE, values))
        self._picture, self._scale = picture, pitch * rows / height
        self._cosine, self._sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        corners = [self._turned(along, down) for along in (0, size[0] / pitch) for down in (0, size[1] / pitch)]
        self._box = *map(min, *corners), *map(max, *corners)
        along, down = (edge / pitch for edge in repeat)
        turned = self._turned(along, 0), self._turned(along / 2, down)
        # two rows of the fine screen's cells are one step of it
        self._ragged = _RAGGED / pitch
        self._steps = [(round(x / fine.width) * fine.width, round(y / fine.height / 2) * fine.height * 2) for x, y in turned]
        self.lattice = _compact(*self._steps)

    def ground(self, screen: Screen) -> tuple[Numbers, Numbers]:
        """The screen's dots in one step that are in no word."""
        wide, high = self.lattice.size
        x, y = _dots(screen, 0, 0, wide, high)
        kept = self.lattice.has(x, y)
        left, top, right, bottom = self._box
        for across, down in self.lattice.steps(-right, -bottom, wide - left, high - top):  # words that may reach into it
            kept &= ~self._has(x - across, y - down)
        return self._taken(x[kept], y[kept], screen)

    def dots(self, screen: Screen, ground: Screen) -> tuple[Numbers, Numbers]:
        """The screen's dots in one step that are in a word.

        All words are alike, so the screen lies where its dots fill as large an area as the ground's have left: elsewhere
        strokes and rows of dots may beat, and the word is a twentieth too dark or too light.
        """
        x, y = _dots(screen, *self._box)
        left = self._has(*_dots(ground, *self._box)).sum()
        wanted = left * (ground.width * ground.height) / (screen.width * screen.height)
        ways = [(x + right, y + down) for down in _parts(2 * screen.height) for right in _parts(screen.width)]
        x, y = min(ways, key=lambda way: abs(self._has(*way).sum() - wanted))
        there = self._has(x, y)
        return self._taken(x[there], y[there], screen)

    def _taken(self, x: Numbers, y: Numbers, screen: Screen) -> tuple[Numbers, Numbers]:
        """The dots as one mask takes them: those beyond its edge come in from the other side.

        The edge is ragged: where a RIP of another resolution moves masks by part of a dot, a straight one is seen.
        """
        right, down = (self._ragged * (2 * part - 1) for part in fractions(x, y, screen))
        return self.lattice.brought(x, y, x + right, y + down)

    def place(self, x: Numbers, y: Numbers) -> tuple[Floats, Floats]:
        """Where points of the device grid lie, counted in the word's steps: along it and down; rows are shifted by half."""
        (a, b), (c, d) = self._steps
        down = (a * y - b * x) / (a * d - b * c)
        return (d * x - c * y) / (a * d - b * c) + down / 2, down

    def _turned(self, along: float, down: float) -> tuple[float, float]:
        return along * self._cosine + down * self._sine, down * self._cosine - along * self._sine

    def _has(self, x: Numbers, y: Numbers) -> Bits:
        """Whether points of the device grid lie in the word at the origin."""
        column = np.floor((x * self._cosine - y * self._sine) * self._scale).astype(np.int64)
        line = np.floor((x * self._sine + y * self._cosine) * self._scale).astype(np.int64)
        rows, columns = self._picture.shape
        there = (column >= 0) & (column < columns) & (line >= 0) & (line < rows)
        found = np.zeros(len(x), np.bool_)
        found[there] = self._picture[line[there], column[there]]
        return found


class _Lattice(NamedTuple):
    """Where a shape is laid to fill the plane without gap or overlap: to the right (and down), and down (and to the left).

    The shape is two rectangles side by side, their tops in line: as wide as the first step and as high as the second, and as
    wide as the second step goes left and as high as the first one falls.
    """

    across: Step
    below: Step

    @property
    def size(self) -> tuple[int, int]:
        """The box around the shape."""
        return self.across[0] - self.below[0], max(self.across[1], self.below[1])

    def has(self, x: Numbers | Floats, y: Numbers | Floats) -> Bits:
        """Whether points lie in the shape that begins at the origin."""
        high = np.where(x < self.across[0], self.below[1], self.across[1])
        return (x >= 0) & (x < self.size[0]) & (y >= 0) & (y < high)

    def brought(self, x: Numbers, y: Numbers, by_x: Floats, by_y: Floats) -> tuple[Numbers, Numbers]:
        """Points moved by whole steps, each by those that bring its other coordinates into the shape at the origin."""
        found_x, found_y = x.copy(), y.copy()
        wide, high = self.size
        for right, down in self.steps(by_x.min() - wide, by_y.min() - high, by_x.max() + 1, by_y.max() + 1):
            there = self.has(by_x - right, by_y - down)
            found_x[there] -= right
            found_y[there] -= down
        return found_x, found_y

    def steps(self, left: float, top: float, right: float, bottom: float) -> list[Step]:
        """The steps within a box, row by row."""
        (a, b), (c, d) = self
        corners = [(x, y) for x in (left, right) for y in (top, bottom)]
        rows = [(a * y - b * x) / (a * d - b * c) for x, y in corners]
        columns = [(d * x - c * y) / (a * d - b * c) for x, y in corners]
        found = [
            (column * a + row * c, column * b + row * d)
            for row in range(math.floor(min(rows)), math.ceil(max(rows)) + 1)
            for column in range(math.floor(min(columns)), math.ceil(max(columns)) + 1)
        ]
        return [(x, y) for x, y in found if left < x < right and top < y < bottom]


def _compact(one: Step, other: Step) -> _Lattice:
    """The lattice of two steps, of all ways to write it the one whose shape leaves least of its box empty."""
    area = abs(one[0] * other[1] - one[1] * other[0])
    while True:  # to short steps, nearly at right angles (Lagrange and Gauss)
        one, other = sorted((one, other), key=lambda step: (step[0] ** 2 + step[1] ** 2, step))
        times = round((one[0] * other[0] + one[1] * other[1]) / (one[0] ** 2 + one[1] ** 2))
        if not times:
            break
        other = other[0] - times * one[0], other[1] - times * one[1]
    near = range(-2, 3)
    found = [(i * one[0] + k * other[0], i * one[1] + k * other[1]) for i in near for k in near]
    ways = [_Lattice((a, b), (c, d)) for a, b in found for c, d in found if a > 0 <= b and c <= 0 < d and a * d - b * c == area]
    return min(ways, key=lambda way: (way.size[0] * way.size[1], way))


def _parts(cell: int) -> range:
    return range(0, cell, max(1, cell // 8))


def _dots(screen: Screen, left: float, top: float, right: float, bottom: float) -> tuple[Numbers, Numbers]:
    """The centres of a screen's dots in a box and somewhat around it."""
    wide, high = screen.width, 2 * screen.height
    first, above = math.floor(left / wide - 1) * wide, math.floor(top / high - 1) * high
    x, y = centres(screen, math.ceil(right) - first, math.ceil(bottom) - above)
    return x + first, y + above
