"""`shikaku explain`: which documents, which not, why, by which rule and source, and what the counter says."""

import json
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.problems import MemberError
from pipeline.model.decision import Outcome
from pipeline.model.member import Member
from pipeline.office import cli, explain, explanation
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import Batch, Claim, DecisionRow
from pipeline.office.planning import record_of
from pipeline.office.shop import Shop
from pipeline.rules.eligibility import DUE
from pipeline.rules.expiry import EXPIRY
from pipeline.rules.reasons import REASONS, RULES
from pipeline.rules.reissue import REISSUE_REASONS
from pipeline.rules.transition import GATES
from pipeline.rules.verdicts import Verdict
from pipeline.stages.decide import compile_policies
from tests.insurers import NAMES, issuer, member

DAY = "2026-11-23"
KEY = "06999999:123:101:00"
CARD, NOTICE = "eligibility-certificate", "eligibility-notice"
COLUMNS = ("保険者番号", "記号", "番号", "枝番", "区分", "氏名", "フリガナ", "性別", "生年月日", "資格取得年月日")
MORE = ("個人番号下4桁", "個人番号照合", "登録状況", "マイナ保険証", "交付事由", "申請")


def write(folder: Path, *rows: dict[str, str], number: str = "06999999") -> Path:
    """A member file of 見本 people, one a row."""
    plain = dict.fromkeys(MORE, "") | {
        "保険者番号": number, "記号": "123", "番号": "101", "枝番": "00", "区分": "本人",
        "氏名": "見本　一郎", "フリガナ": "ミホン　イチロウ", "性別": "男", "生年月日": "1980-05-10",
        "資格取得年月日": "2020-04-01", "個人番号下4桁": "4711", "個人番号照合": "確認済", "登録状況": "完了",
        "マイナ保険証": "無",
    }  # fmt: skip
    path = folder / "members.csv"
    table = [COLUMNS + MORE, *([(plain | row)[name] for name in COLUMNS + MORE] for row in rows)]
    path.write_text("".join(",".join(cells) + "\r\n" for cells in table), "utf-8")
    return path


def asked(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any]:
    code = cli.run(["explain", *map(str, words), "--json"])
    return code, json.loads(capfd.readouterr().out)


def of(told: Any, document: str) -> Any:
    return next(one for one in told["documents"] if one["document"] == document)


def test_a_member_file_and_no_ledger(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, {"交付事由": "6"})
    code, told = asked(capfd, KEY, "--members", path, "--day", DAY, "--out", tmp_path / "out")
    assert (code, told["ok"], told["issuer"], told["record"]) == (0, True, "kenpo", "members.csv row 2")
    assert [one["document"] for one in told["documents"]] == list(issuer("kenpo").documents)
    card, notice = of(told, CARD), of(told, NOTICE)
    assert (card["due"], card["reason"]["code"], card["rule"]["name"]) == (False, "not-applied", "cannot-confirm-online")
    assert "S000" in card["reason"]["source"] and "健康保険法" in card["rule"]["source"]
    (paper,) = card["counter"]["hand_out"]
    assert paper["title"] == "資格確認書（再）交付申請書"
    assert paper["document"] in issuer("kenpo").documents
    assert any("事業主を経由" in line for line in card["counter"]["say"])
    assert any("令和8年11月30日～令和8年12月7日" in line for line in card["counter"]["say"])
    assert (notice["due"], notice["channel"], notice["expires_on"], notice["held"]) == (True, "employer", None, None)
    assert not (tmp_path / "out").exists()  # nothing is made by asking


def test_due_until_when_and_by_which_bound(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, {"交付事由": "2", "生年月日": "1952-05-10"})
    card = of(asked(capfd, KEY, "--members", path, "--day", DAY, "--out", tmp_path)[1], CARD)
    assert (card["due"], card["expires_on"], card["expiry"]["rule"]) == (True, "2027-05-09", "age-75")
    assert card["expiry"]["text"] == "75歳の誕生日の前日"


