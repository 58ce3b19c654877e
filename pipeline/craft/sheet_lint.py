"""Whether the figures of a press sheet add up: slots, gutters, bleed and gripper on the paper, piles, turning, marks."""

from collections.abc import Iterator
from typing import Any

from pipeline.base.geometry import Box
from pipeline.base.problems import Problem
from pipeline.craft import marks
from pipeline.craft.sheet_figures import block, gripped, is_halved, printable, slot_size, slots, turned, turns_about_upright
from pipeline.craft.yamlfile import Location, Source
from pipeline.model.layout import Layout
from pipeline.model.sheet import LAMINATED, SCHEME_NAMES, STEP_AND_REPEAT, TURN, SheetDesign


def millimetres(length: float) -> str:
    """Micrometres as a person writes them."""
    return f"{length / 1000:g} mm"


def lint_sheet(source: Source, design: SheetDesign) -> list[Problem]:
    """All problems of a sheet design, each with the numbers that do not add up."""
    lengths = list(_lengths(source, design))
    if design.scheme not in SCHEME_NAMES:
        values = {"scheme": design.scheme, "known": "、".join(SCHEME_NAMES)}
        lengths.append(Problem("sheet-unknown-scheme", source.where(("scheme",)), values))
    return (
        lengths
        or [*_grid(source, design), *_gutters(source, design), *_stack(source, design)]
        or [*_turning(source, design), *_paper(source, design)]
        or list(_marks(source, design))
    )


def _lengths(source: Source, design: SheetDesign) -> Iterator[Problem]:
    grid, piece = design.grid, design.piece
    above_zero: list[tuple[Location, int]] = [
        (("width",), design.width),
        (("height",), design.height),
        (("piece", "width"), piece.width),
        (("piece", "height"), piece.height),
    ]
    at_least_zero: list[tuple[Location, int]] = [
        (("piece", "bleed"), piece.bleed),
        (("grid", "gutter_x"), grid.gutter_x),
        (("grid", "gutter_y"), grid.gutter_y),
        (("gripper", "depth"), design.gripper.depth),
        (("safe",), design.safe),
    ]
    if design.marks and design.marks.code:
        above_zero.append((("marks", "code", "module"), design.marks.code.module))
    if design.marks and design.marks.colours:
        above_zero.append((("marks", "colours", "patch"), design.marks.colours.patch))
    if design.marks and design.marks.slug_at:
        above_zero.append((("marks", "slug_at", "length"), design.marks.slug_at.length))
    for location, length in above_zero:
        if length <= 0:
            yield length_fault(source, location, length, "> 0 mm")
    for location, length in at_least_zero:
        if length < 0:
            yield length_fault(source, location, length, "≥ 0 mm")


def length_fault(source: Source, location: Location, length: int, limit: str) -> Problem:
    """A length below what it may be."""
    values = {"key": location[-1], "given": millimetres(length), "limit": limit}
    return Problem("spec-out-of-range", source.where(location), values)


def _grid(source: Source, design: SheetDesign) -> Iterator[Problem]:
    """Slots, gutters and the bleed around them on the sheet, across and down."""
    grid, piece, whole, (width, height) = design.grid, design.piece, block(design), slot_size(design)
    across = (whole.left, whole.width, design.width, "columns", grid.columns, width, grid.gutter_x)
    down = (whole.top, whole.height, design.height, "rows", grid.rows, height, grid.gutter_y)
    for start, length, sheet, key, count, size, gutter in (across, down):
        over = max(piece.bleed - start, start + length + piece.bleed - sheet)
        if over <= 0:
            continue
        values: dict[str, Any] = {
            "count": count,
            "piece": millimetres(size),
            "gutter": millimetres(gutter),
            "bleed": millimetres(piece.bleed),
            "start": millimetres(start),
            "needed": millimetres(length + 2 * piece.bleed),
            "sheet": millimetres(sheet),
            "over": millimetres(over),
            "key": key,
        }
        yield Problem("sheet-grid-too-large", source.where(("grid", key)), values)


def _gutters(source: Source, design: SheetDesign) -> Iterator[Problem]:
    """Neighbours' bleeds must not meet: a gutter holds two of them."""
    grid, bleed = design.grid, design.piece.bleed
    for key, count, gutter in (("gutter_x", grid.columns, grid.gutter_x), ("gutter_y", grid.rows, grid.gutter_y)):
        if count > 1 and gutter < 2 * bleed:
            values = {"gutter": millimetres(gutter), "bleed": millimetres(bleed), "needed": millimetres(2 * bleed)}
            yield Problem("sheet-gutter-too-small", source.where(("grid", key)), values | {"key": key})


def _stack(source: Source, design: SheetDesign) -> Iterator[Problem]:
    """Piles are of whole sheets of one part, because parts are made one by one."""
    if design.stack is None:
        return
    if design.scheme != "cut-and-stack":
        yield Problem("sheet-stack-unused", source.where(("stack",)), {"scheme": design.scheme})
    elif design.part % design.stack:
        values = {"stack": design.stack, "part": design.part, "rest": design.part % design.stack}
        yield Problem("sheet-stack-part", source.where(("stack",)), values)


