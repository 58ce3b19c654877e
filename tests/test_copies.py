"""The pantograph, proven on finished pages: alike to the eye in the original, the word in every copy it is meant for.

A piece of the final PDF's page, drawn at device resolution by the checker's renderer, goes through the channel: printer, paper
and eye; scanner, copier, toner and eye. The word's shape is drawn here, by another library.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from pipeline.base.geometry import Box
from pipeline.craft.channel import EYE_DPI, Picture, printed, seen
from pipeline.craft.copiers import COPIERS, copied
from pipeline.craft.screens import gain_of, matched, reflectance
from pipeline.model.layout import PantographSpec
from pipeline.office import copiers
from pipeline.office.proof import proof, prove_copied
from pipeline.office.shop import Shop
from tests.copied import Bits, Seen, judged, linear, piece, without_pantograph
from tests.faces import typefaces
from tests.orders import DAY
from tests.test_pantograph import SHOP, in_word, shipped

SIZE = 20_000
PROFILES = SHOP.presses()
SHORT = ["text-300", "mixed-400", "colour-600"]
SHOWING = [name for name, copier in COPIERS.items() if copier.mode.shows]
SILENT = [name for name, copier in COPIERS.items() if not copier.mode.shows]


class Page(NamedTuple):
    """A piece of a page in device dots (reflectances), its design, where it has nothing but pattern, and the word there."""

    dots: Picture
    design: PantographSpec
    free: Bits
    shape: Bits


def _cases() -> list[tuple[str, str, str]]:
    """Every shipped pantograph on its own press, and one card-like one on every other."""
    own = [
        (document, issuer, SHOP.layout(document).leaves[leaf].front.pantograph.profile)
        for document, issuer, leaf, _ in shipped()
    ]
    document, issuer, used = own[0]
    return own + [(document, issuer, name) for name in PROFILES if name != used]


WHOLE = [_cases()[0]]


@cache
def page(document: str, issuer: str, profile: str) -> Page:
    """The freest piece of the page."""
    shop = Shop()
    layout = shop.layout(document)
    (leaf,) = layout.leaves
    assert leaf.front.pantograph
    design = leaf.front.pantograph.model_copy(update={"profile": profile})
    front = leaf.front.model_copy(update={"pantograph": design})
    shop._layouts[document] = layout.model_copy(update={"leaves": (leaf.model_copy(update={"front": front}),)})
    made = proof(document, issuer, "", DAY, shop)
    whole = Box(0, 0, made.trims[0].width, made.trims[0].height)
    bare = piece(without_pantograph(made), whole, EYE_DPI)
    free = (np.abs(bare.astype(int) - bare[3, 3]) < 3).all(-1)
    box = _freest(free, whole)
    bare = piece(without_pantograph(made), box, PROFILES[profile].dpi)
    dots = piece(made, box, PROFILES[profile].dpi)
    fold = PROFILES[profile].dpi // EYE_DPI
    clean = (np.abs(bare.astype(int) - bare[:3, :3].max((0, 1))) < 3).all(-1)
    clean = clean[: clean.shape[0] // fold * fold, : clean.shape[1] // fold * fold]
    free = _shrunk(clean.reshape(clean.shape[0] // fold, fold, -1, fold).all((1, 3)), 6)
    y, x = (np.mgrid[: free.shape[0], : free.shape[1]] + 0.5) * 25_400 / EYE_DPI
    at = [points.ravel() + start + made.bleed for points, start in ((x, box.left), (y, box.top))]
    shape = in_word(at[0], at[1], design, typefaces()[design.typeface].path).reshape(free.shape)
    return Page(linear(dots), design, free, shape)


def _freest(free: Bits, whole: Box) -> Box:
    """The box of `SIZE` with the least in it."""
    sums = np.pad(free.astype(int), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    edge = SIZE * EYE_DPI // 25_400
    inside = sums[edge:, edge:] - sums[:-edge, edge:] - sums[edge:, :-edge] + sums[:-edge, :-edge]
    top, left = np.unravel_index(inside.argmax(), inside.shape)
    return Box(int(left) * 25_400 // EYE_DPI, int(top) * 25_400 // EYE_DPI, SIZE, SIZE)


def _shrunk(free: Bits, reach: int) -> Bits:
    """Without what is near to anything printed: ink spreads, and readers blur."""
    for axis in (0, 1):
        free = np.logical_and.reduce([np.roll(free, step, axis) for step in range(-reach, reach + 1)])
    return free


@cache
def _print(document: str, issuer: str, profile: str, share: float) -> tuple[Picture, int]:
    return printed(page(document, issuer, profile).dots, PROFILES[profile].dpi, gain_of(PROFILES[profile]).off(share))


def _judged(picture: Picture, of: Page) -> Seen:
    rows, columns = (min(a, b) for a, b in zip(picture.shape, of.free.shape, strict=True))
    return judged(picture[:rows, :columns], of.shape[:rows, :columns], of.free[:rows, :columns])


def _copy(case: tuple[str, str, str], share: float, copier: str) -> Seen:
    return _judged(seen(*copied(*_print(*case, share), COPIERS[copier])), page(*case))


@pytest.mark.parametrize("case", _cases(), ids="-".join)
def test_the_original_does_not_show_the_word(case: tuple[str, str, str]) -> None:
    of = page(*case)
    assert of.free.mean() > 0.3 and 0.05 < of.shape[of.free].mean() < 0.6, "enough of both areas"
    found = _judged(seen(*_print(*case, 1.0)), of)
    assert abs(found.weber) <= 0.01 and abs(found.correlation) < 0.35, found
    for share in (0.8, 1.2):
        assert abs(_judged(seen(*_print(*case, share)), of).weber) <= 0.03, share


@pytest.mark.parametrize("case", _cases(), ids="-".join)
def test_the_copies_show_the_word(case: tuple[str, str, str]) -> None:
    """In every mode; at every resolution and off the press's gain where a case is not one of many alike."""
    for copier in SHOWING if case in WHOLE else SHORT:
        found = _copy(case, 1.0, copier)
        assert found.weber >= 0.06 and found.cnr >= 5, (copier, found)
        assert found.correlation >= 0.5 and found.off <= 500, (copier, found)
    for share in (0.8, 1.2) if case in WHOLE else ():
        found = _copy(case, share, "colour-600")
        assert found.weber >= 0.06 and found.correlation >= 0.5 and found.off <= 500, (share, found)


