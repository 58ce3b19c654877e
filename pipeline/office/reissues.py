"""A reissue: the same member's document again, as a new issue that ends the old one (the old one is void at once)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pipeline.base.problems import LedgerError, MemberError, Problem, UsageError
from pipeline.model.decision import Decision, Outcome
from pipeline.model.issuer import DocumentPolicy, Issuer
from pipeline.model.member import Member
from pipeline.office.inputs import members_of, row_of
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import Batch, Held, OrderRow
from pipeline.office.materials import Materials
from pipeline.office.order import ReissueRequest
from pipeline.office.planning import add, member_of, serial
from pipeline.rules.occasions import ON_REQUEST
from pipeline.rules.reasons import REASONS
from pipeline.rules.reissue import CHANGES, expiry_again, terms_of
from pipeline.stages.decide import barred, decide

_RULE = "reissue"
_PLACE = "ledger"


def document_types(ledger: Ledger, request: ReissueRequest, issuer: Issuer) -> tuple[str, ...]:
    """The document types that a reissue is about: those asked for, else what the member holds and did not have to request.

    MemberError: nothing was issued under this key.
    """
    held = {one.document for one in ledger.active(request.issuer, request.key)}
    usual = (name for name, policy in issuer.documents.items() if policy.due.policy != ON_REQUEST)
    found = request.only or tuple(name for name in usual if name in held)
    if not found:
        raise MemberError(Problem("reissue-nothing-held", _PLACE, {"issuer": request.issuer}))
    return found


def record_in(request: ReissueRequest, issuer: Issuer) -> Member | None:
    """The record in the member file of the request; None where it names none, and the ledger's stands.

    UsageError unless the reason is a change, MemberError where the file has not exactly one good row of the member.
    """
    if not request.files:
        return None
    if request.reason not in CHANGES:
        raise UsageError(Problem("reissue-file-without-change", "--members", {"known": "、".join(CHANGES)}))
    return row_of(request.key, issuer, request.files)


def holdings(ledger: Ledger, request: ReissueRequest, materials: Materials, new: Member | None = None) -> list[Held]:
    """What the member holds of the document types asked for; `new` is the record it shall be printed from, if not the ledger's.

    MemberError: nothing was issued under this key. LedgerError: it is just being made, was reissued this day, has expired, its
    fee is open, or the insurer's rules or the day do not allow it.
    """
    found = [held for held in ledger.active(request.issuer, request.key) if held.document in materials.kinds]
    if not found or set(request.only) - {held.document for held in found}:
        raise MemberError(Problem("reissue-nothing-held", _PLACE, {"issuer": request.issuer}))
    policies = materials.issuer.documents
    if not request.only:  # all that the member holds: what is not given again for such a reason stays as it is
        foreseen = [held for held in found if terms_of(policies[held.document], request.reason).foreseen]
        found = foreseen or found
    problems = [problem for held in found if (problem := _against(held, request, materials, new))]
    if problems:
        raise LedgerError(problems)
    return found


def _against(held: Held, request: ReissueRequest, materials: Materials, new: Member | None) -> Problem | None:
    """What stands against a reissue of a document that the member holds."""
    place, policy = _PLACE, materials.issuer.documents[held.document]
    values = {"document": held.document, "order": held.order, "at": held.at, "by": held.by}
    if request.replaces and held.id != request.replaces:
        return Problem("ledger-issue-not-active", held.id, values)
    if held.state != "issued":
        return Problem("reissue-not-finished", place, values)
    if held.replaces and held.issued_on == request.day.isoformat() and not request.again:
        return Problem("reissue-done-already", place, values)
    if held.expires_on and held.expires_on < request.day:
        return Problem("reissue-expired", place, {**values, "day": held.expires_on.isoformat()})
    terms = terms_of(policy, request.reason, request.fee)
    if not terms.foreseen:
        known = "、".join(policy.reissue_for)
        return Problem("reissue-not-foreseen", place, {**values, "reason": request.reason, "known": known})
    if not terms.may_issue:
        return Problem("reissue-fee-open", place, {**values, "fee": terms.fee})
    old = member_of(held.record)
    if new and replace(new, place=old.place) == old:
        return Problem("reissue-nothing-changed", str(new.place), values)
    if shut := barred(materials.issuer, held.document, new or old, request.day):
        return Problem("reissue-barred", place, {**values, "day": request.day, "reason": REASONS[shut.reason].ja})
    return None


def asked_again(request: ReissueRequest, held: Sequence[Held]) -> dict[str, Any]:
    """The request as the ledger and order.json keep it: the member only by the serials that are replaced."""
    asked = {
        "kind": "reissue",
        "only": [one.document for one in held],
        "reason": request.reason,
        "fee": request.fee,
        "replaces": [one.id for one in held],
    }
    return asked | {"case": request.case} if request.case else asked


def plan_reissue(order: OrderRow, materials: Materials, ledger: Ledger) -> int:
    """Plan the new issues, the old ones become void: one transaction. Returns the number of members, 1.

    MemberError where the record can no longer be issued; LedgerError where somebody else was faster.
    """
    asked = order.request
    batch, new = Batch(), None
    for n, old in enumerate(ledger.issues(asked["replaces"]), 1):
        member = member_of(old.record)
        if order.inputs:
            member = new = new or _changed(order, member.key, materials.issuer)
        (found,) = (one for one in decide(member, materials.issuer, order.day, order.day) if one.document == old.document)
        policy = materials.issuer.documents[old.document]
        decision = _again(found, old, order.day, asked["reason"], policy)
        add(batch, 1, member, decision, materials.kinds[old.document], serial(order.no, n), asked["fee"], old.id)
    held = [row for row in batch.decisions if row.outcome == Outcome.HOLD]
    if held:
        raise MemberError(problem for row in held for problem in row.problems())
    ledger.replace(order, batch)
    return 1


def _changed(order: OrderRow, key: str, issuer: Issuer) -> Member:
    """The changed record, from the file that was surveyed."""
    rows = [one for one in members_of(order, issuer) if isinstance(one, Member) and one.key == key]
    assert len(rows) == 1  # the file is the one it was when the order was opened
    return rows[0]


def _again(found: Decision, old: Held, day: date, reason: str, policy: DocumentPolicy) -> Decision:
    """The rules may say today that the member would not get one; what they hold is replaced."""
    if found.outcome is Outcome.HOLD:
        return found
    due = found.outcome is Outcome.ISSUE
    until = expiry_again(policy, old.expires_on, found.expires_on) if due else old.expires_on
    return replace(
        found,
        outcome=Outcome.ISSUE,
        rule=_RULE,
        reason=reason,
        channel=old.channel,
        issued_on=day,
        expires_on=until,
        expiry_rule=found.expiry_rule if due and until == found.expires_on else _RULE,
    )
