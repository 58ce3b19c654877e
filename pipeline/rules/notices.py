"""お知らせ: who gets a notice of their eligibility or of their My Number's last four digits, and who is asked for it.

Sources: sources §3 and §4 (only once registration is complete; digits only when certain), §12 (S001 against S002), §13
F16–F21, F81.
"""

from dataclasses import dataclass
from datetime import date

from pipeline.model.member import Member
from pipeline.rules.policies import a_date, each_of, yes_or_no
from pipeline.rules.verdicts import Verdict, entitled_on, issue, skip

MATCHES = ("確認済", "低リスク", "不一致", "未登録")
CERTAIN = MATCHES[:1]


def is_linked(member: Member, match: tuple[str, ...] = CERTAIN) -> bool:
    """Whether the last four digits are there and what the comparison found is among `match`."""
    return bool(member.last4) and member.match in match


def shown_digits(member: Member, match: tuple[str, ...] = CERTAIN) -> str:
    """The last four digits as a notice may show them: empty unless they are certain (S002; sources §4, §13 F20)."""
    return member.last4 if is_linked(member, match) else ""


_INCOMPLETE = skip("registration-not-complete")
_WITH_DIGITS = issue("registered-and-linked")
_WITHOUT_DIGITS = issue("registered-not-linked")
_IS_LINKED = skip("linked")
_NOT_LINKED = skip("not-linked")
_EXISTING = issue("existing-member")
_JOINED_LATER = skip("joined-later")
_MISSING = issue("number-missing")
_GIVEN = skip("number-given")


@dataclass(frozen=True)
class RegisteredAndLinked:
    """下4桁入りのお知らせ: only once registration is complete and the number's match is certain (S002; sources §3,
    §4)."""

    match: tuple[str, ...] = CERTAIN

    def __post_init__(self) -> None:
        each_of("match", self.match, MATCHES)

    def verdict(self, member: Member, day: date) -> Verdict:
        if member.registration != "完了":
            return _INCOMPLETE
        return _WITH_DIGITS if is_linked(member, self.match) else _NOT_LINKED


@dataclass(frozen=True)
class RegisteredNotLinked:
    """下4桁なしのお知らせ: for everyone else; before registration only where the insurer says so (S002 against S001;
    sources §12)."""

    match: tuple[str, ...] = CERTAIN
    needs_registration: bool = True

    def __post_init__(self) -> None:
        each_of("match", self.match, MATCHES)
        yes_or_no("needs_registration", self.needs_registration)

    def verdict(self, member: Member, day: date) -> Verdict:
        complete = member.registration == "完了"
        if complete and is_linked(member, self.match):
            return _IS_LINKED
        return _WITHOUT_DIGITS if complete or not self.needs_registration else _INCOMPLETE


@dataclass(frozen=True)
class Registered:
    """登録完了後のお知らせ: for all whose registration is complete, whatever is known of their number (S000, S004; sources
    §3)."""

    def verdict(self, member: Member, day: date) -> Verdict:
        return _COMPLETE if member.registration == "完了" else _INCOMPLETE


_COMPLETE = issue("registered")


@dataclass(frozen=True)
class ExistingMembers:
    """既加入者へのお知らせ: once, for who was a member on `as_of`; who joined later gets the ordinary notice (S000; sources
    §13 F17, F24)."""

    as_of: date
    match: tuple[str, ...] = CERTAIN

    def __post_init__(self) -> None:
        a_date("as_of", self.as_of)
        each_of("match", self.match, MATCHES)

    def verdict(self, member: Member, day: date) -> Verdict:
        if entitled_on(member) > self.as_of:
            return _JOINED_LATER
        if member.registration != "完了":
            return _INCOMPLETE
        return _EXISTING if is_linked(member, self.match) else _NOT_LINKED


@dataclass(frozen=True)
class NumberMissing:
    """個人番号の届出のお願い: for who has not given a My Number, or whose number could not be confirmed (S002; sources §13
    F21, F81)."""

    match: tuple[str, ...] = ("未登録",)

    def __post_init__(self) -> None:
        each_of("match", self.match, MATCHES)

    def verdict(self, member: Member, day: date) -> Verdict:
        return _MISSING if member.match in self.match else _GIVEN
