"""Ed25519 (RFC 8032, section 5.1.7) read by the checker's own arithmetic: the maker signs with a library.

One key verifies many signatures, so its multiples are kept: a signature costs about a hundred additions of points. Only public
values pass through here, so nothing has to take the same time.
"""

import hashlib
from functools import lru_cache
from typing import NamedTuple

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_TWICE_D = 2 * _D % _P
_ROOT = pow(2, (_P - 1) // 4, _P)  # of -1
_SIGN = 1 << 255
_WINDOW = 5  # bits of a scalar that one addition takes care of
_STEPS = -(-256 // _WINDOW)


class _Point(NamedTuple):
    """Extended coordinates: x = X / Z, y = Y / Z, T = X Y / Z."""

    x: int
    y: int
    z: int
    t: int


_ZERO = _Point(0, 1, 1, 0)


def verifies(key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether a signature (64 bytes) over the data is a public key's (32 bytes)."""
    multiples = _multiples_of_key(key)
    scalar = int.from_bytes(signature[32:], "little")
    if multiples is None or len(signature) != 64 or scalar >= _ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + data).digest()
    challenge = int.from_bytes(digest, "little") % _ORDER
    # the key's multiples are those of its negative: S B - k A must be R
    found = _sum(_base(), scalar, _ZERO)
    return _encoded(_sum(multiples, challenge, found)) == signature[:32]


_Table = tuple[tuple[_Point, ...], ...]


def _sum(table: _Table, scalar: int, point: _Point) -> _Point:
    for row in table:
        if digit := scalar & (1 << _WINDOW) - 1:
            point = _add(point, row[digit])
        scalar >>= _WINDOW
    return point


def _add(one: _Point, other: _Point) -> _Point:
    """Unified addition, RFC 8032, 5.1.4."""
    a = (one.y - one.x) * (other.y - other.x) % _P
    b = (one.y + one.x) * (other.y + other.x) % _P
    c = one.t * _TWICE_D * other.t % _P
    d = 2 * one.z * other.z % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return _Point(e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _table(point: _Point) -> _Table:
    """For each step of a scalar the multiples of the point that its bits can ask for."""
    rows = []
    for _ in range(_STEPS):
        row = [_ZERO]
        for _ in range((1 << _WINDOW) - 1):
            row.append(_add(row[-1], point))
        rows.append(tuple(row))
        point = _add(row[-1], point)
    return tuple(rows)


@lru_cache(maxsize=1)
def _base() -> _Table:
    point = _decoded((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    assert point is not None  # the base point is on the curve
    return _table(point)


@lru_cache(maxsize=8)
def _multiples_of_key(key: bytes) -> _Table | None:
    """The multiples of a key's negative; None for what is no key, or one that anything could be signed for (small order)."""
    point = _decoded(key)
    if point is None:
        return None
    eightfold = point
    for _ in range(3):
        eightfold = _add(eightfold, eightfold)
    if _encoded(eightfold) == _encoded(_ZERO):
        return None
    return _table(_Point(-point.x % _P, point.y, point.z, -point.t % _P))


def _encoded(point: _Point) -> bytes:
    inverse = pow(point.z, -1, _P)
    x, y = point.x * inverse % _P, point.y * inverse % _P
    return (y | _SIGN * (x & 1)).to_bytes(32, "little")


def _decoded(data: bytes) -> _Point | None:
    """The point of 32 bytes, RFC 8032, 5.1.3; None where there is none."""
    number = int.from_bytes(data, "little")
    y, odd = number & _SIGN - 1, number >> 255
    if len(data) != 32 or y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (not x and odd):
        return None
    x = x if x & 1 == odd else _P - x
    return _Point(x, y, 1, x * y % _P)
