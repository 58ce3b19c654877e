"""The ledger's schema: made on first use, brought to this version by a command, never touched where it is newer.

Owner of `alembic`, which is imported only where a schema is made or changed. Modules with tables are imported here.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, inspect, select, table, text
from sqlalchemy.exc import DatabaseError

from pipeline.base.problems import HandoffError, LedgerError, Problem
from pipeline.office import ledger_acceptance, ledger_desk, ledger_spoils  # noqa: F401 (their tables)
from pipeline.office.ledger_engine import compact, connect, reading
from pipeline.office.ledger_events import places_digest, plan_digests
from pipeline.office.ledger_schema import CHUNKS, LOTS, METADATA, ORDERS
from pipeline.office.ledger_trail import Trail
from pipeline.office.vault import Vault

HEAD = "0005"
_NOTHING = "base"
_CHAINED, _SEALED = "0002", "0005"
_FIRST = "0001"  # ledgers from before migrations say no revision
_VERSIONS = Path(__file__).with_name("migrations")


def prepare(engine: Engine) -> None:
    """Make the schema of a new ledger; LedgerError where it is of another version. HandoffError if it cannot be opened."""
    try:
        with reading(engine) as connection:
            found = revision(connection)
        if found is None:
            with engine.begin() as connection:
                if (found := revision(connection)) is None:  # nobody else was faster
                    _migrate(connection, HEAD)
                    return
    except DatabaseError as fault:
        raise HandoffError(Problem("ledger-cannot-open", "ledger", {"fault": str(fault.orig)})) from None
    check(found)


def check(found: str | None) -> None:
    """LedgerError unless a ledger of this revision can be used as it is."""
    if found is not None and found < HEAD:
        raise LedgerError(Problem("ledger-older", "ledger", {"found": found, "known": HEAD}))
    if found is not None and found > HEAD:
        raise LedgerError(Problem("ledger-newer", "ledger", {"found": found, "known": HEAD}))


def upgrade(url: str, trail: Trail, vault: Vault) -> str:
    """Bring an older ledger to this version, whole or not at all; returns the revision it had. LedgerError if newer.

    What it keeps of people is sealed, and nothing of what was there before stays in the file.
    """
    from pipeline.office.ledger_sealing import seal_older

    engine = connect(url)
    try:
        with engine.begin() as connection:
            found = revision(connection) or ""
            if found > HEAD:
                check(found)
            if found < HEAD:
                _migrate(connection, HEAD, found)
                if found and found < _CHAINED:
                    _cover(connection, trail)
                if found and found < _SEALED:
                    seal_older(connection, trail, vault)
                trail.seal(connection, None, "upgraded", found=found, revision=HEAD)
        trail.keep()
        if found < _SEALED:
            compact(engine)
        return found
    except DatabaseError as fault:
        raise HandoffError(Problem("ledger-cannot-open", "ledger", {"fault": str(fault.orig)})) from None
    finally:
        engine.dispose()


def _cover(connection: Connection, trail: Trail) -> None:
    """Let the trail cover what was there before it was a chain."""
    for order in list(connection.scalars(select(ORDERS.c.no).order_by(ORDERS.c.no))):
        lots = list(connection.scalars(select(LOTS.c.name).where(LOTS.c.order_no == order).order_by(LOTS.c.name)))
        made = select(CHUNKS).where(CHUNKS.c.lot.in_(lots), CHUNKS.c.state == "made").order_by(CHUNKS.c.lot, CHUNKS.c.part)
        parts = connection.execute(made).all()
        touched: list[tuple[Table, list[Any]]] = [(ORDERS, [order]), *((LOTS, [lot]) for lot in lots)]
        touched += [(CHUNKS, [part.lot, part.part]) for part in parts]
        places = {
            f"{one.lot}/{one.part}": places_digest(connection, one.lot, one.first, one._mapping["count"]) for one in parts
        }
        trail.write(connection, order, "covered", touched, places=places, digests=plan_digests(connection, order))


def revision(connection: Connection) -> str | None:
    """The revision of a ledger's schema; None where there is none yet."""
    known = inspect(connection)
    if known.has_table("alembic_version"):
        found: str | None = connection.scalar(select(text("version_num")).select_from(table("alembic_version")))
        return found
    return _FIRST if known.has_table("orders") and known.has_table("issues") else None


def _migrate(connection: Connection, target: str, found: str = "") -> None:
    """Run the steps between two revisions in the connection's transaction, up or down."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory(str(_VERSIONS))
    downwards = bool(found) and (target == _NOTHING or target < found)

    def way(known: object, context: object) -> object:
        at = found or _NOTHING
        return steps._downgrade_revs(target, at) if downwards else steps._upgrade_revs(target, at)

    if found and not inspect(connection).has_table("alembic_version"):
        MigrationContext.configure(connection, opts={"transactional_ddl": True}).stamp(steps, found)
    with EnvironmentContext(Config(), steps, fn=way, starting_rev=None, destination_rev=target) as environment:
        environment.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
        environment.run_migrations()
