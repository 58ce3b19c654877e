"""Whatever a form could be filled with, made by schemathesis from the desk's own description: never a fault of the program."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from pipeline.office.desk.app import application
from pipeline.office.desk.roles import Role, may
from pipeline.office.shop import Shop
from tests import desks
from tests.desks import Person
from tests.test_desk_roles import ROUTES

EXAMPLES = 12  # a route, in `make test`


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    desk = desks.desk(Shop(tmp_path_factory.mktemp("desk")))
    yield Person(desk, app=application(desk))


@pytest.fixture(scope="module")
def described(person: Person) -> Any:
    return schemathesis.openapi.from_dict(person.http.app.openapi())  # type: ignore[attr-defined]


@pytest.mark.parametrize(("method", "path", "right"), ROUTES, ids=[f"{method} {path}" for method, path, _ in ROUTES])
def test_nothing_makes_the_program_fail(method: str, path: str, right: str, described: Any, person: Person) -> None:
    desk, tried = person.http.app.state.desk, 0  # type: ignore[attr-defined]
    name, role = next((name, role) for name, role in desks.PEOPLE.items() if may(Role(role), right or "home"))

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(described[path][method].as_strategy())
    def send(case: schemathesis.Case) -> None:
        nonlocal tried
        tried += 1
        desk.sessions._asked.clear()
        token, session = desk.sessions.begin(name, role)
        asked = case.as_transport_kwargs(base_url=desks.ORIGIN)
        form = asked.get("data")
        if isinstance(form, dict) and "csrf" in form:
            form["csrf"] = session.csrf  # a wrong one is refused before anything else
        wanted: dict[str, Any] = {"params": asked["params"]} if asked.get("params") else {}
        wanted |= {"data": form} if isinstance(form, dict) else {"content": form} if form else {}
        answer = person.http.request(method, asked["url"], headers={"cookie": f"desk={token}"}, **wanted)
        assert answer.status_code < 500, answer.text[:2000]
        assert "Traceback" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")

    send()
    assert tried
