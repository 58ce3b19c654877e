"""The two screens of a void pantograph: dots on the device grid, and the fine tone that looks like the coarse one in print.

Fine dots have more edge to their area, so ink and paper darken them more: equal nominal tones would show the word in the
original. The fine tone is therefore calculated by the printing model of `channel`, for a gain that is met and for one that is
off by a fifth either way, so that the word stays hidden in all three. Dots are whole device dots: a dot's size alternates
between two neighbouring counts in an ordered square of cells, so that the tone is exact in the mean.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.base.problems import LayoutError, Problem
from pipeline.craft.channel import INK, Gain, printed
from pipeline.model.press_profile import PressProfile

_CELLS = 16  # cells of a trial patch, across and down
_DARKEST = 0.5  # fine tones above run together
_SHARES = (0.8, 1.0, 1.2)
_NEAR = 1e-5  # difference of tone at which the search ends
Bits = NDArray[np.bool_]
Numbers = NDArray[np.int64]


def _order(doublings: int) -> NDArray[np.float64]:
    """Fractions in a square, each near to others unlike it (Bayer's matrix); repeated, so the mask packs well."""
    order = np.zeros((1, 1))
    for _ in range(doublings):
        order = np.block([[4 * order, 4 * order + 2], [4 * order + 3, 4 * order + 1]])
    return (order + 0.5) / order.size


_ORDER = _order(3)


class Screen(NamedTuple):
    """A screen on the device grid: its cell in device dots, every other row shifted by half a cell, and its tone."""

    width: int
    height: int
    tone: float


class Screens(NamedTuple):
    """The word's screen and the ground's."""

    coarse: Screen
    fine: Screen


def gain_of(press: PressProfile) -> Gain:
    """A press profile's gain."""
    return Gain(press.blur, press.spread, press.scatter)


@cache
def matched(press: PressProfile, name: str) -> Screens:
    """The screens of a press profile, alike after its gain. LayoutError: a dot is less than a device dot, or no fine tone
    is as dark as the coarse one."""
    place = f"press-profiles/{name}.yaml"
    coarse = Screen(*press.coarse.cell, press.coarse.tone / 100)
    for kind, (width, height), tone in (("coarse", press.coarse.cell, coarse.tone), ("fine", press.fine.cell, coarse.tone)):
        if min(width, height) < 2 or tone * width * height < 1:
            values = {"kind": kind, "cell": f"{width} × {height}", "dpi": press.dpi}
            raise LayoutError(Problem("press-screen-too-fine", f"{place} {kind}", values))
    width, height = press.fine.cell
    wanted = reflectance(coarse, press)
    light, dark = 1 / (width * height), _DARKEST
    most, least = (reflectance(Screen(width, height, tone), press) for tone in (light, dark))
    if not least < wanted < most:
        values = {
            "tone": f"{press.coarse.tone:g}",
            "lightest": f"{100 * (1 - most):.1f}",
            "darkest": f"{100 * (1 - least):.1f}",
        }
        raise LayoutError(Problem("press-tone-unmatchable", f"{place} coarse", values))
    while dark - light > _NEAR:
        tone = (light + dark) / 2
        light, dark = (tone, dark) if reflectance(Screen(width, height, tone), press) > wanted else (light, tone)
    return Screens(coarse, Screen(width, height, dark))


def reflectance(screen: Screen, press: PressProfile) -> float:
    """The mean reflectance of a screen in black ink, in prints with the press's gain and with a fifth less and more."""
    reach = 3 * max(press.blur, press.scatter) * press.dpi / 25_400
    around = [math.ceil(reach / cell / 2) * 2 for cell in (screen.width, screen.height)]
    columns, rows = ((_CELLS + 2 * cells) * cell for cells, cell in zip(around, screen[:2], strict=True))
    dots = np.zeros((rows, columns), np.bool_)
    ink(dots, *centres(screen, columns, rows), screen)
    page = np.where(dots, np.float32(INK), np.float32(1))
    prints = [printed(page, press.dpi, gain_of(press).off(share)) for share in _SHARES]
    fold = prints[0][1] // press.dpi
    left, top = (cells * cell * fold for cells, cell in zip(around, screen[:2], strict=True))
    return float(np.mean([picture[top:-top, left:-left].mean(dtype=np.float64) for picture, _ in prints]))


def centres(screen: Screen, columns: int, rows: int) -> tuple[Numbers, Numbers]:
    """Centres of a screen's dots on the device grid."""
    down, across = np.mgrid[0 : rows // screen.height + 2, 0 : columns // screen.width + 2]
    x = across * screen.width + (down % 2) * (screen.width // 2) + screen.width // 2
    y = down * screen.height + screen.height // 2
    return x.ravel(), y.ravel()


def ink(dots: Bits, x: Numbers, y: Numbers, screen: Screen) -> None:
    """Set dots of the screen's tone at these centres."""
    area = screen.tone * screen.width * screen.height
    count = np.floor(area) + (fractions(x, y, screen)[0] < area % 1)
    for number, (right, down) in enumerate(_growth(math.ceil(area))):
        grown = count > number
        at_x, at_y = x[grown] + right, y[grown] + down
        there = (at_x >= 0) & (at_y >= 0) & (at_x < dots.shape[1]) & (at_y < dots.shape[0])
        dots[at_y[there], at_x[there]] = True


def fractions(x: Numbers, y: Numbers, screen: Screen) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two fractions for each centre, evenly spread and unlike those of the dots near by."""
    row, column = y // screen.height % len(_ORDER), x // screen.width % len(_ORDER)
    return _ORDER[row, column], _ORDER[column, row]


@cache
def _growth(count: int) -> list[tuple[int, int]]:
    """The device dots of a round dot in the order in which it grows."""
    far = math.isqrt(count) + 1
    reach = range(-far, far + 1)
    around = sorted((right * right + down * down + 0.1 * right + 0.01 * down, right, down) for right in reach for down in reach)
    return [(right, down) for _, right, down in around[:count]]
