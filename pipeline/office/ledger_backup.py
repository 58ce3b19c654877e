"""Backup and restore. A backup is an SQLite ledger in one file, whichever database it was taken from, and a signed receipt
beside it. It is taken while work goes on and shows one moment. What is restored issues nothing until it is reconciled.
"""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DatabaseError

from pipeline.base.problems import HandoffError, LedgerError, Problem
from pipeline.office import ledger_events, ledger_upgrade
from pipeline.office.durable import disk_error, sync, write_atomic
from pipeline.office.ledger_audit import audit
from pipeline.office.ledger_engine import connect, reading
from pipeline.office.ledger_plan import bulk
from pipeline.office.ledger_schema import EVENTS, METADATA, ORDERS
from pipeline.office.ledger_trail import RESTORED, Trail
from pipeline.office.notary import Checkpoint, Notary, is_signed
from pipeline.office.vault import Vault
from pipeline.office.worker import sha256_of

RECEIPT = ".receipt.json"
_PAGE = 1000
_FILE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a backup's file is: its hash, how far its trail goes, and the notary's signature over that."""

    sha256: str
    at: str
    events: int
    head: str
    orders: int
    revision: str
    key: str
    signature: str = ""

    def signed_text(self) -> bytes:
        """What the signature is over."""
        return json.dumps(["shikaku-press backup", *list(asdict(self).values())[:-1]]).encode()


def receipt_of(file: Path) -> Path:
    """Where a backup's receipt lies."""
    return file.with_name(file.name + RECEIPT)


def backup(url: str, file: Path, at: str, notary: Notary, trail: Trail) -> Receipt:
    """Write a backup and its receipt; the trail says so. HandoffError where the file is there already or cannot be written."""
    for path in (file, receipt_of(file)):
        if os.path.lexists(path):
            raise HandoffError(Problem("backup-exists", path.name, {"name": path.name}))
    engine = connect(url)
    try:
        with _scratch(file.parent) as draft:
            with reading(engine) as connection:
                ledger_upgrade.check(revision := ledger_upgrade.revision(connection))
                events, head = ledger_events.last(connection)
                orders = connection.scalar(select(func.max(ORDERS.c.no))) or 0
                _take(connection, engine, draft)
            bare = Receipt(sha256_of(draft), at, events, head, orders, revision or "", notary.public())
            receipt = replace(bare, signature=notary.sign(bare.signed_text()))
            sync(draft)
            draft.replace(file)
            write_atomic(receipt_of(file), (json.dumps(asdict(receipt), indent=2) + "\n").encode())
        with engine.begin() as connection:
            trail.seal(connection, None, "backed-up", file=file.name, sha256=receipt.sha256, events=events)
        trail.keep()
        return receipt
    except DatabaseError as fault:
        raise HandoffError(Problem("ledger-cannot-open", "ledger", {"fault": str(fault.orig)})) from None
    except sqlite3.Error as fault:
        raise HandoffError(Problem("ledger-not-writable", file.name, {"fault": str(fault)})) from None
    except OSError as fault:
        raise disk_error(fault, file.name) from None
    finally:
        engine.dispose()


def restore(file: Path, url: str, notary: Notary, trail: Trail, vault: Vault) -> Receipt:
    """Bring a backup back as a new ledger, which issues nothing yet. LedgerError where the file or its receipt was altered,
    its trail is not whole, it is signed with another key than the one at hand, or the new place is not empty."""
    receipt = _checked(file, notary)
    try:
        with _scratch(_folder(url)) as draft:
            shutil.copyfile(file, draft)
            _audited(f"{_FILE}{draft}", receipt, trail, vault)
            if url.startswith(_FILE):
                target = Path(url.removeprefix(_FILE))
                if os.path.lexists(target):
                    raise LedgerError(Problem("restore-not-empty", target.name))
                _say(f"{_FILE}{draft}", receipt, trail)
                with closing(sqlite3.connect(draft)) as raw:
                    raw.execute("PRAGMA journal_mode = DELETE")
                sync(draft)
                os.link(draft, target)
                sync(target.parent)
            else:
                _put(f"{_FILE}{draft}", url, receipt, trail)
    except DatabaseError as fault:
        raise HandoffError(Problem("ledger-cannot-open", "ledger", {"fault": str(fault.orig)})) from None
    except OSError as fault:
        raise disk_error(fault, file.name) from None
    return receipt


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A place for a database's file that nobody else sees, in a folder that is there."""
    with tempfile.TemporaryDirectory(prefix=".ledger-", dir=folder) as private:
        yield Path(private) / "ledger.sqlite"


