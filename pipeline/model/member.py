"""One input record, text exactly as delivered, and where it stood."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class Place(NamedTuple):
    """Where a record stands: file name and row (the header is row 1)."""

    file: str
    row: int

    def __str__(self) -> str:
        return f"{self.file} row {self.row}"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the insurer delivered it. Texts are never normalised; an absent text is the empty string.

    It has no room for a My Number: only `last4`, the last four digits, and `match`, what the insurer found out about them.
    """

    place: Place
    insurer_number: str
    symbol: str
    number: str
    branch: str
    category: str
    name: str
    kana: str
    sex: str
    birth: date
    qualified_on: date
    alias_name: str = ""
    registered_note: str = ""
    sex_display: str = "表"
    certified_on: date | None = None
    insured_name: str = ""
    office_id: str = ""
    office_name: str = ""
    postcode: str = ""
    address: str = ""
    delivery: str = ""
    residence_until: date | None = None
    voluntary_until: date | None = None
    leaves_on: date | None = None
    ratio: str = ""
    effective_on: date | None = None
    limit_class: str = ""
    special_disease: str = ""
    optional_items: str = ""
    last4: str = ""
    match: str = ""
    registration: str = ""
    has_card: str = ""
    reason: str = ""
    applied: str = ""
    acceptance_number: str = ""
    address_source: str = ""

    @property
    def key(self) -> str:
        """`insurer:symbol:number:branch`, as JP_Insurance_memberID of the public FHIR profile; insurer of 8 digits."""
        return f"{self.insurer_number.zfill(8)}:{self.symbol}:{self.number}:{self.branch}"

    @property
    def is_dependant(self) -> bool:
        return self.category.endswith("家族")

    @property
    def standing(self) -> str:
        """`employed`, `voluntary` (任意継続) or `special` (特例退職)."""
        return {"任": "voluntary", "特": "special"}.get(self.category[:1], "employed")
