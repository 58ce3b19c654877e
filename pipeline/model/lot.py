"""What the vendor receives, and the figures that must close."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """input × document types = issued + skipped + held + already issued, enforced by `close`."""

    members: int
    documents: int
    issued: int
    skipped: int
    held: int
    already_issued: int

    def close(self) -> None:
        """Raise ValueError unless the figures close: a member was lost or counted twice."""
        due = self.members * self.documents
        done = self.issued + self.skipped + self.held + self.already_issued
        if due != done:
            raise ValueError(f"{self.members} members × {self.documents} documents = {due}, but {done} decisions")


@dataclass(frozen=True, slots=True)
class Piece:
    """Where one leaf's front and back are: part file, sheet in the lot, slot (from 1)."""

    serial: str
    leaf: int
    part: int
    sheet: int
    slot: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Unit of work and of publication: one part of one lot. `first` counts leaves of the lot from 0."""

    lot: str
    part: int
    first: int
    count: int
    first_sheet: int
