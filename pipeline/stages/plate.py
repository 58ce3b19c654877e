"""Plate: sheets become a PDF part in one pass. Nothing is parsed or rewritten after stamping; ink is only placed.

A page's unit is the micrometre (one `cm` at its head). A slot is written as
`q 1 0 0 1 x y cm /T0 Do /S0 Do … ink Q`: origin at the trim's lower left corner, the template's form, its seals, the ink.
"""

from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from pipeline.base.geometry import Box
from pipeline.base.lengths import POINTS_PER_MICROMETRE, points
from pipeline.craft import ink
from pipeline.craft.ink import Stamped
from pipeline.craft.marks import bars, slug_baseline
from pipeline.craft.pdf import forms
from pipeline.craft.pdf.fonts import fonts_of
from pipeline.craft.pdf.part import PartFile
from pipeline.craft.typefaces import FaceUse, Typefaces
from pipeline.model.sheet import Sheet, SheetDesign, Slot
from pipeline.model.template import Template

_UNIT = b"%.12f 0 0 %.12f 0 0 cm\n" % (POINTS_PER_MICROMETRE, POINTS_PER_MICROMETRE)
_SLUG_SIZE = 2_100


class Slug(NamedTuple):
    """What the slug line and the file's title say; no personal data. `day` is ISO, `sheets` the lot's number of sheets."""

    lot: str
    day: str
    sheets: int
    fingerprint: str


def plate(
    file: BinaryIO,
    stamped: Stamped,
    sheets: Sequence[Sheet],
    slots: Sequence[Slot],
    template: Template,
    design: SheetDesign,
    typefaces: Typefaces,
    slug: Slug,
    overprint: str = "",
) -> None:
    """Write one part. Every sheet gives a front page and, if any leaf has a back, a back page right after it.

    `overprint` (見本, 校正) is drawn large across every piece, above everything.
    """
    part = PartFile(file, slug.lot, slug.day)
    kinds = len(template.leaves)
    duplex = any(leaf.back for leaf in template.leaves)
    uses = dict(stamped.uses)
    slug_use = uses[template.typefaces[0]]
    objects: dict[str, forms.Reference] = {}
    drawn = [
        [_forms(part, template, leaf, side, objects) for side in range(len(kind.sides))]
        for leaf, kind in enumerate(template.leaves)
    ]
    across = b""
    if overprint:
        objects["Overprint"] = forms.overprint(part, overprint, typefaces[template.typefaces[0]], template)
        across = b"/Overprint Do\n"
    boxes = b"/MediaBox[0 0 %.4f %.4f]/TrimBox[0 0 %.4f %.4f]" % (
        (points(design.width), points(design.height)) * 2
    )  # fmt: skip
    surfaces = (0, 1) if duplex else (0,)
    trims = [[slot[surface] for slot in slots] for surface in surfaces]
    marks = [_marks(part, design, trims[surface], objects, surface) for surface in surfaces]
    places = [[b"q 1 0 0 1 %d %d cm\n" % (trim.left, design.height - trim.bottom) for trim in row] for row in trims]
    for sheet in sheets:
        for surface in surfaces:
            content = [_UNIT, marks[surface], _slug(design, trims[surface], slug, sheet, surface, slug_use)]
            for place, leaf in zip(places[surface], sheet.leaves, strict=True):
                if leaf is None or surface >= len(drawn[leaf % kinds]):
                    continue
                content += [place, drawn[leaf % kinds][surface], stamped.leaves[leaf][surface], across, b"Q\n"]
            part.page(b"".join(content), boxes)
    part.close(fonts_of(part, uses), objects)


def _forms(part: PartFile, template: Template, leaf: int, number: int, objects: dict[str, forms.Reference]) -> bytes:
    """Write the forms of one side; return the operators that draw them."""
    side = template.leaves[leaf].sides[number]
    key = f"{leaf}{'FB'[number]}"
    objects[f"T{key}"] = forms.template(part, template, side)
    draw = b"/T%b Do\n" % key.encode()
    for index, seal in enumerate(side.seals):
        left, bottom = seal.box.left, template.height - seal.box.bottom
        objects[f"S{key}{index}"] = part.form_of_page(seal.pdf, left, bottom)
        draw += b"/S%b%d Do\n" % (key.encode(), index)
    return draw


def _marks(
    part: PartFile, design: SheetDesign, trims: Sequence[Box], objects: dict[str, forms.Reference], surface: int
) -> bytes:
    """Write the marks of one surface as a form; return the operator that draws them."""
    found = bars(design, trims)
    if not found:
        return b""
    objects[f"M{surface}"] = forms.marks(part, found, design)
    return b"/M%d Do\n" % surface


def _slug(design: SheetDesign, trims: Sequence[Box], slug: Slug, sheet: Sheet, surface: int, use: FaceUse) -> bytes:
    """The slug line of one surface."""
    place = slug_baseline(design, trims)
    if place is None:
        return b""
    side = ("front", "back")[surface]
    line = f"{slug.lot}   sheet {sheet.number}/{slug.sheets} {side}   {slug.fingerprint[:12]}"
    return b"BT\n/F0 %d Tf\n0 0 0 1 k\n1 0 0 1 %d %d Tm(%b)Tj\nET\n" % (
        _SLUG_SIZE,
        place[0],
        design.height - place[1],
        ink.string(line, use),
    )
