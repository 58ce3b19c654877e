"""Why a member gets what, and what the counter says: the decisions of today with their rules, sources and advice.

The member is looked up in the given files, else in the ledger. Nothing here names the person: the key is enough.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pipeline.base.problems import MemberError, Problem, UsageError
from pipeline.model.decision import Decision, Outcome
from pipeline.model.issuer import Advice, Issuer, Mailing
from pipeline.model.member import Member
from pipeline.office import ledger_inquiry
from pipeline.office.inputs import row_of
from pipeline.office.planning import member_of
from pipeline.office.shop import Shop
from pipeline.office.vault import Vault
from pipeline.rules.counter import SITUATIONS, Facts, advise, facts_of
from pipeline.rules.eligibility import CERTIFICATE_POLICY
from pipeline.rules.mailings import mailing_for
from pipeline.rules.reasons import REASONS, RULES, Reason
from pipeline.rules.transition import old_card_until
from pipeline.rules.verdicts import entitled_on
from pipeline.stages.decide import decide

LEDGER = "ledger"
_ALREADY = Reason("台帳にすでに交付の記録があるため", "OURS")
_WAITING = ("after-cutoff", "joined-later", "old-card-valid", "in-transition")  # reasons after which a mailing may come


class Held(NamedTuple):
    """What the ledger says a member holds; `planned` while it is being made."""

    serial: str
    state: str
    document: str
    issued_on: date
    expires_on: date | None


class Found(NamedTuple):
    """One document type: the decision of the day, its reason and rules, what the counter says, what is held already."""

    title: str
    decision: Decision
    outcome: Outcome
    reason: Reason
    rule: Reason
    bound: Reason | None
    advice: Advice | None
    held: Held | None
    mailing: Mailing | None


class Explanation(NamedTuple):
    """Everything about one member on one day; `place` is the row of the file, or `ledger`."""

    issuer_id: str
    issuer: Issuer
    member: Member
    place: str
    day: date
    cutoff: date
    documents: tuple[Found, ...]
    old_card_until: date | None
    situations: tuple[tuple[str, Advice], ...]
    certificate: str  # the document type whose terms of reissue are told; empty: the issuer has none

    def document_of(self, title: str) -> str:
        """The issuer's document type of a title, so that a paper can be printed; empty where it makes none."""
        return next((one.decision.document for one in self.documents if one.title == title), "")


def explain(
    key: str, issuer_id: str, files: Sequence[Path], asked: Sequence[str], day: date, cutoff: date, shop: Shop
) -> Explanation:
    """The explanation for the member of `key`. `asked` names situations (`counter.SITUATIONS`).

    UsageError for an unknown situation or issuer, MemberError where there is no such member or the record has faults.
    """
    if unknown := [name for name in asked if name not in SITUATIONS]:
        known = "、".join(f"{name}（{ja}）" for name, ja in SITUATIONS.items())
        raise UsageError(
            Problem("explain-unknown-situation", "--situation", {"name": name[:20], "known": known}) for name in unknown
        )
    issuer_id = issuer_id or _issuer_of(key, shop)
    issuer = shop.issuer(issuer_id)
    ledger = _has_ledger(shop, bool(files))
    member, place = _member(key, issuer_id, issuer, files, shop)
    held = _held(shop.ledger_url, issuer_id, key, day) if ledger else {}
    certificates = [name for name, one in issuer.documents.items() if one.due.policy == CERTIFICATE_POLICY]
    mine = next((held[name] for name in certificates if name in held), None)
    facts = facts_of(member, mine.expires_on if mine else None, mine is not None, day)
    documents = tuple(
        _found(decision, issuer, held.get(decision.document), member, facts, day, shop.layout(decision.document).title)
        for decision in decide(member, issuer, day, cutoff)
    )
    situations = [(name, found) for name in asked if (found := advise(issuer, name, facts))]
    card = old_card_until(entitled_on(member), member.leaves_on)
    certificate = mine.document if mine else next(iter(certificates), "")
    return Explanation(issuer_id, issuer, member, place, day, cutoff, documents, card, tuple(situations), certificate)


def _issuer_of(key: str, shop: Shop) -> str:
    """The one issuer with the key's insurer number."""
    fitting = [name for name in shop.issuers() if shop.issuer(name).insurer_number.zfill(8) == key.split(":")[0]]
    if len(fitting) != 1:
        raise UsageError(Problem("explain-unknown-issuer", "KEY", {"known": "、".join(shop.issuers())}))
    return fitting[0]


def _has_ledger(shop: Shop, optional: bool) -> bool:
    """Whether there is a ledger to ask; without a member file there must be one (LedgerError)."""
    file = Path(shop.ledger_url.removeprefix("sqlite:///"))
    if optional and shop.ledger_url.startswith("sqlite:///") and not file.is_file():
        return False
    shop.check_ledger()
    return True


def _member(key: str, issuer_id: str, issuer: Issuer, files: Sequence[Path], shop: Shop) -> tuple[Member, str]:
    """The record and where it stands. MemberError: nowhere, in more than one row, or a row that is no member."""
    if not files:
        record = ledger_inquiry.record(shop.ledger_url, Vault(shop.data_keys), issuer_id, key)
        if record is None:
            raise MemberError(Problem("explain-unknown-member", "KEY"))
        return member_of(record), LEDGER
    found = row_of(key, issuer, files)
    return found, str(found.place)


def _held(url: str, issuer_id: str, key: str, day: date) -> dict[str, Held]:
    """What the member holds, by document type: issued and not replaced; what has expired too."""
    held = {}
    for row in ledger_inquiry.issued(url, key):
        if row["issuer"] == issuer_id and row["state"] in ("planned", "issued") and row["piece"] != "spoiled":
            until = row["expires_on"] and date.fromisoformat(row["expires_on"])
            held[row["document"]] = Held(
                row["serial"], row["state"], row["document"], date.fromisoformat(row["issued_on"]), until
            )
    return held


def _found(decision: Decision, issuer: Issuer, held: Held | None, member: Member, facts: Facts, day: date, title: str) -> Found:
    outcome, reason = decision.outcome, REASONS[decision.reason]
    if outcome is Outcome.ISSUE and held and (held.expires_on is None or held.expires_on >= day):
        outcome, reason = Outcome.ALREADY, _ALREADY
        decision = replace(decision, outcome=outcome, channel="", expires_on=None, expiry_rule="")  # the ledger has its own
    waits = decision.reason in _WAITING
    mailing = mailing_for(issuer.mailings, member, decision.document, day) if waits else None
    bound = RULES[decision.expiry_rule] if decision.expires_on else None
    advice = advise(issuer, decision.reason, facts)
    return Found(title, decision, outcome, reason, RULES[decision.rule], bound, advice, held, mailing)
