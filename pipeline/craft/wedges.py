"""The test form of `shikaku calibrate`, as data: wedges of four screens in device dots, solids, bare paper, and what a scan is
found by.

Everything stands on a grid of twentieths of an inch, which are whole device dots at 600, 1200 and 2400 dpi. A patch's tone is a
whole count of device dots in every cell, so that what is printed is known to the dot. Between the press profile's own screens
stand two of sizes between theirs: how gain grows with finer dots tells ink that spreads from light that wanders. The form is
OURS.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipeline.base.geometry import Box
from pipeline.craft.screens import Bits, Numbers, Screen, centres, ink, matched
from pipeline.craft.sk1 import crc
from pipeline.model.press_profile import PressProfile

UNIT = 1_270  # µm
WIDTH, HEIGHT = 140 * UNIT, 200 * UNIT
PATCH = 10  # units, as all figures below
_PITCH, _LEFT, _TOP, _ROW = 14, 28, 34, 18  # of patches in a row; the first one's corner; from row to row
TONES = (3, 6, 9, 13, 18, 25, 35, 50)  # percent: of each the nearest count of device dots
_SOLID_ROW, _SOLIDS = 106, {"S1": 0, "P1": 1, "P2": 6, "S2": 7}  # column by id: at both ends, so that uneven ink shows
_MATCH = Box(28, 126, 108, 12)
_WINDOW, _SHARES = 8, (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)  # fine tones beside the calculated one
CORNERS = ((5, 5), (135, 5), (135, 195), (5, 195))  # middles, clockwise from the top left
RADII = (1.6, 2.8, 4.0)  # of a corner: a disc, and a ring around it
BAR = Box(46, 193, 48, 4)
_BEGIN, _END = "1011", "0100"  # of the bar: read the other way round it is another
_LETTERS = "BCDFGHJKLMNPQRST"  # for the form's code: none that looks like a figure or makes a word
_VERSION = 1


class Patch(NamedTuple):
    """A patch: its id, where it is (µm from the form's top left corner), its screen; of solids and paper the tone alone."""

    id: str
    box: Box
    tone: float
    screen: Screen | None = None


class Wedge(NamedTuple):
    """A screen in several tones, from light to dark."""

    id: str
    lines: float  # to the inch
    patches: tuple[Patch, ...]


class Mask(NamedTuple):
    """Device dots at a place of the form: packed rows, most significant bit left, 1 = ink; the place counted in device dots."""

    left: int
    top: int
    columns: int
    rows: int
    data: bytes


class Chart(NamedTuple):
    """The form for one sheet and press profile. `code` names it: four letters, also in its bar."""

    code: str
    dpi: int
    wedges: tuple[Wedge, ...]
    plain: tuple[Patch, ...]
    match: tuple[Screen, tuple[Screen, ...]]  # what is compared by eye: the word's screen, and the ground's in several tones

    @property
    def screened(self) -> tuple[Patch, ...]:
        """The patches with a screen, wedge by wedge."""
        return tuple(patch for wedge in self.wedges for patch in wedge.patches)

    @property
    def patches(self) -> tuple[Patch, ...]:
        """All patches that are measured."""
        return (*self.screened, *self.plain)


def chart(sheet: str, name: str, press: PressProfile) -> Chart:
    """The form for a sheet and the press profile of this name. LayoutError as `matched`."""
    screens = matched(press, name)
    cells = _cells(press)
    wedges = tuple(_wedge(row, cell, press.dpi) for row, cell in enumerate(cells))
    plain = tuple(Patch(id_, _patch_box(column, _SOLID_ROW), float(id_[0] == "S")) for id_, column in _SOLIDS.items())
    fine = tuple(screens.fine._replace(tone=screens.fine.tone * share) for share in _SHARES)
    code = crc(f"{_VERSION} {sheet} {press.dpi} {cells} {TONES} {screens}")
    letters = "".join(_LETTERS[code >> shift & 15] for shift in (12, 8, 4, 0))
    return Chart(letters, press.dpi, wedges, plain, (screens.coarse, fine))


def _cells(press: PressProfile) -> list[tuple[int, int]]:
    """The word's cell, two between, the ground's: each smaller than the one before by the same factor."""
    between = []
    for share in (1 / 3, 2 / 3):
        width, height = (
            coarse ** (1 - share) * fine**share for coarse, fine in zip(press.coarse.cell, press.fine.cell, strict=True)
        )
        between.append((2 * max(1, round(width / 2)), max(2, round(height))))
    return [press.coarse.cell, *between, press.fine.cell]


def _wedge(row: int, cell: tuple[int, int], dpi: int) -> Wedge:
    letter, area = "ABCD"[row], cell[0] * cell[1]
    counts: list[int] = []
    for tone in TONES:
        count = max(round(tone / 100 * area), counts[-1] + 1 if counts else 1)
        if count < area:
            counts.append(count)
    patches = tuple(
        Patch(f"{letter}{n + 1}", _patch_box(n, _TOP + row * _ROW), count / area, Screen(*cell, count / area))
        for n, count in enumerate(counts)
    )
    return Wedge(letter, dpi / area**0.5, patches)


def _patch_box(column: int, top: int) -> Box:
    return scaled(Box(_LEFT + column * _PITCH, top, PATCH, PATCH))


def scaled(box: Box) -> Box:
    """A box in units as one in µm."""
    return Box(*(edge * UNIT for edge in box))


def windows() -> list[Box]:
    """Where the fine tones lie in the strip that is judged by eye, in round windows, µm."""
    step, top = _MATCH.width / len(_SHARES), _MATCH.top + (_MATCH.height - _WINDOW) // 2
    lefts = (_MATCH.left + round((n + 0.5) * step - _WINDOW / 2) for n in range(len(_SHARES)))
    return [scaled(Box(left, top, _WINDOW, _WINDOW)) for left in lefts]


def match_box() -> Box:
    """The strip that is judged by eye, µm."""
    return scaled(_MATCH)


def bar_bits(code: str) -> str:
    """The form's code as the bar shows it: 1 is ink."""
    return _BEGIN + "".join(f"{_LETTERS.index(letter):04b}" for letter in code) + _END


def bar_code(bits: str) -> str:
    """What a bar says; empty where it is none."""
    inner = bits[len(_BEGIN) : -len(_END)]
    if not (bits.startswith(_BEGIN) and bits.endswith(_END)):
        return ""
    return "".join(_LETTERS[int(inner[at : at + 4], 2)] for at in range(0, len(inner), 4))


def masks(form: Chart) -> Iterator[Mask]:
    """The form's ink in device dots: patches, the strip for the eye, corners and bar."""
    for patch in form.patches:
        if patch.tone:
            left, top, columns, rows = _in_dots(patch.box, form.dpi)
            dots = np.ones((rows, columns), np.bool_)
            if patch.screen:
                one = tile(patch.screen)
                dots = np.tile(one, (-(-rows // one.shape[0]), -(-columns // one.shape[1])))[:rows, :columns]
            yield _packed(left, top, dots)
    yield _match_mask(form)
    for middle in CORNERS:
        yield _corner_mask(middle, form.dpi)
    left, top, columns, rows = _in_dots(scaled(BAR), form.dpi)
    bits = np.array([bit == "1" for bit in bar_bits(form.code)])
    row = bits[np.arange(columns) * len(bits) // columns]
    yield _packed(left, top, np.tile(row, (rows, 1)))


def page(form: Chart) -> Mask:
    """All the form's ink as one mask: a RIP off the form's grid then shifts patches, and stretches none."""
    columns, rows = (round(length * form.dpi / 25_400) for length in (WIDTH, HEIGHT))
    packed = np.zeros((rows, -(-columns // 8)), np.uint8)
    for mask in masks(form):
        bits = np.unpackbits(np.frombuffer(mask.data, np.uint8).reshape(mask.rows, -1), axis=1)[:, : mask.columns]
        before = mask.left % 8
        shifted = np.packbits(np.pad(bits, ((0, 0), (before, 0))), axis=1)
        packed[mask.top :, mask.left // 8 :][: mask.rows, : shifted.shape[1]] |= shifted
    return Mask(0, 0, columns, rows, packed.tobytes())


def tile(screen: Screen) -> Bits:
    """One period of a screen whose tone is a whole count of device dots: a cell wide, two cells high."""
    width, height = screen.width, screen.height
    dots = np.zeros((6 * height, 3 * width), np.bool_)
    ink(dots, *centres(screen, 3 * width, 6 * height), screen)
    return dots[2 * height : 4 * height, width : 2 * width]


def _in_dots(box: Box, dpi: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(edge * dpi / 25_400) for edge in (box.left, box.top, box.right, box.bottom))
    return left, top, right - left, bottom - top


def _match_mask(form: Chart) -> Mask:
    left, top, columns, rows = _in_dots(match_box(), form.dpi)
    dots = np.zeros((rows, columns), np.bool_)
    coarse, fine = form.match
    places = [_in_dots(box, form.dpi) for box in windows()]
    for n, screen in enumerate((coarse, *fine)):
        x, y = centres(screen, columns, rows)
        within = [_inside(x + left, y + top, place) for place in places]
        chosen = ~np.logical_or.reduce(within) if n == 0 else within[n - 1]
        ink(dots, x[chosen], y[chosen], screen)
    return _packed(left, top, dots)


def _inside(x: Numbers, y: Numbers, place: tuple[int, int, int, int]) -> Bits:
    left, top, columns, rows = place
    far: Bits = np.hypot(x + 0.5 - left - columns / 2, y + 0.5 - top - rows / 2) < columns / 2
    return far


def _corner_mask(middle: tuple[int, int], dpi: int) -> Mask:
    reach = int(RADII[-1])
    left, top, columns, rows = _in_dots(scaled(Box(middle[0] - reach, middle[1] - reach, 2 * reach, 2 * reach)), dpi)
    y, x = np.mgrid[:rows, :columns]
    far = np.hypot(x + 0.5 - columns / 2, y + 0.5 - rows / 2) * 2 * reach / columns
    disc, inner, outer = RADII
    return _packed(left, top, (far < disc) | ((far > inner) & (far < outer)))


def _packed(left: int, top: int, dots: Bits) -> Mask:
    rows, columns = dots.shape
    return Mask(left, top, columns, rows, np.packbits(dots, axis=1).tobytes())
