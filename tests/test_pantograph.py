"""The void pantograph: the word in coarse dots, the ground in fine dots, and what is refused.

The word's shape is drawn here by another library, the tones are counted dot by dot. What eye and copiers make of it is
`test_copies`; the finished pages are looked at in `test_pantograph_pages`.
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

from pipeline.base.problems import LayoutError
from pipeline.craft.pantograph import pattern
from pipeline.craft.screens import Screens, matched
from pipeline.craft.specs import read_layout
from pipeline.model.layout import PantographSpec
from pipeline.office.shop import Shop
from tests.faces import typefaces
from tests.laid import laid

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


def drawn(size: tuple[int, int, int], step: tuple[int, int], angle: float, profile: str, text: str, high: int) -> Made:
    """The dots of a page of some width, height and bleed."""
    path, dpi = typefaces()[FACE].path, PROFILES[profile].dpi
    columns, rows = (math.ceil((edge + 2 * size[2]) * dpi / 25_400) for edge in size[:2])
    return Made(laid(*pattern(*size, text, path, high, step, angle, screens(profile), dpi), columns, rows), 25_400 / dpi)


@cache
def made(profile: str, angle: float = 30) -> Made:
    return drawn((WIDTH, HEIGHT, BLEED), STEP, angle, profile, WORD, WORD_HEIGHT)


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
    """Whether points of the bleed box (µm) lie in the repeated word, as the layout describes it, its steps in whole cells."""
    shape = word(spec.word, path)
    scale, turn = shape.shape[0] / spec.height, math.radians(spec.angle)
    turned = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    process = PROFILES[spec.profile]
    cell = np.array([process.fine.cell[0], 2 * process.fine.cell[1]]) * 25_400 / process.dpi
    steps = np.round(np.array([[spec.repeat[0], 0], [spec.repeat[0] / 2, spec.repeat[1]]]) @ turned / cell) * cell
    points = np.stack([x, y], axis=1)
    along, down = (points @ np.linalg.inv(steps)).T
    row = np.floor(down)
    word_of = np.stack([np.floor(along + (down - row) / 2), row], axis=1)
    column, line = np.floor((points - word_of @ steps) @ turned.T * scale).astype(int).T
    there = (line >= 0) & (line < shape.shape[0]) & (column >= 0) & (column < shape.shape[1])
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
def test_the_same_input_gives_the_same_dots(profile: str) -> None:
    face = typefaces()[FACE].path
    given = (WIDTH, HEIGHT, BLEED, WORD, face, WORD_HEIGHT, STEP, 30, screens(profile), PROFILES[profile].dpi)
    one, other = (pattern(*given) for _ in range(2))
    assert one == other
    assert len(one.mask) == one.size[1] * math.ceil(one.size[0] / 8)


# Steps that lie across, upright, long and slanting: the masks' shape is another for each.
STEPS = [((26_000, 13_000), 0), ((26_000, 13_000), 30), ((26_000, 13_000), -45), ((90_000, 10_000), 75), ((19_000, 60_000), 90)]


@pytest.mark.parametrize(("step", "angle", "profile"), [(*step, "laser-600") for step in STEPS] + [(*STEPS[3], "offset-2400")])
def test_the_masks_fill_the_page(step: tuple[int, int], angle: float, profile: str) -> None:
    """A gap would be a blank wider than the cells of the two screens."""
    ink = drawn((WIDTH, HEIGHT, BLEED), step, angle, profile, WORD, WORD_HEIGHT).dots
    wide, high = (max(edges) for edges in zip(*(screen[:2] for screen in screens(profile)), strict=True))
    sums = np.pad(ink.astype(np.int32), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    wide, high = wide * 3 // 2, high * 5 // 2
    boxes = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    assert boxes.min() > 0, np.argwhere(boxes == 0)[0]


@cache
def tones(profile: str) -> tuple[float, float]:
    """The share of inked dots in the middle of a word that is one black square, and in the ground beside it."""
    face = typefaces()[FACE].path
    spec = SPEC.model_copy(update={"word": "■", "height": 20_000, "repeat": (40_000, 40_000), "angle": 0, "profile": profile})
    of = drawn((40_000, 20_000, 0), (40_000, 40_000), 0, profile, "■", 20_000)
    corners = np.array([(x, y) for x in (6_000.0, 14_000.0) for y in (6_000.0, 14_000.0)])
    assert in_word(*corners.T, spec, face).all()
    assert not in_word(corners[:, 0] + 18_000, corners[:, 1], spec, face).any()
    first, right, edge = (round(length / of.pitch) for length in (6_000, 18_000, 8_000))
    boxes = [
        (first + across, edge // (8 * screen.height) * 8 * screen.height, edge // (8 * screen.width) * 8 * screen.width)
        for across, screen in zip((0, right), screens(profile), strict=True)
    ]
    coarse, fine = (of.dots[first : first + rows, left : left + columns].mean() for left, rows, columns in boxes)
    return float(coarse), float(fine)


@pytest.mark.parametrize("profile", PROFILES)
def test_both_areas_have_the_tone_of_their_screen(profile: str) -> None:
    assert tones(profile) == pytest.approx((screens(profile).coarse.tone, screens(profile).fine.tone), rel=TONE)


@pytest.mark.parametrize("angle", [0, 30])
@pytest.mark.parametrize("profile", ["laser-600", "laser-1200"])
def test_the_coarse_dots_are_the_word(profile: str, angle: float) -> None:
    of = made(profile, angle)
    spec, path = SPEC.model_copy(update={"angle": angle, "profile": profile}), typefaces()[FACE].path
    has_the_word(of, spec, path, profile)
    y, x = np.mgrid[0 : of.dots.shape[0] : 4, 0 : of.dots.shape[1] : 4]
    share = in_word(x.ravel() * of.pitch, y.ravel() * of.pitch, spec, path).mean()
    counted = (of.dots.mean() - screens(profile).fine.tone) / (screens(profile).coarse.tone - screens(profile).fine.tone)
    assert counted == pytest.approx(share, abs=0.04)  # a tone comes in steps of 1/64 dot


def has_the_word(of: Made, spec: PantographSpec, path: Path, profile: str) -> None:
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
    assert [(x, y) for x, y in within if not coarse[y - cell : y + cell, x - cell : x + cell].any()] == []


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


# What is refused.


def refusal(**changes: object) -> tuple[str, dict[str, object]]:
    given = {
        "width": WIDTH, "height": HEIGHT, "bleed": BLEED, "word": WORD, "typeface": typefaces()[FACE].path,
        "word_height": WORD_HEIGHT, "repeat": STEP, "angle": 0, "screens": screens("laser-600"), "dpi": 600,
    }  # fmt: skip
    with pytest.raises(LayoutError) as refused:
        pattern(**(given | changes))  # type: ignore[arg-type]
    (problem,) = refused.value.problems
    return problem.code, dict(problem.values)


def test_a_profile_nobody_knows_is_refused(tmp_path: Path) -> None:
    name = next(name for name in SHOP.documents() if "profile: laser-1200" in _yaml(name).read_text("utf-8"))
    folder = tmp_path / "documents" / name
    folder.mkdir(parents=True)
    shutil.copytree(SHOP.root / "layouts" / "press-profiles", tmp_path / "press-profiles")
    text = _yaml(name).read_text("utf-8")
    (folder / "layout.yaml").write_text(text.replace("profile: laser-1200", "profile: laser-300"), "utf-8")
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
