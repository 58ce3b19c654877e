"""The audit: whether the trail is whole, and whether the tables still are what the trail says of them. Reads only.

What is found: an entry that was changed, removed, put elsewhere or cut off at the end; a checkpoint that is missing or was
not signed with the key; a row of any table that was altered, removed or added past the program.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, and_, case, func, or_, select
from sqlalchemy.exc import DatabaseError

from pipeline.base.problems import HandoffError, Problem
from pipeline.office import ledger_upgrade
from pipeline.office.ledger_engine import connect, reading
from pipeline.office.ledger_events import Entry, digest_of, name_of, places_digest, plan_digests
from pipeline.office.ledger_schema import (
    CHECKPOINTS,
    CHUNKS,
    DECISIONS,
    DOCUMENTS,
    EVENTS,
    ISSUES,
    LOTS,
    MEMBERS,
    METADATA,
    ORDERS,
    PIECES,
)
from pipeline.office.ledger_spoils import SPOILS
from pipeline.office.ledger_trail import ERASED, stands
from pipeline.office.notary import Checkpoint

# Covered by a plan's digests; of chunks and pieces single rows may be named as well. All other tables go row by row.
BY_PLAN = (DECISIONS, MEMBERS, ISSUES, PIECES, DOCUMENTS, CHUNKS)
_NOTHING = hashlib.sha256().hexdigest()
_FETCH = 1000


class Audited(NamedTuple):
    """What an audit looked at, and what it found; `erased` orders have no personal data any more, as the trail says."""

    events: int
    checkpoints: int
    orders: int
    problems: list[Problem]
    erased: int = 0


class Told:
    """What the trail says of the tables, entry by entry: the last word counts."""

    def __init__(self) -> None:
        self.hashes = [""]
        self.rows: dict[str, str] = {}
        self.digests: dict[int, dict[str, str]] = {}
        self.places: dict[str, str] = {}
        self.checkpoints: set[int] = set()
        self.erased = 0

    def hear(self, entry: Entry) -> None:
        """Take an entry in."""
        self.hashes.append(entry.hash)
        detail = json.loads(entry.detail)
        for lot in detail.get("lots", ()):  # of a plan that was taken back
            gone = (f"{LOTS.name}/{lot}", f"{CHUNKS.name}/{lot}/")
            self.rows = {name: value for name, value in self.rows.items() if name != gone[0] and not name.startswith(gone[1])}
            self.places = {name: value for name, value in self.places.items() if not name.startswith(f"{lot}/")}
        self.rows |= detail.get("rows", {})
        self.places |= detail.get("places", {})
        if "digests" in detail and entry.order_no is not None:
            self.digests[entry.order_no] = detail["digests"]
        self.erased += entry.kind == ERASED
        if "checkpoint" in detail:
            self.checkpoints.add(detail["checkpoint"])


def audit(url: str, key: str, anchors: list[Checkpoint]) -> Audited:
    """Audit a ledger. `key` is the public key of its notary (empty: any), `anchors` are checkpoints kept elsewhere."""
    engine = connect(url)
    try:
        with reading(engine) as connection:
            ledger_upgrade.check(ledger_upgrade.revision(connection))
            return look(connection, key, anchors)
    except DatabaseError as fault:
        raise HandoffError(Problem("ledger-cannot-open", "ledger", {"fault": str(fault.orig)})) from None
    finally:
        engine.dispose()


def look(connection: Connection, key: str, anchors: list[Checkpoint]) -> Audited:
    """Audit what a connection sees."""
    told = Told()
    problems = list(_trail(connection, told))
    problems += _checkpoints(connection, told, key)
    cut = (one for one in anchors if not stands(connection, one))
    problems += (Problem("audit-tail-cut", "events", {"events": one.events, "at": one.at}) for one in cut)
    for compare in (_rows, _plans, _states):
        problems += compare(connection, told)
    count = connection.scalar(select(func.count()).select_from(ORDERS)) or 0
    return Audited(len(told.hashes) - 1, len(told.checkpoints), count, problems, told.erased)


def _trail(connection: Connection, told: Told) -> Iterator[Problem]:
    expected, before = 1, ""
    query = select(*(EVENTS.c[name] for name in Entry._fields)).order_by(EVENTS.c.id)
    for row in connection.execute(query, execution_options={"yield_per": _FETCH}):
        entry = Entry(*row)
        if entry.id != expected:
            yield Problem("audit-entry-missing", f"events {expected}", {"entry": expected})
        elif not entry.follows(before):
            yield Problem("audit-entry-changed", f"events {entry.id}", {"entry": entry.id})
        expected, before = entry.id + 1, entry.hash
        try:
            told.hear(entry)
        except (ValueError, TypeError, AttributeError):  # altered to what is no detail: said above
            continue


def _checkpoints(connection: Connection, told: Told, key: str) -> Iterator[Problem]:
    rows = connection.execute(select(CHECKPOINTS).order_by(CHECKPOINTS.c.no)).all()
    found = [Checkpoint(**row._mapping) for row in rows]
    for no in sorted(told.checkpoints ^ {one.no for one in found}):
        yield Problem("audit-checkpoint-missing", f"checkpoints {no}", {"no": no})
    for one in found:
        there = 0 < one.events < len(told.hashes) and told.hashes[one.events] == one.head
        if not there or not one.holds() or (key and one is found[-1] and one.key != key):
            yield Problem("audit-checkpoint-wrong", f"checkpoints {one.no}", {"no": one.no})


def _rows(connection: Connection, told: Told) -> Iterator[Problem]:
    """Tables that go row by row, and single rows of others that an entry names."""
    seen = set()
    for table in METADATA.sorted_tables:
        if table in (EVENTS, CHECKPOINTS) or (table in BY_PLAN and table not in (CHUNKS, PIECES)):
            continue
        for row in connection.execute(select(table), execution_options={"yield_per": _FETCH}):
            name = name_of(table, _key(table, row))
            known = told.rows.get(name)
            seen.add(name)
            if known is None and (table is PIECES or (table is CHUNKS and (row.state, row.sha256, row.report) == _UNMADE)):
                continue
            if known != digest_of(row):
                yield Problem("audit-row-changed", name, {"row": name})
    for name in sorted(name for name, digest in told.rows.items() if digest and name not in seen):
        yield Problem("audit-row-missing", name, {"row": name})


_UNMADE = ("planned", "", "")


def _key(table: Table, row: Any) -> list[Any]:
    return [row._mapping[column.name] for column in table.primary_key]


def _plans(connection: Connection, told: Told) -> Iterator[Problem]:
    for no, order, state in connection.execute(select(ORDERS.c.no, ORDERS.c.id, ORDERS.c.state).order_by(ORDERS.c.no)).all():
        if state == "open":  # being planned; begins anew when it is resumed
            continue
        found = plan_digests(connection, no)
        known = dict.fromkeys(found, _NOTHING) if state == "stopped" else told.digests.get(no, {})
        for name in (name for name in found if found[name] != known.get(name)):
            yield Problem("audit-plan-changed", order, {"table": name, "order": order})
    for row in connection.execute(select(CHUNKS).where(CHUNKS.c.state == "made").order_by(CHUNKS.c.lot, CHUNKS.c.part)).all():
        name = f"{row.lot}/{row.part}"
        if places_digest(connection, row.lot, row.first, row._mapping["count"]) != told.places.get(name):
            yield Problem("audit-plan-changed", row.lot, {"table": f"{PIECES.name} {name}", "order": row.lot})


def _states(connection: Connection, told: Told) -> Iterator[Problem]:
    """States follow: an issue's from its lot, unless an order's plan ended it; a piece's from lot, issue and spoil."""
    handed_off = (
        select(PIECES.c.serial)
        .join(LOTS, and_(LOTS.c.name == PIECES.c.lot, LOTS.c.state == "done"))
        .where(PIECES.c.issue == ISSUES.c.id)
        .exists()
    )
    standing = case((handed_off, "issued"), else_="planned")
    issues = select(ISSUES.c.id).where(
        or_(
            and_(ISSUES.c.ended_by.is_(None), ISSUES.c.state != standing),
            and_(ISSUES.c.ended_by.is_not(None), ISSUES.c.state.not_in(("void", "expired"))),
        )
    )
    expected = case(
        (or_(LOTS.c.name.is_(None), LOTS.c.state != "done"), "planned"),
        (SPOILS.c.serial.is_not(None), "spoiled"),
        (ISSUES.c.state == "void", "void"),
        else_="printed",
    )
    pieces = (
        select(PIECES.c.serial)
        .join(ISSUES, ISSUES.c.id == PIECES.c.issue, isouter=True)
        .join(LOTS, LOTS.c.name == PIECES.c.lot, isouter=True)
        .join(SPOILS, SPOILS.c.serial == PIECES.c.serial, isouter=True)
        .where(PIECES.c.state != expected)
    )
    for table, query in ((ISSUES, issues), (PIECES, pieces)):
        for serial in connection.scalars(query):
            name = name_of(table, [serial])
            if name not in told.rows:  # a row that an entry names was compared as it is
                yield Problem("audit-row-changed", name, {"row": name})
