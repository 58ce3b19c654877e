"""The month of 70, limits, optional items, and what stands on the front and the back."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base.problems import LayoutError, Problem
from pipeline.rules.limits import shown_limit_class, shown_special_disease, wished
from pipeline.rules.names import back_notes, front_name, front_sex
from pipeline.rules.seventy import effective_on, elderly_branch, elderly_from, ratio_is_separate
from pipeline.stages.decide import decide
from tests.insurers import CARD, due, issuer_of, member

DAY = date(2026, 11, 23)
ELDERLY = "elderly-month"
BORN = date(1956, 10, 20)


@pytest.mark.feature("F56")
@pytest.mark.parametrize(
    ("birth", "begins"),
    [
        (date(1956, 1, 1), date(2026, 1, 1)),  # sources §6: 1/1 → 1/1, 1/2 → 2/1
        (date(1956, 1, 2), date(2026, 2, 1)),
        (date(1956, 1, 31), date(2026, 2, 1)),
        (date(1956, 12, 1), date(2026, 12, 1)),
        (date(1956, 12, 2), date(2027, 1, 1)),
        (date(1956, 2, 29), date(2026, 3, 1)),
        (date(1956, 3, 1), date(2026, 3, 1)),
        (date(1956, 3, 2), date(2026, 4, 1)),
    ],
)
def test_from_the_month_after_the_birthday_or_the_same_for_the_first(birth: date, begins: date) -> None:
    assert elderly_from(birth) == begins
    day_before = date.fromordinal(begins.toordinal() - 1)
    assert due(ELDERLY, day_before, birth=birth, ratio="２割") == ("skip", "not-yet-70")
    assert due(ELDERLY, begins, birth=birth, ratio="２割") == ("issue", "from-70")


@pytest.mark.feature("F56")
@given(st.dates(date(1940, 1, 1), date(1990, 12, 31)))
def test_always_the_first_of_a_month_within_31_days_of_the_birthday(birth: date) -> None:
    begins = elderly_from(birth)
    reached = (
        date(birth.year + 70, birth.month, birth.day) if (birth.month, birth.day) != (2, 29) else date(birth.year + 70, 3, 1)
    )
    assert begins.day == 1
    assert 0 <= (begins - reached).days <= 30
    assert (begins == reached) == (reached.day == 1)


@pytest.mark.feature("F55", "F56")
def test_the_certificate_of_70_needs_a_ratio_and_a_sensible_start() -> None:
    assert due(ELDERLY, DAY, birth=BORN, ratio="３割") == ("issue", "from-70")
    assert due(ELDERLY, DAY, birth=BORN) == ("hold", "ratio-missing")
    assert due(ELDERLY, DAY, birth=BORN, ratio="２割", effective_on=date(2026, 10, 1)) == ("hold", "effective-too-early")
    assert due(ELDERLY, DAY, birth=BORN, ratio="２割", effective_on=date(2026, 11, 1)) == ("issue", "from-70")
    assert due(ELDERLY, DAY, {"ahead_days": 20}, birth=date(1956, 11, 30), ratio="２割") == ("issue", "from-70")
    assert due(ELDERLY, DAY, {"ahead_days": 7}, birth=date(1956, 11, 30), ratio="２割") == ("skip", "not-yet-70")
    assert effective_on(member(birth=BORN)) == date(2026, 11, 1)
    assert effective_on(member(birth=BORN, effective_on=date(2026, 8, 1))) == date(2026, 8, 1)


@pytest.mark.feature("F56")
def test_a_dependants_certificate_of_70_bears_the_insureds_branch() -> None:
    """The trap of sources §5.3: it differs from the dependant's own card."""
    dependant = member(category="家族", branch="02", birth=BORN)
    assert elderly_branch(dependant) == "00"
    assert elderly_branch(dependant, "01") == "01"
    assert elderly_branch(member(branch="00")) == "00"
    assert elderly_branch(member(category="任継家族", branch="")) == ""


@pytest.mark.feature("F55")
def test_the_ratio_stands_on_one_document_only() -> None:
    """Sources §1.2: on the certificate, unless a 高齢受給者証 is issued separately."""
    card = {"due": {"policy": CARD}}
    assert not ratio_is_separate(issuer_of({"card": card}))
    assert ratio_is_separate(issuer_of({"card": card, "seventy": {"due": {"policy": ELDERLY}}}))


SEVENTY = issuer_of({"seventy": {"due": {"policy": ELDERLY}, "expiry": {"policy": "july-end"}}})


@pytest.mark.feature("F55")
def test_the_certificate_of_70_ends_in_july_or_at_75() -> None:
    (one,) = decide(member(birth=BORN, ratio="２割"), SEVENTY, DAY, DAY)
    assert (one.expires_on, one.expiry_rule) == (date(2027, 7, 31), "july-end")
    (one,) = decide(member(birth=date(1952, 3, 10), ratio="２割"), SEVENTY, DAY, DAY)
    assert (one.expires_on, one.expiry_rule) == (date(2027, 3, 9), "age-75")


