"""What the desk and the commands do with a lot that was handed off: look at a sheet, note spoils, 納品, 検収, close the order.

The ledger is open (`job.open_ledger`). A remake is an order of its own: `job.remake`.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipeline.base.problems import LedgerError, Problem
from pipeline.office import completion, completion_paper, ledger_acceptance, spoils
from pipeline.office.completion import Completion, Received
from pipeline.office.folder import disk_faults
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_acceptance import LotFigures
from pipeline.office.ledger_engine import ledger_faults
from pipeline.office.ledger_rows import LotRow, OrderRow
from pipeline.office.materials import load
from pipeline.office.planning import Kind
from pipeline.office.remakes import KIND, reason_of
from pipeline.office.shop import Shop
from pipeline.office.spoils import Chosen, SheetView


def known_lot(ledger: Ledger, folder: Path) -> tuple[LotRow, OrderRow]:
    """The lot of a folder and its order; LedgerError if the ledger does not know it."""
    found = ledger.lot(folder.resolve().name)
    if found is None:
        raise LedgerError(Problem("ledger-unknown-lot", folder.name, {"lot": folder.name}))
    return found


def known_order(ledger: Ledger, folder: Path) -> OrderRow:
    """The order of a folder; LedgerError if the ledger does not know it."""
    order = ledger.order(folder.resolve().name)
    if order is None:
        raise LedgerError(Problem("ledger-unknown-order", folder.name, {"order": folder.name}))
    return order


def sheet(ledger: Ledger, shop: Shop, folder: Path, number: int) -> SheetView:
    """A sheet of a lot, for a picture of it: what is in each slot and how that stands. LedgerError for no such sheet."""
    lot, order = known_lot(ledger, folder)
    return spoils.view(ledger, lot, _kind(shop, lot, order), number)


def blanks(ledger: Ledger, shop: Shop, folder: Path) -> int:
    """How many slots of a lot's sheets nothing is printed in."""
    lot, order = known_lot(ledger, folder)
    parts = _kind(shop, lot, order).parts
    return lot.sheets * parts.slots - lot.documents * parts.leaves


def spoil(ledger: Ledger, shop: Shop, folder: Path, chosen: Chosen, reason: str, write_off: bool = False) -> Sequence[str]:
    """Note pieces of a lot as spoiled: they are void. `write_off`: none is made again. Returns their serials.

    LedgerError where one is not in the lot, or void already; then none is noted.
    """
    lot, order = known_lot(ledger, folder)
    told = reason_of(reason)
    with ledger_faults(lot.name):
        found = spoils.pieces(ledger, lot, _kind(shop, lot, order), chosen)
        completion.note_spoils(ledger, lot, found, told, shop.actor, write_off)
    return [one.serial for one in found]


def receive(ledger: Ledger, shop: Shop, said: Received) -> LotFigures:
    """納品 (delivered) or 検収 (good) of a lot. LedgerError where the numbers do not close: which one is off."""
    lot, _ = known_lot(ledger, said.lot)
    with ledger_faults(lot.name):
        return completion.receive(ledger, lot, said, shop.actor)


def figures(ledger: Ledger, folder: Path) -> list[LotFigures]:
    """How an order's lots stand, those of its remakes too; of a remake its own."""
    order = known_order(ledger, folder)
    if order.kind == KIND:
        return completion.figures_of(ledger, [lot.name for lot in ledger.lots(order)])
    with ledger.reading() as connection:
        return ledger_acceptance.figures(connection, ledger_acceptance.lots_of(connection, order.no))


def lot_figures(ledger: Ledger, folder: Path) -> LotFigures:
    """How one lot stands."""
    lot, _ = known_lot(ledger, folder)
    (found,) = completion.figures_of(ledger, [lot.name])
    return found


def complete(ledger: Ledger, shop: Shop, folder: Path, day: date) -> Completion:
    """Close an order, with its completion report. LedgerError with everything that does not close."""
    order = known_order(ledger, folder)
    paper = completion_paper.prepare(shop, order, day)
    with disk_faults(order.id), ledger_faults(order.id):
        return completion.complete(ledger, order, shop.out / order.id, day, shop.actor, paper)


def _kind(shop: Shop, lot: LotRow, order: OrderRow) -> Kind:
    return load(shop, order.issuer, order.day, [lot.document], order.office).kinds[lot.document]
