"""A pantograph as a side's form draws it: one small mask, laid again and again on the device grid.

Of five ways to write the same dots this is the smallest that three RIPs draw rightly, on and off the grid
(docs/pantograph-rips.md).
"""

from pypdf.generic import IndirectObject

from pipeline.craft import ink
from pipeline.craft.pdf.objects import mask_entries, stream
from pipeline.craft.pdf.part import PartFile
from pipeline.model.template import Ground, Template

HAIR = 0.01  # device dots; a RIP widens a mask whose edge is beyond the grid by a rounding error


def mask(part: PartFile, ground: Ground) -> IndirectObject:
    """The mask's image."""
    return part.add(stream(ground.mask, **mask_entries(*ground.mask_size)))


def drawn(ground: Ground, design: Template) -> bytes:
    """The operators that paint `/Pantograph` over the bleed box but for what stays clear, in the form's µm."""
    bleed, (columns, rows) = design.bleed, ground.mask_size
    page = b"%d %d %d %d re" % (-bleed, -bleed, design.width + 2 * bleed, design.height + 2 * bleed)
    over = b"/K gs " if ink.overprints(ground.mask_colour) else b""
    clear = (
        b"%b %d %d %d %d re W* n\n" % (page, box.left, design.height - box.bottom, box.width, box.height)
        for box in ground.mask_clear
    )
    grid = b"%.6f 0 0 %.6f %d %d cm\n" % (*(25_400 / ground.mask_dpi,) * 2, -bleed, design.height + bleed)
    laid = (
        b"q %.2f 0 0 %.2f %.2f %.2f cm /Pantograph Do Q\n"
        % (columns - 2 * HAIR, rows - 2 * HAIR, x + HAIR, HAIR - y - rows)
        for x, y in ground.mask_places
    )  # fmt: skip
    return b"q\n%b%b%b%b%bQ\n" % (over, ink.paint(ground.mask_colour), b"".join(clear), grid, b"".join(laid))
