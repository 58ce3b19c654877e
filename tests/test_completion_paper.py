"""The completion report in print: what the office keeps of an order, whatever people typed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.problems import PreflightError
from pipeline.office import completion_paper, job
from pipeline.office.completion_paper import of_order
from pipeline.office.materials import load_paper
from pipeline.office.papers import ORDER_VALUES, Filler
from pipeline.office.shop import Shop
from pipeline.office.spoils import Chosen
from tests import orders
from tests.planted import CARD
from tests.test_completion import EMPLOYER, HOME, Done


@pytest.fixture
def done(tmp_path: Path) -> Done:
    members = orders.write_members(tmp_path / "members.csv", 14)
    job.produce(replace(orders.request(members), only=(CARD,)), orders.shop(tmp_path / "out"))
    return Done(tmp_path)


def name_of(shop: Shop) -> str:
    (name,) = (one for one in shop.issuer(orders.ISSUER).enclosures if shop.layout(one).subject == "order")
    return name


def texts(shop: Shop, report: Mapping[str, Any]) -> dict[str, str]:
    paper = load_paper(shop, name_of(shop), orders.ISSUER, orders.DAY)
    return of_order(report, shop.issuer(orders.ISSUER), paper, shop.typefaces())


def test_the_report_is_a_paper_too(done: Done) -> None:
    """What people typed does not stand in its way: what has no room is cut with a sign, what no typeface has is shown as 〓."""
    counts = done.counts
    job.remake(job.RemakeRequest(done.lot(), Chosen(((1, 2), (1, 3))), "折れ\U0001f600" + "の" * 90), done.shop)
    with job.open_ledger(done.shop) as ledger:
        job.spoil(ledger, done.shop, done.lot(), Chosen(((1, 1),)), "汚れ", True)
    done.receive(done.lot(), counts[EMPLOYER], counts[EMPLOYER] - 3)
    done.receive(done.lot(HOME), counts[HOME], counts[HOME])
    (again,) = done.out.glob(f"*/handoff/{EMPLOYER}-R1")
    done.receive(again, 2, 2)
    closed = done.complete()
    told = texts(done.shop, closed.report)
    assert set(told) == set(ORDER_VALUES)
    first, second = told["reasons.texts"].split("\n")
    assert first.startswith("折れ〓のの") and first.endswith("の…") and second == "汚れ"
    assert [told[f"reasons.{one}"] for one in ("pieces", "remade", "written_off")] == ["2\n1", "2\n0", "0\n1"]
    assert (told["remakes.names"], told["remakes.of"], told["remakes.pieces"]) == (f"{EMPLOYER}-R1", EMPLOYER, "2")
    assert told["lots.people"] == "検収係\n検収係\n検収係" and told["total.spoiled"] == "3"
    assert closed.report["spoils"][0]["reason"] == "折れ\U0001f600" + "の" * 90
    assert closed.files == (done.order / "office" / f"{name_of(done.shop)}.pdf", done.order / "office" / "completion.csv")
    assert closed.files[0].read_bytes().startswith(b"%PDF") and not list(done.order.rglob("*.tmp"))


def test_a_list_that_is_too_long_says_how_much_is_missing() -> None:
    lot = dict.fromkeys(("handed_over", "delivered", "good", "remade", "written_off"), 1) | {"lot": "a"}
    report = {
        "order": "o", "issued_on": "2026-11-23", "day": "2026-11-24", "by": "", "spoils": [], "remakes": [],
        "lots": [{**lot, "accepted_on": None, "accepted_by": None}] * 13,
        "totals": dict.fromkeys(("issued", "handed_over", "delivered", "good", "remade", "written_off"), 13),
    }  # fmt: skip
    shop = orders.shop(Path("unused"))
    told = texts(shop, report)
    assert told["lots.names"].split("\n") == ["a"] * 9 + ["ほか 4 行"] and told["lots.good"].count("\n") == 9


def test_the_longest_names_and_figures_have_room() -> None:
    """A paper that has no room for what there can be would keep an order from being closed."""
    shop = orders.shop(Path("unused"))
    longest = max(shop.documents(), key=len)
    lot, many = f"9999-{longest}-employer-R99", 9_999_999
    figures = dict.fromkeys(("issued", "handed_over", "delivered", "good", "remade", "written_off"), many)
    person = "長い名前の検収担当者です"
    report = {
        "order": f"2026-11-23-{max(shop.issuers(), key=len)}-01234567-2", "issued_on": "2026-12-31", "day": "2026-12-31",
        "by": person * 3, "totals": figures,
        "lots": [{**figures, "lot": lot, "accepted_on": "2026-12-31", "accepted_by": person}] * 10,
        "spoils": [{"reason": person * 9, "pieces": many, "remade": many, "written_off": many}] * 5,
        "remakes": [{"lot": lot, "of": lot, "pieces": many, "reason": person * 9, "by": person}] * 4,
    }  # fmt: skip
    told = texts(shop, report)
    assert told["lots.names"].startswith("9999-") and told["lots.names"].endswith("-employer-R99")
    paper = load_paper(shop, name_of(shop), orders.ISSUER, orders.DAY)
    filler = Filler(name_of(shop), paper.layout, paper.template, shop.typefaces())
    assert filler.fill("order", told).serial == "order"


def test_what_cannot_be_printed_closes_nothing(done: Done) -> None:
    """A paper that fails leaves the order open, and no half of a report."""
    for lot, count in done.counts.items():
        done.receive(done.lot(str(lot)), count, count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(completion_paper, "make_file", fails)
        with pytest.raises(PreflightError):
            done.complete()
    assert done.told("order.json")["state"] == "done" and not list((done.order / "office").glob("*.tmp"))
    assert not (done.order / "office" / "completion.json").exists()
    assert done.complete().finished


def fails(path: Path, *_: object) -> None:
    path.write_bytes(b"%PDF")
    raise PreflightError([])
