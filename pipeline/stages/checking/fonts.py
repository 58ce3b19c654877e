"""The fonts embedded in a part: declared ones only, every code with the glyph of the declared file, outline by outline."""

import re
import struct
from io import BytesIO
from typing import Any

import pikepdf
from fontTools.ttLib import TTFont, TTLibError

from pipeline.stages.checking.faces import Face, Outlines, is_joined

_BLOCK = re.compile(rb"\d+ beginbfchar\n(.*?)endbfchar", re.DOTALL)
_PRIVATE = re.compile("[\ue000-\uf8ff\ud800-\udfff\U00010000-\U0010ffff]")
_TABLES = {"GlyphOrder", "glyf", "head", "hhea", "hmtx", "loca", "maxp"}  # no programs that could move an outline
_KEYS = (
    {"/Type", "/Subtype", "/BaseFont", "/Encoding", "/DescendantFonts", "/ToUnicode"},
    {"/Type", "/Subtype", "/BaseFont", "/CIDSystemInfo", "/FontDescriptor", "/DW", "/W", "/CIDToGIDMap"},
    {"/FontName", "/FontFile2", "/Type", "/Flags", "/FontBBox", "/ItalicAngle", "/Ascent", "/Descent", "/CapHeight", "/StemV"},
)
_ROW = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n")


class Embedded:
    """One font of the part. `texts`: code → what it stands for; `special`: codes that are not their own character."""

    def __init__(self, font: Any, face: Face):
        self.face = face
        self.wrong: list[str] = []
        self.used: set[str] = set()
        self.told: list[str] = []  # texts that were compared as plain codes
        self.texts: dict[int, str] = {}
        self.special: dict[int, str] = {}
        self.glyphs = 0
        try:
            self._read(font)
        except (
            KeyError,
            AttributeError,
            ValueError,
            IndexError,
            TypeError,
            TTLibError,
            pikepdf.PdfError,
            struct.error,
        ) as fault:
            self.wrong.append(f"cannot be read ({type(fault).__name__})")

    def _read(self, font: Any) -> None:
        descendant = font.DescendantFonts[0]
        descriptor = descendant.FontDescriptor
        for holder, key in ((font, "/BaseFont"), (descendant, "/BaseFont"), (descriptor, "/FontName")):
            if not re.fullmatch(rf"/[A-Z]{{6}}\+{re.escape(self.face.postscript)}", str(holder[key])):
                self.wrong.append(f"is called {holder[key]}")
        if str(font.Subtype) != "/Type0" or str(font.Encoding) != "/Identity-H" or str(descendant.Subtype) != "/CIDFontType2":
            self.wrong.append("is of another kind")
        for holder, keys in zip((font, descendant, descriptor), _KEYS, strict=True):
            self.wrong.extend(f"has {key[1:]}" for key in sorted(set(holder.keys()) - keys))
        self._read_texts(font.ToUnicode.read_bytes())
        to_glyph = descendant.CIDToGIDMap.read_bytes()
        data = descriptor.FontFile2.read_bytes()
        embedded = Outlines(TTFont(BytesIO(data), lazy=True), data)
        if set(TTFont(BytesIO(data), lazy=True).keys()) - _TABLES or embedded.upem != self.face.upem:
            self.wrong.append("has another head")
        widths = _widths(descendant)
        for code, text in self.texts.items():
            index = int.from_bytes(to_glyph[2 * code : 2 * code + 2], "big")
            if reason := self._compare(text, index, embedded, widths.get(code, float(descendant.get("/DW", 1000)))):
                self.wrong.append(f"U+{ord(text[0]):04X} {reason}")
            self.glyphs += 1

    def _read_texts(self, cmap: bytes) -> None:
        """ToUnicode: one row a code. A code below the private ones stands for itself, a private one for something else."""
        rows = [row for block in _BLOCK.findall(cmap) for row in _ROW.findall(block)]
        if len(rows) != cmap.count(b"\n<") - 1 or b"range\n" in _BLOCK.sub(b"", cmap).replace(b"codespacerange\n", b""):
            self.wrong.append("has another ToUnicode")
        for told, text in rows:
            code = int(told, 16)
            self.texts[code] = bytes.fromhex(text.decode()).decode("utf-16-be")
            private = 0xD800 <= code < 0xF900
            if (self.texts[code] == chr(code)) is private or not self.texts[code] or is_joined(self.texts[code][0]):
                self.wrong.append(f"U+{code:04X} stands for something else")
        if len(self.texts) != len(rows):
            self.wrong.append("has a code twice")
        self.special = {code: text for code, text in self.texts.items() if text != chr(code)}

    def _compare(self, text: str, index: int, embedded: Outlines, width: float) -> str:
        """Why a code's glyph is not the declared file's glyph of its text, or nothing."""
        face = self.face
        if not 0 < index < embedded.count:
            return "has no glyph"
        wanted = face.glyph(text)
        if wanted is None:
            return "is not in the declared typeface"
        if face.index(wanted) != index:
            return "has another glyph"
        advance = face.outlines.advance(index)
        if abs(advance * 1000 / face.upem - width) > 0.01 or embedded.advance(index) != advance:
            return "has another width"
        drawn = embedded.outline(index)
        if drawn != face.outlines.outline(index) or embedded.bearing(index) != face.outlines.bearing(index):
            return "has another outline"
        if not drawn[0] and not text.isspace():
            return "is empty"
        return ""

    def decode(self, data: bytes) -> str | None:
        """The text of a string of this font; None if its length is odd. Codes are noted as used."""
        if len(data) % 2:
            return None
        try:
            text = data.decode("utf-16-be")
        except UnicodeDecodeError:  # private codes among the surrogates
            text = data.decode("utf-16-be", "surrogatepass")
        if self.special and not text.isascii() and _PRIVATE.search(text):
            codes = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
            self.used.update(map(chr, codes))
            return "".join(self.special.get(code, chr(code)) for code in codes)
        self.used.update(text)
        return text

    def note(self) -> None:
        """Note the codes of the texts that were compared as they are."""
        self.used.update("".join(self.told))
        self.told.clear()

    def unknown(self) -> list[str]:
        """Codes that were used but stand for nothing: they would print a wrong glyph or none."""
        return sorted(char for char in self.used if ord(char) not in self.texts)


def _widths(descendant: Any) -> dict[int, float]:
    found: dict[int, float] = {}
    entries = list(descendant.get("/W", []))
    for code, run in zip(entries[::2], entries[1::2], strict=True):
        for step, width in enumerate(run):
            found[int(code) + step] = float(width)
    return found
