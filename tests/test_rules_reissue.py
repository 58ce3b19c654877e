"""Reissues, returns, promises, and the counter's decision table; where the insurers contradict each other."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.base.problems import LedgerError
from pipeline.model.issuer import DocumentPolicy, Issuer, Promise
from pipeline.office.ledger_rows import Held
from pipeline.office.order import ReissueRequest
from pipeline.office.planning import record_of
from pipeline.office.reissues import holdings
from pipeline.rules.promises import expected
from pipeline.rules.reissue import REISSUE_REASONS, expiry_again, terms_of
from pipeline.rules.returns import old_card_situation, return_of, situation_of
from tests.insurers import CARD, NAMES, issuer, issuer_of, member

DAY = date(2026, 11, 23)
CERTIFICATE, NOTICE = "eligibility-certificate", "eligibility-notice"


def policy(**values: Any) -> DocumentPolicy:
    known: dict[str, Any] = {"due": {"policy": CARD}, "sheet": "a4", "office_sheet": "a4", "reissue_fee": 1000}
    return DocumentPolicy.model_validate(known | {"fee_waived_for": ["theft", "disaster"]} | values)


@pytest.mark.feature("F46", "F47")
@pytest.mark.parametrize(
    ("reason", "settled", "fee", "waived", "invoice", "may_issue"),
    [
        ("lost", "", 1000, False, True, False),
        ("damage", "", 1000, False, True, False),
        ("lost", "paid", 1000, False, False, True),
        ("lost", "waived", 0, True, False, True),
        ("theft", "", 0, True, False, True),
        ("disaster", "", 0, True, False, True),
        ("thief", "", 1000, False, True, False),
    ],
)
def test_fee_waiver_and_issue_only_after_the_payment(
    reason: str, settled: str, fee: int, waived: bool, invoice: bool, may_issue: bool
) -> None:
    terms = terms_of(policy(), reason, settled)
    assert (terms.fee, terms.waived, terms.invoice, terms.may_issue) == (fee, waived, invoice, may_issue)
    free = terms_of(policy(reissue_fee=0), reason, settled)
    assert (free.fee, free.waived, free.invoice, free.may_issue) == (0, False, False, True)
    later = terms_of(policy(fee_first=False), reason, settled)
    assert (later.fee, later.invoice, later.may_issue) == (fee, False, True)


@pytest.mark.feature("F46", "F47")
def test_what_the_issuers_charge() -> None:
    """S001 and S003: 1,000 yen, none after theft and disaster, the payment first; others nothing."""
    fees = {name: terms_of(issuer(name).documents[CERTIFICATE], "lost").fee for name in NAMES}
    assert fees == {"kenpo": 1000, "kyokai": 0, "kyosai": 0}
    for reason in ("theft", "disaster"):
        assert reason in REISSUE_REASONS
        assert terms_of(issuer("kenpo").documents[CERTIFICATE], reason).waived
    assert terms_of(issuer("kenpo").documents[CERTIFICATE], "lost").invoice


@pytest.mark.feature("F14")
def test_a_notice_is_not_reissued_in_principle() -> None:
    """S001; other insurers do (sources §3)."""
    notice = issuer("kenpo").documents[NOTICE]
    assert not terms_of(notice, "lost").foreseen and not terms_of(notice, "lost", "paid").may_issue
    assert terms_of(notice, "not-delivered").may_issue
    assert terms_of(issuer("kyokai").documents[NOTICE], "lost").may_issue


@pytest.mark.feature("F42")
def test_a_reissues_validity_restarts_or_stays() -> None:
    """S004 counts from the reissue; elsewhere it is the insurer's setting."""
    old, new = date(2028, 12, 1), date(2030, 12, 1)
    assert expiry_again(policy(), old, new) == new
    assert expiry_again(policy(reissue_expiry="keep"), old, new) == old
    assert expiry_again(policy(reissue_expiry="keep"), new, old) == old
    assert expiry_again(policy(reissue_expiry="keep"), None, None) is None
    assert {name: issuer(name).documents[CERTIFICATE].reissue_expiry for name in NAMES} == {
        "kyosai": "restart", "kyokai": "restart", "kenpo": "keep"
    }  # fmt: skip


def held(document: str, **changes: Any) -> Held:
    one = Held("0001-0000001-A", document, "issued", date(2028, 12, 1), "home", record_of(member()), "order", "", "", "", "")
    return one._replace(**changes) if hasattr(one, "_replace") else replace(one, **changes)


def holding(request: ReissueRequest, by: Issuer, *found: Held) -> list[str]:
    """What `shikaku reissue` would replace."""
    ledger = SimpleNamespace(active=lambda *_: list(found))
    materials = SimpleNamespace(kinds=dict.fromkeys(by.documents), issuer=by)
    return [one.document for one in holdings(ledger, request, materials)]  # type: ignore[arg-type]


ASKED = ReissueRequest("06999999:123:101:00", "kenpo", DAY, "lost", "paid")


@pytest.mark.feature("F45")
def test_a_reissue_replaces_what_is_given_again() -> None:
    by = issuer("kenpo")
    both = held(CERTIFICATE), held(NOTICE)
    assert holding(ASKED, by, *both) == [CERTIFICATE]
    assert holding(replace(ASKED, reason="not-delivered"), by, *both) == [CERTIFICATE, NOTICE]
    with pytest.raises(LedgerError) as caught:
        holding(replace(ASKED, only=(NOTICE,)), by, *both)
    assert [problem.code for problem in caught.value.problems] == ["reissue-not-foreseen"]
    assert "not-delivered" in caught.value.problems[0].message


