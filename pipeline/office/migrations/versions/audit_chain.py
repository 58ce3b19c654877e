"""The audit trail becomes a chain of hashes, says who acted, and is signed now and then.

Entries from before are chained as they stand, by nobody: what happened to them earlier cannot be shown.
"""

import hashlib
import json

from alembic import op
from sqlalchemy import ForeignKey, MetaData, Table, insert, select

from pipeline.office.ledger_columns import kept_as, number, word

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Chain what there is."""
    connection = op.get_bind()
    old = Table("events", MetaData(), autoload_with=connection)
    rows = connection.execute(select(old).order_by(old.c.id)).all()
    op.drop_table("events")
    new = op.create_table(
        "events",
        number("id", primary_key=True, autoincrement=False),
        word("at"),
        word("actor"),
        number("order_no", ForeignKey("orders.no"), null=True),
        word("kind"),
        word("detail"),
        word("hash"),
        **kept_as(),
    )
    op.create_index("events_of_kind", "events", ["kind"])
    op.create_index("events_of_order", "events", ["order_no"])
    before = ""
    for number_, row in enumerate(rows, 1):
        told = [before, number_, row.at, "", row.order_no, row.kind, row.detail]
        before = hashlib.sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
        entry = dict(zip(("id", "at", "actor", "order_no", "kind", "detail"), told[1:], strict=True))
        connection.execute(insert(new).values(**entry, hash=before))
    op.create_table(
        "checkpoints",
        number("no", primary_key=True, autoincrement=False),
        word("at"),
        number("events"),
        word("head"),
        number("orders"),
        word("key"),
        word("signature"),
        **kept_as(),
    )


def downgrade() -> None:
    """Keep what happened, without chain and names."""
    connection = op.get_bind()
    rows = connection.execute(
        select(chained := Table("events", MetaData(), autoload_with=connection)).order_by(chained.c.id)
    ).all()
    op.drop_table("checkpoints")
    op.drop_table("events")
    old = op.create_table(
        "events",
        number("id", primary_key=True),
        word("at"),
        number("order_no", ForeignKey("orders.no")),
        word("kind"),
        word("detail"),
        **kept_as(),
    )
    for row in rows:
        if row.order_no is not None:
            values = {"id": row.id, "at": row.at, "order_no": row.order_no, "kind": row.kind, "detail": row.detail}
            connection.execute(insert(old).values(values))
