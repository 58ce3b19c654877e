"""From a layout's HTML to a page WeasyPrint can set: page size, trim origin, theme colours. Owner of `jinja2`.

The designer never types the page size or the bleed: they come from `layout.yaml`. Member texts never pass through here in
production; only the oracle of the tests adds them, as escaped text.
"""

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from pipeline.base.lengths import css
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout, SideSpec

_PAGE = """<!doctype html><html lang="ja"><head><meta charset="utf-8"><style>
@page {{ size: {width} {height}; margin: 0 }}
html {{ font-kerning: none; font-variant-ligatures: none; color: device-cmyk(0 0 0 1) }}
body {{ margin: 0 }}
.trim {{ position: absolute; left: {bleed}; top: {bleed}; width: {trim_width}; height: {trim_height} }}
</style></head><body>{body}</body></html>"""


# Marks of a web page's fields; members' texts with such characters are refused when they are read.
_OPEN, _CLOSE = "\ue000", "\ue001"
_FIELD = re.compile(f"{_OPEN}([^{_CLOSE}]+){_CLOSE}")


class ArtworkError(Exception):
    """The HTML cannot be filled; `line` is in the artwork file where known."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message)
        self.line = line


def colour(cmyk: tuple[float, float, float, float]) -> str:
    """A theme colour as CSS."""
    return f"device-cmyk({' '.join(f'{part:g}%' for part in cmyk)})"


def page(
    html: str, side: SideSpec, layout: Layout, issuer: Issuer, files: Mapping[str, bytes] | None = None, under: str = ""
) -> str:
    """The whole page: artwork with the issuer's words and colours, on the bleed box. ArtworkError on unknown names.

    `files` are those the artwork may import or include: its own folder's, and the house's common parts as `parts/…`; `under` is
    ready HTML that stands before it.
    """
    return around(under + body(html, side, layout, issuer, files), layout)


def body(html: str, side: SideSpec, layout: Layout, issuer: Issuer, files: Mapping[str, bytes] | None = None) -> str:
    """The artwork's HTML with words, colours and places filled in.

    A ground's spot colour is unknown to the artwork over it: it would come in process inks, beside the ground's own plate.
    """
    grounds = {one.ground for leaf in layout.leaves for one in leaf.sides}
    spots = grounds & set(issuer.spots)
    try:
        return (
            _environment(files or {})
            .from_string(html)
            .render(
                issuer=issuer,
                layout=layout,
                theme={name: colour(value) for name, value in issuer.theme.items() if name not in spots},
                fields=_places(side, layout),
            )
        )
    except TemplateSyntaxError as error:
        raise ArtworkError(str(error.message), error.lineno) from None
    except TemplateError as error:
        raise ArtworkError(str(error), _line(error)) from None


def web_page(html: str, layout: Layout, issuer: Issuer, files: Mapping[str, bytes]) -> str:
    """The page of the web channel, complete but for the fields: `{{ values.name }}` becomes a mark that `web_texts` fills.

    Colours are those of a screen. ArtworkError on unknown names.
    """
    sides = (side for leaf in layout.leaves for side in (leaf.front, leaf.back) if side)
    try:
        return (
            _environment(files)
            .from_string(html)
            .render(
                issuer=issuer,
                layout=layout,
                theme={name: screen_colour(value) for name, value in issuer.theme.items()},
                values={name: f"{_OPEN}{name}{_CLOSE}" for side in sides for name in side.places},
            )
        )
    except TemplateError as error:
        raise ArtworkError(str(error), _line(error)) from None


def web_texts(page: str, texts: Mapping[str, str]) -> str:
    """A web page with a member's texts in place of the marks; nothing of a text is markup."""
    return _FIELD.sub(lambda mark: escape(texts[mark[1]]).replace("\n", "<br>"), page)


def screen_colour(cmyk: tuple[float, float, float, float]) -> str:
    """A theme colour for a screen, by the plain formula (no profile): what is read there needs contrast, not proof."""
    *inks, black = (part / 100 for part in cmyk)
    return "#" + "".join(f"{round(255 * (1 - ink) * (1 - black)):02x}" for ink in inks)


def around(body: str, layout: Layout) -> str:
    """A page of the layout's bleed box around some HTML."""
    size = layout.page
    return _PAGE.format(
        width=css(size.width + 2 * size.bleed),
        height=css(size.height + 2 * size.bleed),
        bleed=css(size.bleed),
        trim_width=css(size.width),
        trim_height=css(size.height),
        body=body,
    )


class _Environment(SandboxedEnvironment):
    """Compiles the same text once: the parts that layouts have in common come again with every side."""

    def compile(self, source: Any, name: Any = None, filename: Any = None, raw: bool = False, defer_init: bool = False) -> Any:
        known = (source, name)
        if known not in _COMPILED:
            if len(_COMPILED) >= _MOST_COMPILED:
                _COMPILED.clear()
            _COMPILED[known] = super().compile(source, name, filename)
        return _COMPILED[known]


_COMPILED: dict[tuple[str, str | None], Any] = {}
_MOST_COMPILED = 128


def _environment(files: Mapping[str, bytes]) -> SandboxedEnvironment:
    pages = {name: data.decode("utf-8") for name, data in files.items() if name.endswith(".html")}
    return _Environment(autoescape=True, undefined=StrictUndefined, loader=DictLoader(pages))


def _places(side: SideSpec, layout: Layout) -> Mapping[str, Any]:
    """Where everything variable stands, as CSS lengths, so that labels can align with it."""
    places: dict[str, dict[str, Any]] = {}
    named: Iterable[tuple[str, Any]] = [*side.fields.items(), *side.codes.items(), *side.seals.items()]
    for name, spec in named:
        edges = {edge: css(getattr(spec.box, edge)) for edge in ("left", "top", "width", "height")}
        places[name] = {**edges, "box": edges}
        if style := layout.styles.get(getattr(spec, "style", "")):
            places[name]["baseline"] = css(spec.box.top + style.fit[0].baseline)
    return places


def _line(error: BaseException) -> int | None:
    trace = error.__traceback__
    line = None
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
