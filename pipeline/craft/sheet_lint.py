"""Whether the figures of a press sheet add up: slots, gutters, bleed and gripper on the paper."""

from collections.abc import Iterator
from typing import Any

from pipeline.base.geometry import Box
from pipeline.base.problems import Problem
from pipeline.craft.yamlfile import Location, Source
from pipeline.model.layout import Layout
from pipeline.model.sheet import SCHEME_NAMES, SheetDesign


def millimetres(length: int) -> str:
    """Micrometres as a person writes them."""
    return f"{length / 1000:g} mm"


def lint_sheet(source: Source, design: SheetDesign) -> list[Problem]:
    """All problems of a sheet design, each with the numbers that do not add up."""
    lengths = list(_lengths(source, design))
    if design.scheme not in SCHEME_NAMES:
        values = {"scheme": design.scheme, "known": "、".join(SCHEME_NAMES)}
        lengths.append(Problem("sheet-unknown-scheme", source.where(("scheme",)), values))
    return lengths or [*_grid(source, design), *_gutters(source, design)] or list(_gripper(source, design))


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
    ]
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


def block(design: SheetDesign) -> Box:
    """All slots' trim boxes together, on the front, µm."""
    grid, piece = design.grid, design.piece
    width = grid.columns * piece.width + (grid.columns - 1) * grid.gutter_x
    height = grid.rows * piece.height + (grid.rows - 1) * grid.gutter_y
    left = (design.width - width) // 2 if grid.left is None else grid.left
    top = (design.height - height) // 2 if grid.top is None else grid.top
    return Box(left, top, width, height)


def _grid(source: Source, design: SheetDesign) -> Iterator[Problem]:
    """Slots, gutters and the bleed around them on the sheet, across and down."""
    grid, piece, slots = design.grid, design.piece, block(design)
    across = (slots.left, slots.width, design.width, "columns", grid.columns, piece.width, grid.gutter_x)
    down = (slots.top, slots.height, design.height, "rows", grid.rows, piece.height, grid.gutter_y)
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


def _gripper(source: Source, design: SheetDesign) -> Iterator[Problem]:
    """The gripper's edge is free on the front and, after turning, on the back."""
    depth, edge = design.gripper.depth, design.gripper.edge
    if depth == 0:
        return
    front = block(design).grown(design.piece.bleed)
    about_vertical = (design.turn == "long-edge") == (design.height >= design.width)
    if about_vertical:
        back = front._replace(left=design.width - front.right)
    else:
        back = front._replace(top=design.height - front.bottom)
    for side, box in (("front", front), ("back", back)):
        free = {
            "left": box.left,
            "top": box.top,
            "right": design.width - box.right,
            "bottom": design.height - box.bottom,
        }[edge]
        if free < depth:
            values = {"edge": edge, "depth": millimetres(depth), "free": millimetres(free), "side": side}
            yield Problem("sheet-in-gripper", source.where(("gripper",)), values)
            return


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
    return []