def _folder(url: str) -> Path:
    """Where a restored ledger is prepared: on the disk where it will lie, if that is known."""
    return Path(url.removeprefix(_FILE)).parent if url.startswith(_FILE) else Path(tempfile.gettempdir())


def _take(connection: Connection, engine: Engine, draft: Path) -> None:
    """Copy what a connection sees into a new file."""
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(draft)) as target:
            raw: Any = connection.connection.driver_connection
            raw.backup(target)
    else:
        copy = connect(f"{_FILE}{draft}")
        ledger_upgrade.prepare(copy)
        with copy.begin() as into:
            _pour(connection, into)
        copy.dispose()
    with closing(sqlite3.connect(draft)) as target:
        target.execute("PRAGMA journal_mode = DELETE")  # one file, not three


def _pour(source: Connection, target: Connection) -> None:
    """Copy all tables' rows, those that others refer to first."""
    for table in METADATA.sorted_tables:
        names = [column.name for column in table.columns]
        found = source.execute(select(table).order_by(*table.primary_key), execution_options={"yield_per": _PAGE})
        for page in found.partitions(_PAGE):
            bulk(target, table, names, [tuple(row) for row in page])


def _checked(file: Path, notary: Notary) -> Receipt:
    """The receipt of a backup whose file is what it says."""
    try:
        receipt = Receipt(**json.loads(receipt_of(file).read_text("utf-8")))
        good = is_signed(receipt.signed_text(), receipt.key, receipt.signature) and sha256_of(file) == receipt.sha256
    except (OSError, ValueError, TypeError):
        good = False
    if not good:
        raise LedgerError(Problem("backup-damaged", file.name, {"name": file.name}))
    if notary.key.exists() and notary.public() != receipt.key:
        raise LedgerError(Problem("backup-other-key", file.name, {"name": file.name}))
    return receipt


def _audited(url: str, receipt: Receipt, trail: Trail, vault: Vault) -> None:
    """Audit a backup's copy, brought to this version first where it is older."""
    end = Checkpoint(0, receipt.at, receipt.events, receipt.head, receipt.orders, receipt.key)
    if receipt.revision < ledger_upgrade.HEAD:
        ledger_upgrade.upgrade(url, trail, vault)
    if faults := audit(url, receipt.key if receipt.revision == ledger_upgrade.HEAD else "", [end]).problems:
        raise LedgerError(faults)


def _say(url: str, receipt: Receipt, trail: Trail) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        _restored(connection, receipt, trail)
    engine.dispose()


def _restored(connection: Connection, receipt: Receipt, trail: Trail) -> None:
    trail.seal(connection, None, RESTORED, sha256=receipt.sha256, taken=receipt.at, events=receipt.events)


def _put(draft: str, url: str, receipt: Receipt, trail: Trail) -> None:
    """Copy a backup into an empty database on a server, whole or not at all."""
    source, target = connect(draft), connect(url)
    try:
        ledger_upgrade.prepare(target)
        with reading(source) as rows, target.begin() as into:
            if into.scalar(select(func.count()).select_from(EVENTS)) or into.scalar(select(func.count()).select_from(ORDERS)):
                raise LedgerError(Problem("restore-not-empty", "ledger"))
            _pour(rows, into)
            _restored(into, receipt, trail)
    finally:
        source.dispose()
        target.dispose()
