"""A press sheet as its YAML says it, and what impose makes of it."""

from typing import Literal, NamedTuple

from pydantic import Field

from pipeline.base.geometry import Box
from pipeline.model.spec import Length, Spec

SCHEME_NAMES = ("rows", "columns", "cut-and-stack")


class Grid(Spec):
    """Slots in columns and rows, centred on the sheet unless `left` and `top` say otherwise."""

    columns: int = Field(ge=1, le=50)
    rows: int = Field(ge=1, le=50)
    gutter_x: Length = 0
    gutter_y: Length = 0
    left: Length | None = None
    top: Length | None = None


class Piece(Spec):
    """The trim size and bleed this sheet is made for."""

    width: Length
    height: Length
    bleed: Length = 0


class Gripper(Spec):
    """The edge the press holds: nothing is printed there."""

    edge: Literal["top", "bottom", "left", "right"] = "bottom"
    depth: Length = 0


class Marks(Spec):
    """What is printed outside the trim for the people at the press and the cutter."""

    crop: bool = True
    center: bool = True
    slug: bool = True


class SheetDesign(Spec):
    """A press sheet. The file's name is its id."""

    title: str
    vendor: str = Field("house", description="who prints it: a file of `layouts/vendors/`")
    width: Length
    height: Length
    piece: Piece
    grid: Grid
    gripper: Gripper = Gripper()
    turn: Literal["long-edge", "short-edge"] = "long-edge"
    scheme: str = Field("rows", description="order of the pieces: rows, columns or cut-and-stack")
    part: int = Field(500, ge=1, le=5000, description="sheets in one PDF part")
    marks: Marks | None = None


class Slot(NamedTuple):
    """A place on the sheet: trim boxes of the front and, as printed on the turned sheet, of the back; µm."""

    front: Box
    back: Box


class Sheet(NamedTuple):
    """One sheet of a part: its number in the lot, and for each slot the leaf's index in the part or None for a blank."""

    number: int
    leaves: tuple[int | None, ...]


class Mark(NamedTuple):
    """A thin filled bar, or with `text` a line of slug; outside the trim boxes."""

    box: Box
    text: str = ""
