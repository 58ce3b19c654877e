"""Homes that many share: what only the whole plan shows. An address stands in the ledger's sealed records alone, in no list.

The records are opened once and what is compared is hashed; the passes over that are the database's. Nothing here grows with
the number of members.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, MetaData, Table, and_, delete, func, insert, select, update

from pipeline.model.decision import Outcome
from pipeline.office.bundles import HOME
from pipeline.office.ledger_columns import number, word
from pipeline.office.ledger_engine import connect
from pipeline.office.ledger_plan import bulk
from pipeline.office.ledger_schema import DECISIONS, DOCUMENTS, ISSUES, MEMBERS, PIECES
from pipeline.office.vault import Vault
from pipeline.rules.addresses import REGISTER

CODE, STRANGERS = "member-shared-home", "member-strangers-at-home"
_RULE, _REASON = "plausibility", "shared-home"
_PAGE = 500
_HOMES = Table(
    "homes", MetaData(), number("n", primary_key=True), word("household"), word("address"), word("surname"), number("proven"),
    prefixes=["TEMPORARY"],
)  # fmt: skip
_SHARED = Table(
    "shared_homes", MetaData(), word("address", primary_key=True), number("households"), number("first"),
    prefixes=["TEMPORARY"],
)  # fmt: skip
_DIGITS = "0123456789"
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
            .where(_SHARED.c.households >= least, _HOMES.c.proven == 0)
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
        known = self._shared.add_columns(_HOMES.c.address, _HOMES.c.household, _HOMES.c.surname, MEMBERS.c.key)
        found = self._connection.execute(known.order_by(_SHARED.c.first, _HOMES.c.n)).yield_per(_PAGE)
        group = 0
        for _, some in groupby(found, key=lambda row: row.address):
            rows = list(some)
            if len({row.household for row in rows}) > 1 < len({row.surname for row in rows}):
                group += 1
                yield from (Stranger(group, *_place(self._connection, self._order_no, row.n), row.key) for row in rows)


@contextmanager
def shared_homes(url: str, vault: Vault, order_no: int) -> Iterator[Homes]:
    """Find what an order sends to homes that are shared; what is held is held when this ends well."""
    engine = connect(url)
    try:
        with engine.begin() as connection:
            _HOMES.create(connection)
            _SHARED.create(connection)
            _fill(connection, vault, order_no)
            households = func.count(_HOMES.c.household.distinct())
            known = select(_HOMES.c.address, households, func.min(_HOMES.c.n))
            shared = known.group_by(_HOMES.c.address).having(households > 1)
            connection.execute(insert(_SHARED).from_select(["address", "households", "first"], shared))
            yield Homes(connection, order_no)
            _SHARED.drop(connection)
            _HOMES.drop(connection)
    finally:
        engine.dispose()


def _fill(connection: Connection, vault: Vault, order_no: int) -> None:
    """Note who gets something at home: household (key without its branch), address, surname; who has no address is left out."""
    key = secrets.token_bytes(32)  # the database's temporary files hold no address

    def hashed(text: str) -> str:
        return hashlib.blake2b(text.encode(), key=key, digest_size=16).hexdigest()

    sent_home = select(ISSUES.c.n).where(ISSUES.c.order_no == order_no, ISSUES.c.channel == HOME)
    mine = select(MEMBERS.c.n, MEMBERS.c.key, MEMBERS.c.record).where(
        MEMBERS.c.order_no == order_no, MEMBERS.c.n.in_(sent_home)
    )
    mine, last = mine.order_by(MEMBERS.c.n).limit(_PAGE), 0
    while some := connection.execute(mine.where(MEMBERS.c.n > last)).all():
        rows = []
        for n, whose, sealed in some:
            told = json.loads(vault.member(order_no, n, sealed))
            if address := told.get("address"):
                at = hashed(f"{told.get('postcode', '').replace('-', '')} {address}")
                proven = int(told.get("address_source") == REGISTER)
                rows.append((n, whose.rstrip(_DIGITS), at, hashed(_BLANK.split(told["name"])[0]), proven))
        bulk(connection, _HOMES, ("n", "household", "address", "surname", "proven"), rows)
        last = some[-1].n


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
