"""Guilloches, relief lines and the camouflage of a pantograph: formulas, seeds, what stays clear, and the tone."""

import math
import re
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.base.geometry import Box
from pipeline.base.problems import LayoutError
from pipeline.craft import camouflage, guilloche, relief
from pipeline.craft.channel import INK, printed
from pipeline.craft.line_work import guilloche_paths, nearest, relief_paths
from pipeline.craft.pantograph import pattern
from pipeline.craft.screens import gain_of
from pipeline.model.layout import PantographSpec
from pipeline.model.security import GuillocheSpec, ReliefSpec
from pipeline.office.shop import Shop
from tests.faces import typefaces
from tests.laid import laid
from tests.test_pantograph import in_word

SHOP = Shop()
HEIGHT = 60_000
FACE = "biz-ud-gothic-bold"
SHAPES = [("rosette", "epitrochoid"), ("rosette", "hypotrochoid"), ("band", "hypotrochoid"), ("frame", "hypotrochoid")]


def guilloche_of(shape: str, family: str = "hypotrochoid", **more: object) -> GuillocheSpec:
    box = {"left": "10mm", "top": "5mm", "width": "60mm", "height": "30mm"}
    return GuillocheSpec.model_validate({"shape": shape, "family": family, "box": box, "profile": "laser-600"} | more)


def points(paths: bytes) -> NDArray[np.int64]:
    return np.array([int(number) for number in re.findall(rb"-?\d+", paths)]).reshape(-1, 2)


