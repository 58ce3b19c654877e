"""Free pieces of finished pages: every shipped pantograph on every shipped press, as device dots of the final PDF."""

import math
from collections.abc import Iterator
from datetime import date
from functools import cache
from io import BytesIO
from itertools import product
from typing import NamedTuple

import numpy as np

from pipeline.base.geometry import Box
from pipeline.craft import channel
from pipeline.craft.channel import EYE_DPI, Picture
from pipeline.craft.screens import gain_of
from pipeline.model.layout import Layout, PantographSpec
from pipeline.model.template import Template
from pipeline.office.materials import load
from pipeline.office.proof import Proof, filled_sample, sample_members
from pipeline.office.shop import Shop
from pipeline.stages.compile import Kept, compile_layout
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.stamp import stamp
from tests.copied import Bits, linear, piece
from tests.faces import typefaces
from tests.orders import DAY
from tests.test_pantograph import in_word, shipped, word

QUICK = 1200  # dots to the inch that the tests print in; `make proof` prints in `channel.FINEST`
SIZE = 20_000  # µm: a stroke of the largest word and the ground about it
_NEAR = 6  # dots at `EYE_DPI`: ink spreads, and readers blur
_ABOUT = 1_000  # µm about a word
_KEPT = Kept()


class Case(NamedTuple):
    """A shipped pantograph, for an issuer, on a press."""

    document: str
    issuer: str
    profile: str

    @property
    def own(self) -> bool:
        """Whether it is the press that the layout names."""
        return design(self.document).profile == self.profile


class Specimen(NamedTuple):
    """A piece of a page in device dots (reflectances), where it has nothing but pattern, and the word there."""

    dots: Picture
    dpi: int
    free: Bits
    shape: Bits


class Lettering(NamedTuple):
    """A piece with a whole word in device dots, where the word begins (along and across its lines, µm), its size and angle."""

    dots: Picture
    dpi: int
    corner: tuple[float, float]
    size: tuple[float, float]
    angle: float


class _Shop(Shop):
    """A shop that sets a page once, whatever press its pantograph is for."""

    def compiled(self, document: str, issuer_id: str, day: date, kept: Kept | None = None) -> Template:
        return super().compiled(document, issuer_id, day, kept or _KEPT)


class _Blank(Shop):
    """A shop whose layouts have a ground and a pantograph, and nothing else."""

    def template(self, document: str, issuer_id: str, day: date) -> Template:
        layout, issuer = self.layout(document), self.issuer(issuer_id)
        (leaf,) = layout.leaves
        assets = {leaf.front.artwork: b"<!doctype html><title>-</title>"}
        faces = self.typefaces()
        self.confine_fonts()
        return compile_layout(document, layout, assets, issuer_id, issuer, {}, faces, day, self.presses(), _KEPT)


SHOP = _Shop()
PRESSES = SHOP.presses()


def cases() -> list[Case]:
    """Every shipped pantograph for every issuer on every press."""
    return [Case(document, issuer, profile) for document, issuer, _, _ in shipped() for profile in PRESSES]


def design(document: str) -> PantographSpec:
    """A layout's pantograph."""
    (found,) = (side.pantograph for leaf in SHOP.layout(document).leaves for side in leaf.sides if side.pantograph)
    return found


@cache
def page(document: str, issuer: str, profile: str) -> Proof:
    """The finished page with its pantograph for a press; without any, if none is named."""
    shop = _Shop()
    spec = design(document).model_copy(update={"profile": profile}) if profile else None
    shop._layouts[document] = _with(shop.layout(document), spec)
    return _printed(document, issuer, shop)


def _printed(document: str, issuer: str, shop: Shop) -> Proof:
    """The first sample's document as a lot prints it."""
    materials = load(shop, issuer, DAY, [document], office=True)
    kind = materials.kinds[document]
    filled = filled_sample(materials, document, "", DAY, sample_members(shop, issuer))
    stamped, places = stamp([filled], kind.template, shop.typefaces()), slots(kind.design)
    sheets = impose(len(stamped.leaves), kind.design)
    slug = Slug("specimen", DAY.isoformat(), len(sheets), kind.template.fingerprint)
    file = BytesIO()
    plate(file, stamped, sheets, places, kind.template, kind.design, kind.conditions, shop.typefaces(), slug)
    return Proof(file.getvalue(), (places[0].on(0),), kind.design.piece.bleed)


def _with(layout: Layout, spec: PantographSpec | None) -> Layout:
    first, *others = layout.leaves
    front = first.front.model_copy(update={"pantograph": spec})
    return layout.model_copy(update={"leaves": (first.model_copy(update={"front": front}), *others)})


