"""Hand-off: what lies beside a lot's sheets. Job ticket (JSON and XJDF), positions, preflight report, checksums.

None of it holds a name, symbol, number, address or digit of a My Number; the same lot gives the same bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import __version__
from pipeline.craft.xjdf import job_ticket
from pipeline.model.lot import Chunk, Piece
from pipeline.model.sheet import SheetDesign, Slot
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions

CHECKSUMS = "checksums.sha256"
UNSIGNED = ""
STACKED = "cut-and-stack"
_SOFTWARE = ("weasyprint", "uharfbuzz", "qrcode", "pypdf", "deflate", "pikepdf", "pypdfium2", "zxing-cpp")
_HEADER = "serial,leaf,part,sheet,side,slot\r\n"


class Part(NamedTuple):
    """A finished part: its chunk, file name, hash, and the checker's report.

    Of sheets that are laminated, `name` is the file of the fronts, `back` that of the backs, `sha256` both hashes. `ends` are
    the serials of its first and last piece in the lot's order.
    """

    chunk: Chunk
    name: str
    sha256: str
    report: Mapping[str, Any]
    ends: tuple[str, str]
    back: str = ""

    @property
    def files(self) -> dict[str, str]:
        """Its files and their hashes."""
        return dict(zip((self.name, self.back) if self.back else (self.name,), self.sha256.split(), strict=True))


class Lot(NamedTuple):
    """A lot as the ticket tells it; `sheet` is the design's id, `day` ISO."""

    name: str
    order: str
    day: str
    issuer: str
    channel: str
    sheet: str
    documents: int
    sheets: int
    template: Template
    design: SheetDesign
    conditions: Conditions
    parts: Sequence[Part]

    def blanks_of(self, part: Part) -> int:
        """Empty slots of a part's sheets."""
        grid = self.design.grid
        return int(part.report["sheets"]) * grid.columns * grid.rows - part.chunk.count * len(self.template.leaves)

    @property
    def leaves(self) -> int:
        return self.documents * len(self.template.leaves)

    @property
    def slots(self) -> int:
        """Places on all sheets."""
        return self.sheets * self.design.grid.columns * self.design.grid.rows

    @property
    def blanks(self) -> int:
        """Empty slots: slots = leaves + blanks."""
        return self.slots - self.leaves


class Enclosed(NamedTuple):
    """A paper that goes with a lot: its files with the number of papers in each, and how many copies are to be printed,

    of which one sheet gives so many.
    """

    document: str
    title: str
    edition: str
    files: tuple[tuple[str, int], ...]
    copies: int
    copies_per_sheet: int = 1


def dress(
    folder: Path,
    lot: Lot,
    pieces: Iterable[Piece],
    slots: Sequence[Slot],
    typefaces: Mapping[str, str],
    enclosed: Sequence[Enclosed] = (),
    bundles: int = 0,
    signer: str = UNSIGNED,
) -> None:
    """Write everything but the sheets and the papers into a lot's folder. `slots` are those of the sheet, `typefaces`:
    id → hash, `signer` the fingerprint of the key that will sign the checksums.

    ValueError if the figures do not close, or a part is not any more what was read back.
    """
    _close(lot)
    _write_positions(folder / "positions.csv", lot, pieces)
    ticket = _ticket(lot, typefaces, signer) | _going_along(enclosed, bundles)
    _write_json(folder / "ticket.json", ticket)
    (folder / "ticket.xjdf").write_bytes(job_ticket(ticket, lot.design, slots))
    _write_json(folder / "report.json", _report(lot))
    _write_checksums(folder, {name: digest for part in lot.parts for name, digest in part.files.items()})


