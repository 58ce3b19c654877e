"""Copiers whose copies the designer's page can show beside the original. One line of the table is one machine."""

from collections.abc import Callable
from typing import NamedTuple

from pipeline.office.pictures import Picture


class Copier(NamedTuple):
    """A copier: `copy` takes a PDF, a page's number (from 0) and the picture's dots per inch; `told` says what it assumes."""

    name: str
    title: str
    told: str
    copy: Callable[[bytes, int, int], Picture]


COPIERS: tuple[Copier, ...] = ()
