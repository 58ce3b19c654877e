"""Finding a member by name and birth date: an index of keyed hashes beside the ledger, made of the ledger and never trusted.

It holds no name and no number: a hash of name and birth date, and which row of the ledger has them; its key lies with the
orders' data keys. What it finds is read in the ledger and compared again. It follows the ledger whenever it is asked; if it
is lost, it is made anew.
Spaces, width and kana (ひらがな or カタカナ) make no difference to a search; what is printed is never touched by this.
"""

import hashlib
import json
import os
import secrets
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

from sqlalchemy import select

from pipeline.office.durable import disk_error, write_atomic
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_schema import MEMBERS, ORDERS

_TABLES = (
    "CREATE TABLE IF NOT EXISTS orders (no INTEGER PRIMARY KEY) STRICT",
    "CREATE TABLE IF NOT EXISTS people (who BLOB, order_no INTEGER, n INTEGER, PRIMARY KEY (who, order_no, n)) "
    "STRICT, WITHOUT ROWID",
)
_FIND = "SELECT order_no, n FROM people WHERE who = ? ORDER BY order_no DESC LIMIT ?"
_MOST = 200
_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def people(ledger: Ledger, folder: Path, name: str, birth: date) -> list[tuple[str, str]]:
    """Issuer and key of the members of this name or フリガナ and birth date, newest record first, each once."""
    index = folder / "lookup.sqlite"
    key = _key(ledger.vault.folder / "lookup.key", index)
    with closing(_opened(index)) as file:
        _follow(file, ledger, key)
        who = _digest(key, _plain(name), birth.isoformat())
        rows = file.execute(_FIND, (who, _MOST)).fetchall()
    found: dict[tuple[str, str], None] = {}
    with ledger.reading() as connection:
        for order_no, n in rows:
            one = select(MEMBERS.c.issuer, MEMBERS.c.key, MEMBERS.c.record)
            row = connection.execute(one.where(MEMBERS.c.order_no == order_no, MEMBERS.c.n == n)).one_or_none()
            if not row or not row.record or ledger.vault.is_erased(order_no):
                continue
            record = ledger.vault.member(order_no, n, row.record)
            if any(_plain(name) == text and birth.isoformat() == day for text, day in _names(record)):
                found[(row.issuer, row.key)] = None
    return list(found)


def forget(folder: Path, order_no: int) -> None:
    """Take out what an order's members can be found by."""
    index = folder / "lookup.sqlite"
    if index.exists():
        with closing(_opened(index)) as file, file:
            file.execute("PRAGMA secure_delete = ON")
            file.execute("DELETE FROM people WHERE order_no = ?", (order_no,))


def _follow(file: sqlite3.Connection, ledger: Ledger, key: bytes) -> None:
    """Take in the orders that were planned since."""
    seen = {no for (no,) in file.execute("SELECT no FROM orders")}
    with ledger.reading() as connection:
        settled = connection.scalars(select(ORDERS.c.no).where(ORDERS.c.state.in_(("planned", "done")))).all()
        for no in sorted(set(settled) - seen):
            erased = ledger.vault.is_erased(no)  # an old backup may have rows that nobody can read any more
            mine = select(MEMBERS.c.n, MEMBERS.c.record).where(MEMBERS.c.order_no == no)
            rows = connection.execution_options(yield_per=1000).execute(mine)
            records = ((row.n, ledger.vault.member(no, row.n, row.record)) for row in rows if row.record and not erased)
            told = ((_digest(key, text, day), no, n) for n, record in records for text, day in _names(record))
            with file:
                file.executemany("INSERT OR IGNORE INTO people VALUES (?, ?, ?)", told)
                file.execute("INSERT INTO orders VALUES (?)", (no,))


def _names(record: str) -> Iterator[tuple[str, str]]:
    """What a member can be found by: each name, plain, with the birth date."""
    values = json.loads(record)
    for text in {_plain(values.get(column, "")) for column in ("name", "kana", "alias_name")} - {""}:
        yield text, values["birth"]


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).translate(_KATAKANA)


def _digest(key: bytes, plain: str, birth: str) -> bytes:
    return hashlib.blake2b(f"{plain}\n{birth}".encode(), key=key, digest_size=16).digest()


def _opened(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=60)
    try:
        for statement in _TABLES:
            file.execute(statement)
    except sqlite3.DatabaseError:  # it is only made of the ledger
        file.close()
        path.unlink()
        return _opened(path)
    return file


def _key(path: Path, index: Path) -> bytes:
    try:
        found = path.read_bytes()
        if len(found) == 32:
            return found
        os.unlink(path)
    except FileNotFoundError:
        pass
    try:
        index.unlink(missing_ok=True)  # hashed with another key
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(path, made := secrets.token_bytes(32))
    except OSError as fault:
        raise disk_error(fault, path.name) from None
    return made
