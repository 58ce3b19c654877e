"""Eras, ages and expiry: what is printed as a date, when an age is reached, and until when a document is valid."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base.problems import LayoutError
from pipeline.model.issuer import Policy
from pipeline.model.member import Member, Place
from pipeline.rules.ages import age_on, birthday, reached_on
from pipeline.rules.eras import parse_date, wareki
from pipeline.rules.expiry import EXPIRY, ceiling, expiry_of
from pipeline.rules.policies import choose
from tests.insurers import NAMES, issuer

PRINTED = st.dates(date(1873, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2024, 12, 2), "令和6年12月2日"),
        (date(2029, 11, 30), "令和11年11月30日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1926, 12, 24), "大正15年12月24日"),
        (date(1912, 7, 30), "大正元年7月30日"),
        (date(1912, 7, 29), "明治45年7月29日"),
    ],
)
def test_wareki(day: date, text: str) -> None:
    assert wareki(day) == text
    assert parse_date(text) == day


def test_padded() -> None:
    assert wareki(date(1989, 5, 10), padded=True) == "平成元年 5月10日"
    assert wareki(date(2024, 12, 2), padded=True) == "令和6年12月 2日"


@given(PRINTED, st.booleans())
def test_what_is_printed_is_read(day: date, padded: bool) -> None:
    assert parse_date(wareki(day, padded)) == day


@given(PRINTED)
def test_western_forms(day: date) -> None:
    for form in ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d"):
        text = day.strftime(form).zfill(8)
        assert parse_date(text) == day
        assert parse_date(text.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)})) == day


@pytest.mark.parametrize("text", ["R6.12.2", "Ｒ６．１２．２", "令和６年１２月２日", "20241202", "2024/12/2"])
def test_forms_of_one_day(text: str) -> None:
    assert parse_date(text) == date(2024, 12, 2)


@pytest.mark.parametrize(
    "text",
    [
        "平成31年5月1日",
        "令和元年4月30日",
        "令和0年5月1日",
        "昭和64年1月8日",
        "令和31年2月30日",
        "2023-02-29",
        "1990-02-30",
        "",
        "2024-1202",
        "2024-12/02",
        "24-12-02",
        "9999-12-31",
        "1867-01-01",
        "R6-12-2",
        "6.12.2",
        "X6.12.2",
        "令和6年12月",
        "2024年12月2日",
        " 2024-12-02",
        "2024-12-02 00:00:00",
        "45293",
        "٢٠٢٤-12-02",
    ],
)
def test_no_dates(text: str) -> None:
    with pytest.raises(ValueError):
        parse_date(text)


def test_no_era_after_the_last_year() -> None:
    with pytest.raises(ValueError):
        wareki(date(2100, 1, 1))


def test_age_is_reached_the_day_before_the_birthday() -> None:
    assert reached_on(date(1950, 4, 1), 75) == date(2025, 3, 31)
    assert age_on(date(1950, 4, 1), date(2025, 3, 30)) == 74
    assert age_on(date(1950, 4, 1), date(2025, 3, 31)) == 75


def test_leap_day_birth() -> None:
    assert birthday(date(1952, 2, 29), 75) == date(2027, 3, 1)
    assert reached_on(date(1952, 2, 29), 75) == date(2027, 2, 28)
    assert birthday(date(1952, 2, 29), 72) == date(2024, 2, 29)


@given(PRINTED, st.integers(0, 100))
def test_age_changes_on_the_day_it_is_reached(birth: date, age: int) -> None:
    reached = reached_on(birth, age)
    assert age_on(birth, reached) == age
    assert age_on(birth, reached - timedelta(days=1)) == age - 1


def member(**values: object) -> Member:
    known: dict[str, object] = {
        "place": Place("members.csv", 2),
        "insurer_number": "06999999",
        "symbol": "123",
        "number": "101",
        "branch": "00",
        "category": "本人",
        "name": "見本　一郎",
        "kana": "ミホン　イチロウ",
        "sex": "男",
        "birth": date(1980, 5, 10),
        "qualified_on": date(2020, 4, 1),
    }
    return Member(**(known | values))  # type: ignore[arg-type]


def until(policy: str, day: date, settings: dict[str, object] | None = None, **values: object) -> tuple[date | None, str]:
    chosen = choose(EXPIRY, Policy.model_validate({"policy": policy} | (settings or {})), "documents.card.expiry")
    return tuple(expiry_of(chosen, policy, member(**values), day))  # type: ignore[return-value]


@pytest.mark.feature("F41")
def test_issue_window_of_the_sample() -> None:
    """S002: 令和6年12月2日 → 令和11年11月30日; all of the window share it."""
    assert until("issue-window", date(2024, 12, 2)) == (date(2029, 11, 30), "issue-window")
    assert until("issue-window", date(2024, 12, 1)) == (date(2029, 11, 30), "issue-window")
    assert until("issue-window", date(2025, 11, 30)) == (date(2029, 11, 30), "issue-window")
    assert until("issue-window", date(2025, 12, 1)) == (date(2030, 11, 30), "issue-window")


@pytest.mark.feature("F42")
def test_december_first() -> None:
    """S004: 1 December after four years."""
    assert until("december-first", date(2024, 12, 2)) == (date(2029, 12, 1), "december-first")
    assert until("december-first", date(2024, 12, 1)) == (date(2028, 12, 1), "december-first")
    assert until("december-first", date(2025, 1, 15)) == (date(2029, 12, 1), "december-first")


def test_other_policies() -> None:
    day = date(2026, 8, 1)
    assert until("none", day, birth=date(1952, 1, 1)) == (None, "none")
    assert until("fixed-date", day, {"last-day": date(2027, 12, 2)}) == (date(2027, 12, 2), "fixed-date")
    assert until("year-end", day) == (date(2030, 12, 31), "year-end")
    assert until("july-end", day) == (date(2027, 7, 31), "july-end")
    assert until("july-end", date(2026, 7, 31)) == (date(2026, 7, 31), "july-end")
    assert until("short-term", day, {"days": 62}) == (date(2026, 10, 1), "short-term")


def test_policies_by_the_month() -> None:
    day = date(2026, 8, 31)
    assert until("month-end", day, {"months": 1}) == (date(2026, 8, 31), "month-end")
    assert until("month-end", day) == (date(2027, 7, 31), "month-end")
    assert until("month-end", date(2026, 12, 1), {"months": 3}) == (date(2027, 2, 28), "month-end")
    assert until("month-end", day, {"months": 60}) == (date(2031, 7, 31), "month-end")
    assert until("issue-window", day, {"years": 1}) == (date(2026, 11, 30), "issue-window")  # 国保-like, yearly


def test_july_end_before_the_month_of_70() -> None:
    """国保: the last day of the birthday's month; born on the 1st, of the month before (sources §1.6)."""
    day, at_70 = date(2026, 8, 1), {"ends-at-70": True}
    assert until("july-end", day, at_70, birth=date(1956, 10, 20)) == (date(2026, 10, 31), "age-70")
    assert until("july-end", day, at_70, birth=date(1956, 10, 1)) == (date(2026, 9, 30), "age-70")
    assert until("july-end", day, at_70, birth=date(1957, 8, 1)) == (date(2027, 7, 31), "july-end")
    assert until("july-end", day, at_70, birth=date(1956, 8, 1)) == (date(2027, 7, 31), "july-end")
    assert until("july-end", day, None, birth=date(1956, 10, 20)) == (date(2027, 7, 31), "july-end")


