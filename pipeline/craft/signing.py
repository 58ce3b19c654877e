"""Detached signatures of an insurer's office: Ed25519 (RFC 8032), 64 bytes that `openssl pkeyutl -verify -rawin` reads.

The same key and file give the same signature. Who asks has opened the key files: nothing here knows where they lie.
"""

import hashlib
from functools import cache, cached_property
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

SUFFIX = ".sig"


class KeyPair(NamedTuple):
    """A new pair as PEM: the private key is for the office alone, the public key for every vendor."""

    private: bytes
    public: bytes


class Signer:
    """Signs with one private key. ValueError if the PEM holds no private Ed25519 key."""

    def __init__(self, pem: bytes):
        key = load_pem_private_key(pem, None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("not an Ed25519 key")
        self._key = key

    @cached_property
    def fingerprint(self) -> str:
        """The public key's."""
        return _fingerprint(self._key.public_key())

    @property
    def public(self) -> bytes:
        """The public key itself, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """The signature."""
        return self._key.sign(data)


class Verifier:
    """Knows one public key. ValueError if the PEM holds no public Ed25519 key."""

    def __init__(self, pem: bytes):
        key = load_pem_public_key(pem)
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")
        self._key = key

    @property
    def public(self) -> bytes:
        """The key itself, 32 bytes."""
        return self._key.public_bytes_raw()

    @property
    def fingerprint(self) -> str:
        """What tells one key from another: SHA-256 of its SubjectPublicKeyInfo."""
        return _fingerprint(self._key)

    def holds(self, signature: bytes, data: bytes) -> bool:
        """Whether the signature is this key's over the data."""
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


def new_pair() -> KeyPair:
    """A new key pair, random."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@cache
def sample_signer() -> Signer:
    """The key of proofs and previews. Everybody can make it, so nothing that it signed is ever taken for genuine."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"shikaku-press sample key, known to all").digest())
    return Signer(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _fingerprint(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
