"""Spoils, 納品 (delivery) and 検収 (acceptance) of lots, and the completion report that closes an order.

What has to close stands in `ledger_acceptance`. An order's folder gets office/completion.json, completion.csv and, where the
issuer has one, the report as a paper (`completion_paper`).
"""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.base.problems import LedgerError, Problem, UsageError
from pipeline.office import ledger_acceptance, ledger_spoils, lists
from pipeline.office.completion_paper import Print
from pipeline.office.durable import write_atomic
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_acceptance import ACCEPTANCES, COMPLETIONS, LotFigures
from pipeline.office.ledger_rows import LotRow, OrderRow
from pipeline.office.ledger_spoils import Spoil, Standing
from pipeline.office.spreadsheets import harmless

JSON_FILE, CSV_FILE = "completion.json", "completion.csv"
_HEADER = (
    "ロット", "注文", "帳票", "送付方法", "引渡数", "納品数", "納品日", "納品確認者", "良品数", "再作成数", "除却数",
    "検収日", "検収者",
)  # fmt: skip


class Received(NamedTuple):
    """What is said of a lot that came back: how many pieces were delivered, how many are good (None: not said)."""

    lot: Path
    day: date
    delivered: int | None = None
    good: int | None = None


class Completion(NamedTuple):
    """An order that is closed; `finished` is False where it was before. `files` is the report to be read by people."""

    order: str
    folder: Path
    report: dict[str, Any]
    files: tuple[Path, ...]
    finished: bool = True


def note_spoils(ledger: Ledger, lot: LotRow, found: Sequence[Standing], reason: str, by: str, write_off: bool) -> None:
    """Note pieces of a lot as spoiled without making them again; with `write_off` none will be, for this reason.

    What was noted before can still be written off. LedgerError where a piece is void already, or made again.
    """
    with ledger.writing() as (connection, trail):
        now = ledger_spoils.standings(connection, [one.serial for one in found])
        ledger_acceptance.check_not_completed(connection, {one.order_no for one in now})
        known = [one for one in now if write_off and one.open]
        new = [one for one in now if one not in known]
        ledger_spoils.check(new, remaking=False)
        touched = ledger_spoils.note(connection, new, Spoil(reason, by, trail.now(), reason if write_off else ""))
        touched += ledger_spoils.write_off(connection, [one.serial for one in known], reason)
        order_no = ledger_acceptance.issued_by(connection, lot.name)
        trail.write(connection, order_no, "spoiled", touched, lot=lot.name, pieces=len(now), written_off=write_off)


def receive(ledger: Ledger, lot: LotRow, said: Received, by: str) -> LotFigures:
    """Record 納品 or 検収 of a lot, or both; said again, it is corrected. LedgerError where the numbers do not close.

    Delivered ≤ handed over, good ≤ delivered, and handed over = good + spoiled.
    """
    if said.delivered is None and said.good is None:
        raise UsageError(Problem("accept-nothing-said", "--delivered"))
    with ledger.writing() as (connection, trail):
        order_no = ledger_acceptance.issued_by(connection, lot.name)
        ledger_acceptance.check_not_completed(connection, [order_no])
        (before,) = ledger_acceptance.figures(connection, [lot.name])
        day = said.day.isoformat()
        steps: dict[str, int | str] = {}
        if said.delivered is not None:
            steps |= {"delivered": said.delivered, "delivered_on": day, "delivered_by": by}
        if said.good is not None:
            steps |= {"good": said.good, "accepted_on": day, "accepted_by": by}
        after = before._replace(**steps)  # type: ignore[arg-type]
        if problem := _off(after):
            raise LedgerError(problem)
        ledger_acceptance.record(connection, lot.name, **steps)
        kind = "delivered" if said.good is None else "accepted"
        trail.write(connection, order_no, kind, [(ACCEPTANCES, [lot.name])], lot=lot.name, **steps)
    return after


