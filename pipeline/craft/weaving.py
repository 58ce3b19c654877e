"""A member's own text repeated in rows (individual background, individual microtext) as ink, column by column.

All that does not depend on the text is formatted once; a row is the text's codes, as often as they fit whole.
"""

from collections.abc import Mapping, Sequence

from pipeline.craft import ink
from pipeline.craft.typefaces import FaceUse
from pipeline.model.template import TextField, Woven

_BETWEEN = " "


class Loom:
    """Writes one woven pattern of many documents; `field` is the one whose text is repeated, in the typeface chosen for it."""

    def __init__(
        self, woven: Woven, field: TextField, page_height: int, fonts: Mapping[str, bytes], uses: Mapping[str, FaceUse]
    ):
        self._woven, self._field, self._fonts, self._uses = woven, field, fonts, uses
        top = page_height - woven.box.top - woven.baseline
        places = [(woven.box.left + row % 2 * woven.shift, top - row * woven.step) for row in range(woven.rows)]
        self._places = [b" 1 0 0 1 %d %d Tm(" % place for place in places]

    def weave(self, texts: Sequence[str], chosen: Sequence[int]) -> list[bytes]:
        """The rows of each document; nothing for a text that is empty, of several lines, or too long for a row."""
        return [self._rows(text, setting) for text, setting in zip(texts, chosen, strict=True)]

    def _rows(self, text: str, chosen: int) -> bytes:
        if not text or "\n" in text:
            return b""
        woven, use = self._woven, self._uses[self._field.settings[chosen].typeface]
        unit = text + _BETWEEN
        width = (use.face.measure(unit) or use.face.upem) * woven.size
        even, odd = (room * use.face.upem // width for room in (woven.box.width, woven.box.width - woven.shift))
        if odd < 1:
            return b""
        codes = ink.string(unit, use)
        rows = [codes * even + b")Tj\n", codes * odd + b")Tj\n"]
        written = b"".join([place + rows[number % 2] for number, place in enumerate(self._places)])
        return b"%b %d Tf%b" % (self._fonts[self._field.settings[chosen].typeface], woven.size, written)
