"""What goes to one employer or one household: pieces that follow each other in a lot."""

from typing import NamedTuple


class Row(NamedTuple):
    """One piece of a bundle as a list shows it; `no` counts from 1 within the bundle, `identifier` is 記号・番号・枝番."""

    no: int
    identifier: str
    name: str
    category: str
    serial: str


class Bundle(NamedTuple):
    """A bundle; `no` counts from 1 within the lot of `of` bundles, `id` is the employer's number (none for a household);
    `acceptance` is the 引受番号 of its piece of mail."""

    no: int
    of: int
    id: str
    title: str
    addressee: str
    postcode: str
    address: str
    rows: tuple[Row, ...]
    people: int
    acceptance: str = ""
