"""Plate: sheets become a PDF part in one pass. Nothing is parsed or rewritten after stamping; ink is only placed.

A page's unit is the micrometre (one `cm` at its head). A slot is written as `q 1 0 0 1 x y cm /T0 Do /S0 Do … ink Q`: origin at
the trim's lower left corner, turned as the piece lies in its slot; the template's form, its seals, the ink. Where a text is
woven into the ground, the template's form is two, and the woven rows stand between them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

from pipeline.base.geometry import Box
from pipeline.base.lengths import POINTS_PER_MICROMETRE, points
from pipeline.craft.ink import Stamped
from pipeline.craft.pdf import forms
from pipeline.craft.pdf.fonts import fonts_of
from pipeline.craft.pdf.margin import Margin
from pipeline.craft.pdf.part import PartFile
from pipeline.craft.pdf.records import Record
from pipeline.craft.typefaces import Typefaces
from pipeline.model.sheet import Sheet, SheetDesign, Slot, Slug
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions

__all__ = ["Slug", "plate"]

_UNIT = b"%.12f 0 0 %.12f 0 0 cm\n" % (POINTS_PER_MICROMETRE, POINTS_PER_MICROMETRE)
_TURNS = {0: b"1 0 0 1", 90: b"0 1 -1 0", 180: b"-1 0 0 -1", 270: b"0 -1 1 0"}  # degrees anticlockwise
_CORNERS: Mapping[int, Callable[[Box], tuple[int, int]]] = {  # where the trim's lower left corner comes to lie
    0: lambda box: (box.left, box.bottom),
    90: lambda box: (box.right, box.bottom),
    180: lambda box: (box.right, box.top),
    270: lambda box: (box.left, box.top),
}


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
    surface: int | None = None,
) -> None:
    """Write one part. Every sheet gives a front page and, if any leaf has a back, a back page right after it.

    `overprint` (見本, 校正) is drawn large across every piece, above everything. With `surface`, only the fronts (0) or the
    backs (1) are written: they are sheets of their own, to be laminated.
    """
    part = PartFile(file, slug.lot, slug.day, conditions)
    duplex = any(leaf.back for leaf in template.leaves)
    surfaces = (surface,) if surface is not None else (0, 1) if duplex else (0,)
    uses = dict(stamped.uses)
    objects: dict[str, forms.Reference] = {}
    shown = surfaces if surface is not None else (0, 1)  # the sides of leaves that these surfaces show
    drawn = [
        {side: _forms(part, template, leaf, side, objects) for side in shown if side < len(kind.sides)}
        for leaf, kind in enumerate(template.leaves)
    ]
    across = b""
    if overprint:
        objects["Overprint"] = forms.overprint(part, overprint, typefaces[template.typefaces[0]], template)
        across = b"/Overprint Do\n"
    last = [
        {side: _plates(part, template, leaf, side, objects) for side in shown if side < len(kind.sides)}
        for leaf, kind in enumerate(template.leaves)
    ]
    kinds, use = len(template.leaves), uses[template.typefaces[0]]
    trims = [[slot.on(number) for slot in slots] for number in (0, 1)]
    boxes = [_boxes(design, row) for row in trims]
    margins = {number: Margin(part, design, slots, number, template, slug, use, objects) for number in surfaces}
    places = [[(_place(slot, number, template, design), number ^ slot.face_down) for slot in slots] for number in (0, 1)]
    records = []
    for sheet in sheets:
        pieces = list(dict.fromkeys(leaf // kinds for leaf in sheet.leaves if leaf is not None))
        ends = stamped.serials[min(pieces)], stamped.serials[max(pieces)]
        for number in surfaces:
            content = [_UNIT, margins[number].content(sheet, *ends)]
            over: list[bytes] = []  # what is done to the sheet comes last, above the ink of all pieces
            for (place, side), leaf in zip(places[number], sheet.leaves, strict=True):
                if leaf is None or side not in drawn[leaf % kinds]:
                    continue
                below, above = drawn[leaf % kinds][side]
                rows = stamped.woven[leaf][side] if stamped.woven else b""
                content += [place, below, rows, above, stamped.leaves[leaf][side], across, b"Q\n"]
                if steps := last[leaf % kinds][side]:
                    over += [place, steps, b"Q\n"]
            part.page(b"".join(content + over), boxes[number])
        records.append(Record(sheet.number, len(surfaces), tuple(stamped.serials[piece] for piece in pieces)))
    part.close(fonts_of(part, uses), objects, records)


def _place(slot: Slot, surface: int, template: Template, design: SheetDesign) -> bytes:
    """Begin a piece in its slot: its trim's lower left corner is the origin. Bleed that the sheet does not keep is clipped."""
    box, turn = slot.on(surface), slot.turns[surface]
    x, y = _CORNERS[turn](box)
    begin = b"q %b %d %d cm\n" % (_TURNS[turn], x, design.height - y)
    bleed = design.piece.bleed
    if bleed == template.bleed:
        return begin
    return begin + b"%d %d %d %d re W n\n" % (-bleed, -bleed, template.width + 2 * bleed, template.height + 2 * bleed)


def _forms(
    part: PartFile, template: Template, leaf: int, number: int, objects: dict[str, forms.Reference]
) -> tuple[bytes, bytes]:
    """Write the forms of one side; return the operators that draw them, before and after what is woven into the ground."""
    side = template.leaves[leaf].sides[number]
    key = f"{leaf}{'FB'[number]}"
    draws = []
    for name, layer in zip("TU", side.layers, strict=False):
        objects[f"{name}{key}"] = forms.template(part, template, layer, f"{name}{key}")
        draws.append(f"/{name}{key} Do\n".encode())
    for index, seal in enumerate(side.seals):
        left, bottom = seal.box.left, template.height - seal.box.bottom
        reuse = f"{template.fingerprint} S{key}{index}"
        objects[f"S{key}{index}"] = part.form_of_page(seal.pdf, left, bottom, reuse)
        draws.append(f"/S{key}{index} Do\n".encode())
    return draws[0], b"".join(draws[1:])


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
