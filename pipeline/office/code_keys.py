"""Public keys of insurers that sign their 2D codes, as a counter holds them: one JSON file a key, which names the insurer.

The file says whose codes the key may sign, so that one insurer's key proves nothing of another's members. Whoever is given
such a file compares the fingerprint with what the insurer publishes: a file itself proves nothing.
"""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from pipeline.base.problems import HandoffError, Problem, UsageError
from pipeline.craft.signing import sample_signer
from pipeline.office.durable import disk_error, write_atomic
from pipeline.office.keys import verifier_of
from pipeline.office.shop import Shop

SUFFIX = ".code-key.json"
_FORMAT = "shikaku-press code key 1"
_PREFIX = bytes.fromhex("302a300506032b6570032100")  # of an Ed25519 key as SubjectPublicKeyInfo (RFC 8410)
_MOST = 10_000  # bytes of a key's file


class CodeKey(NamedTuple):
    """A public key (32 bytes) and whose it is: the insurer's number of 8 digits and its name."""

    insurer: str
    name: str
    public: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key as SubjectPublicKeyInfo, as `shikaku key new` tells it."""
        return hashlib.sha256(_PREFIX + self.public).hexdigest()

    @property
    def id(self) -> str:
        """What a signed code says of its key."""
        return self.fingerprint[:8].upper()


def sample_key_id() -> str:
    """The id of the key of proofs."""
    return sample_signer().fingerprint[:8].upper()


def publish(issuer_id: str, out: Path | None, shop: Shop) -> tuple[Path, CodeKey]:
    """Write an issuer's public key for counters; the file and the key.

    HandoffError where the issuer has no key or the file cannot be written.
    """
    issuer = shop.issuer(issuer_id)
    verifier = verifier_of(issuer_id, None, shop)
    if verifier is None or shop.keys is None:
        raise HandoffError(Problem("code-key-missing", issuer_id, {"issuer": issuer_id}))
    key = CodeKey(issuer.insurer_number.zfill(8), issuer.full_name, verifier.public)
    target = out or shop.keys / f"{issuer_id}{SUFFIX}"
    told = {
        "format": _FORMAT,
        "insurer_number": key.insurer,
        "insurer": key.name,
        "id": key.id,
        "public_key": key.public.hex(),
        "fingerprint": key.fingerprint,
    }
    try:
        write_atomic(target, (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode())
    except OSError as fault:
        raise disk_error(fault, target.name) from None
    return target, key


def keys_in(path: Path) -> list[CodeKey]:
    """The keys of a file, or of all key files of a folder. UsageError for what is none; a folder must have one."""
    files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not files:
        raise UsageError(Problem("code-keys-none", path.name, {"name": path.name, "suffix": SUFFIX}))
    return [_key(file) for file in files]


def _key(path: Path) -> CodeKey:
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(_MOST))
        key = CodeKey(told["insurer_number"], told["insurer"], bytes.fromhex(told["public_key"]))
        sound = told["format"] == _FORMAT and told["id"] == key.id and told["fingerprint"] == key.fingerprint
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    if not sound or len(key.public) != 32 or not isinstance(key.name, str) or not isinstance(key.insurer, str):
        raise UsageError(Problem("code-key-unreadable", path.name, {"name": path.name}))
    return key
