"""What the ledger keeps of people is sealed (`ledger_sealing` does that after this step); what is looked for has its index."""

from alembic import op

from pipeline.office.ledger_columns import kept_as, word

revision, down_revision = "0005", "0004"
_INDEXES = (
    ("issues_of_key", "issues", ["key", "issuer"]),
    ("issues_by_day", "issues", ["issued_on"]),
    ("events_by_time", "events", ["at"]),
    ("cases_by_state", "cases", ["state", "opened_at"]),
    ("spoils_by_time", "spoils", ["at"]),
)


def upgrade() -> None:
    """Create the table of what was said in cases, and the indexes."""
    op.create_table("case_notes", word("id", primary_key=True), word("content"), **kept_as())
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Drop them. What was sealed stays sealed."""
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
    op.drop_table("case_notes")
