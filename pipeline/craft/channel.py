"""What becomes of dots: printed, with the gain of ink and paper, and seen by the eye.

A model, not a press: an edge that spreads and is soft, light that wanders in the paper so that a dot throws a shadow, the eye's
blur. Its figures are OURS, in the range that simulations of such patterns are published with; a vendor's proof decides.
Pictures are reflectances (1 = white paper), their last two axes rows and columns; an axis before them is of colours (red,
green, blue). A picture's dots to the inch go with it.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

INK = 0.03  # reflectance of black ink in full: density 1.5
EYE_DPI = 300  # of what the eye gets
FINEST = 2400
_EYE = 75.0  # µm: standard deviation of the eye's blur at 30 cm, about 0.9 minutes of arc
_SOFT = 0.5  # how much of the blur is left of an edge where ink decides: 0 none
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of red, green and blue: IEC 61966-2-1
Picture = NDArray[np.float32]


class Gain(NamedTuple):
    """How dots grow, µm: an edge's blur and how far it spreads, and how far light wanders in the paper."""

    blur: float
    spread: float
    scatter: float

    def off(self, share: float) -> "Gain":
        """The gain of a press that is off by this share: 1.2 is 20 percent more."""
        return Gain(self.blur, self.spread * share, self.scatter * share)


def printed(picture: Picture, dpi: int, gain: Gain, finest: int = FINEST) -> tuple[Picture, int]:
    """A picture of device dots as printed, and its dots to the inch; dots are halved where that is no finer than `finest`.

    Whole dots of 1200 dpi cost a fourteenth; a pantograph's contrast in the original is then 0.002 off, 0.006 where the gain is
    a fifth off, and in copies 3 % less.
    """
    fold = max(1, min(2, finest // dpi))
    whole, at = picture.repeat(fold, -1).repeat(fold, -2), dpi * fold
    reach = math.ceil(3 * gain.blur * at / 25_400)
    light, dark = _farthest(whole, reach, np.maximum), _farthest(whole, reach, np.minimum)
    spare = np.maximum(light - dark, np.float32(1e-6))
    ink = (light - blurred(whole, gain.blur, at)) / spare
    edge = 0.5 * math.erfc(gain.spread / gain.blur / math.sqrt(2))
    ink = np.clip((ink - np.float32(edge)) / np.float32(_SOFT) + np.float32(0.5), 0, 1)
    through = np.sqrt(light - spare * ink)
    return through * blurred(through, gain.scatter, at), at


def seen(picture: Picture, dpi: int) -> Picture:
    """The luminance the eye has of a picture at reading distance, at `EYE_DPI`."""
    near = sampled(picture, dpi, min(dpi, 600))
    return sampled(blurred(luminance(near), _EYE, min(dpi, 600)), min(dpi, 600), EYE_DPI)


def luminance(picture: Picture) -> Picture:
    """A coloured picture in grey; a grey one as it is."""
    return picture if picture.ndim == 2 else np.tensordot(_LUMINANCE, picture, 1).astype(np.float32)


def sampled(picture: Picture, dpi: int, to: int) -> Picture:
    """A picture at fewer dots to the inch, each the mean of what it covers; `to` divides `dpi`."""
    fold = dpi // to
    rows, columns = (length // fold for length in picture.shape[-2:])
    parts = picture[..., : rows * fold, : columns * fold].reshape(*picture.shape[:-2], rows, fold, columns, fold)
    means: Picture = parts.mean((-3, -1), dtype=np.float32)
    return means


def blurred(picture: Picture, deviation: float, dpi: int) -> Picture:
    """A picture blurred by a Gaussian (standard deviation in µm); beyond its edges it goes on as it ends."""
    sigma = deviation * dpi / 25_400
    if sigma <= 0:
        return picture
    reach = max(1, math.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2).astype(np.float32)
    weights /= weights[0] + 2 * weights[1:].sum()
    for axis in (-1, -2):
        wide = _widened(picture, axis, reach)
        picture = weights[0] * _part(wide, axis, reach, reach)
        both = np.empty_like(picture)
        for step in range(1, reach + 1):
            np.add(_part(wide, axis, reach - step, reach), _part(wide, axis, reach + step, reach), out=both)
            both *= weights[step]
            picture += both
    return picture


def _farthest(picture: Picture, reach: int, choose: np.ufunc) -> Picture:
    """The greatest or least value around each dot."""
    for axis in (-1, -2):
        wide, found = _widened(picture, axis, reach), picture.copy()
        for step in range(2 * reach + 1):
            choose(found, _part(wide, axis, step, reach), out=found)
        picture = found
    return picture


def _widened(picture: Picture, axis: int, reach: int) -> Picture:
    sides = [(0, 0)] * picture.ndim
    sides[axis] = (reach, reach)
    return np.pad(picture, sides, "edge")


def _part(wide: Picture, axis: int, start: int, reach: int) -> Picture:
    """A view of a widened picture in the size it had, from a row or column on."""
    length = wide.shape[axis] - 2 * reach
    return wide[..., start : start + length] if axis == -1 else wide[..., start : start + length, :]
