"""A void pantograph as a 1-bit mask: the word in coarse dots, the ground in fine dots of the same tone after dot gain.

To the eye both areas are alike; a copier keeps the coarse dots and loses the fine ones, and the word appears. Fine dots
gain more ink per area, so they are thinner by that gain: equal nominal tints would show the word in the original. The
screens are the parameter sets that came out best in a simulation of printer, paper, eye, scanner and copier; no press has
been measured, and this first version has not been proven on a final file. In photo mode, full-tone scans and fax no such
pattern shows the word.

Dots are whole device dots: a dot's size alternates between two neighbouring counts in a low-discrepancy order, so that the tone
is exact in the mean. A dot belongs wholly to the area its centre lies in, so no contour is cut.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.base.geometry import Box
from pipeline.base.lengths import css
from pipeline.base.problems import LayoutError, Problem
from pipeline.craft.outlines import word_picture

_GOLDEN = (math.sqrt(5) - 1) / 2
_PLACE = "layout.yaml pantograph"
Bits = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Screen(NamedTuple):
    """A screen on the device grid: its cell in device dots, every other row shifted by half a cell, and its tone."""

    width: int
    height: int
    tone: float


class Profile(NamedTuple):
    """A printing process: device dots to the inch, and the two screens whose tones agree after its dot gain."""

    dpi: int
    coarse: Screen
    fine: Screen


# Tones: measured by simulation (sets A, F and G of the project's notes); cells: nearest whole dots to 61 and 141–189 lpi.
PROFILES = {
    "offset-2400": Profile(2400, Screen(39, 39, 0.129), Screen(13, 12, 0.087)),
    "laser-1200": Profile(1200, Screen(20, 20, 0.130), Screen(7, 7, 0.088)),
    "laser-600": Profile(600, Screen(10, 10, 0.133), Screen(4, 5, 0.099)),
}


def mask(
    width: int,
    height: int,
    bleed: int,
    word: str,
    typeface: Path,
    word_height: int,
    repeat: tuple[int, int],
    angle: float,
    profile: str,
    clear: Sequence[Box],
) -> tuple[bytes, tuple[int, int]]:
    """Packed rows (most significant bit left, 1 = ink) over the bleed box, and its size in device dots.

    Lengths are µm, `clear` boxes count from the trim's top left corner and stay free of dots, `angle` is in degrees.
    LayoutError on an unknown profile, a character the typeface lacks, and a word that has no room in its step.
    """
    if profile not in PROFILES:
        values = {"kind": "profile", "name": profile, "known": "、".join(PROFILES)}
        raise LayoutError(Problem("layout-unknown-name", _PLACE, values))
    process = PROFILES[profile]
    pitch = 25_400 / process.dpi
    columns, rows = round((width + 2 * bleed) / pitch), round((height + 2 * bleed) / pitch)
    inside = _Word(_drawn(word, typeface), word_height, repeat, angle, pitch)
    kept_clear = [box._replace(left=box.left + bleed, top=box.top + bleed) for box in clear]
    dots = np.zeros((rows, columns), np.bool_)
    for screen, wanted in ((process.coarse, True), (process.fine, False)):
        x, y = _centres(screen, columns, rows)
        chosen = inside.has(x, y) == wanted
        for box in kept_clear:
            near = max(screen.width, screen.height) * pitch / 2
            across = (x * pitch > box.left - near) & (x * pitch < box.right + near)
            chosen &= ~(across & (y * pitch > box.top - near) & (y * pitch < box.bottom + near))
        _ink(dots, x[chosen], y[chosen], screen)
    return np.packbits(dots, axis=1).tobytes(), (columns, rows)


def _drawn(word: str, typeface: Path) -> Bits:
    try:
        picture = word_picture(word, typeface)
    except ValueError:
        picture = np.zeros((1, 0), np.bool_)
    if not picture.any():
        raise LayoutError(Problem("pantograph-no-glyph", _PLACE, {"word": word, "typeface": typeface.name}))
    return picture


def _centres(screen: Screen, columns: int, rows: int) -> tuple[Numbers, Numbers]:
    """Centres of a screen's dots on the device grid."""
    down, across = np.mgrid[0 : rows // screen.height + 2, 0 : columns // screen.width + 2]
    x = across * screen.width + (down % 2) * (screen.width // 2) + screen.width // 2
    y = down * screen.height + screen.height // 2
    return x.ravel(), y.ravel()


def _ink(dots: Bits, x: Numbers, y: Numbers, screen: Screen) -> None:
    """Set dots of the screen's tone at these centres."""
    area = screen.tone * screen.width * screen.height
    fraction = (np.arange(len(x)) * _GOLDEN) % 1
    count = np.floor(area) + (fraction < area % 1)
    for number, (right, down) in enumerate(_growth(math.ceil(area))):
        grown = count > number
        at_x, at_y = x[grown] + right, y[grown] + down
        there = (at_x >= 0) & (at_y >= 0) & (at_x < dots.shape[1]) & (at_y < dots.shape[0])
        dots[at_y[there], at_x[there]] = True


def _growth(count: int) -> list[tuple[int, int]]:
    """The device dots of a round dot in the order in which it grows."""
    reach = range(-count, count + 1)
    around = sorted((right * right + down * down + 0.1 * right + 0.01 * down, right, down) for right in reach for down in reach)
    return [(right, down) for _, right, down in around[:count]]


def _too_small(key: str, length: int, least: int) -> Problem:
    return Problem("spec-out-of-range", _PLACE, {"key": key, "given": css(length), "limit": f"≥ {css(least)}"})


class _Word:
    """The word repeated over the plane, each row shifted by half a step, the whole turned by an angle."""

    def __init__(self, picture: Bits, height: int, repeat: tuple[int, int], angle: float, pitch: float):
        if height <= 0:
            raise LayoutError(_too_small("height", height, 1))
        rows, columns = picture.shape
        for step, least in zip(repeat, (math.ceil(height * columns / rows), height), strict=True):
            if step < least:  # the word would be cut off
                raise LayoutError(_too_small("repeat", step, least))
        self._picture, self._scale = picture, rows / height
        self._step, self._turn, self._pitch = repeat, math.radians(angle), pitch

    def has(self, x: Numbers, y: Numbers) -> Bits:
        """Whether points of the device grid lie in the word."""
        cosine, sine = math.cos(self._turn), math.sin(self._turn)
        along = (x * cosine - y * sine) * self._pitch
        down = (x * sine + y * cosine) * self._pitch
        row = np.floor(down / self._step[1])
        along = (along + row % 2 * self._step[0] / 2) % self._step[0]
        column = (along * self._scale).astype(np.int64)
        line = ((down - row * self._step[1]) * self._scale).astype(np.int64)
        rows, columns = self._picture.shape
        there = (column < columns) & (line < rows)
        found = np.zeros(len(x), np.bool_)
        found[there] = self._picture[line[there], column[there]]
        return found
