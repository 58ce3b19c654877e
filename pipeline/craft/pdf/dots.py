"""Device dots on a page of artwork: 1-bit masks in solid black, each at its place on the device grid."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NumberObject, StreamObject

from pipeline.craft.ink import BLACK, paint
from pipeline.craft.pdf.objects import array, dictionary, name
from pipeline.craft.wedges import Mask

_WITHIN = 0.04  # device dots by which a mask stays within its own: where edges are rounded outwards, it grows by none


def with_dots(pdf: bytes, masks: Iterable[Mask], dpi: int) -> bytes:
    """A page that was made `normal`, with masks over it; they count device dots from the page's top left corner."""
    writer = PdfWriter()
    page = writer.add_page(PdfReader(BytesIO(pdf)).pages[0])
    height, pitch = float(page.mediabox.height), 72 / dpi
    pictures, content = dictionary(), paint(BLACK)
    for number, mask in enumerate(masks):
        picture = StreamObject()
        picture._data = mask.data
        picture.update(
            dictionary(
                Type=name("XObject"),
                Subtype=name("Image"),
                Width=NumberObject(mask.columns),
                Height=NumberObject(mask.rows),
                ImageMask=BooleanObject(True),
                BitsPerComponent=NumberObject(1),
                Decode=array([1, 0]),
            )
        )
        pictures[name(f"D{number}")] = writer._add_object(picture)
        bottom = height - (mask.top + mask.rows - _WITHIN) * pitch
        place = ((mask.columns - 2 * _WITHIN) * pitch, (mask.rows - 2 * _WITHIN) * pitch, (mask.left + _WITHIN) * pitch, bottom)
        content += b"q %.6f 0 0 %.6f %.6f %.6f cm /D%d Do Q\n" % (*place, number)
    given: Any = page["/Resources"].get_object()
    resources = DictionaryObject(given)
    resources[name("XObject")] = pictures
    page[name("Resources")] = resources
    first, last = StreamObject(), StreamObject()
    first._data, last._data = b"q\n", b"Q\n" + content  # the artwork turns its page over and leaves it so
    page[name("Contents")] = ArrayObject([writer._add_object(first), page.raw_get("/Contents"), writer._add_object(last)])
    writer.metadata = None
    file = BytesIO()
    writer.write(file)
    return file.getvalue()
