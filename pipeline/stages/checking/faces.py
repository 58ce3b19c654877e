"""The declared typeface files, read by fontTools: which glyph a text must have, how wide, with which outline."""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont


def is_selector(char: str) -> bool:
    """Whether a character is a variation selector."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


class Face:
    """One typeface file."""

    def __init__(self, path: Path):
        self.file = TTFont(path, lazy=True)
        self.upem = int(self.file["head"].unitsPerEm)
        self.names = {str(record) for record in self.file["name"].names if record.nameID in (1, 4, 6, 16)}
        self.postscript = str(self.file["name"].getDebugName(6))

    @cached_property
    def _map(self) -> dict[int, str]:
        return dict(self.file.getBestCmap())

    @cached_property
    def _variations(self) -> dict[tuple[int, int], str | None]:
        found = {}
        for table in self.file["cmap"].tables:
            if table.format == 14:
                for selector, pairs in table.uvsDict.items():
                    for base, glyph in pairs:
                        found[base, selector] = glyph
        return found

    @cached_property
    def _widths(self) -> Any:
        return self.file["hmtx"].metrics

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

    def advance(self, glyph: str) -> int:
        """Advance width of a glyph in font units."""
        return int(self._widths[glyph][0])

    def index(self, glyph: str) -> int:
        return int(self.file.getGlyphID(glyph))

    def name_of(self, index: int) -> str:
        return str(self.file.getGlyphName(index))

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
        found = self[cluster] = self._owner.advance(self._owner.glyph(cluster) or ".notdef")
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


def outline(file: TTFont, glyph: str) -> tuple[Any, ...]:
    """A glyph's contours: coordinates, contour ends, on-curve flags; a composite's parts are resolved."""
    table = file["glyf"]
    coordinates, ends, flags = table[glyph].getCoordinates(table)
    return (tuple(map(tuple, coordinates)), tuple(ends), bytes(flag & 1 for flag in flags))
