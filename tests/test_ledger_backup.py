"""Backup and restore between both databases; what is restored issues nothing until somebody has compared it."""

import hashlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.base.problems import LedgerError
from pipeline.office import cli, job
from pipeline.office.ledger_audit import audit
from pipeline.office.ledger_engine import connect
from pipeline.office.ledger_schema import EVENTS, METADATA
from pipeline.office.shop import Shop
from tests import books, databases, orders


def run(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any]:
    code = cli.run([*map(str, words), "--json"])
    return code, json.loads(capfd.readouterr().out)


def contents(url: str, entries: int) -> dict[str, list[Any]]:
    """All rows of a ledger, with so many entries of its trail."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            found = {
                one.name: connection.execute(select(one).order_by(*one.primary_key)).all() for one in METADATA.sorted_tables
            }
    finally:
        engine.dispose()
    found[EVENTS.name] = found[EVENTS.name][:entries]
    found["checkpoints"] = [row for row in found["checkpoints"] if row.events <= entries]
    return {name: [tuple(row) for row in rows] for name, rows in found.items()}


@pytest.fixture(params=databases.KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a backup is restored to."""
    if request.param == "sqlite":
        (tmp_path / "back").mkdir()
        return databases.sqlite(tmp_path / "back")
    return str(request.getfixturevalue("bare_database"))


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """One key for all places of the ledger in a test."""
    monkeypatch.setenv("SHIKAKU_LEDGER_KEY", str(tmp_path / "ledger.key"))
    return books.notary(tmp_path).public()


