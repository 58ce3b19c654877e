"""A reissue at the counter as a case: reason, papers, fee, another person's word, print. Each step stands in the audit trail.

A case issues nothing until somebody else has approved it; then `job.reissue` does, once, whatever happens in between: the
approval is written first, so that a print that was cut off is carried on and not begun anew. A member's document has one
case under way: who comes second is told who was first, and when.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection

from pipeline.base.problems import LedgerError, Problem, ShikakuError
from pipeline.model.issuer import Issuer
from pipeline.office import job, ledger_desk
from pipeline.office.desk.case_notes import line, said, sealed
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_desk import Case, case, put_case
from pipeline.office.ledger_rows import Held
from pipeline.office.order import ReissueRequest
from pipeline.office.planning import member_of
from pipeline.office.shop import Shop
from pipeline.rules.counter import advise, facts_of, papers_of
from pipeline.rules.reissue import PAID, REISSUE_REASONS, REPORTED, SITUATION_OF, WAIVED, Terms, terms_of

Row = tuple[Any, Sequence[Any]]  # a table and a key, for the trail
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
            if found := case(connection, name):
                return found  # the same form, sent again
        held = holding(ledger, serial)
        key, issuer = job.inquiries.whose(ledger, serial)
        asked = ReissueRequest(key, issuer, day, reason, PAID, (held.document,), replaces=held.id)
        job.inquiries.check_reissue(asked, shop, ledger)
        terms = terms_of(shop.issuer(issuer).documents[held.document], reason)
        settled = "" if terms.fee else WAIVED if terms.waived else NONE_DUE
        with ledger.writing() as (connection, trail):
            if first := ledger_desk.under_way(connection, issuer, key, held.document):
                raise _first(first)
            made = Case(
                name, issuer, key, held.document, held.id, reason, "[]", terms.fee, settled, "", "", "open", shop.actor,
                trail.now(),
            )  # fmt: skip
            told = {"document": held.document, "issue": held.id, "reason": reason, "fee": terms.fee}
            trail.write(connection, None, "case-opened", [put_case(connection, made)], case=name, **told)
    return made


def hand_in(shop: Shop, name: str, papers: Sequence[str]) -> Case:
    """Note which papers have been handed in."""
    told = json.dumps(list(papers), ensure_ascii=False)
    return _change(shop, name, "case-papers", ("open",), lambda one, now: one._replace(papers=told))


def report(shop: Shop, name: str, words: str) -> Case:
    """Keep what the police were told of a theft: where, and under which number. UsageError as `refuse`."""
    told = line(words, "desk-case-report")

    def reported(one: Case, now: str) -> Case:
        if one.reason not in REPORTED:
            raise LedgerError(Problem("desk-case-closed", "desk"))
        return one

    def keep(connection: Connection, one: Case) -> Row:
        return ledger_desk.put_note(connection, one.id, sealed(shop, one, told))

    return _change(shop, name, "case-report", ("open",), reported, also=keep)


def pay(shop: Shop, name: str) -> Case:
    """Confirm the payment of the fee. LedgerError where none is open."""

    def paid(one: Case, now: str) -> Case:
        if one.settled:
            raise LedgerError(Problem("desk-case-closed", "desk"))
        return one._replace(settled=PAID, settled_by=shop.actor, settled_at=now)

    return _change(shop, name, "case-fee-paid", ("open",), paid)


def invoiced(shop: Shop, name: str) -> None:
    """Note that the invoice was printed: it says nothing about the payment."""
    _change(shop, name, "case-invoice", UNDER_WAY, lambda one, now: one)


def ask(shop: Shop, name: str, day: date) -> Case:
    """Ask for another person's approval. LedgerError while a paper is missing or the fee is open."""

    def asked(one: Case, now: str) -> Case:
        with job.open_ledger(shop) as ledger:
            wanted = needs(shop, one, holding(ledger, one.issue), day)
        missing = [title for title in wanted.papers if title not in json.loads(one.papers)]
        if missing:
            raise LedgerError(Problem("desk-case-papers-missing", "desk", {"papers": "、".join(missing)}))
        if one.reason in REPORTED and not said(shop, one).report:
            raise LedgerError(Problem("desk-case-report-missing", "desk"))
        if not one.settled and wanted.terms.invoice:
            raise LedgerError(Problem("desk-case-fee-open", "desk", {"fee": f"{one.fee:,}"}))
        return one._replace(state="asked", asked_by=shop.actor, asked_at=now)

    return _change(shop, name, "case-asked", ("open",), asked)


