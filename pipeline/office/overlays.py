"""What the designer's page can lay over a print: trim, safe area, boxes with their names, baselines, quiet zones.

All from the compiled template and the filled document, so that a line stands where the press would put the ink. Boxes
are µm from the page's top left corner; a page is the piece with its bleed.
"""

from typing import NamedTuple

from pipeline.base.geometry import Box
from pipeline.craft import qr
from pipeline.model.document import Document
from pipeline.model.layout import CodeSpec, Layout, SideSpec
from pipeline.model.template import CodeField, Side, Template, TextField

_CODES = {"qr": "2D コード", "customer-barcode": "カスタマバーコード", "nw7": "NW-7"}


class Overlay(NamedTuple):
    """One box or, without height, one line. `kind` is what it is switched on by, `label` what stands at it."""

    kind: str
    box: Box
    label: str = ""


def overlays(layout: Layout, template: Template, leaf: int, surface: int, document: Document) -> list[Overlay]:
    """The overlays of one side of one of a document's leaves."""
    side = template.leaves[leaf].sides[surface]
    bleed, page = template.bleed, layout.page
    trim = Box(bleed, bleed, template.width, template.height)
    found = [Overlay("bleed", trim.grown(bleed)), Overlay("trim", trim), Overlay("safe", trim.grown(-page.safe))]
    spec = layout.leaves[leaf].back if surface else layout.leaves[leaf].front
    texts, codes = _before(template, leaf, surface)
    for n, field in enumerate(side.texts):
        box = _moved(field.box, bleed)
        found.append(Overlay("field", box, _label(field, layout)))
        found += _baselines(field, document.texts[texts + n], document.settings[texts + n], box)
    for n, code in enumerate(side.codes):
        box = _moved(code.box, bleed)
        found.append(Overlay("field", box, layout.terms.get(code.name, _CODES[code.kind])))
        if spec and code.kind == "qr":
            found.append(Overlay("quiet", box.grown(_quiet(code, spec, document.payloads[codes + n])), code.name))
    found += [Overlay("field", _moved(seal.box, bleed), layout.terms.get(seal.name, "公印")) for seal in side.seals]
    return found


def _label(field: TextField, layout: Layout) -> str:
    """What a field is called; of a repeated one only the first, as the others stand right under it."""
    name, _, row = field.name.rpartition(".")
    if not row.isdigit():
        return layout.terms.get(field.name, field.name)
    return layout.terms.get(name, name) if row == "1" else ""


def _before(template: Template, leaf: int, surface: int) -> tuple[int, int]:
    """How many texts and codes of a document stand before this side's."""
    sides: list[Side] = [side for one in template.leaves[:leaf] for side in one.sides]
    sides += template.leaves[leaf].sides[:surface]
    return sum(len(side.texts) for side in sides), sum(len(side.codes) for side in sides)


def _baselines(field: TextField, text: str, number: int, box: Box) -> list[Overlay]:
    if not text:
        return []
    setting = field.settings[number]
    first = box.top + setting.baseline
    lines = range(text.count("\n") + 1)
    return [Overlay("baseline", Box(box.left, first + line * setting.leading, box.width, 0)) for line in lines]


def _quiet(code: CodeField, spec: SideSpec, payload: str) -> int:
    """The quiet zone's width, µm: as many modules as the layout keeps free."""
    asked: CodeSpec = spec.codes[code.name]
    return asked.quiet * code.box.width // qr.size(payload, code.level_of(payload))


def _moved(box: Box, by: int) -> Box:
    return box._replace(left=box.left + by, top=box.top + by)
