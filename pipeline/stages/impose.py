"""Impose: leaves find their slots on numbered sheets. A pure plan; backs are computed by turning the sheet."""

from collections.abc import Callable, Mapping

from pipeline.base.geometry import Box
from pipeline.base.problems import Problem, SheetError
from pipeline.model.sheet import Sheet, SheetDesign, Slot


def slots(design: SheetDesign) -> tuple[Slot, ...]:
    """The slots row by row from the top left of the front, each with the place of its back on the turned sheet."""
    grid, piece = design.grid, design.piece
    width = grid.columns * piece.width + (grid.columns - 1) * grid.gutter_x
    height = grid.rows * piece.height + (grid.rows - 1) * grid.gutter_y
    left = (design.width - width) // 2 if grid.left is None else grid.left
    top = (design.height - height) // 2 if grid.top is None else grid.top
    fronts = (
        Box(
            left + column * (piece.width + grid.gutter_x),
            top + row * (piece.height + grid.gutter_y),
            *piece_size(design),
        )
        for row in range(grid.rows)
        for column in range(grid.columns)
    )
    return tuple(Slot(front, _turned(front, design)) for front in fronts)


def piece_size(design: SheetDesign) -> tuple[int, int]:
    """Trim width and height of the piece, µm."""
    return design.piece.width, design.piece.height


def _turned(front: Box, design: SheetDesign) -> Box:
    """Where a slot comes to lie when the sheet is turned about its long or its short edge."""
    about_vertical = (design.turn == "long-edge") == (design.height >= design.width)
    if about_vertical:
        return front._replace(left=design.width - front.right)
    return front._replace(top=design.height - front.bottom)


Scheme = Callable[[int, int, int, SheetDesign], int]


def _rows(sheet: int, slot: int, sheets: int, design: SheetDesign) -> int:
    return sheet * design.grid.columns * design.grid.rows + slot


def _columns(sheet: int, slot: int, sheets: int, design: SheetDesign) -> int:
    row, column = divmod(slot, design.grid.columns)
    return sheet * design.grid.columns * design.grid.rows + column * design.grid.rows + row


def _cut_and_stack(sheet: int, slot: int, sheets: int, design: SheetDesign) -> int:
    return slot * sheets + sheet


SCHEMES: Mapping[str, Scheme] = {"rows": _rows, "columns": _columns, "cut-and-stack": _cut_and_stack}


def impose(leaves: int, design: SheetDesign, first_sheet: int = 1) -> tuple[Sheet, ...]:
    """Put `leaves` leaves on sheets numbered from `first_sheet`; empty slots are None. SheetError on an unknown scheme."""
    if design.scheme not in SCHEMES:
        raise SheetError(Problem("sheet-unknown-scheme", design.title, {"scheme": design.scheme, "known": "、".join(SCHEMES)}))
    place = SCHEMES[design.scheme]
    count = design.grid.columns * design.grid.rows
    sheets = -(-leaves // count)
    return tuple(
        Sheet(
            first_sheet + sheet,
            tuple(leaf if (leaf := place(sheet, slot, sheets, design)) < leaves else None for slot in range(count)),
        )
        for sheet in range(sheets)
    )
