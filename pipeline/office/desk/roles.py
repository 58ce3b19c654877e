"""Who may do what: one table of rights by role. Every route names one right; the tests hold each route against each role.

An administrator keeps accounts and issues nothing; an auditor reads. Who approves a reissue is never who asked for it:
that is held by the case itself, not by this table.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What an account is for."""

    OPERATOR = "operator"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


ROLE_NAMES: Mapping[Role, str] = {
    Role.OPERATOR: "担当者",
    Role.APPROVER: "承認者",
    Role.AUDITOR: "監査者",
    Role.ADMINISTRATOR: "管理者",
}

_COUNTER = frozenset({Role.OPERATOR, Role.APPROVER})
_READERS = _COUNTER | {Role.AUDITOR}
EVERYBODY = frozenset(Role)

RIGHTS: Mapping[str, frozenset[Role]] = {
    "home": EVERYBODY,  # the first page, logging out, one's own password
    "members": _READERS,  # look a member up: each look is logged
    "reissue": _COUNTER,  # open a case and carry it on, ask for approval
    "approve": frozenset({Role.APPROVER}),
    "print": _COUNTER,  # fetch the PDF of a case that is done
    "orders": _READERS,
    "lots": _COUNTER,  # 納品, 検収, spoils, remakes
    "audit": frozenset({Role.AUDITOR, Role.APPROVER}),
    "export": frozenset({Role.AUDITOR, Role.APPROVER}),
    "accounts": frozenset({Role.ADMINISTRATOR}),
}


def may(role: str, right: str) -> bool:
    """Whether a role has a right."""
    return Role(role) in RIGHTS[right]
