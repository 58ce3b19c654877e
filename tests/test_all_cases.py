"""fixtures/all-cases: the three issuers' orders make every document type there is, each read back."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.office import job
from pipeline.office.order import OrderReport, ProduceRequest
from pipeline.office.shop import Shop
from pipeline.rules.occasions import ON_REQUEST
from tests import orders

CASES = orders.ROOT / "fixtures" / "all-cases"
SHOP = Shop()
FIRST = 4  # the header and three members are enough for a form that everybody gets
GATED = date(2024, 12, 10)  # within the mailings of the transition


def some(issuer: str, folder: Path) -> Path:
    """The first members of an issuer's file."""
    path = folder / f"{issuer}.csv"
    path.write_text("".join((CASES / path.name).read_text("utf-8-sig").splitlines(keepends=True)[:FIRST]), "utf-8")
    return path


def made(report: OrderReport) -> set[str]:
    """The document types of an order's lots, of the papers with them and of the office's papers."""
    tickets = [json.loads((lot.folder / "ticket.json").read_text("utf-8")) for lot in report.lots]
    along = {paper["document"] for ticket in tickets for paper in ticket["enclosures"]}
    return {lot.document for lot in report.lots} | along | {path.stem for path in (report.folder / "office").glob("*.pdf")}


def asked(issuer: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What an issuer makes on request, and what only within a span of days that is over."""
    documents = SHOP.issuer(issuer).documents
    gated = tuple(name for name, one in documents.items() if one.gate.policy == "between")
    return tuple(name for name, one in documents.items() if one.due.policy == ON_REQUEST and name not in gated), gated


@pytest.mark.parametrize("issuer", SHOP.issuers())
def test_the_orders_of_an_issuer_make_all_that_it_uses(issuer: str, tmp_path: Path) -> None:
    shop = orders.shop(tmp_path / "out")
    request = ProduceRequest((CASES / f"{issuer}.csv",), issuer, orders.DAY, orders.DAY, workers=1)
    report = job.produce(request, shop)
    assert not report.tally.held, report.problems
    found = made(report)
    on_request, gated = asked(issuer)
    few = replace(request, files=(some(issuer, tmp_path),), only=on_request)
    forms = job.produce(few, shop)
    assert {lot.document for lot in forms.lots} == set(on_request) and forms.tally.issued == 3 * len(on_request)
    found |= made(forms)
    if gated:
        found |= made(job.produce(replace(request, day=GATED, cutoff=GATED, only=gated), shop))
    used = SHOP.issuer(issuer)
    closing = {name for name in used.enclosures if SHOP.layout(name).subject == "order"}  # made when an order is closed
    assert found == {*used.documents, *used.enclosures} - closing


def test_every_document_type_is_used_by_an_issuer() -> None:
    issuers = [SHOP.issuer(name) for name in SHOP.issuers()]
    assert {name for issuer in issuers for name in [*issuer.documents, *issuer.enclosures]} == set(SHOP.documents())
