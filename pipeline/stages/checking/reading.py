"""The closed grammar of a page's content, and how far it has been read.

What is not exactly one of these forms is a fault, so nothing can be printed that was not looked at. In a string only the four
bytes that must be escaped may be, and in one way, so that two readers cannot disagree about it.
"""

import re

from pipeline.base.problems import Problem
from pipeline.model.report import PartReport

_INT = rb"(-?(?:0|[1-9]\d{0,6}))"
_REAL = rb"(\d(?:\.\d{1,12})?)"
_INSIDE = rb"([^\\()\r]*(?:\\[\\()r][^\\()\r]*)*)"
UNIT = re.compile(_REAL + rb" 0 0 " + _REAL + rb" 0 0 cm\n")
SLUG = re.compile(
    rb"BT\n/F(\d) (\d{1,5}) Tf\n0 0 0 1 k\n(1 0 0 1|0 1 -1 0) " + _INT + b" " + _INT + rb" Tm\(" + _INSIDE + rb"\)Tj\nET\n"
)
SLOT = re.compile(rb"q ((?:-?[01] ){4})" + _INT + b" " + _INT + rb" cm\n(" + b" ".join([_INT] * 4) + rb" re W n\n)?")
COLOUR = re.compile(b" ".join([_REAL] * 4) + rb" k\n")
STATE = re.compile(rb"/[KN] gs\n")
FONT = re.compile(rb"/F(\d{1,2}) (\d{1,6}) Tf(?: (\d{1,6}) Tc)?")
AT = re.compile(b" 1 0 0 1 " + _INT + b" " + _INT + rb" Tm\(")
STRING = re.compile(_INSIDE + rb"\)Tj\n")
CODE = re.compile(
    rb"q (\d{1,7}) 0 0 (\d{1,7}) " + _INT + b" " + _INT + rb" cm BI/W (\d{1,3})/H (\d{1,3})/BPC 1/IM true/D\[1 0\](/F/AHx)? ID "
)
_DRAW = re.compile(rb"/([A-Z]\w*) Do\n")
_ESCAPED = re.compile(rb"\\([()\\r])")
_TO_ESCAPE = re.compile(rb"[()\\\r]")
_HEX = re.compile(rb"(?:[0-9a-f]{2})*>")
_IMAGE_END = re.compile(rb"[\0\t\n\f\r ]EI[\0\t\n\f\r ]")


class Content:
    """One page's content; `at` is how far it has been read, `place` what a fault is said of."""

    def __init__(self, data: bytes, place: str, report: PartReport):
        self.data, self.place, self._report = data, place, report
        self.at = 0

    def take(self, form: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Read one form if it comes next."""
        found = form.match(self.data, self.at)
        if found:
            self.at = found.end()
        return found

    def literal(self, text: bytes) -> bool:
        """Read exactly this if it comes next."""
        if self.data.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def draws(self, name: str) -> bool:
        """Whether the next operator draws this form; another form of its kind in its place is passed over."""
        if self.literal(f"/{name} Do\n".encode()):
            return True
        found = _DRAW.match(self.data, self.at)
        if found and found[1][:1] == name[:1].encode():
            self.at = found.end()
        return False

    def image(self, length: int, hexadecimal: bool) -> bytes | None:
        """The data of an inline image of so many bytes and its end; None if a reader could see it end elsewhere."""
        end = b"\nEI Q\n"
        stop = self.at + (2 * length + 1 if hexadecimal else length)
        data = self.data[self.at : stop]
        if not self.data.startswith(end, stop):
            return None
        if hexadecimal:
            if not _HEX.fullmatch(data):
                return None
            data = bytes.fromhex(data[:-1].decode("ascii"))
        elif _IMAGE_END.search(data + b"\n"):
            return None
        self.at = stop + len(end)
        return data

    def goes_on_at(self, text: bytes) -> bool:
        """Skip to where this stands next, if it does."""
        found = self.data.find(text, self.at)
        if found >= 0:
            self.at = found
        return found >= 0

    def fault(self, code: str, **values: object) -> None:
        """Report a fault of the place."""
        self._report.faults.append(Problem(code, self.place, values))


def unescaped(data: bytes) -> bytes:
    """The bytes of a string."""
    return _ESCAPED.sub(lambda found: b"\r" if found[1] == b"r" else found[1], data) if b"\\" in data else data


def escaped(data: bytes) -> bytes:
    """How a string of these bytes must be written."""
    if not _TO_ESCAPE.search(data):
        return data
    return _TO_ESCAPE.sub(lambda found: b"\\r" if found[0] == b"\r" else b"\\" + found[0], data)
