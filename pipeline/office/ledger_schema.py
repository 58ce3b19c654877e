"""The ledger's tables. Owner of `sqlalchemy`, together with the other `ledger` modules.

Nothing here is of SQLite alone: tables are STRICT and durable there, and the same definitions create them elsewhere.
Days are ISO texts, structures JSON texts. A row of a plan is named by the order's number and `n`, the member's place in
the order counted from 1; a physical piece by its serial; an issue (the legal act) by the serial of its first piece.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from pipeline.base.problems import HandoffError, Problem, UsageError

BUSY_SECONDS = 60
METADATA = MetaData()
_ACTIVE = text("state IN ('planned', 'issued')")


def _text(name: str, *args: Any, null: bool = False, **options: Any) -> Column[str]:
    return Column(name, Text, *args, nullable=null, **options)


def _number(name: str, *args: Any, null: bool = False, **options: Any) -> Column[int]:
    return Column(name, Integer, *args, nullable=null, **options)


def _table(name: str, *parts: Any, clustered: bool = False) -> Table:
    """A STRICT table; `clustered` ones are stored in the order of their key, so that a plan appends."""
    return Table(name, METADATA, *parts, sqlite_strict=True, sqlite_with_rowid=not clustered)


def _states(*states: str) -> CheckConstraint:
    return CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in states)))


ORDERS = _table(
    "orders",
    _number("no", primary_key=True),
    _text("id", unique=True),
    _text("issuer"),
    _text("day"),
    _text("state"),
    _text("request"),
    _text("inputs"),
    _text("tally", null=True),
    _text("fault", null=True),
    _states("open", "planned", "done", "stopped"),
)

# One row for every member and document type: the audit's and the office lists' source. Only a hold has a code.
DECISIONS = _table(
    "decisions",
    _number("order_no", ForeignKey("orders.no"), primary_key=True),
    _number("n", primary_key=True),
    _text("document", primary_key=True),
    _text("key"),
    _text("file"),
    _number("row"),
    _text("outcome"),
    _text("rule"),
    _text("reason"),
    _text("expiry_rule"),
    _text("code"),
    _text("place"),
    _text("detail"),
    CheckConstraint("outcome IN ('issue', 'skip', 'hold', 'already-issued')"),
    CheckConstraint("(outcome = 'hold') = (code <> '')"),
    clustered=True,
)

# The record as it was delivered, only of members who get something: a reissue needs it.
MEMBERS = _table(
    "members",
    _number("order_no", ForeignKey("orders.no"), primary_key=True),
    _number("n", primary_key=True),
    _text("issuer"),
    _text("key"),
    _text("record"),
)

ISSUES = _table(
    "issues",
    _text("id", primary_key=True),
    _text("issuer"),
    _text("key"),
    _text("document"),
    _text("state"),
    _text("issued_on"),
    _text("expires_on", null=True),
    _number("order_no", ForeignKey("orders.no")),
    _number("n"),
    _text("channel"),
    _text("bundle"),
    _text("reason"),
    _text("fee"),
    _text("replaces", ForeignKey("issues.id"), null=True),
    _number("ended_by", ForeignKey("orders.no"), null=True),
    _states("planned", "issued", "void", "expired"),
    # The promise "never twice" is this index: it also decides between two orders that run at once.
    Index("issues_never_twice", "issuer", "key", "document", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    Index("issues_of_order", "order_no", "n"),
    Index("issues_ended", "ended_by", sqlite_where=text("ended_by IS NOT NULL")),
    Index("issues_replaced", "replaces", sqlite_where=text("replaces IS NOT NULL")),
    clustered=True,
)

LOTS = _table(
    "lots",
    _text("name", primary_key=True),
    _number("order_no", ForeignKey("orders.no")),
    _text("issuer"),
    _text("document"),
    _text("channel"),
    _text("sheet"),
    _number("documents"),
    _number("sheets"),
    _text("fingerprint"),
    _text("state"),
    _states("planned", "done"),
    Index("lots_of_order", "order_no"),
    clustered=True,
)

PIECES = _table(
    "pieces",
    _text("serial", primary_key=True),
    _text("issue", ForeignKey("issues.id")),
    _text("state"),
    _text("lot", ForeignKey("lots.name"), null=True),
    _number("seq", null=True),
    _number("part", null=True),
    _number("sheet", null=True),
    _number("slot", null=True),
    _states("planned", "printed", "void", "spoiled"),
    Index("pieces_of_issue", "issue"),
    Index("pieces_of_lot", "lot", "seq", unique=True, sqlite_where=text("lot IS NOT NULL")),
    clustered=True,
)

# What is printed, final: texts, settings and payloads of a `Document` as one JSON array.
DOCUMENTS = _table(
    "documents",
    _text("serial", ForeignKey("pieces.serial"), primary_key=True),
    _text("content"),
)

CHUNKS = _table(
    "chunks",
    _text("lot", ForeignKey("lots.name"), primary_key=True),
    _number("part", primary_key=True),
    _number("first"),
    _number("count"),
    _number("first_sheet"),
    _text("state"),
    _text("sha256"),
    _text("report"),
    _states("planned", "made"),
    clustered=True,
)

# Append only: what happened, in order.
EVENTS = _table(
    "events",
    _number("id", primary_key=True),
    _text("at"),
    _number("order_no", ForeignKey("orders.no")),
    _text("kind"),
    _text("detail"),
)


def connect(url: str) -> Engine:
    """The engine of a ledger. SQLite: WAL, full synchronisation, foreign keys, and a writer locks when it begins.

    UsageError for a URL that nothing here understands.
    """
    try:
        engine = create_engine(url)
    except (ArgumentError, ModuleNotFoundError):
        raise UsageError(Problem("usage-bad-ledger", "--ledger")) from None
    if make_url(url).get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def ledger_faults(place: str) -> Iterator[None]:
    """What the database cannot do (no room, locked for long, not writable) becomes a HandoffError."""
    try:
        yield
    except OperationalError as fault:
        raise HandoffError(Problem("ledger-not-writable", place, {"fault": str(fault.orig)})) from None


def _set_up(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver's own transaction keeping would begin late
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = FILE",
        "cache_size = -32768",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
