"""Who gets a certificate, and from which day: the seven reasons, the transition, and what differs between insurers."""

from datetime import date
from typing import Any

import pytest

from pipeline.base.problems import LayoutError
from pipeline.model.issuer import Policy
from pipeline.rules.ages import add_months
from pipeline.rules.policies import choose
from pipeline.rules.transition import GATES, SWITCH, TRANSITION_END, holds_old_card, old_card_until
from pipeline.stages.decide import barred, decide
from tests.insurers import CARD, NAMES, due, issuer, issuer_of, member, own

DAY = date(2026, 11, 23)
IN_TRANSITION = date(2025, 4, 1)
CERTIFICATE = "eligibility-certificate"
NEW, OLD = date(2025, 3, 1), date(2020, 4, 1)


def of(name: str, day: date, **values: Any) -> tuple[str, str]:
    """What the issuer's own settings say of its certificate."""
    return due(CARD, day, own(name, CERTIFICATE), **values)


@pytest.mark.feature("F31", "F32")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", "1234567")
def test_reasons_1_to_5_ex_officio_and_6_to_7_on_application(name: str, code: str) -> None:
    alone = of(name, DAY, reason=code)
    assert alone == (("issue", f"reason-{code}") if code in "12345" else ("skip", "not-applied"))
    assert of(name, DAY, reason=code, applied="有") == ("issue", f"reason-{code}")


@pytest.mark.feature("F33")
@pytest.mark.parametrize("name", NAMES)
def test_reason_7_counts_with_a_card_and_others_contradict_it(name: str) -> None:
    assert of(name, DAY, has_card="有", reason="7", applied="有") == ("issue", "reason-7")
    assert of(name, DAY, has_card="有", reason="7") == ("skip", "not-applied")
    assert of(name, DAY, has_card="有", reason="2") == ("hold", "reason-contradicts-card")
    assert of(name, DAY, has_card="有", applied="有") == ("skip", "has-card")


@pytest.mark.feature("F34")
def test_a_new_member_on_application_at_once_else_after_a_month() -> None:
    """S002: on application in the 資格取得届, else ex officio after 1–2 months."""
    joined = date(2026, 11, 1)
    assert of("kyokai", DAY, qualified_on=joined, applied="有") == ("issue", "no-card")
    assert of("kyokai", DAY, qualified_on=joined) == ("skip", "new-member-waits")
    assert of("kyokai", DAY, qualified_on=joined, reason="8") == ("issue", "reason-8")  # the insurer has looked
    assert of("kyokai", date(2026, 11, 30), qualified_on=joined) == ("skip", "new-member-waits")
    assert of("kyokai", date(2026, 12, 1), qualified_on=joined) == ("issue", "no-card")
    assert of("kenpo", DAY, qualified_on=joined) == ("issue", "no-card")


@pytest.mark.feature("F35")
@pytest.mark.parametrize("reason", ["", "1", "8"])
def test_an_existing_member_after_the_transition(reason: str) -> None:
    """S002: without マイナ保険証, or with a My Number that is not registered."""
    expected = f"reason-{reason}" if reason else "no-card"
    assert of("kyokai", TRANSITION_END, qualified_on=OLD, reason=reason) == ("skip", "old-card-valid")
    assert of("kyokai", date(2025, 12, 2), qualified_on=OLD, reason=reason) == ("issue", expected)


@pytest.mark.feature("F36")
@pytest.mark.parametrize("name", NAMES)
def test_all_holders_of_old_cards_get_one_when_the_cards_end(name: str) -> None:
    """S003: 一括職権交付. (That an expired certificate makes room for a new one is the ledger's to show.)"""
    assert of(name, date(2025, 12, 2), qualified_on=OLD) == ("issue", "no-card")
    assert of(name, date(2025, 12, 2), qualified_on=OLD, has_card="有") == ("skip", "has-card")


@pytest.mark.feature("F37")
def test_the_issue_to_all_in_autumn() -> None:
    """S004: before the transition ends, to everybody who has no マイナ保険証 by then."""
    assert of("kyosai", date(2025, 9, 30), qualified_on=OLD) == ("skip", "old-card-valid")
    assert of("kyosai", date(2025, 10, 1), qualified_on=OLD) == ("issue", "no-card")
    assert of("kyosai", date(2025, 10, 1), qualified_on=OLD, has_card="有") == ("skip", "has-card")
    assert of("kyokai", date(2025, 10, 1), qualified_on=OLD) == ("skip", "old-card-valid")


@pytest.mark.feature("F38")
def test_basically_none_during_the_transition() -> None:
    """S000 against S002 and S004; who lost the old card and is unable applies."""
    assert of("kenpo", IN_TRANSITION, qualified_on=NEW) == ("skip", "in-transition")
    assert of("kenpo", IN_TRANSITION, qualified_on=OLD) == ("skip", "old-card-valid")
    assert of("kenpo", IN_TRANSITION, qualified_on=OLD, applied="有", reason="2") == ("issue", "reason-2")
    assert of("kyosai", IN_TRANSITION, qualified_on=NEW) == ("issue", "no-card")
    assert of("kyokai", IN_TRANSITION, qualified_on=NEW) == ("issue", "no-card")


