"""The void pantograph: the word in coarse dots, the ground in fine dots, what stays clear, and what is refused.

The word's shape is drawn here by another library, the tones are counted dot by dot. What eye and copiers make of it is
`test_copies`.
"""

import math
import shutil
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipeline.base.geometry import Box
from pipeline.base.problems import LayoutError
from pipeline.craft.pantograph import mask
from pipeline.craft.screens import Screens, matched
from pipeline.craft.specs import read_layout
from pipeline.model.layout import PantographSpec, SideSpec
from pipeline.model.template import Side
from pipeline.office.shop import Shop
from tests.faces import typefaces
from tests.orders import DAY

SHOP = Shop()
PROFILES = SHOP.presses()
WORD, FACE, WORD_HEIGHT, STEP = "複写", "biz-ud-gothic-bold", 9_000, (26_000, 13_000)
WIDTH, HEIGHT, BLEED = 45_000, 30_000, 3_000
TONE = 0.02  # share of the tone
Bits = NDArray[np.bool_]


def screens(profile: str) -> Screens:
    return matched(PROFILES[profile], profile)


class Made(NamedTuple):
    """A mask as dots: rows and columns, and how many µm a dot is."""

    dots: Bits
    pitch: float


def unpacked(data: bytes, size: tuple[int, int], dpi: int) -> Made:
    columns, rows = size
    bits = np.unpackbits(np.frombuffer(data, np.uint8).reshape(rows, -1), axis=1)
    assert not bits[:, columns:].any(), "ink in the padding"
    return Made(bits[:, :columns].astype(bool), 25_400 / dpi)


@cache
def made(profile: str, angle: float = 30, clear: tuple[Box, ...] = ()) -> Made:
    face = typefaces()[FACE].path
    return unpacked(
        *mask(WIDTH, HEIGHT, BLEED, WORD, face, WORD_HEIGHT, STEP, angle, screens(profile), PROFILES[profile].dpi, clear),
        PROFILES[profile].dpi,
    )


@cache
def word(name: str, path: Path) -> Bits:
    """The word drawn by FreeType, 400 dots to the em, its line as high as the em."""
    em = 400
    font = ImageFont.truetype(str(path), em)
    ascent, descent = font.getmetrics()
    assert abs(ascent + descent - em) <= 2
    picture = Image.new("1", (round(font.getlength(name)), em))
    ImageDraw.Draw(picture).text((0, ascent), name, font=font, fill=1, anchor="ls")
    return np.asarray(picture)


def in_word(x: NDArray[np.float64], y: NDArray[np.float64], spec: PantographSpec, path: Path) -> Bits:
    """Whether points of the bleed box (µm) lie in the repeated word, as the layout describes it."""
    shape = word(spec.word, path)
    turn = math.radians(spec.angle)
    along, down = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    row = np.floor(down / spec.repeat[1])
    along = np.mod(along + (row % 2) * spec.repeat[0] / 2, spec.repeat[0])
    line = np.floor((down - row * spec.repeat[1]) * shape.shape[0] / spec.height).astype(int)
    column = np.floor(along * shape.shape[0] / spec.height).astype(int)
    there = (line < shape.shape[0]) & (column < shape.shape[1])
    return there & shape[np.where(there, line, 0), np.where(there, column, 0)]


def ring(points: NDArray[np.float64], reach: float, spec: PantographSpec, path: Path) -> tuple[Bits, Bits]:
    """Of points (x, y in µm): whether all, and whether any, of what lies about `reach` around is in the word."""
    turns = [math.radians(angle) for angle in range(0, 360, 30)]
    places = [
        (0.0, 0.0),
        *((reach * part * math.cos(turn), reach * part * math.sin(turn)) for turn in turns for part in (0.5, 1)),
    ]
    around = [in_word(points[:, 0] + right, points[:, 1] + down, spec, path) for right, down in places]
    return np.logical_and.reduce(around), np.logical_or.reduce(around)


