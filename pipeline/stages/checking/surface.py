"""One page's content, read operator by operator against what must stand there."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.base.lengths import POINTS_PER_MICROMETRE
from pipeline.model.report import PartReport
from pipeline.model.template import CodeField, TextField
from pipeline.stages.checking import reading
from pipeline.stages.checking.bars import bars_fault
from pipeline.stages.checking.codes import Codes
from pipeline.stages.checking.faces import characters
from pipeline.stages.checking.fonts import Embedded
from pipeline.stages.checking.insertion import marks_fault
from pipeline.stages.checking.lines import BLACK, KEPT, OVER, Lines, ends_of_rows, state_change
from pipeline.stages.checking.margin import Lot, MarginReader, Told
from pipeline.stages.checking.plan import SIDES, Expected, Plan
from pipeline.stages.checking.reading import Content

_TOLERANCE = 1  # µm: rounding of centred and right-aligned texts


class _Image(NamedTuple):
    """What the operators before a code's data say: its modules, hexadecimal or not, the right place or not."""

    columns: int
    rows: int
    hexadecimal: bool
    right: bool


class Reader:
    """Reads surfaces of one part; faults go into the report with their place."""

    def __init__(
        self,
        plan: Plan,
        fonts: dict[int, Embedded],
        lot: Lot,
        overprint: bool,
        report: PartReport,
        told: Told | None = None,
        code_key: bytes = b"",
    ):
        self.plan, self.fonts, self.lot, self.report, self.overprint = plan, fonts, lot, report, overprint
        self.codes = Codes(code_key)
        self._index = {name: index for index, name in enumerate(plan.template.typefaces)}
        self._images: dict[tuple[int, bytes], _Image] = {}
        self.lines = Lines(plan, fonts)
        self._plated = {
            (leaf, number): f"P{leaf}{'FB'[number]}".encode()
            for leaf, kind in enumerate(plan.template.leaves)
            for number, side in enumerate(kind.sides)
            if plan.plates(side)
        }
        self.margin = MarginReader(plan, fonts, lot, told)

    def read(self, data: bytes, sheet: int, number: int, surface: int, expected: Sequence[Expected]) -> None:
        """Compare one page's content: `sheet` counts in the part, `number` in the lot."""
        place = f"lot {self.lot.name}, sheet {number} {SIDES[surface]}"
        page = Content(data, place, self.report)
        unit = page.take(reading.UNIT)
        if unit is None or any(abs(float(scale) / POINTS_PER_MICROMETRE - 1) > 1e-6 for scale in unit.groups()):
            page.fault("preflight-grammar", at=page.at)
            return
        self.margin.read(page, sheet, number, surface)
        origins = {(one.motion.e, one.motion.f) for one in expected}
        whole = True
        for one in expected:
            page.place = f"{place}, slot {one.slot}"
            origins.discard((one.motion.e, one.motion.f))
            # after a piece that cannot be followed, go on where the next one must begin
            if not whole and not page.goes_on_at(one.begin):
                page.fault("preflight-piece-missing")
                continue
            whole = self._piece(page, one, origins)
        page.place = place
        if whole:
            self._plates(page, expected)
        if page.at != len(data) and whole:
            page.fault("preflight-grammar", at=page.at)
        for font in self.fonts.values():
            font.note()

    def _plates(self, page: Content, expected: Sequence[Expected]) -> None:
        """After the ink of all pieces, what is done to the sheet: a plate painted before would be painted over."""
        for one in expected:
            form = self._plated.get((one.leaf, one.number))
            if form and not page.literal(b"%b/%b Do\nQ\n" % (one.begin, form)):
                page.fault("preflight-plate", what=f"{form.decode()}, slot {one.slot}")
                return

    def _piece(self, page: Content, one: Expected, later: set[tuple[int, int]]) -> bool:
        """One slot; False if the content cannot be followed further."""
        usual = self.lines.whole(one)
        if usual and page.literal(usual):
            self.lines.found()
            self.report.seals += len(one.side.seals)
            self.report.fields += sum(map(bool, one.document.texts[one.first_text : one.first_text + len(one.side.texts)]))
        elif (followed := self._closely(page, one, later)) is not None:
            return followed
        for index, code in enumerate(one.side.codes, one.first_code):
            if not self._code(page, index, code, one.document.payloads[index]):
                return False
        if not self._marks(page, one):
            return False
        if self.overprint and not page.draws("Overprint"):
            page.fault("preflight-artwork", what="Overprint")
        if not page.literal(b"Q\n"):
            page.fault("preflight-grammar", at=page.at)
            return False
        self.report.leaves += one.number == 0
        return True

    def _marks(self, page: Content, one: Expected) -> bool:
        """The inserter's marks, on the front of what lies in a set; False if the content cannot be followed further."""
        machine, place = self.plan.conditions.inserter, one.document.in_set
        if machine is None or place is None or one.number:
            return True
        reason = marks_fault(page, machine, self.plan.template.height, place, one.leaf)
        if reason:
            page.fault("preflight-inserter", reason=reason)
        return not reason.startswith("are")

    def _closely(self, page: Content, one: Expected, later: set[tuple[int, int]]) -> bool | None:
        """A slot up to its codes, operator by operator; None if it can be followed further, else what `_piece` says."""
        before = page.at
        start = page.take(reading.SLOT)
        origin = (int(start[2]), int(start[3])) if start else None
        if origin is None or (origin != (one.motion.e, one.motion.f) and origin in later):
            page.at = before
            page.fault("preflight-piece-missing")
            return origin is not None
        if origin != (one.motion.e, one.motion.f):
            page.fault("preflight-shifted", x=origin[0] - one.motion.e, y=origin[1] - one.motion.f)
        elif page.data[before : page.at] != one.begin:
            page.fault("preflight-turned")
        key = f"{one.leaf}{'FB'[one.number]}"
        if not page.draws(f"T{key}"):
            page.fault("preflight-artwork", what=f"T{key}")
        if one.side.woven:
            if not self._woven(page, one):
                page.fault("preflight-grammar", at=page.at)
                return False
            if not page.draws(f"U{key}"):
                page.fault("preflight-artwork", what=f"U{key}")
        for index in range(len(one.side.seals)):
            if page.draws(f"S{key}{index}"):
                self.report.seals += 1
            else:
                page.fault("preflight-seal")
        if not page.literal(b"BT\n") or not self._texts(page, one) or not page.literal(b"ET\n"):
            page.fault("preflight-grammar", at=page.at)
            return False
        return None

    def _woven(self, page: Content, one: Expected) -> bool:
        """What is woven into the ground of one side; False if the content cannot be followed further."""
        for woven in one.side.woven:
            if not page.literal(b"BT\n") or not self._colour(page, woven.colour, woven.name):
                return False
            begin, end = ends_of_rows(woven.colour)
            if not page.literal(begin) or not self.lines.weft.read(page, woven, one) or not page.literal(end):
                page.fault("preflight-woven", name=woven.name)
                return False
        return True

    def _texts(self, page: Content, one: Expected) -> bool:
        """All texts of one side, one by one."""
        shade: tuple[int, ...] | None = None
        over = False
        texts, settings = one.document.texts, one.document.settings
        for index, field in enumerate(one.side.texts, one.first_text):
            if field.colour != shade:
                shade = field.colour
                if not self._colour(page, shade, field.name):
                    return False
                if not page.literal(state_change(over, shade)):
                    page.fault("preflight-overprint", field=field.name)
                    page.take(reading.STATE)
                over = shade == BLACK
            if (text := texts[index]) and not self._text(page, field, text, settings[index]):
                return False
        return True

    def _colour(self, page: Content, shade: tuple[int, ...], name: str) -> bool:
        if (usual := self.lines.colours.get(shade)) and page.literal(usual):
            return True
        told = page.take(reading.COLOUR)
        if told is None or any(
            abs(float(part) * 1000 - wanted) > 1e-6 for part, wanted in zip(told.groups(), shade, strict=True)
        ):
            page.fault("preflight-colour", field=name)
            return told is not None
        self.lines.colours[shade] = told[0]
        return True

    def _text(self, page: Content, field: TextField, text: str, chosen: int) -> bool:
        """One field, read operator by operator; False if the content cannot be followed further."""
        setting = field.settings[chosen]
        begin = page.take(reading.FONT)
        if begin is None:
            page.fault("preflight-field-missing", field=field.name)
            return False
        self.report.fields += 1
        font = self.fonts.get(int(begin[1]))
        if int(begin[1]) != self._index[setting.typeface] or font is None:
            page.fault("preflight-typeface", field=field.name)
            if font is None:
                return False
        if int(begin[2]) != setting.size or int(begin[3] or 0) != field.tracking:
            page.fault("preflight-size", field=field.name)
        lines = text.split("\n")
        bottom = self.plan.template.height - field.box.top - setting.baseline
        for number, line in enumerate(lines):
            place, found = page.take(reading.AT), page.take(reading.STRING)
            if place is None or found is None:
                page.fault("preflight-field-missing", field=field.name)
                return False
            told = font.decode(reading.unescaped(found[1]))
            if told != line:
                page.fault("preflight-text", field=field.name, at=_first_difference(told or "", line))
            spare = field.box.width - font.face.width(line) * setting.size / font.face.upem
            spare -= field.tracking * (len(characters(line)) - 1)
            if spare < -OVER or len(lines) > setting.lines:
                page.fault("preflight-overflow", field=field.name)
            x = {"left": 0.0, "right": spare}.get(field.align, spare / 2) + field.box.left
            y = bottom - number * setting.leading
            if abs(int(place[1]) - x) > _TOLERANCE or int(place[2]) != y:
                page.fault("preflight-shifted", x=int(place[1]) - round(x), y=int(place[2]) - y)
        return not field.tracking or page.literal(b"0 Tc\n")

    def _code(self, page: Content, index: int, code: CodeField, payload: str) -> bool:
        if code.kind != "qr" and not payload:
            return True
        found = page.take(reading.CODE)
        if found is None:
            page.fault("preflight-code-missing")
            return False
        told = self._images.get((index, found[0])) or self._image(index, code, found)
        data = page.image((told.columns + 7) // 8 * told.rows, told.hexadecimal)
        if data is None:
            page.fault("preflight-grammar", at=page.at)
            return False
        if not told.right:
            page.fault("preflight-code-place")
        if code.kind == "qr":
            reason = self.codes.fault(data, told.columns, payload, code.level_of(payload))
        else:
            reason = bars_fault(code.kind, data, told.columns, told.rows, payload)
        if reason:
            page.fault("preflight-code", reason=reason)
        self.report.codes += 1
        return True

    def _image(self, index: int, code: CodeField, found: re.Match[bytes]) -> _Image:
        width, height, left, bottom, columns, rows = (int(part) for part in found.groups()[:6])
        box = code.box
        wanted = (box.width, box.height, box.left, self.plan.template.height - box.bottom)
        right = (width, height, left, bottom) == wanted
        if code.kind == "qr":
            right = right and columns == rows and width >= code.module * columns
        if len(self._images) >= KEPT:
            self._images.clear()
        told = self._images[index, found[0]] = _Image(columns, rows, bool(found[7]), right)
        return told


def _first_difference(told: str, wanted: str) -> int:
    """The position, from 1, of the first character that differs; never the text itself."""
    for at, (one, other) in enumerate(zip(told, wanted, strict=False), 1):
        if one != other:
            return at
    return min(len(told), len(wanted)) + 1
