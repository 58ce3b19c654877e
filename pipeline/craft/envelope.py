"""Envelopes: a file for the eyes of one vendor. CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084).

The content key goes to the vendor's certificate by RSAES-OAEP with SHA-256 (RFC 4055) or by ephemeral ECDH with AES key wrap
(RFC 5753). AES, GCM, RSA-OAEP and ECDH stand on CRYPTREC's list of recommended ciphers. `openssl cms -decrypt` opens it, from
3.0 on. Written here because `cryptography`'s builder knows RSA with PKCS #1 v1.5 and CBC only, and holds the file in memory.
Key and nonce are drawn anew for each file, so no two envelopes are alike.
"""

import secrets
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipeline.craft import der
from pipeline.craft.certificates import Recipient

CIPHER = "AES-256-GCM"
SUFFIX = ".cms"
_KEY, _NONCE, _TAG = 32, 12, 16  # bytes
_CHUNK = 1 << 20
_DATA, _AUTH_ENVELOPED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.16.1.23"
_AES_256_GCM, _AES_256_WRAP = "2.16.840.1.101.3.4.1.46", "2.16.840.1.101.3.4.1.45"
_SHA_256 = "2.16.840.1.101.3.4.2.1"
_OAEP, _MGF1 = "1.2.840.113549.1.1.7", "1.2.840.113549.1.1.8"
_EC_KEY, _ECDH_SHA_256 = "1.2.840.10045.2.1", "1.3.132.1.11.1"


def seal(source: Path, target: BinaryIO, recipient: Recipient) -> None:
    """Write the envelope of a file, chunk by chunk. OSError; ValueError if the file changes its size meanwhile."""
    key, nonce, size = secrets.token_bytes(_KEY), secrets.token_bytes(_NONCE), source.stat().st_size
    cipher = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
    before, after = _frame(_recipient_info(key, recipient), nonce, size)
    target.write(before)
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            target.write(cipher.update(chunk))
            size -= len(chunk)
    if size:
        raise ValueError(f"{source.name} changed its size")
    target.write(cipher.finalize() + after + cipher.tag)


def _frame(recipient: bytes, nonce: bytes, size: int) -> tuple[bytes, bytes]:
    """What stands before the encrypted content, and between it and its tag: every length is known beforehand."""
    algorithm = der.sequence(der.oid(_AES_256_GCM), der.sequence(der.octets(nonce), der.integer(_TAG)))
    content_head = der.implicit_octets(0, size)
    content_type = der.oid(_DATA)
    content = len(content_type) + len(algorithm) + len(content_head) + size
    content_info = der.head(der.SEQUENCE, content) + content_type + algorithm + content_head
    mac_head = der.head(0x04, _TAG)
    opening = der.integer(0) + der.wrap(der.SET, recipient)
    length = len(opening) + len(content_info) + size + len(mac_head) + _TAG
    enveloped = der.head(der.SEQUENCE, length)
    length += len(enveloped)
    explicit = der.head(0xA0, length)
    kind = der.oid(_AUTH_ENVELOPED)
    whole = der.head(der.SEQUENCE, len(kind) + len(explicit) + length)
    return whole + kind + explicit + enveloped + opening + content_info, mac_head


def _recipient_info(key: bytes, recipient: Recipient) -> bytes:
    public = recipient.key
    if isinstance(public, rsa.RSAPublicKey):
        return _by_transport(key, public, recipient.name)
    return _by_agreement(key, public, recipient.name)


def _by_transport(key: bytes, public: rsa.RSAPublicKey, name: bytes) -> bytes:
    """KeyTransRecipientInfo: the content key under the vendor's RSA key."""
    digest = der.sequence(der.oid(_SHA_256), der.null())
    parameters = der.sequence(der.context(0, digest), der.context(1, der.sequence(der.oid(_MGF1), digest)))
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    algorithm = der.sequence(der.oid(_OAEP), parameters)
    return der.sequence(der.integer(0), name, algorithm, der.octets(public.encrypt(key, oaep)))


def _by_agreement(key: bytes, public: ec.EllipticCurvePublicKey, name: bytes) -> bytes:
    """KeyAgreeRecipientInfo: the content key wrapped under a key that only we, now, and the vendor can derive."""
    wrapping = der.sequence(der.oid(_AES_256_WRAP))
    ours = ec.generate_private_key(public.curve)
    shared = ours.exchange(ec.ECDH(), public)
    told = der.sequence(wrapping, der.context(2, der.octets((8 * _KEY).to_bytes(4, "big"))))
    wrapped = keywrap.aes_key_wrap(X963KDF(hashes.SHA256(), _KEY, told).derive(shared), key)
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    originator = der.context(0, der.context(1, der.sequence(der.oid(_EC_KEY)), der.bits(point)))
    algorithm = der.sequence(der.oid(_ECDH_SHA_256), wrapping)
    return der.context(1, der.integer(3), originator, algorithm, der.sequence(der.sequence(name, der.octets(wrapped))))
