"""The notary signs checkpoints of the audit trail with the ledger's own key. Owner of `cryptography`.

The key is an Ed25519 key in a file that only its owner can read, made at first use. The last checkpoint is kept beside it,
outside the database: a ledger that has fewer entries than it says was cut, or is an older copy. Signatures are the one thing
besides the events' times that no two runs have in common.
"""

import hashlib
import json
import os
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.problems import HandoffError, LedgerError, Problem
from pipeline.office.durable import disk_error, write_atomic

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """So many events, the hash at their end, and so many orders, at a time; `key` is the signer's public key (hex)."""

    no: int
    at: str
    events: int
    head: str
    orders: int
    key: str
    signature: str = ""

    def signed_text(self) -> bytes:
        """What the signature is over."""
        return json.dumps(["shikaku-press checkpoint", *list(asdict(self).values())[:-1]], ensure_ascii=False).encode()

    def as_json(self) -> str:
        """The checkpoint as it is handed out."""
        return json.dumps(asdict(self), indent=2) + "\n"

    def holds(self) -> bool:
        """Whether the signature is that of the key."""
        return is_signed(self.signed_text(), self.key, self.signature)


def checkpoint_of(text: str, name: str) -> Checkpoint:
    """A checkpoint from its JSON. LedgerError where it is none, or its signature is not its key's."""
    try:
        found = Checkpoint(**json.loads(text))
        good = isinstance(found.events, int) and found.holds()
    except (TypeError, ValueError):
        good = False
    if not good:
        raise LedgerError(Problem("checkpoint-not-valid", name, {"name": name}))
    return found


def is_signed(text: bytes, key: str, signature: str) -> bool:
    """Whether a text has this signature (hex) by a public key (hex)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(key: str) -> str:
    """A public key as people compare it: sixteen bytes of its SHA-256 in groups of four."""
    digest = hashlib.sha256(bytes.fromhex(key)).hexdigest()[:32]
    return " ".join(digest[start : start + 4] for start in range(0, 32, 4))


class Notary:
    """The key in the file `key`, and the last checkpoint in the file `kept`."""

    def __init__(self, key: Path, kept: Path):
        self.key, self.kept = key, kept
        self._private: Ed25519PrivateKey | None = None

    def public(self) -> str:
        """The public key (hex); the key is made where there is none."""
        return str(self._key().public_key().public_bytes_raw().hex())

    def sign(self, text: bytes) -> str:
        """The signature (hex) of a text."""
        return str(self._key().sign(text).hex())

    def certify(self, no: int, at: str, events: int, head: str, orders: int) -> Checkpoint:
        """A signed checkpoint."""
        bare = Checkpoint(no, at, events, head, orders, self.public())
        return replace(bare, signature=self.sign(bare.signed_text()))

    def keep(self, checkpoint: Checkpoint) -> None:
        """Keep the last checkpoint outside the database."""
        try:
            write_atomic(self.kept, checkpoint.as_json().encode())
        except OSError as fault:
            raise disk_error(fault, self.kept.name) from None

    def last(self) -> Checkpoint | None:
        """The checkpoint that was kept last; None where there is none. LedgerError where it was altered."""
        try:
            text = self.kept.read_text("utf-8")
        except FileNotFoundError:
            return None
        return checkpoint_of(text, self.kept.name)

    def _key(self) -> Any:
        if self._private is None:
            self._private = self._read() if self.key.exists() else self._make()
        return self._private

    def _read(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            found = load_pem_private_key(self.key.read_bytes(), None)
        except (OSError, ValueError, TypeError):
            found = None
        if not isinstance(found, Ed25519PrivateKey) or self.key.stat().st_mode & 0o077:
            raise HandoffError(Problem("ledger-key-not-valid", self.key.name, {"name": self.key.name}))
        return found

    def _make(self) -> Any:
        """Make the key whole or not at all; of two who do so at once the first one's stays."""
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        made = Ed25519PrivateKey.generate()
        pem = made.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        draft = self.key.with_name(f"{self.key.name}.{os.getpid()}.{threading.get_ident()}.tmp")
        try:
            self.key.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, self.key)
        except FileExistsError:
            pass
        except OSError as fault:
            raise disk_error(fault, self.key.name) from None
        finally:
            draft.unlink(missing_ok=True)
        return self._read()
