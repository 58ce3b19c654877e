"""The shared forms of a part: a side's ground and artwork, sheet marks, and what is printed across a proof."""

from collections.abc import Sequence

from pypdf.generic import ArrayObject, BooleanObject, IndirectObject, NumberObject

from pipeline.base.geometry import Box
from pipeline.craft import ink
from pipeline.craft.pdf.fonts import embed
from pipeline.craft.pdf.part import PartFile, array, dictionary, name, stream
from pipeline.craft.typefaces import FaceUse, Typeface
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Side, Template

Reference = IndirectObject
_TILT = (0.8192, 0.5736)  # cosine and sine of 35°: along a card's diagonal


def template(part: PartFile, design: Template, side: Side) -> Reference:
    """Ground, pantograph and artwork of one side as one form; origin at the trim's lower left corner, unit µm."""
    bleed = design.bleed
    width, height = design.width + 2 * bleed, design.height + 2 * bleed
    content = b""
    objects = dictionary(Artwork=part.form_of_page(side.pdf, -bleed, -bleed))
    ground = side.ground
    if ground.colour:
        content += ink.paint(ground.colour) + b"%d %d %d %d re f\n" % (-bleed, -bleed, width, height)
    if ground.mask:
        columns, rows = ground.mask_size
        objects[name("Pantograph")] = part.add(
            stream(
                ground.mask,
                Type=name("XObject"),
                Subtype=name("Image"),
                Width=NumberObject(columns),
                Height=NumberObject(rows),
                ImageMask=BooleanObject(True),
                BitsPerComponent=NumberObject(1),
                Decode=array([1, 0]),
            )
        )
        place = b"%d 0 0 %d %d %d cm" % (width, height, -bleed, -bleed)
        content += b"q\n%b%b /Pantograph Do\nQ\n" % (ink.paint(ground.mask_colour), place)
    return _form(part, content + b"/Artwork Do\n", (-bleed, -bleed, width - bleed, height - bleed), XObject=objects)


def marks(part: PartFile, bars: Sequence[Box], sheet: SheetDesign) -> Reference:
    """Sheet marks in Separation /All, so that they come on every plate; unit µm, origin at the sheet's lower left."""
    tint = part.add(
        dictionary(
            FunctionType=NumberObject(2),
            Domain=array([0, 1]),
            C0=array([0, 0, 0, 0]),
            C1=array([1, 1, 1, 1]),
            N=NumberObject(1),
        )
    )
    every = ArrayObject([name("Separation"), name("All"), name("DeviceCMYK"), tint])
    drawn = b"".join(b"%d %d %d %d re\n" % (b.left, sheet.height - b.bottom, b.width, b.height) for b in bars)
    box = (0, 0, sheet.width, sheet.height)
    return _form(part, b"/All cs 1 scn\n%bf\n" % drawn, box, ColorSpace=dictionary(All=every))


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
    return _form(part, content, box, Font=dictionary(F0=embed(part, use)))


def _form(part: PartFile, content: bytes, box: tuple[int, int, int, int], **resources: object) -> Reference:
    return part.add(
        stream(
            content,
            Type=name("XObject"),
            Subtype=name("Form"),
            BBox=array(box),
            Resources=dictionary(**resources),  # type: ignore[arg-type]
        )
    )
