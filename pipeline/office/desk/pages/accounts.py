"""Accounts: the administrator makes, unlocks and closes them, and gives new passwords."""

from typing import Annotated, Literal

from fastapi import Form, Response

from pipeline.office.desk import accounts
from pipeline.office.desk.doors import Here, Once, Pages
from pipeline.office.desk.passwords import LONGEST, SHORTEST
from pipeline.office.desk.roles import ROLE_NAMES, Role

router = Pages()


@router.read("/accounts", "accounts")
def listed(here: Here) -> Response:
    """All accounts."""
    with here.ledger() as ledger:
        found = accounts.known(ledger)
    return here.page("accounts.html", accounts=found, roles=ROLE_NAMES, shortest=SHORTEST)


@router.write("/accounts", "accounts")
def made(
    here: Here,
    once: Once,
    name: Annotated[str, Form(max_length=40)],
    role: Annotated[Role, Form()],
    password: Annotated[str, Form(max_length=LONGEST)],
) -> Response:
    """A new account."""

    def work() -> str:
        with here.ledger() as ledger:
            accounts.add(ledger, name, role, password)
        return "/accounts"

    return here.once(once, work)


@router.write("/accounts/change", "accounts")
def changed(
    here: Here,
    once: Once,
    name: Annotated[str, Form(max_length=40)],
    what: Annotated[Literal["unlock", "close", "password"], Form()],
    password: Annotated[str, Form(max_length=LONGEST)] = "",
) -> Response:
    """An account unlocked, closed, or with a new password; then its sessions end."""

    def work() -> str:
        with here.ledger() as ledger:
            accounts.change(ledger, name, password if what == "password" else None, what == "close")
        here.desk.sessions.end_all(name)
        return "/accounts"

    return here.once(once, work)
