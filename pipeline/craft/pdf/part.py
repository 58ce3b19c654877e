"""Writing a PDF part from front to back in one pass.

Page contents come ready as bytes; only the few shared objects (forms, typefaces) are built as pypdf objects. libdeflate is
chosen because its result does not depend on the processor, as the same order must give the same bytes everywhere.
"""

import hashlib
from collections.abc import Iterable
from io import BytesIO
from typing import Any, BinaryIO

import deflate
from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    EncodedStreamObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from pipeline.base.lengths import POINTS_PER_MICROMETRE

_FAST, _SMALL = 1, 10
_SQUEEZED: dict[bytes, bytes] = {}  # what parts have in common (grounds, artwork, typefaces) comes again with every part
_MOST_SQUEEZED = 64


def name(text: str) -> NameObject:
    """A PDF name, given without its slash."""
    return NameObject(f"/{text}")


def array(numbers: Iterable[float]) -> ArrayObject:
    """A PDF array of numbers, whole ones as integers, others to four decimals (0.035 µm)."""
    return ArrayObject(NumberObject(number) if number == int(number) else FloatObject(f"{number:.4f}") for number in numbers)


def dictionary(**entries: PdfObject) -> DictionaryObject:
    """A PDF dictionary from keyword entries."""
    return DictionaryObject({name(key): value for key, value in entries.items()})


def stream(body: bytes, **entries: PdfObject) -> EncodedStreamObject:
    """A deflated stream with its dictionary."""
    made = EncodedStreamObject()
    made.update(dictionary(**entries))
    made[name("Filter")] = name("FlateDecode")
    made._data = _squeezed(body)
    return made


def _squeezed(body: bytes) -> bytes:
    digest = hashlib.sha256(body).digest()
    if digest not in _SQUEEZED:
        if len(_SQUEEZED) >= _MOST_SQUEEZED:
            _SQUEEZED.clear()
        _SQUEEZED[digest] = bytes(deflate.zlib_compress(body, _SMALL))
    return _SQUEEZED[digest]


class PartFile:
    """One PDF being written. Objects are numbered as they come; the catalog, pages and table are written by `close`."""

    def __init__(self, file: BinaryIO, title: str, day: str):
        self._file = file
        self._digest = hashlib.sha256()
        self._at = 0
        self._offsets: list[int] = []
        self._pages: list[tuple[int, bytes]] = []
        self._info = dictionary(
            Title=TextStringObject(title),
            Producer=TextStringObject("shikaku-press"),
            CreationDate=TextStringObject(f"D:{day.replace('-', '')}000000+09'00'"),
            Trapped=name("False"),
        )
        self._write(b"%PDF-1.6\n%\xe6\x9c\xad\xe8\n")
        self._tree = self.reserve()
        self._resources = self.reserve()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._at += len(data)

    def reserve(self) -> IndirectObject:
        """A number for an object to be written later."""
        self._offsets.append(0)
        return IndirectObject(len(self._offsets), 0, None)

    def add(self, value: PdfObject, reference: IndirectObject | None = None) -> IndirectObject:
        """Write an object, return its reference."""
        reference = reference or self.reserve()
        body = BytesIO()
        value.write_to_stream(body)
        self._put(reference.idnum, body.getvalue())
        return reference

    def _put(self, number: int, body: bytes) -> None:
        self._offsets[number - 1] = self._at
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def page(self, content: bytes, boxes: bytes) -> None:
        """Write a page: its content deflated, and `boxes` as ready dictionary entries."""
        body = bytes(deflate.zlib_compress(content, _FAST))
        contents = self.reserve().idnum
        self._put(contents, b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(body), body))
        self._pages.append((contents, boxes))

    def form_of_page(self, pdf: bytes, left: int, bottom: int) -> IndirectObject:
        """The only page of a compiled PDF as a form XObject whose unit is the micrometre; its corner at (left, bottom)."""
        reader = PdfReader(BytesIO(pdf))
        source = reader.pages[0]
        known: dict[int, IndirectObject] = {}
        contents: Any = source["/Contents"].get_object()
        streams = contents if isinstance(contents, ArrayObject) else [contents]
        body = b"\n".join(item.get_object().get_data() for item in streams)
        scale = 1 / POINTS_PER_MICROMETRE
        form = stream(
            body,
            Type=name("XObject"),
            Subtype=name("Form"),
            BBox=array(float(edge) for edge in source.mediabox),
            Matrix=array([scale, 0, 0, scale, left, bottom]),
            Resources=self._transplant(source["/Resources"], known),
        )
        return self.add(form)

    def _transplant(self, value: Any, known: dict[int, IndirectObject]) -> Any:
        """A copy of an object of another file, what it refers to written into this one."""
        if isinstance(value, IndirectObject):
            if value.idnum not in known:
                known[value.idnum] = self.reserve()
                self.add(self._transplant(value.get_object(), known), known[value.idnum])
            return known[value.idnum]
        if isinstance(value, StreamObject):
            dictionary_of = {key: self._transplant(item, known) for key, item in value.items() if key not in _CODING}
            copy = stream(value.get_data()) if _deflatable(value) else _as_is(value)
            copy.update(dictionary_of)
            return copy
        if isinstance(value, DictionaryObject):
            return DictionaryObject({key: self._transplant(value.raw_get(key), known) for key in value})
        if isinstance(value, ArrayObject):
            return ArrayObject(self._transplant(list.__getitem__(value, n), known) for n in range(len(value)))
        return value

    def close(self, fonts: DictionaryObject, objects: dict[str, IndirectObject]) -> None:
        """Write what all pages share (fonts and forms by name), the page tree, catalog and cross-reference table."""
        shared = DictionaryObject({name(key): value for key, value in objects.items()})
        self.add(dictionary(Font=fonts, XObject=shared), self._resources)
        kids = ArrayObject()
        for contents, boxes in self._pages:
            page = self.reserve()
            self._put(
                page.idnum,
                b"<</Type/Page/Parent %d 0 R/Resources %d 0 R/Contents %d 0 R%b>>"
                % (self._tree.idnum, self._resources.idnum, contents, boxes),
            )
            kids.append(page)
        self.add(dictionary(Type=name("Pages"), Kids=kids, Count=NumberObject(len(kids))), self._tree)
        catalog = self.add(dictionary(Type=name("Catalog"), Pages=self._tree))
        info = self.add(self._info)
        start = self._at
        identity = ByteStringObject(self._digest.digest()[:16])
        table = b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets)
        self._write(b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(self._offsets) + 1, table))
        trailer = dictionary(
            Size=NumberObject(len(self._offsets) + 1), Root=catalog, Info=info, ID=ArrayObject([identity, identity])
        )
        body = BytesIO()
        trailer.write_to_stream(body)
        self._write(b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (body.getvalue(), start))


_CODING = ("/Filter", "/DecodeParms", "/Length")


def _deflatable(value: StreamObject) -> bool:
    return value.get("/Filter") in (None, "/FlateDecode") and "/DecodeParms" not in value


def _as_is(value: StreamObject) -> EncodedStreamObject:
    copy = EncodedStreamObject()
    copy._data = value._data
    for key in ("/Filter", "/DecodeParms"):
        if key in value:
            copy[NameObject(key)] = value[key]
    return copy