def _turning(source: Source, design: SheetDesign) -> Iterator[Problem]:
    """One plate for both sides: an even grid, centred on the axis, which the gripper's edge decides."""
    if not is_halved(design):
        return
    upright = turns_about_upright(design)
    holds = design.gripper.edge
    if (upright == (holds in ("top", "bottom"))) != (design.style == TURN):
        yield Problem("sheet-turn-axis", source.where(("turn",)), {"style": design.style, "edge": holds, "turn": design.turn})
        return
    key, count = ("columns", design.grid.columns) if upright else ("rows", design.grid.rows)
    if count % 2:
        yield Problem("sheet-odd-halves", source.where(("grid", key)), {"style": design.style, "key": key, "count": count})
    front = block(design)
    there = turned(front, design)
    off = max(abs(front.left - there.left), abs(front.top - there.top))
    if off > 1:  # half a micrometre is lost where a sheet cannot be halved
        values = {"style": design.style, "off": millimetres(off / 2), "key": "left" if upright else "top"}
        yield Problem("sheet-off-axis", source.where(("grid",)), values)


def _paper(source: Source, design: SheetDesign) -> Iterator[Problem]:
    """Ink stays off the gripper and the safe margins, on the front and, after turning, on the back."""
    edges = gripped(design)
    front = block(design).grown(design.piece.bleed)
    for side, box in (("front", front), ("back", turned(front, design))):
        space = {
            "left": box.left,
            "top": box.top,
            "right": design.width - box.right,
            "bottom": design.height - box.bottom,
        }
        for edge, free in space.items():
            values = {"edge": edge, "free": millimetres(free), "side": side}
            if edge in edges and free < design.gripper.depth:
                values["depth"] = millimetres(design.gripper.depth)
                yield Problem("sheet-in-gripper", source.where(("gripper",)), values)
                return
            if free < design.safe:
                yield Problem("sheet-in-margin", source.where(("safe",)), values | {"safe": millimetres(design.safe)})
                return


def _marks(source: Source, design: SheetDesign) -> Iterator[Problem]:
    """Whatever stands beside the pieces is on paper that may be printed, off the pieces, and off everything else."""
    if design.marks is None:
        return
    paper, places = printable(design), slots(design)
    for crease in design.marks.creases:
        limit = design.piece.width if crease.across == "height" else design.piece.height
        if not 0 < crease.at < limit:
            yield length_fault(source, ("marks", "creases"), crease.at, f"0 mm – {millimetres(limit)}")
            return
    for surface, side in enumerate(("front", "back")):
        there = {"pieces": marks.whole(design, surface).grown(design.piece.bleed)}
        lines = marks.bars(design, places, surface, holes=False)
        for item, box in _items(design, surface).items():
            values: dict[str, Any] = {"item": item, "side": side, "left": millimetres(box.left), "top": millimetres(box.top)}
            values |= {"right": millimetres(box.right), "bottom": millimetres(box.bottom)}
            at = source.where(("marks", item.split(" ")[0]))
            if not paper.holds(box):
                yield Problem("sheet-mark-off-paper", at, values)
                return
            other = next((name for name, taken in there.items() if taken.overlaps(box)), "")
            if other := other or ("crop" if any(line.overlaps(box) for line in lines) else ""):
                yield Problem("sheet-marks-collide", at, values | {"other": other})
                return
            there[item] = box


def _items(design: SheetDesign, surface: int) -> dict[str, Box]:
    """What stands beside the pieces but for the lines, by its key in the YAML, with what stays white around it."""
    assert design.marks is not None
    found: dict[str, Box] = {}
    if line := marks.slug_line(design):
        found["slug_at" if design.marks.slug_at else "slug"] = line.box
    if code := marks.code_box(design, quiet=True):
        found["code"] = code
    if patches := marks.patches(design):
        first, last = patches[0], patches[-1]
        found["colours"] = Box(first.left, first.top, last.right - first.left, last.bottom - first.top)
    for number, hole in enumerate(design.marks.holes, 1):
        found[f"holes {number}"] = marks.hole_box(design, surface, hole).grown(marks.HOLE_ARM)
    return found


def fits(design: SheetDesign, layout: Layout, sheet: str, document: str) -> list[Problem]:
    """Whether a sheet is made for a document: the same trim size, and no more bleed than the document has."""
    page, piece = layout.page, design.piece
    place = f"{sheet}.yaml"
    if (piece.width, piece.height) != (page.width, page.height):
        values = {
            "sheet": sheet,
            "document": document,
            "piece": f"{millimetres(piece.width)} × {millimetres(piece.height)}",
            "page": f"{millimetres(page.width)} × {millimetres(page.height)}",
        }
        return [Problem("sheet-other-size", place, values)]
    if piece.bleed > page.bleed:
        values = {"sheet": sheet, "document": document}
        values |= {"piece": millimetres(piece.bleed), "page": millimetres(page.bleed)}
        return [Problem("sheet-other-bleed", place, values)]
    values = {"sheet": sheet, "document": document, "style": design.style}
    if (is_halved(design) or design.style == LAMINATED) and not any(leaf.back for leaf in layout.leaves):
        return [Problem("sheet-needs-backs", place, values)]
    if design.scheme == STEP_AND_REPEAT and layout.subject != "public":
        return [Problem("sheet-repeats-documents", place, values)]
    if design.style == LAMINATED and layout.subject != "member":
        return [Problem("sheet-laminates-papers", place, values)]
    return []
