"""納品, 検収 and the completion report: an order is closed only when handed over = good + remade + written off."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.base.problems import LedgerError, PreflightError, ShikakuError, UsageError
from pipeline.model.lot import Tally
from pipeline.office import completion, job, ledger_audit
from pipeline.office.cli import run
from pipeline.office.completion import Completion
from pipeline.office.ledger_acceptance import LotFigures
from pipeline.office.ledger_rows import OrderRow
from pipeline.office.order import OrderReport, ReissueRequest
from pipeline.office.shop import Shop
from pipeline.office.spoils import Chosen
from tests import orders
from tests.planted import CARD

COUNT = 20
EMPLOYER, HOME = f"0001-{CARD}-employer", f"0001-{CARD}-home"


class Done:
    """An order of cards for two channels, handed off."""

    def __init__(self, folder: Path):
        self.out = folder / "out"
        self.shop: Shop = orders.shop(self.out)
        self.shop.actor = "検収係"
        (self.order,) = (path.parent for path in self.out.glob("*/order.json"))
        self.counts = {lot["lot"]: lot["documents"] for lot in self.told("order.json")["lots"]}

    def told(self, name: str) -> dict[str, list[dict[str, int]]]:
        found: dict[str, list[dict[str, int]]] = json.loads((self.order / name).read_text("utf-8"))
        return found

    def lot(self, name: str = EMPLOYER) -> Path:
        return self.order / "handoff" / name

    def receive(self, lot: Path, delivered: int | None = None, good: int | None = None) -> LotFigures:
        with job.open_ledger(self.shop) as ledger:
            return job.receive(ledger, self.shop, job.Received(lot, orders.DAY, delivered, good))

    def spoil(self, lot: Path, slot: int, write_off: bool = False) -> None:
        with job.open_ledger(self.shop) as ledger:
            job.spoil(ledger, self.shop, lot, Chosen(((1, slot),)), "汚れ", write_off)

    def remake(self, lot: Path, slot: int) -> OrderReport:
        return job.remake(job.RemakeRequest(lot, Chosen(((1, slot),)), "折れ"), self.shop)

    def complete(self, folder: Path | None = None) -> Completion:
        with job.open_ledger(self.shop) as ledger:
            return job.complete(ledger, self.shop, folder or self.order, orders.DAY)

    def audited(self) -> list[str]:
        return [problem.code for problem in ledger_audit.audit(self.shop.ledger_url, "", []).problems]


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion")
    members = orders.write_members(folder / "members.csv", COUNT)
    job.produce(replace(orders.request(members), only=(CARD,)), orders.shop(folder / "out"))
    return folder


@pytest.fixture
def done(produced: Path, tmp_path: Path) -> Done:
    shutil.copytree(produced / "out", tmp_path / "out")
    return Done(tmp_path)


def codes(fault: pytest.ExceptionInfo[ShikakuError]) -> list[str]:
    return [problem.code for problem in fault.value.problems]


def test_everything_good_closes_the_order(done: Done) -> None:
    for lot, count in done.counts.items():
        done.receive(done.lot(lot), delivered=count, good=count)
    closed = done.complete()
    total = sum(done.counts.values())
    sums = {"issued": total, "handed_over": total, "delivered": total, "good": total, "remade": 0, "written_off": 0}
    assert (closed.finished, closed.report["totals"]) == (True, sums)
    assert json.loads((done.order / "office" / "completion.json").read_text("utf-8")) == closed.report
    assert done.told("order.json")["state"] == "completed"
    with (done.order / "office" / "completion.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["ロット"] for row in rows] == [*done.counts, "合計"]
    assert rows[-1]["引渡数"] == rows[-1]["良品数"] == str(total)
    assert rows[0]["検収者"] == "検収係" and rows[0]["検収日"] == orders.DAY.isoformat()
    assert done.audited() == []


def test_spoils_remade_and_written_off_close_it_too(done: Done) -> None:
    counts = done.counts
    again = done.remake(done.lot(), 2)
    second = done.remake(again.lots[0].folder, 1)
    done.spoil(done.lot(), 3, write_off=True)
    done.receive(done.lot(), counts[EMPLOYER] - 1, counts[EMPLOYER] - 2)
    done.receive(done.lot(HOME), counts[HOME], counts[HOME])
    done.receive(again.lots[0].folder, 1, 0)
    done.receive(second.lots[0].folder, 1, 1)
    closed = done.complete()
    total = sum(counts.values())
    assert closed.report["totals"] == {
        "issued": total, "handed_over": total + 2, "delivered": total + 1, "good": total - 1, "remade": 2, "written_off": 1,
    }  # fmt: skip
    for lot in closed.report["lots"]:
        assert lot["handed_over"] == lot["good"] + lot["remade"] + lot["written_off"]
    assert [lot["lot"] for lot in closed.report["lots"]] == [EMPLOYER, HOME, f"{EMPLOYER}-R1", f"{EMPLOYER}-R2"]
    assert done.audited() == []


def test_what_is_missing_is_named_lot_by_lot(done: Done) -> None:
    counts = done.counts
    done.receive(done.lot(), delivered=counts[EMPLOYER])
    with pytest.raises(LedgerError) as caught:
        done.complete()
    assert codes(caught) == ["complete-not-accepted", "complete-not-delivered"]
    assert not (done.order / "office" / "completion.json").exists()
    assert done.told("order.json")["state"] == "done"
    done.receive(done.lot(), good=counts[EMPLOYER])
    done.receive(done.lot(HOME), counts[HOME], counts[HOME])
    done.spoil(done.lot(), 1)  # found after it was accepted
    with pytest.raises(LedgerError) as caught:
        done.complete()
    assert codes(caught) == ["accept-does-not-close", "complete-spoils-open"]
    done.receive(done.lot(), good=counts[EMPLOYER] - 1)
    with pytest.raises(LedgerError) as caught:
        done.complete()
    assert codes(caught) == ["complete-spoils-open"]
    again = done.remake(done.lot(), 1)  # what was noted as spoiled is made again
    with pytest.raises(LedgerError) as caught:
        done.complete()
    assert [(one.code, one.place) for one in caught.value.problems] == [("complete-not-delivered", f"{EMPLOYER}-R1")]
    done.receive(again.lots[0].folder, 1, 1)
    assert done.complete().report["totals"]["good"] == sum(counts.values())


@pytest.mark.parametrize(
    ("delivered", "good", "code"),
    [
        (1, 0, "accept-delivered-off"),
        (-99, None, "accept-delivered-off"),
        (0, 1, "accept-good-off"),
        (0, -1, "accept-does-not-close"),
        (None, 0, "accept-before-delivery"),
    ],
)
def test_numbers_that_do_not_close_are_refused(done: Done, delivered: int | None, good: int | None, code: str) -> None:
    """Numbers are told as the difference from what was handed over."""
    count = done.counts[EMPLOYER]
    with pytest.raises(LedgerError, match=code):
        done.receive(done.lot(), None if delivered is None else count + delivered, None if good is None else count + good)
    with job.open_ledger(done.shop) as ledger:
        (figures, _) = job.figures(ledger, done.order)
    assert (figures.delivered, figures.good) == (None, None)


def test_nothing_said_is_a_wrong_command(done: Done) -> None:
    with pytest.raises(UsageError, match="accept-nothing-said"):
        done.receive(done.lot())


def test_a_closed_order_stays_as_it_is(done: Done) -> None:
    for lot, count in done.counts.items():
        done.receive(done.lot(lot), count, count)
    first = done.complete()
    before = orders.tree(done.out)
    again = done.complete()
    assert (again.finished, again.report) == (False, first.report)
    for act in (
        lambda: done.remake(done.lot(), 1),
        lambda: done.spoil(done.lot(), 1),
        lambda: done.receive(done.lot(), good=0),
    ):
        with pytest.raises(LedgerError, match="complete-done-already"):
            act()
    after = orders.tree(done.order)
    assert after == {name.removeprefix(f"{done.order.name}/"): digest for name, digest in before.items() if "/" in name}


def test_only_whole_orders_that_are_done_are_closed(done: Done) -> None:
    again = done.remake(done.lot(), 1)
    with pytest.raises(LedgerError, match="complete-is-remake"):
        done.complete(again.folder)
    with pytest.raises(LedgerError, match="ledger-unknown-order"):
        done.complete(done.out)
    unfinished = OrderRow(9, "order", "kenpo", orders.DAY, "planned", {"kind": "produce"}, [], Tally(0, 0, 0, 0, 0, 0), [])
    with job.open_ledger(done.shop) as ledger, pytest.raises(LedgerError, match="complete-not-done"):
        completion.complete(ledger, unfinished, done.order, orders.DAY, "")


def test_a_remake_that_stands_still_keeps_the_order_open(done: Done) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "print_parts", _no_paper)
        with pytest.raises(PreflightError):
            done.remake(done.lot(), 1)
    done.receive(done.lot(), done.counts[EMPLOYER] - 1, done.counts[EMPLOYER] - 1)
    done.receive(done.lot(HOME), done.counts[HOME], done.counts[HOME])
    with pytest.raises(LedgerError) as caught:
        done.complete()
    assert [(one.code, one.place) for one in caught.value.problems] == [("complete-not-handed-off", f"{EMPLOYER}-R1")]


def _no_paper(*_: object) -> None:
    raise PreflightError([])


def test_a_spoil_is_noted_once_and_can_be_written_off(done: Done) -> None:
    done.spoil(done.lot(), 1)
    with pytest.raises(LedgerError, match="spoil-noted-already"):
        done.spoil(done.lot(), 1)
    done.spoil(done.lot(), 1, write_off=True)
    with pytest.raises(LedgerError, match="remake-written-off"):
        done.spoil(done.lot(), 1, write_off=True)
    with pytest.raises(LedgerError, match="remake-written-off"):
        done.remake(done.lot(), 1)
    assert done.audited() == []


def test_figures_that_cannot_be_are_refused(done: Done) -> None:
    """A row altered past the program: fewer pieces were issued than are accounted for."""
    for lot, count in done.counts.items():
        done.receive(done.lot(lot), count, count)
    with job.open_ledger(done.shop) as ledger:
        order = ledger.order(done.order.name)
        assert order and order.tally
        altered = order._replace(tally=replace(order.tally, issued=order.tally.issued - 1))
        with pytest.raises(LedgerError, match="complete-does-not-close"):
            completion.complete(ledger, altered, done.order, orders.DAY, "")
    assert not (done.order / "office" / "completion.csv").exists()


def test_a_reissue_order_is_closed_alike(done: Done) -> None:
    with job.open_ledger(done.shop) as ledger:
        key = next(iter(ledger.decisions(ledger.order(done.order.name), "issue"))).key  # type: ignore[arg-type]
    report = job.reissue(ReissueRequest(key, orders.ISSUER, orders.DAY, "theft", "", (CARD,)), done.shop)
    done.receive(report.lots[0].folder, 1, 1)
    assert done.complete(report.folder).report["totals"]["good"] == 1
    assert done.audited() == []


def test_the_commands_from_spoil_to_report(done: Done, capsys: pytest.CaptureFixture[str]) -> None:
    ledger, count = ["--ledger", done.shop.ledger_url, "--by", "検収係"], done.counts[EMPLOYER]
    lot, home = str(done.lot()), str(done.lot(HOME))
    assert run(["spoil", lot, "--sheet", "1", "--slot", "2", "--reason", "=汚れ", "--write-off", *ledger]) == 0
    assert run(["accept", lot, "--delivered", str(count), "--good", str(count), *ledger]) == 7
    assert f"引渡 {count}、良品 {count}、損紙 1（差 -1）" in capsys.readouterr().err
    assert run(["accept", lot, "--delivered", str(count), "--good", str(count - 1), *ledger]) == 0
    assert run(["complete", str(done.order), *ledger]) == 7
    assert run(["accept", home, "--delivered", str(done.counts[HOME]), "--good", str(done.counts[HOME]), *ledger]) == 0
    capsys.readouterr()
    assert run(["complete", str(done.order), "--day", "2026-11-24", *ledger, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["day"], told["totals"]["written_off"], told["finished"]) == ("completed", "2026-11-24", 1, True)
    assert run(["ledger", "orders", "--out", str(done.out), "--ledger", done.shop.ledger_url]) == 0
    assert "completed" in capsys.readouterr().out


def test_what_people_wrote_is_no_formula_in_a_spreadsheet(done: Done) -> None:
    done.shop.actor = "=1+1"
    report = job.remake(job.RemakeRequest(done.lot(), Chosen(((1, 1),)), "＝2"), done.shop)
    row = (report.folder / "office" / "remake.csv").read_text("utf-8-sig").splitlines()[1]
    assert row.endswith(",'＝2,'=1+1")


def test_the_ledger_on_a_server_does_the_same(tmp_path: Path, server_database: str) -> None:
    shop = Shop(tmp_path / "out", server_database)
    members = orders.write_members(tmp_path / "members.csv", COUNT)
    report = job.produce(replace(orders.request(members), only=(CARD,)), shop)
    lot = next(one for one in report.lots if one.name == EMPLOYER)
    again = job.remake(job.RemakeRequest(lot.folder, Chosen(((1, 2), (1, 3))), "折れ"), shop)
    with pytest.raises(LedgerError, match="remake-done-already"):
        job.remake(job.RemakeRequest(lot.folder, Chosen(((1, 3),)), "折れ"), shop)
    with job.open_ledger(shop) as ledger:
        job.spoil(ledger, shop, lot.folder, Chosen(((1, 1),)), "汚れ", write_off=True)
        for one in (*report.lots, *again.lots):
            spoiled = 3 if one.name == EMPLOYER else 0
            job.receive(ledger, shop, job.Received(one.folder, orders.DAY, one.documents, one.documents - spoiled))
        closed = job.complete(ledger, shop, report.folder, orders.DAY)
    assert (closed.report["totals"]["remade"], closed.report["totals"]["written_off"]) == (2, 1)
    assert ledger_audit.audit(server_database, "", []).problems == []
