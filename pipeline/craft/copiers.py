"""What copiers make of a printed piece: scanned, worked over, printed again.

A model, not a machine: lens and sensor blur and noise; then sharpening, suppression of the background, a tone curve; then the
copier's own halftone and toner. Its figures are OURS, chosen so that the contrasts of published simulations come out. In photo
mode, in a flatbed scan of full tone and by fax no void pantograph shows its word: those machines are here to say so.
Same input, same copy: the scanner's noise is drawn from a fixed seed.
"""

import math
from itertools import product
from typing import NamedTuple

import numpy as np

from pipeline.craft.channel import Gain, Picture, blurred, luminance, printed, sampled

OUTPUT_DPI = 600
_LENS_DPI = 1200  # fine enough for any lens
_TONER = Gain(18, 8, 27)
_GAMMA = 2.2
_INK = 0.03
_NOISE = 0.008
_MIDDLE = 0.55  # of the tone curve
_SHARPENED = 60.0  # µm: standard deviation of the surroundings that sharpening compares with


class Mode(NamedTuple):
    """How a copier works a scan over. Levels are those after the usual gamma of 2.2, 1 is white."""

    title: str
    shows: bool  # whether a void pantograph is meant to show in it
    sharpen: float = 0  # share of the difference from the surroundings that is added
    white: float = 1  # share of the background's level that becomes white; 1: nothing is suppressed
    steep: float = 0  # of the tone curve; 0: none
    lines: int = 0  # of the halftone it is printed in, to the inch; 0: as the scan has it
    colour: bool = False


class Copier(NamedTuple):
    """A machine in one of its modes; `blur` is that of lens and sensor, standard deviation in µm."""

    mode: Mode
    dpi: int
    blur: float

    @property
    def title(self) -> str:
        return f"{self.mode.title} {self.dpi} dpi"


_COPIED = {
    "text": Mode("文字モード", True, 1.5, 0.97, 7, 141),
    "mixed": Mode("文字・写真モード", True, 1.2, 0.98, 5, 141),
    "colour": Mode("カラーモード", True, 1.0, 0.99, 4, 141, colour=True),
}
_BLUR = {600: 42.0, 400: 46.0, 300: 55.0}
COPIERS = {f"{mode}-{dpi}": Copier(_COPIED[mode], dpi, _BLUR[dpi]) for mode, dpi in product(_COPIED, sorted(_BLUR))} | {
    "photo-600": Copier(Mode("写真モード", False, lines=141), 600, _BLUR[600]),
    "flatbed-600": Copier(Mode("スキャナー（フルトーン）", False, colour=True), 600, 25.0),
    "fax-200": Copier(Mode("ファクス", False, steep=40), 200, 60.0),
}


def copied(print_: Picture, dpi: int, copier: Copier) -> tuple[Picture, int]:
    """The copy of a print (reflectances, colours first), and its dots to the inch; grey unless the machine copies in colour.

    `dpi` is 1200 or 2400.
    """
    return reproduced(scanned(print_, dpi, copier), copier)


def reproduced(scan: Picture, copier: Copier) -> tuple[Picture, int]:
    """What a copier makes of its scan, and its dots to the inch."""
    mode = copier.mode
    light = _worked_over(scan, copier) ** np.float32(_GAMMA)
    if not mode.lines:
        return _enlarged(light, copier.dpi), OUTPUT_DPI
    dots = _halftone(_enlarged(light, copier.dpi), mode.lines)
    planes = [printed(plane, OUTPUT_DPI, _TONER) for plane in dots.reshape(-1, *dots.shape[-2:])]  # three at once are too much
    return np.stack([plane for plane, _ in planes]).reshape(*dots.shape[:-2], *planes[0][0].shape), planes[0][1]


def scanned(print_: Picture, dpi: int, copier: Copier) -> Picture:
    """What a copier's sensor has of a print: levels after gamma, at the copier's resolution."""
    light = sampled(print_ if copier.mode.colour else luminance(print_), dpi, _LENS_DPI)
    scan = sampled(blurred(light, copier.blur, _LENS_DPI), _LENS_DPI, copier.dpi)
    noise = np.random.default_rng(copier.dpi).normal(0, _NOISE, scan.shape).astype(np.float32)
    levels: Picture = np.clip(scan + noise, 0.001, 1) ** np.float32(1 / _GAMMA)
    return levels


def _worked_over(levels: Picture, copier: Copier) -> Picture:
    mode = copier.mode
    ground = np.median(luminance(levels))  # of all colours alike: a yellow ground stays yellow
    levels = levels + mode.sharpen * (levels - blurred(levels, _SHARPENED, copier.dpi))
    if mode.white < 1:
        levels = levels / (ground * mode.white)
    if mode.steep:
        black, white = _curve(np.array([0, 1], np.float32), mode.steep)
        levels = (_curve(levels, mode.steep) - black) / (white - black)
    return np.clip(levels, 0, 1).astype(np.float32)


def _curve(level: Picture, steep: float) -> Picture:
    return np.asarray(1 / (1 + np.exp(-steep * (level - _MIDDLE))), np.float32)


def _enlarged(picture: Picture, dpi: int) -> Picture:
    rows, columns = (np.arange(length * OUTPUT_DPI // dpi) * dpi // OUTPUT_DPI for length in picture.shape[-2:])
    larger: Picture = picture[..., rows[:, None], columns]
    return larger


def _halftone(light: Picture, lines: int) -> Picture:
    """A picture in dots that grow from the corners of a screen at 45°; where it is white there are none."""
    y, x = np.mgrid[: light.shape[-2], : light.shape[-1]]
    turn = math.tau * lines / OUTPUT_DPI / math.sqrt(2)
    spot = (np.cos((x + y) * turn) + np.cos((x - y) * turn)) / 2
    level = np.argsort(np.argsort(spot, axis=None, kind="stable"), kind="stable").reshape(spot.shape) / spot.size
    return np.where(light > level, np.float32(1), np.float32(_INK))
