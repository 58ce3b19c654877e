"""The declared typeface files, read by fontTools: which glyph a text must have, how wide, with which outline."""

import mmap
import sys
from array import array
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph


def is_selector(char: str) -> bool:
    """Whether a character is a variation selector."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


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

        A character with combining marks must have the glyph of its composed form, which the checker does not compute:
        the empty name says that any glyph is taken.
        """
        if len(text) == 1:
            return self._map.get(ord(text))
        if len(text) == 2 and is_selector(text[1]):
            pair = (ord(text[0]), ord(text[1]))
            if pair not in self._variations:
                return None
            return self._variations[pair] or self._map.get(pair[0])
        return ""

    def index(self, glyph: str) -> int:
        """A glyph's index by its name."""
        return int(glyph)

    def width(self, text: str) -> int:
        """Advance width of a text in font units."""
        return sum(map(self._advances.__getitem__, text if text.isascii() else _clusters(text)))

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


def _clusters(text: str) -> list[str]:
    found: list[str] = []
    for char in text:
        if found and is_selector(char):
            found[-1] += char
        else:
            found.append(char)
    return found


@lru_cache(maxsize=32)
def face(path: Path) -> Face:
    """A typeface file, opened once in a process."""
    return Face(path)
