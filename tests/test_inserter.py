"""Marks for inserters: what is printed is what a machine reads, and a set that cannot be told stops."""

from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.base.problems import SheetError
from pipeline.craft.inserter import content, marks, read_inserter
from pipeline.office.lint import lint
from pipeline.office.shop import Shop
from tests.orders import ROOT

FILE = ROOT / "layouts" / "inserters" / "example-omr.yaml"
PROFILE = read_inserter(FILE)


def read_back(page: int, pages: int, sequence: int) -> dict[str, int]:
    """What a machine makes of the marks: it looks at each row's place, adds weights and checks the parity."""
    inked = {(box.top - PROFILE.first.top) // PROFILE.step for box in marks(PROFILE, page, pages, sequence)}
    assert len(inked) % 2 == 0
    told: dict[str, int] = {}
    for n, row in enumerate(PROFILE.rows):
        told[row.tells] = told.get(row.tells, 0) + (row.weight or 1) * (n in inked)
    return told


@pytest.mark.parametrize("pages", [1, 2, 7, 31])
@pytest.mark.parametrize("sequence", [0, 5, 8, 123])
def test_a_machine_reads_what_was_told(pages: int, sequence: int) -> None:
    for page in range(1, pages + 1):
        told = read_back(page, pages, sequence)
        assert told["gate"] == 1 and told["sequence"] == sequence % 8 and told["page"] == page
        assert told["start"] == (page == 1) and told["end"] == (page == pages)
        assert told["pages"] == (pages if page == 1 else 0)


def test_marks_of_one_size_stand_in_one_column_apart() -> None:
    drawn = marks(PROFILE, 1, 3, 7)
    assert {(box.left, box.width, box.height) for box in drawn} == {(5_000, 8_000, 500)}
    assert all(after.top - before.bottom >= 3_500 for before, after in pairwise(drawn))


def test_a_sheet_lost_between_two_sets_is_seen() -> None:
    """The next sheet of another set differs in its sequence; within a set the sheets are counted."""
    assert marks(PROFILE, 2, 2, 3) != marks(PROFILE, 2, 2, 4) != marks(PROFILE, 1, 2, 4)


def test_a_set_too_large_to_be_told_stops() -> None:
    with pytest.raises(SheetError) as error:
        marks(PROFILE, 1, 32, 0)
    assert [problem.code for problem in error.value.problems] == ["inserter-set-too-large"]
    with pytest.raises(SheetError):
        content(PROFILE, 1, 2, 1_000_000)
    with pytest.raises(ValueError, match="no sheet 3 of 2"):
        marks(PROFILE, 3, 2, 0)


def test_a_2d_mark_holds_the_same_numbers() -> None:
    assert content(PROFILE, 2, 12, 345) == "0003450212"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("step: 4mm", "step: 0.9mm", "inserter-marks-touch"),
        ("mark: {width: 8mm, height: 0.5mm}", "mark: {width: 8mm, height: 0mm}", "inserter-marks-touch"),
        ("  - {tells: sequence, weight: 4}\n", "", "inserter-bad-weights"),
        ("{tells: page, weight: 2}", "{tells: page, weight: 3}", "inserter-bad-weights"),
        ("{tells: gate}", "{tells: parity}", "inserter-bad-weights"),
        ("{tells: gate}", "{tells: gate, weight: 1}", "inserter-bad-weights"),
        ("{tells: gate}", "{tells: grate}", "spec-unknown-value"),
    ],
)
def test_a_profile_that_cannot_be_read_by_a_machine_is_refused(old: str, new: str, code: str, tmp_path: Path) -> None:
    text = FILE.read_text("utf-8")
    assert old in text
    (tmp_path / "inserters").mkdir()
    file = tmp_path / "inserters" / "wrong.yaml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    _, faults = lint([file], Shop())
    assert [problem.code for fault in faults for problem in fault.problems] == [code]


def test_the_profiles_say_where_their_figures_come_from() -> None:
    assert PROFILE.source == "OURS"
