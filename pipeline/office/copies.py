"""A finished page as a copier returns it: drawn in the press's dots, printed, scanned, worked over, printed again.

A model (`craft/channel`, `craft/copiers`), not a machine; its pictures are for people, at 300 dpi.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from pipeline.base.geometry import Box
from pipeline.base.problems import Problem, UsageError
from pipeline.craft.channel import EYE_DPI, Gain, Picture, luminance, printed, sampled
from pipeline.craft.copiers import COPIERS, OUTPUT_DPI, Copier, reproduced, scanned
from pipeline.model.layout import Layout
from pipeline.model.press_profile import PressProfile
from pipeline.office.pictures import page_crops, row_of, titled

_ACROSS = 3  # copies beside each other
_FINEST = 1200  # dots to the inch of prints
_BAND, _AROUND = 600, 24  # dots that go through the channel at a time, and those beside that they are blurred with


def as_copied(pdf: bytes, boxes: Sequence[Box], copier: str, dpi: int, gain: Gain) -> bytes:
    """A PDF's pages beside each other as a copier returns them: PNG. `boxes` are what is shown of the pages, in turn, µm from
    the page's top left corner; `dpi` and `gain` are the press's. UsageError lists the known copiers."""
    known_copier(copier)
    return row_of([copy_of(page, COPIERS[copier], dpi, gain) for page in page_crops(pdf, boxes, dpi)], EYE_DPI)


def all_copies(pdf: bytes, box: Box, dpi: int, gain: Gain, typeface: Path) -> bytes:
    """A PDF's first page as it is and as every copier returns it, each under its name: PNG."""
    page = page_crops(pdf, [box], dpi)[0]
    light = _in_bands(page, lambda band: sampled(*printed(band, dpi, gain, _FINEST), EYE_DPI))
    shown = {"原本": Image.fromarray(_levels(light))}
    for name, copier in COPIERS.items():
        shown[f"{copier.title}　{name}"] = copy_of(page, copier, dpi, gain)
    return titled(shown, _ACROSS, typeface)


def pressed_on(layout: Layout, presses: Mapping[str, PressProfile]) -> PressProfile:
    """The press of a layout's first pantograph, for a layout without one the coarsest."""
    sides = (side for leaf in layout.leaves for side in leaf.sides)
    name = next((side.pantograph.profile for side in sides if side.pantograph), "")
    return presses[name] if name else min(presses.values(), key=lambda one: one.dpi)


def known_copier(name: str) -> None:
    """UsageError, if a copier is named and there is none of that name."""
    if name and name not in COPIERS:
        raise UsageError(Problem("copier-unknown", name[:60], {"name": name[:60], "known": "、".join(COPIERS)}))


def copy_of(page: Image.Image, copier: Copier, dpi: int, gain: Gain) -> Image.Image:
    """One page in a press's dots as a copier returns it, at `EYE_DPI`; white around what is printed stays as it is."""
    whole = Image.new("RGB", (page.width * EYE_DPI // dpi, page.height * EYE_DPI // dpi), "white")
    inked = ImageChops.difference(page, Image.new("RGB", page.size, "white")).getbbox()
    if inked is None:
        return whole
    step = 2 * dpi // EYE_DPI * OUTPUT_DPI // EYE_DPI  # whole dots at every resolution on the way
    left, top = (max(0, edge // step - 1) * step for edge in inked[:2])
    right, bottom = (min(length, (edge // step + 2) * step) for edge, length in zip(inked[2:], page.size, strict=True))

    def scan(band: Picture) -> Picture:
        return scanned(*printed(band if copier.mode.colour else luminance(band), dpi, gain, _FINEST), copier)

    copied, at = reproduced(_in_bands(page.crop((left, top, right, bottom)), scan), copier)
    shown = _levels(sampled(copied, at, EYE_DPI))
    whole.paste(Image.fromarray(shown).convert("RGB"), (left * EYE_DPI // dpi, top * EYE_DPI // dpi))
    return whole


def _in_bands(page: Image.Image, work: Callable[[Picture], Picture]) -> Picture:
    """A page as reflectances, worked over in bands of rows, so that only a few of them are held in fine dots."""
    picture, done = np.moveaxis(np.asarray(page), -1, 0), []
    for top in range(0, picture.shape[-2], _BAND):
        first, last = max(0, top - _AROUND), min(picture.shape[-2], top + _BAND + _AROUND)
        band = work(_linear(picture[:, first:last]))
        share = band.shape[-2] / (last - first)
        begin, end = round((top - first) * share), round((min(top + _BAND, picture.shape[-2]) - first) * share)
        done.append(band[..., begin:end, :])
    return np.concatenate(done, axis=-2)


def _linear(colours: NDArray[np.uint8]) -> Picture:
    """A picture of sRGB as reflectances (IEC 61966-2-1)."""
    level = np.arange(256, dtype=np.float32) / 255
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** np.float32(2.4)).astype(np.float32)
    return light[colours]


def _levels(light: Picture) -> NDArray[np.uint8]:
    """Reflectances as a picture of sRGB, grey or colours last."""
    level = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-6) ** np.float32(1 / 2.4) - 0.055)
    shown = np.clip(level * 255 + 0.5, 0, 255).astype(np.uint8)
    return shown if shown.ndim == 2 else np.ascontiguousarray(np.moveaxis(shown, 0, -1))
