"""Device dots on a page of artwork: a 1-bit mask in solid black over the whole of it."""

from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from pipeline.craft.ink import BLACK, paint
from pipeline.craft.pdf.objects import dictionary, mask_entries, name, plain_stream

_WITHIN = 0.4  # device dots by which the mask's edges stay within its own outermost dots: rounded outwards, it grows by none


def with_dots(pdf: bytes, rows: bytes, columns: int, height: int) -> bytes:
    """A page that was made `normal`, with a mask of packed rows over it: most significant bit left, 1 = ink."""
    writer = PdfWriter()
    page = writer.add_page(PdfReader(BytesIO(pdf)).pages[0])
    picture = plain_stream(rows, **mask_entries(columns, height))
    given: Any = page["/Resources"].get_object()
    resources = DictionaryObject(given)
    resources[name("XObject")] = dictionary(Dots=writer._add_object(picture))
    page[name("Resources")] = resources
    first, last = StreamObject(), StreamObject()
    first._data = b"q\n"  # the artwork turns its page over and leaves it so
    wide, high = float(page.mediabox.width), float(page.mediabox.height)
    across, down = _WITHIN * wide / columns, _WITHIN * high / height
    place = b"q %.6f 0 0 %.6f %.6f %.6f cm" % (wide - 2 * across, high - 2 * down, across, down)
    last._data = b"Q\n%b%b /Dots Do Q\n" % (paint(BLACK), place)
    page[name("Contents")] = ArrayObject([writer._add_object(first), page.raw_get("/Contents"), writer._add_object(last)])
    writer.metadata = None
    file = BytesIO()
    writer.write(file)
    return file.getvalue()