@cache
def lettering(case: Case) -> Lettering:
    """A whole word as the finished page has it, on a page of the layout with nothing above it but one field elsewhere."""
    shop, spec, dpi = _Blank(), design(case.document), PRESSES[case.profile].dpi
    layout = shop.layout(case.document)
    kept = dict(list(layout.leaves[0].front.fields.items())[:1])
    nothing: dict[str, object] = {"fields": kept, "codes": {}, "seals": {}, "plates": {}}
    bare = {"pantograph": spec.model_copy(update={"profile": case.profile, "clear": ()})}
    front = layout.leaves[0].front.model_copy(update=nothing | bare)
    leaf = layout.leaves[0].model_copy(update={"front": front, "back": None})
    shop._layouts[case.document] = layout.model_copy(update={"leaves": (leaf,)})
    made = _printed(case.document, case.issuer, shop)
    rows, columns = word(spec.word, typefaces()[spec.typeface].path).shape
    size = spec.height * columns / rows, float(spec.height)
    (above,) = (field.box.box for field in kept.values())
    box, corner = next(place for place in _whole_words(spec, size, made) if not place[0].overlaps(above))
    return Lettering(linear(piece(made, box, dpi)), dpi, corner, size, spec.angle)


def _whole_words(spec: PantographSpec, size: tuple[float, float], made: Proof) -> Iterator[tuple[Box, tuple[float, float]]]:
    """Boxes about words that are whole on the page, and the words' corners in the turned lines that begin at the box."""
    turn = math.radians(spec.angle)
    cosine, sine = math.cos(turn), math.sin(turn)
    for row, column in product(range(-40, 40), repeat=2):
        along, down = (column - row % 2 / 2) * spec.repeat[0], row * spec.repeat[1]
        ends = [(along + right, down + below) for right in (-_ABOUT, size[0] + _ABOUT) for below in (-_ABOUT, size[1] + _ABOUT)]
        across = [x * cosine + y * sine - made.bleed for x, y in ends]
        high = [y * cosine - x * sine - made.bleed for x, y in ends]
        left, top = (math.floor(min(places) * EYE_DPI / 25_400) * 25_400 / EYE_DPI for places in (across, high))
        box = Box(round(left), round(top), math.ceil(max(across) - left), math.ceil(max(high) - top))
        if box.left >= 0 and box.right <= made.trims[0].width and box.top >= 0 and box.bottom <= made.trims[0].height:
            x, y = left + made.bleed, top + made.bleed
            yield box, (along - x * cosine + y * sine, down - x * sine - y * cosine)


@cache
def _freest(document: str, issuer: str) -> tuple[Box, Bits]:
    """The box of `SIZE` that has the least in it, and where it is free, at `EYE_DPI`."""
    made = page(document, issuer, "")
    whole = piece(made, Box(0, 0, made.trims[0].width, made.trims[0].height), EYE_DPI, smooth=True).astype(int)
    colours, counts = np.unique(whole.reshape(-1, 3), axis=0, return_counts=True)
    free = (np.abs(whole - colours[counts.argmax()]) < 3).all(-1)
    for axis in (0, 1):
        free = np.logical_and.reduce([np.roll(free, step, axis) for step in range(-_NEAR, _NEAR + 1)])
    sums = np.pad(free.astype(int), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    edge = SIZE * EYE_DPI // 25_400
    inside = sums[edge:, edge:] - sums[:-edge, edge:] - sums[edge:, :-edge] + sums[:-edge, :-edge]
    top, left = np.unravel_index(inside.argmax(), inside.shape)
    box = Box(int(left) * 25_400 // EYE_DPI, int(top) * 25_400 // EYE_DPI, SIZE, SIZE)
    return box, free[top : top + edge, left : left + edge]


@cache
def specimen(case: Case) -> Specimen:
    """The freest piece of a page."""
    made, dpi = page(*case), PRESSES[case.profile].dpi
    spec = design(case.document).model_copy(update={"profile": case.profile})  # whose cells the word's steps are whole of
    box, free = _freest(case.document, case.issuer)
    y, x = (np.mgrid[: free.shape[0], : free.shape[1]] + 0.5) * 25_400 / EYE_DPI
    at = [points.ravel() + start + made.bleed for points, start in ((x, box.left), (y, box.top))]
    shape = in_word(*at, spec, typefaces()[spec.typeface].path).reshape(free.shape)
    return Specimen(linear(piece(made, box, dpi)), dpi, free, shape)


@cache
def print_of(case: Case, share: float = 1.0, finest: int = QUICK) -> tuple[Picture, int]:
    """A specimen as printed, the press's gain off by a share."""
    of = specimen(case)
    return channel.printed(of.dots, of.dpi, gain_of(PRESSES[case.profile]).off(share), finest)


def chosen(modes: list[str]) -> Iterator[tuple[Case, list[str]]]:
    """Every case, each with two of the modes, so that every press and every layout meets every mode."""
    for number, case in enumerate(cases()):
        start = 2 * (number // len(PRESSES)) + 3 * (number % len(PRESSES))
        yield case, [modes[(start + step) % len(modes)] for step in range(2)]
