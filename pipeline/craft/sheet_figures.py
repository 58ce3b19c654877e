"""The figures of a press sheet: slots' sizes, the block of all pieces, the axis it is turned about, where ink may be."""

from pipeline.base.geometry import Box
from pipeline.model.sheet import TUMBLE, TURN, SheetDesign, Slot

OPPOSITE = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}


def slot_size(design: SheetDesign) -> tuple[int, int]:
    """Width and height of a slot's trim, µm: the piece's as it lies on the sheet."""
    piece = design.piece
    return (piece.width, piece.height) if piece.rotate in (0, 180) else (piece.height, piece.width)


def block(design: SheetDesign) -> Box:
    """All slots' trim boxes together, on the front, µm."""
    grid, (across, down) = design.grid, slot_size(design)
    width = grid.columns * across + (grid.columns - 1) * grid.gutter_x
    height = grid.rows * down + (grid.rows - 1) * grid.gutter_y
    left = (design.width - width) // 2 if grid.left is None else grid.left
    top = (design.height - height) // 2 if grid.top is None else grid.top
    return Box(left, top, width, height)


def turns_about_upright(design: SheetDesign) -> bool:
    """Whether the sheet is turned like a book's leaf: left becomes right. Else top becomes bottom."""
    return (design.turn == "long-edge") == (design.height >= design.width)


def turned(box: Box, design: SheetDesign) -> Box:
    """Where a place comes to lie when the sheet is turned."""
    if turns_about_upright(design):
        return box._replace(left=design.width - box.right)
    return box._replace(top=design.height - box.bottom)


def is_halved(design: SheetDesign) -> bool:
    """Whether half of the pieces lie face down, so that both sides of the sheet are printed by the same plate."""
    return design.style in (TURN, TUMBLE)


def gripped(design: SheetDesign) -> tuple[str, ...]:
    """The edges of a page that the press holds: a tumbled sheet is held at both ends."""
    edge = design.gripper.edge
    return (edge, OPPOSITE[edge]) if design.style == TUMBLE else (edge,)


def printable(design: SheetDesign) -> Box:
    """Where ink may be: off the safe margins and the gripper."""
    margins = dict.fromkeys(OPPOSITE, design.safe)
    for edge in gripped(design):
        margins[edge] = max(design.safe, design.gripper.depth)
    left, top = margins["left"], margins["top"]
    return Box(left, top, design.width - left - margins["right"], design.height - top - margins["bottom"])


def slots(design: SheetDesign) -> tuple[Slot, ...]:
    """The slots row by row from the top left of the front, each with the place of its back on the turned sheet.

    A piece is turned like a book's leaf: its back stands head to head with its front, whatever the sheet is turned about.
    """
    grid, whole, (width, height) = design.grid, block(design), slot_size(design)
    face_up = (design.piece.rotate, (-design.piece.rotate if turns_about_upright(design) else 180 - design.piece.rotate) % 360)
    found = []
    for number in range(grid.columns * grid.rows):
        row, column = divmod(number, grid.columns)
        left, top = whole.left + column * (width + grid.gutter_x), whole.top + row * (height + grid.gutter_y)
        front, down = Box(left, top, width, height), lies_face_down(number, design)
        found.append(Slot(front, turned(front, design), face_up[::-1] if down else face_up, down))
    return tuple(found)


def lies_face_down(slot: int, design: SheetDesign) -> bool:
    """Whether a slot's piece shows its back on the sheet's front: the half that comes behind the other half's fronts."""
    row, column = divmod(slot, design.grid.columns)
    second = 2 * column >= design.grid.columns if turns_about_upright(design) else 2 * row >= design.grid.rows
    return is_halved(design) and second


def lying(box: Box, trim: Box, turn: int) -> Box:
    """Where a box of a piece (from its trim's top left) lies on a surface, the piece turned so many degrees anticlockwise."""
    wide, high = (trim.width, trim.height) if turn in (0, 180) else (trim.height, trim.width)
    left, top = {
        0: (box.left, box.top),
        90: (box.top, wide - box.right),
        180: (wide - box.right, high - box.bottom),
        270: (high - box.bottom, box.left),
    }[turn]
    size = (box.width, box.height) if turn in (0, 180) else (box.height, box.width)
    return Box(trim.left + left, trim.top + top, *size)
