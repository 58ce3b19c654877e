"""What the counter's page keeps in the ledger: accounts with their roles, and reissues that are under way (cases).

Every change stands in the audit trail with the row's digest, like all else. Passwords are kept as Argon2id hashes only;
sessions are not kept at all: they live as long as the server does.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, Connection, Index, and_, insert, select, text, update

from pipeline.office.ledger_columns import number, states, word
from pipeline.office.ledger_schema import ISSUES, table

_UNDER_WAY = "state IN ('open', 'asked')"

ACCOUNTS = table(
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
)

# A reissue from the request to the print. One member's document has one case under way: the index decides who was first.
CASES = table(
    "cases",
    word("id", primary_key=True),
    word("issuer"),
    word("key"),
    word("document"),
    word("issue"),
    word("reason"),
    word("papers"),
    number("fee"),
    word("settled"),
    word("settled_by"),
    word("settled_at"),
    word("state"),
    word("opened_by"),
    word("opened_at"),
    word("asked_by"),
    word("asked_at"),
    word("decided_by"),
    word("decided_at"),
    word("words"),
    word("fault"),
    word("order_id"),
    states("open", "asked", "done", "cancelled", "refused"),
    CheckConstraint("settled IN ('', 'none', 'paid', 'waived')"),
    CheckConstraint("decided_by = '' OR (decided_by <> asked_by AND decided_by <> opened_by)"),
    Index(
        "cases_one_under_way", "issuer", "key", "document", unique=True,
        sqlite_where=text(_UNDER_WAY), postgresql_where=text(_UNDER_WAY),
    ),
    Index("cases_by_state", "state", "opened_at"),
)  # fmt: skip

# What was said about people in a case, sealed: the police's number of a theft report.
CASE_NOTES = table("case_notes", word("id", primary_key=True), word("content"))


class Account(NamedTuple):
    """A person who may log in. `password` is a hash, `locked_until` an ISO time or empty."""

    name: str
    role: str
    password: str
    state: str
    failures: int
    locked_until: str
    since: str


class Case(NamedTuple):
    """A reissue under way or closed. `issue` is the serial that is replaced, `papers` those that were handed in (JSON).

    `fee` in yen; `settled`: not yet (empty), none due, paid, waived. `decided_by` is never `asked_by` nor `opened_by`;
    `words` are those of a refusal, sealed, `fault` the problems at which the print of an approved case stopped (JSON).
    """

    id: str
    issuer: str
    key: str
    document: str
    issue: str
    reason: str
    papers: str
    fee: int
    settled: str
    settled_by: str
    settled_at: str
    state: str
    opened_by: str
    opened_at: str
    asked_by: str = ""
    asked_at: str = ""
    decided_by: str = ""
    decided_at: str = ""
    words: str = ""
    fault: str = ""
    order_id: str = ""


def account(connection: Connection, name: str) -> Account | None:
    """An account by its name."""
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == name)).one_or_none()
    return Account(*row) if row else None


def accounts(connection: Connection) -> list[Account]:
    """All accounts by name."""
    return [Account(*row) for row in connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.name))]


def put_account(connection: Connection, one: Account) -> tuple[Any, Sequence[Any]]:
    """Add or change an account. Returns the row that was written, for the trail."""
    if account(connection, one.name):
        connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == one.name).values(one._asdict()))
    else:
        connection.execute(insert(ACCOUNTS).values(one._asdict()))
    return ACCOUNTS, [one.name]


def case(connection: Connection, name: str) -> Case | None:
    """A case by its id."""
    row = connection.execute(select(CASES).where(CASES.c.id == name)).one_or_none()
    return Case(*row) if row else None


def put_case(connection: Connection, one: Case) -> tuple[Any, Sequence[Any]]:
    """Add or change a case. Returns the row, for the trail. IntegrityError where the same document has one under way."""
    if case(connection, one.id):
        connection.execute(update(CASES).where(CASES.c.id == one.id).values(one._asdict()))
    else:
        connection.execute(insert(CASES).values(one._asdict()))
    return CASES, [one.id]


def note(connection: Connection, case: str) -> str:
    """What was said about people in a case, sealed; empty where nothing was."""
    return connection.scalar(select(CASE_NOTES.c.content).where(CASE_NOTES.c.id == case)) or ""


def put_note(connection: Connection, case: str, content: str) -> tuple[Any, Sequence[Any]]:
    """Keep what was said in a case, sealed. Returns the row, for the trail."""
    if note(connection, case):
        connection.execute(update(CASE_NOTES).where(CASE_NOTES.c.id == case).values(content=content))
    else:
        connection.execute(insert(CASE_NOTES).values(id=case, content=content))
    return CASE_NOTES, [case]


def under_way(connection: Connection, issuer: str, key: str, document: str) -> Case | None:
    """The case that is under way for a member's document."""
    same = and_(CASES.c.issuer == issuer, CASES.c.key == key, CASES.c.document == document)
    row = connection.execute(select(CASES).where(same, CASES.c.state.in_(("open", "asked")))).one_or_none()
    return Case(*row) if row else None


def cases(connection: Connection, known: Sequence[str], most: int = 500) -> list[Case]:
    """Cases in these states, the newest of so many last."""
    query = select(CASES).where(CASES.c.state.in_(known)).order_by(CASES.c.opened_at.desc(), CASES.c.id).limit(most)
    return [Case(*row) for row in connection.execute(query)][::-1]


def whose(connection: Connection, serial: str) -> tuple[str, str] | None:
    """Key and issuer of an issue; None where there is none."""
    row = connection.execute(select(ISSUES.c.key, ISSUES.c.issuer).where(ISSUES.c.id == serial)).one_or_none()
    return (row.key, row.issuer) if row else None
