"""The oracle: the same layout and documents set whole by WeasyPrint, artwork and member texts in one page.

Production never does this; tests compare its raster with the stamped one, and the benchmark its speed. The baseline of
a line is fixed by a strut (an empty inline block), so that no font metric but the layout's own number decides where a text
stands.
"""

import html
from collections.abc import Mapping, Sequence

from pipeline.base.lengths import css
from pipeline.craft import artwork, linear, microtext, qr
from pipeline.craft.typefaces import Typefaces
from pipeline.model.document import Document
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout
from pipeline.model.template import CodeField, Side, Template, TextField

STRUT = 20_000  # µm, higher than any ascent
_STYLE = """<style>
.piece {{ position: relative; break-after: page; height: {height}; width: {width} }}
.oracle {{ position: absolute; white-space: pre; line-height: 0.01 }}
.oracle > i {{ display: inline-block; width: 0; height: {strut} }}
</style>"""


def whole(
    documents: Sequence[Document],
    leaf: int,
    side: int,
    template: Template,
    layout: Layout,
    issuer: Issuer,
    assets: Mapping[str, bytes],
    typefaces: Typefaces,
) -> str:
    """HTML with one page per document: one side of one leaf, artwork and texts, without ground and seals."""
    spec = (layout.leaves[leaf].front, layout.leaves[leaf].back)[side]
    assert spec is not None
    under = microtext.fragment(spec, layout, issuer, typefaces)
    body = under + artwork.body(assets[spec.artwork].decode(), spec, layout, issuer, assets)
    compiled = template.leaves[leaf].sides[side]
    first_text, first_code = first(template, leaf, side)
    pages = []
    for document in documents:
        ink = "".join(
            _text(field, document.texts[n], document.settings[n], typefaces)
            for n, field in enumerate(compiled.texts, first_text)
            if document.texts[n]
        )
        ink += "".join(_code(code, document.payloads[n]) for n, code in enumerate(compiled.codes, first_code))
        pages.append(f'<div class="piece">{body}<div class="trim">{ink}</div></div>')
    page = layout.page
    bleed = 2 * page.bleed
    style = _STYLE.format(height=css(page.height + bleed), width=css(page.width + bleed), strut=css(STRUT))
    return artwork.around(style + "".join(pages), layout)


def first(template: Template, leaf: int, side: int) -> tuple[int, int]:
    """Which text and which code of a document are the first of a side."""
    before = [one for each in template.leaves[:leaf] for one in each.sides] + list(template.leaves[leaf].sides[:side])
    return sum(len(one.texts) for one in before), sum(len(one.codes) for one in before)


def _text(field: TextField, text: str, chosen: int, typefaces: Typefaces) -> str:
    setting = field.settings[chosen]
    face = typefaces[setting.typeface]
    colour = artwork.colour(tuple(part / 10 for part in field.colour))  # type: ignore[arg-type]
    lines = []
    for number, line in enumerate(text.split("\n")):
        top = field.box.top + setting.baseline + number * setting.leading - STRUT
        style = (
            f"left:{css(field.box.left)};top:{css(top)};width:{css(field.box.width + field.tracking)};"
            f"text-align:{field.align};font:{face.weight} {css(setting.size)} '{face.family}';color:{colour};"
            f"letter-spacing:{css(field.tracking)}"
        )
        lines.append(f'<div class="oracle" style="{style}"><i></i>{html.escape(line)}</div>')
    return "".join(lines)


def _code(code: CodeField, payload: str) -> str:
    matrix = qr.matrix_by_library(payload, code.level) if code.kind == "qr" else _bars(code, payload)
    if not matrix:
        return ""
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    box = code.box
    return (
        f'<svg viewBox="0 0 {len(matrix[0])} {len(matrix)}" preserveAspectRatio="none" style="position:absolute;'
        f"left:{css(box.left)};top:{css(box.top)};width:{css(box.width)};height:{css(box.height)}"
        f'"><path d="{path}" fill="device-cmyk(0 0 0 100%)"/></svg>'
    )


def _bars(code: CodeField, payload: str) -> list[list[bool]]:
    """Bars as dark and light fields; of nothing none."""
    if not payload:
        return []
    columns, rows, data = linear.bitmap(code.kind, payload)
    size = len(data) // rows
    return [[bool(data[y * size + x // 8] >> (7 - x % 8) & 1) for x in range(columns)] for y in range(rows)]


def bare(template: Template) -> Template:
    """The template without grounds, seals and what is woven, as the oracle sets it."""
    from dataclasses import replace

    from pipeline.model.template import Ground, LeafTemplate

    def strip(side: Side) -> Side:
        return replace(side, ground=Ground(), seals=(), woven=())

    leaves = tuple(LeafTemplate(strip(leaf.front), leaf.back and strip(leaf.back)) for leaf in template.leaves)
    return replace(template, leaves=leaves)
