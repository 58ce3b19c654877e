"""Many rows into PostgreSQL by COPY, which is to it what a batch of inserts is to SQLite."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError, OperationalError

_COMING = "coming_rows"


def copy(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]], ignore: bool) -> int:
    """Insert rows in the order of `columns`; returns how many went in. `ignore`: what an index refuses is left out."""
    quote = connection.dialect.identifier_preparer.quote
    target, names = quote(table.name), ", ".join(map(quote, columns))
    driver: Any = connection.dialect.dbapi
    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor() as cursor:
            into = _COMING if ignore else target
            if ignore:
                cursor.execute(f"CREATE TEMPORARY TABLE {_COMING} AS SELECT {names} FROM {target} WITH NO DATA")
            with cursor.copy(f"COPY {into} ({names}) FROM STDIN") as stream:
                for row in rows:
                    stream.write_row(row)
            count: int = cursor.rowcount
            if ignore:
                cursor.execute(f"INSERT INTO {target} ({names}) SELECT {names} FROM {_COMING} ON CONFLICT DO NOTHING")
                count = cursor.rowcount
                cursor.execute(f"DROP TABLE {_COMING}")
            return count
    except driver.Error as fault:
        kind = OperationalError if isinstance(fault, driver.OperationalError) else DBAPIError
        raise kind(f"COPY {table.name}", None, fault) from None  # the rows themselves are in no message of ours
