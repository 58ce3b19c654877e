"""A printed form as a scanner has it: the finished PDF drawn in device dots, sent through the channel, then blurred, turned,
taken at another resolution, shaded and noisy."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image

from pipeline.craft.channel import Gain, Picture, blurred, printed, sampled
from pipeline.craft.wedges import HEIGHT, WIDTH, Chart, masks
from tests.measured import SOLID

_BLOCK, _AROUND = 300, 24  # device dots that go through the channel at a time, and those beside that they are blurred with
_LEAST, _PAPER = 0.004, 0.82  # reflectance of nothing at all, and of the paper
_SHADE = 0.06  # how much darker the scan's right edge is than its left


def form_dots(pdf: bytes, dpi: int) -> NDArray[np.uint8]:
    """The form on the first page in device dots (0 is ink), with paper around it."""
    page = pypdfium2.PdfDocument(pdf)[0]
    left, bottom, right, top = page.get_trimbox()
    page.set_mediabox(left, bottom, right, top)
    page.set_cropbox(left, bottom, right, top)
    size = round((right - left) * dpi / 72), round((top - bottom) * dpi / 72)
    scale = dpi / 72 * (1 - 0.02 / max(size))  # whole dots: a part of one more would scale the page
    drawn = page.render(scale=scale, grayscale=True, no_smoothtext=True, no_smoothimage=True, no_smoothpath=True)
    assert drawn.to_pil().size == size, (drawn.to_pil().size, size)
    return np.pad(np.asarray(drawn.to_pil().convert("L")), dpi // 2, constant_values=255)


def on_paper(dots: NDArray[np.uint8], dpi: int, gain: Gain, to: int) -> Picture:
    """Device dots as printed, at `to` dots to the inch (a divisor of the device's), block by block where there is ink."""
    fold = dpi // to
    paper = np.ones([length // fold for length in dots.shape], np.float32)
    for top in range(0, dots.shape[0] - fold, _BLOCK):
        for left in range(0, dots.shape[1] - fold, _BLOCK):
            ends = min(dots.shape[0], top + _BLOCK) // fold * fold, min(dots.shape[1], left + _BLOCK) // fold * fold
            first = max(0, top - _AROUND), max(0, left - _AROUND)
            part = dots[first[0] : ends[0] + _AROUND, first[1] : ends[1] + _AROUND]
            if (part > 127).all():
                continue
            picture, at = printed(np.where(part > 127, np.float32(1), np.float32(SOLID)), dpi, gain)
            light = sampled(picture, at, to)
            skip = (top - first[0]) // fold, (left - first[1]) // fold
            rows, columns = (ends[0] - top) // fold, (ends[1] - left) // fold
            paper[top // fold :, left // fold :][:rows, :columns] = light[skip[0] :, skip[1] :][:rows, :columns]
    return paper


def flat_scan(
    form: Chart, areas: Mapping[str, float], dpi: int, curve: str = "linear", stretch: float = 1.0
) -> NDArray[np.uint8]:
    """The form as a scanner would have it that sees no dots: every patch an even grey, 0 to 1 inked. `stretch` pulls its lower
    right corner outwards, as a camera would."""
    size, edge = (round(HEIGHT * dpi / 25_400), round(WIDTH * dpi / 25_400)), dpi // 2
    light = np.ones((size[0] + 2 * edge, size[1] + 2 * edge))
    for patch in form.patches:
        left, top, right, bottom = (
            round(at * dpi / 25_400) + edge for at in (*patch.box[:2], patch.box.right, patch.box.bottom)
        )
        light[top:bottom, left:right] = 1 - 0.97 * areas.get(patch.id, patch.tone)
    for mask in list(masks(form))[-5:]:
        bits = np.unpackbits(np.frombuffer(mask.data, np.uint8).reshape(mask.rows, -1), axis=1)[:, : mask.columns]
        rows, columns = (np.arange(round(length * dpi / form.dpi)) * form.dpi // dpi for length in bits.shape)
        left, top = (round(at * dpi / form.dpi) + edge for at in (mask.left, mask.top))
        if stretch != 1 and mask.left > form.dpi and mask.top > form.dpi:
            left = round(left * stretch)
        light[top : top + len(rows), left : left + len(columns)] = 1 - 0.97 * bits[rows[:, None], columns]
    return (_encoded(light, curve) * 255 + 0.5).astype(np.uint8)


def scan(paper: Picture, at: int, dpi: int, turn: float = 0.0, curve: str = "srgb", deep: bool = False) -> NDArray[Any]:
    """A scan of a sheet of paper: levels of 8 bits (`deep`: 16). `turn` is in degrees."""
    soft = Image.fromarray(blurred(paper, 25.0, at) * np.float32(_PAPER) + np.float32(_LEAST))
    scale, angle = at / dpi, math.radians(turn)
    width, height = (math.ceil(length / scale) for length in soft.size)
    cosine, sine = math.cos(angle) * scale, math.sin(angle) * scale
    left = soft.width / 2 - cosine * width / 2 - sine * height / 2
    top = soft.height / 2 + sine * width / 2 - cosine * height / 2
    lying = soft.transform(
        (width, height),
        Image.Transform.AFFINE,
        (cosine, sine, left, -sine, cosine, top),
        Image.Resampling.BICUBIC,
        fillcolor=_PAPER,
    )
    light = np.asarray(lying) * (1 - _SHADE * np.linspace(0, 1, width, dtype=np.float32))
    light = np.clip(light + np.random.default_rng(7).normal(0, 0.006, light.shape), 0, 1)
    light = _encoded(light, curve)
    return (light * 65_535 + 0.5).astype(np.uint16) if deep else (light * 255 + 0.5).astype(np.uint8)


def _encoded(light: NDArray[Any], curve: str) -> NDArray[Any]:
    if curve == "linear":
        return light
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-6) ** (1 / 2.4) - 0.055)
