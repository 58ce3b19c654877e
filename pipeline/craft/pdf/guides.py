"""Guides over a proof: the trim, the bleed, the safe area and every field's box as thin lines, on pages that are finished.

Only proofs are drawn upon; the page below is not touched, its content is put in brackets. What comes out is for people: it
does not claim to be a press file any more.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, NameObject

from pipeline.base.geometry import Box
from pipeline.base.lengths import POINTS_PER_MICROMETRE
from pipeline.craft.pdf.objects import stream

# CMYK in hundredths, and the dash in µm: told apart in black and white too.
STYLES = {
    "bleed": ((100, 0, 0, 0), (2_000, 800)),
    "trim": ((0, 100, 0, 0), ()),
    "safe": ((80, 0, 100, 0), (800, 800)),
    "field": ((60, 60, 0, 0), (300, 300)),
}
_LINE = 70  # µm
_VERSION = "%PDF-1.7"


class Guide(NamedTuple):
    """A box on a page, from the page's top left corner, µm; `kind` is a key of `STYLES`."""

    kind: str
    box: Box


def with_guides(pdf: bytes, guides: Sequence[Sequence[Guide]], height: int, more: bytes) -> bytes:
    """The proof with the guides of each page in turn over it, and the pages of another PDF after it. `height`: of pages, µm."""
    writer = PdfWriter()
    writer.pdf_header = _VERSION
    writer.append(BytesIO(pdf), import_outline=False)  # the pages alone: what says that they are a press file stays behind
    for number, page in enumerate(writer.pages):
        drawn = b"".join(_draw(guide, height) for guide in guides[number % len(guides)])
        over = b"Q\nq %.12f 0 0 %.12f 0 0 cm %d w\n%bQ\n" % (POINTS_PER_MICROMETRE, POINTS_PER_MICROMETRE, _LINE, drawn)
        page.pop("/DPart", None)
        below = page.raw_get("/Contents")
        parts = [writer._add_object(stream(b"q\n")), below, writer._add_object(stream(over))]
        page[NameObject("/Contents")] = ArrayObject(parts)
    writer.append(BytesIO(more), import_outline=False)
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def _draw(guide: Guide, height: int) -> bytes:
    colour, dash = STYLES[guide.kind]
    box = guide.box
    inks = b"%g %g %g %g K " % tuple(part / 100 for part in colour)
    dashes = b"[%b] 0 d " % b" ".join(b"%d" % step for step in dash)
    return inks + dashes + b"%d %d %d %d re S\n" % (box.left, height - box.bottom, box.width, box.height)
