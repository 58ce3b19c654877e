"""`shikaku calibrate`: what cannot be measured is refused, and says what to do."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.base.problems import ShikakuError
from pipeline.craft.wedges import chart
from pipeline.office import scan_files
from pipeline.office.calibration import profile_from_scan
from pipeline.office.calibration_form import print_form
from pipeline.office.cli import run
from pipeline.office.shop import Shop
from tests.measured import PROFILE, SHEET, TRUE, densities, filled, true_areas
from tests.orders import DAY
from tests.scanned import flat_scan

SHOP = Shop()
FORM = chart(SHEET, PROFILE, SHOP.presses()[PROFILE])
AREAS = true_areas(FORM, TRUE)


def refused(code: str, expected: int, *words: object, told: pytest.CaptureFixture[str]) -> str:
    """The command ends with this code and exit code; what it says."""
    assert run(["calibrate", *map(str, words)]) == expected
    said = told.readouterr().err
    assert f"［{code}］" in said, said
    return said


def test_words_that_will_not_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = capsys
    assert "offset-2400" in refused("calibrate-unknown-profile", 3, SHEET, "--profile", "laser-60", told=told)
    refused("sheet-unknown", 3, "a7", told=told)
    refused("calibrate-file-kind", 2, SHEET, "--out", tmp_path / "form.png", told=told)
    refused("calibrate-file-kind", 2, SHEET, "--scan", "a.png", "--out", tmp_path / "profile.pdf", told=told)
    refused("calibrate-one-source", 2, SHEET, "--scan", "a.png", "--readings", "a.csv", told=told)
    refused("calibrate-one-source", 2, SHEET, "--readings", "a.csv", "--dpi", 600, told=told)
    refused("calibrate-unknown-curve", 2, SHEET, "--scan", "a.png", "--tone", "gamma", "--out", tmp_path / "p.yaml", told=told)
    refused("member-file-unreadable", 3, SHEET, "--readings", "none.csv", "--out", tmp_path / "p.yaml", told=told)
    refused("yaml-unreadable", 3, SHEET, "--readings", "none.yaml", "--out", tmp_path / "p.yaml", told=told)
    assert not list(tmp_path.iterdir())


def test_a_sheet_without_room_is_refused(tmp_path: Path) -> None:
    shop = Shop()
    small = SHOP.sheet("a4").model_copy(update={"height": 260_000, "safe": 4_000})
    shop.sheet = lambda _: small  # type: ignore[method-assign]
    with pytest.raises(ShikakuError, match="calibrate-no-room") as caught:
        print_form("small", "", tmp_path / "form.pdf", DAY, shop)
    assert caught.value.exit_code == 5


READINGS = {
    "calibrate-missing-patches": lambda rows: [row for row in rows if row[1] not in ("A3", "S2")],
    "calibrate-unknown-patch": lambda rows: [*rows, ["", "E1", "", "0.2", "", ""]],
    "calibrate-patch-twice": lambda rows: [*rows, rows[5]],
    "calibrate-not-a-number": lambda rows: [[*row[:3], "0,12" if row[1] == "B2" else row[3], *row[4:]] for row in rows],
    "calibrate-reading-impossible": lambda rows: [[*row[:3], "12" if row[1] == "B2" else row[3], *row[4:]] for row in rows],
    "calibrate-one-kind": lambda rows: [[*row[:4], "50" if row[1] == "A1" else row[4], *row[5:]] for row in rows],
    "calibrate-other-form": lambda rows: [["XXXX", *row[1:]] if row[0] != "様式" else row for row in rows],
    "calibrate-solid-not-dark": lambda rows: [
        [*row[:3], "0.11" if row[1] in ("S1", "S2") else row[3], *row[4:]] for row in rows
    ],
    "calibrate-out-of-order": lambda rows: _exchanged(rows, "C3", "C5"),
    "calibrate-no-gain-fits": lambda rows: [[*row[:3], "0.5" if row[1][0] == "A" else row[3], *row[4:]] for row in rows],
    "member-missing-columns": lambda rows: rows[1:],
}


def _exchanged(rows: list[list[str]], one: str, other: str) -> list[list[str]]:
    """Two patches' values change places, as happens with a pen."""
    values = {row[1]: row[3] for row in rows}
    swapped = values | {one: values[other], other: values[one]}
    return [[*row[:3], swapped[row[1]], *row[4:]] for row in rows]


