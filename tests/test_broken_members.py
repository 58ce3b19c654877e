"""Each problem of a member file or of an issuer's policies: the smallest wrong input gives its code, its place and
its exit code."""

import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.base.problems import LayoutError, MemberError, Problem, catalogue
from pipeline.craft.tables import XLSX_LIMIT
from pipeline.model.decision import Rejected
from pipeline.model.issuer import Issuer
from pipeline.rules.numbers import my_number_check_digit
from pipeline.stages.decide import decide
from pipeline.stages.read import read, survey

ROOT = Path(__file__).parents[1]
BROKEN = ROOT / "fixtures" / "broken"
ELEVEN = "12345678901"


def _cases() -> list[tuple[str, dict[str, Any]]]:
    paths = sorted(BROKEN.glob("*/expected.toml"))
    found = [(path.parent.name, tomllib.loads(path.read_text("utf-8"))) for path in paths]
    return [(code, expected) for code, expected in found if expected.get("stage") in ("survey", "read", "decide")]


def _input(code: str, expected: dict[str, Any], folder: Path) -> Path:
    path = folder / expected["file"]
    if code == "member-my-number":
        header, row = (BROKEN / "member-row-too-long" / "members.csv").read_text("utf-8").splitlines()
        digits = ELEVEN + str(my_number_check_digit(ELEVEN))
        path.write_text(f"{header},備考\r\n{row.removesuffix('余り')}{digits}\r\n", encoding="utf-8", newline="")
    elif code == "member-xlsx-too-large":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
        ):
            for _ in range((XLSX_LIMIT >> 20) + 1):
                part.write(bytes(1 << 20))
    else:
        return BROKEN / code / expected["file"]
    return path


def _problems(expected: dict[str, Any], path: Path) -> tuple[int, list[Problem]]:
    """The exit code that the problems mean, and the problems."""
    try:
        if expected["stage"] == "survey":
            survey(path)
            return 0, []
        source = path if path.name == "issuer.yaml" else ROOT / "layouts" / "issuers" / f"{expected['issuer']}.yaml"
        raw = yaml.safe_load(source.read_text("utf-8"))
        issuer = Issuer.model_validate(raw | {"branch_number": expected.get("branch_number", "required")})
        if path.name == "issuer.yaml":
            path = BROKEN / "member-card-unknown" / "members.csv"
        survey(path)
        (record,) = read(path, issuer)
        if isinstance(record, Rejected):
            return MemberError.exit_code, list(record.problems)
        assert expected["stage"] == "decide", "the row was not rejected"
        decisions = decide(record, issuer, expected["day"], expected["day"])
        return MemberError.exit_code, [one.problem for one in decisions if one.problem]
    except (MemberError, LayoutError) as error:
        return error.exit_code, list(error.problems)


@pytest.mark.parametrize(("code", "expected"), _cases(), ids=lambda value: value if isinstance(value, str) else "")
def test_smallest_wrong_input(code: str, expected: dict[str, Any], tmp_path: Path) -> None:
    exit_code, problems = _problems(expected, _input(code, expected, tmp_path))
    assert [(problem.code, problem.place) for problem in problems[:1]] == [(code, expected["place"])]
    assert {problem.code for problem in problems} == {code}
    assert exit_code == expected["exit"]
    for problem in problems:
        said = problem.as_json()
        assert all(said.values())
        assert ELEVEN not in str(said)


def test_every_code_of_reading_has_a_folder() -> None:
    names = {code for code, _ in _cases()}
    sources = [ROOT / "pipeline" / "stages" / "read.py", ROOT / "pipeline" / "craft" / "tables.py"]
    used = {code for code in catalogue() for source in sources if f'"{code}"' in source.read_text("utf-8")}
    assert used
    assert used <= names
