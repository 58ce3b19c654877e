"""The pantograph, proven on finished pages: alike to the eye in the original, the word in every copy it is meant for.

A piece of the final PDF's page, drawn at device resolution by the checker's renderer, goes through the channel: printer, paper
and eye; scanner, copier, toner and eye. The word's shape is drawn here, by another library. Every shipped pantograph for every
issuer on every press is judged; each of them meets two modes, so that every press and every layout meets all. All of them in
all modes, and in every world of the second judge, are in docs/pantograph-proof.md (`make proof`).
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.craft.channel import EYE_DPI
from pipeline.craft.copiers import COPIERS
from pipeline.craft.screens import matched, reflectance
from pipeline.office.proof import prove_copied
from tests.faces import typefaces
from tests.orders import DAY
from tests.reading import read
from tests.second_judge import WORLDS, World
from tests.specimens import PRESSES, SHOP, Case, cases, chosen, design, specimen
from tests.test_pantograph import word
from tests.verdicts import BARS, SHOWING, SILENT, copy_seen, original_seen, read_in_copy, read_in_original, second_verdicts

CHOSEN = list(chosen(SHOWING))
OWN = [case for case in cases() if case.own]
SOME_WORLDS = [world for world in WORLDS if world.name in ("as usual", "a softer lens")]
EACH = list({case.document: case for case in OWN}.values())  # one of each layout


def test_every_press_and_every_layout_meets_every_mode() -> None:
    assert [case for case, _ in CHOSEN] == cases() and OWN
    for same in ({case.profile for case in cases()}, {case.document for case in cases()}):
        for one in same:
            assert {mode for case, modes in CHOSEN if one in case for mode in modes} == set(SHOWING), one


@pytest.mark.feature("F07")
@pytest.mark.parametrize("case,modes", CHOSEN, ids=["-".join(case) for case, _ in CHOSEN])
def test_the_copies_show_the_word_and_the_original_does_not(case: Case, modes: list[str]) -> None:
    of = specimen(case)
    assert of.free.mean() > 0.3 and 0.05 < of.shape[of.free].mean() < 0.6, "enough of both areas"
    found = original_seen(case)
    assert abs(found.weber) <= BARS.hidden and abs(found.correlation) < BARS.alike, found
    for mode in modes:
        found = copy_seen(case, mode)
        assert found.weber >= BARS.contrast and found.cnr >= BARS.cnr, (mode, found)
        assert found.correlation >= BARS.found and found.off <= BARS.off, (mode, found)


@pytest.mark.parametrize("case", OWN, ids="-".join)
def test_with_the_gain_a_fifth_off_the_original_stays_quiet_and_copies_speak(case: Case) -> None:
    for share, mode in ((0.8, SHOWING[0]), (1.2, SHOWING[-1])):
        assert abs(original_seen(case, share).weber) <= BARS.astray, share
        found = copy_seen(case, mode, share)
        assert found.weber >= BARS.contrast and found.correlation >= BARS.found and found.off <= BARS.off, (share, found)


@pytest.mark.feature("F07")
@pytest.mark.parametrize("case", EACH, ids="-".join)
def test_ocr_reads_the_word_in_copies_alone(case: Case) -> None:
    assert {read_in_original(case, shot) for shot in range(3)} == {""}
    for mode in SHOWING[:: len(SHOWING) // 2]:
        assert read_in_copy(case, mode) == design(case.document).word, mode


def test_ocr_can_see() -> None:
    """Black or as pale as a copy has it, the word is read where it is printed; its absence in the original means something."""
    spec = design(OWN[0].document)
    shape = word(spec.word, typefaces()[spec.typeface].path)
    for ink in (0, 215):
        picture = Image.fromarray(np.where(shape, ink, 250).astype(np.uint8))
        assert read(picture.resize((48 * shape.shape[1] // shape.shape[0], 48))) == spec.word


@pytest.mark.feature("F07")
def test_some_machines_show_nothing() -> None:
    """They are listed so that nobody counts on them; were they to show it, the list would be wrong."""
    assert {COPIERS[name].mode.title for name in SILENT} == {"写真モード", "スキャナー（フルトーン）", "ファクス"}
    for case in EACH:
        for copier in SILENT:
            assert copy_seen(case, copier).weber < BARS.contrast


@pytest.mark.parametrize("profile", PRESSES)
def test_equal_tones_would_show_the_word(profile: str) -> None:
    press, screens = PRESSES[profile], matched(PRESSES[profile], profile)
    dark = reflectance(screens.coarse, press)
    assert reflectance(screens.fine, press) == pytest.approx(dark, abs=0.001)
    assert reflectance(screens.fine._replace(tone=screens.coarse.tone), press) < 0.97 * dark


def test_a_proof_can_be_seen_as_a_copier_returns_it(tmp_path: Path) -> None:
    case = OWN[0]
    made = prove_copied(case.document, case.issuer, "", "text-300", tmp_path / "copy.png", DAY, SHOP)
    picture = Image.open(made)
    assert picture.mode == "RGB" and picture.info["dpi"][0] == pytest.approx(EYE_DPI, abs=1)
    assert np.asarray(picture).mean() > 200, "the ground is gone"


@pytest.mark.parametrize("world", SOME_WORLDS, ids=lambda world: world.name)
def test_a_judge_with_other_figures_says_the_same(world: World) -> None:
    """Of a press it knows by one tint alone; so of its originals no more is asked than of a press whose gain is off."""
    original, *copies = second_verdicts(EACH[0], world)
    assert abs(original.weber) <= BARS.astray, original
    for found in copies:
        assert found.weber >= BARS.contrast and found.cnr >= BARS.cnr and found.correlation >= BARS.found, found
