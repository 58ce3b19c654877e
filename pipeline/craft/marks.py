"""What is printed outside the trim for the people at press and cutter: crop marks, centre marks, the slug's place."""

from collections.abc import Sequence

from pipeline.base.geometry import Box
from pipeline.model.sheet import SheetDesign

_LINE = 100  # µm, 0.1 mm
_CROP = 8_000
_GAP = 3_000  # marks begin this far outside the trim, or outside the bleed if that is wider
_SLUG = 4_000


def bars(design: SheetDesign, trims: Sequence[Box]) -> list[Box]:
    """Thin bars for one surface: at every trim edge outside the outermost pieces, and at the middle of each side."""
    if design.marks is None:
        return []
    found: list[Box] = []
    gap = max(_GAP, design.piece.bleed)
    left, right = min(t.left for t in trims) - gap, max(t.right for t in trims) + gap
    top, bottom = min(t.top for t in trims) - gap, max(t.bottom for t in trims) + gap
    if design.marks.crop:
        for x in sorted({edge for t in trims for edge in (t.left, t.right)}):
            found += [Box(x - _LINE // 2, top - _CROP, _LINE, _CROP), Box(x - _LINE // 2, bottom, _LINE, _CROP)]
        for y in sorted({edge for t in trims for edge in (t.top, t.bottom)}):
            found += [Box(left - _CROP, y - _LINE // 2, _CROP, _LINE), Box(right, y - _LINE // 2, _CROP, _LINE)]
    if design.marks.center:
        x, y = (left + right) // 2, (top + bottom) // 2
        for middle in (top - _CROP, bottom + _CROP // 2):
            found.append(Box(x - _LINE // 2, middle, _LINE, _CROP // 2))
        for middle in (left - _CROP, right + _CROP // 2):
            found.append(Box(middle, y - _LINE // 2, _CROP // 2, _LINE))
    sheet = Box(0, 0, design.width, design.height)
    return [bar for bar in found if sheet.holds(bar)]


def slug_baseline(design: SheetDesign, trims: Sequence[Box]) -> tuple[int, int] | None:
    """Left edge and baseline of the slug line, µm from the sheet's top left; None where the design wants none."""
    if design.marks is None or not design.marks.slug:
        return None
    return min(t.left for t in trims), _SLUG + 2_500
