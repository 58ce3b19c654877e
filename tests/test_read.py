"""Reading member files: every row becomes exactly one record, texts stay as delivered, and what is uncertain is
refused."""

import csv
import hashlib
import io
import tracemalloc
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.base.problems import MemberError
from pipeline.model.columns import COLUMNS, REQUIRED
from pipeline.model.decision import Rejected
from pipeline.model.issuer import Issuer
from pipeline.model.member import Member
from pipeline.rules.numbers import my_number_check_digit
from pipeline.stages.read import read, survey
from tests.synthetic import write_members

ROOT = Path(__file__).parents[1]
MEMBERS = ROOT / "fixtures" / "members"
GOOD = dict(
    zip(
        REQUIRED,
        ("06999999", "123", "101", "00", "本人", "見本　一郎", "ミホン　イチロウ", "男", "1980-05-10", "2020-04-01"),
        strict=True,
    )
)


def issuer(name: str = "kenpo", **changes: Any) -> Issuer:
    raw = yaml.safe_load((ROOT / "layouts" / "issuers" / f"{name}.yaml").read_text("utf-8"))
    return Issuer.model_validate(raw | changes)


def table(rows: Sequence[dict[str, str]], columns: Sequence[str] | None = None) -> str:
    file = io.StringIO()
    names = columns or list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(file, names, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def records(path: Path, who: Issuer | None = None) -> list[Member | Rejected]:
    surveyed = survey(path)
    found = list(read(path, who or issuer()))
    assert len(found) == surveyed.rows
    return found


def refused(path: Path) -> list[tuple[str, str]]:
    with pytest.raises(MemberError) as caught:
        survey(path)
    return [(problem.code, problem.place) for problem in caught.value.problems]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "members.csv"


@pytest.mark.parametrize("name", ["kyokai", "kenpo", "kyosai"])
def test_fixtures(name: str) -> None:
    found = records(MEMBERS / f"{name}.csv", issuer(name))
    held = [one for one in found if isinstance(one, Rejected)]
    assert 3 <= len(held) <= 5
    assert len({one.key for one in found}) == len(found)
    assert {one.category for one in found if isinstance(one, Member)} >= {"本人", "家族", "任継本人", "任継家族"}


def test_csv_and_xlsx_are_the_same_members() -> None:
    ours = [(one.key, one) for one in records(MEMBERS / "kenpo.csv")]
    theirs = [(one.key, one) for one in records(MEMBERS / "kenpo.xlsx")]
    assert len(ours) == len(theirs)
    for (key, one), (other_key, other) in zip(ours, theirs, strict=True):
        assert key == other_key
        assert one.place.row == other.place.row
        if isinstance(one, Member) and isinstance(other, Member):
            assert (one.name, one.birth, one.last4, one.address) == (
                other.name,
                other.birth,
                other.last4,
                other.address,
            )
        else:
            assert isinstance(one, Rejected) and isinstance(other, Rejected)
            assert [problem.code for problem in one.problems] == [problem.code for problem in other.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_texts_stay_as_delivered(path: Path, encoding: str, end: str) -> None:
    name = "髙﨑①　㈱～ｱﾞ"
    path.write_bytes(table([GOOD | {"氏名": name, "住所": 'a,"b"　五'}]).replace("\r\n", end).encode(encoding))
    (member,) = records(path)
    assert isinstance(member, Member)
    assert (member.name, member.address, member.birth) == (name, 'a,"b"　五', date(1980, 5, 10))
    assert survey(path).encoding == encoding
    assert survey(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_normalisation(path: Path) -> None:
    names = ["\ufa19", "葛\U000e0100", "た\u3099", "𠮷", "侮\ufe00", "\U0002b81e"]
    path.write_text(table([GOOD | {"氏名": name, "番号": str(n)} for n, name in enumerate(names)]), "utf-8", newline="")
    assert [one.name for one in records(path) if isinstance(one, Member)] == names


def test_columns_in_any_order_and_unknown_ones(path: Path) -> None:
    path.write_text(table([GOOD | {"備考": "x", "社員コード": "7"}], ["備考", *reversed(REQUIRED), "社員コード"]), "utf-8")
    assert survey(path).unknown_columns == ("備考", "社員コード")
    (member,) = records(path)
    assert isinstance(member, Member)
    assert (member.number, member.sex_display, member.alias_name) == ("101", "表", "")


def test_blank_lines_are_no_records_but_count_as_rows(path: Path) -> None:
    path.write_text(table([GOOD]) + "\r\n,,,,,,,,,\r\n" + table([GOOD | {"番号": "102"}]).split("\n", 1)[1] + "\r\n\r\n")
    assert [one.place.row for one in records(path)] == [2, 5]


def test_line_feed_inside_quotes_is_one_row(path: Path) -> None:
    path.write_text(table([GOOD | {"住所": "一\n二"}, GOOD | {"番号": "102"}]), "utf-8", newline="")
    first, second = records(path)
    assert isinstance(first, Rejected) and first.problems[0].code == "member-bad-character"
    assert second.place.row == 3


def test_broken_encoding_names_byte_and_row(path: Path) -> None:
    good = table([GOOD]).encode()
    path.write_bytes(good + "06999999,見本".encode()[:-1] + b",x\r\n")
    with pytest.raises(MemberError) as caught:
        survey(path)
    (problem,) = caught.value.problems
    assert (problem.place, problem.values["assumed"]) == ("members.csv row 3", "UTF-8")
    assert problem.values["offset"] == len(good) + len("06999999,見".encode())
    path.write_bytes(table([GOOD]).encode("cp932") + b"\x81\x20\r\n")
    with pytest.raises(MemberError) as caught:
        survey(path)
    assert caught.value.problems[0].values["assumed"] == "CP932"


def test_utf16_is_refused(path: Path) -> None:
    path.write_bytes(table([GOOD]).encode("utf-16"))
    assert refused(path) == [("member-file-encoding", "members.csv row 1")]


def test_character_cut_at_a_block(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(table([GOOD]), "utf-8")
    for block in (1 << 20, 64, 61, 7):
        monkeypatch.setattr("pipeline.craft.tables.BLOCK", block)
        assert survey(path).encoding == "utf-8"
        assert len(records(path)) == 1


def test_all_missing_and_doubled_columns_at_once(path: Path) -> None:
    path.write_text(",".join([*REQUIRED[:7], "氏名"]) + "\r\n1,2,3,4,5,6,7,8\r\n", "utf-8")
    with pytest.raises(MemberError) as caught:
        survey(path)
    missing, doubled = caught.value.problems
    assert missing.values["columns"] == "性別、生年月日、資格取得年月日"
    assert doubled.values["columns"] == "氏名"


def _digits() -> str:
    return "12345678901" + str(my_number_check_digit("12345678901"))


@pytest.mark.parametrize("column", [*COLUMNS, "備考"])
def test_my_number_in_any_column_refuses_the_file(path: Path, column: str) -> None:
    for text in (_digits(), "番号 " + "-".join(_digits()[n : n + 4] for n in (0, 4, 8))):
        path.write_text(table([GOOD, GOOD | {column: text}]), "utf-8")
        with pytest.raises(MemberError) as caught:
            survey(path)
        problem = next(one for one in caught.value.problems if one.code == "member-my-number")
        assert problem.place == f"members.csv row 3 {column}"
        assert _digits()[:4] not in str(problem.as_json())


def test_my_number_as_a_header(path: Path) -> None:
    path.write_text(table([GOOD | {_digits(): "x"}]), "utf-8")
    assert refused(path) == [("member-my-number", "members.csv row 1 11列目")]


def test_branch_by_issuer(path: Path) -> None:
    path.write_text(
        table([GOOD | {"枝番": branch, "番号": str(n)} for n, branch in enumerate(["", "01", "1", "０１"])]), "utf-8"
    )
    for policy, good in (("required", {"01"}), ("optional", {"", "01"}), ("none", {""})):
        found = records(path, issuer(branch_number=policy))
        assert {one.branch for one in found if isinstance(one, Member)} == good


def test_all_problems_of_a_row_at_once(path: Path) -> None:
    row = GOOD | {"氏名": "●", "性別": "M", "生年月日": "x", "枝番": "1", "個人番号下4桁": "12", "区分": "家族"}
    path.write_text(table([row]), "utf-8")
    (found,) = records(path)
    assert isinstance(found, Rejected)
    assert found.key == "06999999:123:101:1"
    assert {problem.place.rsplit(" ", 1)[1] for problem in found.problems} == {
        "氏名", "性別", "生年月日", "枝番", "個人番号下4桁", "被保険者氏名",
    }  # fmt: skip


def test_the_child_of_a_long_insured_person(path: Path) -> None:
    """A dependant's 資格取得年月日 may be the insured's: 認定年月日 counts."""
    child = {
        "区分": "家族",
        "枝番": "01",
        "被保険者氏名": "見本　一郎",
        "生年月日": "2024-12-25",
        "認定年月日": "2024-12-25",
    }
    path.write_text(table([GOOD | child, GOOD | child | {"番号": "102", "認定年月日": "2024-12-24"}]), "utf-8")
    good, bad = records(path)
    assert isinstance(good, Member)
    assert isinstance(bad, Rejected) and bad.problems[0].code == "member-dates-out-of-order"


def test_zero_sum_of_synthetic_members(tmp_path: Path) -> None:
    first = write_members(tmp_path / "a.csv", 4001, seed=3)
    second = write_members(tmp_path / "b.csv", 4001, seed=3)
    assert first.read_bytes() == second.read_bytes()
    found = records(first)
    assert len(found) == 4001
    assert not [one for one in found if isinstance(one, Rejected)]
    assert sum(ord(max(one.name)) > 0xFFFF for one in found if isinstance(one, Member)) >= 2


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small = write_members(tmp_path / "small.csv", 1_000)
    header, body = small.read_bytes().split(b"\r\n", 1)
    large = tmp_path / "large.csv"
    large.write_bytes(header + b"\r\n" + body * 36)
    who = issuer()
    tracemalloc.start()
    survey(large)
    assert sum(1 for _ in read(large, who)) == 36_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20 < large.stat().st_size  # a block of 1 MiB and its text


CELL = st.sampled_from(
    ["", "00", "本人", "男", "2020-04-01", "R6.12.2", "06999999", "見本", " x", "●", "?", "家族", "12345678"]
)
ROWS = st.lists(st.lists(CELL | st.text("0129年-見/ 有", max_size=5), min_size=1, max_size=40), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ROWS)
def test_every_row_is_accounted_for(path: Path, rows: list[list[str]]) -> None:
    """Whatever the cells: a whole-file refusal, or one record for each row that is not empty."""
    width = len(COLUMNS)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(COLUMNS), *(row[:width] for row in rows)])
    try:
        surveyed = survey(path)
    except MemberError as error:
        assert {one.code for one in error.problems} <= {"member-my-number", "member-file-empty"}
        return
    found = list(read(path, issuer()))
    assert len(found) == surveyed.rows == sum(any(row[:width]) for row in rows)
    assert [one.place.row for one in found] == [n for n, row in enumerate(rows, 2) if any(row[:width])]
    assert all(one.problems for one in found if isinstance(one, Rejected))
