"""The insurers' signing keys, outside the project: `<issuer>.key.pem` for the office alone, `<issuer>.pub.pem` for vendors."""

import os
from pathlib import Path
from typing import Literal

from pipeline.base.problems import HandoffError, Problem, UsageError
from pipeline.craft.signing import SUFFIX, Signer, Verifier, new_pair, sample_signer
from pipeline.model.issuer import Issuer
from pipeline.office.durable import disk_error, write_atomic
from pipeline.office.shop import Shop

_PRIVATE, _PUBLIC = "{issuer}.key.pem", "{issuer}.pub.pem"
# Who signs 2D codes: nobody, the key of proofs that everybody knows, the house's own, or that and not without it.
Signing = Literal["not", "sample", "house", "needed"]
_OTHERS = 0o077  # permissions of anybody but the owner


def new_keys(issuer: str, shop: Shop) -> tuple[Path, str]:
    """Make an issuer's key pair; the public key's file and fingerprint. A key that is there is never written over.

    UsageError where no folder is set, HandoffError where there is a key already, LayoutError for an unknown issuer.
    """
    shop.issuer(issuer)
    folder = shop.keys
    if folder is None:
        raise UsageError(Problem("key-folder-not-set", "SHIKAKU_KEYS"))
    private, public = folder / _PRIVATE.format(issuer=issuer), folder / _PUBLIC.format(issuer=issuer)
    pair = new_pair()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pair.private)
            file.flush()
            os.fsync(file.fileno())
        write_atomic(public, pair.public)
    except FileExistsError:
        raise HandoffError(Problem("signing-key-exists", private.name, {"name": private.name})) from None
    except OSError as fault:
        raise disk_error(fault, private.name) from None
    return public, Verifier(pair.public).fingerprint


def signer_of(issuer: str, shop: Shop) -> Signer | None:
    """The issuer's signer; None where it has no key. HandoffError for a key that others can read, or that is none."""
    path = shop.keys and shop.keys / _PRIVATE.format(issuer=issuer)
    if not path or not path.is_file():
        return None
    if path.stat().st_mode & _OTHERS:
        raise HandoffError(Problem("signing-key-open", path.name, {"name": path.name}))
    try:
        return Signer(path.read_bytes())
    except (OSError, ValueError, TypeError):
        raise HandoffError(Problem("signing-key-unreadable", path.name, {"name": path.name})) from None


def needed_signer(issuer: str, required: bool, shop: Shop) -> Signer | None:
    """As `signer_of`; HandoffError where the vendor requires a signature and there is no key."""
    signer = signer_of(issuer, shop)
    if signer is None and required:
        raise HandoffError(Problem("signing-key-missing", issuer, {"issuer": issuer}))
    return signer


def code_signer_of(issuer_id: str, shop: Shop, signing: Signing) -> Signer | None:
    """Who signs the members' 2D codes; None where the issuer has none signed, or none can.

    HandoffError as `signer_of`, and where the key is needed, the issuer requires it, and there is none.
    """
    issuer = shop.issuer(issuer_id)
    if signing == "not" or issuer.code_signature == "none":
        return None
    if signing == "sample":
        return sample_signer_of(issuer)
    signer = signer_of(issuer_id, shop)
    if signer is None and signing == "needed" and issuer.code_signature == "required":
        raise HandoffError(Problem("code-key-missing", issuer_id, {"issuer": issuer_id}))
    return signer


def sample_signer_of(issuer: Issuer) -> Signer | None:
    """Who signs the 2D codes of an issuer's proofs and previews: never the issuer."""
    return sample_signer() if issuer.code_signature != "none" else None


def verifier_of(issuer: str, path: Path | None, shop: Shop) -> Verifier | None:
    """Who verifies an issuer's signatures: the public key that is named, else the one of the house; None where it has none.

    HandoffError for a file that holds no public key.
    """
    kept = shop.keys and shop.keys / _PUBLIC.format(issuer=Path(issuer).name)
    at = path or (kept if kept and kept.is_file() else None)
    if at is None:
        return None
    try:
        return Verifier(at.read_bytes())
    except (OSError, ValueError):
        raise HandoffError(Problem("signing-key-unreadable", at.name, {"name": at.name})) from None


def sign(path: Path, signer: Signer | None) -> None:
    """Write the detached signature of a file beside it; nothing without a signer."""
    if signer:
        path.with_name(path.name + SUFFIX).write_bytes(signer.sign(path.read_bytes()))
