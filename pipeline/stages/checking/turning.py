"""How a piece lies on a surface, worked out by turning things over: the sheet, and the piece with it.

A motion is the six numbers of a PDF matrix, y upwards. A piece's two sides, and a sheet's two, are the same points seen from
behind; so the back's motion is: from the back to the front of the piece, with the front to its place, to the sheet's back.
"""

from typing import NamedTuple

from pipeline.base.geometry import Box
from pipeline.model.sheet import SheetDesign


class Motion(NamedTuple):
    """x' = a·x + c·y + e, y' = b·x + d·y + f."""

    a: int
    b: int
    c: int
    d: int
    e: int
    f: int

    def at(self, x: int, y: int) -> tuple[int, int]:
        """Where a point comes to lie."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def then(self, other: "Motion") -> "Motion":
        """This motion, and another after it."""
        e, f = other.at(self.e, self.f)
        return Motion(
            self.a * other.a + self.b * other.c,
            self.a * other.b + self.b * other.d,
            self.c * other.a + self.d * other.c,
            self.c * other.b + self.d * other.d,
            e,
            f,
        )

    def box(self, box: Box, height: int, sheet: int) -> Box:
        """Where a box of a piece of this height (both from the top) lies on a sheet of that height."""
        corners = [self.at(x, height - y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        left, right = min(x for x, _ in corners), max(x for x, _ in corners)
        bottom, top = min(y for _, y in corners), max(y for _, y in corners)
        return Box(left, sheet - top, right - left, top - bottom)


def axis_is_upright(design: SheetDesign) -> bool:
    """Whether the sheet is turned about an upright axis: the long edge of an upright sheet, the short one of a lying sheet."""
    lying = design.width > design.height
    return lying if design.turn == "short-edge" else not lying


def over(design: SheetDesign) -> Motion:
    """A point of one surface as seen on the other."""
    return Motion(-1, 0, 0, 1, design.width, 0) if axis_is_upright(design) else Motion(1, 0, 0, -1, 0, design.height)


def motions(design: SheetDesign, left: int, bottom: int, upside_down: bool) -> tuple[Motion, Motion]:
    """How what is seen of a piece lies on the sheet's front and back, its slot's corner at (left, bottom) on the front."""
    piece = design.piece
    quarter = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[piece.rotate]
    cosine, sine = quarter
    spin = Motion(cosine, sine, -sine, cosine, 0, 0)
    lies = spin.box(Box(0, 0, piece.width, piece.height), piece.height, 0)  # its lower edge is at -bottom
    wide = piece.width if cosine else piece.height
    high = piece.height if cosine else piece.width
    x, y = left, bottom
    if upside_down:  # then the front is on the sheet's back, where the slot is seen from behind
        there = over(design)
        corners = [there.at(left, bottom), there.at(left + wide, bottom + high)]
        x, y = min(one[0] for one in corners), min(one[1] for one in corners)
    shown = spin.then(Motion(1, 0, 0, 1, x - lies.left, y + lies.bottom))
    behind = Motion(-1, 0, 0, 1, piece.width, 0).then(shown).then(over(design))
    return (behind, shown) if upside_down else (shown, behind)
