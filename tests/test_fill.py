"""Filling: what a card says, what holds a record, and what goes to the back."""

from dataclasses import replace
from datetime import date

import pytest

from pipeline.base.problems import Problem
from pipeline.craft.signing import sample_signer
from pipeline.model.decision import Decision, Outcome
from pipeline.model.document import Document
from pipeline.model.member import Member
from pipeline.office.materials import load
from pipeline.office.proof import sample_members
from pipeline.office.shop import Shop
from pipeline.stages.fill import fill, prepare

DAY = date(2026, 4, 1)
CARD, NOTICE = "eligibility-certificate", "eligibility-notice"
SHOP = Shop()
MATERIALS = load(SHOP, "kenpo", DAY)
MEMBERS = sample_members(SHOP, "kenpo")


def filled(member: Member, document: str = CARD) -> Document | Problem:
    decision = Decision(
        member.place, member.key, document, Outcome.ISSUE, "test", "test", "home", DAY, date(2029, 11, 30), "test"
    )
    return fill(MATERIALS.kinds[document].form, member, decision, "0001-0000001-K")


def text(document: Document | Problem, name: str, kind: str = CARD) -> str:
    assert isinstance(document, Document)
    names = [field.name for field in MATERIALS.kinds[kind].template.texts]
    return document.texts[names.index(name)]


def test_the_card_says_what_the_record_says() -> None:
    card = filled(MEMBERS["typical"])
    assert text(card, "name") == "見本　太郎"
    assert text(card, "birth") == "平成元年5月10日"
    assert text(card, "expires_on") == "令和11年11月30日"
    assert text(card, "insured_name") == ""
    assert isinstance(card, Document) and card.payloads[0].startswith("SK1*C*06999999:1234:567:00*19890510*20260401*20291130*")


def test_a_dependants_card_names_the_insured_and_the_day_of_recognition() -> None:
    card = filled(MEMBERS["dependant"])
    assert text(card, "insured_name") == "見本　太郎"
    assert text(card, "entitled_on") == "令和7年4月1日"


def test_the_last_four_digits_are_on_the_notice_only_and_never_in_a_code() -> None:
    member = replace(MEMBERS["typical"], last4="8642")
    notice, card = filled(member, NOTICE), filled(member)
    assert isinstance(notice, Document) and isinstance(card, Document)
    assert [shown for shown in notice.texts if "8642" in shown] == ["＊＊＊＊ ＊＊＊＊ 8642"]
    assert not any("8642" in shown for shown in (*card.texts, *card.payloads, *notice.payloads))


def test_alias_and_sex_go_to_the_back_at_the_members_wish() -> None:
    card = filled(MEMBERS["foreign"])
    assert text(card, "name") == "見本　まりあ"
    assert text(card, "sex") == "裏面参照"
    note = text(card, "note")
    assert "MIHON SAMPLE MARIA ANTONIETTA" in note.replace("\n", " ") and "女" in note


def test_a_name_too_long_for_every_step_goes_to_the_back_whole() -> None:
    name = "　".join(["サンプルネーム"] * 12)[:95].strip()
    card = filled(replace(MEMBERS["typical"], name=name))
    assert text(card, "name") == "裏面備考参照"
    assert name.replace("　", "") in text(card, "note").replace("\n", "").replace("　", "")


def test_what_even_the_back_cannot_hold_is_held() -> None:
    held = filled(replace(MEMBERS["typical"], name="長" * 100, kana="ナ" * 100))
    assert isinstance(held, Problem) and held.code == "member-text-too-long"


@pytest.mark.parametrize(("name", "code"), [("山\U000e01ef田", "U+5C71 U+E01EF"), ("\U0002ffff", "U+2FFFF")])
def test_a_character_nobody_has_holds_the_record_and_is_named(name: str, code: str) -> None:
    held = filled(replace(MEMBERS["typical"], name=name))
    assert isinstance(held, Problem) and held.code == "member-character-not-covered"
    assert code in held.values["characters"] and name not in held.message


def test_a_rare_name_is_set_whole_in_the_fallback_typeface() -> None:
    card = filled(MEMBERS["rare"])
    assert isinstance(card, Document)
    names = [field.name for field in MATERIALS.kinds[CARD].template.texts]
    at = names.index("name")
    setting = MATERIALS.kinds[CARD].template.texts[at].settings[card.settings[at]]
    assert setting.typeface == "ipamj-mincho"


def test_what_the_code_cannot_carry_is_held() -> None:
    held = filled(replace(MEMBERS["typical"], symbol="12 34"))
    assert isinstance(held, Problem) and held.code == "member-code-characters"


def test_a_code_too_dense_for_its_box_is_held() -> None:
    form = MATERIALS.kinds[CARD].form
    ((code, payload),) = form.codes
    coarse = form._replace(codes=((replace(code, module=400), payload),))  # 33 modules of 0.4 mm need 13.2 mm
    member = MEMBERS["typical"]
    decision = Decision(member.place, member.key, CARD, Outcome.ISSUE, "test", "test", "home", DAY, None, "test")
    held = fill(coarse, member, replace(decision, expires_on=date(2029, 11, 30)), "0001-0000001-K")
    assert isinstance(held, Problem) and held.code == "member-code-too-long"


def test_a_signed_code_holds_195_characters_and_one_more_is_held() -> None:
    """A kanji of a symbol takes four; what has no room is neither cut, nor set smaller, nor left unsigned."""
    kind, member = MATERIALS.kinds[CARD], replace(MEMBERS["typical"], symbol="公立健保組", branch="01")
    form = prepare(kind.form.issuer, kind.layout, kind.template, SHOP.typefaces(), sample_signer())
    decision = Decision(member.place, member.key, CARD, Outcome.ISSUE, "test", "test", "home", DAY, date(2029, 11, 30), "test")
    made, held = (fill(form, replace(member, number=number), decision, "0001-0000001-K") for number in ("1234567", "12345678"))
    assert isinstance(made, Document) and made.payloads[0].startswith("SK2*") and len(made.payloads[0]) == 195
    assert isinstance(held, Problem) and (held.code, held.values["length"]) == ("member-code-too-long", 196)


def test_an_empty_required_field_is_held() -> None:
    held = filled(replace(MEMBERS["typical"], number=""))
    assert isinstance(held, Problem) and held.code == "member-empty-field"
