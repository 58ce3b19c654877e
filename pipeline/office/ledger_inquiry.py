"""Questions to the ledger for people: what was issued to whom, which orders there are, what happened. Reads only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, and_, case, func, select
from sqlalchemy.exc import DatabaseError

from pipeline.base.problems import HandoffError, Problem
from pipeline.office import ledger_upgrade
from pipeline.office.ledger_acceptance import COMPLETIONS
from pipeline.office.ledger_engine import connect, reading
from pipeline.office.ledger_schema import EVENTS, ISSUES, MEMBERS, ORDERS, PIECES
from pipeline.office.ledger_spoils import SPOILS
from pipeline.office.vault import Vault


@contextmanager
def _reading(url: str) -> Iterator[Connection]:
    engine = connect(url)
    try:
        with reading(engine) as connection:
            ledger_upgrade.check(ledger_upgrade.revision(connection))
            yield connection
    except DatabaseError as fault:
        raise HandoffError(Problem("ledger-cannot-open", "ledger", {"fault": str(fault.orig)})) from None
    finally:
        engine.dispose()


def issued(url: str, name: str) -> list[dict[str, Any]]:
    """Everything ever issued under a key (insurer:symbol:number:branch) or as one serial, oldest first."""
    chosen = (
        PIECES.c.serial, ISSUES.c.key, ISSUES.c.issuer, ISSUES.c.document, ISSUES.c.state, ISSUES.c.issued_on,
        ISSUES.c.expires_on, ISSUES.c.channel, ISSUES.c.reason, ISSUES.c.fee, ISSUES.c.replaces,
        ORDERS.c.id.label("order"), PIECES.c.state.label("piece"), PIECES.c.lot, PIECES.c.part, PIECES.c.sheet, PIECES.c.slot,
        SPOILS.c.reason.label("spoiled"), SPOILS.c.by.label("spoiled_by"), SPOILS.c.at.label("spoiled_at"),
        SPOILS.c.written_off,
    )  # fmt: skip
    query = (
        select(*chosen)
        .join(ISSUES, ISSUES.c.id == PIECES.c.issue)
        .join(ORDERS, ORDERS.c.no == ISSUES.c.order_no)
        .join(SPOILS, SPOILS.c.serial == PIECES.c.serial, isouter=True)
        .where(ISSUES.c.key == name if ":" in name else PIECES.c.serial == name)
        .order_by(ISSUES.c.order_no, PIECES.c.serial)
    )
    with _reading(url) as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def record(url: str, vault: Vault, issuer: str, key: str) -> str | None:
    """The newest record of a member of an issuer that something was planned for, as planning wrote it."""
    query = (
        select(MEMBERS.c.order_no, MEMBERS.c.n, MEMBERS.c.record)
        .join(ISSUES, and_(ISSUES.c.order_no == MEMBERS.c.order_no, ISSUES.c.n == MEMBERS.c.n))
        .where(ISSUES.c.issuer == issuer, ISSUES.c.key == key)
        .order_by(ISSUES.c.order_no.desc())
        .limit(1)
    )
    with _reading(url) as connection:
        row = connection.execute(query).one_or_none()
    return vault.member(*row) if row else None


def orders(url: str) -> list[dict[str, Any]]:
    """All orders with the number of documents that they claimed, oldest first."""
    counted = func.count(ISSUES.c.id).label("documents")
    closed = case((COMPLETIONS.c.order_no.is_not(None), "completed"), else_=ORDERS.c.state)
    query = (
        select(ORDERS.c.id.label("order"), ORDERS.c.issuer, ORDERS.c.day, closed.label("state"), counted)
        .join(ISSUES, ISSUES.c.order_no == ORDERS.c.no, isouter=True)
        .join(COMPLETIONS, COMPLETIONS.c.order_no == ORDERS.c.no, isouter=True)
        .group_by(ORDERS.c.no, COMPLETIONS.c.order_no)
        .order_by(ORDERS.c.no)
    )
    with _reading(url) as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def events(url: str, order: str = "") -> list[dict[str, Any]]:
    """The audit trail: what happened, in order; of all orders or of one. It names no member."""
    chosen = (
        EVENTS.c.id.label("entry"),
        EVENTS.c.at,
        EVENTS.c.actor,
        ORDERS.c.id.label("order"),
        EVENTS.c.kind,
        EVENTS.c.detail,
    )
    query = select(*chosen).join(ORDERS, ORDERS.c.no == EVENTS.c.order_no, isouter=True)
    if order:
        query = query.where(ORDERS.c.id == order)
    with _reading(url) as connection:
        return [dict(row._mapping) for row in connection.execute(query.order_by(EVENTS.c.id))]
