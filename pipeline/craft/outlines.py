"""A word drawn from a typeface's outlines as a bitmap. Owner of `uharfbuzz`, with `typefaces`."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import uharfbuzz as hb
from numpy.typing import NDArray

_EM = 256  # rows of the bitmap to the em
_STEPS = 6  # straight pieces a curve is drawn with

Point = tuple[float, float]


class _Pen:
    """Collects an outline as straight edges, in bitmap units, y downwards."""

    def __init__(self, left: float, scale: float, top: float):
        self.edges: list[tuple[Point, Point]] = []
        self._left, self._scale, self._top = left, scale, top
        self._at = self._start = (0.0, 0.0)

    def _place(self, point: Point) -> Point:
        return (self._left + point[0] * self._scale, self._top - point[1] * self._scale)

    def moveTo(self, point: Point) -> None:
        self._at = self._start = self._place(point)

    def lineTo(self, point: Point) -> None:
        self._line(self._place(point))

    def qCurveTo(self, *points: Point) -> None:
        self._curve(points, lambda t: ((1 - t) ** 2, 2 * t * (1 - t), t * t))

    def curveTo(self, *points: Point) -> None:
        self._curve(points, lambda t: ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3))

    def _curve(self, points: Sequence[Point], weights: Callable[[float], tuple[float, ...]]) -> None:
        """A Bézier curve as straight pieces; `weights` of its points by the parameter."""
        ends = [self._at, *map(self._place, points)]
        for step in range(1, _STEPS + 1):
            parts = list(zip(weights(step / _STEPS), ends, strict=True))
            self._line((sum(part * x for part, (x, _) in parts), sum(part * y for part, (_, y) in parts)))

    def closePath(self) -> None:
        self._line(self._start)

    def _line(self, end: Point) -> None:
        self.edges.append((self._at, end))
        self._at = end


def word_picture(word: str, typeface: Path) -> NDArray[np.bool_]:
    """The word in one line, 256 rows to the em, True where there is ink. ValueError if the typeface lacks a character."""
    face = hb.Face(hb.Blob.from_file_path(str(typeface)))
    font = hb.Font(face)
    scale = _EM / face.upem
    ascender = font.get_font_extents("ltr").ascender
    left = 0.0
    edges: list[tuple[Point, Point]] = []
    for char in word:
        glyph = font.get_nominal_glyph(ord(char))
        if not glyph:
            raise ValueError(f"{typeface.name} has no U+{ord(char):04X}")
        pen = _Pen(left, scale, ascender * scale)
        font.draw_glyph_with_pen(glyph, pen)
        edges += pen.edges
        left += font.get_glyph_h_advance(glyph) * scale
    return _fill(edges, round(left))


def _fill(edges: list[tuple[Point, Point]], width: int) -> NDArray[np.bool_]:
    """Non-zero winding fill, sampled at the middle of each bitmap dot."""
    turns = np.zeros((_EM, width + 1), np.int32)
    for (x0, y0), (x1, y1) in edges:
        if y0 == y1:
            continue
        way = 1 if y1 > y0 else -1
        (top_x, top), (bottom_x, bottom) = ((x0, y0), (x1, y1)) if way > 0 else ((x1, y1), (x0, y0))
        rows = np.arange(max(0, int(np.ceil(top - 0.5))), min(_EM, int(np.ceil(bottom - 0.5))))
        crossing = top_x + (rows + 0.5 - top) * (bottom_x - top_x) / (bottom - top)
        np.add.at(turns, (rows, np.clip(np.ceil(crossing - 0.5), 0, width).astype(np.int64)), way)
    return np.asarray(np.cumsum(turns, axis=1)[:, :width] != 0)
