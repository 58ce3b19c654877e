"""The 2D codes that a picture shows: a photograph, a scan, or the pages of a PDF. Nothing of what they say is believed here."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter, ImageOps

from pipeline.stages.checking.codes import FORMATS

_DPI = 400  # of a page: six dots for the card's module of a quarter of a millimetre would be 600, four are enough
_LARGEST = 120_000_000  # pixels; a photograph has 12 to 50 million
_SIDES = (0, 2400, 1400)  # pixels of the longer side: as it is, and smaller, where noise and a telephone's sharpening drown


class NotAPicture(Exception):
    """The file is no picture or PDF that can be opened, or a picture that is too large."""


def payloads_in(path: Path) -> list[str]:
    """What the 2D codes in a picture or PDF say, each once, in the order they are found."""
    found: dict[str, None] = {}
    try:
        for picture in _pictures(path):
            found |= dict.fromkeys(text for look in _looks(picture) for text in _read(look))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, pypdfium2.PdfiumError) as error:
        raise NotAPicture(type(error).__name__) from None
    return list(found)


def _pictures(path: Path) -> Iterator[Image.Image]:
    with path.open("rb") as file:
        is_pdf = file.read(1024).lstrip().startswith(b"%PDF-")
    if not is_pdf:
        with Image.open(path) as opened:
            if opened.width * opened.height > _LARGEST:
                raise ValueError("too large")
            yield ImageOps.exif_transpose(opened).convert("L")
        return
    with closing(pypdfium2.PdfDocument(path)) as pdf:
        for page in pdf:
            width, height = page.get_size()
            if width * height * (_DPI / 72) ** 2 > _LARGEST:
                raise ValueError("too large")
            yield page.render(scale=_DPI / 72, grayscale=True).to_pil().convert("L")


def _looks(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture as it is, then smaller and smoother: each shows a reader what another one hides."""
    for side in _SIDES:
        if not side:
            yield picture
        elif side < max(picture.size):
            smaller = picture.copy()
            smaller.thumbnail((side, side), Image.Resampling.BOX)
            yield ImageOps.autocontrast(smaller, cutoff=1)
    yield ImageOps.autocontrast(picture.filter(ImageFilter.GaussianBlur(1.5)), cutoff=1)


def _read(picture: Image.Image) -> Iterator[str]:
    for found in zxingcpp.read_barcodes(picture, formats=FORMATS):
        if found.valid and found.text:
            yield found.text
