"""A press sheet as its YAML says it, and what impose makes of it."""

from typing import Literal, NamedTuple

from pydantic import Field

from pipeline.base.geometry import Box
from pipeline.model.spec import Length, Spec

STEP_AND_REPEAT = "step-and-repeat"
SCHEME_NAMES = ("rows", "columns", "cut-and-stack", STEP_AND_REPEAT)
SHEETWISE, TURN, TUMBLE, LAMINATED = "sheetwise", "work-and-turn", "work-and-tumble", "laminated"


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
    bleed: Length = Field(0, description="what is kept of the layout's bleed: where it has more, pieces are clipped")
    rotate: Literal[0, 90, 180, 270] = Field(0, description="how pieces lie in their slots, degrees anticlockwise")


class Gripper(Spec):
    """The edge the press holds: nothing is printed there."""

    edge: Literal["top", "bottom", "left", "right"] = "bottom"
    depth: Length = 0


class SlugPlace(Spec):
    """Where the slug's line stands, from the sheet's top left; its text shrinks to `length`."""

    left: Length
    top: Length
    length: Length
    upright: bool = Field(False, description="it reads from bottom to top")


class CodePlace(Spec):
    """The sheet code's corner and the size of one of its 20 × 20 modules; as much as two modules stays white around it."""

    left: Length
    top: Length
    module: Length = 400


class ColourBar(Spec):
    """Patches of the inks, 100 % and 50 %, from a corner on to the right or downwards."""

    left: Length
    top: Length
    patch: Length = 5_000
    upright: bool = False


class Hole(Spec):
    """A pin's or punch's hole: its middle as seen on the front, and its diameter."""

    left: Length
    top: Length
    diameter: Length


class Crease(Spec):
    """A line across every piece that is marked beside the outermost ones: `at` µm from the piece's left edge or top."""

    kind: Literal["fold", "perforation"]
    across: Literal["width", "height"] = Field(description="width: the line crosses the width, `at` is from the top")
    at: Length


class Marks(Spec):
    """What is printed outside the trim for the people at the press and the cutter."""

    crop: bool = Field(True, description="at every trim edge, and double at the corners: inner trim, outer bleed")
    center: bool = Field(True, description="a cross in the middle of each side")
    registers: bool = Field(False, description="a cross in a square at each corner")
    slug: bool = True
    slug_at: SlugPlace | None = Field(None, description="else at the head, 4.4 mm from the edge, from the first piece on")
    code: CodePlace | None = Field(None, description="a Data Matrix of lot, sheet and side; the same place on both sides")
    colours: ColourBar | None = None
    holes: tuple[Hole, ...] = Field((), max_length=20)
    creases: tuple[Crease, ...] = Field((), max_length=10)


class SheetDesign(Spec):
    """A press sheet. The file's name is its id."""

    title: str
    vendor: str = Field("house", description="who prints it: a file of `layouts/vendors/`")
    width: Length
    height: Length
    piece: Piece
    grid: Grid
    gripper: Gripper = Gripper()
    safe: Length = Field(0, description="on all edges of the sheet, nothing is printed in it")
    style: Literal["sheetwise", "work-and-turn", "work-and-tumble", "laminated"] = Field(
        "sheetwise",
        description="sheetwise: fronts on the front, backs on the back; work-and-turn, work-and-tumble: both on both, so that "
        "one plate prints both sides; laminated: fronts and backs are sheets, and files, of their own",
    )
    turn: Literal["long-edge", "short-edge"] = "long-edge"
    scheme: str = Field("rows", description="order of the pieces: rows, columns, cut-and-stack or step-and-repeat")
    stack: int | None = Field(None, ge=1, le=5000, description="cut-and-stack: sheets in one pile; else a whole part")
    part: int = Field(500, ge=1, le=5000, description="sheets in one PDF part")
    inserter_marks: bool = Field(
        False,
        description="leaves that go into envelopes carry the rows (OMR) of the issuer's `inserter`, each its place in its set",
    )
    marks: Marks | None = None


class Slot(NamedTuple):
    """A place on the sheet: trim boxes on its front and, as printed on the turned sheet, on its back; µm.

    `turns`: how what is printed there is rotated, degrees anticlockwise. `face_down`: the piece's back is on the front.
    """

    front: Box
    back: Box
    turns: tuple[int, int] = (0, 0)
    face_down: bool = False

    def on(self, surface: int) -> Box:
        """Its trim box on the front (0) or the back (1)."""
        return self.back if surface else self.front


class Sheet(NamedTuple):
    """One sheet of a part: its number in the lot, and for each slot the leaf's index in the part or None for a blank."""

    number: int
    leaves: tuple[int | None, ...]


class Slug(NamedTuple):
    """What the slug line and the file's title say; no personal data. `day` is ISO, `sheets` the lot's number of sheets."""

    lot: str
    day: str
    sheets: int
    fingerprint: str
    part: int = 1
    parts: int = 1