def test_some_machines_show_nothing() -> None:
    """They are listed so that nobody counts on them; were they to show it, the list would be wrong."""
    assert {COPIERS[name].mode.title for name in SILENT} == {"写真モード", "スキャナー（フルトーン）", "ファクス"}
    for copier in SILENT:
        assert _copy(_cases()[0], 1.0, copier).weber < 0.06


@pytest.mark.parametrize("profile", PROFILES)
def test_equal_tones_would_show_the_word(profile: str) -> None:
    press, screens = PROFILES[profile], matched(PROFILES[profile], profile)
    word = reflectance(screens.coarse, press)
    assert reflectance(screens.fine, press) == pytest.approx(word, abs=0.001)
    assert reflectance(screens.fine._replace(tone=screens.coarse.tone), press) < 0.97 * word


def test_a_proof_can_be_seen_as_a_copier_returns_it(tmp_path: Path) -> None:
    document, issuer, profile = _cases()[0]
    made = prove_copied(document, issuer, "", "text-300", tmp_path / "copy.png", DAY, SHOP)
    picture = Image.open(made)
    assert picture.mode == "RGB" and picture.info["dpi"][0] == pytest.approx(EYE_DPI, abs=1)
    assert np.asarray(picture).mean() > 200, "the ground is gone"
    assert PROFILES[profile].dpi == copiers._PRESS and gain_of(PROFILES[profile]) == copiers._GAIN, "what the designer sees"
