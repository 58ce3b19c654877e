"""The ledger as it was before it knew migrations: a ledger without a revision is of this one."""

from typing import Any

from alembic import op
from sqlalchemy import CheckConstraint, ForeignKey, text

from pipeline.office.ledger_columns import kept_as, number, states, word

revision, down_revision = "0001", None


def _only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
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
        **kept_as(),
    )
    op.create_table(
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
        **kept_as(clustered=True),
    )
    op.create_table(
        "members",
        number("order_no", ForeignKey("orders.no"), primary_key=True),
        number("n", primary_key=True),
        word("issuer"),
        word("key"),
        word("record"),
        **kept_as(),
    )
    op.create_table(
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
        **kept_as(clustered=True),
    )
    op.create_index(
        "issues_never_twice", "issues", ["issuer", "key", "document"], unique=True, **_only("state IN ('planned', 'issued')")
    )
    op.create_index("issues_of_order", "issues", ["order_no", "n"])
    op.create_index("issues_ended", "issues", ["ended_by"], **_only("ended_by IS NOT NULL"))
    op.create_index("issues_replaced", "issues", ["replaces"], **_only("replaces IS NOT NULL"))
    op.create_table(
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
        **kept_as(clustered=True),
    )
    op.create_index("lots_of_order", "lots", ["order_no"])
    op.create_table(
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
        **kept_as(clustered=True),
    )
    op.create_index("pieces_of_issue", "pieces", ["issue"])
    op.create_index("pieces_of_lot", "pieces", ["lot", "seq"], unique=True, **_only("lot IS NOT NULL"))
    op.create_table(
        "documents",
        word("serial", ForeignKey("pieces.serial"), primary_key=True),
        word("content"),
        **kept_as(),
    )
    op.create_table(
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
        **kept_as(clustered=True),
    )
    op.create_table(
        "events",
        number("id", primary_key=True),
        word("at"),
        number("order_no", ForeignKey("orders.no")),
        word("kind"),
        word("detail"),
        **kept_as(),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("events", "chunks", "documents", "pieces", "lots", "issues", "members", "decisions", "orders"):
        op.drop_table(name)
