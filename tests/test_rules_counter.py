"""The counter's decision table, and wording by its day of effect."""

from datetime import date
from typing import Any

import pytest

from pipeline.base.problems import LayoutError
from pipeline.model.issuer import Advice, texts_on
from pipeline.rules.counter import SITUATIONS, Facts, advise, facts_of, papers_of
from pipeline.rules.reasons import REASONS
from pipeline.stages.decide import compile_policies
from tests.insurers import CARD, NAMES, issuer, issuer_of, member

DAY = date(2026, 11, 23)
VALID, WITH_CARD, EXPIRED, UNKNOWN = Facts(True, False), Facts(True, True), Facts(False, False), Facts(None, None)


def told(name: str, situation: str, facts: Facts) -> Advice:
    found = advise(issuer(name), situation, facts)
    assert found is not None
    return found


@pytest.mark.feature("F77")
@pytest.mark.parametrize("name", NAMES)
def test_every_situation_has_an_answer_whatever_is_known(name: str) -> None:
    for situation in SITUATIONS:
        for facts in (VALID, WITH_CARD, EXPIRED, UNKNOWN):
            assert told(name, situation, facts).say


@pytest.mark.feature("F07", "F77")
@pytest.mark.parametrize("name", NAMES)
def test_a_copy_is_of_no_use(name: str) -> None:
    """S001."""
    row = told(name, "copy", VALID)
    assert "複写禁止" in row.say[0] and not row.hand_out


@pytest.mark.feature("F77")
@pytest.mark.parametrize("situation", ["lost", "damage"])
def test_a_lost_certificate(situation: str) -> None:
    """S001: a notice of loss, with an application where there is no マイナ保険証; none of it once it has expired."""
    assert told("kenpo", situation, VALID).hand_out == ("被保険者証・資格確認書 滅失届", "資格確認書（再）交付申請書")
    assert told("kenpo", situation, VALID).fee
    assert told("kenpo", situation, WITH_CARD).hand_out == ("被保険者証・資格確認書 滅失届",)
    assert not told("kenpo", situation, WITH_CARD).fee
    assert told("kenpo", situation, EXPIRED).hand_out == ()
    assert told("kenpo", situation, EXPIRED).returns == "expired"


@pytest.mark.feature("F77")
@pytest.mark.parametrize("name", NAMES)
def test_an_expired_one_is_disposed_of_and_a_new_one_comes(name: str) -> None:
    assert told(name, "expired", EXPIRED).returns == "expired"
    assert told(name, "expired", EXPIRED).promise == "ex-officio"
    assert told(name, "expired", WITH_CARD).promise == ""


@pytest.mark.feature("F49", "F50", "F51", "F77")
def test_the_forms_are_named_by_the_issuer() -> None:
    """Sources §12: 交付申請書, (再)交付申請書 with 滅失届, or one combined form."""
    forms = {name: told(name, "lost", VALID).hand_out for name in NAMES}
    assert len(set(forms.values())) == 3
    assert forms["kyokai"] == ("資格確認書交付申請書",)
    assert forms["kyosai"] == ("資格確認書（再）交付申請書　資格確認書・健康保険証毀損・滅失届",)


@pytest.mark.feature("F29", "F52")
@pytest.mark.parametrize("name", NAMES)
def test_who_deals_directly_has_forms_of_their_own(name: str) -> None:
    row = told(name, "not-applied", VALID)
    assert papers_of(row, "employed") == row.hand_out
    for standing in ("voluntary", "special"):
        assert all("任意継続" in paper for paper in papers_of(row, standing))
    plain = told(name, "number-changed", VALID)
    assert papers_of(plain, "voluntary") == papers_of(plain, "employed") != ()


@pytest.mark.feature("F84")
@pytest.mark.parametrize("name", NAMES)
def test_a_lost_my_number_card(name: str) -> None:
    row = told(name, "my-number-card-lost", VALID)
    said = "".join(row.say)
    assert said.index("一時利用停止") < said.index("市区町村") and row.hand_out
    assert told(name, "number-changed", VALID).hand_out == ("個人番号（マイナンバー）新規登録・変更・訂正届",)


