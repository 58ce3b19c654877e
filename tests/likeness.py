"""How alike two pages of the same side are, measured three ways, so that no shift hides behind a rasteriser's rounding.

*Glyphs*: the origin of every glyph, as PDFium's text reader finds it in both files; no raster at all. *Dots*: the whole side at
600 dpi. *Fields*: every field and code alone at 2400 dpi, its shape and the middle of its ink. At 600 dpi PDFium sets small
glyphs on whole dots, so single ones stand a dot apart there though their origins agree to 2 µm; at 2400 dpi it draws outlines.
"""

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from pipeline.base.geometry import Box
from pipeline.model.template import Side

Grey = NDArray[np.int16]

INCH = 25_400  # µm
COARSE, FINE = 600, 2400  # dpi
DIFFERENT = 64  # grey levels of 255
EDGE = 32  # the same: from dot to dot of the artwork, it ends there
FEW = 0.002  # share of a side's inked dots that may differ at 600 dpi
ORIGIN = 9.0  # µm: whole µm of type size add up to 6 over 48 characters, to 8.5 over 68
MIDDLE = 5.0  # µm
DOT = INCH / FINE  # µm: a mask's edges fall on whole dots, so may the middle of a code
MARGIN = 300  # µm around a field's box


class Fault(NamedTuple):
    """What differs, and where: `glyphs`, `dots` or the name of a field or code."""

    where: str
    what: str


