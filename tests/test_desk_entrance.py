"""The way into the desk: who gets in, who does not, and how long; accounts are kept by the administrator."""

from pathlib import Path

import pytest

from pipeline.office.desk.app import application
from pipeline.office.desk.sessions import IDLE, LONGEST
from pipeline.office.shop import Shop
from tests import desks
from tests.desks import PASSWORD, Clock, Person


@pytest.fixture
def desk(tmp_path: Path) -> desks.Desk:
    return desks.desk(Shop(tmp_path), clock=Clock())


def test_who_is_not_logged_in_is_sent_to_the_entrance(desk: desks.Desk) -> None:
    somebody = Person(desk)
    assert somebody.http.get("/").headers["location"] == "/login"
    assert "利用者の確認" in somebody.look("/login")


def test_a_wrong_password_and_an_unknown_name_are_told_alike(desk: desks.Desk) -> None:
    somebody = Person(desk)
    pages = [
        somebody.http.post("/login", data={"name": name, "password": word})
        for name, word in (("佐藤", "not the password"), ("山本", PASSWORD), ("", ""))
    ]
    assert {one.status_code for one in pages} == {401}
    assert len({one.text for one in pages}) == 1
    assert "set-cookie" not in pages[0].headers


def test_five_wrong_passwords_lock_an_account_and_the_administrator_opens_it(desk: desks.Desk, tmp_path: Path) -> None:
    somebody = Person(desk)
    for _ in range(5):
        assert somebody.http.post("/login", data={"name": "佐藤", "password": "wrong wrong wrong"}).status_code == 401
    assert somebody.http.post("/login", data={"name": "佐藤", "password": PASSWORD}).status_code == 401
    keeper = Person(desk, "渡辺")
    assert "まで利用不可" in keeper.look("/accounts")
    keeper.send("/accounts/change", "/accounts", name="佐藤", what="unlock")
    assert somebody.http.post("/login", data={"name": "佐藤", "password": PASSWORD}).status_code == 303
    kinds = [kind for _, kind in desks.log(tmp_path)]
    assert kinds.count("log-in-refused") == 6 and "account-unlocked" in kinds


def test_a_session_ends_by_itself(tmp_path: Path) -> None:
    clock = Clock()
    desk = desks.desk(Shop(tmp_path), clock=clock)
    sato = Person(desk, "佐藤")
    while clock.now < LONGEST - IDLE:
        clock.now += IDLE - 1
        sato.look("/")
    clock.now += IDLE - 1
    sato.http.get("/")
    clock.now += IDLE + 1
    assert sato.http.get("/").status_code == 303


def test_logging_in_gives_a_new_token_and_logging_out_ends_it(desk: desks.Desk) -> None:
    app = application(desk)
    sato = Person(desk, "佐藤", app)
    first = sato.http.cookies["desk"]
    sato.http.post("/login", data={"name": "佐藤", "password": PASSWORD})
    assert sato.http.cookies["desk"] != first
    stolen = Person(desk, app=app)
    stolen.http.cookies.set("desk", first)
    assert stolen.http.get("/").status_code == 303, "the old token is worth nothing"
    second = sato.http.cookies["desk"]
    sato.send("/logout")
    stolen.http.cookies.set("desk", second)
    assert stolen.http.get("/").status_code == 303


def test_a_form_without_the_sessions_token_changes_nothing(desk: desks.Desk) -> None:
    keeper = Person(desk, "渡辺")
    tokens = keeper.tokens("/accounts")
    for csrf in ("", "x" * 32, Person(desk, "渡辺").tokens("/accounts")["csrf"]):
        answer = keeper.http.post("/accounts/change", data=tokens | {"csrf": csrf, "name": "佐藤", "what": "close"})
        assert answer.status_code == 403
    assert "停止</td>" not in keeper.look("/accounts")


def test_the_same_form_sent_twice_is_done_once(desk: desks.Desk) -> None:
    keeper = Person(desk, "渡辺")
    form = keeper.tokens("/accounts") | {"name": "伊藤", "role": "operator", "password": PASSWORD}
    answers = [keeper.http.post("/accounts", data=form) for _ in range(3)]
    assert {(one.status_code, one.headers["location"]) for one in answers} == {(303, "/accounts")}
    taken = keeper.send("/accounts", "/accounts", 409, name="伊藤", role="operator", password=PASSWORD)
    assert "すでに登録" in taken.text
    assert "12 文字以上" in keeper.send("/accounts", "/accounts", 400, name="小林", role="operator", password="short").text


def test_a_new_password_ends_all_sessions(desk: desks.Desk) -> None:
    app = application(desk)
    here, there = Person(desk, "佐藤", app), Person(desk, "佐藤", app)
    wrong = here.send("/password", "/password", 401, old="wrong wrong wrong", new="new new new new", again="new new new new")
    assert "いまのパスワードが違います" in wrong.text
    here.send("/password", "/password", old=PASSWORD, new="new new new new", again="new new new new")
    assert there.http.get("/").status_code == 303
    assert Person(desk).http.post("/login", data={"name": "佐藤", "password": PASSWORD}).status_code == 401


def test_a_closed_account_is_out_at_once(desk: desks.Desk) -> None:
    app = application(desk)
    sato, keeper = Person(desk, "佐藤", app), Person(desk, "渡辺", app)
    keeper.send("/accounts/change", "/accounts", name="佐藤", what="close")
    assert sato.http.get("/").status_code == 303
    assert sato.http.post("/login", data={"name": "佐藤", "password": PASSWORD}).status_code == 401
