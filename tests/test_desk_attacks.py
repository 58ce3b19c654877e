"""Requests that must lead nowhere: each is answered with no, says nothing of the machine, and changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.office import job
from pipeline.office.desk import accounts
from pipeline.office.desk.app import application
from pipeline.office.shop import Shop
from tests import desks
from tests.attacks import ATTACKS, MARK, Attack
from tests.desks import Person


class Place:
    """A desk, its application, and people who are logged in to it."""

    def __init__(self, folder: Path):
        self.shop = Shop(folder)
        self.desk = desks.desk(self.shop)
        self.app = application(self.desk)
        self.people = {name: Person(self.desk, name, self.app) for name in desks.PEOPLE}

    def accounts(self) -> list[tuple[str, str, str, str]]:
        with job.open_ledger(self.shop) as ledger:
            return [(one.name, one.role, one.password, one.state) for one in accounts.known(ledger)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield Place(tmp_path_factory.mktemp("desk"))


@pytest.fixture(autouse=True)
def unhurried(place: Place) -> None:
    """As if they came one by one: what is too fast has a test of its own."""
    place.desk.sessions._asked.clear()


def test_there_are_forty() -> None:
    assert len({attack.what for attack in ATTACKS}) == len(ATTACKS) >= 40


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.what for attack in ATTACKS])
def test_it_leads_nowhere(attack: Attack, place: Place) -> None:
    before = place.accounts()
    person = place.people[attack.who] if attack.who else Person(place.desk, app=place.app)
    tokens = {f"@{name}": value for name, value in person.tokens().items()} if attack.who else {}
    form = {key: tokens.get(value, value) for key, value in attack.form.items()} if isinstance(attack.form, dict) else None
    body = {"data": form} if form is not None else {"content": attack.form} if attack.form else {}
    path = attack.path
    for name, value in tokens.items():
        path = path.replace(name, value)
    request = person.http.build_request(attack.method, path, **body)
    for name, value in attack.headers.items():
        request.headers.pop(name, None)
        if value is not None:
            request.headers[name] = value
    answer = person.http.send(request)
    assert answer.status_code in attack.may, answer.text[:1000]
    assert place.accounts() == before
    assert "set-cookie" not in answer.headers
    assert MARK not in answer.text and "Traceback" not in answer.text and "/etc" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    if answer.status_code == 303:
        assert answer.headers["location"] == "/login"
    if attack.who:
        person.look("/")  # still logged in


def test_the_same_requests_do_something_where_they_may(place: Place) -> None:
    """The attacks fail for what is wrong with them, not for what they have in common."""
    place.people["渡辺"].send("/accounts", "/accounts", name="善人", role="auditor", password="long enough to be one")
    assert "善人" in {name for name, *_ in place.accounts()}
    assert place.people["渡辺"].look("/static/desk.css").startswith("@font-face")
