"""交付の要否: who gets which document, by named policies; and who is a member on the day at all.

Sources: sources §1.7 (reasons for not being able to use オンライン資格確認), §3 and §4 (notices), §12 (what differs
between insurers).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from pipeline.model.decision import Outcome
from pipeline.model.member import Member
from pipeline.rules.ages import LATER_STAGE, birthday
from pipeline.rules.policies import each_of, yes_or_no

SWITCH = date(2024, 12, 2)  # 令和6年12月2日: insurance cards end, eligibility certificates begin (sources §1.1)
CODES = tuple(range(1, 10))
MATCHES = ("確認済", "低リスク", "不一致", "未登録")


class Verdict(NamedTuple):
    """What a rule says, with its reason (a key of `reasons.REASONS`); a hold's problem is `member-` and the reason."""

    outcome: Outcome
    reason: str


class DuePolicy(Protocol):
    """Says of a member who is one on `day` whether a document is due."""

    def verdict(self, member: Member, day: date) -> Verdict: ...


_ISSUE = {str(code): Verdict(Outcome.ISSUE, f"reason-{code}") for code in CODES}
_NO_CARD = Verdict(Outcome.ISSUE, "no-card")
_HAS_CARD = Verdict(Outcome.SKIP, "has-card")
_NOT_APPLIED = Verdict(Outcome.SKIP, "not-applied")
_NOT_HERE = Verdict(Outcome.SKIP, "not-for-this-issuer")
_EARLY = Verdict(Outcome.SKIP, "before-switch")
_CARD_UNKNOWN = Verdict(Outcome.HOLD, "card-unknown")
_CONTRADICTS = Verdict(Outcome.HOLD, "reason-contradicts-card")


@dataclass(frozen=True)
class CannotConfirmOnline:
    """資格確認書: for who cannot be confirmed online. 1–5 (and 8, 9) ex officio, 6–7 on application (S000); insurers
    differ (§12).

    A reason counts whatever `マイナ保険証` says, except those that cannot be true of a holder (1, 2, 8): such a
    record is held. No reason and no card: due, as `default_reason` where the insurer sets one (sources §13 F35).
    """

    ex_officio: tuple[int, ...] = (1, 2, 3, 4, 5, 8, 9)
    on_application: tuple[int, ...] = (6, 7)
    default_reason: int = 0
    never_with_card: tuple[int, ...] = (1, 2, 8)

    def __post_init__(self) -> None:
        each_of("ex_officio", self.ex_officio, CODES)
        each_of("on_application", self.on_application, CODES)
        each_of("never_with_card", self.never_with_card, CODES)
        each_of("default_reason", [self.default_reason], (0, *CODES))
        if both := set(self.ex_officio) & set(self.on_application):
            raise ValueError(f"{', '.join(map(str, sorted(both)))} is both ex officio and on application")
        # Codes of the member file are texts; looked up for every member.
        for name in ("ex_officio", "on_application", "never_with_card"):
            object.__setattr__(self, f"_{name}", frozenset(map(str, getattr(self, name))))

    def verdict(self, member: Member, day: date) -> Verdict:
        if day < SWITCH:
            return _EARLY
        reason = member.reason
        if not reason:
            if member.has_card == "有":
                return _HAS_CARD
            if member.has_card != "無":
                return _CARD_UNKNOWN
            if not self.default_reason:
                return _NO_CARD
            reason = str(self.default_reason)
        elif member.has_card == "有" and reason in self._never_with_card:  # type: ignore[attr-defined]
            return _CONTRADICTS
        if reason in self._ex_officio:  # type: ignore[attr-defined]
            return _ISSUE[reason]
        if reason in self._on_application:  # type: ignore[attr-defined]
            return _ISSUE[reason] if member.applied == "有" else _NOT_APPLIED
        return _NOT_HERE


def _is_linked(member: Member, match: tuple[str, ...]) -> bool:
    return bool(member.last4) and member.match in match


_INCOMPLETE = Verdict(Outcome.SKIP, "registration-not-complete")
_WITH_DIGITS = Verdict(Outcome.ISSUE, "registered-and-linked")
_WITHOUT_DIGITS = Verdict(Outcome.ISSUE, "registered-not-linked")
_IS_LINKED = Verdict(Outcome.SKIP, "linked")
_NOT_LINKED = Verdict(Outcome.SKIP, "not-linked")


@dataclass(frozen=True)
class RegisteredAndLinked:
    """下4桁入りのお知らせ: only once registration is complete and the number's match is certain (S002; sources §3,
    §4)."""

    match: tuple[str, ...] = ("確認済",)

    def __post_init__(self) -> None:
        each_of("match", self.match, MATCHES)

    def verdict(self, member: Member, day: date) -> Verdict:
        if member.registration != "完了":
            return _INCOMPLETE
        return _WITH_DIGITS if _is_linked(member, self.match) else _NOT_LINKED


@dataclass(frozen=True)
class RegisteredNotLinked:
    """下4桁なしのお知らせ: for everyone else; before registration only where the insurer says so (S002 against S001;
    sources §12)."""

    match: tuple[str, ...] = ("確認済",)
    needs_registration: bool = True

    def __post_init__(self) -> None:
        each_of("match", self.match, MATCHES)
        yes_or_no("needs_registration", self.needs_registration)

    def verdict(self, member: Member, day: date) -> Verdict:
        complete = member.registration == "完了"
        if complete and _is_linked(member, self.match):
            return _IS_LINKED
        return _WITHOUT_DIGITS if complete or not self.needs_registration else _INCOMPLETE


DUE: Mapping[str, type[DuePolicy]] = {
    "cannot-confirm-online": CannotConfirmOnline,
    "registered-and-linked": RegisteredAndLinked,
    "registered-not-linked": RegisteredNotLinked,
}

_DAY = timedelta(days=1)
_BORN_LATER = Verdict(Outcome.HOLD, "born-later")
_LATER_STAGE = Verdict(Outcome.SKIP, "age-75")
_LEFT = Verdict(Outcome.SKIP, "left")
_VOLUNTARY_ENDED = Verdict(Outcome.SKIP, "voluntary-ended")
_AFTER_CUTOFF = Verdict(Outcome.SKIP, "after-cutoff")
_NOT_YET = Verdict(Outcome.SKIP, "not-yet-qualified")


def standing_on(member: Member, day: date, cutoff: date) -> Verdict | None:
    """None for who is a member on `day` and was one at the extraction (`cutoff`); else why no document is due.

    資格喪失予定日 is the first day without eligibility, 任継期限 the last one with it; a dependant's 認定年月日
    counts as the beginning.
    """
    birth = member.birth
    if birth > day:
        return _BORN_LATER
    if birth.year <= day.year - LATER_STAGE and birthday(birth, LATER_STAGE) <= day:
        return _LATER_STAGE
    if member.leaves_on and member.leaves_on <= day:
        return _LEFT
    if member.voluntary_until and member.voluntary_until < day:
        return _VOLUNTARY_ENDED
    begins = member.certified_on if member.certified_on and member.is_dependant else member.qualified_on
    if begins > cutoff:
        return _AFTER_CUTOFF
    if begins > day:
        return _NOT_YET
    return None
