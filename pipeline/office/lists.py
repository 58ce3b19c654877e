"""What the office gets of an order: held records, all decisions, and the order itself. Streamed, whole or not there."""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.base.problems import Problem
from pipeline.model.decision import Outcome
from pipeline.model.lot import Tally
from pipeline.office.durable import sync, write_atomic
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_homes import STRANGERS, Stranger
from pipeline.office.ledger_rows import DecisionRow, LotRow, OrderRow
from pipeline.office.ledger_spoils import Remade, remade
from pipeline.office.spreadsheets import harmless

ORDER_FILE = "order.json"
OFFICE = "office"
_HELD = ("file", "row", "key", "document", "code", "message", "hint")
_WARNINGS = ("file", "row", "key", "code", "message", "hint")
_SUBSTITUTIONS = ("key", "document", "column", "before", "after")
_DECISIONS = ("file", "row", "key", "document", "outcome", "reason", "rule", "expiry_rule")


def write_lists(folder: Path, work: Path, ledger: Ledger, order: OrderRow) -> None:
    """Write office/held.csv, decisions.csv and, if anything was substituted, substitutions.csv; spreadsheets open them as
    they are (UTF-8 with its mark). Of a remake there is office/remake.csv instead: the old pieces and the new ones."""
    (folder / OFFICE).mkdir(exist_ok=True)
    if order.kind == "remake":  # decides nothing
        with ledger.reading() as connection:
            rows = (map(harmless, row) for row in remade(connection, order.no))
            _table(folder / OFFICE / "remake.csv", work, Remade._fields, rows)
        return
    held = (
        (row.file, row.row, row.key, row.document, problem.code, problem.message, problem.hint)
        for row in ledger.decisions(order, Outcome.HOLD)
        for problem in row.problems()
    )
    _table(folder / OFFICE / "held.csv", work, _HELD, held)
    _Decisions(folder / OFFICE, work).write(ledger.decisions(order))


def write_warnings(folder: Path, work: Path, found: Iterable[Stranger]) -> None:
    """Write office/warnings.csv: what is printed and should be looked at; no file where there is nothing. No address in it."""
    target = folder / OFFICE / "warnings.csv"
    lines = ((one, Problem(STRANGERS, f"{one.file} row {one.row}", {"group": one.group})) for one in found)
    told = ((one.file, one.row, one.key, warning.code, warning.message, warning.hint) for one, warning in lines)
    if (first := next(told, None)) is None:
        target.unlink(missing_ok=True)
    else:
        target.parent.mkdir(exist_ok=True)
        _table(target, work, _WARNINGS, chain([first], told))


class _Decisions:
    """decisions.csv and substitutions.csv from one reading of the decisions."""

    def __init__(self, folder: Path, work: Path):
        self._folder, self._work = folder, work
        self._draft = work / "substitutions.csv.tmp"

    def write(self, rows: Iterable[DecisionRow]) -> None:
        with self._draft.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(_SUBSTITUTIONS)
            header = file.tell()
            _table(self._folder / "decisions.csv", self._work, _DECISIONS, self._told(rows, writer))
            _settle(file)
            any_ = file.tell() > header
        target = self._folder / "substitutions.csv"
        if any_:
            _publish(self._draft, target)
        else:
            self._draft.unlink()
            target.unlink(missing_ok=True)

    def _told(self, rows: Iterable[DecisionRow], substitutions: Any) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            if "substitutions" in row.detail and row.outcome == Outcome.ISSUE:
                substitutions.writerows((row.key, row.document, *one) for one in row.substitutions())
            yield row.file, row.row, row.key, row.document, row.outcome, row.reason, row.rule, row.expiry_rule


def write_order(folder: Path, order: OrderRow, state: str, tally: Tally | None = None, lots: Sequence[LotRow] = ()) -> None:
    """Write order.json: what was asked and what came of it. It has no times and no paths: same order, same bytes."""
    asked = {name: value for name, value in order.request.items() if name != "files"}
    content = {
        "order": order.id,
        "state": state,
        "issuer": order.issuer,
        "day": order.day.isoformat(),
        **asked,
        "inputs": order.inputs,
        "tally": {name: getattr(tally, name) for name in Tally.__slots__} if tally else None,
        "lots": [
            {
                "lot": lot.name,
                "document": lot.document,
                "channel": lot.channel,
                "sheet": lot.sheet,
                "documents": lot.documents,
                "sheets": lot.sheets,
                "fingerprint": lot.fingerprint,
            }
            for lot in lots
        ],
        "program": __version__,
    }
    write_atomic(folder / ORDER_FILE, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())


def _table(target: Path, work: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    draft = work / f"{target.name}.tmp"
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)
        _settle(file)
    _publish(draft, target)


def _settle(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _publish(draft: Path, target: Path) -> None:
    draft.replace(target)
    sync(target.parent)
