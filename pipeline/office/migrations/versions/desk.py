"""The counter's page: accounts, and reissues under way."""

from alembic import op
from sqlalchemy import CheckConstraint, text

from pipeline.office.ledger_columns import kept_as, number, states, word

revision, down_revision = "0004", "0003"
_UNDER_WAY = text("state IN ('open', 'asked')")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "accounts",
        word("name", primary_key=True),
        word("role"),
        word("password"),
        word("state"),
        number("failures"),
        word("locked_until"),
        word("since"),
        states("active", "closed"),
        CheckConstraint("role IN ('operator', 'approver', 'auditor', 'administrator')"),
        **kept_as(),
    )
    words = ["issuer", "key", "document", "issue", "reason", "papers"]
    fee = ["settled", "settled_by", "settled_at"]
    steps = ["opened_by", "opened_at", "asked_by", "asked_at", "decided_by", "decided_at", "words", "fault", "order_id"]
    op.create_table(
        "cases",
        word("id", primary_key=True),
        *map(word, words),
        number("fee"),
        *map(word, fee),
        word("state"),
        *map(word, steps),
        states("open", "asked", "done", "cancelled", "refused"),
        CheckConstraint("settled IN ('', 'none', 'paid', 'waived')"),
        CheckConstraint("decided_by = '' OR (decided_by <> asked_by AND decided_by <> opened_by)"),
        **kept_as(),
    )
    op.create_index(
        "cases_one_under_way", "cases", ["issuer", "key", "document"], unique=True,
        sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY,
    )  # fmt: skip


def downgrade() -> None:
    """Drop them: who may log in, and what was under way, is lost."""
    for table in ("cases", "accounts"):
        op.drop_table(table)
