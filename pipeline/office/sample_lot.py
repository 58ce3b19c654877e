"""A lot and a bundle of sample members: what a proof of a paper that goes with lots is about."""

from datetime import date
from typing import Any

from pipeline.model.bundle import Bundle
from pipeline.model.document import Document
from pipeline.model.lot import Chunk
from pipeline.model.member import Member
from pipeline.office.bundles import EMPLOYER, HOME, Entry, bundles, key_of
from pipeline.office.completion_paper import SUBJECT, of_order
from pipeline.office.enclosures import Paper
from pipeline.office.papers import Filler, of_lot
from pipeline.office.planning import serial
from pipeline.office.shop import Shop
from pipeline.stages.handoff import Lot, Part

_NO_ORDER = 0  # orders count from 1


def sample_pages(paper: Paper, name: str, members: list[Member], issuer_id: str, day: date, shop: Shop) -> list[Document]:
    """The pages of a paper about a sample lot: all sample members at one employer, or the first one's household.

    LayoutError if a text does not fit.
    """
    issuer = shop.issuer(issuer_id)
    document = next(iter(paper.policy.documents or issuer.documents))
    channel = next(iter(paper.policy.channels), EMPLOYER)
    filler = Filler(name, paper.layout, paper.template, shop.typefaces(), paper.inserter)
    if paper.layout.subject == SUBJECT:
        return [filler.fill(name, of_order(_closed(day), issuer, paper, shop.typefaces()))]
    lot = _lot(document, channel, len(members), issuer_id, day, shop)
    if paper.layout.subject == "bundle":
        return list(filler.pages(lot, _bundle(members, channel, issuer_id, shop)))
    values = of_lot(lot, issuer, paper.layout.terms["more"]) if paper.layout.subject == "lot" else {}
    return [filler.fill(lot.name, values)]


def _lot(document: str, channel: str, count: int, issuer_id: str, day: date, shop: Shop) -> Lot:
    template, policy = shop.template(document, issuer_id, day), shop.issuer(issuer_id).documents[document]
    design = shop.sheet(policy.sheet)
    slots = design.grid.columns * design.grid.rows
    sheets = -(-count * len(template.leaves) // slots)
    name = f"{_NO_ORDER:04d}-{document}-{channel}"
    ends = serial(_NO_ORDER, 1), serial(_NO_ORDER, count)
    part = Part(Chunk(name, 1, 0, count, 1), "sheets-0001.pdf", "0" * 64, {"sheets": sheets}, ends)
    return Lot(
        name, "proof", day.isoformat(), issuer_id, channel, policy.sheet, count, sheets, template, design,
        shop.vendor(design.vendor), [part],
    )  # fmt: skip


def _closed(day: date) -> dict[str, Any]:
    """The report of a sample order: two lots, three spoiled pieces, two of them made again."""
    said = {"accepted_on": day.isoformat(), "accepted_by": "検収　花子"}
    lots = [
        {"lot": "0000-employer", "handed_over": 42, "delivered": 41, "good": 39, "remade": 2, "written_off": 1} | said,
        {"lot": "0000-home", "handed_over": 8, "delivered": 8, "good": 8, "remade": 0, "written_off": 0} | said,
        {"lot": "0000-employer-R1", "handed_over": 2, "delivered": 2, "good": 2, "remade": 0, "written_off": 0} | said,
    ]
    totals = {
        key: sum(int(str(lot[key])) for lot in lots) for key in ("handed_over", "delivered", "good", "remade", "written_off")
    }
    return {
        "order": "proof",
        "issued_on": day.isoformat(),
        "day": day.isoformat(),
        "by": "検収　花子",
        "totals": totals | {"issued": totals["good"] + totals["written_off"]},
        "lots": lots,
        "spoils": [
            {"reason": "断裁ずれ", "pieces": 2, "remade": 2, "written_off": 0},
            {"reason": "表面のきず", "pieces": 1, "remade": 0, "written_off": 1},
        ],
        "remakes": [{"lot": "0000-employer-R1", "of": "0000-employer", "pieces": 2, "reason": "断裁ずれ", "by": "検収　花子"}],
    }


def _bundle(members: list[Member], channel: str, issuer_id: str, shop: Shop) -> Bundle:
    first = next(member for member in members if key_of(member, channel))
    key = key_of(first, channel)
    some = [one for one in members if channel != HOME or key_of(one, HOME) == key]
    entries = [Entry(key, serial(_NO_ORDER, n), one) for n, one in enumerate(some, 1)]
    (bundle,) = bundles(entries, 1, shop.issuer(issuer_id), "proof", channel)
    return bundle
