"""Further kinds of security patterns of a layout: names that nothing defines, boxes off the card or over a code, sizes."""

from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.base.geometry import Box
from pipeline.base.problems import Problem
from pipeline.craft.layout_lint import Known, box_faults, with_quiet_zone
from pipeline.craft.microtext import MOST, known_words
from pipeline.craft.sheet_lint import length_fault, millimetres
from pipeline.craft.spec_faults import near
from pipeline.craft.yamlfile import Location, Source
from pipeline.model.layout import Layout, SideSpec
from pipeline.model.security import MicrotextSpec, ReliefSpec, WovenSpec
from pipeline.model.vendor import Limits

_LENGTHS = ("line", "depth", "height", "step", "raised", "size")


def lint_security(source: Source, layout: Layout, known: Known) -> Iterator[Problem]:
    """All problems of a layout's further kinds that need no press."""
    for number, leaf in enumerate(layout.leaves):
        for key, side in (("front", leaf.front), ("back", leaf.back)):
            if side:
                yield from _Lint(source, layout, known, side).side(("leaves", number, key))


class _Lint:
    def __init__(self, source: Source, layout: Layout, known: Known, side: SideSpec):
        self.source, self.layout, self.known, self.spec = source, layout, known, side
        self.trim = Box(0, 0, layout.page.width, layout.page.height)

    def side(self, here: Location) -> Iterator[Problem]:
        design = self.spec.pantograph
        if design and design.camouflage:
            yield from self._lengths((*here, "pantograph", "camouflage"), design.camouflage, ("step", "wave"))
        kinds = self.spec.security
        for kind in ("guilloches", "reliefs", "microtexts", "woven"):
            for name, one in getattr(kinds, kind).items():
                at = (*here, "security", kind, name)
                yield from self._any(at, name, one)
                if isinstance(one, MicrotextSpec):
                    yield from self._microtext(at, one)
                if isinstance(one, WovenSpec):
                    yield from self._woven(at, name, one)

    def _any(self, here: Location, name: str, one: Any) -> Iterator[Problem]:
        yield from self._name((*here, "profile"), one.profile, self.known.presses, "profile")
        if isinstance(one, (ReliefSpec, MicrotextSpec)):
            yield from self._name((*here, "typeface"), one.typeface, self.known.typefaces, "typeface")
        places = [*self.spec.fields, *self.spec.codes, *self.spec.seals]
        for number, clear in enumerate(getattr(one, "clear", ())):
            yield from self._name((*here, "clear", number), clear, places, "clear")
        free = ("step",) if isinstance(one, WovenSpec) else ("raised",)
        yield from self._lengths(here, one, [key for key in _LENGTHS if key not in free])
        if one.box is not None:
            yield from box_faults(self.source, self.trim, (*here, "box"), name, one.box.box)

    def _microtext(self, here: Location, one: MicrotextSpec) -> Iterator[Problem]:
        for number, word in enumerate(one.text):
            yield from self._name((*here, "text", number), word, known_words(self.layout), "text")
        if one.size > MOST:
            yield length_fault(self.source, (*here, "size"), one.size, f"≤ {millimetres(MOST)}")

    def _woven(self, here: Location, name: str, one: WovenSpec) -> Iterator[Problem]:
        """A text that is always there, in one line; microtext or type that a vendor prints; clear of codes."""
        styles = self.layout.styles
        fields = [
            key
            for key, field in self.spec.places.items()
            if field.required and field.style in styles and all(step.lines == 1 for step in styles[field.style].fit)
        ]
        yield from self._name((*here, "field"), one.field, fields, "field")
        if MOST < one.size < Limits().text:
            limit = f"≤ {millimetres(MOST)} / ≥ {millimetres(Limits().text)}"
            yield length_fault(self.source, (*here, "size"), one.size, limit)
        if one.box.height >= 2 * one.size and one.step < one.size:
            yield length_fault(self.source, (*here, "step"), one.step, f"≥ {millimetres(one.size)}")
        for key, code in self.spec.codes.items():
            zone, box = with_quiet_zone(code), one.box.box
            if zone.overlaps(box):
                across = min(zone.right, box.right) - max(zone.left, box.left)
                down = min(zone.bottom, box.bottom) - max(zone.top, box.top)
                values = {"one": key, "two": name, "over": f"{millimetres(across)} × {millimetres(down)}"}
                yield Problem("layout-overlap", self.source.where((*here, "box")), values)

    def _name(self, location: Location, name: str, known: Iterable[str] | None, kind: str) -> Iterator[Problem]:
        names = None if known is None else list(known)
        if names is not None and name not in names:
            values = {"kind": kind, "name": name[:60], "known": near(name, names) or "—"}
            yield Problem("layout-unknown-name", self.source.where(location), values)

    def _lengths(self, here: Location, one: Any, keys: Iterable[str]) -> Iterator[Problem]:
        for key in keys:
            if getattr(one, key, 1) <= 0:
                yield length_fault(self.source, (*here, key), getattr(one, key), "> 0 mm")
        if getattr(one, "raised", 0) < 0:
            yield length_fault(self.source, (*here, "raised"), one.raised, "≥ 0 mm")
