"""`check`: everything in layouts/ is in order, and every mistake is found wherever it stands, all at once."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipeline.office import cli
from pipeline.office.lint import lint
from pipeline.office.shop import Shop
from tests import broken, orders
from tests.broken import BROKEN


def codes(faults: list[Any]) -> set[str]:
    return {problem.code for fault in faults for problem in fault.problems}


def test_what_we_ship_is_in_order() -> None:
    checked, faults = lint([], Shop())
    assert codes(faults) == set()
    shop = Shop()
    assert checked > len(shop.issuers()) * len(shop.documents())


@pytest.mark.parametrize(
    "path",
    [
        "layouts",
        "layouts/issuers/kenpo.yaml",
        "layouts/sheets/a4.yaml",
        "layouts/press-profiles/laser-600.yaml",
        "fonts/typefaces.yaml",
    ],
)
def test_what_is_named_is_checked(path: str) -> None:
    checked, faults = lint([orders.ROOT / path], Shop())
    assert checked and codes(faults) == set()


@pytest.mark.parametrize(
    "folder",
    [one for one in broken.design_folders() if not broken.expected(one).get("repeat") and not (one / "issuer.yaml").exists()],
    ids=lambda folder: folder.name,
)
def test_a_designers_mistake_is_found(folder: Path) -> None:
    if (folder / "layout.yaml").exists() and (folder / "sheet.yaml").exists():
        pytest.skip("a sheet and a layout that do not fit: checked where an issuer names both")
    _, faults = lint([folder], Shop())
    expected = broken.expected(folder)
    if expected["code"] == "artwork-refused":
        pytest.skip("found when the artwork is set, for an issuer")
    assert expected["code"] in codes(faults)


def clerks_mistakes() -> list[str]:
    """Mistakes in member files of issuers as they are; `check` does not know the day of issue."""
    found = {path.parent.name: tomllib.loads(path.read_text("utf-8")) for path in BROKEN.glob("member-*/expected.toml")}
    return sorted(
        name
        for name, expected in found.items()
        if expected["stage"] in ("survey", "read")
        and "branch_number" not in expected
        and (BROKEN / name / expected["file"]).exists()
    )


@pytest.mark.parametrize("name", clerks_mistakes())
def test_a_clerks_mistake_is_found(name: str) -> None:
    expected = tomllib.loads((BROKEN / name / "expected.toml").read_text("utf-8"))
    _, faults = lint([BROKEN / name / expected["file"]], Shop())
    found = [(problem.code, problem.place) for fault in faults for problem in fault.problems]
    if name == "member-other-insurer":  # another of our issuers: the file as a whole is theirs
        assert found == []
    else:
        assert (expected["code"], expected["place"]) in found


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's data to spoil."""
    orders.project(tmp_path)
    monkeypatch.setenv("SHIKAKU_HOME", str(tmp_path))
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def told(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = cli.run(["check", *words, "--json"])
    return code, json.loads(capfd.readouterr().out)


def test_all_problems_come_at_once_and_the_designer_acts_first(house: Path, capfd: pytest.CaptureFixture[str]) -> None:
    layouts = house / "layouts"
    spoil(layouts / "sheets" / "a4.yaml", "scheme: rows", "scheme: sideways")
    code, found = told(capfd)
    assert (code, {one["code"] for one in found["problems"]}) == (5, {"sheet-unknown-scheme"})
    page = next(layouts.glob("documents/*/front.html"))
    page.write_text(page.read_text("utf-8") + "<p style='colour: red'>x</p>", "utf-8")
    spoil(layouts / "issuers" / "kenpo.yaml", "employed: employer", "employed: pigeon")
    code, found = told(capfd)
    assert code == 3
    assert {one["code"] for one in found["problems"]} == {"sheet-unknown-scheme", "artwork-refused", "issuer-unknown-channel"}
    members = str(BROKEN / "member-bad-date" / "members.csv")
    code, found = told(capfd, members)
    assert (code, [one["code"] for one in found["problems"]]) == (4, ["member-bad-date"])
    code, found = told(capfd, members, str(layouts / "sheets" / "a4.yaml"))
    assert (code, found["checked"], len(found["problems"])) == (5, 2, 2)


def test_a_sheet_of_another_size_is_found(house: Path, capfd: pytest.CaptureFixture[str]) -> None:
    spoil(house / "layouts" / "issuers" / "kenpo.yaml", "sheet: sra3-21up", "sheet: a4")
    code, found = told(capfd)
    assert code == 5 and "sheet-other-size" in {one["code"] for one in found["problems"]}
