"""X16 and X17: what the vendor's press and paper bear, and amounts. Limits are the vendor's; where it names none, OURS."""

from pipeline.base.geometry import Box
from pipeline.base.lengths import POINTS_PER_MICROMETRE
from pipeline.stages.checking.opened import File, Found
from pipeline.stages.checking.painted import Edges, Paint

MOST_BYTES = 2_000_000_000  # data-print bureaus take no larger file
_NEAR = 0.01  # points
_DARK = 0.5  # a text is black where it has this much K and nothing else
_MICROTEXT = 1.0  # points: type below this is a deterrent, there to vanish in a copy (OURS)
_HAIR = 0.02  # points: an edge of no width belongs to a shape drawn in one go with others


def limits(file: File) -> Found:
    """X16: sum of inks, thin lines, small type, coarse pictures; black text in K alone, over what is there.

    What is painted covers what lies below it, but for black text, which is added to the last colour at its place.
    """
    bounds = file.conditions.vendor.limits
    below: list[tuple[int, Paint]] = []
    for page, paint in _inside(file):
        colour = paint.colour
        if paint.what != "image" and not colour.plate:
            under = _under(paint, [one for number, one in below if number == page]) if paint.over else 0
            if (most := 100 * (sum(colour.parts) + under)) > bounds.ink + _NEAR:
                yield page, f"{paint.form}: {most:.0f} % > {bounds.ink} %"
        if paint.what in ("fill", "shape") and not paint.over:
            below.append((page, paint))
        if paint.what == "text":
            if _MICROTEXT < paint.size < bounds.text * POINTS_PER_MICROMETRE - _NEAR:
                yield page, f"{paint.form}: {paint.size:.2f} pt"
            if _is_black(paint) and not (colour.parts == (0, 0, 0, 1) and paint.over):
                yield page, f"{paint.form}: black text {colour.parts} {'over' if paint.over else 'knocks out'}"
        thin = paint.what == "stroke" or (paint.what in ("fill", "frame") and paint.size > _HAIR)
        if thin and paint.size < bounds.line * POINTS_PER_MICROMETRE - _NEAR:
            yield page, f"{paint.form}: line of {paint.size:.3f} pt"
        if paint.what == "image" and 0 < paint.size < bounds.resolution - 1:
            yield page, f"{paint.form}: {paint.size:.0f} dpi"


def _under(paint: Paint, below: list[Paint]) -> float:
    """How much of other inks than K lies where something that overprints begins."""
    x, y = paint.box[:2]
    for one in reversed(below):
        if one.box[0] <= x <= one.box[2] and one.box[1] <= y <= one.box[3]:
            return sum(one.colour.parts[:3])
    return 0


def _is_black(paint: Paint) -> bool:
    """Whether a text is meant to be black: a full K, or a grey or mixed colour as dark as that."""
    parts, space = paint.colour.parts, paint.colour.space
    if space == "DeviceGray":
        return parts[0] < _DARK
    return space == "DeviceCMYK" and parts[3] >= 1 - _NEAR


def amounts(file: File) -> Found:
    """X17: as many pages as wanted, no file too large, and nothing on every plate within a piece."""
    if len(file.pages) != file.wanted:
        yield 0, f"{len(file.pages)} pages, not {file.wanted}"
    if file.size > MOST_BYTES:
        yield 0, f"{file.size} bytes"
    for page, paint in _inside(file):
        if paint.colour.plate == "All":
            yield page, f"{paint.form}: All"


def _inside(file: File) -> list[tuple[int, Paint]]:
    """What touches a piece or its bleed."""
    found = []
    for page, paint in file.paints:
        height = float(file.pages[page - 1].MediaBox[3])
        if any(_touches(paint.box, piece, height) for piece in file.pieces[page - 1]):
            found.append((page, paint))
    return found


def _touches(edges: Edges, piece: Box, height: float) -> bool:
    """Whether an area or a point lies within a piece; what only shares an edge does not."""
    left, right = piece.left * POINTS_PER_MICROMETRE + _NEAR, piece.right * POINTS_PER_MICROMETRE - _NEAR
    bottom, top = height - piece.bottom * POINTS_PER_MICROMETRE + _NEAR, height - piece.top * POINTS_PER_MICROMETRE - _NEAR
    return edges[0] < right and edges[2] > left and edges[1] < top and edges[3] > bottom
