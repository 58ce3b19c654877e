"""The PDF objects that the writer needs, and a copy of what another file has. Owner of `pypdf` and `deflate` with `part`.

libdeflate is chosen because its result does not depend on the processor, as the same order must give the same bytes everywhere.
"""

import hashlib
from collections.abc import Iterable

import deflate
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    EncodedStreamObject,
    FloatObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
)

_FAST, _SMALL = 1, 10
_SQUEEZED: dict[bytes, bytes] = {}  # what parts have in common (grounds, artwork, typefaces) comes again with every part
_MOST_SQUEEZED = 64
_CODING = ("/Filter", "/DecodeParms", "/Length")


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


def mask_entries(columns: int, rows: int) -> dict[str, PdfObject]:
    """The dictionary of an image mask of packed rows: most significant bit left, 1 = ink."""
    return {
        "Type": name("XObject"),
        "Subtype": name("Image"),
        "Width": NumberObject(columns),
        "Height": NumberObject(rows),
        "ImageMask": BooleanObject(True),
        "BitsPerComponent": NumberObject(1),
        "Decode": array([1, 0]),
    }


def _squeezed(body: bytes) -> bytes:
    digest = hashlib.sha256(body).digest()
    if digest not in _SQUEEZED:
        if len(_SQUEEZED) >= _MOST_SQUEEZED:
            _SQUEEZED.clear()
        _SQUEEZED[digest] = bytes(deflate.zlib_compress(body, _SMALL))
    return _SQUEEZED[digest]


def plain_stream(body: bytes, **entries: PdfObject) -> StreamObject:
    """A stream as it is, without a filter: what others must be able to read without one (XMP)."""
    made = StreamObject()
    made.update(dictionary(**entries))
    made._data = body
    return made


def page_bytes(content: bytes) -> bytes:
    """A page's content as the body of its stream object; quicker than small."""
    body = bytes(deflate.zlib_compress(content, _FAST))
    return b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(body), body)


def without_coding(value: StreamObject) -> EncodedStreamObject:
    """A copy of a stream's data, deflated anew where it can be, and no entry but those of its coding."""
    if value.get("/Filter") in (None, "/FlateDecode") and "/DecodeParms" not in value:
        return stream(value.get_data())
    copy = EncodedStreamObject()
    copy._data = value._data
    copy.update({NameObject(key): value[key] for key in ("/Filter", "/DecodeParms") if key in value})
    return copy


def own_entries(value: StreamObject) -> list[str]:
    """The keys of a stream that do not tell its coding."""
    return [key for key in value if key not in _CODING]
