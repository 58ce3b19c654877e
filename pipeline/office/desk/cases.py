"""A reissue at the counter as a case: reason, papers, fee, another person's word, print. Each step stands in the audit trail.

A case issues nothing until somebody else has approved it; then `job.reissue` does, once, whatever happens in between: the
approval is written first, so that a print that was cut off is carried on and not begun anew. A member's document has one
case under way: who comes second is told who was first, and when.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError

from pipeline.base.problems import LedgerError, Problem
from pipeline.model.issuer import Issuer
from pipeline.office import job, ledger_desk
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_desk import Case, case, put_case
from pipeline.office.ledger_rows import Held
from pipeline.office.order import ReissueRequest
from pipeline.office.planning import member_of
from pipeline.office.shop import Shop
from pipeline.rules.counter import advise, facts_of, papers_of
from pipeline.rules.reissue import PAID, REISSUE_REASONS, SITUATION_OF, WAIVED, Terms, terms_of

UNDER_WAY = ("open", "asked")
NONE_DUE = "none"


class Needs(NamedTuple):
    """What a case needs before it can be approved: papers by title, terms of the fee, and what the counter says."""

    papers: tuple[str, ...]
    terms: Terms
    say: tuple[str, ...]


def reasons_for(issuer: Issuer, document: str) -> dict[str, str]:
    """For which reasons a document is issued again: the insurer's choice of `REISSUE_REASONS`, with their words."""
    wanted = issuer.documents[document].reissue_for
    return {reason: words for reason, words in REISSUE_REASONS.items() if not wanted or reason in wanted}


def needs(shop: Shop, found: Case, held: Held, day: date) -> Needs:
    """What a case needs by the insurer's rules."""
    issuer = shop.issuer(found.issuer)
    member, terms = member_of(held.record), terms_of(issuer.documents[found.document], found.reason)
    facts = facts_of(member, held.expires_on, True, day)
    advice = advise(issuer, SITUATION_OF.get(found.reason, ""), facts)
    return Needs(papers_of(advice, member.standing) if advice else (), terms, advice.say if advice else ())


def begin(shop: Shop, name: str, serial: str, reason: str, day: date) -> Case:
    """Open a case under the id `name` for what has this serial. LedgerError if it cannot be reissued for the reason, or a
    case for it is under way: who opened it, and when."""
    with job.open_ledger(shop) as ledger:
        with ledger.reading() as connection:
            if known := case(connection, name):
                return known  # the same form, sent again
        held = holding(ledger, serial)
        asked = ReissueRequest(*job.inquiries.whose(ledger, serial), day, reason, PAID, (held.document,))
        job.inquiries.check_reissue(asked, shop, ledger)
        terms = terms_of(shop.issuer(asked.issuer).documents[held.document], reason)
        with ledger.writing() as (connection, trail):
            if first := ledger_desk.under_way(connection, asked.issuer, asked.key, held.document):
                raise _first(first)
            settled = "" if terms.fee else WAIVED if terms.waived else NONE_DUE
        with ledger.writing() as (connection, trail):
            if first := ledger_desk.under_way(connection, asked.issuer, asked.key, held.document):
                raise _first(first)
            made = Case(
                name, asked.issuer, asked.key, held.document, held.id, reason, "[]", terms.fee, settled, "open",
                shop.actor, trail.now(), "", "", "",
            )  # fmt: skip
            try:
                touched = [put_case(connection, made)]
            except IntegrityError:
                raise LedgerError(Problem("desk-case-closed", "desk")) from None
            trail.write(
                connection, None, "case-opened", touched, case=name, document=held.document, issue=held.id, reason=reason
            )
    return made


def hand_in(shop: Shop, name: str, papers: Sequence[str]) -> Case:
    """Note which papers have been handed in."""
    return _change(
        shop, name, "case-papers", ("open",), lambda one: one._replace(papers=json.dumps(list(papers), ensure_ascii=False))
    )


def pay(shop: Shop, name: str, settled: str) -> Case:
    """Confirm the payment, or waive the fee."""
    return _change(shop, name, f"case-fee-{settled}", ("open",), lambda one: one._replace(settled=settled))


def ask(shop: Shop, name: str, day: date) -> Case:
    """Ask for another person's approval. LedgerError while a paper is missing or the fee is open."""

    def asked(one: Case) -> Case:
        with job.open_ledger(shop) as ledger:
            wanted = needs(shop, one, holding(ledger, one.issue), day)
        missing = [title for title in wanted.papers if title not in json.loads(one.papers)]
        if missing:
            raise LedgerError(Problem("desk-case-papers-missing", "desk", {"papers": "、".join(missing)}))
        if not one.settled and wanted.terms.invoice:
            raise LedgerError(Problem("desk-case-fee-open", "desk", {"fee": f"{one.fee:,}"}))
        return one._replace(state="asked", asked_by=shop.actor)

    return _change(shop, name, "case-asked", ("open",), asked)


