"""One page's content, read operator by operator against what must stand there.

The grammar is closed: whatever is not exactly one of these forms is a fault. So nothing can be printed that was not looked at.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.base.problems import Problem
from pipeline.model.report import PartReport
from pipeline.model.template import CodeField, Side, TextField
from pipeline.stages.checking.codes import Codes
from pipeline.stages.checking.fonts import Embedded
from pipeline.stages.checking.plan import SIDES, Expected, Plan

_INSIDE = rb"([^\\()]*(?:\\[\s\S][^\\()]*)*)"
_STRING = rb"\(" + _INSIDE + rb"\)"
_UNIT = re.compile(rb"([\d.]+) 0 0 ([\d.]+) 0 0 cm\n")
_SLUG = re.compile(rb"BT\n/F(\d+) \d+ Tf\n0 0 0 1 k\n1 0 0 1 -?\d+ (-?\d+) Tm" + _STRING + rb"Tj\nET\n")
_SLOT = re.compile(rb"q 1 0 0 1 (-?\d+) (-?\d+) cm\n")
_DRAW = re.compile(rb"/([A-Z]\w*) Do\n")
_COLOUR = re.compile(rb"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) k\n")
_FONT = re.compile(rb"/F(\d+) (\d+) Tf(?: (\d+) Tc)?")
_LINE = re.compile(rb" 1 0 0 1 (-?\d+) (-?\d+) Tm" + _STRING + rb"Tj\n")
_CODE = re.compile(rb"q (\d+) 0 0 (\d+) (-?\d+) (-?\d+) cm BI/W (\d+)/H (\d+)/BPC 1/IM true/D\[1 0\](/F/AHx)? ID ")
_SPECIAL = re.compile(rb"[()\\\r]")
_ESCAPE = re.compile(rb"\\([()\\r])")
_TOLERANCE = 1  # µm: rounding of centred and right-aligned texts
_POINT = 25_400 / 72


class Reader:
    """Reads surfaces of one part; faults go into the report with their place."""

    def __init__(self, plan: Plan, fonts: dict[int, Embedded], lot: str, fingerprint: str, overprint: bool, report: PartReport):
        self.plan, self.fonts, self.lot, self.report = plan, fonts, lot, report
        self.fingerprint, self.overprint = fingerprint, overprint
        self.codes = Codes()
        self._index = {name: index for index, name in enumerate(plan.template.typefaces)}
        self._told: dict[tuple[int, ...], bytes] = {}  # how the file writes a colour
        self._ready: dict[tuple[int, int], _Ready] = {}
        self._sides: dict[int, tuple[Side, list[tuple[int, TextField, tuple[int, ...] | None]]]] = {}

    def read(self, content: bytes, number: int, sheet: int, surface: int, expected: Sequence[Expected]) -> None:
        """Compare one page's content: `number` is the sheet's in the lot, `sheet` in the part."""
        place = f"lot {self.lot}, sheet {number} {SIDES[surface]}"
        page = _Page(content, place, self.report)
        unit = page.take(_UNIT)
        if unit is None or any(abs(float(scale) * _POINT - 1) > 1e-6 for scale in unit.groups()):
            page.fault("preflight-grammar", at=page.at)
            return
        if self.plan.design.marks is not None and not page.draws(f"M{surface}"):
            page.fault("preflight-artwork", what=f"M{surface}")
        if self.plan.design.marks is not None and self.plan.design.marks.slug:
            self._slug(page, number, surface)
        for one in expected:
            page.place = f"{place}, slot {one.slot}"
            if not self._piece(page, one, surface):
                return  # what follows cannot be told apart any more: the page is faulty as a whole
        if page.at != len(content):
            page.place = place
            page.fault("preflight-grammar", at=page.at)

    def _slug(self, page: "_Page", number: int, surface: int) -> None:
        found = page.take(_SLUG)
        font = self.fonts.get(int(found[1])) if found else None
        told = font.decode(_unescaped(found[3])) if found and font else None
        wanted = f"sheet {number}/", f" {SIDES[surface]} ", self.fingerprint[:12]
        if told is None or not all(part in told for part in wanted):
            page.fault("preflight-slug")

    def _piece(self, page: "_Page", one: Expected, surface: int) -> bool:
        """One slot; False if the content cannot be followed further."""
        start = page.take(_SLOT)
        if start is None:
            page.fault("preflight-piece-missing")
            return False
        if (int(start[1]), int(start[2])) != (one.left, one.bottom):
            page.fault("preflight-shifted", x=int(start[1]) - one.left, y=int(start[2]) - one.bottom)
        key = f"{one.leaf}{'FB'[surface]}"
        if not page.draws(f"T{key}"):
            page.fault("preflight-artwork", what=f"T{key}")
        for index in range(len(one.side.seals)):
            if page.draws(f"S{key}{index}"):
                self.report.seals += 1
            else:
                page.fault("preflight-seal")
        if not page.literal(b"BT\n") or not self._texts(page, one) or not page.literal(b"ET\n"):
            page.fault("preflight-grammar", at=page.at)
            return False
        for index, code in enumerate(one.side.codes):
            if not self._code(page, one, code, one.document.payloads[one.first_code + index]):
                return False
        if self.overprint and not page.draws("Overprint"):
            page.fault("preflight-artwork", what="Overprint")
        if not page.literal(b"Q\n"):
            page.fault("preflight-grammar", at=page.at)
            return False
        self.report.leaves += surface == 0
        return True

    def _texts(self, page: "_Page", one: Expected) -> bool:
        """All texts of one side. What must stand there is worked out as a whole; only what differs is taken apart."""
        block, texts = self._block(one)
        if block and page.literal(block):
            self.report.fields += len(texts)
            for font, text in texts:
                font.used.update(text)
            return True
        shade: tuple[int, ...] | None = None
        for index, field in enumerate(one.side.texts, one.first_text):
            if field.colour != shade:
                shade = field.colour
                if not page.literal(self._told.get(shade, b"?")) and not self._colour(page, field):
                    return False
            text = one.document.texts[index]
            if text and not self._text(page, field, text, one.document.settings[index]):
                return False
        return True

    def _block(self, one: Expected) -> tuple[bytes, list[tuple[Embedded, str]]]:
        """The operators of a side's texts where each is one line of characters that are their own codes, else nothing.

        Whether the file's font really has each of these codes for its character is seen when all are known (`unknown`).
        """
        parts: list[bytes] = []
        told: list[tuple[Embedded, str]] = []
        texts, settings = one.document.texts, one.document.settings
        for index, field, shade in self._fields(one.side, one.first_text):
            if shade:
                parts.append(self._told.get(shade, b"?"))
            text = texts[index]
            if not text:
                continue
            ready = self._ready.get((index, settings[index])) or self._prepare(index, field, settings[index])
            if ready.font is None or field.tracking or "\n" in text:
                return b"", []
            string = text.encode("utf-16-be")
            if _SPECIAL.search(string):
                string = _SPECIAL.sub(_escaped, string)
            if ready.fixed:
                parts.append(b"%b%b)Tj\n" % (ready.head, string))
            else:
                left = self._left(field, text, ready.font, ready.size)
                parts.append(b"%b%d %d Tm(%b)Tj\n" % (ready.head, left, ready.bottom, string))
            told.append((ready.font, text))
        return b"".join(parts), told

    def _fields(self, side: Side, first: int) -> list[tuple[int, TextField, tuple[int, ...] | None]]:
        """A side's fields with their indices, and the colour where a new one begins."""
        if first not in self._sides or self._sides[first][0] is not side:
            shades = [None, *(field.colour for field in side.texts)]
            named = enumerate(zip(side.texts, shades, strict=False), first)
            rows: list[tuple[int, TextField, tuple[int, ...] | None]] = [
                (index, field, None if field.colour == before else field.colour) for index, (field, before) in named
            ]
            self._sides[first] = (side, rows)
        return self._sides[first][1]

    def _colour(self, page: "_Page", field: TextField) -> bool:
        """Read a colour that has not been read before; False if there is none."""
        told = page.take(_COLOUR)
        if told and tuple(round(float(part) * 1000) for part in told.groups()) == field.colour:
            self._told[field.colour] = told[0]
        else:
            page.fault("preflight-colour", field=field.name)
        return told is not None

    def _prepare(self, index: int, field: TextField, chosen: int) -> "_Ready":
        setting = field.settings[chosen]
        font = self._index[setting.typeface]
        bottom = self.plan.template.height - field.box.top - setting.baseline
        fixed = field.align == "left"
        head = b"/F%d %d Tf 1 0 0 1 " % (font, setting.size)
        if fixed:
            head += b"%d %d Tm(" % (field.box.left, bottom)
        ready = self._ready[index, chosen] = _Ready(head, fixed, bottom, setting.size, self.fonts.get(font))
        return ready

    def _text(self, page: "_Page", field: TextField, text: str, chosen: int) -> bool:
        """One field, read operator by operator; False if the content cannot be followed further."""
        setting = field.settings[chosen]
        begin = page.take(_FONT)
        if begin is None:
            page.fault("preflight-field-missing", field=field.name)
            return False
        self.report.fields += 1
        font = self.fonts.get(int(begin[1]))
        if int(begin[1]) != self._index[setting.typeface] or font is None:
            page.fault("preflight-typeface", field=field.name)
            return font is not None
        if int(begin[2]) != setting.size or int(begin[3] or 0) != field.tracking:
            page.fault("preflight-size", field=field.name)
        bottom = self.plan.template.height - field.box.top - setting.baseline
        for number, line in enumerate(text.split("\n")):
            found = page.take(_LINE)
            if found is None:
                page.fault("preflight-field-missing", field=field.name)
                return False
            told = font.decode(_unescaped(found[3]))
            if told != line:
                page.fault("preflight-text", field=field.name, at=_first_difference(told or "", line))
            x, y = self._left(field, line, font, setting.size), bottom - number * setting.leading
            if abs(int(found[1]) - x) > _TOLERANCE or int(found[2]) != y:
                page.fault("preflight-shifted", x=int(found[1]) - x, y=int(found[2]) - y)
        return not field.tracking or page.literal(b"0 Tc\n")

    def _left(self, field: TextField, line: str, font: Embedded, size: int) -> int:
        """Where a line must begin."""
        if field.align == "left":
            return field.box.left
        width = font.face.width(line) * size // font.face.upem + field.tracking * (len(line) - 1)
        spare = field.box.width - width
        return field.box.left + (spare if field.align == "right" else spare // 2)

    def _code(self, page: "_Page", one: Expected, code: CodeField, payload: str) -> bool:
        found = page.take(_CODE)
        if found is None:
            page.fault("preflight-code-missing")
            return False
        width, height, left, bottom, columns, rows = (int(part) for part in found.groups()[:6])
        data = page.bytes_until(b"\nEI Q\n", ((columns + 7) // 8 * rows) if not found[7] else None)
        if data is None:
            page.fault("preflight-grammar", at=page.at)
            return False
        if found[7]:
            data = bytes.fromhex(data.rstrip(b">").decode("ascii", "replace"))
        box = code.box
        wanted = (box.width, box.height, box.left, self.plan.template.height - box.bottom)
        if (width, height, left, bottom) != wanted or columns != rows or width // columns < code.module:
            page.fault("preflight-code-place")
        if reason := self.codes.fault(data, columns, payload, code.level):
            page.fault("preflight-code", reason=reason)
        self.report.codes += 1
        return True


class _Ready(NamedTuple):
    """What must stand before a field's string, as far as that is `fixed`; its baseline, type size, and font in the file."""

    head: bytes
    fixed: bool
    bottom: int
    size: int
    font: Embedded | None


class _Page:
    """The content and how far it has been read."""

    def __init__(self, content: bytes, place: str, report: PartReport):
        self.content, self.place, self._report = content, place, report
        self.at = 0

    def take(self, form: re.Pattern[bytes]) -> re.Match[bytes] | None:
        found = form.match(self.content, self.at)
        if found:
            self.at = found.end()
        return found

    def literal(self, text: bytes) -> bool:
        found = self.content.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found

    def draws(self, name: str) -> bool:
        """Whether the next operator draws this form; another form in its place is passed over."""
        if self.literal(f"/{name} Do\n".encode()):
            return True
        found = _DRAW.match(self.content, self.at)
        if found and found[1][:1] == name[:1].encode():
            self.at = found.end()
        return False

    def bytes_until(self, end: bytes, length: int | None) -> bytes | None:
        stop = self.content.find(end, self.at) if length is None else self.at + length
        if stop < 0 or not self.content.startswith(end, stop):
            return None
        data = self.content[self.at : stop]
        self.at = stop + len(end)
        return data

    def fault(self, code: str, **values: object) -> None:
        self._report.faults.append(Problem(code, self.place, values))


def _unescaped(data: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: b"\r" if found[1] == b"r" else found[1], data)


def _escaped(found: re.Match[bytes]) -> bytes:
    """How a byte that has a meaning in a PDF string must be written."""
    return b"\\r" if found[0] == b"\r" else b"\\" + found[0]


def _first_difference(told: str, wanted: str) -> int:
    """The position, from 1, of the first character that differs; never the text itself."""
    for at, (one, other) in enumerate(zip(told, wanted, strict=False), 1):
        if one != other:
            return at
    return min(len(told), len(wanted)) + 1
