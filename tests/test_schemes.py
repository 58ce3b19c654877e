"""Sheets are printed, turned, cut and stacked here as people do it: pieces come in order, and backs are behind their fronts."""

from itertools import chain
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.base.geometry import Box
from pipeline.craft import marks
from pipeline.craft.sheet_figures import lying
from pipeline.model.document import Document
from pipeline.model.sheet import Sheet, SheetDesign
from pipeline.model.template import Ground, LeafTemplate, Side, Template
from pipeline.office.ledger_rows import PartPlan
from pipeline.stages import plate
from pipeline.stages.checking.margin import bars as expected_bars
from pipeline.stages.checking.plan import Plan
from pipeline.stages.impose import impose, slots
from tests import planted

_SIDE = Side(b"", Ground(), (), (), ())
TEMPLATE = Template("d", "i", "t", "", "plastic", 9_000, 5_000, 1_000, (LeafTemplate(_SIDE, _SIDE),), ("f",), "f")
# Corners of an upright box, anticlockwise from the lower left; a quarter turn moves each to the next.
_CORNERS = ("lower left", "lower right", "upper right", "upper left")


class Print(NamedTuple):
    """One side of a leaf on a surface."""

    leaf: int
    side: int
    box: Box
    turn: int


class Cut(NamedTuple):
    """A piece in the hand: its leaf, and whether its front is seen."""

    leaf: int | None
    face_up: bool


@st.composite
def designs(draw: st.DrawFn) -> SheetDesign:
    """Sheets whose figures add up, of all schemes and styles."""
    style = draw(st.sampled_from(["sheetwise", "work-and-turn", "work-and-tumble", "laminated"]))
    width, height = draw(st.sampled_from([(90, 130), (130, 90), (100, 100)]))
    turn = draw(st.sampled_from(["long-edge", "short-edge"]))
    upright = (turn == "long-edge") == (height >= width)
    columns, rows = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    if style.startswith("work"):
        columns, rows = (columns + columns % 2, rows) if upright else (columns, rows + rows % 2)
    scheme = draw(st.sampled_from(["rows", "columns", "cut-and-stack"]))
    stack = draw(st.none() | st.integers(1, 4)) if scheme == "cut-and-stack" else None
    spec: dict[str, Any] = {
        "title": "t", "width": f"{width}mm", "height": f"{height}mm",
        "piece": {"width": "9mm", "height": "5mm", "bleed": "1mm", "rotate": draw(st.sampled_from([0, 90, 180, 270]))},
        "grid": {"columns": columns, "rows": rows, "gutter_x": "2mm", "gutter_y": f"{draw(st.integers(2, 4))}mm"},
        "gripper": {"edge": "bottom" if upright == (style == "work-and-turn") else "left"},
        "style": style, "turn": turn, "scheme": scheme, "stack": stack, "part": (stack or 1) * draw(st.integers(1, 3)),
        "marks": {
            "slug": False, "registers": draw(st.booleans()),
            "creases": [{"kind": "fold", "across": draw(st.sampled_from(["width", "height"])), "at": "2mm"}],
            "holes": [{"left": "4mm", "top": "3mm", "diameter": "2mm"}],
        },
    }  # fmt: skip
    if style in ("sheetwise", "laminated") and draw(st.booleans()):
        spec["grid"] |= {"left": "15mm", "top": "14mm"}
    return SheetDesign.model_validate(spec)


def prints(sheet: Sheet, design: SheetDesign, surface: int) -> list[Print]:
    """What the plan has printed on a surface."""
    places = zip(slots(design), sheet.leaves, strict=True)
    return [
        Print(leaf, surface ^ slot.face_down, slot.on(surface), slot.turns[surface])
        for slot, leaf in places
        if leaf is not None
    ]


def is_upright(design: SheetDesign) -> bool:
    return (design.turn == "long-edge") == (design.height >= design.width)