@pytest.mark.feature("F14")
def test_a_lost_notice() -> None:
    assert any("再発行しません" in line for line in told("kenpo", "notice-lost", VALID).say)
    for name in NAMES:
        assert any("PDF" in line for line in told(name, "notice-lost", VALID).say)


@pytest.mark.feature("F12", "F77")
@pytest.mark.parametrize("name", NAMES)
def test_every_reason_of_a_certificate_or_notice_has_its_words(name: str) -> None:
    reasons = [*(f"reason-{code}" for code in range(1, 10)), "no-card", "registered-and-linked", "registered-not-linked"]
    reasons += ["from-70", "limit-applied", "not-applied", "has-card", "registration-not-complete", "after-cutoff", "age-75"]
    assert [reason for reason in reasons if not told(name, reason, UNKNOWN).say] == []
    assert "だけでは受診できません" in told(name, "registered-and-linked", UNKNOWN).say[0]


def test_facts_of_a_member() -> None:
    assert facts_of(member(has_card="有"), DAY, True, DAY) == Facts(True, True)
    assert facts_of(member(), date(2026, 11, 22), True, DAY) == Facts(False, False)
    assert facts_of(member(has_card=""), None, True, DAY) == Facts(True, None)
    assert facts_of(member(), None, False, DAY) == Facts(None, False)


def rows(*given: dict[str, Any]) -> dict[str, Any]:
    return {"lost": [{"say": [str(n)], "source": "OURS", **one} for n, one in enumerate(given)]}


def test_the_first_row_that_holds_counts() -> None:
    documents = {"card": {"due": {"policy": CARD}}}
    by = issuer_of(documents, counter=rows({"valid": False}, {"card": True}, {}))
    chosen = [advise(by, "lost", facts) for facts in (EXPIRED, WITH_CARD, VALID, UNKNOWN)]
    assert [one and one.say[0] for one in chosen] == ["0", "1", "2", "2"]
    assert advise(by, "copy", VALID) is None
    assert advise(issuer_of(documents, counter=rows({"card": False})), "lost", UNKNOWN) is None


@pytest.mark.parametrize(
    ("counter", "place"),
    [
        ({"stolen": [{"say": ["x"], "source": "OURS"}]}, "counter.stolen"),
        (rows({"returns": "left"}), "counter.lost"),
        (rows({"promise": "reissue"}), "counter.lost"),
    ],
)
def test_a_row_names_only_what_the_issuer_has(counter: dict[str, Any], place: str) -> None:
    by = issuer_of({"card": {"due": {"policy": CARD}}}, counter=counter, returns={}, promises={})
    with pytest.raises(LayoutError) as caught:
        compile_policies(by)
    assert [(one.code, one.place) for one in caught.value.problems] == [("issuer-unknown-reference", place)]


@pytest.mark.parametrize("name", NAMES)
def test_the_table_says_where_each_row_comes_from(name: str) -> None:
    for key, advices in issuer(name).counter.items():
        assert key in SITUATIONS or key in REASONS
        assert all("OURS" in one.source or one.source.startswith("S00") for one in advices)


# Wording by its day of effect


def test_wording_is_chosen_by_the_day_of_issue() -> None:
    """拘禁刑 since 令和7年6月1日, 懲役 before (sources §1.5)."""
    fraud = [{"from": "2025-06-01", "text": "拘禁刑"}, {"from": "2024-12-02", "text": ["懲役", "です"]}]
    by = issuer_of({"card": {"due": {"policy": CARD}}}, texts={"fraud": fraud, "hours": "平日", "lines": ["一", "二"]})
    assert texts_on(by, date(2025, 5, 31)) == {"fraud": ("懲役", "です"), "hours": "平日", "lines": ("一", "二")}
    assert texts_on(by, date(2025, 6, 1))["fraud"] == "拘禁刑"
    with pytest.raises(LayoutError) as caught:
        texts_on(by, date(2024, 12, 1))
    assert [(one.code, one.place) for one in caught.value.problems] == [("issuer-text-not-in-effect", "texts.fraud")]
    assert "2024-12-02" in caught.value.problems[0].message


@pytest.mark.parametrize("name", NAMES)
def test_the_repositorys_wording_stands_today(name: str) -> None:
    assert set(texts_on(issuer(name), DAY)) == set(issuer(name).texts)
