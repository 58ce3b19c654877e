"""A ledger on a server: the same orders, the same bytes, the same ends; and 64 people at one card, in both databases."""

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.problems import HandoffError
from pipeline.office import cli, job, ledger_engine
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_audit import audit
from pipeline.office.ledger_engine import connect
from pipeline.office.materials import load
from pipeline.office.shop import Shop
from tests import books, cuts, orders

COUNT = 40
CLERKS = 64
KEY = "06999999:1234:1:00"
HELD = 4
ALREADY = {"reissue-done-already", "reissue-not-finished", "ledger-issue-not-active", "ledger-order-unfinished"}


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return orders.write_members(tmp_path_factory.mktemp("members") / "members.csv", COUNT)


@pytest.fixture(scope="module")
def in_a_file(members: Path) -> tuple[dict[str, str], Any]:
    """What the order is with its ledger in a file."""
    shop = orders.shop(members.parent / "out")
    report = job.produce(orders.request(members), shop)
    return orders.tree(report.folder), counts(shop)


def counts(shop: Shop) -> Any:
    with Ledger(shop.ledger_url, str, keys=shop.data_keys) as ledger:
        return ledger.counts()


def folder_of(shop: Shop) -> Path:
    (path,) = shop.out.glob("*/order.json")
    return path.parent


def whole(shop: Shop) -> None:
    found = audit(shop.ledger_url, "", [])
    assert found.problems == [] and found.events


def test_an_order_from_beginning_to_end(
    server_database: str, in_a_file: tuple[dict[str, str], Any], members: Path, tmp_path: Path
) -> None:
    shop = Shop(tmp_path, server_database)
    report = job.produce(orders.request(members, workers=2), shop)
    assert (orders.tree(report.folder), counts(shop)) == in_a_file
    for lot in report.lots:
        assert job.verify(lot.folder, shop).documents == lot.documents
    assert not job.resume(report.folder, shop).finished
    assert job.produce(orders.request(members), shop).tally.issued == 0
    assert not list(tmp_path.glob("*.sqlite*"))
    whole(shop)


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_a_step_and_resumed(
    seed: int, server_database: str, in_a_file: tuple[dict[str, str], Any], members: Path, tmp_path: Path
) -> None:
    def shop() -> Shop:
        return Shop(tmp_path, server_database)

    at = random.Random(seed).randrange(8, 60)
    assert cuts.run(lambda: job.produce(orders.request(members), shop()).exit_code, at) == cuts.KILLED
    assert cuts.run(lambda: job.resume(folder_of(shop()), shop()).exit_code) == HELD
    assert (orders.tree(folder_of(shop())), counts(shop())) == in_a_file
    whole(shop())


def clerk(number: int, wait: int, words: list[str], told: Path) -> int:
    """A child that runs a command once nobody holds the other end of `wait` any more; returns its process id."""
    child = os.fork()
    if child:
        return child
    code = cuts.CRASHED
    try:
        os.dup2(os.open(told, os.O_WRONLY | os.O_CREAT, 0o600), 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        os.read(wait, 1)
        code = cli.run([*words, "--by", f"clerk {number}", "--json"])
    finally:
        os._exit(code)


def test_sixty_four_reissue_one_card_and_one_succeeds(
    database: str, members: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its process, from the command's words on; what they print with is loaded once, before they begin."""
    shop = Shop(tmp_path / "out", database)
    issued = job.produce(orders.request(members), shop).tally.issued
    warm = load(shop, orders.ISSUER, orders.DAY, office=True)
    monkeypatch.setattr(job, "load", lambda *_, **__: warm)
    words = ["reissue", KEY, "--issuer", orders.ISSUER, "--reason", "lost", "--fee", "paid", "--day", str(orders.DAY)]
    words += ["--out", str(shop.out), "--ledger", database]
    read, write = os.pipe()
    clerks = {}
    for number in range(CLERKS):
        clerks[clerk(number, read, words, tmp_path / f"{number}.json")] = number
    os.write(write, b"." * CLERKS)
    codes = {clerks[child]: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in list(clerks)}
    told = {number: json.loads((tmp_path / f"{number}.json").read_text("utf-8")) for number in codes}
    (winner,) = [number for number, code in codes.items() if code == 0]
    assert set(codes.values()) == {0, 7}
    for number in set(codes) - {winner}:
        for problem in told[number]["problems"]:
            assert problem["code"] in ALREADY and f"clerk {winner}" in problem["message"], problem
            assert str(shop.now())[:8] in problem["message"]
    states = {(state, number) for _, _, state, number in counts(shop)}
    reissued = told[winner]["tally"]["issued"]
    assert sum(number for state, number in states if state == "issued") == issued
    assert sum(number for state, number in states if state == "void") == reissued
    whole(shop)


def test_a_server_that_is_gone_is_told_plainly(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    url = f"postgresql+psycopg://shikaku:geheim@/none?host={tmp_path}"
    for command in (["ledger", "counts"], ["ledger", "orders"], ["ledger", "audit"]):
        assert cli.run([*command, "--ledger", url, "--out", str(tmp_path)]) == 8
        out, err = capfd.readouterr()
        assert "ledger-cannot-open" in err and "geheim" not in out + err


def test_one_writes_at_a_time_and_nobody_waits_to_read(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ledger_engine, "BUSY_SECONDS", 1)
    with books.opened(database, tmp_path) as ledger, books.opened(database, tmp_path) as other:
        books.begin(ledger, "first")
        with connect(database).begin():
            assert other.order("first") is not None
            with pytest.raises(HandoffError) as caught, ledger_engine.ledger_faults("second"):
                books.begin(other, "second")
            assert caught.value.problems[0].code == "ledger-not-writable"
        assert books.begin(other, "second").no == 2
