"""Decisions: who gets which document, by which channel, until when, and the reason where none is due."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.base.problems import LayoutError, catalogue
from pipeline.model.decision import Decision, Outcome
from pipeline.model.issuer import Issuer
from pipeline.model.member import Member, Place
from pipeline.rules.eligibility import DUE
from pipeline.rules.reasons import REASONS
from pipeline.stages.decide import compile_policies, decide

DAY = date(2026, 11, 23)
ISSUERS = Path(__file__).parents[1] / "layouts" / "issuers"
CARD, LINKED, UNLINKED = "cannot-confirm-online", "registered-and-linked", "registered-not-linked"


def issuer(due: dict[str, dict[str, Any]] | None = None, expiry: dict[str, Any] | None = None, **changes: Any) -> Issuer:
    """An issuer whose documents are called like their policies."""
    raw = yaml.safe_load((ISSUERS / "kenpo.yaml").read_text("utf-8")) | changes
    raw["documents"] = {
        name: {
            "due": {"policy": name} | (due or {}).get(name, {}),
            "expiry": expiry or {"policy": "year-end"} if name == CARD else {"policy": "none"},
            "sheet": "a4",
            "office_sheet": "a4",
        }
        for name in (CARD, LINKED, UNLINKED)
    }
    return Issuer.model_validate(raw)


PLAIN = issuer()


def member(**values: Any) -> Member:
    known: dict[str, Any] = {
        "place": Place("members.csv", 2), "insurer_number": "06999999", "number": "101", "branch": "00",
        "symbol": "123", "category": "本人", "name": "見本",
        "kana": "ミホン", "sex": "男", "birth": date(1980, 5, 10),
        "qualified_on": date(2020, 4, 1), "has_card": "無", "registration": "完了", "match": "確認済", "last4": "0123",
    }  # fmt: skip
    return Member(**(known | values))


def of(who: Member, document: str = CARD, by: Issuer = PLAIN, day: date = DAY, cutoff: date | None = None) -> Decision:
    decisions = decide(who, by, day, cutoff or day)
    assert [one.document for one in decisions] == list(by.documents)
    for one in decisions:
        assert one.reason in REASONS
        assert (one.problem is not None) == (one.outcome is Outcome.HOLD)
        assert (one.issued_on == day) == (one.outcome is Outcome.ISSUE)
        assert one.problem is None or one.problem.code in catalogue()
    return next(one for one in decisions if one.document == document)


def says(decision: Decision) -> tuple[str, str]:
    return decision.outcome.value, decision.reason


@pytest.mark.feature("F31", "F32", "F33")
@pytest.mark.parametrize(
    ("card", "reason", "applied", "expected"),
    [
        ("無", "", "", ("issue", "no-card")),
        ("有", "", "", ("skip", "has-card")),
        ("", "", "", ("hold", "card-unknown")),
        *(("無", str(code), "", ("issue", f"reason-{code}")) for code in (1, 2, 3, 4, 5, 8, 9)),
        ("無", "6", "", ("skip", "not-applied")),
        ("無", "6", "無", ("skip", "not-applied")),
        ("無", "6", "有", ("issue", "reason-6")),
        ("有", "7", "有", ("issue", "reason-7")),
        ("有", "7", "", ("skip", "not-applied")),
        ("", "4", "", ("issue", "reason-4")),
        ("有", "4", "", ("issue", "reason-4")),
        ("有", "1", "", ("hold", "reason-contradicts-card")),
    ],
)
def test_eligibility_certificate(card: str, reason: str, applied: str, expected: tuple[str, str]) -> None:
    assert says(of(member(has_card=card, reason=reason, applied=applied))) == expected


@pytest.mark.feature("F32")
def test_reasons_by_issuer() -> None:
    by = issuer({CARD: {"ex_officio": [2, 7], "on_application": [1], "default_reason": 2}})
    assert says(of(member(), by=by)) == ("issue", "reason-2")
    assert says(of(member(reason="7"), by=by)) == ("issue", "reason-7")
    assert says(of(member(reason="1"), by=by)) == ("skip", "not-applied")
    assert says(of(member(reason="5"), by=by)) == ("skip", "not-for-this-issuer")


@pytest.mark.feature("F39")
def test_no_certificate_before_the_switch() -> None:
    assert says(of(member(), day=date(2024, 12, 1))) == ("skip", "before-switch")
    assert says(of(member(), day=date(2024, 12, 2))) == ("issue", "no-card")
    assert says(of(member(), LINKED, day=date(2024, 10, 1))) == ("issue", "registered-and-linked")


@pytest.mark.feature("F16", "F20")
@pytest.mark.parametrize(
    ("values", "with_digits", "without"),
    [
        ({}, "issue", "skip"),
        ({"match": "低リスク"}, "skip", "issue"),
        ({"match": "不一致"}, "skip", "issue"),
        ({"match": "未登録", "last4": ""}, "skip", "issue"),
        ({"match": ""}, "skip", "issue"),
        ({"last4": ""}, "skip", "issue"),
        ({"registration": "処理中"}, "skip", "skip"),
        ({"registration": ""}, "skip", "skip"),
    ],
)
def test_notices(values: dict[str, str], with_digits: str, without: str) -> None:
    """Never both, and digits only for a sure match."""
    assert of(member(**values), LINKED).outcome.value == with_digits
    assert of(member(**values), UNLINKED).outcome.value == without


def test_notice_settings() -> None:
    by = issuer(
        {
            LINKED: {"match": ["確認済", "低リスク"]},
            UNLINKED: {"match": ["確認済", "低リスク"], "needs_registration": False},
        }
    )
    assert of(member(match="低リスク"), LINKED, by).outcome is Outcome.ISSUE
    assert of(member(match="低リスク"), UNLINKED, by).outcome is Outcome.SKIP
    assert of(member(registration="処理中"), UNLINKED, by).outcome is Outcome.ISSUE


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"birth": date(1951, 11, 23)}, "age-75"),
        ({"leaves_on": DAY}, "left"),
        ({"leaves_on": date(2026, 11, 22)}, "left"),
        ({"category": "任継本人", "voluntary_until": date(2026, 11, 22)}, "voluntary-ended"),
        ({"qualified_on": date(2026, 11, 24)}, "after-cutoff"),
        ({"category": "家族", "certified_on": date(2026, 11, 24)}, "after-cutoff"),
    ],
)
def test_no_member_on_the_day(values: dict[str, Any], reason: str) -> None:
    for document in (CARD, LINKED, UNLINKED):
        assert says(of(member(**values), document)) == ("skip", reason)


def test_still_a_member_on_the_last_day() -> None:
    assert of(member(birth=date(1951, 11, 24))).expires_on == DAY
    assert of(member(leaves_on=date(2026, 11, 24))).expires_on == DAY
    assert of(member(voluntary_until=DAY)).expires_on == DAY


@pytest.mark.feature("F30")
def test_cutoff_and_day() -> None:
    joined = member(qualified_on=date(2026, 11, 10))
    assert says(of(joined, cutoff=date(2026, 11, 9))) == ("skip", "after-cutoff")
    assert of(joined, cutoff=date(2026, 11, 10)).outcome is Outcome.ISSUE
    assert says(of(member(qualified_on=date(2026, 11, 24)), cutoff=date(2026, 12, 31))) == ("skip", "not-yet-qualified")


def test_held_decisions() -> None:
    assert says(of(member(birth=date(2026, 11, 24)))) == ("hold", "born-later")
    expired = of(member(residence_until=date(2026, 11, 22)))
    assert says(expired) == ("hold", "expired-before-issue")
    assert expired.problem is not None and "令和8年11月22日" in expired.problem.message
    assert of(member(residence_until=date(2026, 11, 22)), LINKED).outcome is Outcome.ISSUE


def test_expiry_of_the_day_is_not_kept_for_another() -> None:
    assert of(member(), day=date(2026, 11, 23)).expires_on == date(2030, 12, 31)
    assert of(member(), day=date(2027, 1, 4)).expires_on == date(2031, 12, 31)
    assert of(member(), LINKED).expires_on is None
    assert of(member(), LINKED).expiry_rule == ""


@pytest.mark.feature("F29")
def test_channels() -> None:
    assert of(member()).channel == "employer"
    assert of(member(category="任継家族")).channel == "home"
    assert of(member(category="特退本人")).channel == "home"
    assert of(member(delivery="自宅")).channel == "home"
    assert of(member(delivery="WEB"), LINKED).channel == "web"
    assert of(member(category="任継本人", delivery="事業所")).channel == "employer"


def test_a_second_issuer_of_the_same_process_has_its_own_policies() -> None:
    other = issuer(expiry={"policy": "december-first"})
    for _ in range(2):
        assert of(member(), by=PLAIN).expiry_rule == "year-end"
        assert of(member(), by=other).expiry_rule == "december-first"
    assert compile_policies(other) is compile_policies(other)


def test_all_unknown_names_at_once() -> None:
    wrong = issuer({CARD: {"policy": "everyone"}, LINKED: {"match": ["たぶん"]}}, channels={"employed": "pigeon"})
    with pytest.raises(LayoutError) as caught:
        decide(member(), wrong, DAY, DAY)
    found = {(problem.code, problem.place) for problem in caught.value.problems}
    assert found == {
        ("issuer-unknown-policy", f"documents.{CARD}.due"),
        ("issuer-bad-setting", f"documents.{LINKED}.due"),
        ("issuer-unknown-channel", "channels.employed"),
        ("issuer-unknown-channel", "channels.voluntary"),
        ("issuer-unknown-channel", "channels.special"),
    }
    assert all(name in caught.value.problems[0].message for name in DUE)


@pytest.mark.parametrize(
    "settings",
    [
        {"ex_officio": [1], "on_application": [1]},
        {"ex_officio": [10]},
        {"ex_officio": 3},
        {"default_reason": 11},
        {"x": 1},
    ],
)
def test_wrong_settings_of_reasons(settings: dict[str, Any]) -> None:
    with pytest.raises(LayoutError):
        compile_policies(issuer({CARD: settings}))


@pytest.mark.parametrize("name", ["kyokai", "kenpo", "kyosai"])
def test_the_issuers_of_this_repository(name: str) -> None:
    raw = yaml.safe_load((ISSUERS / f"{name}.yaml").read_text("utf-8"))
    policies = compile_policies(Issuer.model_validate(raw))
    assert [document.name for document in policies.documents] == list(raw["documents"])
