"""A lot's folder dressed for the hand-off: ticket, positions, report, delivery note and checksums beside its parts."""

import json

from pipeline.base.problems import Problem, ShikakuError
from pipeline.office.folder import OrderFolder
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import LotRow, OrderRow
from pipeline.office.materials import Materials
from pipeline.office.shop import Shop
from pipeline.office.slips import delivery_note
from pipeline.office.worker import part_name, places
from pipeline.stages.handoff import Lot, Part, dress


def dress_lot(order: OrderRow, row: LotRow, materials: Materials, shop: Shop, ledger: Ledger, folder: OrderFolder) -> None:
    """Write what lies beside the lot's sheets, from the ledger alone. ShikakuError if its figures do not close."""
    kind, issuer = materials.kinds[row.document], materials.issuer
    chunks = ledger.chunks(row.name)
    parts = [Part(chunk, part_name(chunk.part), sha256, json.loads(report)) for chunk, sha256, report in chunks]
    lot = Lot(
        row.name, order.id, order.day.isoformat(), materials.issuer_id, row.channel, row.sheet, row.documents, row.sheets,
        kind.template, kind.design, parts,
    )  # fmt: skip
    pieces = (piece for part in parts for piece in places(part.chunk, ledger.serials(part.chunk), kind.template, kind.design))
    typefaces = {name: materials.typefaces[name].sha256 for name in kind.template.typefaces}
    note = delivery_note(shop, lot, issuer, issuer.slip_sheet)
    try:
        dress(folder.draft(row.name), lot, pieces, note, typefaces)
    except ValueError as fault:
        raise ShikakuError(Problem("lot-does-not-close", row.name, {"reason": str(fault)})) from None
