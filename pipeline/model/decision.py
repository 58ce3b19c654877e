"""What the issuer's rules say of one member and one document type."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pipeline.base.problems import Problem
from pipeline.model.member import Place


class Outcome(StrEnum):
    """Every member ends in exactly one of these per document type."""

    ISSUE = "issue"
    SKIP = "skip"
    HOLD = "hold"
    ALREADY = "already-issued"


@dataclass(frozen=True, slots=True)
class Decision:
    """`rule` names the policy that decided, `reason` is a key of the issuer's or the project's terms.

    A hold carries its problem; it is a result, not an exception. Dates are set for an issue only; `expires_on` is None
    where the document has no expiry. `expiry_rule` names the bound that was the earliest.
    """

    place: Place
    key: str
    document: str
    outcome: Outcome
    rule: str
    reason: str
    channel: str = ""
    issued_on: date | None = None
    expires_on: date | None = None
    expiry_rule: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row of the member file that is no member: it is held for every document type. `key` may be partly empty."""

    place: Place
    key: str
    problems: tuple[Problem, ...]
