"""The pantograph of the shipped layouts on finished pages, to the dot: the word, what stays clear, and nothing else."""

import math
from io import BytesIO

import numpy as np
import pikepdf
import pytest

from pipeline.base.geometry import Box
from pipeline.model.layout import PantographSpec
from pipeline.model.template import Ground, Side, Template
from pipeline.office.proof import Proof, proof
from tests.copied import piece
from tests.faces import typefaces
from tests.laid import laid
from tests.orders import DAY
from tests.test_pantograph import PROFILES, SHOP, Bits, Made, has_the_word, shipped

OFF = (0.0, 0.3, 0.5)  # device dots off the grid


def test_the_shipped_layouts_have_their_word() -> None:
    """A layout's pattern is the same for every issuer, so it is looked at once."""
    known: dict[str, Ground] = {}
    for name, issuer, leaf, side in shipped():
        template, layout = SHOP.template(name, issuer, DAY), SHOP.layout(name)
        ground = getattr(template.leaves[leaf], side).ground
        if name not in known:
            known[name] = ground
            design = getattr(layout.leaves[leaf], side).pantograph
            has_the_word(page_of(ground, template), design, typefaces()[design.typeface].path, design.profile)
        one = known[name]
        assert (ground.mask, ground.mask_size, ground.mask_places) == (one.mask, one.mask_size, one.mask_places)
    assert known


def test_what_the_shipped_layouts_keep_clear_is_clear_on_the_page() -> None:
    assert shipped()
    for name, issuer, number, side in shipped():
        layout = SHOP.layout(name)
        if number or side == "back":
            continue
        design = layout.leaves[0].front.pantograph
        assert design and design.clear
        page, dpi = proof(name, issuer, "", DAY, SHOP), PROFILES[design.profile].dpi
        bare = without_pantograph(page)
        dot = 25_400 // dpi + 1  # a piece begins on a whole dot
        for clear in _clear_boxes(SHOP.template(name, issuer, DAY).leaves[0].front, design):
            within = clear.grown(-dot)
            for shift in OFF:
                assert (piece(page, within, dpi, shift=shift) == piece(bare, within, dpi, shift=shift)).all(), shift
            around = clear.grown(500)
            assert (piece(page, around, dpi) != piece(bare, around, dpi)).any(), "dots begin close by"


def test_the_page_has_the_dots_of_the_pattern_and_no_others() -> None:
    """On the device grid to the dot; off it the tone stays."""
    name, issuer, *_ = shipped()[0]
    template, page = SHOP.template(name, issuer, DAY), proof(name, issuer, "", DAY, SHOP)
    ground, bleed = template.leaves[0].front.ground, template.bleed
    bare, whole = without_pantograph(page), Box(0, 0, template.width, template.height).grown(bleed - 100)
    seen = [
        (piece(page, whole, ground.mask_dpi, shift=shift) != piece(bare, whole, ground.mask_dpi, shift=shift)).any(-1)
        for shift in OFF
    ]
    white = piece(bare, whole, ground.mask_dpi)
    of = page_of(ground, template)
    first = round(100 / of.pitch)
    dots = of.dots[first : first + seen[0].shape[0], first : first + seen[0].shape[1]]
    kept = np.zeros_like(dots)
    for box in ground.mask_clear:
        covered(Made(kept, of.pitch), box.grown(50), bleed - 100)[:] = True
    assert not (seen[0] & ~dots).any()
    free = (white == white[5, 5]).all(-1) & ~kept
    assert free.mean() > 0.6 and (seen[0] == dots)[free].all()
    for other in seen[1:]:
        assert other.sum() == pytest.approx(seen[0].sum(), rel=0.01)


def without_pantograph(made: Proof) -> Proof:
    """The same piece without its pantograph."""
    file = BytesIO()
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream) and thing.get("/ImageMask"):
                thing.write(bytes(len(thing.read_bytes())))
        pdf.save(file)
    return made._replace(pdf=file.getvalue())


def page_of(ground: Ground, template: Template) -> Made:
    """The dots of a template's pattern over its bleed box."""
    pitch = 25_400 / ground.mask_dpi
    columns, rows = (math.ceil((edge + 2 * template.bleed) / pitch) for edge in (template.width, template.height))
    return Made(laid(ground.mask, ground.mask_size, ground.mask_places, columns, rows), pitch)


def covered(of: Made, box: Box, bleed: int) -> Bits:
    """The dots that touch a box, µm from the trim's corner."""
    first_row, first_column = (max(0, math.floor((edge + bleed) / of.pitch)) for edge in (box.top, box.left))
    rows, columns = (math.ceil((edge + bleed) / of.pitch) for edge in (box.bottom, box.right))
    return of.dots[first_row:rows, first_column:columns]


def _clear_boxes(side: Side, design: PantographSpec) -> list[Box]:
    boxes = {field.name: field.box for field in (*side.texts, *side.seals) if field.name in design.clear}
    for code in side.codes:
        assert code.name in design.clear, "a code over dots may not be read"
        boxes[code.name] = code.box.grown(4 * code.box.width // 33)  # modules of the version 4 symbol that the payload makes
    assert boxes.keys() == set(design.clear)
    return list(boxes.values())
