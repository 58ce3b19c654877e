"""`shikaku calibrate`: the form's dots are what they say, and a known gain comes back from readings and from a scan."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from pipeline.craft.calibration import modelled
from pipeline.craft.channel import INK, Gain, printed
from pipeline.craft.press_profiles import read_press_profiles
from pipeline.craft.scans import located, read
from pipeline.craft.screens import gain_of, matched
from pipeline.craft.wedges import Chart, bar_bits, bar_code, chart, masks, match_box, windows
from pipeline.office import calibration
from pipeline.office.calibration import profile_from_readings
from pipeline.office.calibration_form import Form, print_form
from pipeline.office.cli import run
from pipeline.office.shop import Shop
from tests.measured import PROFILE, SHEET, SOLID, TRUE, densities, filled, true_areas
from tests.orders import DAY
from tests.scanned import form_dots, on_paper, scan

SHOP = Shop()
PRESSES = SHOP.presses()
NEAR = 0.05


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Form:
    return print_form(SHEET, PROFILE, tmp_path_factory.mktemp("form") / "form.pdf", DAY, SHOP)


@pytest.fixture(scope="module")
def paper(form: Form) -> np.ndarray:
    """The finished page, printed with a known gain, at 600 dots to the inch."""
    return on_paper(form_dots(form.path.read_bytes(), 600), 600, TRUE, 600)


@cache
def offset() -> tuple[Chart, Gain, dict[str, float]]:
    """The form for an offset press whose gain is known."""
    of, gain = chart("sra3-21up", "offset-2400", PRESSES["offset-2400"]), Gain(6.6, 3.9, 26.0)
    return of, gain, true_areas(of, gain)


def near(found: Gain, true: Gain) -> bool:
    return all(abs(one / other - 1) <= NEAR for one, other in zip(found, true, strict=True))


# The form


def test_the_page_has_the_dots_that_the_form_says(form: Form) -> None:
    dots = form_dots(form.path.read_bytes(), 600) < 128
    for mask in masks(form.chart):
        bits = np.unpackbits(np.frombuffer(mask.data, np.uint8).reshape(mask.rows, -1), axis=1)[:, : mask.columns] == 1
        top, left = mask.top + 300, mask.left + 300
        assert (dots[top : top + mask.rows, left : left + mask.columns] == bits).all(), (mask.left, mask.top)
    for patch in form.chart.patches:
        box = [edge * 600 // 25_400 for edge in patch.box]
        inked = dots[box[1] + 300 :, box[0] + 300 :][: box[3], : box[2]]
        frame = 0 if patch.tone else 40  # paper has brackets at its corners
        assert inked[frame : -frame or None, frame : -frame or None].mean() == pytest.approx(patch.tone, abs=0.004), patch.id


def test_the_page_is_black_alone_and_the_same_every_time(form: Form, tmp_path: Path) -> None:
    again = print_form(SHEET, PROFILE, tmp_path / "form.pdf", DAY, SHOP)
    assert again.path.read_bytes() == form.path.read_bytes()
    with pikepdf.open(form.path) as pdf:
        streams = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") != "/Image"]
        drawn = b"\n".join(one.read_bytes() for one in streams if one.get("/Subtype") == "/Form" or "/Type" not in one)
        colours = re.findall(rb"^([\d. ]+) [kK]$", drawn, re.MULTILINE)
        pictures = [one for one in pdf.objects if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"]
        assert all(one.get("/ImageMask") and one.BitsPerComponent == 1 for one in pictures)
    assert colours and {tuple(map(float, one.split())) for one in colours} == {(0, 0, 0, 1)}
    assert len(pictures) == 1


@pytest.mark.parametrize("profile", PRESSES)
def test_tones_rise_in_whole_dots_and_screens_get_finer(profile: str) -> None:
    of = chart(SHEET, profile, PRESSES[profile])
    assert [wedge.lines for wedge in of.wedges] == sorted(wedge.lines for wedge in of.wedges)
    press = PRESSES[profile]
    ends = [(one.patches[0].screen.width, one.patches[0].screen.height) for one in of.wedges if one.patches[0].screen]
    assert (ends[0], ends[-1]) == (press.coarse.cell, press.fine.cell)
    for wedge in of.wedges:
        tones = [patch.tone for patch in wedge.patches]
        assert tones == sorted(set(tones)) and len(tones) >= 6
        for patch in wedge.patches:
            assert patch.screen
            count = patch.tone * patch.screen.width * patch.screen.height
            assert count == pytest.approx(round(count)) and count >= 0.999


@pytest.mark.parametrize("sheet", SHOP.sheets())
def test_every_form_has_a_code_of_its_own(sheet: str) -> None:
    codes = {chart(one, name, press).code for one in (sheet, "another") for name, press in PRESSES.items()}
    assert len(codes) == 2 * len(PRESSES)
    assert all(bar_code(bar_bits(code)) == code and not bar_code(bar_bits(code)[::-1]) for code in codes)


def test_a_filled_in_table_is_never_overwritten(form: Form) -> None:
    form.table.write_text("filled in", "utf-8")
    again = print_form(SHEET, PROFILE, form.path, DAY, SHOP)
    assert not again.new_table and form.table.read_text("utf-8") == "filled in"


def test_the_window_of_the_right_tone_is_not_seen() -> None:
    """On the press that the form was made for it is the fourth; left of it they are lighter, right of it darker."""
    press = PRESSES[PROFILE]
    of = chart(SHEET, PROFILE, press)
    strip = next(mask for mask in masks(of) if mask.columns == match_box().width * of.dpi // 25_400)
    bits = np.unpackbits(np.frombuffer(strip.data, np.uint8).reshape(strip.rows, -1), axis=1)[:, : strip.columns]
    picture, at = printed(np.where(bits == 1, np.float32(INK), np.float32(1)), of.dpi, gain_of(press))
    y, x = (np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5) * 25_400 / at
    far = [
        np.hypot(x - one.left + match_box().left - one.width / 2, y - one.top + match_box().top - one.height / 2) / one.width
        for one in windows()
    ]
    ground = float(picture[np.min(far, axis=0) > 0.56].mean())
    contrasts = [float(picture[one < 0.44].mean()) / ground - 1 for one in far]
    assert contrasts == sorted(contrasts, reverse=True)
    assert abs(contrasts[3]) < 0.01 and contrasts[0] > 0.02 and contrasts[-1] < -0.02, contrasts


# What comes back


def test_a_scan_of_known_gain_is_recovered(paper: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Askew by a degree, at another resolution, blurred, shaded, noisy; its tone curve is not told."""
    Image.fromarray(scan(paper, 600, 400, 1.2)).save(tmp_path / "scan.png")
    target = tmp_path / "press-profiles" / "ours.yaml"
    words = ["calibrate", SHEET, "--scan", str(tmp_path / "scan.png"), "--dpi", "400", "--out", str(target)]
    assert run(words) == 0
    told = capsys.readouterr().out
    assert "傾き +1.20°" in told and "sRGB" in told and "ずれの平均" in told
    press = read_press_profiles(tmp_path)["ours"]
    assert near(gain_of(press), TRUE), gain_of(press)
    true = PRESSES[PROFILE].model_copy(update=TRUE._asdict())
    assert matched(press, "ours").fine.tone == pytest.approx(matched(true, "true").fine.tone, rel=0.01)
    assert run(["check", str(target)]) == 0
    before = target.read_bytes()
    assert run(words) == 8 and target.read_bytes() == before
    assert "calibrate-exists" in capsys.readouterr().err


