"""The command from the outside: exit codes, one JSON object, one block of problems, never a traceback."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from pipeline.office import cli, job
from pipeline.office.ledger import Ledger
from pipeline.office.shop import Shop
from tests import orders

BROKEN = orders.ROOT / "fixtures" / "broken"
COUNT = 12
KEY = "06999999:1234:1:00"
COMMANDS = [
    path.parent.name for path in sorted(BROKEN.glob("*/expected.toml")) if 'stage = "command"' in path.read_text("utf-8")
]


def words(*more: object) -> list[str]:
    return [str(word) for word in more]


def asked(capfd: pytest.CaptureFixture[str], *more: object) -> tuple[int, Any, str]:
    """Run a command with --json: exit code, its one object, and what stood on stderr."""
    code = cli.run(words(*more, "--json"))
    out, err = capfd.readouterr()
    return code, json.loads(out), err


def produce(members: Path, out: Path) -> list[str]:
    return words("produce", members, "--issuer", orders.ISSUER, "--day", orders.DAY, "--out", out, "--workers", 1)


@pytest.fixture
def members(tmp_path: Path) -> Path:
    return orders.write_members(tmp_path / "members.csv", COUNT)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of one order."""
    folder = tmp_path_factory.mktemp("done")
    assert cli.run(produce(orders.write_members(folder / "members.csv", COUNT), folder / "out")) == 4
    return folder / "out"


