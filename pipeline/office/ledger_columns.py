"""How columns and tables of the ledger are kept by each database. The migrations use these too: what stands here stays."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, Integer, Text

# A database's own collation would sort a lot otherwise from machine to machine.
WORDS = Text().with_variant(Text(collation="C"), "postgresql")


def word(name: str, *args: Any, null: bool = False, **options: Any) -> Column[str]:
    """A column of text that sorts by its bytes."""
    return Column(name, WORDS, *args, nullable=null, **options)


def number(name: str, *args: Any, null: bool = False, **options: Any) -> Column[int]:
    """A column of whole numbers."""
    return Column(name, Integer, *args, nullable=null, **options)


def states(*known: str) -> CheckConstraint:
    """The states that a row can be in."""
    return CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in known)))


def kept_as(clustered: bool = False) -> dict[str, bool]:
    """Options of a table: STRICT in SQLite, and there in the order of its key where it is `clustered`."""
    return {"sqlite_strict": True, "sqlite_with_rowid": not clustered}