def cores(of: Made, profile: str) -> Bits:
    """The dots that only a coarse dot can fill: squares of them too large for a fine dot."""
    fine = screens(profile).fine
    side = math.isqrt(math.ceil(fine.tone * fine.width * fine.height)) + 1
    found = np.ones_like(of.dots[side - 1 :, side - 1 :])
    for down in range(side):
        for right in range(side):
            found &= of.dots[down : down + found.shape[0], right : right + found.shape[1]]
    return np.pad(found, ((side // 2, side - 1 - side // 2),) * 2)


SPEC = PantographSpec(
    word=WORD,
    typeface=FACE,
    height="9mm",
    repeat=("26mm", "13mm"),
    angle=30,
    profile="laser-600",  # type: ignore[arg-type]
)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_input_gives_the_same_dots_in_the_size_of_the_bleed(profile: str) -> None:
    face = typefaces()[FACE].path
    dpi = PROFILES[profile].dpi
    some = [mask(WIDTH, HEIGHT, BLEED, WORD, face, WORD_HEIGHT, STEP, 30, screens(profile), dpi, ()) for _ in range(2)]
    assert some[0] == some[1]
    data, size = some[0]
    columns, rows = size
    assert [math.ceil((edge + 2 * BLEED) * dpi / 25_400) for edge in (WIDTH, HEIGHT)] == list(size)
    assert len(data) == rows * math.ceil(columns / 8)
    ink = unpacked(*some[0], dpi).dots
    cell = max(screens(profile).coarse.width, screens(profile).coarse.height)
    for edge in (ink[:cell], ink[-cell:], ink[:, :cell], ink[:, -cell:]):
        assert edge.any(), "the pattern reaches the bleed's edge"


@cache
def tones(profile: str) -> tuple[float, float]:
    """The share of inked dots in the middle of a word that is one black square, and in the ground beside it."""
    face, process = typefaces()[FACE].path, PROFILES[profile]
    spec = SPEC.model_copy(update={"word": "■", "height": 20_000, "repeat": (40_000, 40_000), "angle": 0})
    of = unpacked(
        *mask(40_000, 20_000, 0, "■", face, 20_000, (40_000, 40_000), 0, screens(profile), process.dpi, ()), process.dpi
    )
    corners = np.array([(x, y) for x in (6_000.0, 14_000.0) for y in (6_000.0, 14_000.0)])
    assert in_word(*corners.T, spec, face).all()
    assert not in_word(corners[:, 0] + 18_000, corners[:, 1], spec, face).any()
    first, last = (round(edge / of.pitch) for edge in (6_000, 14_000))
    right = round(18_000 / of.pitch)
    return float(of.dots[first:last, first:last].mean()), float(of.dots[first:last, first + right : last + right].mean())


@pytest.mark.parametrize("profile", PROFILES)
def test_both_areas_have_the_tone_of_their_screen(profile: str) -> None:
    assert tones(profile) == pytest.approx((screens(profile).coarse.tone, screens(profile).fine.tone), rel=TONE)


@pytest.mark.parametrize("angle", [0, 30])
@pytest.mark.parametrize("profile", ["laser-600", "laser-1200"])
def test_the_coarse_dots_are_the_word(profile: str, angle: float) -> None:
    of = made(profile, angle)
    spec, path = SPEC.model_copy(update={"angle": angle}), typefaces()[FACE].path
    _is_the_word(of, spec, path, profile)
    y, x = np.mgrid[0 : of.dots.shape[0] : 4, 0 : of.dots.shape[1] : 4]
    share = in_word(x.ravel() * of.pitch, y.ravel() * of.pitch, spec, path).mean()
    counted = (of.dots.mean() - screens(profile).fine.tone) / (screens(profile).coarse.tone - screens(profile).fine.tone)
    assert counted == pytest.approx(share, abs=0.04)  # a tone comes in steps of 1/64 dot


def _is_the_word(of: Made, spec: PantographSpec, path: Path, profile: str, clear: Bits | None = None) -> None:
    """Every coarse dot stands in the word's shape, and wherever the shape has room for a cell, there is one."""
    screen = screens(profile).coarse
    cell = max(screen.width, screen.height)
    coarse = cores(of, profile)
    found = np.argwhere(coarse)[:, ::-1]
    assert len(found) > 1_000
    assert ring((found + 0.5) * of.pitch, cell / 2 * of.pitch, spec, path)[1].all()
    y, x = np.mgrid[cell : of.dots.shape[0] - cell : cell // 2, cell : of.dots.shape[1] - cell : cell // 2]
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    within = points[ring(points * of.pitch, 0.75 * cell * of.pitch, spec, path)[0]]
    assert len(within) > 150
    empty = [(x, y) for x, y in within if not coarse[y - cell : y + cell, x - cell : x + cell].any()]
    assert [place for place in empty if clear is None or not clear[place[1], place[0]]] == []


@pytest.mark.parametrize("profile", PROFILES)
def test_a_clear_box_is_free_of_dots_to_the_dot(profile: str) -> None:
    boxes = (Box(7_003, 5_011, 12_345, 8_765), Box(-BLEED, 25_000, 9_999, 5_001), Box(40_000, 0, 1, 1))
    of = made(profile, 30, boxes)
    for box in boxes:
        assert not covered(of, box, BLEED).any()
        assert covered(made(profile), box.grown(500), BLEED).any()
    same = of.dots == made(profile).dots
    cell = max(screens(profile).coarse.width, screens(profile).coarse.height)
    for box in boxes:
        covered(Made(same, of.pitch), box.grown(round(cell * of.pitch)), BLEED)[:] = True
    assert same.mean() > 0.95, "elsewhere the dots are where they were, but for the sizes that alternate"


def covered(of: Made, box: Box, bleed: int) -> Bits:
    """The dots that touch a box, µm from the trim's corner."""
    first_row, first_column = (max(0, math.floor((edge + bleed) / of.pitch)) for edge in (box.top, box.left))
    rows, columns = (math.ceil((edge + bleed) / of.pitch) for edge in (box.bottom, box.right))
    return of.dots[first_row:rows, first_column:columns]


# What the layouts ship.


def shipped() -> list[tuple[str, str, int, str]]:
    """Document, issuer, leaf and side of every pantograph there is."""
    return [
        (name, issuer, number, side)
        for name in SHOP.documents()
        for issuer in SHOP.issuers()
        if name in SHOP.issuer(issuer).documents
        for number, leaf in enumerate(SHOP.layout(name).leaves)
        for side, spec in (("front", leaf.front), ("back", leaf.back))
        if spec and spec.pantograph
    ]


def test_what_the_shipped_layouts_keep_clear_is_clear() -> None:
    assert shipped()
    for one in shipped():
        _is_clear(*one)


def _is_clear(name: str, issuer: str, leaf: int, side: str) -> None:
    template, layout = SHOP.template(name, issuer, DAY), SHOP.layout(name)
    compiled: Side = getattr(template.leaves[leaf], side)
    spec: SideSpec = getattr(layout.leaves[leaf], side)
    design = spec.pantograph
    assert design is not None
    of = unpacked(compiled.ground.mask, compiled.ground.mask_size, PROFILES[design.profile].dpi)
    trim = (template.height + 2 * template.bleed, template.width + 2 * template.bleed)
    assert [math.ceil(edge / of.pitch) for edge in trim] == list(of.dots.shape)
    boxes = {field.name: field.box for field in (*compiled.texts, *compiled.seals) if field.name in design.clear}
    for code in compiled.codes:
        assert code.name in design.clear, "a code over dots may not be read"
        quiet = 4 * code.box.width // 33  # modules of the version 4 symbol that the payload makes
        boxes[code.name] = code.box.grown(quiet)
    assert boxes.keys() == set(design.clear)
    for clear, box in boxes.items():
        assert not covered(of, box, template.bleed).any(), clear
    kept = np.zeros_like(of.dots)
    for box in boxes.values():
        covered(Made(kept, of.pitch), box.grown(500), template.bleed)[:] = True
    _is_the_word(of, design, typefaces()[design.typeface].path, design.profile, kept)


# What is refused.


def refusal(**changes: object) -> tuple[str, dict[str, object]]:
    given = {
        "width": WIDTH, "height": HEIGHT, "bleed": BLEED, "word": WORD, "typeface": typefaces()[FACE].path,
        "word_height": WORD_HEIGHT, "repeat": STEP, "angle": 0, "screens": screens("laser-600"), "dpi": 600, "clear": (),
    }  # fmt: skip
    with pytest.raises(LayoutError) as refused:
        mask(**(given | changes))  # type: ignore[arg-type]
    (problem,) = refused.value.problems
    return problem.code, dict(problem.values)


def test_a_profile_nobody_knows_is_refused(tmp_path: Path) -> None:
    name = next(name for name in SHOP.documents() if "profile: laser-600" in _yaml(name).read_text("utf-8"))
    folder = tmp_path / "documents" / name
    folder.mkdir(parents=True)
    shutil.copytree(SHOP.root / "layouts" / "press-profiles", tmp_path / "press-profiles")
    text = _yaml(name).read_text("utf-8")
    (folder / "layout.yaml").write_text(text.replace("profile: laser-600", "profile: laser-300"), "utf-8")
    with pytest.raises(LayoutError) as refused:
        read_layout(folder)
    assert ("layout-unknown-name", "laser-300") in {(p.code, p.values.get("name")) for p in refused.value.problems}


def _yaml(name: str) -> Path:
    return SHOP.root / "layouts" / "documents" / name / "layout.yaml"


@pytest.mark.parametrize("bad", ["複\U0001f600", "", "\u3000"])
def test_a_word_that_cannot_be_set_is_refused(bad: str) -> None:
    assert refusal(word=bad)[0] == "pantograph-no-glyph"


def test_a_word_without_room_is_refused_not_cut() -> None:
    for step in ((17_999, 13_000), (26_000, 8_999)):
        assert refusal(repeat=step)[0] == "pantograph-no-room"
    code, values = refusal(word_height=0)
    assert (code, values["key"]) == ("spec-out-of-range", "height")
