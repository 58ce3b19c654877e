"""The vault: a data key for each order, in files outside the database, and what is sealed with it. Owner of `cryptography`.

What the ledger keeps of people is sealed with AES-256-GCM: a nonce of its own, and the row's place as associated data, so
that no row can stand for another one. A key that is destroyed takes with it what was sealed, in every backup too.
"""

import os
import secrets
import threading
from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipeline.base.problems import HandoffError, LedgerError, Problem
from pipeline.office.durable import disk_error, sync, write_atomic, write_new

_KEY, _NONCE = 32, 12  # bytes
_KEPT = 64  # ciphers at hand
_OTHERS = 0o077  # permissions of anybody but the owner


def beside(url: str) -> Path:
    """The keys' folder of a ledger in a file, where the house has set no other. ValueError for one on a server."""
    file = url.removeprefix("sqlite:///")
    if file == url:
        raise ValueError("a ledger on a server has nothing beside it")
    return Path(file).with_suffix(".keys")


def order_of_serial(serial: str) -> int:
    """The number of the order that made a piece: its serial begins with it."""
    return int(serial.partition("-")[0])


class Vault:
    """The keys in a folder, which is made with the first one. Threads may share a vault."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._ciphers: dict[int, AESGCM] = {}
        self._lock = threading.Lock()

    def seal(self, order_no: int, place: str, text: str) -> str:
        """Seal a text for its place in the ledger with the order's key, which is made where there is none.

        HandoffError for a key that cannot be made or used, LedgerError where the order was erased.
        """
        cipher = self._ciphers.get(order_no) or self._cipher(order_no, make=True)
        nonce = os.urandom(_NONCE)
        return b2a_base64(nonce + cipher.encrypt(nonce, text.encode(), place.encode()), newline=False).decode()

    def unseal(self, order_no: int, place: str, sealed: str) -> str:
        """The text that was sealed for a place.

        LedgerError where it was erased or altered, or the key is another one; HandoffError where the key is missing.
        """
        if not sealed:
            raise self._erased(order_no)
        cipher = self._ciphers.get(order_no) or self._cipher(order_no, make=False)
        try:
            raw = a2b_base64(sealed)
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode()
        except (InvalidTag, NotBase64, ValueError):  # too short, no ASCII, no UTF-8
            raise LedgerError(Problem("ledger-not-readable", place, {"row": place})) from None

    def seal_member(self, order_no: int, n: int, record: str) -> str:
        """A member's record as the ledger keeps it."""
        return self.seal(order_no, f"members/{order_no}/{n}", record)

    def member(self, order_no: int, n: int, sealed: str) -> str:
        """A member's record."""
        return self.unseal(order_no, f"members/{order_no}/{n}", sealed)

    def seal_document(self, serial: str, content: str) -> str:
        """A document's content as the ledger keeps it."""
        return self.seal(order_of_serial(serial), f"documents/{serial}", content)

    def document(self, serial: str, sealed: str) -> str:
        """A document's content."""
        return self.unseal(order_of_serial(serial), f"documents/{serial}", sealed)

    def seal_case(self, case: str, serial: str, text: str) -> str:
        """What was said in a case about a piece, as the ledger keeps it: with the key of the piece's order."""
        return self.seal(order_of_serial(serial), f"cases/{case}", text)

    def case(self, case: str, serial: str, sealed: str) -> str:
        """What was said in a case."""
        return self.unseal(order_of_serial(serial), f"cases/{case}", sealed)

    def check(self, order_no: int) -> None:
        """LedgerError where the order was erased."""
        if self.is_erased(order_no):
            raise self._erased(order_no)

    def is_erased(self, order_no: int) -> bool:
        """Whether the order's key was destroyed on purpose."""
        return self._note(order_no).exists()

    def has_key(self, order_no: int) -> bool:
        """Whether there is a key of the order still."""
        return self._path(order_no).exists()

    def erase(self, order_no: int, said: str) -> None:
        """Destroy an order's key for good; the note `said` takes its place. HandoffError where that cannot be done."""
        path = self._path(order_no)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomic(self._note(order_no), said.encode())
            if path.exists():
                with path.open("r+b") as file:
                    file.write(bytes(_KEY))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
                sync(self.folder)
        except OSError as fault:
            raise disk_error(fault, path.name) from None
        self._ciphers.pop(order_no, None)

    def _path(self, order_no: int) -> Path:
        return self.folder / f"{order_no:04d}.key"

    def _note(self, order_no: int) -> Path:
        return self.folder / f"{order_no:04d}.erased"

    def _cipher(self, order_no: int, make: bool) -> AESGCM:
        self.check(order_no)
        with self._lock:
            cipher = AESGCM(self._key(order_no, make))
            if len(self._ciphers) >= _KEPT:
                self._ciphers.clear()
            self._ciphers[order_no] = cipher
        return cipher

    def _key(self, order_no: int, make: bool) -> bytes:
        path = self._path(order_no)
        values = {"name": path.name, "no": order_no}
        try:
            if make and not path.exists():
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                with suppress(FileExistsError):  # another process was faster: its key counts
                    write_new(path, secrets.token_bytes(_KEY))
            key = path.read_bytes()
            if len(key) != _KEY or path.stat().st_mode & _OTHERS:
                raise HandoffError(Problem("data-key-not-valid", path.name, values))
            return key
        except FileNotFoundError:
            raise HandoffError(Problem("data-key-missing", path.name, values)) from None
        except OSError as fault:
            raise disk_error(fault, path.name) from None

    def _erased(self, order_no: int) -> LedgerError:
        return LedgerError(Problem("order-erased", f"order {order_no}", {"no": order_no}))
