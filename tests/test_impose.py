"""The plan of a sheet: every leaf once, nothing overlaps, backs lie behind fronts, cut piles read in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base.problems import SheetError
from pipeline.model.sheet import SheetDesign
from pipeline.stages.impose import impose, slots


def design(**changes: object) -> SheetDesign:
    base: dict[str, object] = {
        "title": "SRA3",
        "width": "320mm",
        "height": "450mm",
        "piece": {"width": "85.6mm", "height": "53.98mm", "bleed": "3mm"},
        "grid": {"columns": 3, "rows": 7, "gutter_x": "6mm", "gutter_y": "6mm"},
    }
    return SheetDesign.model_validate(base | changes)


def picture(sheet: tuple[int | None, ...], columns: int) -> str:
    """The sheet as text."""
    cells = [" ." if leaf is None else f"{leaf:2}" for leaf in sheet]
    return "\n".join(" ".join(cells[row : row + columns]) for row in range(0, len(cells), columns))


def test_twenty_one_cards_are_centred_on_sra3() -> None:
    places = slots(design())
    assert len(places) == 21
    first, last = places[0].front, places[-1].front
    assert (first.left, first.top) == (25_600, 18_070)
    assert (320_000 - last.right, 450_000 - last.bottom) == (25_600, 18_070)


def test_rows_fill_a_sheet_from_the_top_left() -> None:
    sheets = impose(23, design())
    assert picture(sheets[0].leaves, 3).splitlines()[:2] == [" 0  1  2", " 3  4  5"]
    assert picture(sheets[1].leaves, 3).splitlines()[:2] == ["21 22  .", " .  .  ."]
    assert [sheet.number for sheet in impose(23, design(), first_sheet=501)] == [501, 502]


def test_columns_fill_downwards() -> None:
    assert picture(impose(21, design(scheme="columns"))[0].leaves, 3).splitlines()[0] == " 0  7 14"


@given(st.integers(1, 300), st.sampled_from(["rows", "columns", "cut-and-stack"]))
def test_every_leaf_is_in_exactly_one_slot(leaves: int, scheme: str) -> None:
    sheets = impose(leaves, design(scheme=scheme))
    placed = [leaf for sheet in sheets for leaf in sheet.leaves if leaf is not None]
    assert sorted(placed) == list(range(leaves))
    assert len(sheets) == -(-leaves // 21)


@given(st.integers(1, 300))
def test_cut_piles_read_in_order(leaves: int) -> None:
    """Cut the pile of sheets slot by slot and stack the piles: the leaves come in their order."""
    sheets = impose(leaves, design(scheme="cut-and-stack"))
    read = [sheet.leaves[slot] for slot in range(21) for sheet in sheets]
    assert [leaf for leaf in read if leaf is not None] == list(range(leaves))


@pytest.mark.parametrize("turn", ["long-edge", "short-edge"])
def test_backs_lie_behind_fronts_when_the_sheet_is_turned(turn: str) -> None:
    sheet = design(turn=turn)
    for front, back, turns, _ in slots(sheet):
        assert turns == (0, 0 if turn == "long-edge" else 180)  # head to head, whatever the sheet is turned about
        if turn == "long-edge":  # turned about the vertical axis: left becomes right, top stays
            assert (back.left, back.top) == (320_000 - front.right, front.top)
        else:
            assert (back.left, back.top) == (front.left, 450_000 - front.bottom)


def test_nothing_overlaps_and_all_lies_on_the_sheet() -> None:
    fronts = [slot.front.grown(3_000) for slot in slots(design())]
    assert not any(a.overlaps(b) for n, a in enumerate(fronts) for b in fronts[:n])
    assert all(box.left >= 0 and box.top >= 0 and box.right <= 320_000 and box.bottom <= 450_000 for box in fronts)


def test_an_unknown_scheme_lists_the_known_ones() -> None:
    with pytest.raises(SheetError) as refused:
        impose(1, design(scheme="spiral"))
    assert refused.value.problems[0].values["known"] == "rows、columns、cut-and-stack、step-and-repeat"
    assert refused.value.exit_code == 5
