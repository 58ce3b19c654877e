"""A press file as the rules of the standards see it: its objects, its metadata, and what its first sheet paints."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import pikepdf

from pipeline.base.geometry import Box
from pipeline.model.vendor import Conditions
from pipeline.stages.checking.painted import Paint, painted

Found = Iterator[tuple[int, str]]  # the page (0: the whole file), and what there


class File:
    """An open file with what the rules ask of it.

    `size` is its length in bytes; `pieces` has, for each page of its first sheet, the pieces with their bleed (µm from the
    sheet's top left), `wanted` is how many pages there must be.
    """

    def __init__(self, pdf: pikepdf.Pdf, conditions: Conditions, size: int, pieces: Sequence[Sequence[Box]], wanted: int):
        self.pdf, self.conditions, self.size, self.pieces, self.wanted = pdf, conditions, size, pieces, wanted
        self.press = conditions.vendor.press
        self.root, self.trailer = pdf.Root, pdf.trailer
        self.pages = [page.obj for page in pdf.pages]
        self._first = self.pages[: len(pieces)]  # all sheets draw the same forms; texts are read page by page elsewhere

    @cached_property
    def things(self) -> list[tuple[str, Any]]:
        """Every dictionary and stream that can be reached, with its name for people; direct ones under their holder's."""
        found: list[tuple[str, Any]] = []
        later = {page.objgen for page in self.pages[len(self._first) :]}  # the pages' own keys are compared elsewhere
        for number, thing in enumerate(self.pdf.objects, 1):
            if not (_is_plain(thing) or thing.objgen in later):
                _within(f"object {number}", thing, found)
        return found

    @cached_property
    def paints(self) -> list[tuple[int, Paint]]:
        """What the pages of the first sheet paint, by page."""
        return [(number, paint) for number, page in enumerate(self._first, 1) for paint in painted(page)]

    @cached_property
    def packet(self) -> dict[str, str]:
        """The properties of the XMP packet by their names without namespace."""
        try:
            root = ElementTree.fromstring(self.root.Metadata.read_raw_bytes().decode("utf-8"))
        except (AttributeError, KeyError, ElementTree.ParseError, UnicodeDecodeError):
            return {}
        found: dict[str, str] = {}
        for description in root.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"):
            found |= {one.tag.rpartition("}")[2]: "".join(one.itertext()).strip() for one in description}
        return found

    def info(self, key: str) -> str:
        """An entry of the Info dictionary as text."""
        return str(self.trailer.Info.get(key, "")) if "/Info" in self.trailer else ""

    @property
    def has_transparency(self) -> bool:
        """Whether anything in the file is composed otherwise than by painting over."""
        return any(_is_transparent(thing) for _, thing in self.things)


def _is_plain(thing: Any) -> bool:
    """Whether something is a stream that says nothing but how it is deflated, as pages' contents are."""
    if not isinstance(thing, pikepdf.Stream):
        return False
    return set(thing.keys()) <= {"/Length", "/Filter"} and thing.get("/Filter") in (None, pikepdf.Name.FlateDecode)


def _within(name: str, thing: Any, found: list[tuple[str, Any]]) -> None:
    if not isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        if isinstance(thing, pikepdf.Array):
            for item in thing:
                if not _is_indirect(item):
                    _within(name, item, found)
        return
    found.append((name, thing))
    for key, item in thing.items():
        if not _is_indirect(item):
            _within(f"{name} {key[1:]}", item, found)


def _is_indirect(item: Any) -> bool:
    """Whether an object stands elsewhere in the file."""
    return isinstance(item, pikepdf.Object) and item.is_indirect


def _is_transparent(thing: Any) -> bool:
    if thing.get("/S") == pikepdf.Name.Transparency:
        return True
    faint = any(float(thing.get(key, 1)) < 1 for key in ("/ca", "/CA") if key in thing)
    blended = str(thing.get("/BM", "/Normal")) not in ("/Normal", "/Compatible")
    return faint or blended or str(thing.get("/SMask", "/None")) != "/None"
