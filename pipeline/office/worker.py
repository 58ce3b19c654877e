"""A worker makes parts, each from the ledger's documents alone, and reads them back.

Borders of parts are fixed in the plan, so a part's bytes depend on nothing but its documents: not on the number of
workers, not on what was made before it. A worker imports no compiler and writes no ledger.
"""

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.base.problems import Problem
from pipeline.craft.typefaces import FaceUse, Typeface, Typefaces
from pipeline.model.lot import Chunk, Piece
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions
from pipeline.office.ledger import Ledger
from pipeline.office.memory import spare_collections
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.preflight import preflight
from pipeline.stages.stamp import stamp


class LotWork(NamedTuple):
    """What is the same for all parts of a lot."""

    template: Template
    design: SheetDesign
    conditions: Conditions
    slug: Slug
    parts: int


@dataclass(frozen=True)
class Press:
    """What a worker gets, once: the ledger's URL, the folder for parts, the typefaces, and the lots by name."""

    ledger: str
    folder: Path
    typefaces: tuple[tuple[str, Path, str, str, str], ...]
    lots: Mapping[str, LotWork]

    def path(self, chunk: Chunk) -> Path:
        """Where a part is made."""
        return self.folder / chunk.lot / part_name(chunk.part)


class Made(NamedTuple):
    """A finished part: its file's SHA-256, its preflight report as JSON, and the faults found."""

    chunk: Chunk
    sha256: str
    report: str
    faults: tuple[Problem, ...]


def part_name(part: int) -> str:
    """The file name of a part."""
    return f"sheets-{part:04d}.pdf"


def faces_of(typefaces: Typefaces) -> tuple[tuple[str, Path, str, str, str], ...]:
    """Typefaces as a worker gets them: opened there again."""
    return tuple((face.id, face.path, face.family, face.weight, face.sha256) for face in typefaces)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def places(chunk: Chunk, serials: Sequence[str], template: Template, design: SheetDesign) -> Iterator[Piece]:
    """Where each leaf of a part is: sheets are numbered through the lot, leaves and slots from 1."""
    leaves = len(template.leaves)
    for sheet in impose(len(serials) * leaves, design, chunk.first_sheet):
        for slot, leaf in enumerate(sheet.leaves, 1):
            if leaf is not None:
                piece, which = divmod(leaf, leaves)
                yield Piece(serials[piece], which + 1, chunk.part, sheet.number, slot)


class Worker:
    """One process's typefaces and its open ledger."""

    def __init__(self, press: Press):
        self.press = press
        self.typefaces = Typefaces([Typeface(*face) for face in press.typefaces])
        self.ledger = Ledger(press.ledger, _no_clock, create=False)

    def make(self, chunk: Chunk) -> Made:
        """Stamp, impose and plate a part, put it in its place whole, and read it back."""
        press, work = self.press, self.press.lots[chunk.lot]
        documents = list(self.ledger.documents(chunk.lot, chunk.first, chunk.count))
        stamped = stamp(documents, work.template, self.typefaces, as_in=self._first_codes(chunk))
        sheets = impose(len(stamped.leaves), work.design, chunk.first_sheet)
        target = press.path(chunk)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(f".{os.getpid()}.tmp")
        with draft.open("wb") as file:
            plate(
                file,
                stamped,
                sheets,
                slots(work.design),
                work.template,
                work.design,
                work.conditions,
                self.typefaces,
                work.slug,
            )
            file.flush()
            os.fsync(file.fileno())
        del stamped
        draft.replace(target)
        report = preflight(
            target,
            work.template,
            work.design,
            work.conditions,
            documents,
            chunk.first_sheet,
            self.typefaces.paths(),
            lot_sheets=work.slug.sheets,
        )
        return Made(chunk, sha256_of(target), json.dumps(report.as_json(), sort_keys=True), tuple(report.faults))

    def _first_codes(self, chunk: Chunk) -> Mapping[str, FaceUse]:
        """The codes of the part that pieces to be made again were in at first: their ink is the same, byte for byte."""
        origin = self.ledger.origin(chunk)
        if origin is None:
            return {}
        documents = list(self.ledger.documents(origin.lot, origin.first, origin.count))
        return stamp(documents, self.press.lots[chunk.lot].template, self.typefaces).uses


def _no_clock() -> str:
    raise AssertionError("a worker writes no events")


_worker: Any = None


def begin(press: Press) -> None:
    """Start of a worker process: it ends with its parent, even one that is killed."""
    global _worker
    spare_collections()
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _worker = Worker(press)


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def make(chunk: Chunk) -> Made:
    """Make a part in this worker process."""
    made: Made = _worker.make(chunk)
    return made
