"""A void pantograph as a 1-bit mask: the word in coarse dots, the ground in fine dots of the same tone after dot gain.

To the eye both areas are alike; a copier keeps the coarse dots and loses the fine ones, and the word appears. What the eye and
which copiers see is calculated by `channel` and `copiers` and tested on finished pages; no press has been measured. In photo
mode, full-tone scans and fax no such pattern shows the word. A dot belongs wholly to the area its centre lies in, so no
contour is cut.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.base.geometry import Box
from pipeline.base.lengths import css
from pipeline.base.problems import LayoutError, Problem
from pipeline.craft.outlines import word_picture
from pipeline.craft.screens import Bits, Numbers, Screens, centres, ink

_PLACE = "layout.yaml pantograph"


def mask(
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
    clear: Sequence[Box],
    bare: Callable[[NDArray[np.float64], NDArray[np.float64]], Bits] | None = None,
) -> tuple[bytes, tuple[int, int]]:
    """Packed rows (most significant bit left, 1 = ink) over the bleed box from its top left corner, and its size in dots.

    Lengths are µm, `clear` boxes count from the trim's top left corner and stay free of dots, `angle` is in degrees.
    `bare` says which points stay without dots for a camouflage, by their place in the word's step.
    LayoutError on a character the typeface lacks, and a word that has no room in its step.
    """
    pitch = 25_400 / dpi
    columns, rows = math.ceil((width + 2 * bleed) / pitch), math.ceil((height + 2 * bleed) / pitch)
    inside = _Word(_drawn(word, typeface), word_height, repeat, angle, pitch)
    kept_clear = [box._replace(left=box.left + bleed, top=box.top + bleed) for box in clear]
    dots = np.zeros((rows, columns), np.bool_)
    for screen, wanted in ((screens.coarse, True), (screens.fine, False)):
        x, y = centres(screen, columns, rows)
        chosen = inside.has(x, y) == wanted
        if bare:
            chosen &= ~bare(*inside.place(x, y))
        for box in kept_clear:
            near = max(screen.width, screen.height) * pitch / 2
            across = (x * pitch > box.left - near) & (x * pitch < box.right + near)
            chosen &= ~(across & (y * pitch > box.top - near) & (y * pitch < box.bottom + near))
        ink(dots, x[chosen], y[chosen], screen)
    return np.packbits(dots, axis=1).tobytes(), (columns, rows)


def _drawn(word: str, typeface: Path) -> Bits:
    try:
        picture = word_picture(word, typeface)
    except ValueError:
        picture = np.zeros((1, 0), np.bool_)
    if not picture.any():
        raise LayoutError(Problem("pantograph-no-glyph", _PLACE, {"word": word, "typeface": typeface.name}))
    return picture


class _Word:
    """The word repeated over the plane, each row shifted by half a step, the whole turned by an angle."""

    def __init__(self, picture: Bits, height: int, repeat: tuple[int, int], angle: float, pitch: float):
        if height <= 0:
            raise LayoutError(Problem("spec-out-of-range", _PLACE, {"key": "height", "given": css(height), "limit": "> 0"}))
        rows, columns = picture.shape
        size = (math.ceil(height * columns / rows), height)
        if any(step < least for step, least in zip(repeat, size, strict=True)):  # the word would be cut off
            values = {"repeat": " × ".join(map(css, repeat)), "word": " × ".join(map(css, size))}
            raise LayoutError(Problem("pantograph-no-room", _PLACE, values))
        self._picture, self._scale = picture, rows / height
        self._step, self._turn, self._pitch = repeat, math.radians(angle), pitch

    def place(self, x: Numbers, y: Numbers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where points of the device grid lie, counted in the word's steps: along it and down."""
        along, down = self._turned(x, y)
        return along / self._step[0], down / self._step[1]

    def _turned(self, x: Numbers, y: Numbers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        cosine, sine = math.cos(self._turn), math.sin(self._turn)
        return (x * cosine - y * sine) * self._pitch, (x * sine + y * cosine) * self._pitch

    def has(self, x: Numbers, y: Numbers) -> Bits:
        """Whether points of the device grid lie in the word."""
        along, down = self._turned(x, y)
        row = np.floor(down / self._step[1])
        along = (along + row % 2 * self._step[0] / 2) % self._step[0]
        column = (along * self._scale).astype(np.int64)
        line = ((down - row * self._step[1]) * self._scale).astype(np.int64)
        rows, columns = self._picture.shape
        there = (column < columns) & (line < rows)
        found = np.zeros(len(x), np.bool_)
        found[there] = self._picture[line[there], column[there]]
        return found
