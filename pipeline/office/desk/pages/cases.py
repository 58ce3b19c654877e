"""Reissues step by step: reason, papers, fee, another person's word, print."""

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from fastapi import Form, HTTPException, Response

from pipeline.office import job, ledger_books
from pipeline.office.desk import case_notes, cases
from pipeline.office.desk.doors import Here, Once, Pages, Visit
from pipeline.office.desk.roles import may
from pipeline.office.ledger_desk import Case
from pipeline.rules.reissue import CHANGES, PAID, REISSUE_REASONS, REPORTED, WAIVED

router = Pages()
STATES = {"open": "受付中", "asked": "承認待ち", "done": "交付済み", "cancelled": "取り消し", "refused": "却下"}
_STEPS = ("書類の確認", "手数料", "承認の依頼", "承認と印刷", "お渡し")


@router.read("/cases", "reissue")
def listed(here: Here) -> Response:
    """The cases under way, what waits for this person first, and those that were closed last."""
    under_way, closed = cases.listed(here.shop)
    mine = [one for one in under_way if one.state == "asked" and here.name not in (one.opened_by, one.asked_by)]
    rest = [one for one in under_way if one not in mine] if here.session.role == "approver" else under_way
    waiting = mine if here.session.role == "approver" else []
    return here.page(
        "cases.html", waiting=waiting, under_way=rest, closed=closed[::-1], states=STATES, reasons=REISSUE_REASONS,
        titles=_titles(here, [*under_way, *closed]),
    )  # fmt: skip


@router.write("/cases", "reissue")
def opened(
    here: Here,
    once: Once,
    serial: Annotated[str, Form(max_length=40)],
    reason: Annotated[str, Form(max_length=40)],
) -> Response:
    """A new case, under the id of the form: the same form opens one case."""
    if reason not in REISSUE_REASONS:
        raise HTTPException(422)
    return here.once(once, lambda: _at(cases.begin(here.shop, once, serial, reason, here.desk.today())))


@router.read("/cases/{name}", "reissue")
def shown(here: Here, name: str) -> Response:
    """A case: what has been done, the step that is next, what stands in its way."""
    found, day = cases.known(here.shop, name), here.desk.today()
    with here.ledger() as ledger:
        held = cases.holding(ledger, found.issue)
        newest = job.inquiries.newest(ledger, found.issuer, found.key)
        job.inquiries.note_look(ledger, "case", case=name)
    assert newest is not None  # what is reissued was issued
    needs, issuer = cases.needs(here.shop, found, held, day), here.shop.issuer(found.issuer)
    said = case_notes.said(here.shop, found)
    given = json.loads(found.papers)
    return here.page(
        "case.html", case=found, held=held, member=newest[1], needs=needs, given=given, steps=_STEPS,
        at=_step(found, needs, said),
        changed=CHANGES, title=here.shop.layout(found.document).title, reason=REISSUE_REASONS[found.reason], states=STATES,
        invoice=issuer.documents[found.document].invoice, mine=here.name in (found.opened_by, found.asked_by),
        faults=json.loads(found.fault or "[]"), longest=case_notes.LONGEST, said=said, reported=found.reason in REPORTED,
    )  # fmt: skip


@router.write("/cases/{name}/papers", "reissue")
def papers(here: Here, once: Once, name: str, given: Annotated[list[str] | None, Form()] = None) -> Response:
    """Papers that have been handed in; only those that the insurer's rules ask for count."""
    found = cases.known(here.shop, name)
    with here.ledger() as ledger:
        wanted = cases.needs(here.shop, found, cases.holding(ledger, found.issue), here.desk.today()).papers
    return _done(here, once, lambda: cases.hand_in(here.shop, name, [one for one in wanted if one in (given or [])]))


@router.write("/cases/{name}/report", "reissue")
def report(here: Here, once: Once, name: str, words: Annotated[str, Form(max_length=2000)]) -> Response:
    """What the police were told of a theft."""
    return _done(here, once, lambda: cases.report(here.shop, name, words))


@router.write("/cases/{name}/fee", "reissue")
def fee(here: Here, once: Once, name: str, settled: Annotated[Literal["paid"], Form()]) -> Response:
    """The payment has been confirmed. Whether a fee is waived is the rules' matter, not the counter's."""
    return _done(here, once, lambda: cases.pay(here.shop, name))


@router.read("/cases/{name}/invoice", "reissue")
def invoice(here: Here, name: str) -> Response:
    """The invoice as a PDF."""
    found = cases.known(here.shop, name)
    document = here.shop.issuer(found.issuer).documents[found.document].invoice
    if not document or not found.fee:
        raise HTTPException(404)
    with here.desk.press:
        made = job.paper(document, found.issuer, found.key, here.desk.today(), found.issue, here.shop)
    if found.state in cases.UNDER_WAY:
        cases.invoiced(here.shop, name)
    return _pdf(made, f"invoice-{found.issue}")


@router.write("/cases/{name}/ask", "reissue")
def ask(here: Here, once: Once, name: str) -> Response:
    """Ask for approval."""
    return _done(here, once, lambda: cases.ask(here.shop, name, here.desk.today()))


@router.write("/cases/{name}/back", "reissue")
def back(here: Here, once: Once, name: str) -> Response:
    """Take the request back."""
    return _done(here, once, lambda: cases.back(here.shop, name))


@router.write("/cases/{name}/cancel", "reissue")
def cancel(here: Here, once: Once, name: str) -> Response:
    """Give the case up."""
    return _done(here, once, lambda: cases.cancel(here.shop, name))


@router.write("/cases/{name}/decide", "approve")
def decide(
    here: Here,
    once: Once,
    name: str,
    say: Annotated[Literal["yes", "no"], Form()],
    words: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Another person's word; with a yes the document is printed."""
    day: date = here.desk.today()

    def work() -> Case:
        if say == "no":
            return cases.refuse(here.shop, name, words)
        with here.desk.press:
            return cases.approve(here.shop, name, day)

    return _done(here, once, work)


@router.read("/cases/{name}/print", "print")
def sheet(here: Here, name: str) -> Response:
    """The printed document as a PDF, for the office's printer: once; again for an approver only. Each stands in the trail."""
    found = cases.known(here.shop, name)
    if found.state != "done":
        raise HTTPException(404)
    with here.ledger() as ledger:
        made = job.inquiries.sheets_of(ledger, here.shop, found.order_id)
        ledger_books.take_reissue(ledger, found.order_id, name, again=may(here.session.role, "approve"))
    return _pdf(made, f"reissue-{found.order_id}")


def _done(here: Visit, once: str, work: Callable[[], Case]) -> Response:
    return here.once(once, lambda: _at(work()))


def _at(found: Case) -> str:
    return f"/cases/{found.id}"


def _pdf(content: bytes, name: str) -> Response:
    told = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, media_type="application/pdf", headers=told)


def _titles(here: Visit, found: list[Case]) -> dict[str, str]:
    return {name: here.shop.layout(name).title for name in {one.document for one in found}}


def _step(found: Case, needs: cases.Needs, said: case_notes.Said) -> int:
    """Which step is next, counted from 0; as many as there are where all is done."""
    if found.state in ("cancelled", "refused"):
        return -1
    if found.state == "done":
        return 4
    if found.state == "asked":
        return 3
    if not set(needs.papers) <= set(json.loads(found.papers)) or (found.reason in REPORTED and not said.report):
        return 0
    return 1 if needs.terms.fee and found.settled not in (PAID, WAIVED) and needs.terms.invoice else 2
