"""What is printed outside the trim for the people at press and cutter, and where: crop, centre and register marks, creases,

holes, slug, sheet code, colour bar. Marks are bars of 0.1 mm, so that one form in Separation All holds them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.base.geometry import Box
from pipeline.craft.sheet_figures import block, printable, turned
from pipeline.model.sheet import Crease, Hole, SheetDesign, Slot

LINE = 100  # µm
_LENGTH, _LEAST = 8_000, 2_000  # of a mark; where there is less room than the least, that edge has none
_GAP = 3_000  # marks begin this far outside the trim, or outside the bleed if that is wider
_ARM = 1_500  # half a centre mark's cross bar: it stays between the marks beside a gutter
_REGISTER, _FRAME = 5_000, 3_000
HOLE_ARM = 2_000  # how far a hole's cross stands out
_DASHES = {"fold": (1_500, 1_000), "perforation": (500, 500)}  # mark, space
SLUG_SIZE, SLUG_HEIGHT = 2_100, 2_625  # type size; with what reaches below the baseline
_SLUG_TOP = 4_400
CODE_MODULES, _QUIET = 20, 2
PATCHES = 12  # places of a colour bar: eight of process inks, and two of each of two spot inks


class SlugLine(NamedTuple):
    """Box of a slug; `upright` if it reads from bottom to top."""

    box: Box
    upright: bool


def whole(design: SheetDesign, surface: int) -> Box:
    """The box around all pieces of a surface."""
    front = block(design)
    return turned(front, design) if surface else front


def bars(design: SheetDesign, slots: Sequence[Slot], surface: int, holes: bool = True) -> list[Box]:
    """All marks of one surface that are bars; those of holes may be left out."""
    if design.marks is None:
        return []
    marks, pieces, depth = design.marks, whole(design, surface), design.piece.bleed
    room = _room(design, surface)
    trims = [slot.on(surface) for slot in slots]
    bleed = pieces.grown(depth)
    found: list[Box] = []
    if marks.crop:
        across = {edge for trim in trims for edge in (trim.left, trim.right)} | {bleed.left, bleed.right}
        down = {edge for trim in trims for edge in (trim.top, trim.bottom)} | {bleed.top, bleed.bottom}
        found += [_out(room, edge, at) for edge in ("top", "bottom") for at in sorted(across) if room[edge].depth]
        found += [_out(room, edge, at) for edge in ("left", "right") for at in sorted(down) if room[edge].depth]
    if marks.center:
        for edge, place in room.items():
            found += _center(pieces, edge, place) if place.depth else []
    if marks.registers:
        found += _registers(room)
    for crease in marks.creases:
        found += _creases(design, slots, surface, crease, room)
    for hole in marks.holes if holes else ():
        found += _cross(hole_box(design, surface, hole))
    return found


class _Room(NamedTuple):
    """Beyond one edge of the pieces: where marks begin, how long they are, and whether that is towards zero."""

    start: int
    depth: int
    back: bool


def _room(design: SheetDesign, surface: int) -> dict[str, _Room]:
    """Marks are as long as they may be on the paper that may be printed."""
    inner, paper = whole(design, surface).grown(max(_GAP, design.piece.bleed)), printable(design)

    def room(start: int, space: int, back: bool) -> _Room:
        depth = min(_LENGTH, space)
        return _Room(start, depth if depth >= _LEAST else 0, back)

    return {
        "top": room(inner.top, inner.top - paper.top, True),
        "bottom": room(inner.bottom, paper.bottom - inner.bottom, False),
        "left": room(inner.left, inner.left - paper.left, True),
        "right": room(inner.right, paper.right - inner.right, False),
    }


def _out(room: dict[str, _Room], edge: str, at: int, begin: int = 0, length: int = 0) -> Box:
    """A bar outwards from an edge at a place along it; `begin` from where marks begin."""
    place = room[edge]
    length = length or place.depth
    near = place.start - begin - length if place.back else place.start + begin
    line = at - LINE // 2
    return Box(line, near, LINE, length) if edge in ("top", "bottom") else Box(near, line, length, LINE)


def _center(pieces: Box, edge: str, place: _Room) -> Iterator[Box]:
    upright = edge in ("top", "bottom")
    middle = (pieces.left + pieces.right) // 2 if upright else (pieces.top + pieces.bottom) // 2
    yield _out({edge: place}, edge, middle)
    half = place.depth // 2
    at = (place.start - half if place.back else place.start + half) - LINE // 2
    yield Box(middle - _ARM, at, 2 * _ARM, LINE) if upright else Box(at, middle - _ARM, LINE, 2 * _ARM)


def _registers(room: dict[str, _Room]) -> Iterator[Box]:
    """In the corners between the crop marks, where both edges have the room."""
    for down in ("top", "bottom"):
        for across in ("left", "right"):
            x, y = room[across], room[down]
            if min(x.depth, y.depth) >= _REGISTER:
                half_x, half_y = x.depth // 2, y.depth // 2
                left = x.start - half_x if x.back else x.start + half_x
                top = y.start - half_y if y.back else y.start + half_y
                yield from _cross(Box(left - _FRAME // 2, top - _FRAME // 2, _FRAME, _FRAME), (_REGISTER - _FRAME) // 2)


def _cross(box: Box, arm: int = HOLE_ARM) -> list[Box]:
    """A square and a cross through its middle that stands out of it by `arm`."""
    x, y = (box.left + box.right) // 2, (box.top + box.bottom) // 2
    return [
        Box(x - LINE // 2, box.top - arm, LINE, box.height + 2 * arm),
        Box(box.left - arm, y - LINE // 2, box.width + 2 * arm, LINE),
        Box(box.left, box.top, box.width, LINE),
        Box(box.left, box.bottom - LINE, box.width, LINE),
        Box(box.left, box.top, LINE, box.height),
        Box(box.right - LINE, box.top, LINE, box.height),
    ]


def hole_box(design: SheetDesign, surface: int, hole: Hole) -> Box:
    """The square around a hole; on the turned sheet it is on the other side."""
    box = Box(hole.left - hole.diameter // 2, hole.top - hole.diameter // 2, hole.diameter, hole.diameter)
    return turned(box, design) if surface else box


def _creases(design: SheetDesign, slots: Sequence[Slot], surface: int, crease: Crease, room: dict[str, _Room]) -> Iterator[Box]:
    """Dashes beside the outermost pieces, where the line through every row or column of pieces ends."""
    mark, space = _DASHES[crease.kind]
    places = sorted({_crease(design, slot, surface, crease) for slot in slots})
    for upright, at in places:
        for edge in ("top", "bottom") if upright else ("left", "right"):
            for begin in range(0, room[edge].depth - mark + 1, mark + space):
                yield _out(room, edge, at, begin, mark)


def _crease(design: SheetDesign, slot: Slot, surface: int, crease: Crease) -> tuple[bool, int]:
    """Whether the line stands upright on this surface, and where, µm from the sheet's left edge or top."""
    piece, box, turn = design.piece, slot.on(surface), slot.turns[surface]
    from_left = crease.across == "height"
    at = crease.at
    if from_left and (surface == 1) != slot.face_down:  # the piece's back is seen: what was left is right
        at = piece.width - at
    far = (piece.width if from_left else piece.height) - at
    if turn in (0, 180):
        at = at if turn == 0 else far
        return from_left, (box.left if from_left else box.top) + at
    if from_left:
        return False, box.top + (far if turn == 90 else at)
    return True, box.left + (at if turn == 90 else far)


