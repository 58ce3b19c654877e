"""Characters by the issuer's policy, every substitution told; symbol, number and address as they are printed."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.problems import LayoutError, Problem
from pipeline.model.decision import Decision, Outcome
from pipeline.model.document import Document, Substitution
from pipeline.model.issuer import Policy
from pipeline.model.member import Member
from pipeline.office import job
from pipeline.office.materials import load
from pipeline.office.proof import sample_members
from pipeline.office.shop import Shop
from pipeline.rules.characters import CHARACTERS, repertoire
from pipeline.rules.policies import choose
from pipeline.rules.printing import compile_printing
from pipeline.rules.values import VALUES, Subject
from pipeline.stages.fill import CODES, fill, prepare
from tests import orders
from tests.faces import typefaces

DAY = date(2026, 4, 1)
SHOP = Shop()
MATERIALS = load(SHOP, "kenpo", DAY)
CARD = next(iter(MATERIALS.kinds))
KIND = MATERIALS.kinds[CARD]
TYPICAL = sample_members(SHOP, "kenpo")["typical"]
NOBODY_HAS = "\U0002ffff"  # in no typeface; the base of a variant sequence nobody has is 葛
VARIANT = "葛\U000e01ef"


def filled(member: Member, channel: str = "employer", **policies: dict[str, Any]) -> Document | Problem:
    """The first document type of the issuer, filled under other policies."""
    issuer = SHOP.issuer("kenpo").model_copy(update={key: Policy(**settings) for key, settings in policies.items()})
    form = prepare(issuer, KIND.layout, KIND.template, typefaces())
    decision = Decision(member.place, member.key, CARD, Outcome.ISSUE, "test", "test", channel, DAY, date(2029, 11, 30), "test")
    return fill(form, member, decision, "0001-0000001-K")


def text(document: Document | Problem, value: str) -> str:
    assert isinstance(document, Document), document
    return next(t for field, t in zip(KIND.template.texts, document.texts, strict=True) if field.value == value)


def name(name: str, **more: str) -> Member:
    return replace(TYPICAL, name=name, **more)  # type: ignore[arg-type]


def held(document: Document | Problem, code: str) -> str:
    assert isinstance(document, Problem) and document.code == code, document
    return str(document.values.get("characters", ""))


def test_keep_prints_what_is_covered_and_holds_what_is_not() -> None:
    assert text(filled(name("髙﨑　太郎"), characters={"policy": "keep"}), "member.name") == "髙﨑　太郎"
    assert held(filled(name(f"{NOBODY_HAS}川"), characters={"policy": "keep"}), "member-character-not-covered") == "U+2FFFF"


def test_degrade_substitutes_only_what_no_typeface_has() -> None:
    card = filled(name(f"髙{NOBODY_HAS}"), characters={"policy": "degrade", "table": {"髙": "高", NOBODY_HAS: "崎"}})
    assert text(card, "member.name") == "髙崎"
    assert isinstance(card, Document) and card.substitutions == (Substitution("氏名", "U+2FFFF", "U+5D0E"),)


def test_degrade_always_if_the_table_says_so() -> None:
    card = filled(name("髙﨑　太郎", address="見本市髙台"), characters={"policy": "degrade", "always": {"髙": "高"}})
    assert text(card, "member.name") == "高﨑　太郎"
    assert isinstance(card, Document)
    assert card.substitutions == tuple(Substitution(column, "U+9AD9", "U+9AD8") for column in ("氏名", "住所"))


def test_degrade_to_a_repertoire() -> None:
    policy = {"policy": "degrade", "repertoire": "jis-x-0208", "table": {"髙": "高", "﨑": "崎"}}
    assert text(filled(name("髙﨑　太郎"), characters=policy), "member.name") == "高崎　太郎"
    assert held(filled(name("德川　太郎"), characters=policy), "member-character-outside-repertoire") == "U+5FB7"
    spelt = filled(name("德川　髙子", kana="トクガワ　タカコ"), characters={**policy, "otherwise": "kana"})
    assert text(spelt, "member.name") == "トクガワ　タカコ"
    assert isinstance(spelt, Document) and spelt.substitutions == (Substitution("氏名", "U+5FB7", "フリガナ"),)


def test_a_variant_becomes_its_base_only_if_the_issuer_says_so() -> None:
    assert held(filled(name(VARIANT), characters={"policy": "degrade"}), "member-character-not-covered")
    card = filled(name(f"{VARIANT}城"), characters={"policy": "degrade", "drop_selectors": True})
    assert text(card, "member.name") == "葛城"
    assert isinstance(card, Document) and card.substitutions == (Substitution("氏名", "U+845B U+E01EF", "U+845B"),)


def test_what_the_table_lacks_is_held_and_a_substitute_must_be_covered() -> None:
    policy = {"policy": "degrade", "table": {"\U0002fffd": NOBODY_HAS}}
    assert held(filled(name("\U0002fffd"), characters=policy), "member-character-not-covered") == "U+2FFFF"


def test_kana_prints_the_whole_name_in_kana() -> None:
    card = filled(name(f"{NOBODY_HAS}川　花子", kana="ヨシカワ　ハナコ"), characters={"policy": "kana"})
    assert text(card, "member.name") == text(card, "member.kana") == "ヨシカワ　ハナコ"
    assert isinstance(card, Document) and card.substitutions == (Substitution("氏名", "U+2FFFF", "フリガナ"),)
    assert text(filled(name("髙﨑"), characters={"policy": "kana"}), "member.name") == "髙﨑"


def test_a_foreigners_name_is_printed_in_the_latin_letters_of_the_register() -> None:
    card = filled(name(f"{NOBODY_HAS} 小明", registered_note="DENG XIAOMING"), characters={"policy": "kana"})
    assert text(card, "member.name") == "DENG XIAOMING"
    assert isinstance(card, Document) and card.substitutions == (Substitution("氏名", "U+2FFFF", "戸籍表記"),)


@pytest.mark.parametrize(
    "member",
    [
        name(NOBODY_HAS, kana=""),
        name("見本", alias_name=NOBODY_HAS),  # whose フリガナ it is, is not known
        name(NOBODY_HAS, alias_name="通称"),
        replace(TYPICAL, category="家族", insured_name=NOBODY_HAS),
        name(NOBODY_HAS, kana="ヨシ\U0002fffd"),
    ],
)
def test_where_no_kana_is_known_the_record_is_held(member: Member) -> None:
    shown = filled(member, characters={"policy": "kana"})
    if member.alias_name == "通称":  # the front shows the alias alone; the note on the back has the registered name
        assert isinstance(shown, Problem) and "note.back" in shown.place
    held(shown, "member-character-not-covered")


def test_refuse_holds_what_is_outside_whatever_the_typefaces_have() -> None:
    narrow, wide = ({"policy": "refuse", "repertoire": f"jis-x-{which}"} for which in ("0208", "0213"))
    assert held(filled(name("山﨑"), characters=narrow), "member-character-outside-repertoire") == "U+FA11"
    assert text(filled(name("山﨑"), characters=wide), "member.name") == "山﨑"
    assert held(filled(name("髙橋"), characters=wide), "member-character-outside-repertoire") == "U+9AD9"
    shown = filled(name("葛\U000e0100城"), characters=narrow)
    assert held(shown, "member-character-outside-repertoire") == "U+845B U+E0100"
    assert text(filled(name("MIHON Taro"), characters=narrow), "member.name") == "MIHON Taro"


def test_refuse_by_typeface_holds_what_only_a_later_one_has() -> None:
    policy = {"policy": "refuse", "repertoire": "typeface"}
    rare = sample_members(SHOP, "kenpo")["rare"]
    assert isinstance(filled(rare, characters={"policy": "keep"}), Document)
    assert "U+20BB7" in held(filled(rare, characters=policy), "member-character-outside-repertoire")
    assert isinstance(filled(TYPICAL, characters=policy), Document)


def test_the_repertoires_are_those_of_the_standards() -> None:
    narrow, wide = repertoire("jis-x-0208"), repertoire("jis-x-0213")
    assert narrow and wide
    assert 6_879 <= sum(ord(char) > 0x7F for char in narrow) <= 6_879 + 8  # CP932 writes seven of them otherwise
    assert 11_180 <= sum(ord(char) > 0x7F for char in wide) <= 11_233 + 8  # 25 are combinations
    assert set("高崎熙々ヶ－") <= narrow and not set("髙﨑德①ｱ") & narrow
    assert set("﨑德①") <= wide and not set("髙𠮷") & wide


def test_a_message_or_list_never_has_the_name() -> None:
    shown = filled(name(f"{NOBODY_HAS}川　花子"), characters={"policy": "refuse"})
    assert isinstance(shown, Problem) and "花" not in shown.message + shown.hint + shown.place


def test_a_long_latin_name_is_broken_between_its_words_or_goes_to_the_back_whole() -> None:
    latin = "ALEXANDER JONATHAN MONTGOMERY EXAMPLESON"
    shown = text(filled(name(latin)), "member.name")
    assert shown.replace("\n", " ") == latin
    longest = "　".join(["ＳＡＭＰＬＥＮＡＭＥ"] * 9)
    card = filled(name(longest))
    assert text(card, "member.name") == "裏面備考参照"
    assert longest.replace("　", "") in text(card, "note.back").replace("\n", "").replace("　", "")


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"policy": "guess"}, "guess"),
        ({"policy": "degrade", "table": {"髙橋": "高"}}, "髙橋"),
        ({"policy": "degrade", "table": {"髙": ""}}, "髙"),
        ({"policy": "degrade", "table": {"髙": "高", "高": "髙"}}, "U+"),
        ({"policy": "degrade", "table": ["髙"]}, "table"),
        ({"policy": "degrade", "otherwise": "drop"}, "drop"),
        ({"policy": "refuse", "repertoire": "jis"}, "jis"),
        ({"policy": "kana", "otherwise": "hold"}, "otherwise"),
    ],
)
def test_a_wrong_policy_is_refused(settings: dict[str, Any], wrong: str) -> None:
    with pytest.raises(LayoutError) as error:
        choose(CHARACTERS, Policy(**settings), "characters")
    assert wrong in error.value.problems[0].message


def test_all_wrong_policies_of_an_issuer_are_told_at_once() -> None:
    wrong = {key: Policy(policy="guess") for key in ("characters", "numbers", "addresses")}
    with pytest.raises(LayoutError) as error:
        compile_printing(SHOP.issuer("kenpo").model_copy(update=wrong))
    assert [problem.place for problem in error.value.problems] == ["characters", "numbers", "addresses"]


@pytest.mark.parametrize(
    ("registered", "printed"),
    [
        ("0123", "123"),
        ("0004321", "4321"),
        ("000", "0"),
        ("００１２", "１２"),
        ("1230", "1230"),
        ("", ""),
        ("公立0012", "公立0012"),
    ],
)
def test_zeros_in_front_are_printed_or_not_by_the_issuer(registered: str, printed: str) -> None:
    member = replace(TYPICAL, symbol=registered)
    free = {"policy": "significant-figures", "symbol": 0, "number": 0}
    assert text(filled(member, numbers=free), "member.symbol") == printed
    assert text(filled(member, numbers={"policy": "as-registered"}), "member.symbol") == registered


def test_the_code_and_the_key_keep_the_registered_number() -> None:
    card = filled(replace(TYPICAL, number="0004321"), numbers={"policy": "significant-figures"})
    assert text(card, "member.number") == "4321"
    assert isinstance(card, Document) and "1234:0004321:00" in card.payloads[0]


@pytest.mark.parametrize(
    ("policy", "symbol", "number"),
    [
        ({"policy": "significant-figures"}, "12345", "1"),
        ({"policy": "significant-figures"}, "1", "12345678"),
        ({"policy": "significant-figures"}, "見本", "1"),
        ({"policy": "fixed-length", "number": 8}, "", "1234567"),
        ({"policy": "fixed-length", "number": 8}, "", "1234567a"),
    ],
)
def test_a_figure_lost_or_added_holds_the_record(policy: dict[str, Any], symbol: str, number: str) -> None:
    """An 8-figure number printed as 7 figures for 2,071 people (§9 row 1)."""
    held(filled(replace(TYPICAL, symbol=symbol, number=number), numbers=policy), "member-number-form")
    full = replace(TYPICAL, symbol="0001", number="01234567")
    assert isinstance(filled(full, numbers={"policy": "significant-figures"}), Document)
    assert text(filled(full, numbers={"policy": "fixed-length", "number": 8}), "member.number") == "01234567"


@pytest.mark.parametrize(
    ("policy", "source", "home"),
    [
        ("as-delivered", "", True),
        ("as-delivered", "届出", True),
        ("as-delivered", "事業所", False),
        ("proven", "住民票", True),
        ("proven", "", False),
        ("proven", "事業所", False),
    ],
)
def test_mail_for_a_home_goes_to_a_home(policy: str, source: str, home: bool) -> None:
    """A document sent to the former employer's address held as home (§9 row 15)."""
    member = replace(TYPICAL, address_source=source)
    shown = filled(member, "home", addresses={"policy": policy})
    assert isinstance(shown, Document) if home else held(shown, "member-address-not-home") == ""
    assert isinstance(filled(member, "employer", addresses={"policy": policy}), Document)


