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
from pipeline.model.sheet import LAMINATED, SheetDesign
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions
from pipeline.office.inserting import Sets, placed
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
    sets: Sets | None = None
    code_key: bytes = b""


@dataclass(frozen=True)
class Press:
    """What a worker gets, once: the ledger's URL, the folders of data keys and for parts, the typefaces, the lots by name."""

    ledger: str
    keys: Path
    folder: Path
    typefaces: tuple[tuple[str, Path, str, str, str], ...]
    lots: Mapping[str, LotWork]

    def paths(self, chunk: Chunk) -> tuple[Path, ...]:
        """Where a part's files are made."""
        return tuple(self.folder / chunk.lot / name for name in part_names(chunk.part, self.lots[chunk.lot].design))


class Made(NamedTuple):
    """A finished part: its files' SHA-256 in order (`sums_of`), its preflight report as JSON, and the faults found."""

    chunk: Chunk
    sha256: str
    report: str
    faults: tuple[Problem, ...]


def part_names(part: int, design: SheetDesign) -> tuple[str, ...]:
    """The file names of a part: one, but for sheets that are laminated from fronts and backs."""
    return _names(part, 2 if design.style == LAMINATED else 1)


def _names(part: int, files: int) -> tuple[str, ...]:
    name = f"sheets-{part:04d}"
    return (f"{name}-front.pdf", f"{name}-back.pdf") if files == 2 else (f"{name}.pdf",)


def named_sums(part: int, sums: str) -> dict[str, str]:
    """The files of a part that was made and their hashes, as the ledger keeps them."""
    told = sums.split()
    return dict(zip(_names(part, len(told)), told, strict=True))


def faces_of(typefaces: Typefaces) -> tuple[tuple[str, Path, str, str, str], ...]:
    """Typefaces as a worker gets them: opened there again."""
    return tuple((face.id, face.path, face.family, face.weight, face.sha256) for face in typefaces)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sums_of(paths: Sequence[Path]) -> str:
    """The hashes of a part's files as the ledger keeps them: in order, with a blank between."""
    return " ".join(map(sha256_of, paths))


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
        self.ledger = Ledger(press.ledger, _no_clock, create=False, keys=press.keys)

    def make(self, chunk: Chunk) -> Made:
        """Stamp, impose and plate a part, put it in its place whole, and read it back."""
        press, work = self.press, self.press.lots[chunk.lot]
        documents = placed(self.ledger.documents(chunk.lot, chunk.first, chunk.count), chunk, work.sets)
        codes, machine = self._first_codes(chunk), work.conditions.inserter
        stamped = stamp(documents, work.template, self.typefaces, as_in=codes, machine=machine)
        sheets = impose(len(stamped.leaves), work.design, chunk.first_sheet)
        slug = work.slug._replace(part=chunk.part, parts=work.parts)
        target, *back = targets = press.paths(chunk)
        target.parent.mkdir(parents=True, exist_ok=True)
        for side, path in enumerate(targets):
            draft = path.with_suffix(f".{os.getpid()}.tmp")
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
                    slug,
                    surface=side if back else None,
                )
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        del stamped
        report = preflight(
            target,
            work.template,
            work.design,
            work.conditions,
            documents,
            chunk.first_sheet,
            self.typefaces.paths(),
            lot_sheets=slug.sheets,
            job=slug.lot,
            part=(slug.part, slug.parts),
            back=back[0] if back else None,
            code_key=work.code_key,
        )
        return Made(chunk, sums_of(targets), json.dumps(report.as_json(), sort_keys=True), tuple(report.faults))

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
