"""What the checker read back from one part, and what is wrong with it."""

from dataclasses import dataclass, field
from typing import Any

from pipeline.base.problems import Problem


@dataclass(slots=True)
class PartReport:
    """Counts of what was compared, and the faults found: none means that the part is what the ledger says."""

    pieces: int = 0
    leaves: int = 0
    sheets: int = 0
    pages: int = 0
    fields: int = 0
    codes: int = 0
    seals: int = 0
    glyphs: int = 0
    rastered_sheets: int = 0
    faults: list[Problem] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The counts; faults are told apart from them."""
        names = ("pieces", "leaves", "sheets", "pages", "fields", "codes", "seals", "glyphs", "rastered_sheets")
        return {name: getattr(self, name) for name in names}
