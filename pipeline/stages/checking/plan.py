"""What must stand where on a part's sheets, worked out again from the design's figures."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.base.geometry import Box
from pipeline.model.document import Document
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Plate, Side, Template
from pipeline.model.vendor import X1A, Conditions
from pipeline.stages.checking.turning import Motion, axis_is_upright, motions

SIDES = ("front", "back")


class Expected(NamedTuple):
    """One side (`number`: 0 front, 1 back) of one leaf: how it must lie, and the operators that must put it there."""

    slot: int
    motion: Motion
    begin: bytes
    leaf: int
    number: int
    side: Side
    document: Document
    first_text: int
    first_code: int


class Plan:
    """The part's sheets as they must be; with `shown`, those of a file that has fronts (0) or backs (1) alone."""

    def __init__(
        self,
        template: Template,
        design: SheetDesign,
        documents: Sequence[Document],
        conditions: Conditions,
        shown: tuple[int, ...] = (),
    ):
        self.template, self.design, self.documents, self.conditions = template, design, documents, conditions
        self.kinds = len(template.leaves)
        self.leaves = len(documents) * self.kinds
        self.places = design.grid.columns * design.grid.rows
        self.repeated = design.scheme == "step-and-repeat"
        self.sheets = self.leaves if self.repeated else (self.leaves + self.places - 1) // self.places
        self.surfaces = 2 if any(leaf.back is not None for leaf in template.leaves) else 1
        self.shown = shown or tuple(range(self.surfaces))  # the surfaces that the file has
        self.sides = shown or (0, 1)  # the sides of pieces that are seen on them
        self.motions = [self._motions(slot) for slot in range(self.places)]
        self._begins = [[self._begin(motion) for motion in both] for both in self.motions]
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
        sides = (leaf.sides[n] for leaf in self.template.leaves for n in self.sides if n < len(leaf.sides))
        return {plate.name: plate.kind for side in sides for plate in self.plates(side)}

    def serials(self, sheet: int) -> list[str]:
        """The serials of a sheet's pieces, each once."""
        leaves = (self.leaf_at(sheet, slot) for slot in range(self.places))
        return list(dict.fromkeys(self.documents[leaf // self.kinds].serial for leaf in leaves if leaf < self.leaves))

    def ends(self, sheet: int) -> tuple[str, str]:
        """The serials of a sheet's first and last piece."""
        there = [leaf for slot in range(self.places) if (leaf := self.leaf_at(sheet, slot)) < self.leaves]
        return self.documents[min(there) // self.kinds].serial, self.documents[max(there) // self.kinds].serial

    def leaf_at(self, sheet: int, slot: int) -> int:
        """Which leaf of the part the scheme puts there; beyond the last one the slot is blank."""
        columns, rows = self.design.grid.columns, self.design.grid.rows
        if self.repeated:
            return sheet
        if self.design.scheme == "cut-and-stack":
            return self._in_pile(sheet, slot)
        if self.design.scheme == "columns":
            return sheet * self.places + (slot % columns) * rows + slot // columns
        return sheet * self.places + slot

    def _in_pile(self, sheet: int, slot: int) -> int:
        """Piles are cut, and those that lie face down are turned over; then piece follows piece, pile by pile."""
        most = self.design.stack or self.sheets
        above = sheet // most * most  # sheets of the piles of sheets before
        here = min(most, self.sheets - above)
        from_top = sheet - above
        if self.is_upside_down(slot):
            from_top = here - from_top - 1
        return above * self.places + slot * here + from_top

    def is_upside_down(self, slot: int) -> bool:
        """Whether a piece lies face down: in the half of the sheet that its other half's backs fall on."""
        if self.design.style not in ("work-and-turn", "work-and-tumble"):
            return False
        grid = self.design.grid
        if axis_is_upright(self.design):
            return slot % grid.columns >= grid.columns - grid.columns // 2
        return slot // grid.columns >= grid.rows - grid.rows // 2

    def side_at(self, slot: int, surface: int) -> int:
        """Which side of its piece a slot shows on a surface."""
        return 1 - surface if self.is_upside_down(slot) else surface

    def _motions(self, slot: int) -> tuple[Motion, Motion]:
        design, grid, piece = self.design, self.design.grid, self.design.piece
        wide, high = (piece.height, piece.width) if piece.rotate % 180 else (piece.width, piece.height)
        across = grid.columns * wide + (grid.columns - 1) * grid.gutter_x
        down = grid.rows * high + (grid.rows - 1) * grid.gutter_y
        left = grid.left if grid.left is not None else (design.width - across) // 2
        top = grid.top if grid.top is not None else (design.height - down) // 2
        row, column = divmod(slot, grid.columns)
        x, y = left + column * (wide + grid.gutter_x), top + row * (high + grid.gutter_y)
        return motions(design, x, design.height - y - high, self.is_upside_down(slot))

    def _begin(self, motion: Motion) -> bytes:
        """The operators that put a piece there, and clip it where the sheet keeps less bleed than the document has."""
        begin = b"q %d %d %d %d %d %d cm\n" % motion
        kept, piece = self.design.piece.bleed, self.template
        if kept == piece.bleed:
            return begin
        return begin + b"%d %d %d %d re W n\n" % (-kept, -kept, piece.width + 2 * kept, piece.height + 2 * kept)

    def begin(self, slot: int, surface: int) -> bytes:
        """The operators that begin a slot."""
        return self._begins[slot][surface]

    def trims(self, surface: int) -> list[Box]:
        """The trim boxes of a surface, from the sheet's top left; the back's as the sheet is turned."""
        piece = Box(0, 0, self.design.piece.width, self.design.piece.height)
        return [both[surface].box(piece, piece.height, self.design.height) for both in self.motions]

    def pieces(self) -> list[list[Box]]:
        """The pieces with their bleed, surface by surface of the file."""
        return [[trim.grown(self.design.piece.bleed) for trim in self.trims(surface)] for surface in self.shown]

    def outer(self, surface: int) -> Box:
        """The box around all pieces of a surface."""
        trims = self.trims(surface)
        left, top = min(box.left for box in trims), min(box.top for box in trims)
        return Box(left, top, max(box.right for box in trims) - left, max(box.bottom for box in trims) - top)

    def pattern(self, sheet: int) -> tuple[int, ...]:
        """Which leaf of a document is in each slot of a sheet, blanks filled up."""
        return tuple(self.leaf_at(sheet, slot) % self.kinds for slot in range(self.places))

    def surface(self, sheet: int, surface: int) -> Iterator[Expected]:
        """What one surface must carry, slot by slot."""
        for slot in range(self.places):
            index = self.leaf_at(sheet, slot)
            if index >= self.leaves:
                continue
            piece, leaf = divmod(index, self.kinds)
            sides, number = self.template.leaves[leaf].sides, self.side_at(slot, surface)
            if number < len(sides):
                yield Expected(
                    slot + 1, self.motions[slot][surface], self._begins[slot][surface], leaf, number, sides[number],
                    self.documents[piece], *self._starts[leaf, number],
                )  # fmt: skip

    def falls_back(self, sheet: int, surface: int) -> bool:
        """Whether any text on a surface is set in another typeface than its field's first choice."""
        if not any(self.leaf_at(sheet, slot) // self.kinds in self._odd for slot in range(self.places)):
            return False
        return any(
            one.document.settings[index] in self._other[index]
            for one in self.surface(sheet, surface)
            for index in range(one.first_text, one.first_text + len(one.side.texts))
        )
