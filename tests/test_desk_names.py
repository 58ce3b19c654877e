"""What must never come out of the desk: twelve digits of a My Number, and a member's name as markup."""

import csv
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline.office import job
from pipeline.office.desk.app import application
from pipeline.office.desk.roles import Role, may
from pipeline.rules.numbers import my_number_check_digit
from tests import desks, orders
from tests.desks import Person
from tests.test_desk_roles import GUARDED

BASE = "40718253649"
CANARY = BASE + str(my_number_check_digit(BASE))
FORMS = [
    CANARY,
    "-".join((CANARY[:4], CANARY[4:8], CANARY[8:])),
    CANARY.translate({ord("0") + n: chr(0xFF10 + n) for n in range(10)}),
]
NAMES = ["<b>太郎</b>", "&lt;i&gt;", '"onclick="x', "</x><y>", "{{ 7*7 }}", "url(x)"]


class Office:
    """A desk on an order whose members have names that are also markup, with everybody logged in."""

    def __init__(self, folder: Path):
        self.shop = orders.shop(folder / "out")
        file = orders.write_members(folder / "members.csv", len(NAMES))
        with file.open(encoding="utf-8", newline="") as read:
            rows = list(csv.reader(read))
        for row, name in zip(rows[1:], NAMES, strict=True):
            row[5] = name
        with file.open("w", encoding="utf-8", newline="") as written:
            csv.writer(written).writerows(rows)
        job.produce(orders.request(file), self.shop)
        desk = desks.desk(self.shop)
        app = application(desk)
        self.people = {role: Person(desk, name, app) for name, role in desks.PEOPLE.items()}
        self.desk = desk


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    yield Office(tmp_path_factory.mktemp("names"))


@pytest.fixture(autouse=True)
def unhurried(office: Office) -> None:
    office.desk.sessions._asked.clear()


def clean(text: str) -> bool:
    return not any(form in unescape(text) or quote(form) in text for form in FORMS)


@pytest.mark.parametrize("form", FORMS, ids=["plain", "with-strokes", "full-width"])
def test_a_my_number_is_taken_nowhere(form: str, office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    """In every field of every form, in every address and query: refused, and not said again."""
    described = office.people[Role.OPERATOR].http.app.openapi()  # type: ignore[attr-defined]
    tried = 0
    for method, path, right in [*GUARDED, ("POST", "/login", "home")]:
        office.desk.sessions._asked.clear()
        person = office.people[next(role for role in Role if may(role, right))]
        asked = [(re.sub(r"\{[^}]*\}", quote(form), path), None)] if "{" in path else []
        asked.append((f"{path}?before={quote(form)}&name={quote(form)}", None))
        if method == "POST":
            sent = described["paths"][path]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
            fields = described["components"]["schemas"][sent["$ref"].rpartition("/")[2]]["properties"]
            address = re.sub(r"\{[^}]*\}", "1", path)
            asked += [(address, {"csrf": person.tokens()["csrf"], name: form}) for name in {*fields, "name"} - {"csrf"}]
        for address, data in asked:
            answer = person.http.request(method, address, data=data if method == "POST" else None)
            assert answer.status_code >= 400, (address, data)
            assert clean(answer.text) and clean(str(answer.headers))
            tried += 1
    assert tried > 60
    told = "".join(capfd.readouterr())
    assert clean(told)
    for file in office.shop.out.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(one.encode(code) in content for one in FORMS for code in ("utf-8", "utf-16-le", "cp932")), file.name


def test_what_was_typed_is_refused_in_words(office: Office) -> None:
    person = office.people[Role.OPERATOR]
    answer = person.http.post("/members", data={"csrf": person.tokens()["csrf"], "symbol": CANARY, "number": "1"})
    assert answer.status_code == 400 and desks.tells(answer.text, "desk-my-number")


def test_names_are_text_on_every_page(office: Office) -> None:
    """Each name stands on a member's page as text; the page has the elements that a plain name's page has."""
    person = office.people[Role.OPERATOR]
    shapes = set()
    seen = 0
    for n, name in enumerate(NAMES, 1):
        typed = {"csrf": person.tokens()["csrf"], "symbol": "1234", "number": str(n)}
        found = person.http.post("/members", data=typed).text
        pages = [found] + [person.look(path) for path in re.findall(r'href="(/members/[^"]+)"', found)]
        if len(pages) < 2:
            continue  # the record is held: no typeface has the name
        seen += 1
        for page in pages:
            assert name in unescape(page)
            assert name not in page or not set(name) & set('<>"&')
            assert "49" not in re.findall(r"<h1>(.*?)</h1>", page, re.DOTALL)[0]
        shapes.add(tuple(re.findall(r"<(/?\w+)", found)))
    assert seen >= 4 and len(shapes) == 1
