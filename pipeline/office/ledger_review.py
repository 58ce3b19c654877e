"""The audit trail for people: its pages, what stands out in it, and the check of the whole chain on demand.

What counts as standing out (hours, looks a day, reissues a year) are figures of OURS; a house's own rules may be stricter.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from pipeline.base.problems import LedgerError, Problem
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_audit import Audited, look
from pipeline.office.ledger_schema import CHECKPOINTS, EVENTS, ISSUES, ORDERS
from pipeline.office.notary import Checkpoint, Notary, fingerprint
from pipeline.office.shop import Shop

CHECKED = "audit-checked"
OPENS, CLOSES = 7, 20  # hours of a working day
DAYS, YEAR = 30, 365
LOOKS, AGAIN = 50, 2  # looks of one person on one day; reissues of one document to one member in a year
LOOKED = ("looked-search", "looked-member", "looked-case")
LOG_IN, REFUSED = "log-in", "log-in-refused"
# What the program does by itself once somebody has begun an order, perhaps through the night.
_STEPS = ("planned", "plan-discarded", "part-made", "lot-handed-off", "done")
_TOLD = 50  # problems that a check's entry keeps


class Entry(NamedTuple):
    """An entry as people read it: `detail` without digests."""

    no: int
    at: str
    actor: str
    order: str
    kind: str
    detail: Mapping[str, Any]


class Asked(NamedTuple):
    """Which entries; an empty text or None asks for nothing. Days are both included."""

    actor: str = ""
    kind: str = ""
    order: str = ""
    first: date | None = None
    last: date | None = None


def entries(connection: Connection, asked: Asked, before: int | None = None, most: int = 50) -> list[Entry]:
    """Entries, newest first; `before` an entry's number."""
    query = select(EVENTS.c.id, EVENTS.c.at, EVENTS.c.actor, ORDERS.c.id.label("order"), EVENTS.c.kind, EVENTS.c.detail).join(
        ORDERS, ORDERS.c.no == EVENTS.c.order_no, isouter=True
    )
    for column, wanted in ((EVENTS.c.actor, asked.actor), (EVENTS.c.kind, asked.kind), (ORDERS.c.id, asked.order)):
        if wanted:
            query = query.where(column == wanted)
    if asked.first:
        query = query.where(EVENTS.c.at >= asked.first.isoformat())
    if asked.last:
        query = query.where(EVENTS.c.at < (asked.last + timedelta(days=1)).isoformat())
    if before is not None:
        query = query.where(EVENTS.c.id < before)
    rows = connection.execute(query.order_by(EVENTS.c.id.desc()).limit(most)).all()
    return [Entry(row.id, row.at, row.actor, row.order or "", row.kind, _detail(row.detail)) for row in rows]


def _detail(text: str) -> dict[str, Any]:
    """What an entry says to people: digests are for the check."""
    try:
        told = json.loads(text)
        return {name: value for name, value in told.items() if name not in ("rows", "digests", "places")}
    except (ValueError, AttributeError):  # altered: the check says so
        return {}


def filters(connection: Connection) -> tuple[list[str], list[str]]:
    """The people and the kinds that there are entries of."""
    people, kinds = (connection.scalars(select(one).distinct().order_by(one)).all() for one in (EVENTS.c.actor, EVENTS.c.kind))
    return list(people), list(kinds)


class Review(NamedTuple):
    """What stands out in the last days: by person and hour, by person and day, by serial, by account."""

    since: date
    after_hours: list[tuple[str, int]]
    many_looks: list[tuple[str, str, int]]
    reissues: list[tuple[str, str, int, str]]
    refused: list[tuple[str, int]]


def review(connection: Connection, today: date) -> Review:
    """What stands out. A log-in counts for its account, an order's own steps for nobody."""
    since = today - timedelta(days=DAYS)
    hour = func.substr(EVENTS.c.at, 1, len("2026-11-23T09")).label("hour")
    query = select(hour, EVENTS.c.actor, EVENTS.c.kind, func.count()).where(EVENTS.c.at >= since.isoformat())
    late: Counter[str] = Counter()
    looks: Counter[tuple[str, str]] = Counter()
    for at, actor, kind, count in connection.execute(query.group_by(hour, EVENTS.c.actor, EVENTS.c.kind)):
        if kind not in (LOG_IN, REFUSED, *_STEPS) and _after_hours(at):
            late[actor] += count
        if kind in LOOKED:
            looks[actor, at[:10]] += count
    query = select(EVENTS.c.at, EVENTS.c.detail).where(EVENTS.c.kind == LOG_IN, EVENTS.c.at >= since.isoformat())
    late.update(str(_detail(text).get("account", "")) for at, text in connection.execute(query) if _after_hours(at[:13]))
    many = [(actor, day, count) for (actor, day), count in sorted(looks.items()) if count >= LOOKS]
    return Review(since, sorted(late.items()), many, _reissues(connection, today), _refused(connection, since))