@pytest.mark.feature("F45", "F47")
@pytest.mark.parametrize(
    ("asked", "changes", "code"),
    [
        ({"fee": ""}, {}, "reissue-fee-open"),
        ({}, {"expires_on": date(2026, 11, 22)}, "reissue-expired"),
        ({}, {"state": "planned"}, "reissue-not-finished"),
    ],
)
def test_what_stands_against_a_reissue(asked: dict[str, Any], changes: dict[str, Any], code: str) -> None:
    with pytest.raises(LedgerError) as caught:
        holding(replace(ASKED, **asked), issuer("kenpo"), held(CERTIFICATE, **changes))
    assert [problem.code for problem in caught.value.problems] == [code]


@pytest.mark.feature("F39")
def test_an_insurance_card_is_not_reissued_after_the_switch() -> None:
    by = issuer_of({"old-card": {"due": {"policy": "registered"}, "gate": {"policy": "until-switch"}}})
    with pytest.raises(LedgerError) as caught:
        holding(ASKED, by, held("old-card", expires_on=None))
    (problem,) = caught.value.problems
    assert problem.code == "reissue-barred" and "令和6年12月1日" in problem.message
    assert holding(replace(ASKED, day=date(2024, 12, 1)), by, held("old-card", expires_on=None)) == ["old-card"]


# Returns


@pytest.mark.feature("F43")
@pytest.mark.parametrize("name", NAMES)
def test_return_on_loss_within_the_validity_and_dispose_after(name: str) -> None:
    assert situation_of(date(2027, 1, 1), DAY, left=True) == "left"
    assert situation_of(date(2027, 1, 1), DAY, left=False) == "registered"
    assert situation_of(DAY, DAY, left=True) == "left"
    assert situation_of(date(2026, 11, 22), DAY, left=True) == "expired"
    assert situation_of(None, DAY, left=True) == "left"
    left, expired = (return_of(issuer(name), one, "employed", DAY) for one in ("left", "expired"))
    assert left is not None and left.action == "return"
    assert expired is not None and (expired.action, expired.through, expired.by) == ("dispose", "", None)


@pytest.mark.feature("F43")
def test_a_certificate_not_needed_any_more_is_returned_or_disposed_of() -> None:
    """S001 against S003 (sources §12)."""
    actions = {name: return_of(issuer(name), "registered", "employed", DAY) for name in NAMES}
    assert {name: one and one.action for name, one in actions.items()} == {
        "kenpo": "return", "kyokai": "dispose", "kyosai": "dispose"
    }  # fmt: skip


@pytest.mark.feature("F44")
def test_within_five_days_through_the_employer_or_directly() -> None:
    """S003; the day of the event is not counted."""
    for standing, through in (("employed", "employer"), ("voluntary", "insurer"), ("special", "insurer")):
        found = return_of(issuer("kenpo"), "left", standing, DAY)
        assert found is not None and (found.through, found.by) == (through, date(2026, 11, 28))
    other = return_of(issuer("kyokai"), "left", "employed", DAY)
    assert other is not None and (other.through, other.by) == ("employer", None)


@pytest.mark.feature("F44")
@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_the_same_as_the_rule(name: str) -> None:
    """What is printed and what the counter says must not part: days and route."""
    by = issuer(name)
    printed = "".join(map(str, by.texts["return_rule"]))
    rule = by.returns["left"]
    assert ("5日以内" in printed) == (rule.days == 5)
    assert by.vocabulary["employer"] in printed and "直接" in printed


@pytest.mark.feature("F87")
def test_old_cards_are_returned_disposed_of_or_announced() -> None:
    """S000 and S002 against S001 and S004 (sources §12)."""
    assert old_card_situation(date(2025, 12, 1)) == "old-card"
    assert old_card_situation(date(2025, 12, 2)) == "old-card-ended"
    told = {
        (name, day): return_of(issuer(name), old_card_situation(date(2025, 12, day)), "employed", DAY)
        for name in NAMES
        for day in (1, 2)
    }
    assert {where: one and one.action for where, one in told.items()} == {
        ("kyokai", 1): "return", ("kyokai", 2): "dispose", ("kenpo", 1): "dispose", ("kenpo", 2): "dispose",
        ("kyosai", 1): "return", ("kyosai", 2): "keep",
    }  # fmt: skip
    assert "日本年金機構" in issuer("kyokai").returns["old-card"].text


@pytest.mark.feature("F13")
@pytest.mark.parametrize("name", NAMES)
def test_a_notice_is_kept(name: str) -> None:
    found = return_of(issuer(name), "no-expiry", "employed", DAY)
    assert found is not None and found.action == "keep"
    assert return_of(issuer("kenpo"), "short-term", "employed", DAY) is None


# Promises


@pytest.mark.feature("F88", "F54")
def test_ex_officio_and_deregistration_take_one_to_two_months() -> None:
    """S002, S004; counted from the receipt."""
    for name, which in (("kyokai", "ex-officio"), ("kyosai", "ex-officio"), ("kyosai", "deregistration")):
        span = expected(issuer(name).promises[which], date(2026, 12, 31))  # type: ignore[index]
        assert (span.first, span.last) == (date(2027, 1, 31), date(2027, 2, 28))


@pytest.mark.feature("F71")
def test_a_branch_registers_in_four_days_and_it_works_a_day_or_two_later() -> None:
    registered = expected(issuer("kyosai").promises["registration"], DAY)
    usable = expected(issuer("kyosai").promises["usable"], registered.last)
    assert registered.last == date(2026, 11, 27)
    assert (usable.first, usable.last) == (date(2026, 11, 28), date(2026, 11, 29))


@pytest.mark.parametrize("name", NAMES)
def test_promises_are_spans(name: str) -> None:
    assert all(one.least <= one.most and one.source for one in issuer(name).promises.values())
    with pytest.raises(ValueError):
        Promise.model_validate({"least": -1, "most": 1, "unit": "days", "source": "x"})
