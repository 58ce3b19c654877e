"""A lot's folder dressed for the hand-off: ticket, positions, report, papers that go along, checksums beside its parts."""

import json
from collections.abc import Iterator
from functools import partial

from pipeline.base.problems import Problem, ShikakuError
from pipeline.craft.signing import Signer
from pipeline.model.bundle import Bundle
from pipeline.model.issuer import Issuer
from pipeline.model.lot import Chunk, Piece
from pipeline.model.sheet import SheetDesign
from pipeline.office.bundles import Entry, bundles, write_list
from pipeline.office.enclosures import enclose
from pipeline.office.folder import OrderFolder
from pipeline.office.keys import sign
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import LotRow, OrderRow
from pipeline.office.materials import Materials
from pipeline.office.planning import member_of
from pipeline.office.web_notices import is_published, web_notices
from pipeline.office.worker import part_names, places
from pipeline.stages.handoff import CHECKSUMS, UNSIGNED, Lot, Part, dress
from pipeline.stages.impose import slots

BUNDLES = "bundles.csv"


def dress_lot(
    order: OrderRow, row: LotRow, materials: Materials, ledger: Ledger, folder: OrderFolder, signer: Signer | None = None
) -> None:
    """Write what lies beside the lot's sheets, from the ledger alone. ShikakuError if its figures do not close."""
    kind, issuer = materials.kinds[row.document], materials.issuer
    chunks = ledger.chunks(row.name)
    parts = [_part(chunk, kind.design, sha256, report, ledger) for chunk, sha256, report in chunks]
    lot = Lot(
        row.name, order.id, order.day.isoformat(), materials.issuer_id, row.channel, row.sheet, row.documents, row.sheets,
        kind.template, kind.design, kind.conditions, parts,
    )  # fmt: skip
    typefaces = {name: materials.typefaces[name].sha256 for name in kind.template.typefaces}
    remade = order.kind == "remake"  # its pieces go into the bundles that are there already
    draft, count = folder.draft(row.name), 0 if remade else ledger.bundles(row.name)
    known = signer.fingerprint if signer else UNSIGNED
    made = partial(_bundles, row, count, issuer, ledger)
    enclosed = enclose(materials.papers, lot, issuer, materials.typefaces, draft, made, count)
    if is_published(row, kind.template.web):
        enclosed.append(web_notices(lot, ledger, materials.typefaces, draft))
    try:
        if count:
            write_list(draft / BUNDLES, made(), _pieces(lot, ledger), len(kind.template.leaves))
        dress(draft, lot, _pieces(lot, ledger), slots(kind.design), typefaces, enclosed, count, known)
        sign(draft / CHECKSUMS, signer)
    except ValueError as fault:
        raise ShikakuError(Problem("lot-does-not-close", row.name, {"reason": str(fault)})) from None


def _part(chunk: Chunk, design: SheetDesign, sha256: str, report: str, ledger: Ledger) -> Part:
    name, *back = part_names(chunk.part, design)
    serials = ledger.serials(chunk)
    return Part(chunk, name, sha256, json.loads(report), (serials[0], serials[-1]), *back)


def _pieces(lot: Lot, ledger: Ledger) -> Iterator[Piece]:
    for part in lot.parts:
        yield from places(part.chunk, ledger.serials(part.chunk), lot.template, lot.design)


def _bundles(row: LotRow, count: int, issuer: Issuer, ledger: Ledger) -> Iterator[Bundle]:
    entries = (Entry(key, serial, member_of(record)) for key, serial, record in ledger.recipients(row.name))
    return bundles(entries, count, issuer, row.name, row.channel)
