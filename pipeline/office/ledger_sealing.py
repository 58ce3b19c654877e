"""Sealing what an older ledger keeps of people as it is: whole or not at all, in the transaction that upgrades it.

The trail covers the change: a table's part of a plan that still is what the trail says of it gets a new digest; one that is
not keeps the old one, so that the audit goes on to say so.
"""

import json
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, or_, select, update

from pipeline.office.ledger_desk import CASES
from pipeline.office.ledger_events import plan_digests, row_digest
from pipeline.office.ledger_plan import many
from pipeline.office.ledger_schema import DOCUMENTS, EVENTS, MEMBERS, ORDERS
from pipeline.office.ledger_trail import Trail
from pipeline.office.vault import Vault, order_of_serial

SEALED = "sealed"
_PAGE = 500


def seal_older(connection: Connection, trail: Trail, vault: Vault) -> None:
    """Seal every record, document and word of a case that stands in the ledger as it is."""
    orders = connection.execute(select(ORDERS.c.no, ORDERS.c.state).order_by(ORDERS.c.no)).all()
    digests, rows = _told(connection)
    planned = [no for no, state in orders if state in ("planned", "done") and no in digests]
    whole = {no: _same(plan_digests(connection, no), digests[no]) for no in planned}
    for table, key, content in ((MEMBERS, ("order_no", "n"), "record"), (DOCUMENTS, ("serial",), "content")):
        _seal(connection, vault, table, key, content)
    for no, same in whole.items():
        now = plan_digests(connection, no)
        trail.write(connection, no, SEALED, digests=digests[no] | {name: now[name] for name in same})
    _seal_words(connection, trail, vault, rows)


def _same(found: dict[str, str], told: Any) -> list[str]:
    return [name for name in found if found[name] == told.get(name)]


def _told(connection: Connection) -> tuple[dict[int, Any], dict[str, str]]:
    """The digests that the trail told last: of each order's plan, and of rows."""
    digests: dict[int, Any] = {}
    rows: dict[str, str] = {}
    found = connection.execute(select(EVENTS.c.order_no, EVENTS.c.detail).order_by(EVENTS.c.id))
    for order_no, detail in found:
        try:
            told = json.loads(detail)
            digests |= {order_no: told["digests"]} if "digests" in told else {}
            rows |= {name: digest for name, digest in told.get("rows", {}).items() if name.startswith(f"{CASES.name}/")}
        except (ValueError, AttributeError, TypeError):  # altered: the audit says so
            continue
    return digests, rows


def _seal(connection: Connection, vault: Vault, table: Table, key: tuple[str, ...], content: str) -> None:
    """Page by page along the key; a row of an order that was erased meanwhile loses its content."""
    columns = [table.c[name] for name in key]
    query = select(*columns, table.c[content]).order_by(*columns).limit(_PAGE)
    mine = and_(*(column == bindparam(f"_{column.name}") for column in columns))
    change = update(table).where(mine).values({content: bindparam("_sealed")})
    names = ("_sealed", *(f"_{name}" for name in key))
    after: Any = None
    while some := connection.execute(query if after is None else query.where(after)).all():
        many(connection, change, names, [(_sealed(vault, table, row), *row[:-1]) for row in some])
        last = some[-1]
        after = or_(
            *(
                and_(*(c == v for c, v in zip(columns[:i], last, strict=False)), columns[i] > last[i])
                for i in range(len(columns))
            )
        )


def _sealed(vault: Vault, table: Table, row: Any) -> str:
    order_no = row[0] if table is MEMBERS else order_of_serial(row[0])
    if vault.is_erased(order_no):
        return ""
    return vault.seal_member(*row) if table is MEMBERS else vault.seal_document(*row)


def _seal_words(connection: Connection, trail: Trail, vault: Vault, rows: dict[str, str]) -> None:
    """The words of refusals, where the row still is what the trail says of it."""
    touched: list[tuple[Table, list[str]]] = []
    for row in connection.execute(select(CASES).where(CASES.c.words != "")).all():
        if row_digest(connection, CASES, [row.id]) == rows.get(f"{CASES.name}/{row.id}"):
            touched.append((CASES, [row.id]))
        words = "" if vault.is_erased(order_of_serial(row.issue)) else vault.seal_case(row.id, row.issue, row.words)
        connection.execute(update(CASES).where(CASES.c.id == row.id).values(words=words))
    if touched:
        trail.write(connection, None, SEALED, touched)