def test_no_name_and_no_digits_are_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, {})
    for words in ((), ("--json",)):
        assert cli.run(["explain", KEY, "--members", str(path), "--day", DAY, "--out", str(tmp_path), *words]) == 0
        shown = "".join(capfd.readouterr())
        assert "見本健康保険組合" in shown or words
        assert not any(text in shown for text in ("一郎", "イチロウ", "4711", "1980"))


@pytest.mark.feature("F77", "F46", "F47")
def test_a_situation_with_fee_and_days(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, {"区分": "任継本人"})
    words = (KEY, "--members", path, "--day", DAY, "--out", tmp_path, "--situation")
    (lost,) = asked(capfd, *words, "lost")[1]["situations"]
    said = "\n".join(lost["say"])
    assert "手数料：1,000円（盗難に遭った・災害に遭った場合は免除）" in said
    assert "入金を確かめてから" in said
    assert all("任意継続" in paper["title"] for paper in lost["hand_out"])
    (left,) = asked(capfd, *words, "left")[1]["situations"]
    assert "返却先：当組合へ直接（本日から数えて 令和8年11月28日 まで）" in left["say"]
    both = asked(capfd, *words, "copy", "--situation", "old-card")[1]["situations"]
    assert [one["situation"] for one in both] == ["copy", "old-card"]


@pytest.mark.feature("F24", "F30")
def test_who_joined_later_hears_of_the_next_mailing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, {"資格取得年月日": "2024-06-20"}, number="01999994")
    words = ("01999994:123:101:00", "--members", path, "--day", "2024-09-02", "--cutoff", "2024-06-07", "--out", tmp_path)
    notice = of(asked(capfd, *words)[1], NOTICE)
    assert (notice["reason"]["code"], notice["next_mailing"]["begins"]) == ("after-cutoff", "2025-01-06")
    assert notice["counter"]["say"] == ["今回の抽出より後の加入のため、次の回でお送りします。"]


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("06999999:123:101",), 2, "usage-bad-key"),
        (("06999999:123:999:00",), 4, "explain-unknown-member"),
        ((KEY, "--situation", "stolen"), 2, "explain-unknown-situation"),
        (("33120015:123:101:00",), 2, "explain-unknown-issuer"),
        ((KEY, "--issuer", "nobody"), 3, "issuer-unknown"),
        ((KEY, "--day", "tomorrow"), 2, "usage-bad-day"),
        ((KEY, "--members", "nowhere.csv"), 4, "member-file-missing"),
        (("06999999:123:102:00",), 4, "member-duplicate-key"),
        (("06999999:123:103:00",), 4, "member-bad-date"),
    ],
)
def test_what_cannot_be_explained(
    words: tuple[str, ...], code: int, problem: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, {}, {"番号": "102"}, {"番号": "102"}, {"番号": "103", "生年月日": "1980-13-10"})
    found, told = asked(capfd, *words, "--members", path, "--out", tmp_path)
    assert (found, [one["code"] for one in told["problems"]]) == (code, [problem])


