"""70歳: the 高齢受給者証, from when it counts and whose symbol, number and branch it bears.

Sources: S003 and sources §6 (the month after the 70th birthday; born on the 1st: that month), §1.2 (the ratio stands on one
document only), §5.3 (a dependant's bears the insured's branch).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.model.issuer import Issuer
from pipeline.model.member import Member
from pipeline.rules.ages import add_years
from pipeline.rules.policies import whole
from pipeline.rules.verdicts import Verdict, hold, issue, skip

AGE = 70
ELDERLY_POLICY = "elderly-month"
_TOO_YOUNG = skip("not-yet-70")
_DUE = issue("from-70")
_NO_RATIO = hold("ratio-missing")
_TOO_EARLY = hold("effective-too-early")


def elderly_from(birth: date) -> date:
    """The first day of the month after the one in which the age of 70 is reached (in law the day before the birthday)."""
    reached = add_years(birth, AGE) - timedelta(days=1)
    return date(reached.year + (reached.month == 12), reached.month % 12 + 1, 1)


def effective_on(member: Member) -> date:
    """発効期日: the record's own where it has one (a changed ratio), else the month rule's."""
    return member.effective_on or elderly_from(member.birth)


def elderly_branch(member: Member, insured: str = "00") -> str:
    """枝番 of a 高齢受給者証: the insured's, on a dependant's as well (sources §5.3). Symbol and number are the family's.

    That the insured's branch is 00 is the insurers' practice (OURS as a default); a record without a branch keeps none.
    """
    return insured if member.is_dependant and member.branch else member.branch


def ratio_is_separate(issuer: Issuer) -> bool:
    """Whether the ratio stands on a separate 高齢受給者証 of this issuer and so not on the certificate (sources §1.2)."""
    return any(document.due.policy == ELDERLY_POLICY for document in issuer.documents.values())


@dataclass(frozen=True)
class ElderlyMonth:
    """高齢受給者証: from the first of the month after the 70th birthday (born on the 1st: that month), up to `ahead_days`
    days earlier; needs the ratio (S001, S003; sources §6, §13 F55, F56)."""

    ahead_days: int = 0
    insured_branch: str = "00"

    def __post_init__(self) -> None:
        whole("ahead_days", self.ahead_days, 0, 92)
        if not (isinstance(self.insured_branch, str) and len(self.insured_branch) == 2 and self.insured_branch.isdecimal()):
            raise ValueError(f"insured_branch: {self.insured_branch!r} is not two figures such as '00'")

    def valid_from(self, member: Member) -> date:
        """The first day on which the document counts, which may lie after that of its issue."""
        return effective_on(member)

    def verdict(self, member: Member, day: date) -> Verdict:
        begins = elderly_from(member.birth)
        if day + timedelta(days=self.ahead_days) < begins:
            return _TOO_YOUNG
        if member.effective_on and member.effective_on < begins:
            return _TOO_EARLY
        return _DUE if member.ratio else _NO_RATIO
