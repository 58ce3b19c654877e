"""Which pieces of a lot are spoiled: named by sheet, slot, serial or list, and found in the ledger.

A document is one piece however many leaves it has: whichever of them is spoiled, the whole document is.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.base.geometry import Box
from pipeline.base.problems import LedgerError, Problem, UsageError
from pipeline.model.lot import Chunk, Piece
from pipeline.model.sheet import SheetDesign
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import LotRow
from pipeline.office.ledger_spoils import Spoil, Standing
from pipeline.office.planning import Kind
from pipeline.office.worker import places
from pipeline.stages.impose import slots

_COLUMNS = {"管理番号": "serial", "シート": "sheet", "面": "slot"}
_MOST_BYTES = 10_000_000
_MOST_SHEETS = 100_000


class Chosen(NamedTuple):
    """What was named: sheets (and of each which slots; none: all of it), and serials. Both count from 1."""

    places: tuple[tuple[int, int | None], ...] = ()
    serials: tuple[str, ...] = ()


class SlotView(NamedTuple):
    """One slot of a sheet as the ledger has it; `serial` is empty for a blank, `state` the piece's, `front` in µm. `spoil` is
    None where the piece is not spoiled."""

    slot: int
    front: Box
    serial: str
    leaf: int
    state: str
    remade_by: str
    spoil: Spoil | None = None


class SheetView(NamedTuple):
    """A sheet for a picture of it: its number, its size in µm, its slots."""

    sheet: int
    width: int
    height: int
    slots: tuple[SlotView, ...]


def chosen(sheets: Sequence[str], slot_numbers: Sequence[int], serials: Sequence[str], listed: Path | None) -> Chosen:
    """What the words of a command name: sheets as `12,40-44`, slots of each of these, serials, a list. UsageError."""
    numbers = [number for text in sheets for number in _numbers(text)]
    if slot_numbers and not numbers:
        raise UsageError(Problem("remake-slot-without-sheet", "--slot"))
    wanted: Sequence[int | None] = slot_numbers or [None]
    found = [(sheet, slot) for sheet in numbers for slot in wanted]
    names = list(serials)
    for sheet, slot, serial in _listed(listed) if listed else ():
        if serial:
            names.append(serial)
        else:
            found.append((sheet, slot))
    if not found and not names:
        raise UsageError(Problem("remake-nothing-chosen", "--sheet"))
    return Chosen(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(names)))


def _numbers(text: str) -> Iterator[int]:
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,6})(?:-(\d{1,6}))?\s*", part, re.ASCII)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 0 < first <= last < first + _MOST_SHEETS:
            raise UsageError(Problem("remake-bad-sheets", "--sheet", {"text": text[:40]}))
        yield from range(first, last + 1)


def _listed(path: Path) -> Iterator[tuple[int, int | None, str]]:
    """The rows of a list: a column of serials, or of sheets and perhaps slots (empty: the whole sheet)."""

    def wrong(reason: str) -> UsageError:
        return UsageError(Problem("remake-list-unreadable", path.name, {"name": path.name, "reason": reason}))

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise wrong("大きすぎます")
        rows = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")), strict=True)
        columns = {_COLUMNS.get(name, name): name for name in rows.fieldnames or ()}
        if not {"serial", "sheet"} & columns.keys():
            raise wrong("serial（管理番号）または sheet（シート）の列がありません")
        for row in rows:
            sheet, slot, serial = ((row.get(columns.get(name, "")) or "").strip() for name in ("sheet", "slot", "serial"))
            if not serial and not re.fullmatch(r"[1-9]\d{0,5}", sheet, re.ASCII):
                raise wrong(f"{rows.line_num} 行目のシート番号が数字ではありません")
            if slot and not re.fullmatch(r"[1-9]\d{0,3}", slot, re.ASCII):
                raise wrong(f"{rows.line_num} 行目の面の番号が数字ではありません")
            yield int(sheet or 0), int(slot) if slot else None, serial
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise wrong(type(fault).__name__) from None


def pieces(ledger: Ledger, lot: LotRow, kind: Kind, named: Chosen) -> list[Standing]:
    """How the pieces that were named stand. LedgerError with everything that is not in the lot."""
    problems, serials = [], dict.fromkeys(named.serials)
    for sheet in dict.fromkeys(sheet for sheet, _ in named.places):
        wanted = {slot for one, slot in named.places if one == sheet}
        if not 0 < sheet <= lot.sheets:
            values = {"lot": lot.name, "sheet": sheet, "sheets": lot.sheets}
            problems.append(Problem("remake-unknown-sheet", f"{lot.name}, sheet {sheet}", values))
            continue
        there = {piece.slot: piece.serial for piece in on_sheet(ledger, lot, kind, sheet)}
        count = kind.parts.slots
        for slot in sorted(there if None in wanted else {slot for slot in wanted if slot}):
            values = {"sheet": sheet, "slot": slot, "slots": count}
            if slot in there:
                serials[there[slot]] = None
            else:
                code = "remake-blank-slot" if slot <= count else "remake-unknown-slot"
                problems.append(Problem(code, f"{lot.name}, sheet {sheet}, slot {slot}", values))
    found = [one for one in ledger.standings(list(serials)) if one.lot == lot.name]
    unknown = serials.keys() - {one.serial for one in found}
    problems += [Problem("remake-unknown-serial", lot.name, {"lot": lot.name, "serial": one[:40]}) for one in sorted(unknown)]
    if problems:
        raise LedgerError(problems)
    return found


def on_sheet(ledger: Ledger, lot: LotRow, kind: Kind, sheet: int) -> list[Piece]:
    """The leaves on a sheet of a lot. LedgerError where the sheet design is not the one that the lot was made with."""
    for chunk, _, _ in ledger.chunks(lot.name):
        if chunk.first_sheet <= sheet < chunk.first_sheet + kind.parts.sheets(chunk.count):
            found = list(places(chunk, ledger.serials(chunk), kind.template, kind.design))
            if {(one.serial, one.sheet, one.slot) for one in found if one.leaf == 1} == _kept(ledger, chunk):
                return [one for one in found if one.sheet == sheet]
            break
    raise LedgerError(Problem("remake-sheet-changed", lot.name, {"sheet": lot.sheet}))


def _kept(ledger: Ledger, chunk: Chunk) -> set[tuple[str, int, int]]:
    """Where the ledger says that the first leaves of a part are."""
    return set(ledger.places(chunk))


def view(ledger: Ledger, lot: LotRow, kind: Kind, sheet: int) -> SheetView:
    """A sheet of a lot with what is in its slots and how that stands."""
    if not 0 < sheet <= lot.sheets:
        values = {"lot": lot.name, "sheet": sheet, "sheets": lot.sheets}
        raise LedgerError(Problem("remake-unknown-sheet", f"{lot.name}, sheet {sheet}", values))
    there = {one.slot: one for one in on_sheet(ledger, lot, kind, sheet)}
    states = {one.serial: one for one in ledger.standings([one.serial for one in there.values()])}
    return SheetView(sheet, kind.design.width, kind.design.height, tuple(_slots(kind.design, there, states)))


def _slots(design: SheetDesign, there: dict[int, Piece], states: dict[str, Standing]) -> Iterator[SlotView]:
    for number, slot in enumerate(slots(design), 1):
        piece = there.get(number)
        if piece is None:
            yield SlotView(number, slot.front, "", 0, "", "")
        else:
            stands = states[piece.serial]
            yield SlotView(number, slot.front, piece.serial, piece.leaf, stands.piece, stands.remade_by, stands.spoil)
