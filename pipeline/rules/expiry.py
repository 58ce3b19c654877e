"""有効期限: until when a document is valid. Never more than five years from the day of issue (sources §1.6).

A policy says a date for the day of issue; the earliest of it and the member's own bounds counts. What the sources
leave open is decided here (OURS): the five years include the day of issue, so the last day is the day before the
fifth anniversary; 任継期限 and 在留期限 are themselves the last usable day; 資格喪失予定日 is the first day without
eligibility.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol

from pipeline.model.member import Member
from pipeline.rules.ages import LATER_STAGE, add_years, birthday
from pipeline.rules.policies import whole, yes_or_no
from pipeline.rules.seventy import elderly_from

CEILING = 5  # years
_DAY = timedelta(days=1)
_ANCHOR = re.compile(r"(\d{2})-(\d{2})")


class ExpiryPolicy(Protocol):
    """`until` is the last day of validity for a document issued on `day`, or None where it has no expiry."""

    def until(self, day: date) -> date | None: ...


@dataclass(frozen=True)
class Endless:
    """期限なし: お知らせ have no expiry (S000)."""

    def until(self, day: date) -> date | None:
        return None


@dataclass(frozen=True)
class IssueWindow:
    """交付期間ごと: all cards of a one-year window, which begins on `anchor`, share one expiry, `years` after its
    beginning.

    Source: S002 and hodanren 2024-07-24 (令和6年12月2日 → 令和11年11月30日); the window's edge is inferred (L).
    """

    anchor: str = "12-01"
    years: int = CEILING

    def __post_init__(self) -> None:
        whole("years", self.years, 1, CEILING)
        found = _ANCHOR.fullmatch(self.anchor) if isinstance(self.anchor, str) else None
        if not found:
            raise ValueError(f"anchor: {self.anchor!r} is not a month and day such as '12-01'")
        date(2023, int(found[1]), int(found[2]))  # a day of every year, not of leap years only

    def until(self, day: date) -> date | None:
        month, first = int(self.anchor[:2]), int(self.anchor[3:])
        begins = date(day.year, month, first)
        if begins > day:
            begins = date(day.year - 1, month, first)
        return add_years(begins, self.years) - _DAY


@dataclass(frozen=True)
class DecemberFirst:
    """12月1日: the first 1 December on or after the day `years` years after issue or reissue. Source: S004, read so
    in sources §1.6."""

    years: int = CEILING - 1

    def __post_init__(self) -> None:
        whole("years", self.years, 1, CEILING - 1)

    def until(self, day: date) -> date | None:
        since = add_years(day, self.years)
        return date(since.year + ((since.month, since.day) > (12, 1)), 12, 1)


@dataclass(frozen=True)
class FixedDate:
    """一律の日: one date for all. Source: houdou-kenpo.or.jp (M)."""

    last_day: date

    def __post_init__(self) -> None:
        if type(self.last_day) is not date:
            raise ValueError(f"last_day: {self.last_day!r} is not a date such as 2027-12-02")

    def until(self, day: date) -> date | None:
        return self.last_day


@dataclass(frozen=True)
class YearEnd:
    """12月31日: the `years`-th 31 December from the day of issue. Source: brother-kenpo.jp (M)."""

    years: int = CEILING

    def __post_init__(self) -> None:
        whole("years", self.years, 1, CEILING)

    def until(self, day: date) -> date | None:
        return date(day.year + self.years - 1, 12, 31)


@dataclass(frozen=True)
class JulyEnd:
    """7月31日: the `years`-th 31 July from the day of issue, yearly for 国保 and for 高齢受給者証. With `ends_at_70` not beyond
    the month in which the month rule of 70 begins to count (国保). Source: yokosuka t100032327, dokenpo QA67 (M–H)."""

    years: int = 1
    ends_at_70: bool = False

    def __post_init__(self) -> None:
        whole("years", self.years, 1, CEILING)
        yes_or_no("ends_at_70", self.ends_at_70)

    def until(self, day: date) -> date | None:
        this_year = day <= date(day.year, 7, 31)
        return date(day.year + self.years - this_year, 7, 31)


@dataclass(frozen=True)
class Days:
    """短期: `days` days, the day of issue included, e.g. until registration completes. Source: S004, sumirenken.jp
    (M)."""

    days: int

    def __post_init__(self) -> None:
        whole("days", self.days, 1, 366)

    def until(self, day: date) -> date | None:
        return day + timedelta(days=self.days - 1)


@dataclass(frozen=True)
class MonthEnd:
    """月末: the last day of a month, the month of issue counting as the first of `months`, e.g. of a 限度額適用認定証.
    Source: expydoc 10884084 (M)."""

    months: int = 12

    def __post_init__(self) -> None:
        whole("months", self.months, 1, CEILING * 12)

    def until(self, day: date) -> date | None:
        year, month = divmod(day.year * 12 + day.month - 1 + self.months, 12)
        return date(year, month + 1, 1) - _DAY


EXPIRY: Mapping[str, type[ExpiryPolicy]] = {
    "none": Endless,
    "issue-window": IssueWindow,
    "december-first": DecemberFirst,
    "fixed-date": FixedDate,
    "year-end": YearEnd,
    "july-end": JulyEnd,
    "month-end": MonthEnd,
    "short-term": Days,
}


class Expiry(NamedTuple):
    """The last day of validity, and the name of the bound that was the earliest."""

    on: date | None
    rule: str


@lru_cache(maxsize=64)
def ceiling(day: date) -> date:
    """The last day that a document issued on `day` may be valid: the day before the fifth anniversary."""
    return add_years(day, CEILING) - _DAY


def expiry_of(policy: ExpiryPolicy, name: str, member: Member, day: date) -> Expiry:
    """The expiry of a document issued on `day` by the policy called `name`; it may lie before `day`: then nothing can
    be issued."""
    return earliest(policy.until(day), name, member, day, ends_at_70(policy))


def ends_at_70(policy: ExpiryPolicy) -> bool:
    """Whether the policy ends where a 高齢受給者証 or a ratio begins to count."""
    return bool(getattr(policy, "ends_at_70", False))


def earliest(until: date | None, name: str, member: Member, day: date, at_70: bool = False) -> Expiry:
    """The earliest of the policy's date and the member's own bounds. At a tie the policy is named. None stays None."""
    if until is None:
        return Expiry(None, name)
    if at_70 and day < (limit := elderly_from(member.birth)) <= until:
        until, name = limit - _DAY, "age-70"
    limit = ceiling(day)
    if limit < until:
        until, name = limit, "five-years"
    if member.birth.year <= until.year - LATER_STAGE:
        limit = birthday(member.birth, LATER_STAGE) - _DAY
        if limit < until:
            until, name = limit, "age-75"
    if member.voluntary_until and member.voluntary_until < until:
        until, name = member.voluntary_until, "voluntary-until"
    if member.residence_until and member.residence_until < until:
        until, name = member.residence_until, "residence-until"
    if member.leaves_on and member.leaves_on - _DAY < until:
        until, name = member.leaves_on - _DAY, "leaves-on"
    return Expiry(until, name)