@pytest.mark.parametrize(
    ("policy", "source", "printed"),
    [
        ({"policy": "as-delivered"}, "", True),
        ({"policy": "as-delivered"}, "事業所", False),
        ({"policy": "proven"}, "住民票", True),
        ({"policy": "proven"}, "届出", False),
        ({"policy": "proven", "printed": ["住民票", "届出"]}, "届出", True),
        ({"policy": "proven", "printed": []}, "住民票", False),
    ],
)
def test_an_address_is_printed_or_its_column_left_to_the_holder(policy: dict[str, Any], source: str, printed: bool) -> None:
    issuer = SHOP.issuer("kenpo").model_copy(update={"addresses": Policy(**policy)})
    member = replace(TYPICAL, address_source=source)
    decision = Decision(member.place, member.key, CARD, Outcome.ISSUE, "test", "test", "home", DAY, None, "test")
    subject = Subject(member, decision, issuer, KIND.layout, "", compile_printing(issuer))
    assert VALUES["member.own_address"](subject) == (member.address if printed else "")
    assert CODES["member.customer_code"](subject) == "99900011-2-3"


def test_substitutions_stand_in_the_offices_list_without_a_name(tmp_path: Path) -> None:
    shop = orders.shop(tmp_path / "out")
    file = orders.write_members(tmp_path / "members.csv", 4)
    rows = file.read_text("utf-8").replace("見本　三郎", f"見本　{NOBODY_HAS}郎", 1)
    file.write_text(rows, "utf-8")
    issuer = shop.issuer
    policy = Policy(policy="degrade", table={NOBODY_HAS: "三"})
    shop.issuer = lambda name: issuer(name).model_copy(update={"characters": policy})  # type: ignore[method-assign]
    folder = job.produce(orders.request(file), shop).folder
    listed = (folder / "office" / "substitutions.csv").read_text("utf-8-sig")
    found = list(csv.DictReader(listed.splitlines()))
    assert found and {(row["column"], row["before"], row["after"]) for row in found} == {("氏名", "U+2FFFF", "U+4E09")}
    assert {row["key"] for row in found} == {"06999999:1234:2:00"} and "見本" not in listed


def test_no_list_where_nothing_was_substituted(tmp_path: Path) -> None:
    shop = orders.shop(tmp_path / "out")
    folder = job.produce(orders.request(orders.write_members(tmp_path / "members.csv", 2)), shop).folder
    assert sorted(path.name for path in (folder / "office").glob("*.csv")) == ["decisions.csv", "held.csv"]
