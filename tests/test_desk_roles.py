"""Every route against every role, and against nobody: who may is in one table, and the table is what happens."""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from pipeline.office.desk.app import SUBJECTS, application
from pipeline.office.desk.roles import RIGHTS, Role, may
from pipeline.office.shop import Shop
from tests import desks
from tests.desks import Person

ROUTES = sorted(
    (
        (method, route.path, (route.openapi_extra or {}).get("x-right", ""))
        for subject in SUBJECTS
        for route in subject.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    ),
)
GUARDED = [(method, path, right) for method, path, right in ROUTES if right]
_ENDS_IT = ("/logout",)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Person]]:
    desk = desks.desk(Shop(tmp_path_factory.mktemp("desk")))
    app = application(desk)
    by_role = {role: Person(desk, name, app) for name, role in desks.PEOPLE.items()}
    yield by_role | {"": Person(desk, app=app)}


def status(person: Person, method: str, path: str) -> int:
    """What comes of a request: a form has its tokens and nothing else, so that nothing is done."""
    address = re.sub(r"\{[^}]*\}", "1", path)
    form = {"csrf": person.tokens()["csrf"]} if method == "POST" else None
    return person.http.request(method, address, data=form).status_code


@pytest.mark.parametrize(("method", "path", "right"), GUARDED, ids=[f"{method} {path}" for method, path, _ in GUARDED])
def test_a_route_is_for_its_roles(method: str, path: str, right: str, people: dict[str, Person]) -> None:
    assert people[""].http.request(method, re.sub(r"\{[^}]*\}", "1", path), data={"csrf": "x"}).headers["location"] == "/login"
    if path in _ENDS_IT:
        return  # for everybody; the entrance has its test
    for role in Role:
        people[role].http.app.state.desk.sessions._asked.clear()
        got = status(people[role], method, path)
        assert (got == 403) is not may(role, right), (role, got)
        assert got < 500


def test_every_right_is_somebodys_and_an_administrator_issues_nothing() -> None:
    assert all(RIGHTS.values())
    assert {right for right in RIGHTS if may(Role.ADMINISTRATOR, right)} == {"home", "accounts"}
    assert {right for right in RIGHTS if may(Role.AUDITOR, right)} & {
        "reissue",
        "approve",
        "lots",
        "accounts",
        "print",
    } == set()
    assert not may(Role.OPERATOR, "approve") and not may(Role.APPROVER, "accounts")
