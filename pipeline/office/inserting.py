"""Which sheets go into one envelope: what the inserter's marks on the leaves of a lot tell.

A set is a bundle's cover sheets and then its pieces, leaf by leaf. A piece that is made again keeps the place of the one it
replaces, because it goes into the same envelope.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.craft.inserter import content, marks
from pipeline.model.document import Document
from pipeline.model.inserter import Inserter, PlaceInSet
from pipeline.model.lot import Chunk
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import LotRow
from pipeline.office.planning import Kind


@dataclass(frozen=True, slots=True)
class Sets:
    """The sets of a lot. `starts`: the first piece of each, and at the end how many pieces there are; `rows`: pieces that one
    cover sheet lists, 0 for all; `leaves` of one piece; `first`: of a lot made again, the places in the lot before."""

    starts: "array[int]"
    rows: int
    leaves: int
    first: "array[int] | None" = None

    def place(self, piece: int) -> PlaceInSet:
        """The place of the lot's piece, counted from 0."""
        at = self.first[piece] if self.first else piece
        number = bisect_right(self.starts, at) - 1
        start, size = self.starts[number], self.starts[number + 1] - self.starts[number]
        covers = self.covers(size)
        return PlaceInSet(number + 1, covers + (at - start) * self.leaves + 1, covers + size * self.leaves)

    def covers(self, size: int) -> int:
        """The cover sheets of a set of so many pieces."""
        return -(-size // self.rows) if self.rows else 1

    def check(self, machine: Inserter) -> None:
        """SheetError, before anything is printed, if the machine's marks cannot tell the largest set."""
        size = max(after - start for start, after in pairwise(self.starts))
        pages, last = self.covers(size) + size * self.leaves, len(self.starts) - 1
        marks(machine, 1, pages, last)
        content(machine, pages, pages, last)


def sets_of(lot: LotRow, kind: Kind, ledger: Ledger) -> Sets | None:
    """The sets of a lot; None where its leaves carry no marks. SheetError if there is a set that the marks cannot tell."""
    machine = kind.conditions.inserter
    if machine is None or lot.channel not in kind.covers:
        return None
    name, first = ledger.first_places(lot.name)
    again = name != lot.name
    found = Sets(
        starts_of(ledger.bundle_keys(name)),
        kind.covers[lot.channel],
        len(kind.template.leaves),
        array("Q", first) if again else None,
    )
    found.check(machine)
    return found


def starts_of(keys: Iterable[str]) -> "array[int]":
    """Where the bundles of a lot begin, from the bundle of each of its pieces; the number of pieces last."""
    starts, number, before = array("Q"), 0, ""
    for key in keys:
        if key != before or not number:
            starts.append(number)
            before = key
        number += 1
    starts.append(number)
    return starts


def placed(documents: Iterable[Document], chunk: Chunk, sets: Sets | None) -> list[Document]:
    """A part's documents, each with its place in its set where an inserter will ask for it."""
    if sets is None:
        return list(documents)
    return [replace(document, in_set=sets.place(piece)) for piece, document in enumerate(documents, chunk.first)]
