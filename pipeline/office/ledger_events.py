"""The audit trail as a chain: each entry's hash covers the entry and the hash before it.

What an entry covers beyond itself: a row of a small table that it wrote, by the row's digest under `rows` (`touched` names
them: whoever changes such a row says so in the same transaction); a whole plan, by a digest a table under `digests`. So an
order has few entries, and the audit finds a row that was altered behind its back. Detail names no member.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Column, Compiled, Connection, Dialect, Integer, Select, Table, Text, and_, bindparam, insert, select

from pipeline.office.ledger_schema import CHUNKS, DECISIONS, DOCUMENTS, EVENTS, ISSUES, LOTS, MEMBERS, PIECES

Touched = Iterable[tuple[Table, Sequence[Any]]]
_PLANNED = ("decisions", "members", "issues", "pieces", "documents", "chunks", "ended")
_PAGE = 1000  # part of the digest's definition: JSON arrays of so many rows, one after the other
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class Entry(NamedTuple):
    """An entry as it is hashed, and its hash."""

    id: int
    at: str
    actor: str
    order_no: int | None
    kind: str
    detail: str
    hash: str

    def follows(self, before: str) -> bool:
        """Whether the hash is that of this entry after the one with the hash `before`."""
        return self.hash == chained(before, self[:-1])


def chained(before: str, entry: Sequence[Any]) -> str:
    """The hash of an entry (its columns without the hash) after the hash `before`; empty at the beginning."""
    return hashlib.sha256(_encode([before, *entry]).encode()).hexdigest()


def last(connection: Connection) -> tuple[int, str]:
    """How many entries there are, and the hash at their end."""
    row = connection.execute(select(EVENTS.c.id, EVENTS.c.hash).order_by(EVENTS.c.id.desc()).limit(1)).one_or_none()
    return (row.id, row.hash) if row else (0, "")


def append(
    connection: Connection, at: str, actor: str, order_no: int | None, kind: str, touched: Touched, detail: Mapping[str, Any]
) -> None:
    """Add an entry, as the last thing of a transaction that writes."""
    rows = {name_of(table, key): row_digest(connection, table, key) for table, key in touched}
    text = json.dumps({**detail, "rows": rows} if rows else dict(detail), ensure_ascii=False)
    count, before = last(connection)
    told = (count + 1, at, actor, order_no, kind, text)
    connection.execute(insert(EVENTS).values(Entry(*told, chained(before, told))._asdict()))


def name_of(table: Table, key: Sequence[Any]) -> str:
    """A row's name in the chain: table and primary key."""
    return "/".join([table.name, *map(str, key)])


def row_digest(connection: Connection, table: Table, key: Sequence[Any]) -> str:
    """The digest of one row with all its columns; empty where there is none."""
    mine = and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))
    row = connection.execute(select(table).where(mine)).one_or_none()
    return digest_of(row) if row is not None else ""


def digest_of(row: Sequence[Any]) -> str:
    """The digest of a row's values."""
    return hashlib.sha256(_encode(list(row)).encode()).hexdigest()


def plan_digests(connection: Connection, order_no: int) -> dict[str, str]:
    """The digest of each table's part of a settled plan: what never changes again. What changes later is left out: a state
    follows from the lot's and from `ended`, a piece's place stands with its part."""
    return {name: _digest(connection, name, order_no=order_no) for name in _PLANNED}


def places_digest(connection: Connection, lot: str, first: int, count: int) -> str:
    """The digest of where the pieces of a part are."""
    return _digest(connection, "places", lot=lot, first=first, end=first + count)


@cache
def _queries() -> dict[str, Select[Any]]:
    """What the digests are made of, by name; `ended` are the issues that the order's plan ended, and how."""
    order_no, lot = bindparam("order_no", type_=Integer), bindparam("lot", type_=Text)
    lots = select(LOTS.c.name).where(LOTS.c.order_no == order_no)
    pieces = PIECES.c.lot.in_(lots)
    documents = select(DOCUMENTS).join(PIECES, PIECES.c.serial == DOCUMENTS.c.serial)
    within = and_(PIECES.c.seq >= bindparam("first", type_=Integer), PIECES.c.seq < bindparam("end", type_=Integer))
    places: list[Column[Any]] = [PIECES.c.serial, PIECES.c.part, PIECES.c.sheet, PIECES.c.slot]
    return {
        "decisions": _sorted(select(DECISIONS).where(DECISIONS.c.order_no == order_no), DECISIONS),
        "members": _sorted(select(MEMBERS).where(MEMBERS.c.order_no == order_no), MEMBERS),
        "issues": _sorted(_without(ISSUES, "state", "ended_by").where(ISSUES.c.order_no == order_no), ISSUES),
        "pieces": _sorted(_without(PIECES, "state", "part", "sheet", "slot").where(pieces), PIECES),
        "documents": _sorted(documents.where(pieces), DOCUMENTS),
        "chunks": _sorted(_without(CHUNKS, "state", "sha256", "report").where(CHUNKS.c.lot.in_(lots)), CHUNKS),
        "ended": select(ISSUES.c.id, ISSUES.c.state).where(ISSUES.c.ended_by == order_no).order_by(ISSUES.c.id),
        "places": select(*places).where(PIECES.c.lot == lot, within).order_by(PIECES.c.seq),
    }


def _without(table: Table, *names: str) -> Select[Any]:
    return select(*(column for column in table.columns if column.name not in names))


def _sorted(query: Select[Any], table: Table) -> Select[Any]:
    return query.order_by(*table.primary_key)


_compiled: dict[tuple[str, str], Compiled] = {}


def _statement(name: str, dialect: Dialect) -> Compiled:
    """A query in a dialect's words: an audit asks the same few of thousands of orders, and making the words takes longest."""
    if (name, dialect.name) not in _compiled:
        _compiled[name, dialect.name] = _queries()[name].compile(dialect=dialect)
    return _compiled[name, dialect.name]


def _digest(connection: Connection, name: str, **asked: Any) -> str:
    """By the driver's own cursor: a row as it comes is all that is wanted of it, and there are many."""
    raw: Any = connection.connection
    digest = hashlib.sha256()
    statement: Any = _statement(name, connection.dialect)
    given = [asked[name] for name in statement.positiontup] if statement.positional else asked
    on_server = connection.dialect.name == "postgresql"
    with closing(raw.driver_connection.cursor(name="digest") if on_server else raw.cursor()) as cursor:
        cursor.execute(str(statement), given)
        while page := cursor.fetchmany(_PAGE):
            digest.update(_encode(page).encode())
    return digest.hexdigest()
