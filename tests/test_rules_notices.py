"""Notices, occasions, channels and the calendar: who is written to, when, and by which way."""

from datetime import date
from typing import Any

import pytest

from pipeline.model.decision import Outcome
from pipeline.model.issuer import Issuer
from pipeline.rules.mailings import mailing_for
from pipeline.rules.notices import shown_digits
from pipeline.stages.decide import decide
from tests.insurers import CARD, NAMES, due, issuer, issuer_of, member, own

DAY = date(2026, 11, 23)
NOTICE, UNLINKED, SHEET = "eligibility-notice", "eligibility-notice-unlinked", "eligibility-notice-sheet"


@pytest.mark.feature("F16")
@pytest.mark.parametrize("name", ["kyokai", "kenpo"])
def test_a_notice_only_after_registration(name: str) -> None:
    """S000, S001, S004; without digits before it only where the insurer encloses a form (S002)."""
    linked, unlinked = own(name, NOTICE), own(name, UNLINKED)
    assert due("registered-and-linked", DAY, linked) == ("issue", "registered-and-linked")
    for state in ("処理中", ""):
        assert due("registered-and-linked", DAY, linked, registration=state) == ("skip", "registration-not-complete")
        before = due("registered-not-linked", DAY, unlinked, registration=state, match="未登録", last4="")
        expected = ("issue", "registered-not-linked") if name == "kyokai" else ("skip", "registration-not-complete")
        assert before == expected


@pytest.mark.feature("F10", "F16")
def test_one_notice_of_a4_for_everybody_who_is_registered() -> None:
    """S004: paper of A4, without a card part; no other notice beside it."""
    assert {NOTICE, UNLINKED}.isdisjoint(issuer("kyosai").documents)
    sheet = own("kyosai", SHEET)
    assert due("registered", DAY, sheet, registration="処理中") == ("skip", "registration-not-complete")
    for match in ("確認済", "未登録"):
        assert due("registered", DAY, sheet, match=match) == ("issue", "registered")


@pytest.mark.feature("F19", "F20")
@pytest.mark.parametrize(
    ("match", "last4", "shown"),
    [
        ("確認済", "0123", "0123"),
        ("確認済", "", ""),
        ("低リスク", "0123", ""),
        ("不一致", "0123", ""),
        ("未登録", "0123", ""),
        ("", "0123", ""),
    ],
)
def test_digits_only_when_they_are_certain(match: str, last4: str, shown: str) -> None:
    who = member(match=match, last4=last4)
    assert shown_digits(who) == shown
    assert due("registered-and-linked", DAY, match=match, last4=last4)[0] == ("issue" if shown else "skip")


@pytest.mark.feature("F17")
def test_the_request_to_existing_members() -> None:
    """S000: members of 令和6年9月; who joined later gets the ordinary notice."""
    settings, day = {"as_of": "2024-09-30"}, date(2024, 10, 1)
    assert due("existing-members", day, settings, qualified_on=date(2024, 9, 30)) == ("issue", "existing-member")
    assert due("existing-members", day, settings, qualified_on=date(2024, 10, 1)) == ("skip", "joined-later")
    added = {"category": "家族", "certified_on": date(2024, 10, 1)}
    assert due("existing-members", day, settings, **added) == ("skip", "joined-later")
    assert due("existing-members", day, settings, match="不一致") == ("skip", "not-linked")
    assert due("existing-members", day, settings, registration="") == ("skip", "registration-not-complete")


@pytest.mark.feature("F21", "F81")
def test_who_is_asked_for_a_my_number() -> None:
    assert due("number-missing", DAY, match="未登録", last4="") == ("issue", "number-missing")
    assert due("number-missing", DAY) == ("skip", "number-given")
    assert due("number-missing", DAY, {"match": ["未登録", "不一致"]}, match="不一致") == ("issue", "number-missing")


@pytest.mark.feature("F68")
def test_the_notice_for_members_abroad() -> None:
    assert due("abroad", DAY, reason="9") == ("issue", "reason-9")
    assert due("abroad", DAY, reason="1") == ("skip", "not-abroad")


@pytest.mark.feature("F34", "F71")
def test_new_members_whose_registration_is_on_its_way() -> None:
    assert due("new-and-pending", DAY, qualified_on=date(2026, 11, 1), registration="処理中") == ("issue", "new-and-pending")
    assert due("new-and-pending", DAY, qualified_on=date(2026, 11, 1)) == ("skip", "registered-already")
    assert due("new-and-pending", DAY, qualified_on=date(2024, 12, 1), registration="処理中") == ("skip", "not-new")


FORMS = issuer_of(
    {
        "form": {"due": {"policy": "on-request"}},
        "other": {"due": {"policy": "on-request"}},
        "notice": {"due": {"policy": "registered-and-linked"}},
    }
)


@pytest.mark.feature("F48")
def test_a_form_is_due_only_when_it_is_asked_for() -> None:
    def found(*asked: str, **values: Any) -> list[tuple[str, str]]:
        return [(one.outcome.value, one.reason) for one in decide(member(**values), FORMS, DAY, DAY, asked)]

    sleeps, woken, notice = ("skip", "on-request"), ("issue", "requested"), ("issue", "registered-and-linked")
    assert found() == [sleeps, sleeps, notice]
    assert found("form") == [woken, sleeps, notice]
    assert found("form", "notice", match="不一致") == [woken, sleeps, ("skip", "not-linked")]  # nothing else is woken
    assert found("form", leaves_on=DAY) == [("skip", "left")] * 3


