"""The line work of a side as one form, shared by all pieces: strokes that overprint, so no white shows where plates slip."""

from pypdf.generic import IndirectObject

from pipeline.craft import ink
from pipeline.craft.pdf.objects import dictionary, name
from pipeline.craft.pdf.part import PartFile
from pipeline.model.template import Side, Template


def line_work(part: PartFile, design: Template, side: Side) -> IndirectObject:
    """Guilloches and reliefs in the order of painting; origin at the trim's lower left corner, unit µm.

    A colour with a plate of its own is printed in process inks for a vendor without plates. Lines end and turn round, so that
    a curve of many pieces shows no notches.
    """
    content, spaces = b"/K gs\n1 J 1 j\n", dictionary()
    for number, lines in enumerate(side.ground.lines):
        colour = ink.outline(lines.colour)
        if lines.spot and part.conditions.has_plates:
            spaces[name(f"L{number}")] = part.inks.spot(lines.spot, lines.colour)
            colour = b"/L%d CS 1 SCN\n" % number
        content += b"%b%d w\n%bS\n" % (colour, lines.width, lines.paths)
    resources = dictionary(ExtGState=dictionary(K=part.inks.overprinting))
    if spaces:
        resources[name("ColorSpace")] = spaces
    bleed = design.bleed
    return part.form(content, (-bleed, -bleed, design.width + bleed, design.height + bleed), "", resources)
