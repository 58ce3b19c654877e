"""Guilloches: rosettes of trochoids, bands and frames of interlaced waves, as Bézier curves in whole micrometres.

A curve is drawn by its formula: points at even steps of its parameter, joined by cubic Béziers with the formula's own tangents.
Numbers of loops and waves, and how far they reach, come from a seed (the issuer's id), so two issuers' curves differ.
"""

import hashlib
import math
from collections.abc import Callable, Iterator

from pipeline.base.geometry import Box
from pipeline.model.security import GuillocheSpec

Point = tuple[float, float]
Curve = list[Point]  # start, then per Bézier two handles and an end
_Formula = Callable[[float], Point]

# Loops to turns of a trochoid: no factor in common, so the curve closes after all its turns.
_LOOPS = ((13, 5), (14, 5), (16, 5), (17, 5), (17, 6), (19, 6), (18, 7), (19, 7), (20, 7), (22, 7))
_HEART = (0.22, 0.36)  # of a rosette's radius: what its curves leave open
_NESTED = (0.4, 0.55)  # how much nearer the innermost curve's pen is
_SWELL = (0.15, 0.35)  # how much lower a wave is in the mean than where it is highest
_PER_LOOP, _PER_WAVE = 10, 6  # Béziers
_STEP = 1e-4  # of the parameter, for tangents


class _Seed:
    """Choices that follow from a text and from nothing else."""

    def __init__(self, text: str):
        self._left = hashlib.sha256(text.encode()).digest()

    def below(self, count: int) -> int:
        """A number below `count`."""
        chosen, self._left = self._left[0] % count, self._left[1:]
        return chosen

    def between(self, least: float, most: float) -> float:
        """A number between two, in 65,536 steps."""
        part, self._left = int.from_bytes(self._left[:2], "big") / 65_535, self._left[2:]
        return least + (most - least) * part