@pytest.mark.feature("F55", "F56")
def test_what_is_sent_ahead_ends_after_it_begins() -> None:
    """Sent in July, valid from 1 August: until the July of the next year, not of this one."""
    documents = {"seventy": {"due": {"policy": ELDERLY, "ahead_days": 31}, "expiry": {"policy": "july-end"}}}
    day, born = date(2027, 7, 10), date(1957, 7, 15)
    (one,) = decide(member(birth=born, ratio="２割"), issuer_of(documents), day, day)
    assert (effective_on(member(birth=born)), one.expires_on) == (date(2027, 8, 1), date(2028, 7, 31))
    (one,) = decide(member(birth=date(1957, 7, 1), ratio="２割"), issuer_of(documents), day, day)
    assert one.expires_on == date(2027, 7, 31)


LIMIT = "limit-applied"


@pytest.mark.feature("F57")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"limit_class": "ウ", "applied": "有"}, ("issue", "limit-applied")),
        ({"limit_class": "ウ"}, ("skip", "limit-not-applied")),
        ({"applied": "有"}, ("skip", "no-limit-class")),
        ({"limit_class": "ウ", "applied": "有", "has_card": "有"}, ("skip", "limit-online")),
        ({"limit_class": "カ", "applied": "有"}, ("hold", "limit-class-unknown")),
        ({"limit_class": "低所得Ⅰ", "applied": "有"}, ("hold", "limit-class-age")),
        ({"limit_class": "低所得Ⅰ", "applied": "有", "birth": BORN}, ("issue", "limit-applied")),
        ({"limit_class": "ア", "applied": "有", "birth": BORN}, ("hold", "limit-class-age")),
    ],
)
def test_a_limit_certificate_on_application_with_a_class_of_the_age(values: dict[str, Any], expected: tuple[str, str]) -> None:
    assert due(LIMIT, DAY, **values) == expected


@pytest.mark.feature("F57")
def test_an_issuer_may_give_it_to_holders_too() -> None:
    settings = {"always": True}
    assert due(LIMIT, DAY, settings, limit_class="エ", applied="有", has_card="有") == ("issue", "limit-applied")


def test_a_limit_certificate_ends_with_a_month() -> None:
    by = issuer_of({"limit": {"due": {"policy": LIMIT}, "expiry": {"policy": "month-end", "months": 3}}})
    (one,) = decide(member(limit_class="ウ", applied="有"), by, DAY, DAY)
    assert one.expires_on == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("policy", "values", "code"),
    [
        (ELDERLY, {"birth": BORN}, "member-ratio-missing"),
        (ELDERLY, {"birth": BORN, "effective_on": date(2026, 9, 1)}, "member-effective-too-early"),
        (LIMIT, {"limit_class": "カ"}, "member-limit-class-unknown"),
        (LIMIT, {"limit_class": "低所得Ⅰ"}, "member-limit-class-age"),
    ],
)
def test_what_is_held_says_why(policy: str, values: dict[str, Any], code: str) -> None:
    (one,) = decide(member(**values), issuer_of({"one": {"due": {"policy": policy}}}), DAY, DAY)
    assert isinstance(one.problem, Problem) and one.problem.code == code
    assert one.problem.message and one.problem.hint


def test_wrong_settings() -> None:
    for policy, settings in ((ELDERLY, {"ahead_days": 93}), (ELDERLY, {"insured_branch": "0"}), (LIMIT, {"always": 1})):
        with pytest.raises(LayoutError):
            due(policy, DAY, settings)


@pytest.mark.parametrize(
    ("wish", "limit", "disease"),
    [
        ("", "＊", "＊"),
        ("無", "＊", "＊"),
        ("有", "ウ", "1"),
        ("限度額区分", "ウ", "＊"),
        ("特定疾病", "＊", "1"),
        ("限度額区分、特定疾病", "ウ", "1"),
    ],
)
def test_optional_items_stand_there_at_the_wish_only(wish: str, limit: str, disease: str) -> None:
    """Sources §1.2; what is not shown is marked, so that nobody reads it as none (sources §9 row 23)."""
    who = member(optional_items=wish, limit_class="ウ", special_disease="1")
    assert (shown_limit_class(who), shown_special_disease(who)) == (limit, disease)
    nothing = member(optional_items=wish)
    assert (shown_limit_class(nothing), shown_special_disease(nothing)) == ("＊", "＊")
    assert wished(member(optional_items="限度額区分　他")) == {"限度額区分"}


def test_alias_and_sex_on_front_and_back() -> None:
    """Sources §7.4."""
    plain = member()
    assert (front_name(plain), front_sex(plain), back_notes(plain)) == ("見本　一郎", "男", [])
    who = member(alias_name="見本　花子", sex_display="裏")
    assert (front_name(who), front_sex(who)) == ("見本　花子", "裏面参照")
    assert back_notes(who) == ["戸籍上の氏名は見本　一郎", "戸籍上の性別は男"]
    noted = member(alias_name="見本　花子", registered_note="見本　壱郎")
    assert back_notes(noted) == ["戸籍上の氏名は見本　壱郎"]
    assert back_notes(member(sex_display="裏"), sex_is="性別：") == ["性別：男"]