def test_a_date_of_the_yaml_is_a_text() -> None:
    """The reader of YAML leaves dates as they are written."""
    assert until("fixed-date", date(2026, 8, 1), {"last-day": "2027-12-02"}) == (date(2027, 12, 2), "fixed-date")
    with pytest.raises(LayoutError):
        until("fixed-date", date(2026, 8, 1), {"last-day": "2027-13-02"})


@pytest.mark.feature("F78")
@pytest.mark.parametrize("name", ["kyokai", "kenpo", "kyosai"])
def test_no_document_of_an_issuer_is_valid_for_more_than_five_years(name: str) -> None:
    """Whatever the policy says and whenever it is issued; and the policy itself keeps the ceiling."""
    for document in issuer(name).documents.values():
        policy = choose(EXPIRY, document.expiry, name)
        for n in range(0, 2200, 13):
            day = date(2024, 12, 2) + timedelta(days=n)
            last = policy.until(day)
            assert last is None or day <= last <= ceiling(day)


@pytest.mark.feature("F41", "F42", "F78")
def test_the_issuers_certificates_last_four_to_five_years() -> None:
    """S002 and S004 on the same day: 令和11年11月30日 and 12月1日."""
    day = date(2024, 12, 2)
    last = {name: choose(EXPIRY, issuer(name).documents["eligibility-certificate"].expiry, name).until(day) for name in NAMES}
    assert last == {"kyokai": date(2029, 11, 30), "kyosai": date(2029, 12, 1), "kenpo": date(2028, 12, 31)}


