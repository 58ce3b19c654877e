"""What the payload of a card's code says, and whether its check sum or signature holds. Formats: SK1 and SK2, both OURS.

Written from their description, without the code that makes them.
"""

import re
from datetime import date
from typing import NamedTuple

from pipeline.model.template import SIGNED
from pipeline.stages.checking.ed25519 import verifies

_FIELDS = (
    r"(?P<letter>[A-Z]?)\*(?P<insurer>\d{8}):(?P<symbol>[^:*]*):(?P<number>[^:*]*):(?P<branch>[^:*]*)"
    r"\*(?P<birth>\d{8})\*(?P<issued>\d{8})\*(?P<expiry>\d{8}|)\*(?P<control>[^*]+)\*"
)
_SK1 = re.compile(rf"SK1\*{_FIELDS}[0-9A-F]{{4}}", re.ASCII)
_SK2 = re.compile(rf"(?P<body>SK2\*{_FIELDS}(?P<key>[0-9A-F]{{8}})\*)(?P<signature>[0-9A-Z $%*+\-./:]{{96}})", re.ASCII)
_PURPOSE = b"shikaku-press card code\n"
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}


class Statement(NamedTuple):
    """What a code says. `key` is the id of the key that signed it; empty where it is not signed. `expiry`: None without one."""

    letter: str
    insurer: str
    symbol: str
    number: str
    branch: str
    birth: date
    issued: date
    expiry: date | None
    control: str
    key: str = ""


def is_signed(payload: str) -> bool:
    """Whether a payload says that it is signed."""
    return payload.startswith(SIGNED)


def statement_of(payload: str) -> Statement | None:
    """What a payload says; None for one that is neither SK1 nor SK2."""
    found = _SK2.fullmatch(payload) or _SK1.fullmatch(payload)
    if found is None:
        return None
    if not payload.isprintable():  # nothing that a terminal would obey
        return None
    told = found.groupdict()
    try:
        symbol, number, branch = (
            _written(told[name]) if is_signed(payload) else told[name] for name in ("symbol", "number", "branch")
        )
        birth, issued = _day(told["birth"]), _day(told["issued"])
        expiry = _day(told["expiry"]) if told["expiry"] else None
    except ValueError:
        return None
    return Statement(
        told["letter"], told["insurer"], symbol, number, branch, birth, issued, expiry, told["control"], told.get("key", "")
    )


def signature_holds(payload: str, key: bytes) -> bool:
    """Whether a signed payload was signed with a public key (32 bytes) and is as it was then."""
    found = _SK2.fullmatch(payload)
    if found is None:
        return False
    signature = _bytes(found["signature"])
    return signature is not None and verifies(key, signature, _PURPOSE + found["body"].encode())


def _written(field: str) -> str:
    return bytes.fromhex(field[1:]).decode("utf-16-be") if field.startswith("%") else field


def _day(digits: str) -> date:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _bytes(text: str) -> bytes | None:
    """Base45 (RFC 9285), three characters for two bytes; None for what no two bytes give."""
    threes = (tuple(_VALUES[character] for character in text[at : at + 3]) for at in range(0, len(text), 3))
    pairs = [low + 45 * middle + 2025 * high for low, middle, high in threes]
    return b"".join(pair.to_bytes(2) for pair in pairs) if max(pairs) < 1 << 16 else None
