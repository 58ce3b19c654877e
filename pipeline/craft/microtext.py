"""Microtext of the issuer's words, as HTML for the typesetter, and the rows of a member's own text.

A line of microtext fills its edge and ends where that ends, in the middle of a character if need be: nobody reads its last one.
"""

import math
from collections.abc import Iterator, Mapping
from html import escape

from pipeline.base.lengths import css
from pipeline.base.problems import LayoutError, Problem
from pipeline.craft.artwork import colour
from pipeline.craft.typefaces import Typeface, Typefaces
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout, SideSpec
from pipeline.model.press_profile import PressProfile
from pipeline.model.security import Edge, MicrotextSpec, WovenSpec
from pipeline.model.template import Woven

MOST = 353  # µm: 1 pt; larger type is read, not looked at through a glass
_ISSUER = ("name", "full_name", "insurer_number", "division")
_ASCENT = 88  # of a hundred parts of the type size, as in the typefaces of the house


def known_words(layout: Layout) -> list[str]:
    """The names of what microtext can say."""
    own = [f"text.{key}" for key, text in layout.texts.items() if isinstance(text, str)]
    return [
        *(f"issuer.{name}" for name in _ISSUER),
        "layout.title",
        "layout.edition",
        *own,
        *(f"term.{key}" for key in layout.terms),
    ]


def words(spec: MicrotextSpec, layout: Layout, issuer: Issuer) -> str:
    """What a microtext says, once."""
    return "".join(filter(None, (_word(name, layout, issuer) for name in spec.text)))


def _word(name: str, layout: Layout, issuer: Issuer) -> str:
    kind, _, key = name.partition(".")
    if kind in ("text", "term"):
        return str(layout.texts[key] if kind == "text" else layout.terms[key])
    return str(getattr(issuer if kind == "issuer" else layout, key))


def fragment(side: SideSpec, layout: Layout, issuer: Issuer, typefaces: Typefaces) -> str:
    """The side's microtext as HTML that goes before its artwork, under whatever that draws; nothing where there is none."""
    lines = "".join(
        _line(edge, spec, words(spec, layout, issuer), typefaces[spec.typeface], colour(issuer.theme[spec.colour]))
        for spec in side.security.microtexts.values()
        for edge in spec.along
    )
    return f'<div class="trim">{lines}</div>' if lines else ""


def _line(edge: Edge, spec: MicrotextSpec, text: str, face: Typeface, ink: str) -> str:
    box, size = spec.box.box, spec.size
    left, top, turn = {
        "top": (box.left, box.top, 0),
        "bottom": (box.left, box.bottom - size, 0),
        "right": (box.right, box.top, 90),
        "left": (box.left, box.bottom, -90),
    }[edge]
    length = box.width if turn == 0 else box.height
    width = (face.measure(text) or face.upem) * size / face.upem
    style = (
        f"position:absolute;left:{css(left)};top:{css(top)};width:{css(length)};height:{css(size)};overflow:hidden;"
        f"font:{face.weight} {css(size)} '{face.family}';line-height:{css(size)};white-space:pre;letter-spacing:0;color:{ink}"
    )
    if turn:
        style += f";transform-origin:0 0;transform:rotate({turn}deg)"
    return f'<div style="{style}">{escape(text * math.ceil(length / width))}</div>'


def checked_fragment(
    side: SideSpec, layout: Layout, issuer: Issuer, typefaces: Typefaces, presses: Mapping[str, PressProfile], place: str
) -> str:
    """The same, with LayoutError for what cannot be set or read; `place` is said of it."""
    problems: list[Problem] = []
    for name, spec in side.security.microtexts.items():
        problems += faults(name, spec, presses, f"{place} {name}")
        face = typefaces[spec.typeface]
        if not face.measure(words(spec, layout, issuer)):
            problems.append(Problem("security-no-glyph", f"{place} {name}", {"name": name, "typeface": face.path.name}))
    if problems:
        raise LayoutError(problems)
    return fragment(side, layout, issuer, typefaces)


def faults(name: str, spec: MicrotextSpec | WovenSpec, presses: Mapping[str, PressProfile], place: str) -> Iterator[Problem]:
    """What could not be read even through a glass."""
    press = presses.get(spec.profile)
    if press is None:
        values = {"kind": "profile", "name": spec.profile[:60], "known": "、".join(presses) or "—"}
        yield Problem("layout-unknown-name", place, values)
    elif spec.size < press.text:
        least = {"name": name, "size": css(spec.size), "least": css(press.text), "profile": spec.profile}
        yield Problem("security-text-too-small", place, least)


def woven(name: str, spec: WovenSpec, field: int, ink: tuple[int, int, int, int]) -> Woven:
    """The rows of a member's text in a box; `field` is the text's place among those of its side."""
    box = spec.box.box
    rows = 1 + max(0, box.height - spec.size) // spec.step if spec.step > 0 else 1
    baseline = spec.size * _ASCENT // 100
    return Woven(name, field, box, spec.size, baseline, max(0, spec.step), rows, 2 * spec.size if rows > 1 else 0, ink)
