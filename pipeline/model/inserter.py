"""An inserter's marks as a YAML file says them: what a machine that folds and inserts reads from the margin of a sheet."""

from typing import Literal, NamedTuple

from pydantic import Field

from pipeline.model.spec import Length, Spec

Item = Literal["gate", "start", "end", "sequence", "page", "pages", "parity"]


class PlaceInSet(NamedTuple):
    """Where a document lies among the sheets of one envelope: the set's number in its lot, which sheet its first leaf is, and
    how many sheets the set has; all from 1."""

    sequence: int
    page: int
    pages: int


class MarkRow(Spec):
    """One place of a mark, from the top: what it tells. `weight` is 1, 2, 4 … for `sequence`, `page` and `pages`."""

    tells: Item = Field(
        description="gate: always there; start, end: first, last sheet of a set; sequence: the set's number modulo `modulus`; "
        "page: the sheet in its set; pages: sheets of the set, told on the first; parity: there if the others are odd"
    )
    weight: int = Field(0, ge=0, le=64, description="of a binary number: 1, 2, 4 …")


class MarkSize(Spec):
    """Size of a mark."""

    width: Length
    height: Length


class MarkPlace(Spec):
    """Corner of the first row, from the sheet's top left as the machine takes it."""

    left: Length
    top: Length


class CodeItem(Spec):
    """One number of a 2D mark's content, filled with zeros."""

    tells: Literal["sequence", "page", "pages"]
    figures: int = Field(ge=1, le=9)


class Inserter(Spec):
    """An inserter's profile: marks in rows (OMR), the content of a 2D mark, or both."""

    title: str
    source: str = Field(description="where the figures come from: the machine's maker, or OURS")
    mark: MarkSize
    first: MarkPlace
    step: Length = Field(description="from row to row")
    modulus: int = Field(8, ge=2, le=128, description="the set's number is told modulo this")
    rows: tuple[MarkRow, ...] = Field((), max_length=40)
    code: tuple[CodeItem, ...] = ()