def slug_line(design: SheetDesign) -> SlugLine | None:
    """Where the slug stands; None where the design wants none."""
    if design.marks is None or not design.marks.slug:
        return None
    place = design.marks.slug_at
    if place is None:
        left = block(design).left
        return SlugLine(Box(left, _SLUG_TOP, printable(design).right - left, SLUG_HEIGHT), False)
    if place.upright:
        return SlugLine(Box(place.left, place.top, SLUG_HEIGHT, place.length), True)
    return SlugLine(Box(place.left, place.top, place.length, SLUG_HEIGHT), False)


def code_box(design: SheetDesign, quiet: bool = False) -> Box | None:
    """Where the sheet code stands, if there is one; with what stays white around it."""
    if design.marks is None or design.marks.code is None:
        return None
    place = design.marks.code
    size = CODE_MODULES * place.module
    box = Box(place.left, place.top, size, size)
    return box.grown(_QUIET * place.module) if quiet else box


def patches(design: SheetDesign) -> list[Box]:
    """The places of the colour bar's patches."""
    if design.marks is None or design.marks.colours is None:
        return []
    bar = design.marks.colours
    step = (0, bar.patch) if bar.upright else (bar.patch, 0)
    return [Box(bar.left + n * step[0], bar.top + n * step[1], bar.patch, bar.patch) for n in range(PATCHES)]
