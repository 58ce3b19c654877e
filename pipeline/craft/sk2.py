"""SK2, the signed payload of the card's 2D code. OURS, like SK1, whose fields it has.

    SK2*{doc}*{insurer}:{symbol}:{number}:{branch}*{birth}*{issued}*{expiry}*{control}*{key}*{signature}

`key` is the beginning of the fingerprint of the insurer's public key (eight hexadecimal digits), `signature` the Ed25519
signature in Base45 (RFC 9285), always 96 characters, over the words `shikaku-press card code`, a line feed, and everything
before it; so nothing else that the key signs can be taken for a code. A symbol, number or branch that the alphanumeric mode of
a 2D code cannot say stands as `%` and its UTF-16 (big endian) in hexadecimal: otherwise one kanji would cost all of the code
its mode. With 8 and 7 digits these are 182 characters; version 6 at level L, 41 modules, holds 195.

It proves that the insurer issued these data and nobody altered them. A copy of the code says the same.
"""

import re

from pipeline.craft.signing import Signer
from pipeline.model.template import SIGNED

PURPOSE = b"shikaku-press card code\n"
_PLAIN = re.compile(r"[0-9A-Z$+\-./][0-9A-Z$%+\-./]*|")
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_SIGNATURE = 96  # characters: 64 bytes, three for two


def signed(told: str, signer: Signer) -> str:
    """The signed payload of what an SK1 payload says."""
    letter, identifier, *rest = told.split("*")[1:-1]
    return _whole([letter, ":".join(map(_plain, identifier.split(":"))), *rest], signer)


def with_control(told: str, control: str, signer: Signer) -> str:
    """A signed payload with another piece's serial, all else as it is; signed anew."""
    *fields, _ = told[len(SIGNED) : -_SIGNATURE - 1].split("*")[:-1]
    return _whole([*fields, control], signer)


def _whole(fields: list[str], signer: Signer) -> str:
    body = SIGNED + "*".join([*fields, signer.fingerprint[:8].upper(), ""])
    return body + base45(signer.sign(PURPOSE + body.encode()))


def _plain(field: str) -> str:
    return field if _PLAIN.fullmatch(field) else f"%{field.encode('utf-16-be').hex().upper()}"


def base45(data: bytes) -> str:
    """An even number of bytes in Base45: of two bytes three characters, the least worth first."""
    pairs = (int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
    return "".join(_BASE45[pair % 45] + _BASE45[pair // 45 % 45] + _BASE45[pair // 2025] for pair in pairs)
