"""A vendor's certificate: whether a lot may be encrypted to it on a day.

Least sizes follow CRYPTREC's guidance on key lengths for 128 bits of security: RSA of 3072 bits, the curves P-256 and P-384.
Whose key it is no authority is asked: the fingerprint in the vendor's YAML says it, and a person confirms it with the vendor.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from pipeline.base.problems import HandoffError, Problem
from pipeline.craft import der

_LEAST_RSA = 3072
_CURVES = ("secp256r1", "secp384r1")


class Recipient(NamedTuple):
    """Who can open an envelope: the public key, the certificate's name as CMS writes it, its fingerprint and last day."""

    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    name: bytes
    fingerprint: str
    until: date

    @property
    def transport(self) -> str:
        """How the content key goes to the vendor."""
        return "RSA-OAEP-SHA256" if isinstance(self.key, rsa.RSAPublicKey) else f"ECDH-{self.key.curve.name}-SHA256KDF"


def read_recipient(path: Path, day: date, fingerprint: str = "") -> Recipient:
    """The recipient of a certificate (PEM), fit to be encrypted to on `day`. `fingerprint` is the one that was confirmed.

    HandoffError with every problem: not there, no certificate, another one, not yet or no longer valid, too weak, not for this.
    """
    place = path.name
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except OSError:
        raise HandoffError(Problem("vendor-key-missing", place, {"name": place})) from None
    except ValueError:
        raise HandoffError(Problem("vendor-key-unreadable", place, {"name": place})) from None
    if problems := list(_faults(certificate, place, day, fingerprint)):
        raise HandoffError(problems)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)  # or it was refused as too weak
    name = der.sequence(certificate.issuer.public_bytes(), der.integer(certificate.serial_number))
    return Recipient(key, name, _fingerprint(certificate), certificate.not_valid_after_utc.date())


def _faults(certificate: x509.Certificate, place: str, day: date, fingerprint: str) -> Iterator[Problem]:
    begins, ends = certificate.not_valid_before_utc.date(), certificate.not_valid_after_utc.date()
    found = _fingerprint(certificate)
    if fingerprint and found != fingerprint.lower().replace(":", ""):
        yield Problem("vendor-key-other", place, {"found": found})
    if day > ends:
        yield Problem("vendor-key-expired", place, {"until": ends.isoformat(), "day": day.isoformat()})
    if day < begins:
        yield Problem("vendor-key-not-yet", place, {"from": begins.isoformat(), "day": day.isoformat()})
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        fault = "" if key.key_size >= _LEAST_RSA else f"RSA {key.key_size}"
    elif isinstance(key, ec.EllipticCurvePublicKey):
        fault = "" if key.curve.name in _CURVES else key.curve.name
    else:
        fault = type(key).__name__.removesuffix("PublicKey")
    if fault:
        yield Problem("vendor-key-too-weak", place, {"found": fault})
    elif not _may_encrypt(certificate, isinstance(key, rsa.RSAPublicKey)):
        yield Problem("vendor-key-wrong-use", place)


def _may_encrypt(certificate: x509.Certificate, transported: bool) -> bool:
    """Whether the certificate, if it says what its key is for, allows this (RFC 5280, 4.2.1.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.key_encipherment if transported else usage.key_agreement


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def trial_pair(name: str, begins: date, ends: date) -> tuple[bytes, bytes]:
    """A certificate that vouches for itself and its private key (PEM), to try a hand-off with: drawn anew, no vendor's."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    first, last = (datetime.combine(day, time(), UTC) for day in (begins, ends))
    made = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number(), first, last).sign(
        key, hashes.SHA256()
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM), secret
