"""What a strict model cannot see in a layout: names that nothing defines, boxes off the card or in each other's way."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from pipeline.base.geometry import Box
from pipeline.base.problems import Problem
from pipeline.craft import linear
from pipeline.craft.sheet_lint import length_fault, millimetres
from pipeline.craft.spec_faults import near
from pipeline.craft.yamlfile import Location, Source
from pipeline.model.layout import CodeSpec, FieldSpec, Layout, SideSpec, Style
from pipeline.model.spec import Cmyk

# A 2D code of version 1, the smallest there is, has 21 modules; a payload may need more, which shows when it is drawn.
_SMALLEST_SYMBOL = 21


class _Side(NamedTuple):
    location: Location
    spec: SideSpec


class Known(NamedTuple):
    """Names from outside the file: typeface ids, what fields and codes can show, press profiles. None: not checked."""

    typefaces: Collection[str] | None = None
    values: Collection[str] | None = None
    codes: Collection[str] | None = None
    presses: Collection[str] | None = None


def lint_layout(source: Source, layout: Layout, known: Known) -> list[Problem]:
    """Problems of a layout that need more than one of its values, or a name from outside."""
    lint = _Lint(source, layout, known)
    return [*lint.page(), *lint.days(), *lint.styles(), *(problem for side in lint.sides for problem in lint.side(side))]


class _Lint:
    def __init__(self, source: Source, layout: Layout, known: Known):
        self.source, self.layout, self.known = source, layout, known
        self.trim = Box(0, 0, layout.page.width, layout.page.height)
        self.sides = [
            _Side(("leaves", number, name), spec)
            for number, leaf in enumerate(layout.leaves)
            for name, spec in (("front", leaf.front), ("back", leaf.back))
            if spec
        ]

    def unknown(self, location: Location, name: str, known: Iterable[str] | None, kind: str) -> Iterator[Problem]:
        """A name that is not among the known ones; None: nobody knows them here."""
        names = None if known is None else list(known)
        if names is not None and name not in names:
            values = {"kind": kind, "name": name[:60], "known": near(name, names) or "—"}
            yield Problem("layout-unknown-name", self.source.where(location), values)

    def page(self) -> Iterator[Problem]:
        page = self.layout.page
        for key, length in (("width", page.width), ("height", page.height)):
            if length <= 0:
                yield length_fault(self.source, ("page", key), length, "> 0 mm")
        most = min(page.width, page.height) // 2
        for key, length in (("bleed", page.bleed), ("safe", page.safe), ("corner", page.corner)):
            if length < 0:
                yield length_fault(self.source, ("page", key), length, "≥ 0 mm")
            elif length >= most > 0:
                yield length_fault(self.source, ("page", key), length, f"< {millimetres(most)}")

    def days(self) -> Iterator[Problem]:
        begins, ends = self.layout.effective_from, self.layout.effective_until
        if begins and ends and ends < begins:
            values = {"from": begins.isoformat(), "until": ends.isoformat()}
            yield Problem("layout-dates-reversed", self.source.where(("effective_until",)), values)

    def styles(self) -> Iterator[Problem]:
        for role, chain in self.layout.typefaces.items():
            if not chain:
                values = {"key": role, "least": 1}
                yield Problem("spec-too-few", self.source.where(("typefaces", role)), values)
            for number, face in enumerate(chain):
                yield from self.unknown(("typefaces", role, number), face, self.known.typefaces, "typeface")
        for name, style in self.layout.styles.items():
            yield from self.unknown(("styles", name, "typeface"), style.typeface, self.layout.typefaces, "typefaces")
            yield from self._steps(("styles", name, "fit"), style)

    def _steps(self, location: Location, style: Style) -> Iterator[Problem]:
        for number, step in enumerate(style.fit):
            for key, length in (("size", step.size), ("baseline", step.baseline)):
                if length <= 0:
                    yield length_fault(self.source, (*location, number, key), length, "> 0 mm")
            if step.lines > 1 and step.leading <= 0:
                values = {"lines": step.lines}
                yield Problem("layout-no-leading", self.source.where((*location, number)), values)

    def side(self, side: _Side) -> Iterator[Problem]:
        here, spec = side
        for name, field in spec.fields.items():
            yield from self._repeated((*here, "fields", name), name, field)
            yield from self._field((*here, "fields", name), name, field)
        for name, code in spec.codes.items():
            yield from self._code((*here, "codes", name), name, code)
        for name, seal in spec.seals.items():
            yield from box_faults(self.source, self.trim, (*here, "seals", name, "box"), name, seal.box.box)
        yield from self._overlaps(here, spec)
        if ground := spec.pantograph:
            at = (*here, "pantograph")
            yield from self.unknown((*at, "typeface"), ground.typeface, self.known.typefaces, "typeface")
            yield from self.unknown((*at, "profile"), ground.profile, self.known.presses, "profile")
            known = [*spec.fields, *spec.codes, *spec.seals]
            for number, name in enumerate(ground.clear):
                yield from self.unknown((*at, "clear", number), name, known, "clear")

    def _field(self, here: Location, name: str, field: FieldSpec) -> Iterator[Problem]:
        box = field.box.box
        yield from box_faults(self.source, self.trim, (*here, "box"), name, box)
        yield from self._value((*here, "value"), field.value, self.known.values)
        if bool(field.when) != bool(field.mark):
            at = self.source.where((*here, "when" if field.when else "mark"))
            yield Problem("layout-mark-without-when", at, {"field": name})
        yield from self.unknown((*here, "style"), field.style, self.layout.styles, "style")
        others = {other for side in self.sides for other in side.spec.fields} - {name}
        yield from self.unknown((*here, "overflow"), field.overflow, ["hold", *sorted(others)], "overflow")
        style = self.layout.styles.get(field.style)
        for number, step in enumerate(style.fit if style else ()):
            last = step.baseline + (step.lines - 1) * step.leading
            if last > box.height:
                values = {
                    "field": name,
                    "style": field.style,
                    "step": number + 1,
                    "baseline": millimetres(last),
                    "height": millimetres(box.height),
                }
                yield Problem("layout-baseline-outside", self.source.where((*here, "box")), values)

    def _value(self, here: Location, value: str, known: Collection[str] | None) -> Iterator[Problem]:
        """A value's name: one of the list, or one of this layout's own texts and terms."""
        kind, _, key = value.partition(".")
        words: Mapping[str, Collection[str]] = {"text": list(self.layout.texts), "term": list(self.layout.terms)}
        own = words.get(kind)
        if own is None:
            yield from self.unknown(here, value, known, "value")
        else:
            yield from self.unknown(here, key, own, f"{kind}s")

    def _repeated(self, here: Location, name: str, field: FieldSpec) -> Iterator[Problem]:
        """The last of a repeated field must be on the page too; the first is checked like any other."""
        if field.repeat:
            *_, last = SideSpec(artwork="", fields={name: field}).places.values()
            yield from box_faults(self.source, self.trim, (*here, "repeat"), name, last.box.box)

    def _code(self, here: Location, name: str, code: CodeSpec) -> Iterator[Problem]:
        box = code.box.box
        yield from self._value((*here, "value"), code.value, self.known.codes)
        if code.kind != "qr":
            if fault := linear.box_fault(code.kind, box.width, box.height):
                values = {"name": name, "width": millimetres(box.width), "height": millimetres(box.height), "needed": fault}
                yield Problem("layout-bars-box", self.source.where((*here, "box")), values)
        elif box.width != box.height:
            values = {"name": name, "width": millimetres(box.width), "height": millimetres(box.height)}
            yield Problem("layout-code-not-square", self.source.where((*here, "box")), values)
        if code.module <= 0:
            yield length_fault(self.source, (*here, "module"), code.module, "> 0 mm")
        elif code.kind == "qr" and min(box.width, box.height) < _SMALLEST_SYMBOL * code.module:
            values = {"name": name, "width": millimetres(box.width), "module": millimetres(code.module)}
            values["needed"] = millimetres(_SMALLEST_SYMBOL * code.module)
            yield Problem("layout-code-too-small", self.source.where((*here, "box")), values)
        yield from box_faults(self.source, self.trim, (*here, "box"), name, with_quiet_zone(code))

    def _overlaps(self, here: Location, spec: SideSpec) -> Iterator[Problem]:
        """Texts must not run into each other or into a code's quiet zone. A seal may lie over a text, as on paper."""
        texts = [(("fields", name), field.box.box) for name, field in spec.places.items()]
        codes = [(("codes", name), with_quiet_zone(code)) for name, code in spec.codes.items()]
        for (one, first), (two, second) in combinations([*texts, *codes], 2):
            if first.overlaps(second):
                across = min(first.right, second.right) - max(first.left, second.left)
                down = min(first.bottom, second.bottom) - max(first.top, second.top)
                values = {"one": one[1], "two": two[1], "over": f"{millimetres(across)} × {millimetres(down)}"}
                yield Problem("layout-overlap", self.source.where((*here, *two, "box")), values)


