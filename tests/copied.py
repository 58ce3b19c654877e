"""A piece of a finished page at device resolution, and how well a word shows in a picture of it."""

import math
from typing import NamedTuple

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from pipeline.base.geometry import Box
from pipeline.craft.channel import EYE_DPI, Picture, blurred
from pipeline.office.proof import Proof

_MM = 72 / 25.4
_STROKE = 600.0  # µm: what a reader takes together, about half a stroke of the shipped words
Bits = NDArray[np.bool_]


class Seen(NamedTuple):
    """How a word shows: Weber contrast (dark word positive), contrast to noise, correlation with the word's shape at its place,
    and how far from there (µm) the shape fits best."""

    weber: float
    cnr: float
    correlation: float
    off: float


def piece(made: Proof, box: Box, dpi: int, smooth: bool = False, shift: float = 0) -> NDArray[np.uint8]:
    """A box of the first page (from its trim's corner, µm) in colour, on the device grid that begins at the bleed's corner.

    A device draws no dot in half; `smooth` is for whoever looks for the finest line. `shift` moves the grid by parts of a dot.
    """
    pitch = 25_400 / dpi
    trim = made.trims[0]
    left, top, width, height = (
        round((edge + made.bleed) / pitch) for edge in (box.left, box.top, box.width - made.bleed, box.height - made.bleed)
    )
    page = pypdfium2.PdfDocument(made.pdf)[0]
    x = (trim.left - made.bleed) / 1000 * _MM + (left + shift) * 72 / dpi
    y = page.get_height() - (trim.top - made.bleed) / 1000 * _MM - (top + shift) * 72 / dpi
    page.set_mediabox(x, y - height * 72 / dpi, x + width * 72 / dpi, y)
    page.set_cropbox(x, y - height * 72 / dpi, x + width * 72 / dpi, y)
    found = (
        page.render(
            scale=dpi / 72 * (1 - 0.02 / max(width, height)),
            no_smoothtext=not smooth,
            no_smoothimage=not smooth,
            no_smoothpath=not smooth,
        )
        .to_pil()
        .convert("RGB")
    )
    assert found.size == (width, height), (found.size, width, height)
    return np.asarray(found)


def judged(picture: Picture, shape: Bits, free: Bits) -> Seen:
    """A picture at `EYE_DPI` against the word's shape there; `free` is where nothing but the pattern is printed."""
    kept = free.astype(np.float32)
    ground, word = picture[free & ~shape], picture[free & shape]
    wide = blurred(picture * kept, _STROKE / 2, EYE_DPI) / np.maximum(blurred(kept, _STROKE / 2, EYE_DPI), 0.05)
    model = blurred(shape.astype(np.float32), _STROKE / 2, EYE_DPI)
    inside, outside = free & (model > 0.9), free & (model < 0.1)
    noise = math.sqrt((wide[inside].var() + wide[outside].var()) / 2)
    found = {
        (down, right): _correlation(wide, np.roll(model, (down, right), (0, 1)), free)
        for down in range(-24, 25, 4)
        for right in range(-24, 25, 4)
    }
    down, right = max(found, key=lambda place: found[place])
    return Seen(
        float((ground.mean() - word.mean()) / ground.mean()),
        float((wide[outside].mean() - wide[inside].mean()) / noise),
        found[0, 0],
        math.hypot(down, right) * 25_400 / EYE_DPI,
    )


def _correlation(picture: Picture, model: Picture, free: Bits) -> float:
    return float(-np.corrcoef(picture[free], model[free])[0, 1])


def linear(colours: NDArray[np.uint8]) -> Picture:
    """A picture of sRGB as reflectances, colours first (IEC 61966-2-1)."""
    level = np.moveaxis(colours, -1, 0).astype(np.float32) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** np.float32(2.4)).astype(np.float32)
