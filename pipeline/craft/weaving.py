"""A member's own text repeated in rows (individual background, individual microtext) as ink, column by column.

All that does not depend on the text is formatted once; a row is the text's codes, as often as they fit whole.
"""

from collections.abc import Mapping, Sequence

from pipeline.craft import ink
from pipeline.craft.typefaces import FaceUse
from pipeline.model.template import TextField, Woven

_BETWEEN = " "
_END = b")Tj\n"


class Loom:
    """Writes one woven pattern of many documents; `field` is the one whose text is repeated, in the typeface chosen for it."""

    def __init__(
        self, woven: Woven, field: TextField, page_height: int, fonts: Mapping[str, bytes], uses: Mapping[str, FaceUse]
    ):
        self._woven, self._field, self._fonts, self._uses = woven, field, fonts, uses
        top = page_height - woven.box.top - woven.baseline
        places = [(woven.box.left + row % 2 * woven.shift, top - row * woven.step) for row in range(woven.rows)]
        begins = [b" 1 0 0 1 %d %d Tm(" % place for place in places]
        # what stands before each row's text, and behind the last one's
        self._between = [begins[0], *(_END + begin for begin in begins[1:]), _END]
        self._heads: dict[int, tuple[bytes, FaceUse]] = {}

    def weave(self, texts: Sequence[str], chosen: Sequence[int]) -> list[bytes]:
        """The rows of each document; nothing for a text that is empty, of several lines, or too long for a row."""
        return [self._rows(text, setting) for text, setting in zip(texts, chosen, strict=True)]

    def _rows(self, text: str, chosen: int) -> bytes:
        if not text or "\n" in text:
            return b""
        head, use = self._heads.get(chosen) or self._head(chosen)
        woven, unit = self._woven, text + _BETWEEN
        upem, width = use.face.upem, (use.face.measure(unit) or use.face.upem) * woven.size
        odd = (woven.box.width - woven.shift) * upem // width
        if odd < 1:
            return b""
        codes = ink.string(unit, use)
        parts = [codes] * (2 * woven.rows + 1)
        parts[0::2] = self._between
        parts[1::4] = [codes * (woven.box.width * upem // width)] * ((woven.rows + 1) // 2)
        parts[3::4] = [codes * odd] * (woven.rows // 2)
        return head + b"".join(parts)

    def _head(self, chosen: int) -> tuple[bytes, FaceUse]:
        name = self._field.settings[chosen].typeface
        head = self._heads[chosen] = (b"%b %d Tf" % (self._fonts[name], self._woven.size), self._uses[name])
        return head
