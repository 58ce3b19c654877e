"""Designers' YAML: every mistake of `fixtures/broken/` is told with its place; the repository's own files have none."""

import json
import os
from pathlib import Path

import pytest

from pipeline.base.problems import LayoutError, ShikakuError
from pipeline.craft import specs
from pipeline.craft.artwork_lint import lint_artwork
from pipeline.model.sheet import SCHEME_NAMES
from pipeline.office.papers import CODES, VALUES
from pipeline.rules.numbers import is_insurer_number
from pipeline.stages.impose import SCHEMES
from tests import broken
from tests.faces import FONTS, typefaces

LAYOUTS = FONTS.parent / "layouts"
DOCUMENTS = sorted(path.parent for path in LAYOUTS.glob("documents/*/layout.yaml"))
ISSUERS = sorted(LAYOUTS.glob("issuers/*.yaml"))
SHEETS = sorted(LAYOUTS.glob("sheets/*.yaml"))
IDS = [face.id for face in typefaces()]


@pytest.mark.parametrize("folder", broken.design_folders(), ids=lambda folder: folder.name)
def test_a_mistake_is_told_with_its_place(folder: Path, tmp_path: Path, renew: bool) -> None:
    expected = broken.expected(folder)
    exit_code, problems = broken.problems(folder, tmp_path)
    assert [problem.code for problem in problems] == [folder.name] == [expected["code"]]
    (problem,) = problems
    found = {"exit": exit_code, "place": problem.place, "message": problem.message, "hint": problem.hint}
    if renew:
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in (expected | found).items()]
        (folder / "expected.toml").write_text("".join(lines), "utf-8")
    assert found == {key: broken.expected(folder)[key] for key in found}
    assert exit_code == (5 if folder.name.startswith(("sheet-", "vendor-", "profile-")) else 3)
    assert str(tmp_path) not in "".join(problem.as_json().values())


@pytest.mark.parametrize("folder", DOCUMENTS, ids=lambda folder: folder.name)
def test_every_layout_is_in_order(folder: Path) -> None:
    layout = specs.read_layout(folder, IDS, VALUES, CODES)
    for path in ISSUERS:
        issuer = specs.read_issuer(path, is_insurer_number)
        specs.pair(layout, issuer, path.stem)
        if policy := issuer.documents.get(folder.name):
            for sheet in {policy.sheet, policy.office_sheet}:
                specs.fits(specs.read_sheet(LAYOUTS / "sheets" / f"{sheet}.yaml"), layout, sheet, folder.name)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_every_sheet_is_in_order(path: Path) -> None:
    assert specs.read_sheet(path).title


def test_all_mistakes_of_a_file_at_once(tmp_path: Path) -> None:
    (tmp_path / "front.html").write_text("<p>見本</p>")
    (tmp_path / "layout.yaml").write_text(
        """\
title: 見本
edition: "1"
material: wood
page: {width: 100, height: 60mm, bleed: 3mm, safe: 3mm}
typefaces: {text: [biz-ud-gothic]}
styles:
  value: {typeface: text, fit: [{size: 9pt, baseline: 4mm, lins: 2}]}
leaves:
  - front: {artwork: front.html, fields: {name: {value: member.name, box: {left: 5mm, top: 5mm, width: 60mm}}}}
"""
    )
    with pytest.raises(LayoutError) as refused:
        specs.read_layout(tmp_path, IDS)
    name = f"{tmp_path.name}/layout.yaml"
    assert [(problem.code, problem.place) for problem in refused.value.problems] == [
        ("spec-unknown-value", f"{name}:3:11"),
        ("spec-not-a-length", f"{name}:4:15"),
        ("spec-unknown-key", f"{name}:7:60"),
        ("spec-missing-key", f"{name}:9:49"),
        ("spec-missing-key", f"{name}:9:75"),
    ]
    assert refused.value.problems[2].values == {"key": "lins", "known": "lines"}


def test_names_from_outside_are_checked() -> None:
    folder = next(folder for folder in DOCUMENTS if specs.read_layout(folder).leaves[0].front.codes)
    for known in ((["none"], VALUES, CODES), (IDS, {"member": ["none"]}, CODES), (IDS, VALUES, {"member": ["none"]})):
        with pytest.raises(LayoutError) as refused:
            specs.read_layout(folder, *known)
        assert {problem.code for problem in refused.value.problems} == {"layout-unknown-name"}


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    folder.mkdir()
    (tmp_path / "secret.html").write_text("<p>x</p>")
    os.symlink(tmp_path / "secret.html", folder / "front.html")
    source = (broken.BROKEN / "layout-overlap" / "layout.yaml").read_text("utf-8").rsplit("        kana:", 1)[0]
    (folder / "layout.yaml").write_text(source, "utf-8")
    with pytest.raises(LayoutError) as refused:
        specs.read_layout(folder, IDS)
    assert [problem.code for problem in refused.value.problems] == ["file-outside-folder"]
    assert specs.read_assets(folder) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<img src='logo.svg'>", []),
        ('<a href="#top"><use href="#seal"/>', []),
        ("p { background: url(data:image/png;base64,AAAA) }", []),
        ("<!-- see https://example.org -->\n/* @import */", []),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', []),
        ('<img src="{{ issuer.logo }}">', []),
        ("a\n b { background: URL( 'http://example.org/a.png' ) }", [("artwork-outside-reference", "a.css:2:18")]),
        ('<link rel="stylesheet" href="file:///etc/passwd">', [("artwork-outside-reference", "a.css:1:24")]),
        ('<img src="//example.org/x">', [("artwork-outside-reference", "a.css:1:6")]),
        ('<img src="../x.svg">', [("artwork-outside-reference", "a.css:1:6")]),
        ('<img src="/x.svg">', [("artwork-outside-reference", "a.css:1:6")]),
        ('<img src="lgo.svg">', [("artwork-missing-reference", "a.css:1:6")]),
        ("@import 'x.css';", [("artwork-import", "a.css:1:1")]),
        ("<p>\n<SCRIPT>", [("artwork-script", "a.css:2:1")]),
    ],
)
def test_artwork_names_only_its_own_files(text: str, found: list[tuple[str, str]]) -> None:
    problems = lint_artwork("a.css", text, ["logo.svg"])
    assert [(problem.code, problem.place) for problem in problems] == found


def test_the_schemes_are_those_of_impose() -> None:
    assert tuple(SCHEMES) == SCHEME_NAMES


def test_a_card_sheet_whose_back_meets_the_gripper(tmp_path: Path) -> None:
    """Turned about the short edge, the gripper's edge of the back is the other edge of the front."""
    (tmp_path / "s.yaml").write_text(
        "title: x\nwidth: 100mm\nheight: 150mm\npiece: {width: 50mm, height: 50mm}\n"
        "grid: {columns: 1, rows: 2, top: 5mm}\ngripper: {edge: bottom, depth: 10mm}\nturn: TURN\n"
    )
    text = (tmp_path / "s.yaml").read_text()
    (tmp_path / "s.yaml").write_text(text.replace("TURN", "long-edge"))
    assert specs.read_sheet(tmp_path / "s.yaml").grid.rows == 2
    (tmp_path / "s.yaml").write_text(text.replace("TURN", "short-edge"))
    with pytest.raises(ShikakuError) as refused:
        specs.read_sheet(tmp_path / "s.yaml")
    assert refused.value.problems[0].values["side"] == "back"
