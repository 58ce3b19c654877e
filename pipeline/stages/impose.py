"""Impose: leaves find their slots on numbered sheets. A pure plan; backs are computed by turning the sheet."""

from collections.abc import Callable, Mapping

from pipeline.base.problems import Problem, SheetError
from pipeline.craft.sheet_figures import lies_face_down, slots
from pipeline.model.sheet import STEP_AND_REPEAT, Sheet, SheetDesign

__all__ = ["SCHEMES", "impose", "slots"]

Scheme = Callable[[int, int, int, SheetDesign], int]


def _rows(sheet: int, slot: int, leaves: int, design: SheetDesign) -> int:
    return sheet * design.grid.columns * design.grid.rows + slot


def _columns(sheet: int, slot: int, leaves: int, design: SheetDesign) -> int:
    row, column = divmod(slot, design.grid.columns)
    return sheet * design.grid.columns * design.grid.rows + column * design.grid.rows + row


def _cut_and_stack(sheet: int, slot: int, leaves: int, design: SheetDesign) -> int:
    """A pile of sheets is cut as one; its piles of pieces follow each other. One that lies face down is turned over first,

    so it is filled from below. The last pile of sheets is as high as the leaves that are left need.
    """
    count = design.grid.columns * design.grid.rows
    depth = design.stack or -(-leaves // count)
    stack, at = divmod(sheet, depth)
    first = stack * depth * count
    height = min(depth, -(-(leaves - first) // count))
    return first + slot * height + (height - 1 - at if lies_face_down(slot, design) else at)


def _step_and_repeat(sheet: int, slot: int, leaves: int, design: SheetDesign) -> int:
    return sheet


SCHEMES: Mapping[str, Scheme] = {
    "rows": _rows,
    "columns": _columns,
    "cut-and-stack": _cut_and_stack,
    STEP_AND_REPEAT: _step_and_repeat,
}


def impose(leaves: int, design: SheetDesign, first_sheet: int = 1) -> tuple[Sheet, ...]:
    """Put `leaves` leaves on sheets numbered from `first_sheet`; empty slots are None. SheetError on an unknown scheme."""
    if design.scheme not in SCHEMES:
        raise SheetError(Problem("sheet-unknown-scheme", design.title, {"scheme": design.scheme, "known": "、".join(SCHEMES)}))
    place = SCHEMES[design.scheme]
    count = design.grid.columns * design.grid.rows
    sheets = leaves if design.scheme == STEP_AND_REPEAT else -(-leaves // count)
    return tuple(
        Sheet(
            first_sheet + sheet,
            tuple(leaf if (leaf := place(sheet, slot, leaves, design)) < leaves else None for slot in range(count)),
        )
        for sheet in range(sheets)
    )