def with_quiet_zone(code: CodeSpec) -> Box:
    """A code's box with what must stay free of everything around it."""
    around = code.quiet * max(code.module, 0) if code.kind == "qr" else linear.CLEAR[code.kind]
    return code.box.box.grown(around)


def lint_colours(layout: Layout, theme: Mapping[str, Cmyk], place: str) -> list[Problem]:
    """Colours that a layout uses and an issuer's theme lacks, and inks of pantographs that would be screened; `place` is the
    theme's."""
    inks = {side.pantograph.colour for leaf in layout.leaves for side in leaf.sides if side.pantograph}
    used = {style.colour for style in layout.styles.values()} | {"ink"} | inks
    used |= {side.ground for leaf in layout.leaves for side in leaf.sides if side.ground}
    patterns = [side.security for leaf in layout.leaves for side in leaf.sides]
    used |= {one.colour for some in patterns for one in (*some.line_work.values(), *some.words.values())}
    missing = sorted(colour for colour in used if colour not in theme)
    tints = sorted(colour for colour in inks & theme.keys() if set(theme[colour]) - {0, 100})
    return [
        *(Problem("issuer-no-colour", place, {"colour": colour, "layout": layout.title}) for colour in missing),
        *(Problem("pantograph-ink-not-solid", place, {"colour": colour, "layout": layout.title}) for colour in tints),
    ]


def box_faults(source: Source, trim: Box, location: Location, name: str, box: Box) -> Iterator[Problem]:
    """What is wrong with a box: a length that is none, or a part of it outside the trim."""
    for key, length in (("width", box.width), ("height", box.height)):
        if length <= 0:
            yield length_fault(source, (*location, key), length, "> 0 mm")
    if not trim.holds(box):
        over = max(-box.left, -box.top, box.right - trim.width, box.bottom - trim.height)
        page = f"{millimetres(trim.width)} × {millimetres(trim.height)}"
        values = {"name": name, "over": millimetres(over), "page": page}
        yield Problem("layout-outside-trim", source.where(location), values)
