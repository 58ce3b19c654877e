"""交付の要否: who gets which document, by named policies; and who is a member on the day at all.

Sources: sources §1.7 (reasons for not being able to use オンライン資格確認), §12 (what differs between insurers), §13 F31–F38.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.model.member import Member
from pipeline.rules.ages import LATER_STAGE, add_months, birthday
from pipeline.rules.limits import LimitApplied
from pipeline.rules.notices import ExistingMembers, NumberMissing, Registered, RegisteredAndLinked, RegisteredNotLinked
from pipeline.rules.occasions import ON_REQUEST, Abroad, NewAndPending, OnRequest
from pipeline.rules.policies import a_date, each_of, whole, yes_or_no
from pipeline.rules.seventy import ELDERLY_POLICY, ElderlyMonth
from pipeline.rules.transition import SWITCH, TRANSITION_END, holds_old_card
from pipeline.rules.verdicts import DuePolicy, Verdict, entitled_on, hold, issue, skip

CODES = tuple(range(1, 10))
TRANSITIONS = ("all", "new-members", "none")
TERMS = ("any", "long", "short")
CERTIFICATE_POLICY = "cannot-confirm-online"

_ISSUE = {str(code): issue(f"reason-{code}") for code in CODES}
_NO_CARD = issue("no-card")
_HAS_CARD = skip("has-card")
_NOT_APPLIED = skip("not-applied")
_NOT_HERE = skip("not-for-this-issuer")
_EARLY = skip("before-switch")
_CARD_UNKNOWN = hold("card-unknown")
_CONTRADICTS = hold("reason-contradicts-card")
_OLD_CARD = skip("old-card-valid")
_IN_TRANSITION = skip("in-transition")
_NEW_WAITS = skip("new-member-waits")
_SHORT = skip("short-term-here")
_LONG = skip("long-term-here")


@dataclass(frozen=True)
class CannotConfirmOnline:
    """資格確認書: for who cannot be confirmed online. 1–5 (and 8, 9) ex officio, 6–7 on application (S000); insurers
    differ (§12).

    A reason counts whatever `マイナ保険証` says, except those that cannot be true of a holder (1, 2, 8): such a
    record is held. No reason and no card: due, as `default_reason` where the insurer sets one (sources §13 F35).

    What is not applied for also waits: until 令和7年12月1日 as `transition` says (`all` nobody, `new-members` who holds an
    old card, S002 and S004, `none` everybody, S000), holders of old cards until the insurer's `general_issue` inside that
    time (S004, F37); a new member without a recorded reason for `new_member_months` months (S002, F34). `term` divides a
    plastic from a paper document: `short` is who leaves within `short_days`, or is not registered yet where
    `pending_is_short` (S004, F02).
    """

    ex_officio: tuple[int, ...] = (1, 2, 3, 4, 5, 8, 9)
    on_application: tuple[int, ...] = (6, 7)
    default_reason: int = 0
    never_with_card: tuple[int, ...] = (1, 2, 8)
    transition: str = "all"
    general_issue: date = TRANSITION_END + timedelta(days=1)
    new_member_months: int = 0
    term: str = "any"
    short_days: int = 0
    pending_is_short: bool = False

    def __post_init__(self) -> None:
        each_of("ex_officio", self.ex_officio, CODES)
        each_of("on_application", self.on_application, CODES)
        each_of("never_with_card", self.never_with_card, CODES)
        each_of("default_reason", [self.default_reason], (0, *CODES))
        each_of("transition", [self.transition], TRANSITIONS)
        a_date("general_issue", self.general_issue)
        whole("new_member_months", self.new_member_months, 0, 3)
        each_of("term", [self.term], TERMS)
        whole("short_days", self.short_days, 0, 366)
        yes_or_no("pending_is_short", self.pending_is_short)
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
            due = _ISSUE.get(str(self.default_reason), _NO_CARD)
            reason = str(self.default_reason or "")
        elif member.has_card == "有" and reason in self._never_with_card:  # type: ignore[attr-defined]
            return _CONTRADICTS
        else:
            due = _ISSUE[reason]
        if not reason or reason in self._ex_officio:  # type: ignore[attr-defined]
            waits = None if member.applied == "有" else self._waits(member, day)
        elif reason in self._on_application:  # type: ignore[attr-defined]
            waits = None if member.applied == "有" else _NOT_APPLIED
        else:
            waits = _NOT_HERE
        return waits or (due if self.term == "any" else self._of_term(member, day)) or due

    def _waits(self, member: Member, day: date) -> Verdict | None:
        """Why nothing is issued yet without an application."""
        if day <= TRANSITION_END and self.transition != "all":
            if holds_old_card(member, day):
                if day < self.general_issue:
                    return _OLD_CARD
            elif self.transition == "none":
                return _IN_TRANSITION
        if self.new_member_months and not member.reason:
            joined = entitled_on(member)
            if joined >= SWITCH and add_months(joined, self.new_member_months) > day:
                return _NEW_WAITS
        return None

    def _of_term(self, member: Member, day: date) -> Verdict | None:
        short = is_short_term(member, day, self.short_days) or (self.pending_is_short and member.registration == "処理中")
        if self.term == "short":
            return None if short else _LONG
        return _SHORT if short else None


def is_short_term(member: Member, day: date, days: int) -> bool:
    """Whether the member's own bounds end the entitlement within `days` days, the day of issue included."""
    last = day + timedelta(days=days)
    bounds = (member.leaves_on, member.voluntary_until and member.voluntary_until + _DAY)
    return any(bound and bound <= last for bound in (*bounds, member.residence_until and member.residence_until + _DAY))


DUE: Mapping[str, type[DuePolicy]] = {
    CERTIFICATE_POLICY: CannotConfirmOnline,
    "registered": Registered,
    "registered-and-linked": RegisteredAndLinked,
    "registered-not-linked": RegisteredNotLinked,
    "existing-members": ExistingMembers,
    "number-missing": NumberMissing,
    ELDERLY_POLICY: ElderlyMonth,
    "limit-applied": LimitApplied,
    "abroad": Abroad,
    "new-and-pending": NewAndPending,
    ON_REQUEST: OnRequest,
}

_DAY = timedelta(days=1)
_BORN_LATER = hold("born-later")
_LATER_STAGE = skip("age-75")
_LEFT = skip("left")
_VOLUNTARY_ENDED = skip("voluntary-ended")
_AFTER_CUTOFF = skip("after-cutoff")
_NOT_YET = skip("not-yet-qualified")


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
    begins = entitled_on(member)
    if begins > cutoff:
        return _AFTER_CUTOFF
    if begins > day:
        return _NOT_YET
    return None