def curves(spec: GuillocheSpec, seed: str) -> list[Curve]:
    """The curves of a guilloche, within its box, y downwards from the trim's top left corner, µm."""
    chosen = _Seed(seed)
    around = spec.box.box.grown(-((spec.line + 1) // 2))  # the line's own width stays inside
    draw = {"rosette": _rosette, "band": _band, "frame": _frame}[spec.shape]
    return list(draw(spec, around, chosen))


def _rosette(spec: GuillocheSpec, box: Box, seed: _Seed) -> Iterator[Curve]:
    """Trochoids about one centre, one within the other: their pens are at different distances."""
    (loops, turns), heart, nested = _LOOPS[seed.below(len(_LOOPS))], seed.between(*_HEART), seed.between(*_NESTED)
    way = 1 if spec.family == "epitrochoid" else -1
    speed = loops / turns + way  # of the rolling circle, to the turn of its centre
    radius = min(box.width, box.height) / 2
    at = (box.left + box.width / 2, box.top + box.height / 2)
    centre, reach = radius * (1 + heart) / 2, radius * (1 - heart) / 2
    for number in range(spec.lines):
        pen = reach * (1 - nested * number / spec.lines)

        def formula(turn: float, pen: float = pen) -> Point:
            x = centre * math.cos(turn) + pen * math.cos(turn * speed)
            y = centre * math.sin(turn) + way * pen * math.sin(turn * speed)
            return at[0] + x, at[1] + y

        yield _drawn(formula, math.tau * turns, loops * _PER_LOOP)


def _band(spec: GuillocheSpec, box: Box, seed: _Seed) -> Iterator[Curve]:
    """Waves along the box's longer sides, evenly apart in phase, their height swelling in longer waves."""
    lies = box.width >= box.height
    length, depth = max(box.width, box.height), min(box.width, box.height)
    waves = _waves(length, depth, seed)
    swells, swell = max(2, round(waves / (4 + seed.below(3)))), seed.between(*_SWELL)
    for number in range(spec.lines):

        def formula(share: float, number: int = number) -> Point:
            along, aside = share * length, depth / 2 * (1 + _wave(share, waves, swells, swell, number / spec.lines))
            return (box.left + along, box.top + aside) if lies else (box.left + aside, box.top + along)

        yield _drawn(formula, 1.0, waves * _PER_WAVE)


def _frame(spec: GuillocheSpec, box: Box, seed: _Seed) -> Iterator[Curve]:
    """The same waves around a box, whole ones, so that they meet."""
    depth = min(spec.depth, box.width // 3, box.height // 3)
    middle = box.grown(-(depth // 2))
    corner = depth * 3 // 2
    round_ = _Rounded(middle, corner)
    waves = _waves(round_.length, depth, seed)
    swells, swell = max(4, round(waves / (4 + seed.below(3)))), seed.between(*_SWELL)
    for number in range(spec.lines):

        def formula(share: float, number: int = number) -> Point:
            (x, y), (right, down) = round_.at(share % 1 * round_.length)
            aside = depth / 2 * _wave(share, waves, swells, swell, number / spec.lines)
            return x + aside * right, y + aside * down

        yield _drawn(formula, 1.0, waves * _PER_WAVE)


def _waves(length: float, depth: float, seed: _Seed) -> int:
    """How many waves: each about two to three times as long as the band is deep."""
    return max(3, round(length / (depth * (2.2 + 0.1 * seed.below(7)))))


def _wave(share: float, waves: int, swells: int, swell: float, phase: float) -> float:
    """Height of one wave of a band, −1 to 1."""
    high = 1 - swell + swell * math.cos(math.tau * swells * share)
    return high * math.sin(math.tau * (waves * share + phase))


class _Rounded:
    """A rectangle with round corners, walked clockwise from the left end of its upper side."""

    def __init__(self, box: Box, corner: float):
        wide, high, quarter = box.width - 2 * corner, box.height - 2 * corner, corner * math.pi / 2
        left, top, right, bottom = box.left + corner, box.top + corner, box.right - corner, box.bottom - corner
        self._corner = corner
        # length of a side, its start on the inner rectangle, its direction; then the corner after it
        self._sides: list[tuple[float, Point, Point]] = [
            (wide, (left, top), (1, 0)), (high, (right, top), (0, 1)),
            (wide, (right, bottom), (-1, 0)), (high, (left, bottom), (0, -1)),
        ]  # fmt: skip
        self._quarter = quarter
        self.length = 2 * (wide + high) + 4 * quarter

    def at(self, way: float) -> tuple[Point, Point]:
        """The point after a length, and the direction outwards there."""
        for long, (x, y), (right, down) in self._sides:
            out = (down, -right)
            if way <= long:
                return (x + right * way + out[0] * self._corner, y + down * way + out[1] * self._corner), out
            way -= long
            if way <= self._quarter:
                turn = way / self._corner
                out = (
                    out[0] * math.cos(turn) + right * math.sin(turn),
                    out[1] * math.cos(turn) + down * math.sin(turn),
                )
                end = (x + right * long, y + down * long)
                return (end[0] + out[0] * self._corner, end[1] + out[1] * self._corner), out
            way -= self._quarter
        return self.at(0)


def _drawn(formula: _Formula, end: float, count: int) -> Curve:
    """A formula from 0 to `end` of its parameter as Béziers."""
    step = end / count
    points = [formula(step * number) for number in range(count + 1)]
    handles = []
    for number in range(count + 1):
        (x0, y0), (x1, y1) = formula(step * number - _STEP * step), formula(step * number + _STEP * step)
        share = 1 / (6 * _STEP)  # a third of the step's length along the tangent
        handles.append(((x1 - x0) * share, (y1 - y0) * share))
    curve = [points[0]]
    for n in range(count):
        (x0, y0), (x1, y1), (u0, v0), (u1, v1) = points[n], points[n + 1], handles[n], handles[n + 1]
        curve += [(x0 + u0, y0 + v0), (x1 - u1, y1 - v1), (x1, y1)]
    return curve
