"""Finding a member, and what the member was issued, is due and may be given again. Every look stands in the audit trail.

A search is a form, so that no name and no number comes into an address; a member's page is called by a serial.
"""

from datetime import date
from typing import Annotated, Any

from fastapi import Form, Response

from pipeline.base.problems import LedgerError, MemberError, Problem
from pipeline.office import job
from pipeline.office.desk import cases
from pipeline.office.desk.doors import Here, Pages, Visit
from pipeline.office.desk.roles import may
from pipeline.rules.eras import parse_date

router = Pages()
_MOST = 8
_STATES = {"issued": "有効", "void": "無効", "planned": "作成中", "expired": "期限切れ"}
_KEYS = ("issuer", "symbol", "number", "branch", "name", "birth")
_Word = Annotated[str, Form(max_length=80)]


@router.read("/members", "members")
def search_form(here: Here) -> Response:
    """The form to search with."""
    return here.page("members.html", issuers=_issuers(here), found=[], typed=dict.fromkeys(_KEYS, ""), problems=[])


@router.write("/members", "members")
def search(
    here: Here,
    issuer: _Word = "",
    symbol: _Word = "",
    number: _Word = "",
    branch: Annotated[str, Form(pattern=r"^\d{0,2}$")] = "",
    name: _Word = "",
    birth: _Word = "",
) -> Response:
    """Who fits: by 記号 and 番号, or by name and birth date."""
    known = _issuers(here)
    wanted = [issuer] if issuer in known else list(known)
    typed = dict(zip(_KEYS, (issuer, symbol, number, branch, name, birth), strict=True))
    day = _day(birth)
    keys = "number" if symbol and number else "name" if name and day else ""
    if not keys:
        problems = [Problem("desk-search-keys", "desk")]
        return here.page("members.html", 400, issuers=known, found=[], typed=typed, problems=problems)
    with here.ledger() as ledger:
        if keys == "number":
            numbers = [here.shop.issuer(one).insurer_number.zfill(8) for one in wanted]
            found = job.inquiries.members_of_number(ledger, numbers, symbol, number, branch)
        else:
            assert day is not None
            found = [(one, key) for one, key in job.inquiries.people(ledger, here.shop.out, name, day) if one in wanted]
        job.inquiries.note_look(ledger, "search", by=keys, found=len(found))
        rows = [_row(ledger, one, key) for one, key in found[:_MOST]]
    if len(found) > _MOST:
        rows, problems = [], [Problem("desk-search-many", "desk", {"count": _MOST})]
    else:
        problems = [] if found else [Problem("explain-unknown-member", "desk")]
    return here.page("members.html", issuers=known, found=[row for row in rows if row], typed=typed, problems=problems)


@router.read("/members/{serial}", "members")
def member(here: Here, serial: str) -> Response:
    """A member's page, called by the serial of anything that was issued to the member."""
    with here.ledger() as ledger:
        key, issuer = job.inquiries.whose(ledger, serial)
        job.inquiries.note_look(ledger, "member", issue=serial)
        under_way = {one.document: one for one in cases.listed(here.shop)[0] if (one.issuer, one.key) == (issuer, key)}
        active = {one.id for one in ledger.active(issuer, key)}
        makers = job.inquiries.makers(ledger, issuer, key)
    day = here.desk.today()
    try:
        told = job.inquiries.explained_on(key, issuer, day, here.shop)
    except MemberError as fault:
        raise LedgerError(fault.problems) from None
    rows = [_issue(here, row) for row in job.inquiries.issued(here.shop, key) if row["issuer"] == issuer]
    after = {row["replaces"]: row["serial"] for row in rows if row["replaces"]}
    again = {}
    if may(here.session.role, "reissue"):
        for row in rows:
            if row["serial"] in active and row["piece"] != "spoiled":
                again[row["serial"]] = cases.reasons_for(here.shop.issuer(issuer), row["document"])
    return here.page(
        "member.html", member=told.member, issuer=told.issuer, rows=rows[::-1],
        verdicts=job.inquiries.verdicts(told),
        again=again, under_way=under_way, day=day, makers=makers, after=after,
    )  # fmt: skip


def _issuers(here: Visit) -> dict[str, str]:
    return {name: here.shop.issuer(name).name for name in here.shop.issuers()}


def _day(text: str) -> date | None:
    """A day as people write it: 昭和55年5月10日, S55.5.10, 1980-05-10; None for none."""
    try:
        return parse_date(text.strip())
    except ValueError:
        return None


def _row(ledger: Any, issuer: str, key: str) -> dict[str, Any] | None:
    """A line of what was found: enough to tell two people apart, and the serial that calls the page."""
    found = job.inquiries.newest(ledger, issuer, key)
    if found is None:
        return None
    serial, record = found
    return {
        "serial": serial, "name": record.name, "kana": record.kana, "birth": record.birth, "symbol": record.symbol,
        "number": record.number, "branch": record.branch, "category": record.category,
    }  # fmt: skip


def _issue(here: Visit, row: dict[str, Any]) -> dict[str, Any]:
    spoiled = row["piece"] == "spoiled"
    state = "損紙（無効）" if spoiled else _STATES[row["state"]]
    return row | {
        "title": here.shop.layout(row["document"]).title,
        "said": state,
        "valid": row["state"] == "issued" and not spoiled,
    }