def _off(lot: LotFigures) -> Problem | None:
    """Which number of a lot is off, if any is."""
    values = {"lot": lot.lot, "handed_over": lot.handed_over, "delivered": lot.delivered, "good": lot.good}
    values |= {"spoiled": lot.spoiled, "off": lot.handed_over - (lot.good or 0) - lot.spoiled}
    code = ""
    if lot.state != "done":
        code = "complete-not-handed-off"
    elif lot.delivered is None:
        code = "accept-before-delivery"
    elif not 0 <= lot.delivered <= lot.handed_over:
        code = "accept-delivered-off"
    elif lot.good is not None and not 0 <= lot.good <= lot.delivered:
        code = "accept-good-off"
    elif lot.good is not None and values["off"]:
        code = "accept-does-not-close"
    return Problem(code, lot.lot, values) if code else None


def figures_of(ledger: Ledger, lots: Sequence[str]) -> list[LotFigures]:
    """The figures of lots as they are now."""
    with ledger.reading() as connection:
        return ledger_acceptance.figures(connection, lots)


def complete(ledger: Ledger, order: OrderRow, folder: Path, day: date, by: str, paper: Print | None = None) -> Completion:
    """Close an order: the report appears in its folder, then the ledger says so. Closed already: the report as it was.

    LedgerError with everything that does not close.
    """
    if order.kind == "remake":
        raise LedgerError(Problem("complete-is-remake", order.id, {"order": order.id, "lot": order.request["lot"]}))
    if order.state != "done":
        raise LedgerError(Problem("complete-not-done", order.id, {"order": order.id}))
    office = folder / lists.OFFICE
    with ledger.writing() as (connection, trail):
        if (told := ledger_acceptance.completed(connection, order.no)) is not None:
            return Completion(order.id, folder, json.loads(told), (office / CSV_FILE,), finished=False)
        lots = ledger_acceptance.lots_of(connection, order.no)
        found = ledger_acceptance.figures(connection, lots)
        problems = [problem for lot in found for problem in lot.problems()]
        if problems:
            raise LedgerError(problems)
        report = _report(order, found, day, by) | {
            "spoils": ledger_acceptance.spoils_by_reason(connection, lots),
            "remakes": ledger_acceptance.remakes_among(connection, lots),
        }
        office.mkdir(exist_ok=True)
        printed = (paper(office, report),) if paper else ()
        _write(office, report, found)
        lists.write_order(folder, order, "completed", order.tally, ledger.lots(order))
        ledger_acceptance.close(connection, order.no, day.isoformat(), by, json.dumps(report, ensure_ascii=False))
        trail.seal(connection, order.no, "completed", [(COMPLETIONS, [order.no])], totals=report["totals"])
    return Completion(order.id, folder, report, (*printed, office / CSV_FILE))


def _report(order: OrderRow, found: Sequence[LotFigures], day: date, by: str) -> dict[str, Any]:
    """The completion report. LedgerError unless issued = good + written off over all lots."""
    names = ("handed_over", "delivered", "good", "remade", "written_off")
    totals = {name: sum(getattr(lot, name) for lot in found) for name in names}
    assert order.tally is not None  # of every order that is done
    totals = {"issued": order.tally.issued, **totals}
    if totals["issued"] != totals["good"] + totals["written_off"]:
        raise LedgerError(Problem("complete-does-not-close", order.id, {"order": order.id, **totals}))
    told = [{name: value for name, value in lot._asdict().items() if name not in ("open", "state")} for lot in found]
    closed = {"order": order.id, "issued_on": order.day.isoformat(), "state": "completed", "day": day.isoformat(), "by": by}
    return {**closed, "totals": totals, "lots": told}


def _write(office: Path, report: dict[str, Any], found: Sequence[LotFigures]) -> None:
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(_HEADER)
    for lot in found:
        told = (
            lot.lot, lot.order, lot.document, lot.channel, lot.handed_over, lot.delivered, lot.delivered_on,
            lot.delivered_by, lot.good, lot.remade, lot.written_off, lot.accepted_on, lot.accepted_by,
        )  # fmt: skip
        writer.writerow(map(harmless, told))
    sums = report["totals"]
    counts = (sums["handed_over"], sums["delivered"], "", "", sums["good"], sums["remade"], sums["written_off"])
    writer.writerow(("合計", report["order"], f"交付 {sums['issued']}", "", *counts, report["day"], harmless(report["by"])))
    write_atomic(office / CSV_FILE, table.getvalue().encode("utf-8-sig"))
    write_atomic(office / JSON_FILE, (json.dumps(report, ensure_ascii=False, indent=2) + "\n").encode())
