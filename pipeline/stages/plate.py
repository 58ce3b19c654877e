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
from pipeline.craft.pdf.records import Record
from pipeline.craft.typefaces import FaceUse, Typefaces
from pipeline.model.sheet import Sheet, SheetDesign, Slot
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions

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
    conditions: Conditions,
    typefaces: Typefaces,
    slug: Slug,
    overprint: str = "",
) -> None:
    """Write one part. Every sheet gives a front page and, if any leaf has a back, a back page right after it.

    `overprint` (見本, 校正) is drawn large across every piece, above everything.
    """
    part = PartFile(file, slug.lot, slug.day, conditions)
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
    last = [
        [_plates(part, template, leaf, side, objects) for side in range(len(kind.sides))]
        for leaf, kind in enumerate(template.leaves)
    ]
    surfaces = (0, 1) if duplex else (0,)
    trims = [[slot[surface] for slot in slots] for surface in surfaces]
    boxes = [_boxes(design, row) for row in trims]
    marks = [_marks(part, design, trims[surface], objects, surface) for surface in surfaces]
    places = [[b"q 1 0 0 1 %d %d cm\n" % (trim.left, design.height - trim.bottom) for trim in row] for row in trims]
    for sheet in sheets:
        for surface in surfaces:
            content = [_UNIT, marks[surface], _slug(design, trims[surface], slug, sheet, surface, slug_use)]
            over: list[bytes] = []  # what is done to the sheet comes last, above the ink of all pieces
            for place, leaf in zip(places[surface], sheet.leaves, strict=True):
                if leaf is None or surface >= len(drawn[leaf % kinds]):
                    continue
                content += [place, drawn[leaf % kinds][surface], stamped.leaves[leaf][surface], across, b"Q\n"]
                if steps := last[leaf % kinds][surface]:
                    over += [place, steps, b"Q\n"]
            part.page(b"".join(content + over), boxes[surface])
    part.close(fonts_of(part, uses), objects, [_record(sheet, stamped, kinds, len(surfaces)) for sheet in sheets])


def _forms(part: PartFile, template: Template, leaf: int, number: int, objects: dict[str, forms.Reference]) -> bytes:
    """Write the forms of one side; return the operators that draw them."""
    side = template.leaves[leaf].sides[number]
    key = f"{leaf}{'FB'[number]}"
    objects[f"T{key}"] = forms.template(part, template, side, f"T{key}")
    draw = b"/T%b Do\n" % key.encode()
    for index, seal in enumerate(side.seals):
        left, bottom = seal.box.left, template.height - seal.box.bottom
        reuse = f"{template.fingerprint} S{key}{index}"
        objects[f"S{key}{index}"] = part.form_of_page(seal.pdf, left, bottom, reuse)
        draw += b"/S%b%d Do\n" % (key.encode(), index)
    return draw


def _plates(part: PartFile, template: Template, leaf: int, number: int, objects: dict[str, forms.Reference]) -> bytes:
    """Write the spot plates of one side, if this vendor has any; return the operator that draws them."""
    side = template.leaves[leaf].sides[number]
    if not side.plates or not part.conditions.has_plates:
        return b""
    key = f"P{leaf}{'FB'[number]}"
    objects[key] = forms.plates(part, template, side)
    return b"/%b Do\n" % key.encode()


def _boxes(design: SheetDesign, trims: Sequence[Box]) -> bytes:
    """The page's boxes. Trim is the box around all pieces, which the first cuts leave; bleed adds theirs, and whatever is for
    the people at press and cutter, in all plates, lies outside it. Media is the sheet."""
    left, top = min(box.left for box in trims), min(box.top for box in trims)
    right, bottom = max(box.right for box in trims), max(box.bottom for box in trims)
    trim = Box(left, top, right - left, bottom - top)
    media, bleed = Box(0, 0, design.width, design.height), trim.grown(design.piece.bleed)
    return b"/MediaBox[%b]/BleedBox[%b]/TrimBox[%b]" % (_edges(media, design), _edges(bleed, design), _edges(trim, design))


def _edges(box: Box, design: SheetDesign) -> bytes:
    edges = box.left, design.height - box.bottom, box.right, design.height - box.top
    return b"%.4f %.4f %.4f %.4f" % tuple(map(points, edges))


def _record(sheet: Sheet, stamped: Stamped, kinds: int, pages: int) -> Record:
    """The pieces of a sheet, each once."""
    pieces = dict.fromkeys(leaf // kinds for leaf in sheet.leaves if leaf is not None)
    return Record(sheet.number, pages, tuple(stamped.serials[piece] for piece in pieces))


def _marks(
    part: PartFile, design: SheetDesign, trims: Sequence[Box], objects: dict[str, forms.Reference], surface: int
) -> bytes:
    """Write the marks of one surface as a form; return the operator that draws them."""
    found = bars(design, trims)
    if not found:
        return b""
    objects[f"M{surface}"] = forms.marks(part, found, design, f"M{surface}")
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
