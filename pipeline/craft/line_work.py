"""Line work of a side: guilloches and reliefs as paths, what must stay clear left out, and what no press could hold refused.

Paths are the operators m, l and c in whole micrometres from the trim's lower left corner, ready for a form.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from pipeline.base.geometry import Box
from pipeline.base.lengths import css
from pipeline.base.problems import LayoutError, Problem
from pipeline.craft import guilloche, relief
from pipeline.craft.typefaces import Typefaces
from pipeline.model.layout import PageSpec
from pipeline.model.press_profile import PressProfile
from pipeline.model.security import GuillocheSpec, ReliefSpec, SecuritySpec
from pipeline.model.template import LineWork

_ROOM = 100  # µm kept free around what must stay clear
# A soft edge's steepest slope, to its height and its standard deviation: 1 / √(2π).
_STEEPEST = 1 / math.sqrt(2 * math.pi)


Ink = tuple[tuple[int, int, int, int], str]  # CMYK in thousandths, and the plate of its own


def drawn(
    security: SecuritySpec,
    page: PageSpec,
    seed: str,
    inks: Callable[[str], Ink],
    clear: Callable[[Sequence[str]], Sequence[Box]],
    typefaces: Typefaces,
    presses: Mapping[str, PressProfile],
    place: str,
) -> tuple[LineWork, ...]:
    """A side's line work in the order of painting. `clear` gives the boxes that stay free for a list of names.

    LayoutError with every problem of `faults`.
    """
    trim = Box(0, 0, page.width, page.height)
    made: list[LineWork] = []
    problems: list[Problem] = []
    for name, spec in security.line_work.items():
        area, room = (spec.box.box, spec.box.box) if spec.box else (trim.grown(page.bleed), trim)
        typeface = typefaces[spec.typeface].path if isinstance(spec, ReliefSpec) and spec.typeface in typefaces else None
        if found := list(faults(name, spec, room, presses, typeface, f"{place} {name}")):
            problems += found
            continue
        free = clear(spec.clear)
        if isinstance(spec, GuillocheSpec):
            paths = guilloche_paths(spec, f"{seed} {name}", page.height, free)
        else:
            assert typeface is not None
            paths = relief_paths(spec, area, typeface, page.height, free)
        made.append(LineWork(name, *inks(spec.colour), spec.line, paths))
    if problems:
        raise LayoutError(problems)
    return tuple(made)


def guilloche_paths(spec: GuillocheSpec, seed: str, height: int, clear: Sequence[Box]) -> bytes:
    """The paths of a guilloche; `height` is the trim's, µm, `clear` boxes count from its top left corner."""
    kept_clear = [box.grown(_ROOM + spec.line // 2) for box in clear]
    return b"".join(_curve(curve, height, kept_clear) for curve in guilloche.curves(spec, seed))


def relief_paths(spec: ReliefSpec, area: Box, typeface: Path, height: int, clear: Sequence[Box]) -> bytes:
    """The paths of a relief over an area. ValueError if the word cannot be set in the typeface."""
    kept_clear = [box.grown(_ROOM + spec.line // 2) for box in clear]
    return b"".join(_polyline(points, height, kept_clear) for points in relief.lines(spec, area, typeface))


def faults(
    name: str,
    spec: GuillocheSpec | ReliefSpec,
    room: Box,
    presses: Mapping[str, PressProfile],
    typeface: Path | None,
    place: str,
) -> Iterator[Problem]:
    """What a press could not hold of line work, or what has no room; `place` is said of it."""
    press = presses.get(spec.profile)
    if press is None:
        values = {"kind": "profile", "name": spec.profile[:60], "known": "、".join(presses) or "—"}
        yield Problem("layout-unknown-name", place, values)
        return
    if spec.line < press.line:
        values = {"name": name, "line": css(spec.line), "least": css(press.line), "profile": spec.profile}
        yield Problem("security-line-too-thin", place, values)
    if isinstance(spec, GuillocheSpec):
        depth = min(spec.depth if spec.shape == "frame" else room.width, room.width, room.height)
        if depth < 4 * spec.line:
            yield Problem("security-no-room", place, {"name": name, "needed": css(4 * spec.line), "room": css(depth)})
        return
    gap = nearest(spec) - spec.line
    if gap < press.line:
        values = {"name": name, "gap": css(max(0, round(gap))), "least": css(press.line), "profile": spec.profile}
        yield Problem("security-lines-too-close", place, values)
    if typeface is not None:
        try:
            size = relief.word_size(spec, typeface)
        except ValueError:
            yield Problem("security-no-glyph", place, {"name": name, "typeface": typeface.name})
            return
        if spec.height <= 0 or size[0] > room.width or size[1] > room.height:
            has = " × ".join(map(css, (room.width, room.height)))
            yield Problem("security-no-room", place, {"name": name, "needed": " × ".join(map(css, size)), "room": has})


def nearest(spec: ReliefSpec) -> float:
    """How near the middles of two lines of a relief come, µm, where the word's edge is steepest."""
    return spec.step - spec.raised * _STEEPEST / relief.SOFT


def _curve(curve: guilloche.Curve, height: int, clear: Sequence[Box]) -> bytes:
    """A chain of Béziers without those that touch what stays clear."""
    made, joined = [], False
    for at in range(0, len(curve) - 1, 3):
        piece = curve[at : at + 4]
        if _touches(piece, clear):
            joined = False
            continue
        if not joined:
            made.append(b"%d %d m\n" % _upwards(piece[0], height))
            joined = True
        made.append(b"%d %d %d %d %d %d c\n" % tuple(n for point in piece[1:] for n in _upwards(point, height)))
    return b"".join(made)


def _polyline(points: relief.Points, height: int, clear: Sequence[Box]) -> bytes:
    made, joined = [], False
    for first, last in _parts(points, clear):
        if _touches((first, last), clear):
            joined = False
            continue
        if not joined:
            made.append(b"%d %d m\n" % _upwards(first, height))
            joined = True
        made.append(b"%d %d l\n" % _upwards(last, height))
    return b"".join(made)


def _parts(points: relief.Points, clear: Sequence[Box]) -> Iterator[tuple[guilloche.Point, guilloche.Point]]:
    """The straight pieces of a line, cut short where a piece touches what stays clear."""
    for first, last in pairwise(points):
        count = math.ceil(math.dist(first, last) / 250) if _touches((first, last), clear) else 1
        ends = [
            (first[0] + (last[0] - first[0]) * n / count, first[1] + (last[1] - first[1]) * n / count) for n in range(count + 1)
        ]
        yield from pairwise(ends)


def _touches(points: Iterable[guilloche.Point], clear: Sequence[Box]) -> bool:
    """Whether the box around some points overlaps one that stays clear."""
    across, down = [x for x, _ in points], [y for _, y in points]
    left, top, right, bottom = min(across), min(down), max(across), max(down)
    return any(left < box.right and right > box.left and top < box.bottom and bottom > box.top for box in clear)


def _upwards(point: guilloche.Point, height: int) -> tuple[int, int]:
    return round(point[0]), height - round(point[1])
