"""経過措置: the switch of 令和6年12月2日, and which document may be issued on which day.

Sources: 健康保険法 第51条の3 and its 施行規則 in force from 令和6年12月2日 (sources §1.1); S000 and S004 (old cards until
令和7年12月1日, sooner on loss, 被扶養者取消, a change of data or of the branch office; sources §13 F38–F40).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from pipeline.model.member import Member
from pipeline.rules.policies import a_date
from pipeline.rules.verdicts import Verdict, entitled_on, skip

SWITCH = date(2024, 12, 2)  # 令和6年12月2日: insurance cards end, eligibility certificates begin
TRANSITION_END = date(2025, 12, 1)  # 令和7年12月1日: the last day on which an old card is valid
_DAY = timedelta(days=1)


def old_card_until(entitled: date, *endings: date | None) -> date | None:
    """The last day of an old insurance card, None where there cannot be one.

    `endings` are the first days without it: loss, 被扶養者取消, change of data, another branch office (S004).
    """
    if entitled >= SWITCH:
        return None
    return min([TRANSITION_END, *(ending - _DAY for ending in endings if ending)])


def holds_old_card(member: Member, day: date) -> bool:
    """Whether the member's old insurance card is still valid on `day`, as far as the record tells (S000, S004)."""
    until = old_card_until(entitled_on(member), member.leaves_on)
    return until is not None and day <= until


class Gate(Protocol):
    """Says whether a document may be issued on `day` at all, reissues and corrections included; None: it may."""

    def barred(self, day: date, entitled: date) -> Verdict | None: ...


_EARLY = skip("before-switch")
_ENDED = skip("insurance-card-ended")
_NOT_BEGUN = skip("before-first-day")
_OVER = skip("after-last-day")


@dataclass(frozen=True)
class AnyDay:
    """期日の定めなし: on any day."""

    def barred(self, day: date, entitled: date) -> Verdict | None:
        return None


@dataclass(frozen=True)
class FromSwitch:
    """令和6年12月2日から: what the law knows since the switch. Source: 施行規則第47条 (sources §1.1)."""

    def barred(self, day: date, entitled: date) -> Verdict | None:
        return _EARLY if day < SWITCH else None


@dataclass(frozen=True)
class UntilSwitch:
    """令和6年12月1日まで: no insurance card, reissue or correction after it, none for who is entitled later. Source: S000
    (sources §13 F39)."""

    def barred(self, day: date, entitled: date) -> Verdict | None:
        return _ENDED if day >= SWITCH or entitled >= SWITCH else None


@dataclass(frozen=True)
class Between:
    """期間を限る: from the issuer's `first` day of issue to its `last` one, both included (OURS)."""

    first: date = date.min
    last: date = date.max

    def __post_init__(self) -> None:
        for name in ("first", "last"):
            a_date(name, getattr(self, name))
        if self.first > self.last:
            raise ValueError(f"last: {self.last} is before {self.first}")

    def barred(self, day: date, entitled: date) -> Verdict | None:
        if day < self.first:
            return _NOT_BEGUN
        return _OVER if day > self.last else None


GATES: Mapping[str, type[Gate]] = {
    "any-day": AnyDay,
    "from-switch": FromSwitch,
    "until-switch": UntilSwitch,
    "between": Between,
}