def through(box: Box, design: SheetDesign) -> Box:
    """A box of the back as it lies behind the front."""
    if is_upright(design):
        return Box(design.width - box.left - box.width, box.top, box.width, box.height)
    return Box(box.left, design.height - box.top - box.height, box.width, box.height)


def corner(name: str, turn: int) -> str:
    """Which corner of its slot a piece's corner comes to lie in."""
    return _CORNERS[(_CORNERS.index(name) + turn // 90) % 4]


def mirrored(name: str, upright: bool) -> str:
    """A corner seen from behind."""
    high, wide = name.split(" ")
    if upright:
        return f"{high} {'right' if wide == 'left' else 'left'}"
    return f"{'lower' if high == 'upper' else 'upper'} {wide}"


@settings(max_examples=150)
@given(designs(), st.integers(1, 70))
def test_backs_are_behind_their_fronts(design: SheetDesign, leaves: int) -> None:
    """Within 10 µm, and head to head when the piece is turned like a book's leaf, whatever the sheet is turned about."""
    for sheet in impose(leaves, design):
        front, back = prints(sheet, design, 0), prints(sheet, design, 1)
        assert len(front) == len(back)
        for one in front:
            (other,) = [print for print in back if print.leaf == one.leaf]
            assert {one.side, other.side} == {0, 1}
            assert all(abs(a - b) <= 10 for a, b in zip(one.box, through(other.box, design), strict=True))
            for name in _CORNERS:
                behind = mirrored(corner(mirrored(name, True), other.turn), is_upright(design))
                assert corner(name, one.turn) == behind


@settings(max_examples=150)
@given(designs(), st.integers(1, 300))
def test_cut_and_stacked_pieces_come_in_order(design: SheetDesign, leaves: int) -> None:
    """The lot is cut into parts as the ledger does; every pile of sheets is cut and its piles of pieces laid on each other."""
    count = design.grid.columns * design.grid.rows
    parts = PartPlan("s", count, 1, design.part, "f").chunks("lot", leaves)
    read: list[Cut] = []
    for part in parts:
        sheets = impose(part.count, design, part.first_sheet)
        assert [sheet.number for sheet in sheets] == list(range(part.first_sheet, part.first_sheet + len(sheets)))
        for pieces in stacked(sheets, design):
            shown = [piece._replace(leaf=part.first + piece.leaf) if piece.leaf is not None else piece for piece in pieces]
            blanks = [piece.leaf is None for piece in shown]
            assert blanks == sorted(blanks)  # a blank never comes between two pieces
            read += [piece for piece in shown if piece.leaf is not None]
    assert [piece.leaf for piece in read] == list(range(leaves))
    assert all(piece.face_up for piece in read)


def stacked(sheets: tuple[Sheet, ...], design: SheetDesign) -> list[list[Cut]]:
    """What people hold in their hands after cutting, pile of sheets by pile of sheets."""
    depth = (design.stack or len(sheets)) if design.scheme == "cut-and-stack" else 1
    some = [sheets[start : start + depth] for start in range(0, len(sheets), depth)]
    return [list(chain.from_iterable(piles(pile, design))) for pile in some]


def piles(sheets: tuple[Sheet, ...], design: SheetDesign) -> list[list[Cut]]:
    """A pile of sheets cut: one pile of pieces a slot, from the top; what lies face down is turned over as a pile."""
    found = []
    for number in order(design):
        pile = [Cut(sheet.leaves[number], not slots(design)[number].face_down) for sheet in sheets]
        if not pile[0].face_up:
            pile = [Cut(piece.leaf, True) for piece in reversed(pile)]
        found.append(pile)
    return found


def order(design: SheetDesign) -> list[int]:
    columns, rows = design.grid.columns, design.grid.rows
    if design.scheme == "columns":
        return [row * columns + column for column in range(columns) for row in range(rows)]
    return list(range(columns * rows))


@settings(max_examples=100)
@given(designs(), st.integers(1, 40))
def test_the_checker_finds_the_same_by_itself(design: SheetDesign, leaves: int) -> None:
    documents = [Document(f"s{n}", (), (), ()) for n in range(leaves)]
    plan = Plan(TEMPLATE, design, documents, planted.conditions("house"))
    sheets, places = impose(leaves, design), slots(design)
    assert plan.sheets == len(sheets)
    for index, sheet in enumerate(sheets):
        found = [plan.leaf_at(index, slot) for slot in range(plan.places)]
        assert [leaf if leaf < leaves else None for leaf in found] == list(sheet.leaves)
    for surface in (0, 1):
        assert plan.trims(surface) == [slot.on(surface) for slot in places]
        field = Box(1_000, 500, 3_000, 1_500)  # of a piece of 9 × 5 mm
        lies = [lying(field, slot.on(surface), slot.turns[surface]) for slot in places]
        assert lies == [both[surface].box(field, 5_000, design.height) for both in plan.motions]
        begins = [plate._place(slot, surface, TEMPLATE, design) for slot in places]
        assert [plan.begin(slot, surface) for slot in range(plan.places)] == begins
        assert [plan.side_at(slot, surface) for slot in range(plan.places)] == [surface ^ slot.face_down for slot in places]
        assert expected_bars(plan, surface) == sorted(marks.bars(design, places, surface))


def picture(design: SheetDesign, leaves: int, surface: int = 0) -> str:
    """Sheets as text: leaf, and F or B for what is printed, at their places on the surface."""
    drawn = []
    for sheet in impose(leaves, design):
        rows: dict[int, list[tuple[int, str]]] = {}
        for slot, leaf in zip(slots(design), sheet.leaves, strict=True):
            box = slot.on(surface)
            shown = "   ." if leaf is None else f"{leaf:3}{'FB'[surface ^ slot.face_down]}"
            rows.setdefault(box.top, []).append((box.left, shown))
        drawn.append("\n".join("".join(text for _, text in sorted(row)) for _, row in sorted(rows.items())))
    return "\n\n".join(drawn)


def small(**changes: Any) -> SheetDesign:
    base: dict[str, Any] = {
        "title": "t", "width": "100mm", "height": "140mm", "piece": {"width": "9mm", "height": "5mm", "bleed": "1mm"},
        "grid": {"columns": 2, "rows": 2, "gutter_x": "2mm", "gutter_y": "2mm"}, "scheme": "cut-and-stack",
    }  # fmt: skip
    return SheetDesign.model_validate(base | changes)


PICTURES = {
    "two piles of two sheets": (small(stack=2), 13, 0, """\
  0F  2F
  4F  6F

  1F  3F
  5F  7F

  8F 10F
 12F   .

  9F 11F
   .   ."""),
    "turned about the upright axis": (small(style="work-and-turn"), 7, 0, """\
  0F  3B
  4F   .

  1F  2B
  5F  6B"""),
    "its other side": (small(style="work-and-turn"), 7, 1, """\
  3F  0B
   .  4B

  2F  1B
  6F  5B"""),
    "tumbled": (small(style="work-and-tumble", turn="short-edge"), 8, 0, """\
  0F  2F
  5B  7B

  1F  3F
  4B  6B"""),
    "one leaf in every slot": (small(scheme="step-and-repeat"), 2, 0, """\
  0F  0F
  0F  0F

  1F  1F
  1F  1F"""),
}  # fmt: skip


@pytest.mark.parametrize("what", PICTURES)
def test_the_picture_of_a_plan(what: str) -> None:
    design, leaves, surface, wanted = PICTURES[what]
    assert picture(design, leaves, surface) == wanted


def test_one_plate_prints_both_sides() -> None:
    """Worked and turned, the boxes of fronts and of backs, and how things lie in them, are the same on both surfaces."""
    for design in (small(style="work-and-turn"), small(style="work-and-tumble", turn="short-edge")):
        surfaces = [
            {(slot.on(surface), slot.turns[surface], surface ^ slot.face_down) for slot in slots(design)} for surface in (0, 1)
        ]
        assert surfaces[0] == surfaces[1]
