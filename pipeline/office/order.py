"""What is asked of the job and what it answers: plain values between the commands and the main flow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from pipeline.base.problems import Problem
from pipeline.model.lot import Tally

EXIT_HELD = 4
EXIT_ALREADY_ISSUED = 7


class Progress(Protocol):
    """Called now and then: which stage, how much is done, of how much (None: not known)."""

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


def silent(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class ProduceRequest:
    """An order for whole member files. `only` names document types, empty: all. `workers` 0: one a core."""

    files: tuple[Path, ...]
    issuer: str
    day: date
    cutoff: date
    only: tuple[str, ...] = ()
    workers: int = 0
    strict: bool = False


@dataclass(frozen=True, slots=True)
class ReissueRequest:
    """One member's documents again. `fee` is paid, waived or empty; `only` as above: what the member holds.

    `again`: what was reissued this very day may be reissued once more. `replaces`: the issue that shall be replaced and no
    newer one; `case`: the desk's case that it is made for, so that its order is found again. `files`: the member file with the
    changed record, else it is the ledger's.
    """

    key: str
    issuer: str
    day: date
    reason: str
    fee: str = ""
    only: tuple[str, ...] = ()
    again: bool = False
    replaces: str = ""
    case: str = ""
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class LotReport:
    """A lot as the ledger has it; `folder` is where it was handed off. Of its documents so many are `spoiled` since (void),
    and of these `remade`; only a verification counts them."""

    name: str
    document: str
    channel: str
    sheet: str
    documents: int
    sheets: int
    parts: int
    folder: Path
    spoiled: int = 0
    remade: int = 0


@dataclass(frozen=True, slots=True)
class OrderReport:
    """The outcome of an order. `seconds` per stage are for the screen only and never written to a file.

    `problems` are the first of the held records (`tally.held` counts them all; office/held.csv lists them),
    `finished` is False where a command found the order already done.
    """

    order: str
    folder: Path
    tally: Tally
    lots: tuple[LotReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    ignored_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    finished: bool = True
    kind: str = "produce"

    @property
    def exit_code(self) -> int:
        """0 all well or done before, 4 some records held, 7 everything was issued before and nothing is new."""
        tally = self.tally
        if not self.finished:
            return 0
        if tally.held:
            return EXIT_HELD
        return EXIT_ALREADY_ISSUED if tally.already_issued and not tally.issued else 0

    def as_json(self) -> dict[str, Any]:
        """The report for `--json`."""
        tally = self.tally
        return {
            "order": self.order,
            "kind": self.kind,
            "folder": str(self.folder),
            "tally": {name: getattr(tally, name) for name in Tally.__slots__},
            "lots": [
                {
                    "lot": lot.name,
                    "document": lot.document,
                    "channel": lot.channel,
                    "sheet": lot.sheet,
                    "documents": lot.documents,
                    "sheets": lot.sheets,
                    "parts": lot.parts,
                    "folder": str(lot.folder),
                }
                for lot in self.lots
            ],
            "ignored_columns": {file: list(names) for file, names in self.ignored_columns.items()},
            "seconds": {stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
            "problems": [problem.as_json() for problem in self.problems],
        }
