"""At rest: whom a ledger is about stands nowhere in its files as it is; what was kept long enough is erased for good."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from pipeline.office import cli, job
from pipeline.office.desk import case_notes, cases
from pipeline.office.ledger_audit import audit
from pipeline.office.ledger_desk import CASES
from pipeline.office.ledger_engine import connect
from pipeline.office.ledger_schema import DOCUMENTS, MEMBERS, METADATA
from pipeline.office.notary import Notary
from pipeline.office.order import ProduceRequest, ReissueRequest
from pipeline.office.shop import Shop
from pipeline.office.vault import Vault
from tests import orders

CARD, NOTICE = "eligibility-certificate", "eligibility-notice"
KEY = "06999999:1234:{}:00"
LATER = orders.DAY + timedelta(days=3)
# Of the first member: names, kana, address, last four; what the police were told; words of a refusal.
CANARIES = (
    "鷲尾",
    "燈子",
    "ワシオ",
    "トウコ",
    "凪浜町",
    "八百七十一番地",
    "７３５１",
    "凪浜署",
    "八八一二",
    "判読できません",
    "7351",
)
HEADER = (
    "保険者番号,記号,番号,枝番,区分,氏名,フリガナ,性別,生年月日,資格取得年月日,事業所番号,事業所名称,郵便番号,住所,"
    "登録状況,マイナ保険証,個人番号下4桁,個人番号照合"
)
ROW = (
    "06999999,1234,{n},00,本人,鷲尾　燈子,ワシオ　トウコ,女,198{n}-05-06,2020-04-01,5678,見本商事株式会社,9990001,"
    "見本県凪浜町八百七十一番地{n},完了,{card},7351,確認済"
)


class Office(NamedTuple):
    """A shop with an order, a reissue, and two cases of the desk of which one was refused."""

    shop: Shop
    order: str
    again: str

    def files(self) -> Iterator[tuple[str, bytes]]:
        """All that the ledger keeps: its files, or the tables of a server, and what lies beside it."""
        given = (self.shop.out / self.order, self.shop.out / self.again, self.shop.out.parent / "members.csv")
        for path in self.shop.out.parent.rglob("*"):
            if path.is_file() and not any(path.is_relative_to(one) for one in given):
                yield path.name, path.read_bytes()
        engine = connect(self.shop.ledger_url)
        with engine.connect() as connection:
            for table in METADATA.sorted_tables:
                yield table.name, repr([tuple(row) for row in connection.execute(select(table))]).encode()
        engine.dispose()

    def case(self, n: int) -> str:
        with job.open_ledger(self.shop) as ledger:
            held = next(one for one in ledger.active(orders.ISSUER, KEY.format(n)) if one.document == CARD)
        return cases.begin(self.shop.acting("佐藤"), f"case-{n}", held.id, "theft", LATER).id


@pytest.fixture
def office(database: str, tmp_path: Path) -> Iterator[Office]:
    yield from watched(Shop(tmp_path / "out", database), tmp_path)


@pytest.fixture
def office_in_a_file(tmp_path: Path) -> Iterator[Office]:
    yield from watched(orders.shop(tmp_path / "out"), tmp_path)


def watched(shop: Shop, tmp_path: Path) -> Iterator[Office]:
    with job.open_ledger(shop) as watching, watching.reading() as connection:
        connection.execute(select(MEMBERS.c.n)).all()  # so that a file's log of writes stays until it is looked at
        connection.rollback()
        yield filled(shop, tmp_path)


def filled(shop: Shop, tmp_path: Path) -> Office:
    """What a counter keeps after some days."""
    rows = [ROW.format(n=n, card="有" if n == 4 else "無") for n in (1, 2, 3, 4)]
    members = tmp_path / "members.csv"
    members.write_text("\n".join([HEADER, *rows, rows[0].replace("-05-06", "-02-30").replace(",1,00", ",9,00")]) + "\n")
    made = job.produce(ProduceRequest((members,), orders.ISSUER, orders.DAY, orders.DAY, (CARD, NOTICE), workers=1), shop)
    assert (made.tally.issued, made.tally.skipped, made.tally.held) == (7, 1, 2)
    again = job.reissue(ReissueRequest(KEY.format(1), orders.ISSUER, LATER, "lost", "paid", (CARD,)), shop)
    found = Office(shop, made.order, again.order)
    for n in (2, 3):
        case = found.case(n)
        cases.report(shop.acting("佐藤"), case, "凪浜署 第八八一二号")
    with job.open_ledger(shop) as ledger:
        wanted = cases.needs(shop, cases.known(shop, "case-3"), cases.holding(ledger, cases.known(shop, "case-3").issue), LATER)
    cases.hand_in(shop.acting("佐藤"), "case-3", wanted.papers)
    cases.ask(shop.acting("佐藤"), "case-3", LATER)
    cases.refuse(shop.acting("高橋"), "case-3", "凪浜町の届が判読できません")
    with job.open_ledger(shop) as ledger:
        assert job.inquiries.people(ledger, shop.out, "鷲尾燈子", date(1981, 5, 6)), "the index beside the ledger is made"
    return found


def whole(office: Office) -> int:
    """How many orders the audit calls erased; nothing else is found."""
    found = audit(office.shop.ledger_url, Notary(office.shop.ledger_key, office.shop.ledger_checkpoint).public(), [])
    assert found.problems == []
    return found.erased


def traces(content: bytes) -> list[str]:
    """Which canaries stand in a file, as they are, in other codes or escaped. Of the four digits that may be part of a hash: as
    a field."""
    ways = [(word, word.encode(code)) for word in CANARIES[:-1] for code in ("utf-8", "utf-16-le", "cp932")]
    ways += [(word, json.dumps(word).strip('"').encode()) for word in CANARIES[:-1]]
    return [word for word, trace in [*ways, ("7351", b'"7351"')] if trace in content]


def run(capfd: pytest.CaptureFixture[str], office: Office, *words: str) -> tuple[int, dict[str, Any]]:
    capfd.readouterr()
    at = ["--ledger", office.shop.ledger_url, "--json"] + (["--out", str(office.shop.out)] if words[0] != "verify" else [])
    code = cli.run([*words, *at])
    printed = capfd.readouterr()
    assert "Traceback" not in printed.err and not any(one in printed.out + printed.err for one in CANARIES)
    return code, json.loads(printed.out)


def test_nobody_stands_in_the_ledger_and_what_was_kept_long_enough_is_erased(
    office: Office, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = dict(office.files())
    assert {"members", "documents", "case_notes"} <= kept.keys()
    assert not office.shop.ledger_url.startswith("sqlite") or all(kept[f"ledger.sqlite{end}"] for end in ("", "-wal", "-shm"))
    assert {name: found for name, content in kept.items() if (found := traces(content))} == {}
    assert set(traces((office.shop.out.parent / "members.csv").read_bytes())) >= set(CANARIES[:6]), "they would be found"
    assert case_notes.said(office.shop, cases.known(office.shop, "case-3")) == (
        "凪浜町の届が判読できません",
        "凪浜署 第八八一二号",
    )
    assert whole(office) == 0

    key, again = office.shop.data_keys / "0001.key", ["reissue", KEY.format(2), "--issuer", orders.ISSUER, "--reason", "theft"]
    kept_key, there = key.read_bytes(), sorted(path.name for path in office.shop.out.iterdir())
    for wrong, code, problem in (
        (None, 8, "data-key-missing"),
        (b"short", 8, "data-key-not-valid"),
        (bytes(32), 7, "ledger-not-readable"),
    ):
        key.write_bytes(wrong) if wrong else key.unlink()
        found, told = run(capfd, office, *again)
        assert (found, told["problems"][0]["code"]) == (code, problem)
    key.unlink()
    key.write_bytes(kept_key)
    key.chmod(0o600)
    assert sorted(path.name for path in office.shop.out.iterdir()) == there, "nothing was begun"

    lot = next((office.shop.out / office.order / "handoff").iterdir())
    assert run(capfd, office, "verify", str(lot))[0] == 0
    last = date(2032, 1, 1)  # a card of 2026 ends within five years
    code, told = run(capfd, office, "purge", "--day", str(last))
    assert (code, told["due"]) == (0, [])
    monkeypatch.setattr(Shop, "today", lambda self: date(2037, 1, 1))
    code, told = run(capfd, office, "purge")
    assert [one["order"] for one in told["due"]] == [office.order, office.again] and not told["erased"]
    assert run(capfd, office, "purge", "--erase")[1]["problems"][0]["code"] == "remake-no-reason"
    code, told = run(capfd, office, "purge", "--erase", "--reason", "期間満了", "--day", "2040-01-01")
    assert (code, told["problems"][0]["code"]) == (2, "purge-day-to-come")
    assert run(capfd, office, "purge", "--order", "none")[1]["problems"][0]["code"] == "purge-not-due"
    code, told = run(capfd, office, "purge", "--erase", "--reason", "期間満了", "--order", office.order)
    assert (code, [one["order"] for one in told["erased"]]) == (0, [office.order])

    with job.open_ledger(office.shop) as ledger:
        (entry,) = ledger.entries(["erased"])
        assert (entry[2]["reason"], entry[2]["pieces"]) == ("期間満了", 7)
        with ledger.reading() as connection:
            contents = connection.execute(select(MEMBERS.c.record).where(MEMBERS.c.order_no == 1)).scalars().all()
            contents += connection.execute(select(DOCUMENTS.c.content).where(DOCUMENTS.c.serial.startswith("0001-"))).scalars()
            assert set(contents) == {""}
            assert set(connection.scalars(select(CASES.c.words))) == {""}
        assert job.inquiries.people(ledger, office.shop.out, "鷲尾燈子", date(1981, 5, 6)) == [(orders.ISSUER, KEY.format(1))]
    assert sorted(path.name for path in office.shop.data_keys.glob("0*")) == ["0001.erased", "0002.key"]
    left = {path.name for path in (office.shop.out / office.order).rglob("*") if path.is_file()}
    assert {"order.json", "ticket.json", "positions.csv", "delivery-note.pdf"} <= left and not any(
        name.startswith("sheets-") for name in left
    )
    assert "held.csv" not in left and "decisions.csv" not in left
    assert whole(office) == 1, "erased, and not broken"
    for command in (
        ["verify", str(lot)],
        ["reissue", KEY.format(2), "--issuer", orders.ISSUER, "--reason", "lost", "--fee", "paid"],
    ):
        code, told = run(capfd, office, *command)
        assert (code, told["problems"][0]["code"]) == (7, "order-erased"), command
    assert [one["order"] for one in run(capfd, office, "purge")[1]["due"]] == [office.again]


def test_an_erasing_that_was_cut_off_is_finished(
    office_in_a_file: Office, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    office = office_in_a_file
    monkeypatch.setattr(Shop, "today", lambda self: date(2037, 1, 1))
    with monkeypatch.context() as broken:
        broken.setattr(Vault, "erase", lambda *_: 1 // 0)
        assert run(capfd, office, "purge", "--erase", "--reason", "期間満了")[0] == 1
    _, told = run(capfd, office, "purge")
    assert [(one["order"], one["begun"]) for one in told["due"]] == [(office.order, True), (office.again, False)]
    assert run(capfd, office, "purge", "--erase", "--reason", "期間満了")[0] == 0
    assert run(capfd, office, "purge")[1]["due"] == []
    assert whole(office) == 2
    assert sorted(path.name for path in office.shop.data_keys.glob("0*")) == ["0001.erased", "0002.erased"]
