"""Spoiled pieces, what came back of each lot, and orders whose figures are closed."""

from alembic import op
from sqlalchemy import CheckConstraint, ForeignKey, text

from pipeline.office.ledger_columns import kept_as, number, word

revision, down_revision = "0003", "0002"
_REMADE = text("remade_by IS NOT NULL")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "spoils",
        word("serial", ForeignKey("pieces.serial"), primary_key=True),
        word("reason"),
        word("by"),
        word("at"),
        number("noted_by", ForeignKey("orders.no"), null=True),
        number("remade_by", ForeignKey("orders.no"), null=True),
        word("written_off"),
        CheckConstraint("remade_by IS NULL OR written_off = ''"),
        **kept_as(clustered=True),
    )
    op.create_index("spoils_remade", "spoils", ["remade_by"], sqlite_where=_REMADE, postgresql_where=_REMADE)
    op.create_table(
        "acceptances",
        word("lot", ForeignKey("lots.name"), primary_key=True),
        number("delivered", null=True),
        word("delivered_on", null=True),
        word("delivered_by", null=True),
        number("good", null=True),
        word("accepted_on", null=True),
        word("accepted_by", null=True),
        **kept_as(clustered=True),
    )
    op.create_table(
        "completions",
        number("order_no", ForeignKey("orders.no"), primary_key=True, autoincrement=False),
        word("day"),
        word("by"),
        word("report"),
        **kept_as(clustered=True),
    )


def downgrade() -> None:
    """Drop them: pieces stay spoiled, why is lost."""
    for table in ("completions", "acceptances", "spoils"):
        op.drop_table(table)
