"""The usual case: a piece whose texts are plain lines must stand in the page byte for byte as they are worked out here.

What is not so is no fault yet: it is then read operator by operator.
"""

import re
from typing import NamedTuple

from pipeline.model.template import TextField
from pipeline.stages.checking import reading
from pipeline.stages.checking.faces import JOINED
from pipeline.stages.checking.fonts import Embedded
from pipeline.stages.checking.plan import Expected, Plan
from pipeline.stages.checking.weaving import Weft

KEPT = 2_000  # of what was seen before, of a kind
OVER = 100  # µm: room is counted in whole font units when a text is fitted
# Texts that are not one plain code a character, or have lines: they are taken apart.
_CAREFUL = re.compile(f"[\n{JOINED}\ud800-\uf8ff\U00010000-\U0010ffff]")


BLACK = (0, 0, 0, 1000)  # the one colour that goes over what is there


def state_change(over: bool, colour: tuple[int, ...]) -> bytes:
    """What must follow a colour: overprinting begins with black alone, and ends with any other colour."""
    return b"" if over == (colour == BLACK) else b"/N gs\n" if over else b"/K gs\n"


def ends_of_rows(colour: tuple[int, ...]) -> tuple[bytes, bytes]:
    """What must stand before and after rows that are woven into the ground: they leave no overprinting behind."""
    return state_change(False, colour), (b"/N gs\n" if colour == BLACK else b"") + b"ET\n"


class _Ready(NamedTuple):
    """What must stand before a field's string, as far as it is fixed, and its font in the file; `lines` are the

    operators of texts that the field had before.
    """

    field: TextField
    head: bytes
    left: int | None
    bottom: int
    size: int
    font: Embedded | None
    lines: dict[str, bytes]


class _Place(NamedTuple):
    """A field of a side: its index among the texts, its colour where that changes, and what begins or ends overprinting."""

    text: int
    colour: tuple[int, ...] | None
    state: bytes
    ready: _Ready


class Lines:
    """Works out what must stand in a page. `colours`: how a colour is written, as far as it was read."""

    def __init__(self, plan: Plan, fonts: dict[int, Embedded]):
        self.colours: dict[tuple[int, ...], bytes] = {}
        self.weft = Weft(plan, fonts)
        self._plan, self._fonts = plan, fonts
        self._index = {name: index for index, name in enumerate(plan.template.typefaces)}
        self._ready: dict[tuple[int, int], _Ready] = {}
        self._sides: dict[tuple[int, int, tuple[int, ...]], list[_Place]] = {}
        self._openings: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self._new: list[tuple[_Ready, str]] = []  # what the file has not been found to have yet

    def whole(self, one: Expected) -> bytes:
        """A slot up to the end of its texts; nothing where one of them is not a line of plain characters that fits."""
        for ready, text in self._new:
            ready.lines.pop(text, None)
        self._new.clear()
        side = self._sides.get((one.leaf, one.number, one.document.settings))
        if side is None:
            side = self._side(one)
        under, opening = self._openings.get((one.leaf, one.number)) or self._opening(one)
        parts = [one.begin, under]
        texts = one.document.texts
        for woven in one.side.woven:
            rows = None if _CAREFUL.search(self.weft.text(woven, one)) else self.weft.plain(woven, one)
            if rows is None:
                return b""
            begin, end = ends_of_rows(woven.colour)
            parts += (b"BT\n", self.colours.get(woven.colour, b"?"), begin, rows, end)
        parts.append(opening)
        for index, colour, state, ready in side:
            if colour is not None:
                parts.append(self.colours.get(colour, b"?") + state)
            if text := texts[index]:
                line = ready.lines.get(text) or self._line(ready, text)
                if not line:
                    return b""
                parts.append(line)
        parts.append(b"ET\n")
        return b"".join(parts)

    def found(self) -> None:
        """What was worked out last stands there: its characters are used in the file."""
        for ready, text in self._new:
            assert ready.font is not None  # or there would be no line
            ready.font.told.append(text)
        self._new.clear()

    def _line(self, ready: _Ready, text: str) -> bytes:
        """The operators of a text that is one line of plain characters and fits; else nothing."""
        field, font = ready.field, ready.font
        if font is None or field.tracking or _CAREFUL.search(text):
            return b""
        spare = field.box.width - font.face.plain_width(text) * ready.size // font.face.upem
        if spare < -OVER:
            return b""
        string = reading.escaped(text.encode("utf-16-be"))
        if ready.left is None:
            left = field.box.left + (spare if field.align == "right" else spare // 2)
            line = b"%b 1 0 0 1 %d %d Tm(%b)Tj\n" % (ready.head, left, ready.bottom, string)
        else:
            line = b"%b%b)Tj\n" % (ready.head, string)
        if len(ready.lines) >= KEPT:
            ready.lines.clear()
        ready.lines[text] = line
        self._new.append((ready, text))
        return line

    def _opening(self, one: Expected) -> tuple[bytes, bytes]:
        """The forms of a slot before and after what is woven into the ground."""
        key = f"{one.leaf}{'FB'[one.number]}"
        over = ["U" + key] if one.side.woven else []
        forms = [*over, *(f"S{key}{index}" for index in range(len(one.side.seals)))]
        opening = f"/T{key} Do\n".encode(), b"".join(f"/{form} Do\n".encode() for form in forms) + b"BT\n"
        self._openings[one.leaf, one.number] = opening
        return opening

    def _side(self, one: Expected) -> list[_Place]:
        """A side's fields at the document's settings."""
        found, colour, settings, over = [], None, one.document.settings, False
        for index, field in enumerate(one.side.texts, one.first_text):
            ready = self._ready.get((index, settings[index])) or self._prepare(index, field, settings[index])
            state = state_change(over, field.colour)
            found.append(_Place(index, field.colour if field.colour != colour else None, state, ready))
            colour, over = field.colour, field.colour == BLACK
        if len(self._sides) >= KEPT:
            self._sides.clear()
        self._sides[one.leaf, one.number, settings] = found
        return found

    def _prepare(self, index: int, field: TextField, chosen: int) -> _Ready:
        setting = field.settings[chosen]
        font = self._index[setting.typeface]
        bottom = self._plan.template.height - field.box.top - setting.baseline
        head = b"/F%d %d Tf" % (font, setting.size)
        left = field.box.left if field.align == "left" else None
        if left is not None:
            head += b" 1 0 0 1 %d %d Tm(" % (left, bottom)
        ready = self._ready[index, chosen] = _Ready(field, head, left, bottom, setting.size, self._fonts.get(font), {})
        return ready