def test_the_earliest_bound_counts_and_is_named() -> None:
    day = date(2026, 8, 1)
    assert until("year-end", day, birth=date(1952, 9, 1)) == (date(2027, 8, 31), "age-75")
    assert until("year-end", day, birth=date(1952, 2, 29)) == (date(2027, 2, 28), "age-75")
    assert until("year-end", day, voluntary_until=date(2028, 3, 31)) == (date(2028, 3, 31), "voluntary-until")
    assert until("year-end", day, residence_until=date(2027, 1, 5)) == (date(2027, 1, 5), "residence-until")
    assert until("year-end", day, leaves_on=date(2027, 4, 1)) == (date(2027, 3, 31), "leaves-on")
    both = {"leaves_on": date(2027, 4, 1), "residence_until": date(2027, 1, 5)}
    assert until("year-end", day, None, **both) == (date(2027, 1, 5), "residence-until")
    assert until("fixed-date", day, {"last-day": date(2040, 1, 1)}) == (date(2031, 7, 31), "five-years")


@pytest.mark.feature("F41", "F42", "F78")
@given(st.dates(date(2024, 12, 2), date(2060, 12, 31)), st.sampled_from(["issue-window", "december-first", "year-end"]))
def test_never_more_than_five_years(day: date, policy: str) -> None:
    """Nor is a policy itself ever cut by the ceiling: the ceiling would show as the rule."""
    last, rule = until(policy, day, birth=day)
    assert last is not None
    assert day <= last <= ceiling(day) < date(day.year + 5, 12, 31)
    assert rule == policy


@pytest.mark.parametrize(
    ("policy", "code", "said"),
    [
        ({"policy": "forever"}, "issuer-unknown-policy", "year-end"),
        ({"policy": "year-end", "years": 6}, "issuer-bad-setting", "years"),
        ({"policy": "year-end", "anchor": "12-01"}, "issuer-bad-setting", "anchor"),
        ({"policy": "issue-window", "anchor": "02-29"}, "issuer-bad-setting", "day"),
        ({"policy": "fixed-date"}, "issuer-bad-setting", "last_day"),
        ({"policy": "short-term", "days": True}, "issuer-bad-setting", "days"),
    ],
)
def test_wrong_policies(policy: dict[str, object], code: str, said: str) -> None:
    with pytest.raises(LayoutError) as caught:
        choose(EXPIRY, Policy.model_validate(policy), "documents.card.expiry")
    (problem,) = caught.value.problems
    assert (problem.code, problem.place) == (code, "documents.card.expiry")
    assert said in problem.message + problem.hint
