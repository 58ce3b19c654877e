"""Ink: the few PDF operators that carry a document's texts. Units are micrometres, y upwards from the trim's lower edge."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.craft.fitting import gaps
from pipeline.craft.typefaces import FaceUse, is_special
from pipeline.model.template import TextField

BLACK = (0, 0, 0, 1000)
_ESCAPED = re.compile(rb"[()\\\r]")
_INLINE_END = re.compile(rb"[\0\t\n\f\r ]EI[\0\t\n\f\r ]")


class Stamped(NamedTuple):
    """The ink of a part: per leaf the ink of its sides (front, perhaps back), which codes each typeface used, and the serials

    of its documents; per leaf too what is woven under each side's artwork, where the template weaves anything.
    """

    leaves: list[tuple[bytes, ...]]
    uses: dict[str, FaceUse]
    serials: tuple[str, ...]
    woven: Sequence[tuple[bytes, ...]] = ()


def paint(cmyk: tuple[int, int, int, int]) -> bytes:
    """The fill colour operator for CMYK in thousandths."""
    return b"%g %g %g %g k\n" % tuple(part / 1000 for part in cmyk)


def outline(cmyk: tuple[int, int, int, int]) -> bytes:
    """The stroke colour operator for CMYK in thousandths."""
    return b"%g %g %g %g K\n" % tuple(part / 1000 for part in cmyk)


def overprints(cmyk: tuple[int, ...]) -> bool:
    """Whether a colour is printed over what is there: black alone and in full. A tint over a ground would be another colour."""
    return cmyk == BLACK


def string(text: str, use: FaceUse) -> bytes:
    """A text as the inside of a PDF string, two bytes a character; what it used is noted in `use`."""
    if is_special(text):
        encoded = use.encode(text)
    else:
        use.characters.update(text)
        encoded = text.encode("utf-16-be")
    return _ESCAPED.sub(_escape, encoded) if _ESCAPED.search(encoded) else encoded


def _escape(found: re.Match[bytes]) -> bytes:
    return b"\\r" if found[0] == b"\r" else b"\\" + found[0]


def mask(place: bytes, columns: int, rows: int, data: bytes) -> bytes:
    """A 1-bit image mask; data that looks like the end of the image goes as hexadecimal."""
    coding = b""
    if _INLINE_END.search(data + b"\n"):
        data, coding = data.hex().encode() + b">", b"/F/AHx"
    return b"%b/W %d/H %d/BPC 1/IM true/D[1 0]%b ID %b\nEI Q\n" % (place, columns, rows, coding, data)


class Pen:
    """Writes the runs of one field: what does not change from document to document is formatted once."""

    def __init__(self, field: TextField, page_height: int, fonts: Mapping[str, bytes], uses: Mapping[str, FaceUse]):
        self._field, self._height, self._fonts, self._uses = field, page_height, fonts, uses
        self._heads: dict[int, tuple[bytes, FaceUse]] = {}
        self._plain = field.align == "left" and not field.tracking

    def write_column(self, texts: Sequence[str], chosen: Sequence[int]) -> list[bytes]:
        """The same field of many documents; alike settings of plain texts are checked and noted together."""
        together = "".join(texts)
        if not self._plain or len(set(chosen)) > 1 or "\n" in together or is_special(together):
            return list(map(self.write, texts, chosen))
        head, use = self._heads.get(chosen[0]) or self._head(chosen[0])
        use.characters.update(together)
        if _ESCAPED.search(together.encode("utf-16-be")):
            codes = [_ESCAPED.sub(_escape, text.encode("utf-16-be")) for text in texts]
        else:
            codes = [text.encode("utf-16-be") for text in texts]
        return [b"%b%b)Tj\n" % (head, code) if code else b"" for code in codes]

    def write(self, text: str, chosen: int) -> bytes:
        """The lines of a text at its chosen setting; nothing for an empty text."""
        if not text:
            return b""
        if self._plain and "\n" not in text:
            head, use = self._heads.get(chosen) or self._head(chosen)
            return b"%b%b)Tj\n" % (head, string(text, use))
        return self._write_lines(text, chosen)

    def _head(self, chosen: int) -> tuple[bytes, FaceUse]:
        field = self._field
        setting = field.settings[chosen]
        place = (self._fonts[setting.typeface], setting.size, field.box.left, self._baseline(chosen, 0))
        head = self._heads[chosen] = (b"%b %d Tf 1 0 0 1 %d %d Tm(" % place, self._uses[setting.typeface])
        return head

    def _baseline(self, chosen: int, line: int) -> int:
        setting = self._field.settings[chosen]
        return self._height - self._field.box.top - setting.baseline - line * setting.leading

    def _write_lines(self, text: str, chosen: int) -> bytes:
        field = self._field
        setting = field.settings[chosen]
        use = self._uses[setting.typeface]
        ink = b"%b %d Tf" % (self._fonts[setting.typeface], setting.size)
        if field.tracking:
            ink += b" %d Tc" % field.tracking
        for number, line in enumerate(text.split("\n")):
            left = field.box.left + _indent(field, line, use, setting.size)
            ink += b" 1 0 0 1 %d %d Tm(%b)Tj\n" % (left, self._baseline(chosen, number), string(line, use))
        return ink + b"0 Tc\n" if field.tracking else ink


def _indent(field: TextField, line: str, use: FaceUse, size: int) -> int:
    """How far a line starts from the left edge of its box, µm."""
    if field.align == "left":
        return 0
    units = use.face.measure(line) or 0
    spare = field.box.width - units * size // use.face.upem - field.tracking * gaps(line)
    return spare if field.align == "right" else spare // 2