@pytest.mark.parametrize("code", READINGS)
def test_readings_that_cannot_be(code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = filled(tmp_path / "readings.csv", FORM, 3, densities(FORM, AREAS))
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(READINGS[code](rows))
    said = refused(code, 3, SHEET, "--readings", path, "--out", tmp_path / "profile.yaml", told=capsys)
    assert not (tmp_path / "profile.yaml").exists()
    if code == "calibrate-missing-patches":
        assert "A3、S2" in said
    if code == "calibrate-out-of-order":
        assert "C4" in said


def saved(path: Path, levels: np.ndarray, dpi: int | None = 300) -> Path:
    Image.fromarray(levels).save(path, **({"dpi": (dpi, dpi)} if dpi else {}))
    return path


@pytest.fixture(scope="module")
def flat() -> np.ndarray:
    return flat_scan(FORM, AREAS, 300)


def test_pictures_that_are_no_scan(flat: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def scan_refused(code: str, path: Path, *words: object, sheet: str = SHEET, expected: int = 3) -> str:
        out = ("--out", tmp_path / "profile.yaml")
        return refused(code, expected, sheet, "--scan", path, *out, *words, told=capsys)

    good = saved(tmp_path / "good.png", flat)
    (tmp_path / "none.png").write_bytes(b"no picture")
    scan_refused("calibrate-scan-unreadable", tmp_path / "none.png")
    Image.fromarray(flat).save(tmp_path / "scan.jpg")
    scan_refused("calibrate-scan-unreadable", tmp_path / "scan.jpg")
    Image.fromarray(flat > 128).save(tmp_path / "bits.png")
    scan_refused("calibrate-scan-no-grey", tmp_path / "bits.png")
    scan_refused("calibrate-no-dpi", saved(tmp_path / "plain.png", flat, None), expected=2)
    scan_refused("calibrate-scan-too-coarse", good, "--dpi", 150)
    cut = flat.copy()
    cut[:300, :300] = 255
    assert "3 個" in scan_refused("calibrate-no-corners", saved(tmp_path / "cut.png", cut))
    scan_refused("calibrate-no-corners", saved(tmp_path / "white.png", np.full_like(flat, 240)))
    scan_refused("calibrate-no-corners", good, "--dpi", 600)
    assert "97.1%" in scan_refused("calibrate-other-size", good, "--dpi", 309)
    scan_refused("calibrate-other-form", good, "--profile", "laser-1200")
    scan_refused("calibrate-other-form", good, "--profile", PROFILE, sheet="a4")
    bent = flat_scan(FORM, {}, 300, stretch=1.006)
    scan_refused("calibrate-scan-warped", saved(tmp_path / "bent.png", bent))
    assert not (tmp_path / "profile.yaml").exists()


def test_a_picture_of_everything_is_refused(tmp_path: Path, flat: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_files, "_MOST", flat.size - 1)
    with pytest.raises(ShikakuError, match="calibrate-scan-too-large"):
        scan_files.scan_levels(saved(tmp_path / "scan.png", flat))


def test_a_curve_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    """Patches that are off one by one leave as much over by either curve."""
    areas = AREAS
    rng = np.random.default_rng(4)
    rough = {id_: area + rng.uniform(-0.02, 0.02) for id_, area in areas.items()}
    half = flat_scan(FORM, rough, 300, "linear").astype(float) / 255
    path = saved(tmp_path / "scan.png", (255 * half ** (1 / 1.25)).astype(np.uint8))  # a curve between the two
    with pytest.raises(ShikakuError, match="calibrate-curve-unclear"):
        profile_from_scan(SHEET, PROFILE, path, 300, "", tmp_path / "profile.yaml", SHOP)
