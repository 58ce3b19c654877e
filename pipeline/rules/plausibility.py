"""ありそうもないデータ: what no single record shows, but many together: a file of another month, one name for everybody, one
home for many households.

Source: sources §9 rows 6, 7 and 15 say what happened; every figure is OURS. Messages have rows and counts, never a name.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date

from pipeline.base.problems import MemberError, Problem
from pipeline.model.decision import Rejected
from pipeline.model.issuer import Issuer
from pipeline.model.member import Member, Place
from pipeline.rules.eras import parse_date
from pipeline.rules.policies import choose, whole

_MOST = 100_000
_NEVER = sys.maxsize
_Household = tuple[str, str]
_Person = tuple[str, str, date]


@dataclass(frozen=True)
class Usual:
    """The order stops where one name, sex and date of birth stand under `same_person` symbols and numbers within
    `within` rows, or one name under `same_name` in rows that follow each other; home delivery is held where `same_home`
    share an address that is not 住民票; a file of `fresh_rows` and more is refused if nobody joined in the `fresh_days`
    before the extraction. 0 switches a check off."""

    same_person: int = 3
    same_name: int = 10
    within: int = 1000
    same_home: int = 5
    fresh_days: int = 0
    fresh_rows: int = 100

    def __post_init__(self) -> None:
        for field in fields(self):
            whole(field.name, getattr(self, field.name), 0, _MOST)
        for name in ("same_person", "same_name", "same_home"):
            if getattr(self, name) == 1:
                raise ValueError(f"{name}: 1 would be everybody")

    def stale(self, file: str, rows: int, newest: date | None, cutoff: date) -> Problem | None:
        """What is wrong with a file whose newest member joined on `newest`, extracted on `cutoff`."""
        if not self.fresh_days or rows < self.fresh_rows or newest is None or (cutoff - newest).days < self.fresh_days:
            return None
        told = {"newest": newest.isoformat(), "cutoff": cutoff.isoformat(), "days": self.fresh_days}
        return Problem("member-file-stale", file, told)

    def watched(self, records: Iterable[Member | Rejected]) -> Iterator[Member | Rejected]:
        """The same records; MemberError at the one that makes a value repeat too often. Remembers a bounded number of
        rows."""
        seen: dict[_Person, Member] = {}
        before = seen
        again: dict[_Person, dict[_Household, Place]] = {}
        names = ["", ""]  # of the row before: of the insured, of dependants
        runs: list[dict[_Household, Place]] = [{}, {}]
        last: list[Member | None] = [None, None]
        person_times, name_times, within = self.same_person or _NEVER, self.same_name or _NEVER, max(1, self.within)
        for n, record in enumerate(records):
            if not n % within:
                before, seen = seen, {}
                again = {person: places for person, places in again.items() if person in before}
            if isinstance(record, Member):
                name = record.name
                person = (name, record.sex, record.birth)
                first = seen.get(person) or before.get(person)
                if first is None:
                    seen[person] = record
                elif _household(first) != _household(record):
                    under = again.setdefault(person, {_household(first): first.place})
                    under.setdefault(_household(record), record.place)
                    _stop_at(person_times, "member-repeated-person", record, under)
                which = record.is_dependant
                if name != names[which]:
                    names[which], runs[which] = name, {}
                elif (other := last[which]) is not None:
                    runs[which] = runs[which] or {_household(other): other.place}
                    runs[which].setdefault(_household(record), record.place)
                    _stop_at(name_times, "member-repeated-name", record, runs[which])
                last[which] = record
            yield record


def _household(member: Member) -> _Household:
    return member.symbol, member.number


def _stop_at(times: int, code: str, record: Member, under: Mapping[_Household, Place]) -> None:
    if len(under) >= times:
        first = next(iter(under.values()))
        raise MemberError(Problem(code, str(record.place), {"times": len(under), "first": str(first)}))


class Newest:
    """Remembers the last day that texts say, none after `until`. What is no date is passed over: others tell of it."""

    def __init__(self, until: date):
        self._until = until
        self._day: date | None = None
        self._texts: set[str] = set()

    def see(self, texts: Iterable[str]) -> None:
        """Take texts into account."""
        self._texts.update(texts)
        if len(self._texts) > _MOST:
            self._fold()

    @property
    def day(self) -> date | None:
        """The last day so far."""
        self._fold()
        return self._day

    def _fold(self) -> None:
        for text in self._texts:
            try:
                day = parse_date(text)
            except ValueError:
                continue
            if day <= self._until and (self._day is None or day > self._day):
                self._day = day
        self._texts.clear()


PLAUSIBILITY: Mapping[str, type[Usual]] = {"usual": Usual}


def compile_plausibility(issuer: Issuer) -> Usual:
    """The issuer's policy; LayoutError for an unknown one or a wrong setting."""
    return choose(PLAUSIBILITY, issuer.plausibility, "plausibility")
