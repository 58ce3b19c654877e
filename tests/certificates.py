"""Vendors' certificates for tests, made anew, and OpenSSL as the vendor who opens what was sent."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC)
DAY = NOW.astimezone().date()
YEAR = timedelta(days=365)


def certificate(
    folder: Path, name: str, key: Any, begins: datetime = NOW - YEAR, ends: datetime = NOW + YEAR, transport: bool | None = None
) -> Path:
    """A vendor's certificate with its private key beside it."""
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Vendor {name}")])
    builder = x509.CertificateBuilder(who, who, key.public_key(), 1 << 100, begins, ends)
    if transport is not None:
        usage = x509.KeyUsage(True, False, transport, False, False, False, False, False, False)
        builder = builder.add_extension(usage, critical=True)
    made = builder.sign(key, hashes.SHA256())
    (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / f"{name}.pem").write_bytes(made.public_bytes(Encoding.PEM))
    return folder / f"{name}.pem"


def opened(source: Path, target: Path, vendor: Path) -> int:
    """What `openssl cms -decrypt` makes of an envelope; its exit code."""
    words = ["-in", source, "-recip", vendor, "-inkey", vendor.with_suffix(".key"), "-out", target]
    return subprocess.run(["openssl", "cms", "-decrypt", "-binary", "-inform", "DER", *words], capture_output=True).returncode
