"""What stands beside the pieces, worked out again: marks, creases, holes, colour bar, slug and the sheet's code."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pipeline.base.geometry import Box
from pipeline.model.sheet import SheetDesign
from pipeline.stages.checking import reading
from pipeline.stages.checking.fonts import Embedded
from pipeline.stages.checking.plan import SIDES, Plan
from pipeline.stages.checking.plates import spot_fault
from pipeline.stages.checking.reading import Content
from pipeline.stages.checking.sheet_codes import decoded, expected
from pipeline.stages.checking.turning import over

THIN = 100  # µm: a mark's width
_LONG, _SHORT, _AWAY = 8_000, 2_000, 3_000  # longest and shortest mark, least distance from the trim
_MODULES, _LIGHT = 20, 2  # of a sheet's code: modules a side, and around it
_TYPE = 2_100  # the slug's size at most
_TOLD = re.compile(r"(.{1,80}?) {3}part (\d+)/(\d+) {3}sheet \d+/(\d+) .*")
_BAR = re.compile(rb"(-?\d+) (-?\d+) (\d+) (\d+) re\n")
_PATCH = re.compile(rb"(?:([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) k|/S(\d) cs ([\d.]+) scn)\n(-?\d+) (-?\d+) (\d+) (\d+) re f\n")


class Lot(NamedTuple):
    """What the margin says of the whole lot, as far as it is known: its name, sheets, which part of how many this is.

    `name` is for the places of faults.
    """

    name: str
    sheets: int | None
    job: str = ""
    part: tuple[int, int] | None = None


class Told(NamedTuple):
    """What the first slug says, and all others must say too."""

    job: str
    part: int
    parts: int
    sheets: int


def paper(design: SheetDesign) -> Box:
    """Where ink may be: not where the press holds the sheet (a tumbled one at both ends), not on the safe margin."""
    held = {design.gripper.edge}
    if design.style == "work-and-tumble":
        held |= {"top", "bottom"} if design.gripper.edge in ("top", "bottom") else {"left", "right"}
    left, top, right, bottom = (
        max(design.safe, design.gripper.depth if edge in held else 0) for edge in ("left", "top", "right", "bottom")
    )
    return Box(left, top, design.width - left - right, design.height - top - bottom)


class _Edges:
    """The four strips beyond the pieces of a surface: `put` places what is told along an edge and outwards from it."""

    def __init__(self, plan: Plan, surface: int):
        outer, there = plan.outer(surface), paper(plan.design)
        self._inner = inner = outer.grown(max(_AWAY, plan.design.piece.bleed))
        free = {
            "left": inner.left - there.left,
            "right": there.right - inner.right,
            "top": inner.top - there.top,
            "bottom": there.bottom - inner.bottom,
        }
        self.long = {edge: min(space, _LONG) for edge, space in free.items() if space >= _SHORT}

    def put(self, edge: str, along: tuple[int, int], out: tuple[int, int]) -> Box:
        """A box from and to along the edge, from and to outwards."""
        inner, length, depth = self._inner, along[1] - along[0], out[1] - out[0]
        if edge == "left":
            return Box(inner.left - out[1], along[0], depth, length)
        if edge == "right":
            return Box(inner.right + out[0], along[0], depth, length)
        return Box(along[0], inner.top - out[1] if edge == "top" else inner.bottom + out[0], length, depth)

    def line(self, edge: str, at: int, begin: int = 0, end: int | None = None) -> Box:
        """A mark outwards."""
        return self.put(edge, (at - THIN // 2, at + THIN // 2), (begin, self.long[edge] if end is None else end))


def bars(plan: Plan, surface: int) -> list[Box]:
    """Every mark that must be on a surface, sorted."""
    marks = plan.design.marks
    if marks is None:
        return []
    edges, trims, outer = _Edges(plan, surface), plan.trims(surface), plan.outer(surface)
    bleed = outer.grown(plan.design.piece.bleed)
    found: list[Box] = []
    across = {x for box in (*trims, bleed) for x in (box.left, box.right)}
    down = {y for box in (*trims, bleed) for y in (box.top, box.bottom)}
    for edge, long in edges.long.items():
        upright = edge in ("top", "bottom")
        if marks.crop:
            found += [edges.line(edge, at) for at in (across if upright else down)]
        if marks.center:
            middle = (outer.left + outer.right if upright else outer.top + outer.bottom) // 2
            found.append(edges.line(edge, middle))
            found.append(edges.put(edge, (middle - 1_500, middle + 1_500), (long // 2 - 50, long // 2 + 50)))
    if marks.registers:
        found += _registers(edges, outer.grown(max(_AWAY, plan.design.piece.bleed)))
    for crease in marks.creases:
        ink, step = {"fold": (1_500, 2_500), "perforation": (500, 1_000)}[crease.kind]
        for edge, at in _creases(plan, surface, crease.across == "height", crease.at):
            if edge in edges.long:
                starts = range(0, edges.long[edge] - ink + 1, step)
                found += [edges.line(edge, at, start, start + ink) for start in starts]
    for hole in marks.holes:
        x, y = hole.left, plan.design.height - hole.top
        x, y = over(plan.design).at(x, y) if surface else (x, y)
        found += _target(x, plan.design.height - y, hole.diameter, 2_000)
    return sorted(found)


def _registers(edges: _Edges, inner: Box) -> Iterator[Box]:
    half = {edge: long // 2 for edge, long in edges.long.items() if long >= 5_000}
    for side in {"left", "right"} & half.keys():
        for end in {"top", "bottom"} & half.keys():
            x = inner.left - half[side] if side == "left" else inner.right + half[side]
            y = inner.top - half[end] if end == "top" else inner.bottom + half[end]
            yield from _target(x, y, 3_000, 1_000)


def _target(x: int, y: int, width: int, out: int) -> Iterator[Box]:
    """A square of some width around a point, and a cross that stands out of it."""
    near, far = width // 2, width - width // 2
    yield Box(x - 50, y - near - out, THIN, width + 2 * out)
    yield Box(x - near - out, y - 50, width + 2 * out, THIN)
    yield from (Box(x - near, line, width, THIN) for line in (y - near, y + far - THIN))
    yield from (Box(line, y - near, THIN, width) for line in (x - near, x + far - THIN))


def _creases(plan: Plan, surface: int, from_left: bool, at: int) -> set[tuple[str, int]]:
    """At which edges, and where along them, a line through all pieces ends."""
    piece, found = plan.design.piece, set()
    for slot, both in enumerate(plan.motions):
        seen = piece.width - at if from_left and plan.side_at(slot, surface) == 1 else at
        ends = ((seen, 0), (seen, piece.height)) if from_left else ((0, piece.height - at), (piece.width, piece.height - at))
        (x0, y0), (x1, _) = (both[surface].at(*end) for end in ends)
        if x0 == x1:
            found |= {("top", x0), ("bottom", x0)}
        else:
            found |= {("left", plan.design.height - y0), ("right", plan.design.height - y0)}
    return found


def marks_fault(form: Any, plan: Plan, surface: int) -> str:
    """Marks lie outside every piece's bleed, on every plate, exactly where they must be."""
    if "/Matrix" in form or [float(edge) for edge in form.BBox] != [0, 0, plan.design.width, plan.design.height]:
        return "lies elsewhere"
    if set(form.Resources.keys()) != {"/ColorSpace"} or spot_fault(form.Resources.ColorSpace.All, "All", (1000,) * 4):
        return "is not on every plate"
    content, head = form.read_bytes(), b"/All cs 1 scn\n"
    if not content.startswith(head) or not content.endswith(b"f\n"):
        return "is not on every plate"
    told = _BAR.findall(content)
    if b"".join(b"%b %b %b %b re\n" % bar for bar in told) != content[len(head) : -2]:
        return "draws something else"
    kept = [box.grown(plan.design.piece.bleed) for box in plan.trims(surface)]
    found = []
    for left, bottom, width, height in (map(int, bar) for bar in told):
        mark = Box(left, plan.design.height - bottom - height, width, height)
        if any(mark.overlaps(box) for box in kept):
            return "has a mark inside a piece"
        if min(width, height) != THIN:
            return "has a thick mark"
        found.append(mark)
    return "" if sorted(found) == bars(plan, surface) else "has marks elsewhere"


