"""The ledger's tables. Owner of `sqlalchemy`, together with the other `ledger` modules.

The same definitions are for SQLite, where tables are STRICT, and for PostgreSQL, where texts sort by their bytes as they do
in SQLite. The migrations create them (`ledger_upgrade`). Another module's table joins by `table`, a migration of its own and
an import in `ledger_upgrade`; its rows are covered by the audit as `ledger_events` says.
Days are ISO texts, structures JSON texts. A row of a plan is named by the order's number and `n`, the member's place in
the order counted from 1; a physical piece by its serial; an issue (the legal act) by the serial of its first piece.
"""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, MetaData, Table, text

from pipeline.office.ledger_columns import kept_as, number, states, word

METADATA = MetaData()


def _only(condition: str) -> dict[str, Any]:
    """An index over some rows."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def table(name: str, *parts: Any, clustered: bool = False) -> Table:
    """A table of the ledger; `clustered` ones are stored in the order of their key, so that a plan appends."""
    options: dict[str, Any] = kept_as(clustered)
    made: Table = Table(name, METADATA, *parts, **options)
    return made


ORDERS = table(
    "orders",
    number("no", primary_key=True, autoincrement=False),
    word("id", unique=True),
    word("issuer"),
    word("day"),
    word("state"),
    word("request"),
    word("inputs"),
    word("tally", null=True),
    word("fault", null=True),
    states("open", "planned", "done", "stopped"),
)

# One row for every member and document type: the audit's and the office lists' source. Only a hold has a code.
DECISIONS = table(
    "decisions",
    number("order_no", ForeignKey("orders.no"), primary_key=True),
    number("n", primary_key=True),
    word("document", primary_key=True),
    word("key"),
    word("file"),
    number("row"),
    word("outcome"),
    word("rule"),
    word("reason"),
    word("expiry_rule"),
    word("code"),
    word("place"),
    word("detail"),
    CheckConstraint("outcome IN ('issue', 'skip', 'hold', 'already-issued')"),
    CheckConstraint("(outcome = 'hold') = (code <> '')"),
    clustered=True,
)

# The record as it was delivered, sealed (`vault`), only of members who get something: a reissue needs it.
MEMBERS = table(
    "members",
    number("order_no", ForeignKey("orders.no"), primary_key=True),
    number("n", primary_key=True),
    word("issuer"),
    word("key"),
    word("record"),
)

ISSUES = table(
    "issues",
    word("id", primary_key=True),
    word("issuer"),
    word("key"),
    word("document"),
    word("state"),
    word("issued_on"),
    word("expires_on", null=True),
    number("order_no", ForeignKey("orders.no")),
    number("n"),
    word("channel"),
    word("bundle"),
    word("reason"),
    word("fee"),
    word("replaces", ForeignKey("issues.id"), null=True),
    number("ended_by", ForeignKey("orders.no"), null=True),
    states("planned", "issued", "void", "expired"),
    # The promise "never twice" is this index: it also decides between two orders that run at once.
    Index("issues_never_twice", "issuer", "key", "document", unique=True, **_only("state IN ('planned', 'issued')")),
    Index("issues_of_order", "order_no", "n"),
    Index("issues_of_key", "key", "issuer"),
    Index("issues_by_day", "issued_on"),
    Index("issues_ended", "ended_by", **_only("ended_by IS NOT NULL")),
    Index("issues_replaced", "replaces", **_only("replaces IS NOT NULL")),
    clustered=True,
)

LOTS = table(
    "lots",
    word("name", primary_key=True),
    number("order_no", ForeignKey("orders.no")),
    word("issuer"),
    word("document"),
    word("channel"),
    word("sheet"),
    number("documents"),
    number("sheets"),
    word("fingerprint"),
    word("state"),
    states("planned", "done"),
    Index("lots_of_order", "order_no"),
    clustered=True,
)

PIECES = table(
    "pieces",
    word("serial", primary_key=True),
    word("issue", ForeignKey("issues.id")),
    word("state"),
    word("lot", ForeignKey("lots.name"), null=True),
    number("seq", null=True),
    number("part", null=True),
    number("sheet", null=True),
    number("slot", null=True),
    states("planned", "printed", "void", "spoiled"),
    Index("pieces_of_issue", "issue"),
    Index("pieces_of_lot", "lot", "seq", unique=True, **_only("lot IS NOT NULL")),
    clustered=True,
)

# What is printed, final: texts, settings and payloads of a `Document` as one JSON array, sealed.
DOCUMENTS = table(
    "documents",
    word("serial", ForeignKey("pieces.serial"), primary_key=True),
    word("content"),
)

CHUNKS = table(
    "chunks",
    word("lot", ForeignKey("lots.name"), primary_key=True),
    number("part", primary_key=True),
    number("first"),
    number("count"),
    number("first_sheet"),
    word("state"),
    word("sha256"),
    word("report"),
    states("planned", "made"),
    clustered=True,
)

# Append only: what happened, in order and without a gap; `hash` covers the entry and the hash before it.
EVENTS = table(
    "events",
    number("id", primary_key=True, autoincrement=False),
    word("at"),
    word("actor"),
    number("order_no", ForeignKey("orders.no"), null=True),
    word("kind"),
    word("detail"),
    word("hash"),
    Index("events_of_kind", "kind"),
    Index("events_of_order", "order_no"),
    Index("events_by_time", "at"),
)

# Signed now and then: so many events, this hash at their end, so many orders.
CHECKPOINTS = table(
    "checkpoints",
    number("no", primary_key=True, autoincrement=False),
    word("at"),
    number("events"),
    word("head"),
    number("orders"),
    word("key"),
    word("signature"),
)