def back(shop: Shop, name: str) -> Case:
    """Take the request for approval back: the case goes on where it was."""

    def open_again(one: Case, now: str) -> Case:
        return _undecided(one)._replace(state="open", asked_by="", asked_at="")

    return _change(shop, name, "case-taken-back", ("asked",), open_again)


def refuse(shop: Shop, name: str, words: str) -> Case:
    """Another person says no, and why. UsageError for words that are none, too many, or hold a My Number."""
    told = line(words, "desk-case-words")

    def refused(one: Case, now: str) -> Case:
        decided = _by_another(_undecided(one), shop.actor)
        return decided._replace(state="refused", decided_by=shop.actor, decided_at=now, words=sealed(shop, one, told))

    return _change(shop, name, "case-refused", ("asked",), refused)


def approve(shop: Shop, name: str, day: date) -> Case:
    """Another person says yes, and the document is printed: the old one is void. Asked again, it goes on where it was cut off.

    LedgerError where somebody has reissued it meanwhile; whatever the print says where it fails: the case says so too, and
    can be approved again or given up.
    """
    found = known(shop, name)
    if found.state == "done":
        return found

    def approved(one: Case, now: str) -> Case:
        again = _by_another(one, shop.actor)._replace(fault="")
        return again if one.decided_by and not one.fault else again._replace(decided_by=shop.actor, decided_at=now)

    found = _change(shop, name, "case-approved", ("asked",), approved)
    try:
        order = _printed(shop, found, day)
    except ShikakuError as stopped:
        told = json.dumps([{"message": one.message, "hint": one.hint} for one in stopped.problems], ensure_ascii=False)
        with suppress(ShikakuError):  # a disk that is full may not take this either: then the case says only `approved`
            codes = [one.code for one in stopped.problems]
            _change(shop, name, "case-stopped", ("asked",), lambda one, now: one._replace(fault=told), codes=codes)
        raise
    return _change(
        shop, name, "case-done", ("asked",), lambda one, now: one._replace(state="done", order_id=order), order=order
    )


def _printed(shop: Shop, found: Case, day: date) -> str:
    """Print what was approved, or carry on the print that was begun for this case; the order's id."""
    with job.open_ledger(shop) as ledger:
        begun = job.inquiries.order_of_case(ledger, found.id)
    if begun and begun.state != "stopped":
        return job.resume(shop.out / begun.id, shop).order
    fee = found.settled if found.settled in (PAID, WAIVED) else ""
    only = (found.document,)
    request = ReissueRequest(found.key, found.issuer, day, found.reason, fee, only, replaces=found.issue, case=found.id)
    return job.reissue(request, shop.acting(found.decided_by)).order


def cancel(shop: Shop, name: str) -> Case:
    """Give a case up: nothing was issued, and nothing is left under way.

    LedgerError where a print has begun and did not stop, or has handed something off: it can only be carried on.
    """
    found = known(shop, name)
    if found.state == "asked" and found.fault:
        with job.open_ledger(shop) as ledger:
            begun = job.inquiries.order_of_case(ledger, name)
        if begun and begun.state != "stopped":
            job.cancel(shop.out / begun.id, shop)

    def cancelled(one: Case, now: str) -> Case:
        return (one if one.fault else _undecided(one))._replace(state="cancelled")

    return _change(shop, name, "case-cancelled", UNDER_WAY, cancelled)


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


def _change(
    shop: Shop,
    name: str,
    kind: str,
    states: Sequence[str],
    change: Callable[[Case, str], Case],
    also: Callable[[Connection, Case], Row] | None = None,
    **detail: Any,
) -> Case:
    """Change a case that is in one of these states, with an entry in the trail. LedgerError where it is in another."""
    before = known(shop, name)
    if before.state not in states:
        raise LedgerError(Problem("desk-case-closed", "desk"))
    changed = change(before, shop.now())
    with job.open_ledger(shop) as ledger, ledger.writing() as (connection, trail):
        if case(connection, name) != before:
            raise LedgerError(Problem("desk-case-closed", "desk"))
        more = [also(connection, changed)] if also else []
        trail.write(connection, None, kind, [put_case(connection, changed), *more], case=name, **detail)
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