def patches(design: SheetDesign) -> list[Box]:
    """The twelve places of a colour bar."""
    bar = design.marks.colours if design.marks else None
    if bar is None:
        return []
    places = (n * bar.patch for n in range(12))
    corners = [(bar.left, bar.top + far) if bar.upright else (bar.left + far, bar.top) for far in places]
    return [Box(*corner, bar.patch, bar.patch) for corner in corners]


def colours_fault(form: Any, plan: Plan) -> str:
    """Every process ink and the first two spots of this vendor's file, in full and half, side by side."""
    spots: dict[str, tuple[int, ...]] = {}
    if plan.conditions.vendor.press.plates:
        spots |= {side.ground.spot: side.ground.colour or () for side in plan.template.sides if side.ground.spot}
        plates = [plate for side in plan.template.sides for plate in side.plates]
        spots |= {plate.name: plate.alternate for plate in plates if plate.kind in ("white", "varnish")}
    wanted: list[tuple[Any, ...]] = [
        tuple(tint if n == ink else 0.0 for n in range(4)) for ink in range(4) for tint in (1.0, 0.5)
    ]
    for number, (name, alternate) in enumerate(list(spots.items())[:2]):
        if reason := spot_fault(form.Resources.ColorSpace[f"/S{number}"], name, alternate):
            return reason
        wanted += [(number, tint) for tint in (1.0, 0.5)]
    content, at = form.read_bytes(), 0
    for ink, box in zip(wanted, patches(plan.design), strict=False):
        found = _PATCH.match(content, at)
        if not found:
            return "draws something else"
        told = (int(found[5]), float(found[6])) if found[5] else tuple(float(found[n]) for n in range(1, 5))
        place = tuple(int(found[n]) for n in range(7, 11))
        if told != ink or place != (box.left, plan.design.height - box.bottom, box.width, box.height):
            return "has another patch"
        at = found.end()
    return "draws something else" if at != len(content) or "/Matrix" in form else ""


