"""Ink: the few PDF operators that carry a document's texts. Units are micrometres, y upwards from the trim's lower edge."""

import re
from typing import NamedTuple

from pipeline.craft.typefaces import FaceUse, is_special
from pipeline.model.template import TextField

_ESCAPED = re.compile(rb"[()\\\r]")


class Stamped(NamedTuple):
    """The ink of a part: per leaf the ink of its sides (front, perhaps back), and which codes each typeface used."""

    leaves: list[tuple[bytes, ...]]
    uses: dict[str, FaceUse]


def paint(cmyk: tuple[int, int, int, int]) -> bytes:
    """The fill colour operator for CMYK in thousandths."""
    return b"%g %g %g %g k\n" % tuple(part / 1000 for part in cmyk)


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


def run(field: TextField, text: str, chosen: int, page_height: int, font: bytes, use: FaceUse) -> bytes:
    """The lines of one field at its chosen setting."""
    setting = field.settings[chosen]
    ink = b"%b %d Tf" % (font, setting.size)
    if field.tracking:
        ink += b" %d Tc" % field.tracking
    baseline = page_height - field.box.top - setting.baseline
    for number, line in enumerate(text.split("\n")):
        left = field.box.left + _indent(field, line, use, setting.size)
        ink += b" 1 0 0 1 %d %d Tm(%b)Tj\n" % (left, baseline - number * setting.leading, string(line, use))
    return ink + b"0 Tc\n" if field.tracking else ink


def _indent(field: TextField, line: str, use: FaceUse, size: int) -> int:
    """How far a line starts from the left edge of its box, µm."""
    if field.align == "left":
        return 0
    units = use.face.measure(line) or 0
    spare = field.box.width - units * size // use.face.upem - field.tracking * (len(line) - 1)
    return spare if field.align == "right" else spare // 2
