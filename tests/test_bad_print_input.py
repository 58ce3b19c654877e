"""Wrong sheets, vendors and profiles, as an operator meets them: `produce` says which figure is wrong and writes nothing.

Missing and expired vendors' keys and altered packages stand in `test_packages`, each smallest mistake in `fixtures/broken`.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.base.problems import SheetError
from pipeline.office import job
from pipeline.office.cli import run
from pipeline.office.shop import Shop
from tests import orders

_SHEET, _VENDOR, _PROFILES = "sheets/sra3-21up.yaml", "vendors/house.yaml", "profiles/profiles.yaml"


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def screen_profile(layouts: Path) -> None:
    """The press's profile exchanged for one of a screen, its hash written down."""
    (path,) = layouts.glob("profiles/*.icc")
    before = path.read_bytes()
    after = before[:12] + b"mntrRGB " + before[20:]
    path.write_bytes(after)
    spoil(layouts / _PROFILES, hashlib.sha256(before).hexdigest(), hashlib.sha256(after).hexdigest())


MISTAKES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "bleed that does not fit": ("sheet-gutter-too-small", lambda at: spoil(at / _SHEET, "bleed: 3mm", "bleed: 3.5mm")),
    "slots that touch": ("sheet-gutter-too-small", lambda at: spoil(at / _SHEET, "gutter_x: 6mm", "gutter_x: 0mm")),
    "slots that overlap": ("spec-out-of-range", lambda at: spoil(at / _SHEET, "gutter_x: 6mm", "gutter_x: -6mm")),
    "a sheet too small": ("sheet-grid-too-large", lambda at: spoil(at / _SHEET, "width: 320mm", "width: 210mm")),
    "another trim size": ("sheet-other-size", lambda at: spoil(at / _SHEET, "width: 85.60mm", "width: 85mm")),
    "a profile of the wrong class": ("profile-wrong-class", screen_profile),
    "an unknown spot": ("vendor-unknown-spot", lambda at: spoil(at / _VENDOR, "spots: [DieLine, ", "spots: [")),
    "a vendor that is not there": ("sheet-unknown-vendor", lambda at: (at / _VENDOR).unlink()),
}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's data to spoil."""
    home = orders.project(tmp_path / "home")
    monkeypatch.setenv("SHIKAKU_HOME", str(home))
    return home


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_does_not_add_up_is_refused_before_anything_is_written(
    mistake: str, house: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, spoiled = MISTAKES[mistake]
    spoiled(house / "layouts")
    members, out = orders.write_members(tmp_path / "members.csv", 3), tmp_path / "out"
    asked = [str(members), "--issuer", orders.ISSUER, "--day", orders.DAY.isoformat(), "--out", str(out)]
    assert run(["produce", *asked]) == 5
    told = capsys.readouterr().err
    assert f"［{code}］" in told and "→" in told
    assert not [path for path in out.rglob("*") if path.is_dir() or path.suffix in (".pdf", ".tmp")]


def test_a_sheet_spoiled_between_two_runs_stops_the_second(house: Path, tmp_path: Path) -> None:
    """What was handed off before stays as it is."""
    shop = Shop(tmp_path / "out", f"sqlite:///{tmp_path}/out/ledger.sqlite")
    job.produce(orders.request(orders.write_members(tmp_path / "first.csv", 2)), shop)
    before = {path: path.read_bytes() for path in shop.out.rglob("*.pdf")}
    spoil(house / "layouts" / _SHEET, "gutter_y: 6mm", "gutter_y: 1mm")
    with pytest.raises(SheetError):
        job.produce(orders.request(orders.write_members(tmp_path / "second.csv", 2, first=50)), Shop(shop.out, shop.ledger_url))
    assert before and {path: path.read_bytes() for path in shop.out.rglob("*.pdf")} == before
