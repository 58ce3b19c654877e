"""Decide: which documents a member gets by the issuer's rules, or why none. Exactly one decision per document type."""

from collections.abc import Callable, Container, Mapping
from datetime import date
from typing import NamedTuple

from pipeline.base.problems import LayoutError, Problem
from pipeline.model.decision import Decision, Outcome
from pipeline.model.issuer import Issuer
from pipeline.model.member import Member
from pipeline.rules import counter
from pipeline.rules.channels import CHANNELS, STANDINGS, channel_of, usual_channels
from pipeline.rules.eligibility import DUE, standing_on
from pipeline.rules.eras import wareki
from pipeline.rules.expiry import EXPIRY, Expiry, ExpiryPolicy, earliest, ends_at_70
from pipeline.rules.occasions import REQUESTED, OnRequest
from pipeline.rules.policies import choose
from pipeline.rules.transition import GATES, AnyDay, Gate
from pipeline.rules.verdicts import DuePolicy, Verdict, entitled_on

_GATE = "standing"  # the rule's name where not the document's policy decided
_KEPT = 16
_ISSUED, _HELD = Outcome.ISSUE, Outcome.HOLD  # looking a member of an enumeration up is slow
_ENDLESS = Expiry(None, "")


class _Document(NamedTuple):
    name: str
    rule: str
    due: DuePolicy
    expiry_rule: str
    expiry: ExpiryPolicy
    at_70: bool
    starts: Callable[[Member], date] | None
    gate_rule: str
    gate: Gate | None  # None: any day
    channels: Mapping[str, str]
    web: bool


class Policies:
    """An issuer's policies, checked and looked up once; the expiry of a day is computed once."""

    def __init__(self, issuer: Issuer):
        problems: list[Problem] = []
        documents: list[_Document] = []
        for name, document in issuer.documents.items():
            try:
                due = choose(DUE, document.due, f"documents.{name}.due")
                expiry = choose(EXPIRY, document.expiry, f"documents.{name}.expiry")
                gate = choose(GATES, document.gate, f"documents.{name}.gate")
            except LayoutError as error:
                problems += error.problems
                continue
            documents.append(
                _Document(
                    name, document.due.policy, due, document.expiry.policy, expiry, ends_at_70(expiry),
                    getattr(due, "valid_from", None),
                    document.gate.policy, None if isinstance(gate, AnyDay) else gate,
                    usual_channels(issuer, document), document.web,
                )
            )  # fmt: skip
        for standing in STANDINGS:
            if issuer.channels.get(standing) not in CHANNELS:
                values = {"standing": standing, "known": ", ".join(CHANNELS)}
                problems.append(Problem("issuer-unknown-channel", f"channels.{standing}", values))
        problems += counter.faults(issuer)
        if problems:
            raise LayoutError(problems)
        self.issuer = issuer
        self.documents = tuple(documents)
        self._day = date.min
        self._until: dict[str, date | None] = {}

    def until(self, document: _Document, day: date) -> date | None:
        """What the document's expiry policy says for an issue on `day`."""
        if day != self._day:
            self._until = {one.name: one.expiry.until(day) for one in self.documents}
            self._day = day
        return self._until[document.name]


_compiled: dict[int, Policies] = {}


def compile_policies(issuer: Issuer) -> Policies:
    """The issuer's policies, kept for the next call. LayoutError with every unknown policy, setting and channel at
    once."""
    found = _compiled.get(id(issuer))
    if found is None or found.issuer is not issuer:
        if len(_compiled) >= _KEPT:
            _compiled.clear()
        found = _compiled[id(issuer)] = Policies(issuer)
    return found


def decide(member: Member, issuer: Issuer, day: date, cutoff: date, asked: Container[str] = ()) -> tuple[Decision, ...]:
    """One decision for each document type of the issuer, in its order. `day` is the day of issue, `cutoff` that of
    the extraction; `asked` names the types that the caller wants by name: those that are due on request are then due."""
    policies = compile_policies(issuer)
    key = member.key
    barred = standing_on(member, day, cutoff)
    if barred:
        return tuple(_none(member, key, document.name, _GATE, barred) for document in policies.documents)
    decisions = []
    for document in policies.documents:
        if document.gate is not None and (shut := document.gate.barred(day, entitled_on(member))):
            decisions.append(_none(member, key, document.name, document.gate_rule, shut))
            continue
        verdict = document.due.verdict(member, day)
        if isinstance(document.due, OnRequest) and document.name in asked:
            verdict = REQUESTED
        if verdict.outcome is _ISSUED:
            starts = document.starts(member) if document.starts else day
            # what is sent ahead is valid from its own first day
            until = policies.until(document, day) if starts <= day else document.expiry.until(starts)
            expiry = earliest(until, document.expiry_rule, member, day, document.at_70) if until else _ENDLESS
            decisions.append(_issue(member, key, document, verdict, day, expiry))
        else:
            decisions.append(_none(member, key, document.name, document.rule, verdict))
    return tuple(decisions)


def barred(issuer: Issuer, document: str, member: Member, day: date) -> Verdict | None:
    """Why a document may not be issued on `day` at all, not even again; None: it may."""
    gate = next(one.gate for one in compile_policies(issuer).documents if one.name == document)
    return gate.barred(day, entitled_on(member)) if gate is not None else None


def _issue(member: Member, key: str, document: _Document, verdict: Verdict, day: date, expiry: Expiry) -> Decision:
    if expiry.on is not None and expiry.on < day:
        values = {"until": wareki(expiry.on), "bound": expiry.rule}
        problem = Problem("member-expired-before-issue", str(member.place), values)
        return Decision(
            member.place,
            key,
            document.name,
            Outcome.HOLD,
            document.expiry_rule,
            "expired-before-issue",
            problem=problem,
        )
    return Decision(
        member.place, key, document.name, _ISSUED, document.rule, verdict.reason,
        channel_of(member, document.channels, document.web), day, expiry.on, expiry.rule,
    )  # fmt: skip


def _none(member: Member, key: str, document: str, rule: str, verdict: Verdict) -> Decision:
    problem = Problem(f"member-{verdict.reason}", str(member.place)) if verdict.outcome is _HELD else None
    outcome, reason = verdict
    return Decision(member.place, key, document, outcome, rule, reason, "", None, None, "", problem)
