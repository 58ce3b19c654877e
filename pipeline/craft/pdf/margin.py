"""What stands beside the pieces of one surface: marks and colour bar as shared forms; slug and code sheet by sheet."""

from collections.abc import Sequence

from pypdf.generic import IndirectObject

from pipeline.base.geometry import Box
from pipeline.craft import datamatrix, ink, marks, sheet_code
from pipeline.craft.pdf import forms
from pipeline.craft.pdf.objects import dictionary, name
from pipeline.craft.pdf.part import PartFile
from pipeline.craft.typefaces import FaceUse
from pipeline.model.sheet import Sheet, SheetDesign, Slot, Slug
from pipeline.model.template import Template

_PROCESS = ((1000, 0, 0, 0), (0, 1000, 0, 0), (0, 0, 1000, 0), (0, 0, 0, 1000))
_PRINTED = ("white", "varnish")  # of the plates that are no ink, those whose film is measured


class Margin:
    """The margin of one surface. Its forms are written at once into the part and named among `objects`."""

    def __init__(
        self,
        part: PartFile,
        design: SheetDesign,
        slots: Sequence[Slot],
        surface: int,
        template: Template,
        slug: Slug,
        use: FaceUse,
        objects: dict[str, IndirectObject],
    ):
        self._design, self._surface, self._slug, self._use = design, surface, slug, use
        self._forms = b""
        if bars := marks.bars(design, slots, surface):
            objects[f"M{surface}"] = forms.marks(part, bars, design, f"M{surface}")
            self._forms += b"/M%d Do\n" % surface
        if patches := marks.patches(design):
            if "C" not in objects:
                objects["C"] = _colours(part, design, patches, template)
            self._forms += b"/C Do\n"
        self._line, self._code = marks.slug_line(design), marks.code_box(design)

    def content(self, sheet: Sheet, first: str, last: str) -> bytes:
        """The operators of one sheet's margin; `first` and `last` are the serials of its pieces."""
        return self._forms + self._slug_line(sheet, first, last) + self._sheet_code(sheet)

    def _slug_line(self, sheet: Sheet, first: str, last: str) -> bytes:
        if self._line is None:
            return b""
        slug, box, face = self._slug, self._line.box, self._use.face
        side = ("front", "back")[self._surface]
        line = f"{slug.lot}   part {slug.part}/{slug.parts}   sheet {sheet.number}/{slug.sheets} {side}"
        line += f"   {first}..{last}   {slug.fingerprint[:12]}"
        length = box.height if self._line.upright else box.width
        size = min(marks.SLUG_SIZE, length * face.upem // (face.measure(line) or face.upem))
        height = self._design.height
        if self._line.upright:
            place = b"0 1 -1 0 %d %d" % (box.left + marks.SLUG_SIZE, height - box.bottom)
        else:
            place = b"1 0 0 1 %d %d" % (box.left, height - box.top - marks.SLUG_SIZE)
        return b"BT\n/F0 %d Tf\n0 0 0 1 k\n%b Tm(%b)Tj\nET\n" % (size, place, ink.string(line, self._use))

    def _sheet_code(self, sheet: Sheet) -> bytes:
        if self._code is None:
            return b""
        box, rows = self._code, datamatrix.encode(sheet_code.content(self._slug.lot, sheet.number, self._surface))
        place = b"q %d 0 0 %d %d %d cm BI" % (box.width, box.height, box.left, self._design.height - box.bottom)
        return ink.paint(ink.BLACK) + ink.mask(place, datamatrix.SIZE, datamatrix.SIZE, rows)


def _colours(part: PartFile, design: SheetDesign, places: Sequence[Box], template: Template) -> IndirectObject:
    """The colour bar: every process ink and the first two spot inks of this template, in full and half."""
    content, spaces = b"", dictionary()
    paints = [ink.paint((c * t // 2, m * t // 2, y * t // 2, k * t // 2)) for c, m, y, k in _PROCESS for t in (2, 1)]
    for number, (plate, alternate) in enumerate(spot_inks(template) if part.conditions.has_plates else ()):
        spaces[name(f"S{number}")] = part.inks.spot(plate, alternate)
        paints += [b"/S%d cs %g scn\n" % (number, tint) for tint in (1, 0.5)]
    for box, colour in zip(places, paints, strict=False):
        content += colour + b"%d %d %d %d re f\n" % (box.left, design.height - box.bottom, box.width, box.height)
    resources = dictionary(ColorSpace=spaces) if spaces else dictionary()
    return part.form(
        content, (0, 0, design.width, design.height), f"{design.model_dump_json()} {template.fingerprint}", resources
    )


def spot_inks(template: Template) -> list[tuple[str, tuple[int, int, int, int]]]:
    """The spots that are ink on the sheet, two at most: grounds, white, varnish; a die line is none."""
    found = {side.ground.spot: side.ground.colour for side in template.sides if side.ground.spot and side.ground.colour}
    found |= {plate.name: plate.alternate for side in template.sides for plate in side.plates if plate.kind in _PRINTED}
    return list(found.items())[: (marks.PATCHES - 2 * len(_PROCESS)) // 2]