def _close(lot: Lot) -> None:
    """Documents = those of the parts; leaves = those read back; each part fills its sheets; slots = leaves + blanks."""
    slots, leaves = lot.design.grid.columns * lot.design.grid.rows, len(lot.template.leaves)
    made = sum(part.chunk.count for part in lot.parts)
    read = sum(int(part.report["leaves"]) for part in lot.parts)
    if made != lot.documents or read != lot.leaves:
        raise ValueError(f"{lot.name}: {lot.documents} documents, {made} in parts, {read} of {lot.leaves} leaves read back")
    sheet = 1
    for part in lot.parts:
        due = -(-part.chunk.count * leaves // slots)
        if (part.chunk.first_sheet, part.report["sheets"], part.report["leaves"]) != (sheet, due, part.chunk.count * leaves):
            raise ValueError(f"{lot.name} {part.name}: not {due} sheets from sheet {sheet} on")
        sheet += due
    if sheet - 1 != lot.sheets:
        raise ValueError(f"{lot.name}: {sheet - 1} sheets in parts, not {lot.sheets}")


def _ticket(lot: Lot, typefaces: Mapping[str, str], signer: str) -> dict[str, Any]:
    design, template = lot.design, lot.template
    duplex = any(leaf.back for leaf in template.leaves)
    upright = (design.turn == "long-edge") == (design.height >= design.width)
    stacked = design.scheme == STACKED
    return {
        "lot": lot.name,
        "order": lot.order,
        "day": lot.day,
        "issuer": lot.issuer,
        "channel": lot.channel,
        "product": {
            "document": template.document,
            "title": template.title,
            "edition": template.edition,
            "material": template.material,
            "trim_mm": [template.width / 1000, template.height / 1000],
            "bleed_mm": template.bleed / 1000,
            "sides": 2 if duplex else 1,
            "leaves_per_document": len(template.leaves),
        },
        "colours": {
            "process": ["Cyan", "Magenta", "Yellow", "Black"],
            "spot": list(template.spots) if lot.conditions.has_plates else [],
        },
        "press_file": _press_file(lot.conditions),
        "sheet": {
            "design": lot.sheet,
            "title": design.title,
            "size_mm": [design.width / 1000, design.height / 1000],
            "n_up": design.grid.columns * design.grid.rows,
            "columns": design.grid.columns,
            "rows": design.grid.rows,
            "scheme": design.scheme,
            "stack_depth": (design.stack or max(part.report["sheets"] for part in lot.parts)) if stacked else None,
            "work": design.style if duplex else "single-sided",
            "turn": design.turn if duplex else None,
            "turned_about": ("vertical" if upright else "horizontal") if duplex else None,
            "gripper": {"edge": design.gripper.edge, "depth_mm": design.gripper.depth / 1000},
            "marks": [name for name, on in (design.marks.model_dump() if design.marks else {}).items() if on],
            "inserter": lot.conditions.inserter.title if lot.conditions.inserter else None,
        },
        "quantities": {"documents": lot.documents, "leaves": lot.leaves, "sheets": lot.sheets, "blanks": lot.blanks},
        "parts": [
            {
                "file": part.name,
                "documents": part.chunk.count,
                "sheets": part.report["sheets"],
                "blanks": lot.blanks_of(part),
                "pages": part.report["pages"],
                "first_sheet": part.chunk.first_sheet,
                "first_serial": part.ends[0],
                "last_serial": part.ends[1],
                "sha256": part.files[part.name],
            }
            | ({"back": {"file": part.back, "sha256": part.files[part.back]}} if part.back else {})
            for part in lot.parts
        ],
        "signed_by": signer or None,
        "fingerprints": {"template": template.fingerprint, "typefaces": dict(typefaces)},
        "software": {"shikaku-press": __version__} | {name: version(name) for name in _SOFTWARE},
    }


def _press_file(conditions: Conditions) -> dict[str, Any]:
    """What the sheets' files are, and for which printing condition."""
    press = conditions.vendor.press
    return {
        "vendor": conditions.name,
        "standard": press.standard,
        "variable": "PDF/VT-1" if press.variable else None,
        "intent": {"condition": press.intent.condition, "registry": press.intent.registry, "profile": press.intent.profile},
        "profile_sha256": hashlib.sha256(conditions.profile).hexdigest(),
    }


def _going_along(enclosed: Sequence[Enclosed], bundles: int) -> dict[str, Any]:
    papers = [
        {
            "document": one.document,
            "title": one.title,
            "edition": one.edition,
            "files": [{"file": file, "papers": papers} for file, papers in one.files],
            "copies": one.copies,
            "copies_per_sheet": one.copies_per_sheet,
        }
        for one in enclosed
    ]
    return {"bundles": bundles, "enclosures": papers}


def _report(lot: Lot) -> dict[str, Any]:
    """The parts' reports and their sums."""
    totals: dict[str, int] = {}
    for part in lot.parts:
        for key, value in part.report.items():
            if isinstance(value, int):
                totals[key] = totals.get(key, 0) + value
    return {"lot": lot.name, "read_back": totals, "parts": [{"file": part.name, **part.report} for part in lot.parts]}


def _write_positions(path: Path, lot: Lot, pieces: Iterable[Piece]) -> None:
    """Write where every side is.

    ValueError unless what was placed is what was ordered: every leaf in a slot of its own, on a sheet of its part, and
    leaves = slots - blanks.
    """
    sides = [("front", "back")[: len(leaf.sides)] for leaf in lot.template.leaves]
    filled = parts = 0
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(_HEADER)
        for number, some in groupby(pieces, attrgetter("part")):
            placed: dict[tuple[int, int], str] = {}
            for piece in some:
                placed[piece.sheet, piece.slot] = piece.serial
                for side in sides[piece.leaf - 1]:
                    file.write(f"{piece.serial},{piece.leaf},{piece.part},{piece.sheet},{side},{piece.slot}\r\n")
            _check_places(lot, parts, number, placed)
            filled += len(placed)
            parts += 1
    if filled != lot.slots - lot.blanks or parts != len(lot.parts):
        raise ValueError(f"{lot.name}: {filled} leaves placed, but {lot.slots} slots - {lot.blanks} blanks")


def _check_places(lot: Lot, index: int, number: int, placed: Mapping[tuple[int, int], str]) -> None:
    """The places of one part: as many as it has leaves, each once, on its own sheets."""
    part = lot.parts[index]
    due, first = part.chunk.count * len(lot.template.leaves), part.chunk.first_sheet
    sheets = range(first, first + int(part.report["sheets"]))
    grid = lot.design.grid
    stray = [place for place in placed if place[0] not in sheets or not 1 <= place[1] <= grid.columns * grid.rows]
    if not {*part.ends} <= {*placed.values()}:
        raise ValueError(f"{lot.name} {part.name}: its first or last piece is nowhere")
    if number != part.chunk.part or len(placed) != due or stray:
        raise ValueError(f"{lot.name} {part.name}: {len(placed)} places for {due} leaves, {len(stray)} outside the part")


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _write_checksums(folder: Path, parts: Mapping[str, str]) -> None:
    """`sha256sum -c checksums.sha256` passes in the folder, and the parts are the ones that were read back."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != CHECKSUMS:
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    changed = [name for name, digest in parts.items() if found.get(name) != digest]
    if changed:
        raise ValueError(f"{folder.name}: {', '.join(changed)} changed after it was read back")
    (folder / CHECKSUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in found.items()), "utf-8")