@pytest.mark.feature("F39")
def test_no_insurance_card_after_the_switch() -> None:
    """None issued, reissued or corrected after 令和6年12月1日, none for who is entitled later, whenever that is handled."""
    gate = choose(GATES, Policy(policy="until-switch"), "documents.card.gate")
    assert gate.barred(date(2024, 12, 1), date(2024, 12, 1)) is None
    for day, entitled in ((SWITCH, OLD), (DAY, OLD), (date(2024, 11, 20), SWITCH)):
        shut = gate.barred(day, entitled)
        assert shut is not None and shut.reason == "insurance-card-ended"


@pytest.mark.feature("F39")
def test_the_gate_decides_before_the_policy() -> None:
    old = {"due": {"policy": "registered"}, "gate": {"policy": "until-switch"}}
    new = {"due": {"policy": "registered"}, "gate": {"policy": "from-switch"}}
    by = issuer_of({"old-card": old, "new-card": new})
    for day, expected in (
        (date(2024, 12, 1), ["registered", "before-switch"]),
        (date(2024, 12, 2), ["insurance-card-ended", "registered"]),
    ):
        found = decide(member(), by, day, day)
        assert [one.reason for one in found] == expected
        assert {one.rule for one in found} == {"registered", "from-switch" if day < SWITCH else "until-switch"}
    assert barred(by, "old-card", member(), DAY) is not None
    assert barred(by, "new-card", member(), DAY) is None


@pytest.mark.feature("F39")
@pytest.mark.parametrize("name", NAMES)
def test_the_issuers_certificates_have_their_gate(name: str) -> None:
    found = {one.document: one for one in decide(member(), issuer(name), date(2024, 12, 1), date(2024, 12, 1))}
    assert found[CERTIFICATE].reason == "before-switch"
    certificates = [one for one in issuer(name).documents.values() if one.due.policy == CARD]
    assert {one.gate.policy for one in certificates} == {"from-switch"}


def test_a_gate_between_two_days() -> None:
    settings = {"policy": "between", "first": "2024-09-01", "last": date(2024, 9, 30)}  # YAML gives texts
    gate = choose(GATES, Policy.model_validate(settings), "x")
    assert [bool(gate.barred(date(2024, month, 1), OLD)) for month in (8, 9, 10)] == [True, False, True]
    for wrong in ({"first": "soon"}, {"first": "2024-10-01", "last": "2024-09-01"}, {"first": 20240901}):
        with pytest.raises(LayoutError):
            choose(GATES, Policy.model_validate({"policy": "between"} | wrong), "x")


@pytest.mark.feature("F40")
def test_an_old_card_ends_with_the_transition_or_sooner() -> None:
    """S004: loss, 被扶養者取消, change of data or of the branch office; the first day without it is not usable."""
    assert old_card_until(OLD) == TRANSITION_END == date(2025, 12, 1)
    assert old_card_until(OLD, None, date(2025, 4, 1)) == date(2025, 3, 31)
    assert old_card_until(OLD, date(2025, 6, 1), date(2025, 4, 1)) == date(2025, 3, 31)
    assert old_card_until(OLD, date(2026, 4, 1)) == TRANSITION_END
    assert old_card_until(date(2024, 12, 1)) == TRANSITION_END
    assert old_card_until(SWITCH) is None
    assert holds_old_card(member(qualified_on=OLD), IN_TRANSITION)
    assert not holds_old_card(member(qualified_on=OLD, leaves_on=IN_TRANSITION), IN_TRANSITION)
    assert not holds_old_card(member(qualified_on=OLD), date(2025, 12, 2))
    assert not holds_old_card(member(category="家族", certified_on=NEW, qualified_on=OLD), IN_TRANSITION)


@pytest.mark.feature("F02")
@pytest.mark.parametrize(
    ("values", "short"),
    [
        ({}, False),
        ({"leaves_on": date(2027, 1, 22)}, True),
        ({"leaves_on": date(2027, 1, 23)}, False),
        ({"voluntary_until": date(2027, 1, 21)}, True),
        ({"voluntary_until": date(2027, 1, 22)}, False),
        ({"residence_until": date(2027, 1, 21)}, True),
        ({"registration": "処理中"}, True),
    ],
)
def test_paper_for_short_terms_else_plastic(values: dict[str, Any], short: bool) -> None:
    """S004: never both, never neither. 60 days from 23 November: the last is 21 January."""
    settings = {"short_days": 60, "pending_is_short": True}
    plastic = due(CARD, DAY, settings | {"term": "long"}, **values)
    paper = due(CARD, DAY, settings | {"term": "short"}, **values)
    assert plastic == (("skip", "short-term-here") if short else ("issue", "no-card"))
    assert paper == (("issue", "no-card") if short else ("skip", "long-term-here"))


@pytest.mark.parametrize(
    "settings",
    [
        {"transition": "perhaps"},
        {"general_issue": "autumn"},
        {"new_member_months": 4},
        {"term": "medium"},
        {"short_days": -1},
        {"pending_is_short": "yes"},
    ],
)
def test_wrong_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(LayoutError):
        due(CARD, DAY, settings)


def test_months_later() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 10, 31), 1) == date(2026, 11, 30)
    assert add_months(date(2026, 11, 23), 2) == date(2027, 1, 23)
    assert add_months(date(2026, 12, 31), 12) == date(2027, 12, 31)
