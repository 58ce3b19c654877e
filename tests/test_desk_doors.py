"""The desk's frame: what is not there, too large, too fast or not allowed is told in Japanese; commands keep accounts."""

import io
from pathlib import Path

import pytest

from pipeline.base.problems import Problem, ShikakuError
from pipeline.office import cli
from pipeline.office.desk.app import LARGEST, SUBJECTS
from pipeline.office.desk.doors import BAR
from pipeline.office.desk.oidc import BACK
from pipeline.office.desk.roles import RIGHTS
from pipeline.office.shop import Shop
from pipeline.office.web import open_door
from tests import desks
from tests.desks import PASSWORD, Person


@pytest.fixture
def desk(tmp_path: Path) -> desks.Desk:
    return desks.desk(Shop(tmp_path), ["佐藤", "渡辺"])


def said(code: str) -> str:
    return Problem(code, "desk").message


def test_what_cannot_be_is_told_in_japanese(desk: desks.Desk) -> None:
    sato = Person(desk, "佐藤")
    assert said("desk-not-found") in sato.look("/nowhere", 404)
    assert said("desk-forbidden") in sato.look("/accounts", 403)
    assert said("desk-malformed") in sato.http.post("/password", data=sato.tokens() | {"once": "x"}).text
    large = sato.http.post("/password", data=sato.tokens() | {"old": "x" * LARGEST})
    assert (large.status_code, said("desk-too-large") in large.text) == (413, True)


def test_a_body_without_a_length_is_not_read(desk: desks.Desk) -> None:
    sato = Person(desk, "佐藤")
    assert sato.http.post("/logout", content=iter([b"csrf=1"])).status_code == 413


def test_more_requests_than_a_person_makes_are_not_answered(desk: desks.Desk) -> None:
    sato = Person(desk, "佐藤")
    answers = [sato.http.get("/password") for _ in range(260)]
    assert {one.status_code for one in answers[:200]} == {200}
    assert answers[-1].status_code == 429 and said("desk-too-fast") in answers[-1].text


def test_tries_to_log_in_are_bounded_by_address(desk: desks.Desk) -> None:
    somebody = Person(desk)
    answers = [somebody.http.post("/login", data={"name": f"n{n}", "password": "p"}).status_code for n in range(22)]
    assert answers[:20] == [401] * 20 and answers[-1] == 429


def test_a_fault_of_the_program_shows_no_traceback(desk: desks.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Person(desk, "渡辺")

    def broken(*_: object) -> None:
        raise ValueError("山田 花子 1975-04-01")

    monkeypatch.setattr("pipeline.office.desk.accounts.known", broken)
    page = keeper.http.get("/accounts")
    assert page.status_code == 500 and "山田" not in page.text and "Traceback" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_every_route_names_a_right_or_is_of_the_entrance(desk: desks.Desk) -> None:
    bare = {(route.path, *route.methods) for one in SUBJECTS for route in one.router.routes if not route.openapi_extra}
    assert bare == {("/login", "GET"), ("/login", "POST"), ("/login/provider", "GET"), (BACK, "GET")}
    assert {right for _, _, right in BAR} <= set(RIGHTS)


def test_a_port_that_is_taken_is_told() -> None:
    with open_door(0, "desk-port-taken") as door, pytest.raises(ShikakuError, match="desk-port-taken"):
        open_door(door.getsockname()[1], "desk-port-taken")


@pytest.mark.parametrize(
    ("words", "typed", "code"),
    [
        (["desk", "--origin", "http://desk.example.jp"], "", "desk-bad-origin"),
        (["desk", "account", "add", "佐藤", "--role", "boss"], PASSWORD, "desk-unknown-role"),
        (["desk", "account", "add", "佐藤", "--role", "operator"], "short", "desk-password-length"),
        (["desk", "account", "add", "佐藤\u0007", "--role", "operator"], PASSWORD, "usage-bad-person"),
        (["desk", "account", "change", "山本", "--unlock"], "", "desk-account-unknown"),
    ],
)
def test_commands_refuse(
    words: list[str], typed: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desks.desk(Shop(tmp_path), ["渡辺"])
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    assert cli.run([*words, "--out", str(tmp_path)]) != 0
    assert code in capsys.readouterr().err


def test_commands_keep_accounts(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    out = ["--out", str(tmp_path)]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n{PASSWORD}\n"))
    assert cli.run(["desk", "account", "add", "佐藤", "--role", "operator", *out]) == 0
    assert cli.run(["desk", "account", "add", "佐藤", "--role", "operator", *out]) == 7, "desk-account-exists"
    assert "desk-account-exists" in capsys.readouterr().err
    assert cli.run(["desk", "account", "change", "佐藤", "--close", *out]) == 0
    assert cli.run(["desk", "account", "list", *out]) == 0
    assert "佐藤　operator　closed" in capsys.readouterr().out
    assert PASSWORD.encode() not in (tmp_path / "ledger.sqlite").read_bytes()
