"""A typeface subset as a PDF composite font whose codes are UTF-16 units (Identity-H and a CIDToGIDMap)."""

from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NumberObject, TextStringObject

from pipeline.craft.pdf.objects import array, dictionary, name, stream
from pipeline.craft.pdf.part import PartFile
from pipeline.craft.typefaces import FaceUse

_UNICODE_HEAD = (
    "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS)"
    " /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
    "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
)
_UNICODE_TAIL = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
_BLOCK = 100  # entries in one bfchar block, the format's limit


def embed(part: PartFile, use: FaceUse) -> IndirectObject:
    """Write the subset of one typeface that a part used; return the font."""
    face, glyphs = use.face, use.glyphs()
    tag = "".join(chr(ord("A") + int(digit, 16)) for digit in face.sha256[:6].ljust(6, "0"))
    base = name(f"{tag}+{face.postscript_name}")
    font_file = face.subset(sorted({glyph.gid for _, glyph in glyphs.values()}))
    metrics = face.metrics
    descriptor = part.add(
        dictionary(
            Type=name("FontDescriptor"),
            FontName=base,
            Flags=NumberObject(4),
            FontBBox=array(metrics.bbox),
            ItalicAngle=NumberObject(0),
            Ascent=NumberObject(metrics.ascent),
            Descent=NumberObject(metrics.descent),
            CapHeight=NumberObject(metrics.cap_height),
            StemV=NumberObject(80),
            FontFile2=part.add(stream(font_file, Length1=NumberObject(len(font_file)))),
        )
    )
    to_glyph = bytearray(2 * 65536)
    for code, (_, glyph) in glyphs.items():
        to_glyph[2 * code : 2 * code + 2] = glyph.gid.to_bytes(2, "big")
    descendant = part.add(
        dictionary(
            Type=name("Font"),
            Subtype=name("CIDFontType2"),
            BaseFont=base,
            CIDSystemInfo=dictionary(
                Registry=TextStringObject("Adobe"), Ordering=TextStringObject("Identity"), Supplement=NumberObject(0)
            ),
            FontDescriptor=descriptor,
            DW=NumberObject(1000),
            W=_widths({code: glyph.advance for code, (_, glyph) in glyphs.items()}, face.upem),
            CIDToGIDMap=part.add(stream(bytes(to_glyph))),
        )
    )
    return part.add(
        dictionary(
            Type=name("Font"),
            Subtype=name("Type0"),
            BaseFont=base,
            Encoding=name("Identity-H"),
            DescendantFonts=ArrayObject([descendant]),
            ToUnicode=part.add(stream(_to_unicode({code: text for code, (text, _) in glyphs.items()}))),
        )
    )


def _widths(advances: dict[int, int], upem: int) -> ArrayObject:
    """The W array: runs of consecutive codes; a full-width em is the default and left out."""
    found = ArrayObject()
    last, run = -2, ArrayObject()
    for code, advance in sorted(advances.items()):
        if advance == upem:
            continue
        if code != last + 1:
            run = ArrayObject()
            found += [NumberObject(code), run]
        run += array([advance * 1000 / upem])
        last = code
    return found


def _to_unicode(texts: dict[int, str]) -> bytes:
    """The ToUnicode CMap: exactly the codes used, each to the text it stands for, variation selectors included."""
    rows = [f"<{code:04X}> <{text.encode('utf-16-be').hex().upper()}>\n" for code, text in sorted(texts.items())]
    blocks = (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))
    body = "".join(f"{len(block)} beginbfchar\n{''.join(block)}endbfchar\n" for block in blocks)
    return (_UNICODE_HEAD + body + _UNICODE_TAIL).encode()


def fonts_of(part: PartFile, uses: dict[str, FaceUse]) -> DictionaryObject:
    """The /Font resources of a part: /F0, /F1 … in the template's order; a typeface that was not used is left out."""
    return DictionaryObject(
        {name(f"F{index}"): embed(part, use) for index, use in enumerate(uses.values()) if use.characters or use.private}
    )