def order_of(out: Path) -> Path:
    (path,) = out.glob("*/order.json")
    return path.parent


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_command(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    expected = tomllib.loads((BROKEN / name / "expected.toml").read_text("utf-8"))
    shop = orders.shop(tmp_path / "out")
    with job.open_ledger(shop):
        pass
    monkeypatch.chdir(orders.ROOT)
    before = orders.tree(tmp_path)
    typed = [word.format(document=next(iter(shop.issuer(orders.ISSUER).documents)), out=shop.out) for word in expected["words"]]
    code, told, _ = asked(capfd, *typed)
    (problem,) = told["problems"]
    assert (code, told["exit"], told["ok"]) == (expected["exit"], expected["exit"], False)
    assert (problem["code"], problem["place"]) == (expected["code"], expected["place"]) and expected["code"] == name
    assert cli.run(typed) == expected["exit"]
    out, err = capfd.readouterr()
    shown = out + err
    assert problem["place"] in shown and problem["message"] in shown and problem["hint"] in shown
    assert problem["message"] in err and "Traceback" not in shown
    assert orders.tree(tmp_path).keys() == before.keys()


def test_every_command_explains_itself_in_japanese(capfd: pytest.CaptureFixture[str]) -> None:
    known = get_command(cli.app).commands  # type: ignore[attr-defined]
    orders_and_lots = {"produce", "resume", "cancel", "reissue", "verify", "remake", "spoil", "accept", "complete"}
    before_and_after = {"proof", "approve", "approvals", "key", "package", "check-package"}
    assert set(known) == {
        *orders_and_lots,
        *before_and_after,
        "explain",
        "check",
        "ledger",
        "preview",
        "new",
        "schema",
        "desk",
        "calibrate",
        "check-code",
        "purge",
    }
    for name in known:
        assert cli.run([name, "--help"]) == 0
        help_text = capfd.readouterr().out
        assert "。" in help_text and "--help" in help_text


def test_an_order_as_json(members: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, told, err = asked(capfd, *produce(members, tmp_path / "out"))
    tally = told["tally"]
    assert (code, told["exit"], told["ok"]) == (4, 4, False)
    assert tally["members"] * tally["documents"] == sum(tally[one] for one in ("issued", "skipped", "held", "already_issued"))
    assert sum(lot["documents"] for lot in told["lots"]) == tally["issued"] > 0
    assert all((Path(lot["folder"]) / "ticket.json").is_file() for lot in told["lots"])
    assert [(one["code"], one["place"]) for one in told["problems"]] == [("member-bad-date", "members.csv row 12 生年月日")]
    assert set(told["seconds"]) >= {"plan", "print", "handoff"}
    assert "読込・判定" in err and "作成・検査" in err and "\r" not in err


def test_an_order_on_the_screen(members: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(produce(members, tmp_path / "out")) == 4
    out, err = capfd.readouterr()
    folder = order_of(tmp_path / "out")
    for lot in (folder / "handoff").iterdir():
        assert out.count(lot.name + "　") == 1
    assert str(folder) in out and "次の手順" in out
    assert str(folder / "office" / "held.csv") in err
    assert err.count("members.csv row 12") == 1  # told once, though held for every document type
    assert "見本　" not in out + err


def test_nothing_new_is_the_approvers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    members = orders.write_members(tmp_path / "members.csv", 3)
    assert cli.run(produce(members, tmp_path / "out")) == 0
    capfd.readouterr()
    code, told, _ = asked(capfd, *produce(members, tmp_path / "out"))
    assert (code, told["tally"]["issued"], told["lots"]) == (7, 0, [])


def test_what_is_done_is_not_done_again(done: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = orders.tree(order_of(done))
    assert cli.run(words("resume", order_of(done))) == 0
    assert "すでに完了" in capfd.readouterr().out
    code, told, _ = asked(capfd, "resume", order_of(done))
    assert (code, told["finished"]) == (0, False)
    assert orders.tree(order_of(done)) == before


def test_a_lot_is_verified(done: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lot = next((order_of(done) / "handoff").iterdir())
    ticket = json.loads((lot / "ticket.json").read_text("utf-8"))
    monkeypatch.chdir(lot)
    code, told, _ = asked(capfd, "verify", ".")
    assert (code, told["lot"], told["documents"]) == (0, lot.name, ticket["quantities"]["documents"])


def test_the_ledger_answers(done: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _, told, _ = asked(capfd, "ledger", "issued", KEY, "--out", done)
    assert {(one["key"], one["state"]) for one in told["issued"]} == {(KEY, "issued")}
    serial = told["issued"][0]["serial"]
    _, by_serial, _ = asked(capfd, "ledger", "issued", serial, "--out", done)
    assert by_serial["issued"] == told["issued"][:1]
    _, told, _ = asked(capfd, "ledger", "counts", "--out", done)
    issued = sum(one["count"] for one in told["counts"] if one["state"] == "issued")
    _, told, _ = asked(capfd, "ledger", "orders", "--out", done)
    assert [(one["order"], one["state"], one["documents"]) for one in told["orders"]] == [(order_of(done).name, "done", issued)]
    _, told, _ = asked(capfd, "ledger", "audit", "--out", done, "--order", order_of(done).name)
    assert [told["events"][0]["kind"], told["events"][-1]["kind"]] == ["opened", "done"]
    assert "見本　" not in json.dumps(told, ensure_ascii=False) and KEY not in json.dumps(told)
    assert cli.run(words("ledger", "issued", KEY, "--out", done)) == 0
    assert capfd.readouterr().out.splitlines()[0].split("\t")[0] == "serial"


def test_a_reissue(members: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    cli.run(produce(members, out))
    capfd.readouterr()
    again = words("reissue", KEY, "--issuer", orders.ISSUER, "--reason", "lost", "--day", orders.DAY, "--out", out)
    code, told, _ = asked(capfd, *again)
    assert (code, told["problems"][0]["code"]) == (7, "reissue-fee-open")
    code, told, _ = asked(capfd, *again, "--fee", "paid")
    assert (code, told["tally"]["members"]) == (0, 1)
    _, told, _ = asked(capfd, "ledger", "issued", KEY, "--out", out)
    assert sorted({one["state"] for one in told["issued"]}) == ["issued", "void"]


def test_a_fault_of_the_program_tells_no_name(
    members: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("見本　太郎")

    monkeypatch.setattr(job, "load", fail)
    code, told, err = asked(capfd, *produce(members, tmp_path / "out"))
    (problem,) = told["problems"]
    assert (code, problem["code"]) == (1, "internal") and "RuntimeError" in problem["message"]
    assert problem["place"].startswith("job.py:")
    assert "太郎" not in json.dumps(told, ensure_ascii=False) + err and "Traceback" not in err


def started(members: Path, out: Path, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipeline", *produce(members, out), "--workers", "2", "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": orders.ROOT}
    return subprocess.Popen(command, start_new_session=True, **pipes, **options)  # type: ignore[call-overload,no-any-return]


def test_ctrl_c_tells_how_to_go_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    members, out = orders.write_members(tmp_path / "members.csv", 150), tmp_path / "out"
    run = started(members, out)
    deadline = time.monotonic() + 60
    while not list(out.glob("*/.work/*/*.tmp")) and time.monotonic() < deadline and run.poll() is None:
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the workers get it too
    stdout, stderr = run.communicate(timeout=120)
    told = json.loads(stdout)
    assert (run.returncode, told["problems"][0]["code"]) == (130, "work-interrupted"), stderr
    assert "Traceback" not in stderr
    folder = order_of(out)
    assert f"shikaku resume {folder}" in told["problems"][0]["hint"]
    assert not list(folder.glob("handoff/*"))
    code, told, _ = asked(capfd, "resume", folder, "--workers", 2)
    assert (code, told["finished"]) == (4, True)
    with Ledger(f"sqlite:///{out}/ledger.sqlite", str) as ledger:
        assert {state for _, _, state, _ in ledger.counts()} == {"issued"}


@pytest.mark.parametrize("kilobytes", [8, 180])
def test_a_full_disk_is_the_operators_and_can_be_resumed(kilobytes: int, members: Path, tmp_path: Path) -> None:
    """No file may grow beyond the limit, as on a full disk: at the ledger, at a part, or not at all."""
    out = tmp_path / "out"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))

    run = started(members, out, preexec_fn=limit)
    stdout, stderr = run.communicate(timeout=120)
    assert "Traceback" not in stderr
    told = json.loads(stdout)
    assert (run.returncode, told["exit"]) == (8, 8), stdout
    assert {one["code"] for one in told["problems"]} <= {"disk-full", "ledger-cannot-open", "ledger-not-writable"}
    assert not list(out.glob("*/handoff/*"))
    folders = [path.parent for path in out.glob("*/order.json")]
    assert cli.run(words("resume", folders[0]) if folders else produce(members, out)) == 4


def test_a_reader_that_leaves_early(done: Path) -> None:
    command = f"{sys.executable} -m pipeline ledger audit --out {done} | head -c 1"
    run = subprocess.run(["bash", "-c", command], cwd=orders.ROOT, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("a", "")


@pytest.mark.parametrize(
    "command", [["ledger", "counts"], ["ledger", "orders"], ["produce", "members.csv", "--issuer", "kenpo"]]
)
def test_a_ledger_that_is_none(command: list[str], members: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ledger.sqlite").write_text("a text that is no database, nor the beginning of one")
    typed = [str(members) if word == members.name else word for word in command]
    code, told, _ = asked(capfd, *typed, "--out", tmp_path)
    assert (code, [one["code"] for one in told["problems"]]) == (8, ["ledger-cannot-open"])


def test_the_shop_is_told_where_the_ledger_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Shop(tmp_path, "books/one.sqlite").ledger_url == f"sqlite:///{tmp_path}/books/one.sqlite"
    monkeypatch.setenv("SHIKAKU_LEDGER", "postgresql://books")
    assert Shop(tmp_path).ledger_url == "postgresql://books"
