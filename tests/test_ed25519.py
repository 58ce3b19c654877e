"""The checker's arithmetic of signatures against RFC 8032's own vectors and the maker's library."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.stages.checking.ed25519 import verifies

# RFC 8032, section 7.1, tests 1 to 3: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_standard(key: str, message: str, signature: str) -> None:
    told = bytes.fromhex(key), bytes.fromhex(signature), bytes.fromhex(message)
    assert verifies(*told)
    assert not verifies(told[0], told[1], told[2] + b"x")


def test_what_the_library_signs_holds_and_no_changed_bit_of_it() -> None:
    for n in range(8):
        key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"%d" % n).digest())
        public, data = key.public_key().public_bytes_raw(), b"data %d" % n
        signature = key.sign(data)
        assert verifies(public, signature, data)
        for bit in (0, 100, 255, 256, 300, 511):
            changed = (int.from_bytes(signature, "little") ^ 1 << bit).to_bytes(64, "little")
            assert not verifies(public, changed, data)


def test_a_second_signature_made_of_a_first_does_not_hold() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = key.sign(b"data")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    assert not verifies(key.public_key().public_bytes_raw(), signature[:32] + scalar.to_bytes(32, "little"), b"data")


@pytest.mark.parametrize("key", [(1).to_bytes(32, "little"), bytes(32), b"\xff" * 32, (2).to_bytes(32, "little"), b""])
def test_what_is_no_proper_key_verifies_nothing(key: bytes) -> None:
    """Of small order: R = 0 and S = 0 would hold for any data; off the curve; not in its shortest form; no key at all."""
    nothing = (1).to_bytes(32, "little") + bytes(32)
    assert not verifies(key, nothing, b"data")
