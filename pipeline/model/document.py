"""A document: the final text of everything that is printed for one issue."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """What is not in it cannot be printed.

    `texts`, `settings` and `payloads` run parallel to `Template.texts` (flat, over all leaves and sides): the final text
    (lines joined by a line feed; empty: nothing is printed), the index into that field's `settings`, and to
    `Template.codes`: the payload of each 2D code. `serial` is the physical piece's.
    """

    serial: str
    texts: tuple[str, ...]
    settings: tuple[int, ...]
    payloads: tuple[str, ...]
