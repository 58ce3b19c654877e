"""Pictures of finished pages for people: proofs as PNG. Uses the checker's `pypdfium2` and `Pillow`, never to make ink."""

import math
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from pipeline.base.geometry import Box

Picture = Image.Image
_LARGE = 3_000_000  # pixels
_GAP = 24  # pixels between pages
_NOTICEABLE = 24  # of 255: the same ink may be smoothed differently
_CHANGED = (208, 16, 40)
_PAPER, _DESK, _EDGE = "white", "#e9edf0", "#aab4bc"


def side_by_side(pdf: bytes, boxes: Sequence[Box], dpi: int = 300) -> bytes:
    """A PDF's pages in one PNG, left to right. `boxes` are what is shown of the pages, in turn (front, back), µm."""
    return row_of(page_crops(pdf, boxes, dpi), dpi)


def row_of(pages: Sequence[Image.Image], dpi: int) -> bytes:
    """Pictures of one resolution in one PNG, left to right."""
    width = sum(page.width for page in pages) + _GAP * (len(pages) - 1)
    sheet = Image.new("RGB", (width, max(page.height for page in pages)), _PAPER)
    left = 0
    for page in pages:
        sheet.paste(page, (left, 0))
        left += page.width + _GAP
    return _png(sheet, dpi)


def titled(pictures: Mapping[str, Image.Image], across: int, typeface: Path) -> bytes:
    """Pictures of one size in rows, each under its title."""
    width, height = next(iter(pictures.values())).size
    line = max(24, height // 20)
    font = ImageFont.truetype(str(typeface), line * 3 // 4)
    rows = -(-len(pictures) // across)
    desk = Image.new("RGB", (across * (width + _GAP) + _GAP, rows * (height + line + _GAP) + _GAP), _DESK)
    for number, (title, picture) in enumerate(pictures.items()):
        left, top = _GAP + number % across * (width + _GAP), _GAP + number // across * (height + line + _GAP)
        ImageDraw.Draw(desk).text((left, top), title, "black", font)
        desk.paste(picture, (left, top + line))
    return _png(desk)


def columns(documents: Sequence[tuple[bytes, Sequence[Box]]], height: int) -> bytes:
    """Several documents beside each other on a desk, each with the pages of its first leaf one above the other.

    They are not to scale: each column is about `height` pixels high.
    """
    scales = [height * 25400 / sum(box.height for box in boxes) for _, boxes in documents]
    stacks = [page_crops(pdf, boxes, dpi)[: len(boxes)] for (pdf, boxes), dpi in zip(documents, scales, strict=True)]
    widths = [max(page.width for page in stack) for stack in stacks]
    heights = [sum(page.height + _GAP for page in stack) for stack in stacks]
    desk = Image.new("RGB", (sum(width + _GAP for width in widths) + _GAP, max(heights) + _GAP), _DESK)
    left = _GAP
    for stack, width in zip(stacks, widths, strict=True):
        top = _GAP
        for page in stack:
            desk.paste(_EDGE, (left - 1, top - 1, left + page.width + 1, top + page.height + 1))
            desk.paste(page, (left, top))
            top += page.height + _GAP
        left += width + _GAP
    return _png(desk)


def wall(documents: Sequence[tuple[bytes, Sequence[Box]]], height: int, across: int = 2400) -> bytes:
    """All pages of several documents in rows, each page `height` pixels high, rows no longer than `across`."""
    pages = [
        page for pdf, boxes in documents for page in page_crops(pdf, boxes, height * 25400 / max(box.height for box in boxes))
    ]
    rows: list[list[Image.Image]] = [[]]
    for page in pages:
        if rows[-1] and sum(one.width + _GAP for one in rows[-1]) + page.width + 2 * _GAP > across:
            rows.append([])
        rows[-1].append(page)
    desk = Image.new("RGB", (across, len(rows) * (height + _GAP) + _GAP), _DESK)
    for number, row in enumerate(rows):
        left, top = _GAP, _GAP + number * (height + _GAP)
        for page in row:
            desk.paste(_EDGE, (left - 1, top - 1, left + page.width + 1, top + page.height + 1))
            desk.paste(page, (left, top))
            left += page.width + _GAP
    return _png(desk.quantize(128).convert("P"))


def page_picture(pdf: bytes, number: int, dpi: float) -> Picture:
    """One page of a PDF, as a screen shows it."""
    rendered: Image.Image = pypdfium2.PdfDocument(pdf)[number].render(scale=dpi / 72).to_pil()
    return rendered.convert("RGB")


def quick_png(picture: Image.Image) -> bytes:
    """A PNG that is made in a moment and never leaves the machine: only a large one is compressed, and little."""
    file = BytesIO()
    picture.save(file, "PNG", compress_level=int(picture.width * picture.height > _LARGE))
    return file.getvalue()


def plate_tones(path: Path) -> tuple[Picture, float]:
    """A plate that was written as a grey picture, and its mean tone: 0 prints nothing, 1 is solid."""
    with Image.open(path) as opened:
        picture = opened.convert("L")
    tones = picture.histogram()
    return picture, sum((255 - tone) * count for tone, count in enumerate(tones)) / (255 * picture.width * picture.height)


def differences(before: Image.Image, after: Image.Image) -> tuple[Image.Image, float]:
    """What is not the same, in red on a pale print, and its share of the page from 0 to 1."""
    if before.size != after.size:
        before = before.resize(after.size)
    changed = ImageChops.difference(before, after).convert("L").point(lambda value: 255 * (value > _NOTICEABLE))
    share = changed.histogram()[255] / (after.width * after.height)
    pale = Image.blend(after.convert("L").convert("RGB"), Image.new("RGB", after.size, "white"), 0.72)
    pale.paste(_CHANGED, mask=changed.filter(ImageFilter.MaxFilter(3)))
    return pale, share


def page_crops(pdf: bytes, boxes: Sequence[Box], dpi: float) -> list[Image.Image]:
    """A PDF's pages, each cut to its box (front, back, in turn; µm from the page's top left corner)."""
    found = []
    for number, page in enumerate(pypdfium2.PdfDocument(pdf)):
        box = boxes[number % len(boxes)]
        left, top, right, bottom = (round(edge * dpi / 25400) for edge in (box.left, box.top, box.right, box.bottom))
        width, height = (math.ceil(length * dpi / 72) for length in page.get_size())
        around = (left, height - bottom, width - right, top)
        crop = tuple(max(0.0, dots - 0.5) * 72 / dpi for dots in around)  # pypdfium2 counts up to whole dots
        found.append(page.render(scale=dpi / 72, crop=crop).to_pil().convert("RGB"))
    return found


def _png(picture: Image.Image, dpi: int = 96) -> bytes:
    file = BytesIO()
    picture.save(file, "PNG", dpi=(dpi, dpi), optimize=True)
    return file.getvalue()