def test_without_a_member_file_there_must_be_a_ledger(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, told = asked(capfd, KEY, "--out", tmp_path)
    assert (code, told["problems"][0]["code"]) == (7, "ledger-missing")


def issue(shop: Shop, who: Member, until: str | None) -> None:
    """A certificate of the ledger, as an order of the day before yesterday would have left it."""
    shop.out.mkdir(parents=True, exist_ok=True)
    with Ledger(shop.ledger_url, lambda: "2026-11-21T00:00:00") as ledger:
        order = ledger.open_order("order", "kenpo", date(2026, 11, 21), {"kind": "produce"}, [], lambda name: None)
        batch = Batch()
        batch.decisions.append(DecisionRow(1, CARD, who.key, "m.csv", 2, "issue", "all", "new"))
        batch.claims.append(Claim("0001-0000001-A", 1, who.key, CARD, "2026-11-21", until, "home", "new", "[[],[],[]]"))
        batch.records[1] = (who.key, record_of(who))
        ledger.add(order, batch)


def test_what_the_ledger_knows(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    issue(Shop(tmp_path), member(reason="2", has_card="無"), "2030-12-31")
    code, told = asked(capfd, KEY, "--day", DAY, "--out", tmp_path, "--situation", "registered")
    card = of(told, CARD)
    assert (code, told["record"], told["member"]["reason"]) == (0, "ledger", "2")
    assert (card["outcome"], card["due"], card["held"]["serial"]) == (Outcome.ALREADY.value, False, "0001-0000001-A")
    assert (card["expires_on"], card["held"]["expires_on"], card["held"]["state"]) == (None, "2030-12-31", "planned")
    assert told["situations"][0]["say"][0] == "これからはマイナ保険証をお使いください。"  # within its validity (S001)
    assert asked(capfd, "06999999:123:102:00", "--day", DAY, "--out", tmp_path)[0] == 4


@pytest.mark.feature("F36")
def test_an_expired_certificate_makes_room_for_a_new_one(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    issue(shop, member(reason="2"), "2026-11-22")
    found = explanation.explain(KEY, "", [], ["lost"], date(2026, 11, 23), date(2026, 11, 23), shop)
    card = next(one for one in found.documents if one.decision.document == CARD)
    assert card.outcome is Outcome.ISSUE and card.held is not None
    assert found.situations[0][1].returns == "expired"


def test_lines_and_table(tmp_path: Path) -> None:
    path = write(tmp_path, {"交付事由": "1", "マイナ保険証": "有"})
    found = explanation.explain(KEY, "kenpo", [path], [], date(2026, 11, 23), date(2026, 11, 23), Shop(tmp_path))
    plain = "\n".join(explain.lines(found))
    assert "保留　資格確認書" in plain and "両立しない" in plain and "→" not in plain
    assert "従来の健康保険証を使えるのは 令和7年12月1日 まででした。" in plain
    assert explain.OURS in plain and "\x1b" not in plain
    table = explain.lines(found, 80)
    assert any("━" in line for line in table) and any("\x1b[" in line for line in table)
    rows = "".join(table)
    assert "窓口" in rows and "対応" in rows


def test_a_row_with_faults_tells_them(tmp_path: Path) -> None:
    path = write(tmp_path, {"登録状況": "たぶん"})
    with pytest.raises(MemberError) as caught:
        explanation.explain(KEY, "kenpo", [path], [], date(2026, 11, 23), date(2026, 11, 23), Shop(tmp_path))
    assert [one.code for one in caught.value.problems] == ["member-unknown-value"]


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_that_can_decide_has_its_sentence_and_source(name: str) -> None:
    used = {rule for one in compile_policies(issuer(name)).documents for rule in (one.rule, one.expiry_rule, one.gate_rule)}
    assert used | set(DUE) | set(EXPIRY) | set(GATES) <= set(RULES)
    assert all(one.ja and one.source for one in [*RULES.values(), *REASONS.values()])
    waived = {reason for one in issuer(name).documents.values() for reason in one.fee_waived_for}
    assert waived <= set(REISSUE_REASONS)


def test_every_reason_of_a_rule_has_its_sentence() -> None:
    """All verdicts of the rules' modules, whether a test meets them or not."""
    found = set()
    for path in Path(explain.__file__).parents[1].joinpath("rules").glob("*.py"):
        module = import_module(f"pipeline.rules.{path.stem}")
        verdicts = [value for value in vars(module).values() if isinstance(value, Verdict)]
        tables = [value.values() for value in vars(module).values() if isinstance(value, dict)]
        found |= {one.reason for one in [*verdicts, *(one for table in tables for one in table if isinstance(one, Verdict))]}
    assert len(found) > 40
    assert found <= set(REASONS)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_handed_out_can_be_printed(name: str) -> None:
    """Every paper of the counter's table is a document of the issuer, but for one that no source of ours shows."""
    by, shop = issuer(name), Shop()
    titles = {shop.layout(document).title for document in by.documents}
    papers = {title for rows in by.counter.values() for row in rows for title in (*row.hand_out, *row.hand_out_direct)}
    assert papers - titles == {"限度額適用認定申請書"}
