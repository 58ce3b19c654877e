"""The declared typeface files, read by fontTools: which glyph a text must have, how wide, with which outline."""

import mmap
import re
import sys
import unicodedata
from array import array
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

# What belongs to the character before it: combining marks, joiners and variation selectors, as a range for expressions.
JOINED = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef"
_CHARACTER = re.compile(f"[^{JOINED}][{JOINED}]*|[{JOINED}]+", re.DOTALL)
_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def characters(text: str) -> list[str]:
    """A text's characters, each with the marks and selectors that belong to it."""
    return _CHARACTER.findall(text)


def is_joined(char: str) -> bool:
    """Whether a character cannot stand alone."""
    return _CHARACTER.match("x" + char, 0).end() == 2  # type: ignore[union-attr]


class Outlines:
    """Contours and advances of a TrueType file by glyph index, read from its tables without unpacking them whole."""

    def __init__(self, file: TTFont, data: bytes | mmap.mmap):
        tables = file.reader.tables
        self.upem = int(file["head"].unitsPerEm)
        self.count = int(file["maxp"].numGlyphs)
        self._data = data
        self._glyf, self._hmtx = tables["glyf"].offset, tables["hmtx"].offset
        self._long_metrics = int(file["hhea"].numberOfHMetrics)
        loca = array("I" if file["head"].indexToLocFormat else "H", file.reader["loca"])
        if sys.byteorder == "little":
            loca.byteswap()
        self._starts = loca if file["head"].indexToLocFormat else [2 * start for start in loca]

    def advance(self, index: int) -> int:
        """Advance width of a glyph in font units."""
        at = self._hmtx + 4 * min(index, self._long_metrics - 1)
        return int.from_bytes(self._data[at : at + 2], "big")

    def bearing(self, index: int) -> int:
        """Left side bearing of a glyph in font units: where a reader puts its outline."""
        long = self._long_metrics
        at = self._hmtx + (4 * index + 2 if index < long else 4 * long + 2 * (index - long))
        return int.from_bytes(self._data[at : at + 2], "big", signed=True)

    def outline(self, index: int) -> tuple[Any, ...]:
        """A glyph's contours: coordinates, contour ends, on-curve flags; a composite's parts are resolved."""
        coordinates, ends, flags = self[self.getGlyphName(index)].getCoordinates(self)
        return (tuple(map(tuple, coordinates)), tuple(ends), bytes(flag & 1 for flag in flags))

    # What fontTools asks of a glyf table when it unpacks a single glyph.

    extended = False

    def getGlyphName(self, index: int) -> str:
        return str(index)

    def __getitem__(self, name: str) -> Any:
        start, end = (self._glyf + self._starts[int(name) + step] for step in (0, 1))
        glyph = Glyph(self._data[start:end])
        glyph.expand(self)
        return glyph


class Face:
    """One typeface file."""

    def __init__(self, path: Path):
        self._file = TTFont(path, lazy=True)
        with path.open("rb") as file:  # mapped, not read: one typeface has 46 MB
            self.outlines = Outlines(self._file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        # glyphs are called by their indices: reading the names of 61,000 glyphs takes longer than all else here
        self._file.setGlyphOrder([str(index) for index in range(self.outlines.count)])
        self.upem = self.outlines.upem
        self.names = {str(record) for record in self._file["name"].names if record.nameID in (1, 4, 6, 16)}
        self.postscript = str(self._file["name"].getDebugName(6))

    @cached_property
    def _map(self) -> dict[int, str]:
        return dict(self._file.getBestCmap())

    @cached_property
    def _variations(self) -> dict[tuple[int, int], str | None]:
        found = {}
        for table in self._file["cmap"].tables:
            if table.format == 14:
                for selector, pairs in table.uvsDict.items():
                    for base, glyph in pairs:
                        found[base, selector] = glyph
        return found

    def glyph(self, text: str) -> str | None:
        """The name of the one glyph that must stand for a character or a base with its selector; None if there is none.

        A character with combining marks has the glyph of its composed form, or the ligature that the typeface makes of it.
        """
        if len(text) == 1:
            return self._map.get(ord(text))
        if len(text) == 2 and _SELECTOR.match(text[1]):
            pair = (ord(text[0]), ord(text[1]))
            if pair not in self._variations:
                return None
            return self._variations[pair] or self._map.get(pair[0])
        composed = unicodedata.normalize("NFC", text)
        if len(composed) == 1 and ord(composed) in self._map:
            return self._map[ord(composed)]
        return self._ligatures.get(tuple(self._map.get(ord(char), "") for char in text))

    @cached_property
    def _ligatures(self) -> dict[tuple[str, ...], str]:
        """Glyphs that stand for several, of the lookups that are always on for glyph composition (ccmp)."""
        found: dict[tuple[str, ...], str] = {}
        table: Any = self._file["GSUB"].table if "GSUB" in self._file else None
        records = table.FeatureList.FeatureRecord if table else []
        lookups = {n for record in records if record.FeatureTag == "ccmp" for n in record.Feature.LookupListIndex}
        for lookup in (table.LookupList.Lookup[n] for n in sorted(lookups)):
            for part in (getattr(one, "ExtSubTable", one) for one in lookup.SubTable):
                for first, ligatures in getattr(part, "ligatures", {}).items():
                    for ligature in ligatures:
                        found.setdefault((first, *ligature.Component), ligature.LigGlyph)
        return found

    def index(self, glyph: str) -> int:
        """A glyph's index by its name."""
        return int(glyph)

    def width(self, text: str) -> int:
        """Advance width of a text in font units."""
        return sum(map(self._advances.__getitem__, characters(text)))

    def plain_width(self, text: str) -> int:
        """The same for a text in which every character stands alone."""
        return sum(map(self._advances.__getitem__, text))

    @cached_property
    def _advances(self) -> "_Advances":
        return _Advances(self)


class _Advances(dict[str, int]):
    """Advances by cluster, looked up once."""

    def __init__(self, owner: Face):
        super().__init__()
        self._owner = owner

    def __missing__(self, cluster: str) -> int:
        name = self._owner.glyph(cluster)
        found = self[cluster] = self._owner.outlines.advance(self._owner.index(name) if name else 0)
        return found


@lru_cache(maxsize=32)
def face(path: Path) -> Face:
    """A typeface file, opened once in a process."""
    return Face(path)
