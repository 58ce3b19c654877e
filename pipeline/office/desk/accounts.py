"""Accounts of the desk: made, closed, unlocked, and who logs in. Each of these stands in the audit trail, without passwords.

After five wrong passwords an account is locked for a quarter of an hour (figures OURS). An unknown name, a wrong password
and a locked account are told alike and take the same time, so that nobody can find out who has an account.
"""

from datetime import datetime, timedelta

from pipeline.base.problems import LedgerError, Problem, UsageError
from pipeline.office import surroundings
from pipeline.office.desk.passwords import LONGEST, SHORTEST, fits, hashed
from pipeline.office.desk.roles import Role
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_desk import Account, account, accounts, put_account

TRIES = 5
LOCKED = timedelta(minutes=15)


def add(ledger: Ledger, name: str, role: str, password: str) -> None:
    """Make an account. UsageError for a bad name, role or password, LedgerError where the name is taken."""
    name = surroundings.person(name)
    if role not in list(Role):
        raise UsageError(Problem("desk-unknown-role", "--role", {"role": role[:20], "known": "、".join(Role)}))
    _check(password)
    with ledger.writing() as (connection, trail):
        if account(connection, name):
            raise LedgerError(Problem("desk-account-exists", "desk", {"name": name}))
        made = Account(name, role, hashed(password), "active", 0, "", trail.now())
        trail.write(connection, None, "account-made", [put_account(connection, made)], account=name, role=role)


def change(ledger: Ledger, name: str, password: str | None = None, close: bool = False) -> None:
    """A new password, an account closed, or with neither: a locked one open again. LedgerError for an unknown name."""
    if password is not None:
        _check(password)
    with ledger.writing() as (connection, trail):
        found = account(connection, name)
        if found is None:
            raise LedgerError(Problem("desk-account-unknown", "desk"))
        kind = "account-closed" if close else "account-password" if password is not None else "account-unlocked"
        changed = found._replace(
            state="closed" if close else found.state,
            password=found.password if password is None else hashed(password),
            failures=0,
            locked_until="",
        )
        trail.write(connection, None, kind, [put_account(connection, changed)], account=name)


def known(ledger: Ledger) -> list[Account]:
    """All accounts by name."""
    with ledger.reading() as connection:
        return accounts(connection)


def log_in(ledger: Ledger, name: str, password: str) -> Account | None:
    """The account, if name and password are right and it is neither closed nor locked."""
    with ledger.reading() as connection:
        found = account(connection, name)
    right = fits(found.password if found else None, password)
    with ledger.writing() as (connection, trail):
        if found is None:  # the name may be a password, typed into the wrong box
            trail.write(connection, None, "log-in-refused", account="", locked="")
            return None
        found = account(connection, name) or found  # somebody else may have tried at the same time
        now = datetime.fromisoformat(trail.now())
        shut = found.state != "active" or (bool(found.locked_until) and now < datetime.fromisoformat(found.locked_until))
        if right and not shut:
            opened = found._replace(failures=0, locked_until="")
            trail.write(connection, None, "log-in", [put_account(connection, opened)], account=name)
            return opened
        failures = found.failures if shut else found.failures + 1
        until = (now + LOCKED).isoformat(timespec="seconds") if failures >= TRIES and not shut else found.locked_until
        tried = found._replace(failures=0 if until != found.locked_until else failures, locked_until=until)
        trail.write(connection, None, "log-in-refused", [put_account(connection, tried)], account=name, locked=until)
    return None


def note(ledger: Ledger, kind: str, name: str, reason: str) -> None:
    """A log-in by the house's provider, or one that was refused and why: nobody has an account here for it."""
    with ledger.writing() as (connection, trail):
        trail.write(connection, None, kind, account=name, provider=True, reason=reason)


def _check(password: str) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(Problem("desk-password-length", "desk", {"shortest": SHORTEST, "longest": LONGEST}))
