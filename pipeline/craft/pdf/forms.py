"""The shared forms of a part: a side's ground and artwork, sheet marks, and what is printed across a proof."""

from collections.abc import Sequence

from pypdf.generic import IndirectObject

from pipeline.base.geometry import Box
from pipeline.craft import ink
from pipeline.craft.pdf import pantograph
from pipeline.craft.pdf.fonts import embed
from pipeline.craft.pdf.line_work import line_work
from pipeline.craft.pdf.objects import dictionary, name
from pipeline.craft.pdf.part import PartFile
from pipeline.craft.typefaces import FaceUse, Typeface
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Side, Template

Reference = IndirectObject
_TILT = (0.8192, 0.5736)  # cosine and sine of 35°: along a card's diagonal


def template(part: PartFile, design: Template, side: Side, key: str) -> Reference:
    """Ground, line work, pantograph and artwork of one side's layer as a form; origin at the trim's lower left corner, unit µm.

    A ground with a plate of its own is printed in process inks for a vendor without plates.
    """
    bleed = design.bleed
    width, height = design.width + 2 * bleed, design.height + 2 * bleed
    content, resources = b"", dictionary()
    objects = dictionary(Artwork=part.form_of_page(side.pdf, -bleed, -bleed)) if side.pdf else dictionary()
    ground = side.ground
    if ground.colour:
        colour = ink.paint(ground.colour)
        if ground.spot and part.conditions.has_plates:
            colour = b"/Ground cs 1 scn\n"
            resources[name("ColorSpace")] = dictionary(Ground=part.inks.spot(ground.spot, ground.colour))
        content += colour + b"%d %d %d %d re f\n" % (-bleed, -bleed, width, height)
    if ground.lines:
        objects[name("Lines")] = line_work(part, design, side)
        content += b"/Lines Do\n"
    if ground.mask:
        objects[name("Pantograph")] = pantograph.mask(part, ground)
        if ink.overprints(ground.mask_colour):
            resources[name("ExtGState")] = dictionary(K=part.inks.overprinting)
        content += pantograph.drawn(ground, design)
    resources[name("XObject")] = objects
    box = (-bleed, -bleed, width - bleed, height - bleed)
    content += b"/Artwork Do\n" if side.pdf else b""
    return part.form(content, box, f"{design.fingerprint} {key}", resources)


def plates(part: PartFile, design: Template, side: Side) -> Reference:
    """What is done to one side after the inks, in spot colours that overprint. No group of its own: in one, an overprinting
    line would take out what is under it."""
    content, resources = part.inks.draw(side.plates, design.height)
    bleed = design.bleed
    return part.form(content, (-bleed, -bleed, design.width + bleed, design.height + bleed), "", resources)


def marks(part: PartFile, bars: Sequence[Box], sheet: SheetDesign, key: str) -> Reference:
    """Sheet marks in Separation /All, so that they come on every plate; unit µm, origin at the sheet's lower left."""
    every = part.inks.spot("All", (1000, 1000, 1000, 1000))
    drawn = b"".join(b"%d %d %d %d re\n" % (b.left, sheet.height - b.bottom, b.width, b.height) for b in bars)
    box = (0, 0, sheet.width, sheet.height)
    resources = dictionary(ColorSpace=dictionary(All=every))
    return part.form(b"/All cs 1 scn\n%bf\n" % drawn, box, f"{sheet.model_dump_json()} {key}", resources)


def overprint(part: PartFile, text: str, face: Typeface, design: Template) -> Reference:
    """A word in outline across the piece (見本)."""
    use = FaceUse(face)
    shown = ink.string(text, use)
    units = face.measure(text) or face.upem
    cosine, sine = _TILT
    size = min(design.width * 6 // 10 * face.upem // units, design.height * 6 // 10)
    along, up = units * size // face.upem // 2, size * 35 // 100
    left = round(design.width / 2 - along * cosine + up * sine)
    bottom = round(design.height / 2 - along * sine - up * cosine)
    content = b"1 Tr %d w 0 0.9 0.8 0 K\nBT\n/F0 %d Tf\n%g %g %g %g %d %d Tm(%b)Tj\nET\n" % (
        max(120, size // 120), size, cosine, sine, -sine, cosine, left, bottom, shown,
    )  # fmt: skip
    box = (0, 0, design.width, design.height)
    return part.form(content, box, "", dictionary(Font=dictionary(F0=embed(part, use))))
