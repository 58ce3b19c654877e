"""64 at one card: at the desk, where one case waits for approval, and at the command; on both databases one succeeds."""

import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.office import inquiries, job
from pipeline.office.desk import cases
from pipeline.office.desk.app import application
from pipeline.office.ledger_audit import audit
from pipeline.office.materials import load
from pipeline.office.shop import Shop
from tests import desks, orders
from tests.desks import Person, text_of
from tests.test_ledger_shared import ALREADY, clerk

APPROVALS, OPENINGS, CLERKS = 40, 16, 8
KEY, CARD = "06999999:1234:1:00", "eligibility-certificate"
LATER = orders.DAY + timedelta(days=3)


def waiting(shop: Shop, serial: str) -> str:
    """A case that was opened and asked for; its id."""
    at, name = shop.acting("佐藤"), secrets.token_urlsafe(24)
    made = cases.begin(at, name, serial, "theft", LATER)
    with job.open_ledger(shop) as ledger:
        cases.hand_in(at, name, cases.needs(shop, made, cases.holding(ledger, serial), LATER).papers)
    cases.report(at, name, "港町署 第 8812 号")
    cases.ask(at, name, LATER)
    return name


def cards(shop: Shop) -> list[dict[str, Any]]:
    return [row for row in job.inquiries.issued(shop, KEY) if row["document"] == CARD]


def test_sixty_four_reissue_one_card_at_the_desk_and_at_the_command(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever succeeds (neither has a head start that is sure), everybody else reads who it was, and when."""
    desk_first = database.startswith("sqlite")
    shop = Shop(tmp_path / "out", database)
    job.produce(orders.request(orders.write_members(tmp_path / "members.csv", 1)), shop)
    (old,) = (row["serial"] for row in cards(shop))
    warm = load(shop, orders.ISSUER, LATER, [CARD], office=True)
    for module in (job, inquiries):
        monkeypatch.setattr(module, "load", lambda *_, **__: warm)
    case = waiting(shop, old)

    words = ["reissue", KEY, "--issuer", orders.ISSUER, "--reason", "theft", "--day", str(LATER), "--only", CARD]
    words += ["--out", str(shop.out), "--ledger", database]
    read, write = os.pipe()  # forked before there are threads
    children = {clerk(number, read, words, tmp_path / f"{number}.json"): number for number in range(CLERKS)}

    desk = desks.desk(shop, ["鈴木", "高橋"], day=LATER)
    app = application(desk)
    approver, operator = Person(desk, "高橋", app), Person(desk, "鈴木", app)
    csrf = {person: person.tokens()["csrf"] for person in (approver, operator)}

    def approve(_: int) -> Any:
        return approver.http.post(f"/cases/{case}/decide", data=form(approver) | {"say": "yes"})

    def open_another(_: int) -> Any:
        return operator.http.post("/cases", data=form(operator) | {"serial": old, "reason": "lost"})

    def form(person: Person) -> dict[str, str]:
        return {"csrf": csrf[person], "once": secrets.token_urlsafe(24)}

    monkeypatch.setattr(desk.sessions, "too_fast", lambda *_, **__: False)
    with ThreadPoolExecutor(16) as people:
        if not desk_first:
            os.write(write, b"." * CLERKS)
        some = [people.submit(approve, n) for n in range(APPROVALS)] + [people.submit(open_another, n) for n in range(OPENINGS)]
        if desk_first:
            os.write(write, b"." * CLERKS)
        answers = [one.result() for one in some]
    codes = {number: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child, number in children.items()}

    (void, new) = cards(shop)
    assert (void["serial"], void["state"], new["state"], new["replaces"]) == (old, "void", "issued", old)
    winners = [number for number, code in codes.items() if code == 0]
    by = f"clerk {winners[0]}" if winners else "高橋"
    assert len(winners) <= 1 and set(codes.values()) <= {0, 7}
    moment = str(shop.now())[:8]
    for number in set(codes) - set(winners):
        for problem in json.loads((tmp_path / f"{number}.json").read_text("utf-8"))["problems"]:
            # an order under way may be that of a clerk who is too late too, but does not know it yet
            first = "clerk " if problem["code"] == "ledger-order-unfinished" else by
            assert problem["code"] in ALREADY and first in problem["message"] and moment in problem["message"], problem
    approvals, openings = answers[:APPROVALS], answers[APPROVALS:]
    assert {one.status_code for one in approvals} == ({409} if winners else {303})
    told = [text_of(one.text) for one in approvals if winners] or [text_of(approver.look(f"/cases/{case}"))]
    assert all(by in text and moment in text for text in told)
    assert {one.status_code for one in openings} == {409}
    for one in openings:  # either the case is under way, or it is over and the card is void
        assert moment in one.text and ("佐藤 さんが先に受け付けています" in one.text or by in one.text), text_of(one.text)
    found = audit(shop.ledger_url, "", [])
    assert found.problems == []
    kinds = [kind for _, kind in desks.log(shop)]
    assert kinds.count("case-done") == (0 if winners else 1)
