"""The inserter's marks read as the machine reads them: it looks at each row's place, adds weights and counts the inked ones."""

import re
from collections.abc import Collection

from pipeline.base.geometry import Box
from pipeline.model.inserter import Inserter, PlaceInSet
from pipeline.stages.checking.reading import Content

_HEAD = b"/K gs\n0 0 0 1 k\n"
_BAR = re.compile(rb"(\d{1,6}) (\d{1,6}) (\d{1,6}) (\d{1,6}) re\n")


def places(machine: Inserter) -> list[Box]:
    """Where the machine looks, row by row; µm from the leaf's top left."""
    first, size = machine.first, machine.mark
    return [Box(first.left, first.top + number * machine.step, size.width, size.height) for number in range(len(machine.rows))]


def marks_fault(page: Content, machine: Inserter, height: int, place: PlaceInSet, leaf: int) -> str:
    """Why the marks that come next do not tell the place of a document's `leaf`, or nothing. `height` is the leaf's."""
    if not page.literal(_HEAD):
        return "are missing"
    rows = {(box.left, height - box.bottom, box.width, box.height): number for number, box in enumerate(places(machine))}
    found: list[int] = []
    while bar := page.take(_BAR):
        row = rows.get((int(bar[1]), int(bar[2]), int(bar[3]), int(bar[4])))
        if row is None or row in found:
            return "stand elsewhere"
        found.append(row)
    return told_fault(machine, found, place, leaf) if page.literal(b"f\n") else "are something else"


def told_fault(machine: Inserter, rows: Collection[int], place: PlaceInSet, leaf: int) -> str:
    """Why inked rows do not tell the place of a document's `leaf` (from 0), or nothing."""
    told: dict[str, int] = {}
    for number, row in enumerate(machine.rows):
        told[row.tells] = told.get(row.tells, 0) + (row.weight or 1) * (number in rows)
    if "parity" in told and len(rows) % 2:
        return "have an odd number"
    sheet = place.page + leaf
    wanted = {
        "gate": 1,
        "start": int(sheet == 1),
        "end": int(sheet == place.pages),
        "sequence": place.sequence % machine.modulus,
        "page": sheet,
        "pages": place.pages if sheet == 1 else 0,
    }
    wrong = [item for item, number in wanted.items() if told.get(item, number) != number]
    return f"tell another {', '.join(wrong)}" if wrong else ""