def on_curves(curves: list[guilloche.Curve]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points of the Béziers themselves: their handles may stand off."""
    parts = np.array([curve[at : at + 4] for curve in curves for at in range(0, len(curve) - 1, 3)])
    t = np.linspace(0, 1, 9)
    weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3])
    x, y = np.einsum("wt,pwc->cpt", weights, parts)
    return x.ravel(), y.ravel()


@pytest.mark.parametrize(("shape", "family"), SHAPES)
def test_a_guilloche_is_the_issuer_s_own_and_stays_in_its_box(shape: str, family: str) -> None:
    spec = guilloche_of(shape, family)
    made = [guilloche_paths(spec, f"{seed} name", HEIGHT, ()) for seed in ("kyokai", "kyokai", "kenpo", "kyosai")]
    assert made[0] == made[1]
    assert len(set(made)) == 3
    x, y = on_curves(guilloche.curves(spec, "kyokai name"))
    box, half = spec.box.box, spec.line / 2
    assert box.left + half - 3 <= x.min() and x.max() <= box.right - half + 3
    assert box.top + half - 3 <= y.min() and y.max() <= box.bottom - half + 3
    wide, high = (box.height, box.height) if shape == "rosette" else (box.width, box.height)
    assert x.max() - x.min() > 0.9 * wide and y.max() - y.min() > 0.9 * high, "it fills its box"


@pytest.mark.parametrize(("shape", "family"), SHAPES)
def test_curves_are_closed_and_smooth(shape: str, family: str) -> None:
    """Where two Béziers meet, both have the formula's tangent; whatever goes round comes back."""
    curves = guilloche.curves(guilloche_of(shape, family), "kyokai")
    assert len(curves) == 6
    for curve in curves:
        joints = [(curve[n - 1], curve[n], curve[n + 1]) for n in range(3, len(curve) - 1, 3)]
        for before, at, after in joints:
            one, other = (np.subtract(at, before), np.subtract(after, at))
            assert np.allclose(one, other, atol=2.0), "a notch"
        if shape != "band":
            assert np.allclose(curve[0], curve[-1], atol=0.01)


def test_the_two_families_turn_their_loops_to_other_sides() -> None:
    """The heart of a hypotrochoid is crossed by nearly straight lines, that of an epitrochoid ringed by small loops."""
    turns = {}
    for family in ("epitrochoid", "hypotrochoid"):
        curve = np.array(guilloche.curves(guilloche_of("rosette", family), "kyokai")[0][::3])
        step = np.diff(curve, axis=0)
        bend = step[:-1, 0] * step[1:, 1] - step[:-1, 1] * step[1:, 0]
        turns[family] = (bend > 0).mean()
    assert turns["epitrochoid"] == 1 and turns["hypotrochoid"] < 0.2


@pytest.mark.parametrize("shape", ["rosette", "frame"])
def test_what_stays_clear_has_no_line(shape: str) -> None:
    spec, clear = guilloche_of(shape, line="0.2mm"), Box(38_000, 3_000, 12_000, 14_000)
    plain, cut = (points(guilloche_paths(spec, "kyokai", HEIGHT, boxes)) for boxes in ((), (clear,)))
    assert 0 < len(cut) < len(plain)
    kept = clear.grown(100)  # half the line's width

    def inside(some: NDArray[np.int64]) -> int:
        x, y = some[:, 0], HEIGHT - some[:, 1]
        return int(((x > kept.left) & (x < kept.right) & (y > kept.top) & (y < kept.bottom)).sum())

    assert inside(plain) and not inside(cut)


def relief_of(**more: object) -> ReliefSpec:
    box = {"left": "10mm", "top": "5mm", "width": "60mm", "height": "30mm"}
    given = {
        "word": "■",
        "typeface": FACE,
        "height": "12mm",
        "box": box,
        "step": "0.5mm",
        "raised": "0.2mm",
        "profile": "laser-600",
    }
    return ReliefSpec.model_validate(given | more)


def lines(spec: ReliefSpec) -> list[NDArray[np.float64]]:
    assert spec.box
    return [np.array(line) for line in relief.lines(spec, spec.box.box, typefaces()[spec.typeface].path)]


def test_relief_lines_are_straight_but_where_the_word_is() -> None:
    spec = relief_of()
    found = lines(spec)
    assert len(found) == 59, "one each half millimetre"
    # ■ stands in the middle 10 mm of its square
    for line in found:
        at = line[0, 1]
        assert np.allclose(line[[0, -1], 1], at), "from edge to edge"
        off = at - line[:, 1]
        assert off.min() >= -1 and off.max() <= 201
        if abs(at - 20_000) < 4_000:
            middle = np.interp(40_000, line[:, 0], off)
            assert middle == pytest.approx(200, abs=5), "raised as far as it says"
        if abs(at - 20_000) > 7_000:
            assert off.max() < 1 and len(line) == 2


@pytest.mark.parametrize("angle", [0, 30, -75])
def test_relief_lines_keep_their_distance(angle: float) -> None:
    spec = relief_of(word="原本", angle=angle)
    turn = np.radians(angle)
    rows = []
    grid = np.arange(-14_000, 14_000, 100)
    for line in lines(spec):
        x, y = line[:, 0] - 40_000, line[:, 1] - 20_000
        along, aside = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        rows.append(np.interp(grid, along, aside, left=np.nan, right=np.nan))
    gaps = np.diff(np.sort(np.array(rows), axis=0), axis=0)
    assert np.nanmin(gaps) >= nearest(spec) - 12, "what is told of a press is what is drawn"
    assert np.nanmin(gaps) < spec.step - 20, "and the lines are pushed aside"


def test_the_raised_part_is_the_word() -> None:
    """Against the word drawn by another library."""
    spec = relief_of(word="原本", step="0.4mm", raised="0.1mm")
    design = PantographSpec.model_validate(
        {"word": "原本", "typeface": FACE, "height": "12mm", "repeat": ["60mm", "30mm"], "profile": "laser-600"}
    )
    seen, truth = [], []
    for line in lines(spec):
        x = np.arange(28_500, 51_500, 250.0)
        at = np.full_like(x, line[0, 1])
        seen.append(line[0, 1] - np.interp(x, line[:, 0], line[:, 1]))
        truth.append(in_word(x - 28_000, at - 14_000, design, typefaces()[FACE].path))
    assert np.corrcoef(np.concatenate(seen), np.concatenate(truth))[0, 1] > 0.8


def test_a_relief_over_the_page_reaches_its_bleed_and_leaves_the_code_clear() -> None:
    spec, clear = relief_of(box=None), Box(30_000, 20_000, 10_000, 10_000)
    area = Box(-3_000, -3_000, 86_000, 46_000)
    face = typefaces()[FACE].path
    paths = relief_paths(spec, area, face, HEIGHT, (clear,))
    x, _ = points(paths).T
    assert x.min() == -2_950 and x.max() == 82_950
    whole = [part.split(b"\n")[:-1] for part in re.split(rb"(?m)^(?=\S+ \S+ m$)", paths) if part]
    for part in whole:
        ends = [points(line)[0] for line in part]
        for (x0, y0), (x1, y1) in pairwise(ends):
            touches = max(x0, x1) > clear.left and min(x0, x1) < clear.right
            assert not (touches and max(y0, y1) > HEIGHT - clear.bottom and min(y0, y1) < HEIGHT - clear.top)


# The camouflage.

DESIGN = PantographSpec.model_validate(
    {"word": "■", "typeface": FACE, "height": "20mm", "repeat": ["40mm", "40mm"], "profile": "laser-600", "camouflage": {}}
)
SIDE = 40_000


@cache
def dots(share: float, profile: str = "laser-600") -> NDArray[np.bool_]:
    press = SHOP.presses()[profile]
    hidden = DESIGN.camouflage.model_copy(update={"share": share}) if DESIGN.camouflage and share else None
    design = DESIGN.model_copy(update={"camouflage": hidden, "profile": profile})
    made = pattern(
        SIDE, 20_000, 0, "■", typefaces()[FACE].path, 20_000, (SIDE, SIDE), 0,
        camouflage.matched(press, design), press.dpi, camouflage.bare(design),
    )  # fmt: skip
    columns, rows = (math.ceil(edge * press.dpi / 25_400) for edge in (SIDE, 20_000))
    return laid(*made, columns, rows)


def areas(picture: NDArray[np.float32], dpi: int) -> tuple[float, float]:
    """The mean in the middle of the word, and beside it: nine whole bands high, one wave wide."""
    top, low, width = (round(edge * dpi / 25_400) for edge in (5_500, 14_500, 9_000))
    one, other = (round(edge * dpi / 25_400) for edge in (5_500, 25_500))
    return float(picture[top:low, one : one + width].mean()), float(picture[top:low, other : other + width].mean())


@pytest.mark.parametrize("share", [10.0, 20.0])
def test_a_camouflage_keeps_the_tone_of_both_areas(share: float) -> None:
    press = SHOP.presses()["laser-600"]
    plain, hidden = (dots(some).astype(np.float32) for some in (0.0, share))
    assert areas(hidden, press.dpi)[0] == pytest.approx(areas(plain, press.dpi)[0], rel=0.04), "as much ink in the word"
    seen = [np.where(some > 0, np.float32(INK), np.float32(1)) for some in (plain, hidden)]
    prints = [printed(some, press.dpi, gain_of(press)) for some in seen]
    (word, ground), (hidden_word, hidden_ground) = (areas(picture, dpi) for picture, dpi in prints)
    assert abs(word / ground - 1) <= 0.01 and abs(hidden_word / hidden_ground - 1) <= 0.01
    assert hidden_word == pytest.approx(word, abs=0.02), "as light as without"


def test_a_camouflage_leaves_bands_bare_in_both_areas_alike() -> None:
    assert DESIGN.camouflage
    wide = DESIGN.camouflage.model_copy(update={"share": 25.0})
    bare = camouflage.bare(DESIGN.model_copy(update={"camouflage": wide}))
    assert bare
    pitch = 25_400 / 600
    y, x = (axis.ravel() for axis in np.mgrid[0:472, 0:944])
    there = bare(x * pitch / SIDE, y * pitch / SIDE).reshape(472, 944)
    assert there.mean() == pytest.approx(0.25, abs=0.01)
    narrower = np.logical_and.reduce([np.roll(there, (down, right), (0, 1)) for down in (-4, 0, 4) for right in (-3, 0, 3)])
    inked = dots(25.0)[:472, :944]
    assert narrower.any() and not inked[narrower].any(), "no dot reaches into the middle of a band"
    for half in (np.s_[:, :472], np.s_[:, 472:]):
        assert narrower[half].any() and inked[half][~there[half]].any()


def test_a_camouflage_that_makes_the_tone_unmatchable_is_refused() -> None:
    press = SHOP.presses()["laser-600"]
    dark = press.model_copy(update={"coarse": press.coarse.model_copy(update={"tone": 60.0})})
    assert DESIGN.camouflage
    design = DESIGN.model_copy(update={"camouflage": DESIGN.camouflage.model_copy(update={"share": 30.0})})
    with pytest.raises(LayoutError) as refused:
        camouflage.matched(dark, design)
    assert [problem.code for problem in refused.value.problems] == ["press-tone-unmatchable"]