class Glyph(NamedTuple):
    """A glyph's origin from the page's top left corner, µm."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Sheet:
    """One page of a PDF, opened for looking at."""

    page: pypdfium2.PdfPage

    def whole(self, dpi: int) -> Grey:
        return _grey(self.page.render(scale=dpi / 72, grayscale=True))

    def part(self, box: Box, dpi: int) -> Grey:
        """The dots of a box (µm from the page's top left corner)."""
        scale = dpi / 72
        width, height = (int(np.ceil(edge * scale)) for edge in self.page.get_size())
        left, top, right, bottom = _edges(box, dpi)
        edges = (max(left, 0), max(height - bottom, 0), max(width - right, 0), max(top, 0))
        return _grey(self.page.render(scale=scale, grayscale=True, crop=tuple((edge - 0.5) / scale for edge in edges)))

    def glyphs(self) -> list[Glyph]:
        """Every glyph that is not a blank."""
        text = self.page.get_textpage()
        height = self.page.get_height()
        found = []
        x, y = ctypes.c_double(), ctypes.c_double()
        for n in range(raw.FPDFText_CountChars(text)):
            char = chr(raw.FPDFText_GetUnicode(text, n))
            if raw.FPDFText_IsGenerated(text, n) or char.isspace():
                continue
            raw.FPDFText_GetCharOrigin(text, n, x, y)
            found.append(Glyph(char, x.value * INCH / 72, (height - y.value) * INCH / 72))
        return found


def _edges(box: Box, dpi: int) -> tuple[int, ...]:
    """Left, top, right and bottom in whole dots."""
    return tuple(round(edge * dpi / INCH) for edge in (box.left, box.top, box.right, box.bottom))


def _grey(bitmap: pypdfium2.PdfBitmap) -> Grey:
    return bitmap.to_numpy().squeeze().astype(np.int16)


def faults(
    ours: Sheet, whole: Sheet, artwork: Sheet, side: Side, filled: Iterable[str], bleed: int, origin: float = ORIGIN
) -> list[Fault]:
    """Where a stamped side is not the side set whole. `filled` names the fields with a text, `artwork` is the side bare."""
    assert np.allclose(ours.page.get_size(), whole.page.get_size(), atol=0.01)
    return [
        *_glyphs(ours.glyphs(), whole.glyphs(), origin),
        *_dots(ours.whole(COARSE), whole.whole(COARSE), side, bleed),
        *_fields(ours, whole, artwork, side, set(filled), bleed),
    ]


def _glyphs(ours: list[Glyph], whole: list[Glyph], most: float) -> Iterator[Fault]:
    if len(ours) != len(whole):
        yield Fault("glyphs", f"{len(ours)} and not {len(whole)}")
        return
    places = np.array([(glyph.x, glyph.y) for glyph in whole])
    for glyph in ours:
        away = np.abs(places - (glyph.x, glyph.y)).max(axis=1)
        if away.min() > most:
            yield Fault("glyphs", f"U+{ord(glyph.text):04X} at {glyph.x:.0f} {glyph.y:.0f} is {away.min():.1f} µm off")


def _dots(ours: Grey, whole: Grey, side: Side, bleed: int) -> Iterator[Fault]:
    for code in side.codes:  # a code's edges fall on whole dots in a mask, between them in a path: seen at 2400 dpi
        left, top, right, bottom = _edges(_around(code.box, bleed), COARSE)
        ours[top:bottom, left:right] = whole[top:bottom, left:right] = 255
    differ = int((np.abs(ours - whole) > DIFFERENT).sum())
    inked = int((whole < 128).sum())
    if differ > FEW * inked:
        yield Fault("dots", f"{differ} of {inked} differ")
    elif apart(ours, whole) > DIFFERENT:
        yield Fault("dots", "another shape")


def _fields(ours: Sheet, whole: Sheet, artwork: Sheet, side: Side, filled: set[str], bleed: int) -> Iterator[Fault]:
    boxes = {field.name: field.box for field in side.texts if field.name in filled}
    codes = {code.name: code.box for code in side.codes}
    bars = {code.name for code in side.codes if code.kind != "qr"}  # there may be nothing for them to say
    boxes |= codes
    for name, box in boxes.items():
        place = _around(box, bleed)
        dpi = FINE // 2 if name in bars else FINE  # the edges of 67 bars are rounded one by one
        bare = artwork.part(place, dpi)
        clear = ~_beside_edges(bare)
        one, other = (np.clip(bare - sheet.part(place, dpi), 0, 255) * clear for sheet in (ours, whole))
        if not other.any():
            if one.any() or name not in bars:
                yield Fault(name, "no ink")
            continue
        if not one.any():
            yield Fault(name, "blank")
            continue
        right, down = (float(a - b) * INCH / dpi for a, b in zip(_middle(one), _middle(other), strict=True))
        if max(abs(right), abs(down)) > (DOT if name in codes else MIDDLE):
            yield Fault(name, f"{right:+.1f} µm right, {down:+.1f} µm down")
        if apart(one, other) > DIFFERENT:
            yield Fault(name, "another shape")


def _beside_edges(bare: Grey) -> Any:
    """Where the artwork's tints and rules end, and a dot about it: an edge that lies a hundredth of a dot elsewhere is no ink
    of a field."""
    about = np.zeros(bare.shape, np.bool_)
    down, right = (np.abs(np.diff(bare, axis=axis)) > EDGE for axis in (0, 1))
    about[1:] |= down
    about[:-1] |= down
    about[:, 1:] |= right
    about[:, :-1] |= right
    return about


def _around(box: Box, bleed: int) -> Box:
    """A field's box on the page, with a margin."""
    return Box(box.left + bleed, box.top + bleed, box.width, box.height).grown(MARGIN)


def _middle(ink: Grey) -> tuple[float, float]:
    """The mean place of the ink, dots."""
    total = ink.sum(dtype=np.int64)
    across, down = ink.sum(axis=0, dtype=np.int64), ink.sum(axis=1, dtype=np.int64)
    return float(across @ np.arange(len(across)) / total), float(down @ np.arange(len(down)) / total)


def apart(one: Grey, other: Grey) -> int:
    """How far two pictures are apart in grey where no dot beside it in the other picture forgives a dot."""
    rows, columns = np.nonzero(np.abs(one - other) > DIFFERENT)
    if not len(rows):
        return 0
    worst = 0
    beside = [
        (np.clip(rows + down, 0, one.shape[0] - 1), np.clip(columns + right, 0, one.shape[1] - 1))
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    ]
    for a, b in ((one, other), (other, one)):
        near = np.array([b[place] for place in beside])
        dots = a[rows, columns]
        worst = max(worst, int((dots - near.max(axis=0)).max()), int((near.min(axis=0) - dots).max()))
    return worst
