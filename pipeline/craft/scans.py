"""A scan of a test form: found by its four corners, straightened, and every patch read against the paper beside it.

The corners are rings, alike from every side, so that a form that lies askew or on its head is found as well; the bar tells
which way up it is and which form it is. Levels become reflectances by the scan's tone curve (sRGB: IEC 61966-2-1, or none).
What a scanner does beyond that (sharpening, a curve of its own) cannot be taken back. The bounds are OURS.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.base.geometry import Box
from pipeline.base.problems import LayoutError, Problem
from pipeline.craft.wedges import BAR, CORNERS, RADII, UNIT, Chart, bar_bits, bar_code, scaled

CURVES = ("srgb", "linear")
LEAST_DPI = 200
_SEARCHED = 100  # dpi in which the corners are looked for
_ALIKE, _CANDIDATES = 0.6, 9  # correlation of what may be a corner, and how many of these are tried
_ASKEW, _SIZE_OFF, _WARPED = 0.02, 0.01, 250  # share of a side; of the printed size; µm that a corner may lie off
_INNER = 0.85  # of a patch, across and down: what is read
_BESIDE = (1_300, 3_000)  # µm from a patch: where its paper is read
Levels = NDArray[Any]  # uint8 or uint16, rows and columns
Plane = NDArray[np.float64]


class Scan(NamedTuple):
    """What was read: reflectances by patch, of the paper beside each; and how the form lay: degrees, and its size in print."""

    light: Mapping[str, float]
    turned: float
    size: float


class Found(NamedTuple):
    """A form in a scan: the affine map from the form's µm (and 1) to the scan's pixels."""

    map: Plane
    turned: float
    size: float


def located(levels: Levels, dpi: int, form: Chart, place: str) -> Found:
    """Find a form. LayoutError: too coarse, no four corners, bent or printed in another size, another form."""
    if dpi < LEAST_DPI:
        raise LayoutError(Problem("calibrate-scan-too-coarse", place, {"dpi": dpi, "least": LEAST_DPI}))
    corners = _corners(levels, dpi, place)
    ways = []
    for first in range(4):
        points = np.roll(corners, -first, axis=0)
        affine, off = _affine(points, dpi)
        across, down = (math.hypot(*affine[axis]) * 25_400 / dpi for axis in (0, 1))
        if abs(across / down - 1) < 2 * _ASKEW:
            ways.append((_bar(levels, affine), affine, off, (across + down) / 2))
    read = [way for way in ways if bar_code(way[0])]
    if not read:
        raise LayoutError(Problem("calibrate-no-corners", place, {"found": 4}))
    bits, affine, off, size = read[0]
    if off > _WARPED * dpi / 25_400:
        raise LayoutError(Problem("calibrate-scan-warped", place, {"off": f"{off * 25.4 / dpi:.2f}"}))
    if abs(size - 1) > _SIZE_OFF:
        raise LayoutError(Problem("calibrate-other-size", place, {"size": f"{100 * size:.1f}", "dpi": dpi}))
    if bits != bar_bits(form.code):
        raise LayoutError(Problem("calibrate-other-form", place, {"found": bar_code(bits), "wanted": form.code}))
    return Found(affine, math.degrees(math.atan2(affine[0, 1], affine[0, 0])), size)


def read(levels: Levels, found: Found, form: Chart, curve: str) -> Scan:
    """Reflectances of every patch of a form that was found; `curve` is of `CURVES`."""
    light = {}
    for patch in form.patches:
        paper = float(np.mean([_mean(levels, found.map, strip, curve) for strip in _beside(patch.box)]))
        light[patch.id] = _mean(levels, found.map, _shrunk(patch.box), curve) / max(paper, 1e-6)
    return Scan(light, found.turned, found.size)


def _corners(levels: Levels, dpi: int, place: str) -> Plane:
    """The middles of the four corners in pixels (x, y), clockwise as seen."""
    fold = max(1, dpi // _SEARCHED)
    small, at = _small(levels, fold), dpi / fold
    peaks = list(_peaks(_likeness(small, at), at))
    best = min(
        ((_skewness(four), four) for four in map(_clockwise, combinations(peaks, 4))),
        key=lambda one: one[0],
        default=(1.0, None),
    )
    if best[1] is None or best[0] > _ASKEW:
        raise LayoutError(Problem("calibrate-no-corners", place, {"found": min(len(peaks), 3)}))
    return np.array([_refined(levels, (point + 0.5) * fold - 0.5, dpi) for point in best[1]])


def _small(levels: Levels, fold: int) -> Plane:
    rows, columns = (length // fold * fold for length in levels.shape)
    parts = levels[:rows, :columns].reshape(rows // fold, fold, columns // fold, fold)
    means: Plane = parts.mean((1, 3)) / np.iinfo(levels.dtype).max
    return means


def _likeness(picture: Plane, dpi: float) -> Plane:
    """How much the surroundings of each pixel look like a corner: normalised correlation."""
    unit = UNIT * dpi / 25_400
    reach = math.ceil((RADII[-1] + 0.5) * unit)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    far = np.hypot(x, y) / unit
    shape = np.where((far < RADII[0]) | ((far > RADII[1]) & (far < RADII[2])), 0.0, 1.0)
    shape -= shape.mean()
    size = [length + 2 * reach for length in picture.shape]
    spectrum = np.fft.rfft2(np.pad(picture, reach, "edge"), size) * np.conj(np.fft.rfft2(shape, size))
    rows, columns = picture.shape
    alike = np.fft.irfft2(spectrum, size)[:rows, :columns]
    window = 2 * reach + 1
    mean, square = (_windows(np.pad(one, reach, "edge"), window) / window**2 for one in (picture, picture**2))
    deviation = np.sqrt(np.maximum(square - mean**2, 1e-4))
    likeness: Plane = alike / (deviation * window * np.sqrt((shape**2).sum()))
    return likeness


def _windows(picture: Plane, window: int) -> Plane:
    """The sum over every square window."""
    sums: Plane = np.pad(picture, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    return sums[window:, window:] - sums[:-window, window:] - sums[window:, :-window] + sums[:-window, :-window]


def _peaks(likeness: Plane, dpi: float) -> Iterator[Plane]:
    """Where the likeness is greatest, one peak in a corner's reach: x, y."""
    reach = round(2 * RADII[-1] * UNIT * dpi / 25_400)
    left = likeness.copy()
    for _ in range(_CANDIDATES):
        y, x = np.unravel_index(int(left.argmax()), left.shape)
        if left[y, x] < _ALIKE:
            return
        left[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach] = -1
        yield np.array([x, y], np.float64)


