"""The few forms of DER (ITU-T X.690) that an envelope is written in. Lengths come first, so content can follow as a stream."""

SEQUENCE, SET = 0x30, 0x31
_INTEGER, _BITS, _OCTETS, _NULL, _OID = 0x02, 0x03, 0x04, 0x05, 0x06
_PRIMITIVE, _CONSTRUCTED = 0x80, 0xA0
_SHORT = 0x80  # lengths below are one byte


def head(tag: int, length: int) -> bytes:
    """Tag and length of what follows."""
    if length < _SHORT:
        return bytes((tag, length))
    size = (length.bit_length() + 7) // 8
    return bytes((tag, _SHORT | size)) + length.to_bytes(size, "big")


def wrap(tag: int, *parts: bytes) -> bytes:
    """Parts under one tag."""
    content = b"".join(parts)
    return head(tag, len(content)) + content


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return wrap(SEQUENCE, *parts)


def context(number: int, *parts: bytes) -> bytes:
    """A constructed value of a choice or an explicit tag."""
    return wrap(_CONSTRUCTED | number, *parts)


def implicit_octets(number: int, length: int) -> bytes:
    """The head of an OCTET STRING under an implicit tag; its bytes follow."""
    return head(_PRIMITIVE | number, length)


def integer(value: int) -> bytes:
    """INTEGER, not negative."""
    return wrap(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(data: bytes) -> bytes:
    """OCTET STRING."""
    return wrap(_OCTETS, data)


def bits(data: bytes) -> bytes:
    """BIT STRING of whole bytes."""
    return wrap(_BITS, b"\0", data)


def null() -> bytes:
    """NULL."""
    return wrap(_NULL)


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER, from its dotted form."""
    first, second, *rest = map(int, dotted.split("."))
    return wrap(_OID, *(_base_128(arc) for arc in (40 * first + second, *rest)))


def _base_128(arc: int) -> bytes:
    found = [arc & 0x7F]
    while arc := arc >> 7:
        found.append(arc & 0x7F | 0x80)
    return bytes(reversed(found))
