"""Writing a PDF part from front to back in one pass: PDF/X-4 or PDF/X-1a:2003, with the keys of PDF/VT-1 if asked for.

Page contents come ready as bytes; only the few shared objects (forms, typefaces, plates) are built as pypdf objects.
"""

import hashlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any, BinaryIO

from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NumberObject,
    PdfObject,
    StreamObject,
)

from pipeline.base.lengths import POINTS_PER_MICROMETRE
from pipeline.craft.pdf import identity, records
from pipeline.craft.pdf.inks import Inks
from pipeline.craft.pdf.objects import array, dictionary, name, own_entries, page_bytes, plain_stream, stream, without_coding
from pipeline.craft.pdf.records import Record
from pipeline.model.vendor import Conditions


class PartFile:
    """One PDF being written. Objects are numbered as they come; the catalog, pages and table are written by `close`."""

    def __init__(self, file: BinaryIO, title: str, day: str, conditions: Conditions):
        self.conditions, self.inks = conditions, Inks(self.add, conditions)
        self._file, self._title, self._day = file, title, day
        self._digest = hashlib.sha256()
        self._at = 0
        self._offsets: list[int] = []
        self._pages: list[tuple[int, bytes]] = []
        self._write(b"%%PDF-%b\n%%\xe6\x9c\xad\xe8\n" % identity.version_of(conditions))
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
        contents = self.reserve().idnum
        self._put(contents, page_bytes(content))
        self._pages.append((contents, boxes))

    def form(self, content: bytes, box: Sequence[float], reuse: str, resources: DictionaryObject) -> IndirectObject:
        """A form XObject. `reuse` names what depends on nothing under it, for a press that keeps such forms."""
        made = stream(content, Type=name("XObject"), Subtype=name("Form"), BBox=array(box), Resources=resources)
        return self._reusable(made, reuse)

    def form_of_page(self, pdf: bytes, left: int, bottom: int, reuse: str = "") -> IndirectObject:
        """The only page of a compiled PDF as a form XObject whose unit is the micrometre; its corner at (left, bottom)."""
        source = PdfReader(BytesIO(pdf)).pages[0]
        known: dict[int, IndirectObject] = {}
        contents: Any = source["/Contents"].get_object()
        streams = contents if isinstance(contents, ArrayObject) else [contents]
        scale = 1 / POINTS_PER_MICROMETRE
        made = stream(
            b"\n".join(item.get_object().get_data() for item in streams),
            Type=name("XObject"),
            Subtype=name("Form"),
            BBox=array(float(edge) for edge in source.mediabox),
            Matrix=array([scale, 0, 0, scale, left, bottom]),
            Resources=self._transplant(source["/Resources"], known),
        )
        return self._reusable(made, reuse)

    def _reusable(self, made: DictionaryObject, reuse: str) -> IndirectObject:
        if reuse and self.conditions.vendor.press.variable:
            made.update(records.reuse_hints(f"{self.conditions.fingerprint} {reuse}"))
        return self.add(made)

    def _transplant(self, value: Any, known: dict[int, IndirectObject]) -> Any:
        """A copy of an object of another file, what it refers to written into this one."""
        if isinstance(value, IndirectObject):
            if value.idnum not in known:
                known[value.idnum] = self.reserve()
                self.add(self._transplant(value.get_object(), known), known[value.idnum])
            return known[value.idnum]
        if isinstance(value, StreamObject):
            copy = without_coding(value)
            copy.update({name(key[1:]): self._transplant(value.raw_get(key), known) for key in own_entries(value)})
            return copy
        if isinstance(value, DictionaryObject):
            return DictionaryObject({key: self._transplant(value.raw_get(key), known) for key in value})
        if isinstance(value, ArrayObject):
            return ArrayObject(self._transplant(list.__getitem__(value, n), known) for n in range(len(value)))
        return value

    def close(self, fonts: DictionaryObject, objects: dict[str, IndirectObject], sheets: Sequence[Record] = ()) -> None:
        """Write what all pages share (fonts and forms by name), the page tree, catalog and cross-reference table.

        `sheets` are the file's records in order, for a vendor who wants them.
        """
        shared = DictionaryObject({name(key): value for key, value in objects.items()})
        states = dictionary(K=self.inks.overprinting, N=self.inks.knocking_out)
        self.add(dictionary(Font=fonts, XObject=shared, ExtGState=states), self._resources)
        catalog = self._catalog()
        pages = [self.reserve() for _ in self._pages]
        more = [b""] * len(pages)
        if self.conditions.vendor.press.variable:
            catalog[name("DPartRoot")], more = records.write(self, self._title, pages, sheets)
        for page, (contents, boxes), entries in zip(pages, self._pages, more, strict=True):
            self._put(
                page.idnum,
                b"<</Type/Page/Parent %d 0 R/Resources %d 0 R/Contents %d 0 R%b%b>>"
                % (self._tree.idnum, self._resources.idnum, contents, boxes, entries),
            )
        self.add(dictionary(Type=name("Pages"), Kids=ArrayObject(pages), Count=NumberObject(len(pages))), self._tree)
        packet = identity.xmp(self._title, self._day, self.conditions, self._digest.digest())
        catalog[name("Metadata")] = self.add(plain_stream(packet, Type=name("Metadata"), Subtype=name("XML")))
        root, info = self.add(catalog), self.add(identity.info(self._title, self._day, self.conditions))
        self._end(root, info)

    def _catalog(self) -> DictionaryObject:
        profile = self.add(identity.profile_stream(self.conditions.profile))
        intent = self.add(identity.output_intent(self.conditions.vendor.press.intent, profile))
        catalog = dictionary(Type=name("Catalog"), Pages=self._tree, OutputIntents=ArrayObject([intent]))
        if self.inks.layers:
            catalog[name("OCProperties")] = identity.layers(list(self.inks.layers.values()))
        return catalog

    def _end(self, root: IndirectObject, info: IndirectObject) -> None:
        start = self._at
        identity_of = ByteStringObject(self._digest.digest()[:16])
        table = b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets)
        self._write(b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(self._offsets) + 1, table))
        trailer = dictionary(
            Size=NumberObject(len(self._offsets) + 1), Root=root, Info=info, ID=ArrayObject([identity_of, identity_of])
        )
        body = BytesIO()
        trailer.write_to_stream(body)
        self._write(b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (body.getvalue(), start))
