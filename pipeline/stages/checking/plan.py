"""What must stand where on a part's sheets, worked out again from the design's figures."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.base.geometry import Box
from pipeline.model.document import Document
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Plate, Side, Template
from pipeline.model.vendor import X1A, Conditions

SIDES = ("front", "back")
_MARK, _MARK_GAP = 8_000, 3_000  # µm: length of a mark, and its least distance from the trim


class Expected(NamedTuple):
    """One side of one leaf that must lie at `left`, `bottom` (µm from the sheet's lower left corner)."""

    slot: int
    left: int
    bottom: int
    leaf: int
    side: Side
    document: Document
    first_text: int
    first_code: int


class Plan:
    """The part's sheets as they must be."""

    def __init__(self, template: Template, design: SheetDesign, documents: Sequence[Document], conditions: Conditions):
        self.template, self.design, self.documents, self.conditions = template, design, documents, conditions
        self.kinds = len(template.leaves)
        self.leaves = len(documents) * self.kinds
        self.places = design.grid.columns * design.grid.rows
        self.sheets = (self.leaves + self.places - 1) // self.places
        self.surfaces = 2 if any(leaf.back is not None for leaf in template.leaves) else 1
        marks = design.marks
        self.marked = marks is not None and (marks.crop or marks.center) and any(self.mark_room(0).values())
        self._trims = [self.trims(surface) for surface in range(self.surfaces)]
        self._other = [
            {n for n, setting in enumerate(field.settings) if setting.typeface != field.settings[0].typeface}
            for field in template.texts
        ]
        self._odd = frozenset(n for n, document in enumerate(documents) if any(document.settings))
        self._starts: dict[tuple[int, int], tuple[int, int]] = {}
        text = code = 0
        for leaf, kind in enumerate(template.leaves):
            for number, side in enumerate(kind.sides):
                self._starts[leaf, number] = (text, code)
                text, code = text + len(side.texts), code + len(side.codes)

    def plates(self, side: Side) -> tuple[Plate, ...]:
        """The spot plates of a side that this vendor gets."""
        return side.plates if self.conditions.vendor.press.plates else ()

    @property
    def layers(self) -> dict[str, str]:
        """The layers that the file must have: name → kind of processing step. PDF/X-1a has none."""
        if self.conditions.vendor.press.standard == X1A:
            return {}
        return {plate.name: plate.kind for leaf in self.template.leaves for side in leaf.sides for plate in self.plates(side)}

    def serials(self, sheet: int) -> list[str]:
        """The serials of a sheet's pieces, each once."""
        leaves = (self.leaf_at(sheet, slot) for slot in range(self.places))
        return list(dict.fromkeys(self.documents[leaf // self.kinds].serial for leaf in leaves if leaf < self.leaves))

    def leaf_at(self, sheet: int, slot: int) -> int:
        """Which leaf of the part the scheme puts there; beyond the last one the slot is blank."""
        columns, rows = self.design.grid.columns, self.design.grid.rows
        if self.design.scheme == "cut-and-stack":
            return slot * self.sheets + sheet
        if self.design.scheme == "columns":
            return sheet * self.places + (slot % columns) * rows + slot // columns
        return sheet * self.places + slot

    def trims(self, surface: int) -> list[Box]:
        """The trim boxes of a surface, from the sheet's top left; the back's as the sheet is turned."""
        design, grid, piece = self.design, self.design.grid, self.design.piece
        across = grid.columns * piece.width + (grid.columns - 1) * grid.gutter_x
        down = grid.rows * piece.height + (grid.rows - 1) * grid.gutter_y
        left = grid.left if grid.left is not None else (design.width - across) // 2
        top = grid.top if grid.top is not None else (design.height - down) // 2
        found = []
        for slot in range(self.places):
            row, column = divmod(slot, grid.columns)
            x, y = left + column * (piece.width + grid.gutter_x), top + row * (piece.height + grid.gutter_y)
            if surface == 1:
                long_is_upright = design.height >= design.width
                if (design.turn == "long-edge") == long_is_upright:
                    x = design.width - x - piece.width
                else:
                    y = design.height - y - piece.height
            found.append(Box(x, y, piece.width, piece.height))
        return found

    def mark_room(self, surface: int) -> dict[str, bool]:
        """On which edges of the sheet marks have room outside the pieces."""
        box, design = self.outer(surface), self.design
        depth = max(_MARK_GAP, design.piece.bleed) + _MARK
        room = {"left": box.left, "top": box.top, "right": design.width - box.right, "bottom": design.height - box.bottom}
        return {edge: space >= depth for edge, space in room.items()}

    def pieces(self) -> list[list[Box]]:
        """The pieces with their bleed, surface by surface."""
        return [[trim.grown(self.design.piece.bleed) for trim in trims] for trims in self._trims]

    def outer(self, surface: int) -> Box:
        """The box around all pieces of a surface."""
        first, last = min(self.trims(surface)), max(self.trims(surface))
        return Box(first.left, first.top, last.right - first.left, last.bottom - first.top)

    def pattern(self, sheet: int) -> tuple[int, ...]:
        """Which leaf of a document is in each slot of a sheet, blanks filled up."""
        return tuple(self.leaf_at(sheet, slot) % self.kinds for slot in range(self.places))

    def surface(self, sheet: int, surface: int, trims: Sequence[Box]) -> Iterator[Expected]:
        """What one surface must carry, slot by slot."""
        for slot in range(self.places):
            index = self.leaf_at(sheet, slot)
            if index >= self.leaves:
                continue
            piece, leaf = divmod(index, self.kinds)
            sides = self.template.leaves[leaf].sides
            if surface < len(sides):
                box = trims[slot]
                yield Expected(
                    slot + 1, box.left, self.design.height - box.bottom, leaf, sides[surface], self.documents[piece],
                    *self._starts[leaf, surface],
                )  # fmt: skip

    def falls_back(self, sheet: int, surface: int) -> bool:
        """Whether any text on a surface is set in another typeface than its field's first choice."""
        if not any(self.leaf_at(sheet, slot) // self.kinds in self._odd for slot in range(self.places)):
            return False
        return any(
            one.document.settings[index] in self._other[index]
            for one in self.surface(sheet, surface, self._trims[surface])
            for index in range(one.first_text, one.first_text + len(one.side.texts))
        )