def _clockwise(points: tuple[Plane, ...]) -> Plane:
    four = np.array(points)
    away = four - four.mean(0)
    return four[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]


def _skewness(four: Plane) -> float:
    """How far four points are from a rectangle with the form's sides, share of the longer side; 1: not at all one."""
    sides = np.roll(four, -1, axis=0) - four
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    if lengths.min() <= 0:
        return 1.0
    wanted = np.array([CORNERS[1][0] - CORNERS[0][0], CORNERS[2][1] - CORNERS[1][1]] * 2, np.float64)
    diagonals = np.hypot(*(four[0] - four[2])) / np.hypot(*(four[1] - four[3])) - 1
    shapes = [lengths / side / (lengths / side).mean() - 1 for side in (wanted, np.roll(wanted, 1))]
    return float(max(abs(diagonals), min(np.abs(shape).max() for shape in shapes)))


def _refined(levels: Levels, near: Plane, dpi: int) -> Plane:
    """The middle of a corner's ink, to parts of a pixel."""
    unit = UNIT * dpi / 25_400
    reach = math.ceil((RADII[-1] + 1) * unit)
    for _ in range(3):
        left, top = (max(0, round(float(edge)) - reach) for edge in near)
        part = levels[top : top + 2 * reach + 1, left : left + 2 * reach + 1].astype(np.float64)
        y, x = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]]
        ink = np.maximum(0, np.percentile(part, 95) - part) * (np.hypot(x - near[0], y - near[1]) < (RADII[-1] + 0.6) * unit)
        ink *= ink > ink.max() / 4
        near = np.array([(ink * x).sum(), (ink * y).sum()]) / max(float(ink.sum()), 1e-9)
    return near


def _affine(points: Plane, dpi: int) -> tuple[Plane, float]:
    """The map from the form's µm to pixels, rows of x, y and 1; and how far, in pixels, a corner lies off it."""
    given = np.array([[x * UNIT, y * UNIT, 1] for x, y in CORNERS], np.float64)
    affine: Plane = np.linalg.lstsq(given, points, rcond=None)[0].astype(np.float64)
    return affine, float(np.hypot(*(given @ affine - points).T).max())


def _bar(levels: Levels, affine: Plane) -> str:
    """The bar's bits, as dark or light as they are."""
    cells = len(bar_bits("BBBB"))
    width = BAR.width * UNIT // cells
    whole = scaled(BAR)
    boxes = [Box(whole.left + n * width, whole.top, width, whole.height) for n in range(cells)]
    values = np.array([_mean(levels, affine, _shrunk(box), "linear") for box in boxes])
    middle = (values.min() + values.max()) / 2
    return "".join("01"[int(value < middle)] for value in values) if np.ptp(values) > 0.2 else "0" * cells


def _shrunk(box: Box) -> Box:
    width, height = round(box.width * _INNER), round(box.height * _INNER)
    return Box(box.left + (box.width - width) // 2, box.top + (box.height - height) // 2, width, height)


def _beside(box: Box) -> tuple[Box, Box]:
    """Strips of bare paper left and right of a patch."""
    near, far = _BESIDE
    top, height = box.top + box.height // 5, box.height * 3 // 5
    return Box(box.left - far, top, far - near, height), Box(box.right + near, top, far - near, height)


def _mean(levels: Levels, affine: Plane, box: Box, curve: str) -> float:
    """The mean reflectance in a box of the form, its middle counting most, so that cut dots at its edges do not; what lies
    beyond the scan counts as its edge."""
    ends = np.array([[x, y, 1] for x in (box.left, box.right) for y in (box.top, box.bottom)], np.float64) @ affine
    rows, columns = levels.shape
    left, top = (int(np.floor(edge)) for edge in ends.min(0))
    right, bottom = (int(np.ceil(edge)) + 1 for edge in ends.max(0))
    y, x = np.mgrid[top:bottom, left:right]
    back = np.linalg.inv(affine[:2])
    along = (x - affine[2, 0]) * back[0, 0] + (y - affine[2, 1]) * back[1, 0]
    down = (x - affine[2, 0]) * back[0, 1] + (y - affine[2, 1]) * back[1, 1]
    inside = (along >= box.left) & (along < box.right) & (down >= box.top) & (down < box.bottom)
    part = levels[np.clip(y[inside], 0, rows - 1), np.clip(x[inside], 0, columns - 1)]
    weight = np.sin(np.pi * (along[inside] - box.left) / box.width) * np.sin(np.pi * (down[inside] - box.top) / box.height)
    weight = weight**2 + 1e-12
    return float((_linear(part / np.iinfo(levels.dtype).max, curve) * weight).sum() / weight.sum()) if part.size else 0.0


def _linear(level: Plane, curve: str) -> Plane:
    if curve == "linear":
        return level
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
