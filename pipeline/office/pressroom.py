"""From a planned order to lots handed off: parts are made and read back, then each lot's folder appears whole."""

from pipeline.base.problems import PreflightError
from pipeline.model.lot import Piece
from pipeline.office.dressing import dress_lot
from pipeline.office.folder import OrderFolder
from pipeline.office.inserting import sets_of
from pipeline.office.keys import needed_signer
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import LotRow, OrderRow
from pipeline.office.materials import Materials, code_key_of
from pipeline.office.order import Progress
from pipeline.office.packages import PACKAGES, Wish, pack, recipient_of
from pipeline.office.runner import run
from pipeline.office.shop import Shop
from pipeline.office.verification import CHECKSUMS, check_files
from pipeline.office.web_notices import is_published
from pipeline.office.worker import LotWork, Made, Press, faces_of, places, sha256_of
from pipeline.stages.plate import Slug


def print_parts(
    order: OrderRow, materials: Materials, ledger: Ledger, folder: OrderFolder, workers: int, progress: Progress
) -> None:
    """Make every part of the order that is not there yet. PreflightError with a part's faults: it stands still."""
    lots = [lot for lot in ledger.lots(order) if lot.state != "done" and not folder.lot(lot.name).exists()]
    chunks = {lot.name: ledger.chunks(lot.name) for lot in lots}
    works = {lot.name: _work(order, lot, materials, len(chunks[lot.name]), ledger) for lot in lots}
    press = Press(ledger.url, ledger.vault.folder, folder.work, faces_of(materials.typefaces), works)
    left = [
        chunk for lot in lots for chunk, sha256, _ in chunks[lot.name] if not folder.has(chunk, works[lot.name].design, sha256)
    ]
    total = sum(chunk.count for some in chunks.values() for chunk, _, _ in some)
    done = total - sum(chunk.count for chunk in left)
    progress("print", done, total)
    for made in run(press, left, workers):
        if made.faults:
            ledger.fault(order, [fault.as_json() for fault in made.faults])
            raise PreflightError(made.faults)
        ledger.part_made(order, made.chunk, made.sha256, made.report, _places(ledger, made, works))
        done += made.chunk.count
        progress("print", done, total)


def _work(order: OrderRow, lot: LotRow, materials: Materials, parts: int, ledger: Ledger) -> LotWork:
    kind = materials.kinds[lot.document]
    slug = Slug(lot.name, order.day.isoformat(), lot.sheets, lot.fingerprint)
    key = code_key_of(order.request["fingerprints"])
    return LotWork(kind.template, kind.design, kind.conditions, slug, parts, sets_of(lot, kind, ledger), key)


def _places(ledger: Ledger, made: Made, works: dict[str, LotWork]) -> list[Piece]:
    work = works[made.chunk.lot]
    return list(places(made.chunk, ledger.serials(made.chunk), work.template, work.design))


def hand_off(
    order: OrderRow, materials: Materials, shop: Shop, ledger: Ledger, folder: OrderFolder, progress: Progress
) -> None:
    """Hand off lot after lot: the folder appears whole by rename, then the ledger says `issued`.

    A folder that is there already was renamed by a run that was cut off right after: its checksums must hold.
    """
    lots = ledger.lots(order)
    for done, lot in enumerate(lots):
        progress("handoff", done, len(lots))
        if lot.state == "done":
            continue
        target = folder.lot(lot.name)
        if target.exists():
            check_files(target, ledger.chunks(lot.name))
        else:
            if is_published(lot, materials.kinds[lot.document].template.web):
                shop.confine_fonts()
            delivery = materials.kinds[lot.document].conditions.vendor.delivery
            signer = needed_signer(order.issuer, delivery.signature == "required", shop)
            dress_lot(order, lot, materials, ledger, folder, signer)
            shop.publish(folder.draft(lot.name), target)
        ledger.lot_done(order, lot.name, sha256_of(target / CHECKSUMS))


def check_delivery(materials: Materials, shop: Shop) -> None:
    """HandoffError, before anything is begun, where a lot could not be signed or packed in the end as its vendor asks."""
    for conditions in {kind.conditions.name: kind.conditions for kind in materials.kinds.values()}.values():
        delivery = conditions.vendor.delivery
        needed_signer(materials.issuer_id, delivery.signature == "required", shop)
        if delivery.automatic:
            recipient_of(delivery, None, conditions.name, shop)


def send_off(
    order: OrderRow, materials: Materials, shop: Shop, ledger: Ledger, folder: OrderFolder, progress: Progress
) -> None:
    """Make the packages that vendors get with every order, each whole; one that is there stays."""
    lots = [lot for lot in ledger.lots(order) if materials.kinds[lot.document].conditions.vendor.delivery.automatic]
    for done, lot in enumerate(lots):
        progress("package", done, len(lots))
        if not (folder.path / PACKAGES / lot.name).exists():
            pack(folder.lot(lot.name), Wish(), shop, ledger)