class MarginReader:
    """Reads what each page says of its sheet. `told` is what the first one said of the part."""

    def __init__(self, plan: Plan, fonts: dict[int, Embedded], lot: Lot, told: Told | None):
        self.told = told
        self._plan, self._fonts, self._lot = plan, fonts, lot
        self._marked = [bool(bars(plan, surface)) for surface in range(plan.surfaces)]
        self._taken = [self._occupied(surface) for surface in range(plan.surfaces)]

    def read(self, page: Content, sheet: int, number: int, surface: int) -> None:
        """Read marks, colour bar, slug and code: `sheet` counts in the part, `number` in the lot."""
        marks = self._plan.design.marks
        if self._marked[surface] and not page.draws(f"M{surface}"):
            page.fault("preflight-artwork", what=f"M{surface}")
        if marks and marks.colours and not page.draws("C"):
            page.fault("preflight-artwork", what="C")
        if marks and marks.slug and not self._slug(page, sheet, number, surface):
            page.fault("preflight-slug")
        if marks and marks.code and (reason := self._code(page, number, surface)):
            page.fault("preflight-sheet-code", reason=reason)

    def _occupied(self, surface: int) -> list[Box]:
        """Where the slug must not be."""
        plan = self._plan
        taken = [box.grown(plan.design.piece.bleed) for box in plan.trims(surface)]
        taken += [*bars(plan, surface), *patches(plan.design)]
        return taken + ([box.grown(_LIGHT * box.width // _MODULES)] if (box := code_place(plan.design)) else [])

    def _slug(self, page: Content, sheet: int, number: int, surface: int) -> bool:
        found = page.take(reading.SLUG)
        font = self._fonts.get(int(found[1])) if found else None
        line = font.decode(reading.unescaped(found[6])) if found and font else None
        said = _TOLD.fullmatch(line or "")
        if not found or not font or not line or not said:
            return False
        told = self.told = self.told or Told(said[1], *(int(said[n]) for n in (2, 3, 4)))
        first, last = self._plan.ends(sheet)
        wanted = f"{told.job}   part {told.part}/{told.parts}   sheet {number}/{told.sheets} {SIDES[surface]}"
        wanted += f"   {first}..{last}   {self._plan.template.fingerprint[:12]}"
        lot, box = self._lot, self._slug_box(found, font.face.width(line) * int(found[2]) // font.face.upem)
        return (
            line == wanted
            and lot.job in ("", told.job)
            and lot.sheets in (None, told.sheets)
            and lot.part in (None, (told.part, told.parts))
            and number <= told.sheets
            and told.part <= told.parts
            and int(found[2]) <= _TYPE
            and paper(self._plan.design).holds(box)
            and not any(box.overlaps(other) for other in self._taken[surface])
        )

    def _slug_box(self, found: re.Match[bytes], width: int) -> Box:
        size, x, y = (int(found[n]) for n in (2, 4, 5))
        top, high = self._plan.design.height - y, size + size // 4
        return Box(x, top - size, width, high) if found[3] == b"1 0 0 1" else Box(x - size, top - width, high, width)

    def _code(self, page: Content, number: int, surface: int) -> str:
        """Why the sheet's code is not this side's of this sheet, or nothing."""
        shade, found = page.take(reading.COLOUR), page.take(reading.CODE)
        if shade is None or found is None:
            return "is missing"
        columns, rows = int(found[5]), int(found[6])
        data = page.image((columns + 7) // 8 * rows, bool(found[7]))
        box = code_place(self._plan.design)
        assert box is not None
        wanted = [box.width, box.height, box.left, self._plan.design.height - box.bottom, _MODULES, _MODULES]
        if data is None or [int(found[n]) for n in range(1, 7)] != wanted or [float(n) for n in shade.groups()] != [0, 0, 0, 1]:
            return "is elsewhere or of another kind"
        told = decoded(data, columns)
        if not told:
            return "cannot be decoded"
        job = self._lot.job or (self.told.job if self.told else self._lot.name)
        return "" if told == expected(job, number, surface) else "says something else"


def code_place(design: SheetDesign) -> Box | None:
    """Where a sheet's code must be."""
    place = design.marks.code if design.marks else None
    return Box(place.left, place.top, *(_MODULES * place.module,) * 2) if place else None
