"""The ledger's database by its URL: SQLite or PostgreSQL, with the same promises.

One writer at a time, who locks when it begins: SQLite by its own lock, PostgreSQL by an advisory lock. A reader sees one
moment throughout. A commit is on the disk.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from pipeline.base.problems import HandoffError, Problem, UsageError

BUSY_SECONDS = 60
_WRITER = 0x5348494B  # PostgreSQL's advisory lock of this program, one a database
_CONNECT_SECONDS = 15


CACHE, SMALL_CACHE = 32_768, 2_048  # KiB of a file that are kept in memory: by who plans, by who reads from front to back


def connect(url: str, cache: int = CACHE) -> Engine:
    """The engine of a ledger. UsageError for a URL that nothing here understands."""
    try:
        found = make_url(url)
        backend = found.get_backend_name()
        if backend == "sqlite":
            engine = create_engine(found)
            event.listen(engine, "connect", partial(_set_up, cache))
            event.listen(engine, "begin", _begin)
        elif backend == "postgresql":
            found = found.set(drivername="postgresql+psycopg")
            patience = {"connect_timeout": _CONNECT_SECONDS, "application_name": "shikaku"}
            engine = create_engine(found, connect_args=patience, pool_pre_ping=True)
            event.listen(engine, "begin", _begin_on_server)
        else:
            raise ArgumentError
    except (ArgumentError, ModuleNotFoundError):
        raise UsageError(Problem("usage-bad-ledger", "--ledger")) from None
    return engine


def reading(engine: Engine) -> Connection:
    """A connection that reads: it waits for no writer, and no writer for it."""
    return engine.connect().execution_options(reading=True)


@contextmanager
def ledger_faults(place: str) -> Iterator[None]:
    """What the database cannot do (no room, locked for long, not writable) becomes a HandoffError."""
    try:
        yield
    except OperationalError as fault:
        raise HandoffError(Problem("ledger-not-writable", place, {"fault": str(fault.orig)})) from None


def compact(engine: Engine) -> None:
    """Write a database anew, so that nothing of what was changed or deleted is left in its files."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT", compacting=True) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql("VACUUM FULL")


def _set_up(cache: int, connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver's own transaction keeping would begin late
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = FILE",
        f"cache_size = -{cache}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("compacting"):
        return
    reads = options.get("reading")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_on_server(connection: Connection) -> None:
    if connection.get_execution_options().get("compacting"):
        return
    raw: Any = connection.connection.driver_connection  # what is streamed later would make a cursor of these as well
    if connection.get_execution_options().get("reading"):
        raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return
    raw.execute(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
    try:
        raw.execute(f"SELECT pg_advisory_xact_lock({_WRITER})")
    except connection.dialect.dbapi.OperationalError as fault:  # type: ignore[union-attr]
        raise OperationalError("lock", None, fault) from None
