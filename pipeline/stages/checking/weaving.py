"""Rows of a member's own text (individual background, individual microtext): worked out again, and compared row by row."""

from collections.abc import Mapping
from typing import NamedTuple

from pipeline.model.template import Woven
from pipeline.stages.checking import reading
from pipeline.stages.checking.fonts import Embedded
from pipeline.stages.checking.plan import Expected, Plan
from pipeline.stages.checking.reading import Content


class Row(NamedTuple):
    """Where a row begins, from the trim's lower left corner, and how often it says the text with its blank."""

    left: int
    bottom: int
    times: int


class Weft:
    """What must be woven into the pieces of one part."""

    def __init__(self, plan: Plan, fonts: Mapping[int, Embedded]):
        self._height, self._fonts = plan.template.height, fonts
        self._index = {name: index for index, name in enumerate(plan.template.typefaces)}

    def font(self, woven: Woven, one: Expected) -> int:
        """The index of the typeface that the repeated field's text is set in."""
        field = one.side.texts[woven.field]
        return self._index[field.settings[one.document.settings[one.first_text + woven.field]].typeface]

    def text(self, woven: Woven, one: Expected) -> str:
        """What is repeated."""
        return one.document.texts[one.first_text + woven.field]

    def rows(self, woven: Woven, text: str, units: int, upem: int) -> list[Row]:
        """The rows of a text that is so many font units wide with its blank; none where the shortest has no room for it."""
        if not text or "\n" in text:
            return []
        made = []
        for number in range(woven.rows):
            aside = woven.shift if number % 2 else 0
            bottom = self._height - (woven.box.top + woven.baseline + number * woven.step)
            made.append(Row(woven.box.left + aside, bottom, (woven.box.width - aside) * upem // (units * woven.size)))
        least = (woven.box.width - woven.shift) * upem // (units * woven.size)
        return made if least else []

    def plain(self, woven: Woven, one: Expected) -> bytes | None:
        """The operators of a text of plain characters; None if its font is not in the file."""
        index, text = self.font(woven, one), self.text(woven, one)
        font = self._fonts.get(index)
        if font is None:
            return None
        rows = self.rows(woven, text, font.face.plain_width(text + " "), font.face.upem)
        if not rows:
            return b""
        font.told.append(" ")
        unit = reading.escaped((text + " ").encode("utf-16-be"))
        placed = [b" 1 0 0 1 %d %d Tm(%b)Tj\n" % (row.left, row.bottom, unit * row.times) for row in rows]
        return b"/F%d %d Tf%b" % (index, woven.size, b"".join(placed))

    def read(self, page: Content, woven: Woven, one: Expected) -> bool:
        """Read the rows operator by operator; whether they are as they must be."""
        index, text = self.font(woven, one), self.text(woven, one)
        font = self._fonts.get(index)
        if not text or "\n" in text:
            return True
        if font is None:
            return False
        rows = self.rows(woven, text, font.face.width(text + " "), font.face.upem)
        if rows and not page.literal(b"/F%d %d Tf" % (index, woven.size)):
            return False
        for row in rows:
            place, found = page.take(reading.AT), page.take(reading.STRING)
            if place is None or found is None or (int(place[1]), int(place[2])) != row[:2]:
                return False
            if font.decode(reading.unescaped(found[1])) != (text + " ") * row.times:
                return False
        return True
