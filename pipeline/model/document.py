"""A document: the final text of everything that is printed for one issue."""

from dataclasses import dataclass
from typing import NamedTuple

from pipeline.model.inserter import PlaceInSet


class Substitution(NamedTuple):
    """A character printed as another by the issuer's policy. No text: the member file's column, and the code points before
    and after, or after the column whose text stands for the whole name (フリガナ, 戸籍表記)."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Document:
    """What is not in it cannot be printed.

    `texts`, `settings` and `payloads` run parallel to `Template.texts` (flat, over all leaves and sides): the final text
    (lines joined by a line feed; empty: nothing is printed), the index into that field's `settings`, and to
    `Template.codes`: the payload of each 2D code. `serial` is the physical piece's. `substitutions` tells where the texts
    are not as delivered; the ledger keeps them with the decision. `in_set` is known where an inserter will fill envelopes.
    """

    serial: str
    texts: tuple[str, ...]
    settings: tuple[int, ...]
    payloads: tuple[str, ...]
    substitutions: tuple[Substitution, ...] = ()
    in_set: PlaceInSet | None = None