def test_a_form_on_its_head_is_read_as_well(paper: np.ndarray, form: Form) -> None:
    levels = scan(paper, 600, 300, 178.5, "linear", deep=True)
    found = located(levels, 300, form.chart, "scan")
    assert found.turned == pytest.approx(178.5, abs=0.02) and found.size == pytest.approx(1, abs=0.001)
    light = read(levels, found, form.chart, "linear").light
    solid = (light["S1"] + light["S2"]) / 2
    for id_, area in true_areas(form.chart, TRUE).items():
        assert (1 - light[id_]) / (1 - solid) == pytest.approx(area, abs=0.004), id_


def test_readings_of_known_gain_are_recovered(tmp_path: Path) -> None:
    of, gain, areas = offset()
    path = filled(tmp_path / "readings.csv", of, 3, densities(of, areas))
    made = profile_from_readings("sra3-21up", "", path, tmp_path / "ours.yaml", SHOP)
    assert near(gain_of(made.profile), gain), made.fit
    assert made.fit.rms < 0.001 and made.profile.dpi == 2400


def test_a_coarse_densitometer_still_tells_the_fine_tone(tmp_path: Path) -> None:
    """Two decimals are a percent of area in each reading, the paper's too: the fine tone comes out within eight."""
    of, gain, areas = offset()
    path = filled(tmp_path / "readings.csv", of, 3, densities(of, areas, 2))
    made = profile_from_readings("sra3-21up", "offset-2400", path, tmp_path / "ours.yaml", SHOP)
    true = PRESSES["offset-2400"].model_copy(update=gain._asdict())
    assert made.screens.fine.tone == pytest.approx(matched(true, "true").fine.tone, rel=0.08)
    tones = sum(patch.tone for patch in of.screened)
    assert modelled(of, made.fit.gain, SOLID).sum() - tones == pytest.approx(sum(areas.values()) - tones, rel=NEAR)


def test_kinds_of_readings_say_the_same(tmp_path: Path) -> None:
    of, _, areas = offset()
    whole = areas | {patch.id: patch.tone for patch in of.plain}
    percent = {id_: f"{100 * area:.4f}" for id_, area in whole.items()}
    light = {id_: f"{84 * (1 - 0.96 * area):.5f}" for id_, area in whole.items()}
    found = []
    for column, values in ((3, densities(of, areas, 6)), (4, light), (5, percent)):
        kind, readings = calibration.read_readings(filled(tmp_path / f"{column}.csv", of, column, values), of)
        found.append(calibration.areas(of, calibration.reflectances(of, readings, kind, "x"), "x").by_patch)
    told = "\n".join(f"  {id_}: {value}" for id_, value in percent.items())
    (tmp_path / "readings.yaml").write_text(f"form: {of.code}\narea:\n{told}\n", "utf-8")
    kind, readings = calibration.read_readings(tmp_path / "readings.yaml", of)
    found.append(calibration.areas(of, calibration.reflectances(of, readings, kind, "x"), "x").by_patch)
    for one in found:
        assert one == pytest.approx(areas, abs=1e-4)