# Channels

KINDS = {
    "card": {"due": {"policy": CARD}, "web": False},
    "notice": {"due": {"policy": "registered-and-linked"}},
    "own-way": {"due": {"policy": "registered"}, "channels": {"employed": "home"}},
}


def channels(by: Issuer, **values: Any) -> list[str]:
    found = decide(member(**values), by, DAY, DAY)
    assert {one.outcome for one in found} == {Outcome.ISSUE}
    return [one.channel for one in found]


@pytest.mark.feature("F23", "F26", "F29")
def test_the_standing_drives_the_channel() -> None:
    by = issuer_of(KINDS)
    assert channels(by) == ["employer", "employer", "home"]
    for category in ("任継本人", "任継家族", "特退本人", "特退家族"):
        assert channels(by, category=category) == ["home", "home", "home"]
    assert channels(by, delivery="自宅") == ["home", "home", "home"]
    assert channels(by, delivery="事業所") == ["employer", "employer", "employer"]


@pytest.mark.feature("F26", "F29")
@pytest.mark.parametrize("name", NAMES)
def test_every_issuer_writes_to_voluntary_members_at_home(name: str) -> None:
    for category in ("任継本人", "特退本人"):
        found = decide(member(category=category), issuer(name), DAY, DAY)
        assert {one.channel for one in found if one.outcome is Outcome.ISSUE} == {"home"}


@pytest.mark.feature("F27")
def test_the_web_only_by_wish_and_never_for_a_card() -> None:
    by = issuer_of(KINDS)
    assert channels(by, delivery="WEB") == ["employer", "web", "web"]
    assert channels(by, delivery="WEB", category="任継本人") == ["home", "web", "web"]
    for name in NAMES:
        assert "web" not in issuer(name).channels.values()
        usual = {one.channel for one in decide(member(), issuer(name), DAY, DAY) if one.outcome is Outcome.ISSUE}
        assert "web" not in usual
    wished = {one.document: one.channel for one in decide(member(delivery="WEB"), issuer("kenpo"), DAY, DAY)}
    assert (wished["eligibility-certificate"], wished[NOTICE]) == ("employer", "web")
    wished = {one.document: one.channel for one in decide(member(delivery="WEB"), issuer("kyosai"), DAY, DAY)}
    assert wished[SHEET] == "employer"  # S004: paper of A4


@pytest.mark.feature("F75")
def test_insured_and_dependants_each_get_their_own() -> None:
    for values in ({}, {"category": "家族", "branch": "02", "insured_name": "見本　一郎"}):
        found = decide(member(**values), issuer("kenpo"), DAY, DAY)
        assert [one.document for one in found if one.outcome is Outcome.ISSUE][:2] == ["eligibility-certificate", NOTICE]


# The calendar


@pytest.mark.feature("F24", "F30", "F76")
def test_who_joined_after_the_extraction_comes_with_the_second_mailing() -> None:
    """S002: early June, then January; S000: from 令和6年12月2日."""
    calendar, start = issuer("kyokai").mailings, date(2024, 9, 1)
    first = mailing_for(calendar, member(qualified_on=date(2024, 6, 7)), NOTICE, start)
    second = mailing_for(calendar, member(qualified_on=date(2024, 6, 8)), NOTICE, start)
    assert first is not None and (first.begins.year, first.begins.month) == (2024, 9)
    assert second is not None and (second.begins.year, second.begins.month) == (2025, 1)
    late = mailing_for(issuer("kenpo").mailings, member(qualified_on=date(2024, 11, 1)), NOTICE, start)
    assert late is not None and late.begins == date(2024, 12, 2)
    (decision,) = (
        one for one in decide(member(qualified_on=date(2024, 6, 8)), issuer("kyokai"), start, date(2024, 6, 7))
        if one.document == NOTICE
    )  # fmt: skip
    assert (decision.outcome, decision.reason) == (Outcome.SKIP, "after-cutoff")


@pytest.mark.feature("F26", "F27")
def test_the_population_decides_mailing_or_publication() -> None:
    """S000: 任意継続 and 特例退職 by post, employees on the Web within a fixed window."""
    calendar, start = issuer("kenpo").mailings, date(2024, 9, 1)
    post = mailing_for(calendar, member(category="特退本人"), NOTICE, start)
    web = mailing_for(calendar, member(), NOTICE, start)
    assert post is not None and (post.channel, post.begins) == ("home", date(2024, 9, 24))
    assert web is not None and (web.channel, web.ends) == ("web", date(2025, 3, 31))
    assert mailing_for(calendar, member(), NOTICE, date(2025, 3, 31)) is web
    assert mailing_for(calendar, member(), NOTICE, date(2025, 4, 1)) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_calendar_speaks_of_documents_that_are_issued(name: str) -> None:
    by = issuer(name)
    for one in by.mailings:
        assert set(one.documents) <= set(by.documents)
        assert one.ends is None or one.ends >= one.begins
        assert one.channel != "web" or all(by.documents[document].web for document in one.documents)