def back(shop: Shop, name: str) -> Case:
    """Take the request for approval back: the case goes on where it was."""
    return _change(shop, name, "case-taken-back", ("asked",), lambda one: _undecided(one)._replace(state="open", asked_by=""))


def cancel(shop: Shop, name: str) -> Case:
    """Give a case up: nothing was issued."""
    return _change(shop, name, "case-cancelled", UNDER_WAY, lambda one: _undecided(one)._replace(state="cancelled"))


def refuse(shop: Shop, name: str) -> Case:
    """Another person says no."""
    return _change(
        shop, name, "case-refused", ("asked",),
        lambda one: _by_another(_undecided(one), shop.actor)._replace(state="refused", decided_by=shop.actor),
    )  # fmt: skip


def approve(shop: Shop, name: str, day: date) -> Case:
    """Another person says yes, and the document is printed: the old one is void. Asked again, it goes on where it was cut off.

    LedgerError where somebody has reissued it meanwhile; whatever the print says where it fails: then the case stands still.
    """
    found = known(shop, name)
    if found.state == "done":
        return found
    if found.state != "asked":
        raise LedgerError(Problem("desk-case-closed", "desk"))
    if not found.decided_by:
        said = lambda one: _by_another(one, shop.actor)._replace(decided_by=shop.actor)  # noqa: E731
        found = _change(shop, name, "case-approved", ("asked",), said)
    order = _printed(shop, found, day)
    return _change(shop, name, "case-done", ("asked",), lambda one: one._replace(state="done", order_id=order), order=order)


def _printed(shop: Shop, found: Case, day: date) -> str:
    """Print what was approved; the order's id."""
    with job.open_ledger(shop) as ledger:
        mine = [one for one in ledger.active(found.issuer, found.key) if one.document == found.document]
    if mine and mine[0].replaces == found.issue and mine[0].by == found.decided_by:
        job.resume(shop.out / mine[0].order, shop)  # an earlier try got this far
        return mine[0].order
    fee = found.settled if found.settled in (PAID, WAIVED) else ""
    request = ReissueRequest(found.key, found.issuer, day, found.reason, fee, (found.document,))
    return job.reissue(request, shop.acting(found.decided_by)).order


def known(shop: Shop, name: str) -> Case:
    """A case. LedgerError where there is none."""
    with job.open_ledger(shop) as ledger, ledger.reading() as connection:
        found = case(connection, name)
    if found is None:
        raise LedgerError(Problem("desk-not-found", "desk"))
    return found


def listed(shop: Shop, closed: int = 50) -> tuple[list[Case], list[Case]]:
    """The cases under way, those that were opened first before the others, and the last that were closed."""
    with job.open_ledger(shop) as ledger, ledger.reading() as connection:
        return ledger_desk.cases(connection, UNDER_WAY), ledger_desk.cases(connection, ("done", "cancelled", "refused"), closed)


def holding(ledger: Ledger, serial: str) -> Held:
    """The issue with this serial. LedgerError where there is none."""
    found = ledger.issues([serial])
    if not found:
        raise LedgerError(Problem("desk-not-found", "desk"))
    return found[0]


def _change(shop: Shop, name: str, kind: str, states: Sequence[str], change: Callable[[Case], Case], **detail: str) -> Case:
    """Change a case that is in one of these states, with an entry in the trail. LedgerError where it is in another."""
    before = known(shop, name)
    changed = change(before)
    with job.open_ledger(shop) as ledger, ledger.writing() as (connection, trail):
        if case(connection, name) != before or before.state not in states:
            raise LedgerError(Problem("desk-case-closed", "desk"))
        trail.write(connection, None, kind, [put_case(connection, changed)], case=name, **detail)
    return changed


def _undecided(one: Case) -> Case:
    """LedgerError where the print of an approved case was begun: it can only be carried on."""
    if one.decided_by:
        raise LedgerError(Problem("desk-case-begun", "desk", {"by": one.decided_by}))
    return one


def _by_another(one: Case, actor: str) -> Case:
    """Four eyes: neither who opened the case nor who asked decides it."""
    if actor in (one.opened_by, one.asked_by):
        raise LedgerError(Problem("desk-case-same-person", "desk"))
    return one


def _first(one: Case) -> LedgerError:
    return LedgerError(
        Problem("desk-case-under-way", "desk", {"by": one.opened_by, "at": one.opened_at[:16].replace("T", " ")})
    )
