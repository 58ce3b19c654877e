"""判定: what a rule says of a member and a document, and what all rules of that kind look like."""

from datetime import date
from typing import NamedTuple, Protocol

from pipeline.model.decision import Outcome
from pipeline.model.member import Member


class Verdict(NamedTuple):
    """What a rule says, with its reason (a key of `reasons.REASONS`); a hold's problem is `member-` and the reason."""

    outcome: Outcome
    reason: str


class DuePolicy(Protocol):
    """Says of a member who is one on `day` whether a document is due."""

    def verdict(self, member: Member, day: date) -> Verdict: ...


def issue(reason: str) -> Verdict:
    """The document is due."""
    return Verdict(Outcome.ISSUE, reason)


def skip(reason: str) -> Verdict:
    """The document is not due."""
    return Verdict(Outcome.SKIP, reason)


def hold(reason: str) -> Verdict:
    """The record contradicts itself or lacks what the rule needs: a person must look."""
    return Verdict(Outcome.HOLD, reason)


def entitled_on(member: Member) -> date:
    """The first day of entitlement: a dependant's 認定年月日 where there is one, else 資格取得年月日."""
    return member.certified_on if member.certified_on and member.is_dependant else member.qualified_on
