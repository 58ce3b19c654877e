"""The audit trail: its pages, what stands out in it, and the check of the whole chain."""

from datetime import date
from typing import Annotated

from fastapi import HTTPException, Query, Response
from fastapi import Path as InPath

from pipeline.office import job, ledger_review
from pipeline.office.desk.doors import Here, Once, Pages
from pipeline.office.desk.pages.orders import NAME
from pipeline.office.desk.words import Titles, detail, words
from pipeline.office.ledger_review import Asked

router = Pages()
PAGE = 50
Day = Annotated[date | None, Query()]
Kind = Annotated[str, Query(pattern=r"^[a-z-]{0,40}$")]
Order = Annotated[str, Query(pattern=f"^$|{NAME}")]


@router.read("/audit", "audit")
def listed(
    here: Here,
    actor: Annotated[str, Query(max_length=80)] = "",
    kind: Kind = "",
    order: Order = "",
    first: Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = "",
    last: Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = "",
    before: Annotated[int | None, Query(ge=1, le=10**9)] = None,
) -> Response:
    """Entries, newest first, with what stands out and the last check."""
    asked = Asked(actor, kind, order, day(first), day(last))
    with here.ledger() as ledger, ledger.reading() as connection:
        found = job.inquiries.ledger_review.entries(connection, asked, before, PAGE + 1)
        people, kinds = job.inquiries.ledger_review.filters(connection)
        review = job.inquiries.ledger_review.review(connection, here.desk.today())
        sealed, check = job.inquiries.ledger_review.sealed(connection), job.inquiries.ledger_review.checked(connection)
    return here.page(
        "audit.html", entries=found[:PAGE], more=found[PAGE - 1].no if len(found) > PAGE else None, asked=asked,
        people=people, kinds=kinds, figures=ledger_review, detail=detail, words=words(),
        titles=Titles(here.shop), review=review, sealed=sealed, check=check,
    )  # fmt: skip


def day(text: str) -> date | None:
    """A day of a form; an empty box is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise HTTPException(404) from None


@router.write("/audit/check", "audit")
def check_now(here: Here, once: Once) -> Response:
    """Check the whole chain and all rows now."""

    def work() -> str:
        with here.ledger() as ledger:
            return f"/audit/checks/{job.inquiries.ledger_review.check(ledger, here.shop)}"

    return here.once(once, work)


@router.read("/audit/checks/{entry}", "audit")
def result(here: Here, entry: Annotated[int, InPath(ge=1, le=10**9)]) -> Response:
    """What a check found, and what that means."""
    with here.ledger() as ledger, ledger.reading() as connection:
        found = job.inquiries.ledger_review.checked(connection, entry)
        sealed = job.inquiries.ledger_review.sealed(connection)
    if found is None:
        raise HTTPException(404)
    return here.page("check.html", check=found, sealed=sealed)