def _after_hours(at: str) -> bool:
    moment = datetime.fromisoformat(f"{at}:00")
    return moment.weekday() >= 5 or not OPENS <= moment.hour < CLOSES


def _reissues(connection: Connection, today: date) -> list[tuple[str, str, int, str]]:
    """Issuer, document, how often, and the serial of the last: who it is, the members' page says and logs."""
    since = (today - timedelta(days=YEAR)).isoformat()
    count = func.count()
    query = (
        select(ISSUES.c.issuer, ISSUES.c.document, count, func.max(ISSUES.c.id))
        .where(ISSUES.c.replaces.is_not(None), ISSUES.c.issued_on >= since, ISSUES.c.state != "planned")
        .group_by(ISSUES.c.issuer, ISSUES.c.key, ISSUES.c.document)
        .having(count >= AGAIN)
        .order_by(count.desc(), func.max(ISSUES.c.id))
        .limit(_TOLD)
    )
    return [(row[0], row[1], int(row[2]), row[3]) for row in connection.execute(query)]


def _refused(connection: Connection, since: date) -> list[tuple[str, int]]:
    """Log-ins that failed, by account; an unknown name's is empty."""
    query = select(EVENTS.c.detail).where(EVENTS.c.kind == REFUSED, EVENTS.c.at >= since.isoformat())
    tries = Counter(str(_detail(text).get("account", "")) for text in connection.scalars(query))
    return sorted(tries.items())


class Sealed(NamedTuple):
    """The checkpoint that was signed last, and its key as people compare it."""

    checkpoint: Checkpoint
    key: str


def sealed(connection: Connection) -> Sealed | None:
    """The last checkpoint in the ledger; None where there is none yet."""
    row = connection.execute(select(CHECKPOINTS).order_by(CHECKPOINTS.c.no.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    found = Checkpoint(**row._mapping)
    return Sealed(found, fingerprint(found.key))


def check(ledger: Ledger, shop: Shop) -> int:
    """Check the whole chain and all rows; what came of it is an entry of its own. Returns that entry's number."""
    found = audited(ledger, shop)
    told = [{"code": one.code, "place": one.place, "values": dict(one.values)} for one in found.problems[:_TOLD]]
    ledger.note(
        CHECKED,
        events=found.events,
        checkpoints=found.checkpoints,
        orders=found.orders,
        found=len(found.problems),
        problems=told,
    )
    with ledger.reading() as connection:
        mine = select(func.max(EVENTS.c.id)).where(EVENTS.c.kind == CHECKED)
        return int(connection.scalar(mine) or 0)


def audited(ledger: Ledger, shop: Shop) -> Audited:
    """The audit of an open ledger, with the checkpoint kept outside it and the shop's key."""
    notary = Notary(shop.ledger_key, shop.ledger_checkpoint)
    altered: list[Problem] = []
    try:
        kept = notary.last()
    except LedgerError as fault:
        kept, altered = None, list(fault.problems)
    with ledger.reading() as connection:
        found = look(connection, notary.public() if notary.key.exists() else "", [kept] if kept else [])
    return found._replace(problems=[*altered, *found.problems])


class Check(NamedTuple):
    """What a check found; `problems` are the first of `found`."""

    at: str
    actor: str
    events: int
    checkpoints: int
    orders: int
    found: int
    problems: list[Problem]


def checked(connection: Connection, entry: int | None = None) -> Check | None:
    """A check by its entry, else the last; None where there is none."""
    query = select(EVENTS).where(EVENTS.c.kind == CHECKED).order_by(EVENTS.c.id.desc()).limit(1)
    row = connection.execute(query if entry is None else query.where(EVENTS.c.id == entry)).one_or_none()
    if row is None:
        return None
    told = _detail(row.detail)
    events, checkpoints, orders, found = (int(told.get(name, 0)) for name in ("events", "checkpoints", "orders", "found"))
    problems = [Problem(one["code"], one["place"], one["values"]) for one in told.get("problems", ())]
    return Check(row.at, row.actor, events, checkpoints, orders, found, problems)
