"""Homes that many share: what only the whole plan shows. An address stands in the ledger's records alone, in no list.

The passes are the database's; nothing here grows with the number of members.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, MetaData, Select, Table, and_, delete, func, insert, literal_column, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from pipeline.model.decision import Outcome
from pipeline.office.bundles import HOME
from pipeline.office.ledger_columns import WORDS, number, word
from pipeline.office.ledger_engine import connect
from pipeline.office.ledger_schema import DECISIONS, DOCUMENTS, ISSUES, MEMBERS, PIECES
from pipeline.rules.addresses import REGISTER

CODE, STRANGERS = "member-shared-home", "member-strangers-at-home"
_RULE, _REASON = "plausibility", "shared-home"
_PAGE = 500
_HOMES = Table(
    "homes", MetaData(), number("n", primary_key=True), word("household", null=True), word("address", null=True),
    prefixes=["TEMPORARY"],
)  # fmt: skip
_SHARED = Table("shared_homes", MetaData(), word("address", primary_key=True), number("households"), prefixes=["TEMPORARY"])
_BLANK = re.compile(r"\s")


class Stranger(NamedTuple):
    """A member whose home is also that of members of another surname; who has the same is of one `group`."""

    group: int
    file: str
    row: int
    key: str


class Homes:
    """The homes of an order that more than one symbol and number share, inside one transaction."""

    def __init__(self, connection: Connection, order_no: int):
        self._connection, self._order_no = connection, order_no
        self._shared = (
            select(_HOMES.c.n)
            .join(_SHARED, _SHARED.c.address == _HOMES.c.address)
            .join(MEMBERS, and_(MEMBERS.c.order_no == order_no, MEMBERS.c.n == _HOMES.c.n))
        )

    def hold(self, least: int) -> int:
        """Hold what goes home to an address of `least` and more symbols and numbers, unless the register of residents
        (住民票) says that it is the home. Returns how many members that are."""
        unproven = (
            self._shared.add_columns(_SHARED.c.households)
            .where(_SHARED.c.households >= least, func.coalesce(_text("address_source"), "") != REGISTER)
            .order_by(_HOMES.c.n)
        )
        held, last = 0, 0
        while some := self._connection.execute(unproven.where(_HOMES.c.n > last).limit(_PAGE)).all():
            for n, households in some:
                _hold(self._connection, self._order_no, n, households)
            held, last = held + len(some), some[-1].n
            self._connection.execute(delete(_HOMES).where(_HOMES.c.n.in_([row.n for row in some])))
        return held

    def strangers(self) -> Iterator[Stranger]:
        """Members who are at home where another symbol and number with another surname is at home too."""
        known = self._shared.add_columns(_HOMES.c.address, _HOMES.c.household, MEMBERS.c.key, _text("name").label("name"))
        found = self._connection.execute(known.order_by(_HOMES.c.address, _HOMES.c.n)).yield_per(_PAGE)
        group = 0
        for _, some in groupby(found, key=lambda row: row.address):
            rows = list(some)
            if len({row.household for row in rows}) > 1 < len({_BLANK.split(row.name)[0] for row in rows}):
                group += 1
                yield from (Stranger(group, *_place(self._connection, self._order_no, row.n), row.key) for row in rows)


@contextmanager
def shared_homes(url: str, order_no: int) -> Iterator[Homes]:
    """Find what an order sends to homes that are shared; what is held is held when this ends well."""
    engine = connect(url)
    try:
        with engine.begin() as connection:
            _HOMES.create(connection)
            _SHARED.create(connection)
            connection.execute(insert(_HOMES).from_select(["n", "household", "address"], _delivered(order_no)))
            households = func.count(_HOMES.c.household.distinct())
            known = select(_HOMES.c.address, households).where(_HOMES.c.address.is_not(None))
            shared = known.group_by(_HOMES.c.address).having(households > 1)
            connection.execute(insert(_SHARED).from_select(["address", "households"], shared))
            yield Homes(connection, order_no)
            _SHARED.drop(connection)
            _HOMES.drop(connection)
    finally:
        engine.dispose()


def _delivered(order_no: int) -> Select[Any]:
    """Who gets something at home: place in the order, key without its branch, address (none: NULL)."""
    sent_home = select(ISSUES.c.n).where(ISSUES.c.order_no == order_no, ISSUES.c.channel == HOME)
    household = func.rtrim(MEMBERS.c.key, "0123456789")
    address = func.replace(func.coalesce(_text("postcode"), ""), "-", "").concat(" ").concat(_text("address"))
    return select(MEMBERS.c.n, household, address).where(MEMBERS.c.order_no == order_no, MEMBERS.c.n.in_(sent_home))


def _text(field: str) -> Any:
    """A field of a member's record; NULL where it is empty."""
    return _Field(MEMBERS.c.record, literal_column(f"'{field}'"))


class _Field(FunctionElement[str]):
    """A text of a JSON object that is kept as text."""

    type, inherit_cache = WORDS, True


@compiles(_Field, "sqlite")
def _in_sqlite(element: _Field, compiler: Any, **options: Any) -> str:
    record, field = (compiler.process(one, **options) for one in element.clauses)
    return f"json_extract({record}, '$.' || {field})"


@compiles(_Field, "postgresql")
def _in_postgresql(element: _Field, compiler: Any, **options: Any) -> str:
    record, field = (compiler.process(one, **options) for one in element.clauses)
    return f'(CAST({record} AS JSONB) ->> {field}) COLLATE "C"'


def _place(connection: Connection, order_no: int, n: int) -> tuple[str, int]:
    found = select(DECISIONS.c.file, DECISIONS.c.row).where(DECISIONS.c.order_no == order_no, DECISIONS.c.n == n).limit(1)
    file, row = connection.execute(found).one()
    return file, row


def _hold(connection: Connection, order_no: int, n: int, households: int) -> None:
    """Hold what a member was to get at home; what goes another way stays."""
    mine = and_(ISSUES.c.order_no == order_no, ISSUES.c.n == n)
    chosen = select(ISSUES.c.id, ISSUES.c.key, ISSUES.c.document).where(mine, ISSUES.c.channel == HOME)
    claimed = connection.execute(chosen).all()
    file, row = _place(connection, order_no, n)
    for serial, key, document in claimed:
        for table, column in ((DOCUMENTS, DOCUMENTS.c.serial), (PIECES, PIECES.c.serial), (ISSUES, ISSUES.c.id)):
            connection.execute(delete(table).where(column == serial))
        ended = and_(ISSUES.c.ended_by == order_no, ISSUES.c.key == key, ISSUES.c.document == document)
        connection.execute(update(ISSUES).where(ended).values(state="issued", ended_by=None))
        connection.execute(
            update(DECISIONS)
            .where(DECISIONS.c.order_no == order_no, DECISIONS.c.n == n, DECISIONS.c.document == document)
            .values(
                outcome=Outcome.HOLD, rule=_RULE, reason=_REASON, expiry_rule="", code=CODE, place=f"{file} row {row} 住所",
                detail=json.dumps({"households": households}),
            )
        )  # fmt: skip
    if connection.scalar(select(func.count()).select_from(ISSUES).where(mine)) == 0:
        connection.execute(delete(MEMBERS).where(MEMBERS.c.order_no == order_no, MEMBERS.c.n == n))
