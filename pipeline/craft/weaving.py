"""A member's own text repeated in rows (individual background, individual microtext) as ink, column by column.

All that does not depend on the text is formatted once; a row is the text's codes, as often as they fit whole.
"""

from collections.abc import Mapping, Sequence

from pipeline.craft import ink
from pipeline.craft.typefaces import FaceUse, is_special
from pipeline.model.template import TextField, Woven

_BETWEEN = " "
_END = b")Tj\n"
_ESCAPED = frozenset("()\\")


class Loom:
    """Writes one woven pattern of many documents; `field` is the one whose text is repeated, in the typeface chosen for it.

    What it writes begins and ends without overprinting.
    """

    def __init__(
        self, woven: Woven, field: TextField, page_height: int, fonts: Mapping[str, bytes], uses: Mapping[str, FaceUse]
    ):
        self._woven, self._field, self._fonts, self._uses = woven, field, fonts, uses
        top = page_height - woven.box.top - woven.baseline
        places = [(woven.box.left + row % 2 * woven.shift, top - row * woven.step) for row in range(woven.rows)]
        begins = [b" 1 0 0 1 %d %d Tm(" % place for place in places]
        over = ink.overprints(woven.colour)
        self._before = b"BT\n" + ink.paint(woven.colour) + (b"/K gs\n" if over else b"")
        self._after = (b"/N gs\n" if over else b"") + b"ET\n"
        # what stands before each row's text, and behind the last one's
        self._between = [begins[0], *(_END + begin for begin in begins[1:]), _END + self._after]

    def weave(self, texts: Sequence[str], chosen: Sequence[int]) -> list[bytes]:
        """The rows of each document; nothing but their colour for a text that is empty, of several lines, or too long.

        Alike texts, of characters of one width (serials), are checked and noted together.
        """
        together = _BETWEEN.join(texts)
        if len(set(chosen)) > 1 or not all(texts) or "\n" in together or is_special(together):
            return list(map(self._careful, texts, chosen))
        head, use = self._head(chosen[0])
        used = set(together) | {_BETWEEN}
        widths = {use.face.advances.get(char) for char in used}
        width = widths.pop()
        if widths or not width or used & _ESCAPED or "\r" in used:
            return list(map(self._careful, texts, chosen))
        use.characters.update(used)
        return [self._rows(head, (text + _BETWEEN).encode("utf-16-be"), (len(text) + 1) * width, use) for text in texts]

    def _careful(self, text: str, chosen: int) -> bytes:
        """The same for any text."""
        head, use = self._head(chosen)
        if not text or "\n" in text:
            return self._before + self._after
        units = use.face.measure(text + _BETWEEN) or use.face.upem
        return self._rows(head, ink.string(text + _BETWEEN, use), units, use)

    def _rows(self, head: bytes, codes: bytes, units: int, use: FaceUse) -> bytes:
        """A text's codes in all rows; `units` is its width."""
        woven, upem = self._woven, use.face.upem
        width = units * woven.size
        odd = (woven.box.width - woven.shift) * upem // width
        if odd < 1:
            return self._before + self._after
        parts = [codes] * (2 * woven.rows + 1)
        parts[0::2] = self._between
        parts[1::4] = [codes * (woven.box.width * upem // width)] * ((woven.rows + 1) // 2)
        parts[3::4] = [codes * odd] * (woven.rows // 2)
        parts[0] = head
        return b"".join(parts)

    def _head(self, chosen: int) -> tuple[bytes, FaceUse]:
        """All up to the first row's text, and the typeface."""
        name = self._field.settings[chosen].typeface
        return b"%b%b %d Tf%b" % (self._before, self._fonts[name], self._woven.size, self._between[0]), self._uses[name]
