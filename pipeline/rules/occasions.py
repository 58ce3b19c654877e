"""個別の場合: documents that are due for a single occasion, or never by themselves.

Sources: sources §13 F68 (members abroad), §10 (forms of the counter), F34 (the 資格取得届's application).
"""

from dataclasses import dataclass
from datetime import date

from pipeline.model.member import Member
from pipeline.rules.transition import SWITCH
from pipeline.rules.verdicts import Verdict, entitled_on, issue, skip

ABROAD = "9"
ON_REQUEST = "on-request"  # the policy's name
_ON_REQUEST = skip("on-request")
_ABROAD = issue("reason-9")
_NOT_ABROAD = skip("not-abroad")
_PENDING = issue("new-and-pending")
_REGISTERED = skip("registered-already")
_NOT_NEW = skip("not-new")

REQUESTED = issue("requested")


@dataclass(frozen=True)
class OnRequest:
    """申出があったとき: never due by itself (forms of the counter, invoices); it is made for every member of an order that
    names the document (`--only`) (OURS; sources §10)."""

    def verdict(self, member: Member, day: date) -> Verdict:
        return _ON_REQUEST


@dataclass(frozen=True)
class Abroad:
    """海外に居住する方: for who is recorded as living abroad (S000, S001; sources §13 F68)."""

    def verdict(self, member: Member, day: date) -> Verdict:
        return _ABROAD if member.reason == ABROAD else _NOT_ABROAD


@dataclass(frozen=True)
class NewAndPending:
    """登録前の新規加入者: for who joined since the switch and whose registration is not complete yet (S001, S004; sources
    §13 F34, F71)."""

    def verdict(self, member: Member, day: date) -> Verdict:
        if entitled_on(member) < SWITCH:
            return _NOT_NEW
        return _REGISTERED if member.registration == "完了" else _PENDING
