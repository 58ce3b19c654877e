"""A desk to test: an order that was produced, people with accounts, and a browser of few words for each of them."""

import html
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from pipeline.base.problems import catalogue
from pipeline.office import job, ledger_inquiry
from pipeline.office.desk import accounts
from pipeline.office.desk.app import application
from pipeline.office.desk.doors import Desk
from pipeline.office.desk.oidc import Provider
from pipeline.office.shop import Shop
from tests.orders import DAY, ROOT

ORIGIN = "http://127.0.0.1:8787"
PASSWORD = "aka-ao-ki-midori"
PEOPLE = {"佐藤": "operator", "鈴木": "operator", "高橋": "approver", "田中": "auditor", "渡辺": "administrator"}


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def desk(
    shop: Shop,
    people: Iterable[str] = PEOPLE,
    clock: Clock | None = None,
    provider: Provider | None = None,
    day: date = DAY,
) -> Desk:
    """The desk on the shop's ledger, with accounts for these people."""
    with job.open_ledger(shop) as ledger:
        there = {one.name for one in accounts.known(ledger)}
        for name in set(people) - there:
            accounts.add(ledger, name, PEOPLE[name], PASSWORD)
    return Desk(shop, [ORIGIN], clock or Clock(), day, provider)


class Person:
    """Somebody at the desk, logged in unless `name` is empty. Forms are sent as the page has them."""

    def __init__(self, desk: Desk, name: str = "", app: Any = None):
        self.http = TestClient(app or application(desk), base_url=ORIGIN, follow_redirects=False)
        self.http.headers["origin"] = ORIGIN
        if name:
            answer = self.http.post("/login", data={"name": name, "password": PASSWORD})
            assert answer.status_code == 303, answer.text

    def look(self, path: str, status: int = 200) -> str:
        """The page at a path."""
        answer = self.http.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        return answer.text

    def tokens(self, path: str = "/") -> dict[str, str]:
        """The hidden tokens of the first form with a session's token on a page."""
        text = self.look(path)
        return {name: re.findall(rf'name="{name}" value="([^"]+)"', text)[0] for name in ("csrf", "once")}

    def send(self, path: str, page: str = "/", status: int = 303, /, **values: Any) -> Any:
        """Send a form from a page; the answer."""
        answer = self.http.post(path, data=self.tokens(page) | values)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        return answer


def text_of(page: str) -> str:
    """What a person reads of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def log(shop: Shop | Path) -> list[tuple[str, str]]:
    """The audit trail of a shop's or folder's ledger: person and kind."""
    url = (Shop(shop) if isinstance(shop, Path) else shop).ledger_url
    return [(row["actor"], row["kind"]) for row in ledger_inquiry.events(url)]


def tells(page: str, code: str) -> bool:
    """Whether a page says a problem's sentence and its next step, whatever the values."""
    sentences = (re.split(r"\{\w+\}", catalogue()[code][key]) for key in ("ja", "next_ja"))
    return all(re.search(".*?".join(map(re.escape, parts)), html.unescape(page)) for parts in sentences)


@contextmanager
def served(out: Path) -> Iterator[str]:
    """`shikaku desk` on a folder with orders; its address."""
    command = [sys.executable, "-m", "pipeline", "desk", "--port", "0", "--out", str(out)]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("SHIKAKU_")}
    with subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found, "the desk did not start"
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
