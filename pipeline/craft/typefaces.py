"""Declared typefaces: coverage, advances, and subsets for a part file. Owner of `uharfbuzz`.

A text is set code by code. A *plain* character is one that no default feature of the typeface can change and that stands alone:
its glyph is the cmap's, its advance the hmtx's, with kerning and ligatures off (the WeasyPrint oracle sets both off too;
`tests/test_typefaces.py` reads GSUB and GPOS and proves it). Everything else, variation sequences and combining marks, is
looked up cluster by cluster with HarfBuzz; a cluster that is not exactly one glyph is *not covered*: the text goes to the next
typeface of the chain or the record is held. Nothing is ever replaced by something similar.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import uharfbuzz as hb

# What can belong to the character before it, or is not one UTF-16 unit: such texts take the careful way.
_SPECIAL = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\U00010000-\U0010ffff]"
)
# Pairs of ordinary characters that some typeface joins into one glyph by default; the second is then not plain there.
_PAIRS = (("æɑɔəɚʌ", "`´"), ("˥˦˧˨˩", "˥˦˧˨˩"))
_MARKS = ("Mn", "Mc", "Me", "Cf")
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_FEATURES = {"kern": False, "liga": False, "clig": False, "calt": False}
_KEPT_TABLES = ("glyf", "loca", "head", "hhea", "hmtx", "maxp")
_PRIVATE: tuple[int, ...] = (*range(0xE000, 0xF900), *range(0xD800, 0xE000))


def is_special(text: str) -> bool:
    """Whether a text holds anything that is not one plain 16-bit character."""
    return _SPECIAL.search(text) is not None


def clusters(text: str) -> list[str]:
    """Split a text into a base character with the marks and selectors that follow it."""
    found: list[str] = []
    for char in text:
        if found and (unicodedata.category(char) in _MARKS or _VARIATION.match(char)):
            found[-1] += char
        else:
            found.append(char)
    return found


class Glyph(NamedTuple):
    """A glyph of a typeface: its id (index in the file) and its advance in font units."""

    gid: int
    advance: int


class Metrics(NamedTuple):
    """What a PDF font descriptor needs, in thousandths of the em."""

    ascent: int
    descent: int
    cap_height: int
    bbox: tuple[int, int, int, int]


@dataclass(frozen=True)
class Typeface:
    """One declared typeface file."""

    id: str
    path: Path
    family: str
    weight: str
    sha256: str

    @cached_property
    def _face(self) -> hb.Face:
        return hb.Face(hb.Blob.from_file_path(str(self.path)))

    @cached_property
    def _font(self) -> hb.Font:
        return hb.Font(self._face)

    @property
    def upem(self) -> int:
        """Font units to the em."""
        return int(self._face.upem)

    @cached_property
    def postscript_name(self) -> str:
        """The name a PDF gives the font (name id 6)."""
        return str(self._face.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME) or self.id)

    @cached_property
    def _joining(self) -> frozenset[str]:
        """Characters that would join with the one before them."""
        pairs = ((first, second) for some, others in _PAIRS for first in some for second in others)
        return frozenset(second for first, second in pairs if len(self._shape(first + second).glyph_infos) == 1)

    def _shape(self, text: str) -> hb.Buffer:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(self._font, buffer, _FEATURES)
        return buffer

    @cached_property
    def advances(self) -> Mapping[str, int]:
        """Every plain character of the Basic Multilingual Plane that the typeface has → its advance in font units."""
        font = self._font
        found = {}
        for code in self._face.unicodes:
            if code > 0xFFFF or chr(code) in self._joining or unicodedata.category(chr(code))[0] in "CM":
                continue
            if glyph := font.get_nominal_glyph(code):
                found[chr(code)] = font.get_glyph_h_advance(glyph)
        return found

    def glyph(self, cluster: str) -> Glyph | None:
        """The one glyph of a character or cluster, or None if the typeface does not have exactly that."""
        font = self._font
        if not self._joining.isdisjoint(cluster):
            return None
        if len(cluster) == 2 and _VARIATION.match(cluster[1]):
            index = font.get_variation_glyph(ord(cluster[0]), ord(cluster[1]))
            return Glyph(index, font.get_glyph_h_advance(index)) if index else None
        if _VARIATION.search(cluster):
            return None
        if len(cluster) == 1:
            index = font.get_nominal_glyph(ord(cluster))
            return Glyph(index, font.get_glyph_h_advance(index)) if index else None
        buffer = self._shape(cluster)
        if len(buffer.glyph_infos) != 1 or not buffer.glyph_infos[0].codepoint:
            return None
        place = buffer.glyph_positions[0]
        if place.x_offset or place.y_offset:
            return None
        return Glyph(buffer.glyph_infos[0].codepoint, place.x_advance)

    def plain_width(self, text: str) -> int | None:
        """Advance width in font units of a text of plain characters, or None if any is not one."""
        try:
            return sum(map(self.advances.__getitem__, text))
        except KeyError:
            return None

    def measure(self, text: str) -> int | None:
        """Advance width of a text in font units, or None if the typeface lacks any of it."""
        plain = self.plain_width(text)
        if plain is not None:
            return plain
        width = 0
        for cluster in clusters(text):
            found = self.glyph(cluster)
            if found is None or (len(cluster) == 1 and unicodedata.category(cluster)[0] in "CM"):
                return None
            width += found.advance
        return width

    def missing(self, text: str) -> tuple[str, ...]:
        """The clusters of a text that the typeface lacks."""
        return tuple(cluster for cluster in clusters(text) if self.measure(cluster) is None)

    @cached_property
    def metrics(self) -> Metrics:
        """Vertical metrics, from the whole typeface."""
        extents = self._font.get_font_extents("ltr")
        head = self._face.reference_table("head").data
        box = [int.from_bytes(head[36 + 2 * i : 38 + 2 * i], "big", signed=True) for i in range(4)]
        return Metrics(
            self._thousandths(extents.ascender),
            self._thousandths(extents.descender),
            self._thousandths(self._font.get_glyph_extents(self._font.get_nominal_glyph(ord("H"))).y_bearing),
            (*map(self._thousandths, box),),  # type: ignore[arg-type]
        )

    def _thousandths(self, units: int) -> int:
        return round(units * 1000 / self.upem)

    def subset(self, glyphs: Iterable[int]) -> bytes:
        """The typeface with only these glyphs, indices kept, without hints: the checker compares the outlines."""
        wanted = hb.SubsetInput()
        wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        wanted.glyph_set.update(glyphs)
        dropped = (tag for tag in self._face.table_tags if tag not in _KEPT_TABLES)
        wanted.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in dropped)
        return bytes(hb.subset(self._face, wanted).blob.data)


class Typefaces:
    """The declared typefaces by id; nothing else on the machine exists."""

    def __init__(self, faces: Sequence[Typeface]):
        self._faces = {face.id: face for face in faces}

    def __getitem__(self, name: str) -> Typeface:
        return self._faces[name]

    def __contains__(self, name: str) -> bool:
        return name in self._faces

    def __iter__(self) -> Iterator[Typeface]:
        return iter(self._faces.values())

    def paths(self) -> dict[str, Path]:
        """Typeface id → file, for the checker."""
        return {face.id: face.path for face in self._faces.values()}


class FaceUse:
    """The codes of one typeface in one part file.

    A plain character is written as its own UTF-16 unit, so nothing is looked up; a cluster or a character beyond 16 bits
    gets a private code in order of appearance (private-use characters never come from members: they are refused).
    `reserved` are private codes that are given already: pieces that are made again have those of the part they were in first.
    """

    def __init__(self, face: Typeface, reserved: Mapping[str, int] | None = None):
        self.face = face
        self._reserved = reserved or {}
        self.characters: set[str] = set()
        self.private: dict[str, int] = {}

    def encode(self, text: str) -> bytes:
        """A text that is_special() as two bytes a cluster."""
        codes = bytearray()
        for cluster in clusters(text):
            if len(cluster) == 1 and cluster in self.face.advances:
                self.characters.add(cluster)
                codes += cluster.encode("utf-16-be")
            else:
                code = self.private.get(cluster)
                if code is None:
                    code = self.private[cluster] = self._reserved.get(cluster) or self._next()
                codes += code.to_bytes(2, "big")
        return bytes(codes)

    def _next(self) -> int:
        """A private code that nothing has yet."""
        return _PRIVATE[len(self._reserved.keys() | self.private.keys())]

    def glyphs(self) -> dict[int, tuple[str, Glyph]]:
        """Code → the text it stands for and its glyph; KeyError if a text was stamped that the typeface lacks."""
        table: dict[int, tuple[str, Glyph]] = {}
        for text, code in [*((char, ord(char)) for char in sorted(self.characters)), *self.private.items()]:
            glyph = self.face.glyph(text)
            if glyph is None:
                raise KeyError(f"{self.face.id} has no U+{ord(text[0]):04X}")
            table[code] = (text, glyph)
        return table