def test_a_backup_brings_everything_back(
    database: str, empty: str, key: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    books.fill(database, tmp_path)
    file = tmp_path / "backup.sqlite"
    code, told = run(capfd, "ledger", "backup", file, "--ledger", database, "--out", tmp_path, "--by", "tanaka")
    assert code == 0, told
    events = told["receipt"]["events"]
    assert not list(tmp_path.glob("backup.sqlite-*")) and file.stat().st_mode & 0o077 == 0
    with sqlite3.connect(file) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    before = file.read_bytes()
    code, told = run(capfd, "ledger", "backup", file, "--ledger", database, "--out", tmp_path)
    assert (code, told["problems"][0]["code"]) == (8, "backup-exists")
    code, told = run(capfd, "ledger", "restore", file, "--to", empty, "--out", tmp_path / "back", "--by", "tanaka")
    assert code == 0, told
    assert file.read_bytes() == before
    assert contents(empty, events) == contents(database, events)
    assert audit(empty, key, []).problems == []
    with books.opened(empty, tmp_path / "no") as ledger, pytest.raises(LedgerError) as caught:
        books.begin(ledger, "new")
    assert caught.value.problems[0].code == "ledger-not-reconciled"
    code, told = run(capfd, "ledger", "restore", file, "--to", empty, "--out", tmp_path / "back")
    assert (code, told["problems"][0]["code"]) == (7, "restore-not-empty")


def test_a_backup_that_was_touched_is_not_restored(key: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    url, file, there = databases.sqlite(tmp_path), tmp_path / "backup.sqlite", tmp_path / "there.sqlite"
    books.fill(url, tmp_path)
    assert run(capfd, "ledger", "backup", file, "--ledger", url)[0] == 0
    receipt = tmp_path / "backup.sqlite.receipt.json"
    whole, said = file.read_bytes(), receipt.read_text()
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE issues SET state = 'void' WHERE key = 'b'")
    altered = file.read_bytes()
    for content, words in (
        (whole[:-1], said),
        (altered, said),
        (whole, said.replace('"events": ', '"events": 1')),
        (altered, said.replace(json.loads(said)["sha256"], "0" * 64)),
        (whole, ""),
    ):
        file.write_bytes(content)
        receipt.write_text(words)
        code, told = run(capfd, "ledger", "restore", file, "--to", there)
        assert (code, [one["code"] for one in told["problems"]]) == (7, ["backup-damaged"])
        assert not there.exists()
    file.write_bytes(whole)
    receipt.write_text(said)
    (tmp_path / "ledger.key").unlink()
    books.notary(tmp_path).public()
    code, told = run(capfd, "ledger", "restore", file, "--to", there)
    assert (code, [one["code"] for one in told["problems"]]) == (7, ["backup-other-key"])


def test_a_backup_without_a_folder(key: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    books.fill(databases.sqlite(tmp_path), tmp_path)
    code, told = run(capfd, "ledger", "backup", tmp_path / "no" / "b", "--ledger", databases.sqlite(tmp_path))
    assert (code, told["problems"][0]["code"]) == (8, "backup-no-folder")


def test_a_checkpoint_is_handed_out_and_compared(key: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Who keeps one elsewhere finds even a ledger that was cut together with everything beside it."""
    url, elsewhere = databases.sqlite(tmp_path), tmp_path / "elsewhere.json"
    books.opened(url, tmp_path).order("none")
    code, told = run(capfd, "ledger", "checkpoint", "--ledger", url)
    assert (code, told["problems"][0]["code"]) == (7, "checkpoint-none")
    books.fill(url, tmp_path)
    code, told = run(capfd, "ledger", "checkpoint", "--ledger", url, "--to", elsewhere)
    assert (code, told["key"]) == (0, key)
    assert run(capfd, "ledger", "checkpoint", "--ledger", url, "--to", elsewhere)[0] == 8
    assert run(capfd, "ledger", "audit", "--ledger", url, "--checkpoint", elsewhere)[0] == 0
    for path in [*tmp_path.glob("ledger.sqlite*"), tmp_path / "ledger.checkpoint"]:
        path.unlink()
    with books.opened(url, tmp_path) as ledger:
        books.begin(ledger)
    assert run(capfd, "ledger", "audit", "--ledger", url)[0] == 0
    code, told = run(capfd, "ledger", "audit", "--ledger", url, "--checkpoint", elsewhere)
    assert (code, [one["code"] for one in told["problems"]]) == (7, ["audit-tail-cut"])
    elsewhere.write_text(elsewhere.read_text().replace('"events": ', '"events": 1'))
    code, told = run(capfd, "ledger", "audit", "--ledger", url, "--checkpoint", elsewhere)
    assert (code, [one["code"] for one in told["problems"]]) == (7, ["checkpoint-not-valid"])


def test_the_keys_fingerprint_is_shown(key: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, told = run(capfd, "ledger", "key", "--out", tmp_path)
    assert (code, told["key"]) == (0, key)
    assert told["fingerprint"].replace(" ", "") == hashlib.sha256(bytes.fromhex(key)).hexdigest()[:32]


class Office:
    """An office whose ledger was lost after two orders of which the backup knows one, and a reissue of it."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]):
        self.out, self.capfd = folder / "out", capfd
        self.first = orders.write_members(folder / "first.csv", 3)
        self.second = orders.write_members(folder / "second.csv", 3, first=4)
        self.shop = Shop(self.out, f"sqlite:///{self.out.absolute()}/ledger.sqlite")
        job.produce(orders.request(self.first), self.shop)
        self.backup = folder / "backup.sqlite"
        assert run(capfd, "ledger", "backup", self.backup, "--out", self.out)[0] == 0
        self.later = job.produce(orders.request(self.second), self.shop).folder
        code, told = run(capfd, *self.reissue("lost"))
        assert code == 0, told
        self.again = Path(told["folder"])
        self.counts = self.counted()
        for path in self.out.glob("ledger.sqlite*"):
            path.unlink()
        assert run(capfd, "ledger", "restore", self.backup, "--to", self.out / "ledger.sqlite", "--out", self.out)[0] == 0

    def reissue(self, reason: str) -> list[object]:
        where = ["--out", self.out, "--day", orders.DAY, "--fee", "paid", "--by", "sato"]
        return ["reissue", "06999999:1234:1:00", "--issuer", orders.ISSUER, "--reason", reason, *where]

    def counted(self) -> Any:
        return run(self.capfd, "ledger", "counts", "--out", self.out)[1]["counts"]

    def reconcile(self, *words: object) -> tuple[int, Any]:
        where = ["--out", self.out, "--by", "tanaka", "--reason", "disk lost"]
        return run(self.capfd, "ledger", "reconcile", *where, *words)


def test_what_was_handed_off_after_the_backup_is_adopted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    office = Office(tmp_path, capfd)
    trees = [orders.tree(folder / "handoff") for folder in (office.later, office.again)]
    code, told = run(capfd, *office.reissue("damage"))
    assert (code, told["problems"][0]["code"]) == (7, "ledger-not-reconciled")
    code, told = office.reconcile()
    assert (code, {one["code"] for one in told["problems"]}) == (7, {"reconcile-open"})
    assert {one["place"] for one in told["problems"]} == {office.later.name, office.again.name}
    adopt = ["--adopt", office.later.name, "--adopt", office.again.name]
    code, told = office.reconcile(*adopt)
    assert (code, told["problems"][0]["code"]) == (4, "reconcile-file-missing")
    empty = office.out / "empty"
    shutil.copytree(office.later, empty, ignore=shutil.ignore_patterns("handoff"))
    code, told = office.reconcile("--adopt", "empty", *adopt)
    assert (code, told["problems"][0]["code"]) == (7, "reconcile-nothing-handed-off")
    shutil.rmtree(empty)
    code, told = office.reconcile("--adopt", "none")
    assert (code, told["problems"][0]["code"]) == (7, "reconcile-unknown")
    code, told = office.reconcile(*adopt, "--members", office.second)
    assert code == 0, told
    assert office.counted() == office.counts
    assert [orders.tree(folder / "handoff") for folder in (office.later, office.again)] == trees
    code, told = run(capfd, "ledger", "audit", "--out", office.out)
    assert (code, told["problems"]) == (0, [])
    assert {(one["kind"], one["actor"]) for one in told["events"]} >= {("adopted", "tanaka"), ("reconciled", "tanaka")}
    code, told = run(capfd, "verify", next((office.later / "handoff").iterdir()))
    assert code == 0, told
    code, told = run(capfd, *office.reissue("damage"))
    assert (code, told["problems"][0]["code"]) == (7, "reissue-done-already")
    assert "sato" not in told["problems"][0]["message"]  # who reissued it is lost; who adopted it is known
    assert run(capfd, *office.reissue("damage"), "--again")[0] == 0


def test_what_does_not_agree_is_not_adopted_and_what_is_void_is_never_used_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    office = Office(tmp_path, capfd)
    lot = next((office.later / "handoff").iterdir())
    (lot / "sheets-0001.pdf").rename(lot / "sheets-0009.pdf")
    decided = ["--void", office.again.name, "--members", office.second]
    code, told = office.reconcile("--adopt", office.later.name, *decided)
    assert (code, told["problems"][0]["code"]) == (7, "reconcile-not-the-same")
    code, told = run(capfd, *office.reissue("damage"))
    assert (code, told["problems"][0]["code"]) == (7, "ledger-not-reconciled")
    code, told = office.reconcile("--void", office.later.name, *decided)
    assert code == 0, told
    assert sorted(path.name for path in office.out.glob("*.void")) == sorted(
        f"{folder.name}.void" for folder in (office.later, office.again)
    )
    report = job.produce(orders.request(office.second), office.shop)
    assert report.tally.issued and all(lot.name.startswith("0004-") for lot in report.lots)
    assert run(capfd, "ledger", "audit", "--out", office.out)[0] == 0


def test_a_number_that_another_order_has_is_not_given_twice(tmp_path: Path) -> None:
    with books.opened(databases.sqlite(tmp_path), tmp_path) as ledger:
        order = books.begin(ledger, "first")
        ledger.add(order, books.claims(order, ["a"]))
        books.finish(ledger, order, 1)
        with pytest.raises(LedgerError) as caught:
            ledger.adopt_order(order.no, "other", "demo", books.DAY, {}, [], "why")
    assert caught.value.problems[0].code == "reconcile-number-taken"


def test_numbers_that_nobody_can_account_for_are_passed_over(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The order's folder is gone as well; the last checkpoint outside the ledger knows that there was one."""
    office = Office(tmp_path, capfd)
    for folder in (office.later, office.again):
        folder.rename(tmp_path / folder.name)
    code, told = office.reconcile()
    assert code == 0, told
    report = job.produce(orders.request(office.second), office.shop)
    assert all(lot.name.startswith("0004-") for lot in report.lots)
