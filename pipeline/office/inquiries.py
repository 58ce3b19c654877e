"""What the desk asks: who has a number or a name, what was issued to them, what they are due and why, what was printed."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, select

from pipeline.base.problems import LedgerError, Problem
from pipeline.model.member import Member
from pipeline.office import explain, explanation, ledger_desk, ledger_inquiry
from pipeline.office import ledger_books as ledger_books
from pipeline.office import ledger_counts as ledger_counts
from pipeline.office import ledger_review as ledger_review
from pipeline.office.explanation import Explanation
from pipeline.office.folder import OrderFolder
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import OrderRow, order_of
from pipeline.office.ledger_schema import ISSUES, MEMBERS, ORDERS
from pipeline.office.ledger_trail import opened
from pipeline.office.lookup import people as people
from pipeline.office.lots import blanks as blanks
from pipeline.office.lots import lot_figures as lot_figures
from pipeline.office.materials import load
from pipeline.office.order import ReissueRequest
from pipeline.office.planning import member_of
from pipeline.office.reissues import document_types, holdings
from pipeline.office.shop import Shop

_MOST = 50


def members_of_number(ledger: Ledger, insurers: Sequence[str], symbol: str, number: str, branch: str) -> list[tuple[str, str]]:
    """Issuer and key of who was issued anything under a symbol and number; without a branch number: of all branches."""
    found: dict[tuple[str, str], None] = {}
    with ledger.reading() as connection:
        for insurer in insurers:
            start = f"{insurer}:{symbol}:{number}:"
            after = start[:-1] + chr(ord(":") + 1)  # LIKE would pass by the index
            mine = ISSUES.c.key == start + branch if branch else and_(ISSUES.c.key >= start, ISSUES.c.key < after)
            query = select(ISSUES.c.issuer, ISSUES.c.key).where(mine).distinct().order_by(ISSUES.c.key).limit(_MOST)
            found |= dict.fromkeys((row.issuer, row.key) for row in connection.execute(query))
    return list(found)


def newest(ledger: Ledger, issuer: str, key: str) -> tuple[str, Member] | None:
    """The serial that was issued last to a member, and the record it was made from; None where nothing was issued."""
    of_order = (MEMBERS.c.order_no == ISSUES.c.order_no) & (MEMBERS.c.n == ISSUES.c.n)
    query = select(ISSUES.c.id, MEMBERS.c.order_no, MEMBERS.c.n, MEMBERS.c.record).join(MEMBERS, of_order)
    mine = query.where(ISSUES.c.issuer == issuer, ISSUES.c.key == key).order_by(ISSUES.c.order_no.desc(), ISSUES.c.id.desc())
    with ledger.reading() as connection:
        row = connection.execute(mine.limit(1)).one_or_none()
    return (row[0], member_of(ledger.vault.member(*row[1:]))) if row else None


def whose(ledger: Ledger, serial: str) -> tuple[str, str]:
    """Key and issuer of who was issued this serial. LedgerError where nobody was."""
    with ledger.reading() as connection:
        found = ledger_desk.whose(connection, serial)
    if found is None:
        raise LedgerError(Problem("desk-not-found", "desk"))
    return found


def note_look(ledger: Ledger, kind: str, **detail: Any) -> None:
    """Let the audit trail say that somebody looked a member up: which kind of keys, how many were found; nobody's name."""
    with ledger.writing() as (connection, trail):
        trail.write(connection, None, f"looked-{kind}", **detail)


def issued(shop: Shop, key: str) -> list[dict[str, Any]]:
    """Everything that was ever issued under a key, oldest first."""
    return ledger_inquiry.issued(shop.ledger_url, key)


def makers(ledger: Ledger, issuer: str, key: str) -> dict[str, dict[str, str]]:
    """Of each issue of a member, by its serial: `by` whom its order was opened, and when (`at`)."""
    mine = select(ISSUES.c.id, ISSUES.c.order_no).where(ISSUES.c.issuer == issuer, ISSUES.c.key == key)
    with ledger.reading() as connection:
        return {row.id: opened(connection, row.order_no) for row in connection.execute(mine).all()}


def explained_on(key: str, issuer: str, day: date, shop: Shop) -> Explanation:
    """What a member is due on a day and why, by the ledger's record."""
    return explanation.explain(key, issuer, (), (), day, day, shop)


def verdicts(found: Explanation) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Each document that can be due by itself: title, what is decided, and the labelled lines that say why."""
    return [(title, explain.OUTCOMES[outcome], lines) for title, outcome, lines in explain.verdicts(found)]


def check_reissue(request: ReissueRequest, shop: Shop, ledger: Ledger) -> None:
    """MemberError or LedgerError with what stands against a reissue; nothing is begun."""
    only = document_types(ledger, request, shop.issuer(request.issuer))
    holdings(ledger, request, load(shop, request.issuer, request.day, only, office=True))


def order_of_case(ledger: Ledger, case: str) -> OrderRow | None:
    """The order that was opened for a case of the desk, in whatever state; None where none was."""
    mine = ORDERS.c.request.contains(json.dumps({"case": case})[1:-1], autoescape=True)
    with ledger.reading() as connection:
        rows = connection.execute(select(ORDERS).where(mine).order_by(ORDERS.c.no.desc())).all()
    return next((found for found in map(order_of, rows) if found.request.get("case") == case), None)


def sheets_of(ledger: Ledger, shop: Shop, order: str) -> bytes:
    """The print file of an order for the office's printer that is done. LedgerError where the order has none."""
    found = ledger.order(order)
    lots = ledger.lots(found) if found and found.office and found.state == "done" else []
    files = [path for lot in lots for path in sorted(OrderFolder(shop.out / order).lot(lot.name).glob("sheets-*.pdf"))]
    if len(files) != 1:
        raise LedgerError(Problem("ledger-unknown-order", order, {"order": order}))
    return files[0].read_bytes()
