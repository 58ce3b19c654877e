"""Passwords as Argon2id hashes. Owner of `argon2`.

Memory and passes are the library's own defaults (RFC 9106, low memory). How long a password must be is OURS, after
NIST SP 800-63B, which asks for length and no rules of composition.
"""

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

SHORTEST, LONGEST = 12, 128
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")


def hashed(password: str) -> str:
    """The hash that is kept."""
    return _HASHER.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one of the hash; without a hash it takes as long and is not."""
    try:
        return _HASHER.verify(kept or _NOBODY, password[:LONGEST]) and kept is not None
    except VerificationError:
        return False
