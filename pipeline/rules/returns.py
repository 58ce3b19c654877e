"""返却: what becomes of a document that is not valid or not needed any more; every insurer has its own rule (sources §12).

Sources: S000, S001, S002 (return on loss within the validity), S003 (5 days, through the employer; 任意継続 directly); the day
of the event is not counted (民法140条); sources §13 F43, F44, F87.
"""

from datetime import date, timedelta
from typing import NamedTuple

from pipeline.model.issuer import Issuer, ReturnRule, Situation
from pipeline.rules.transition import TRANSITION_END


class Return(NamedTuple):
    """What is to be done, through whom (employer, insurer or nobody), by which day, and the issuer's own words."""

    situation: Situation
    action: str
    through: str
    by: date | None
    rule: ReturnRule


def situation_of(expires_on: date | None, event: date, left: bool) -> Situation:
    """Which situation a certificate is in on the day of an `event`: loss of eligibility (`left`) or マイナ保険証 registered.

    What has expired by then is `expired`, whatever happened.
    """
    if expires_on is not None and expires_on < event:
        return "expired"
    return "left" if left else "registered"


def old_card_situation(lost_on: date) -> Situation:
    """Of an old insurance card: lost eligibility by 令和7年12月1日, or later (S000, S001, S002)."""
    return "old-card" if lost_on <= TRANSITION_END else "old-card-ended"


def return_of(issuer: Issuer, situation: Situation, standing: str, event: date) -> Return | None:
    """What the issuer asks of a member of this standing after `event`; None where the issuer has no rule for it."""
    rule = issuer.returns.get(situation)
    if rule is None:
        return None
    returned = rule.action == "return"
    through = "" if not returned else rule.through if standing == "employed" else "insurer"
    by = event + timedelta(days=rule.days) if returned and rule.days else None
    return Return(situation, rule.action, through, by, rule)
