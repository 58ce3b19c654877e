"""送付の予定: which mailing of the calendar a member's document comes with, and when the next one is.

Sources: S000 (任意継続 and 特例退職 by post from 令和6年9月24日, employees on the Web until 令和7年3月31日, who joined after
the extraction from 令和6年12月2日), S002 (existing members in 令和6年9月, later ones in 令和7年1月); sources §13 F24, F27, F30,
F76.
"""

from collections.abc import Sequence
from datetime import date

from pipeline.model.issuer import Mailing
from pipeline.model.member import Member
from pipeline.rules.verdicts import entitled_on


def mailing_for(calendar: Sequence[Mailing], member: Member, document: str, day: date) -> Mailing | None:
    """The first mailing on or after `day`, or still running then, whose population the member belongs to."""
    fitting = [one for one in calendar if document in one.documents and is_of(one, member) and _runs_on(one, day)]
    return min(fitting, key=lambda one: one.begins, default=None)


def is_of(mailing: Mailing, member: Member) -> bool:
    """Whether the member belongs to the mailing's population: standing, and joined between its bounds."""
    joined = entitled_on(member)
    early = mailing.joined_from is not None and joined < mailing.joined_from
    late = mailing.joined_until is not None and joined > mailing.joined_until
    return member.standing in mailing.standings and not early and not late


def _runs_on(mailing: Mailing, day: date) -> bool:
    return day <= (mailing.ends or mailing.begins)
