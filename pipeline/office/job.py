"""The main flow of every order: survey, plan, print, preflight, hand off, and only then the ledger says `issued`.

`produce` and `reissue` open an order and carry it on; `resume` carries on one that was cut off. What is left to do is
asked of the ledger at every step, so that there is one way through, wherever a run was cut.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.base.problems import HandoffError, LedgerError, MemberError, Problem, ShikakuError
from pipeline.model.decision import Outcome
from pipeline.office import completion, inputs, lists, planning, remakes
from pipeline.office import inquiries as inquiries
from pipeline.office.approvals import require
from pipeline.office.approved import approved as approved
from pipeline.office.approved import keep_approved as keep_approved
from pipeline.office.bundles import HOME
from pipeline.office.completion import Received as Received
from pipeline.office.copiers import COPIERS as COPIERS
from pipeline.office.copiers import in_press_dots as in_press_dots
from pipeline.office.counter_papers import paper as paper
from pipeline.office.enclosures import office_papers
from pipeline.office.folder import OrderFolder, disk_faults
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_engine import ledger_faults
from pipeline.office.ledger_homes import shared_homes
from pipeline.office.ledger_rows import LotRow, OrderRow, is_for_office
from pipeline.office.lots import complete as complete
from pipeline.office.lots import figures as figures
from pipeline.office.lots import known_lot, known_order
from pipeline.office.lots import receive as receive
from pipeline.office.lots import sheet as sheet
from pipeline.office.lots import spoil as spoil
from pipeline.office.materials import Materials, code_key_of, load, order_id
from pipeline.office.notary import Notary
from pipeline.office.order import LotReport, OrderReport, ProduceRequest, Progress, ReissueRequest, silent
from pipeline.office.pictures import Picture as Picture
from pipeline.office.pictures import differences as differences
from pipeline.office.pictures import page_picture as page_picture
from pipeline.office.pictures import quick_png as quick_png
from pipeline.office.pressroom import check_delivery, hand_off, print_parts, send_off
from pipeline.office.prints import Page as Page
from pipeline.office.prints import Print as Print
from pipeline.office.reissues import asked_again, document_types, holdings, plan_reissue, record_in
from pipeline.office.remakes import RemakeRequest as RemakeRequest
from pipeline.office.separations import separate as separate
from pipeline.office.shop import Shop
from pipeline.office.stopwatch import Stopwatch
from pipeline.office.studio import Studio as Studio
from pipeline.office.verification import verify_lot
from pipeline.rules.plausibility import compile_plausibility
from pipeline.stages.read import survey

_SHOWN = 100


def produce(request: ProduceRequest, shop: Shop, progress: Progress = silent) -> OrderReport:
    """A whole order. Raises before anything is stored if a file cannot be read or a layout is wrong."""
    watch = Stopwatch(shop, progress)
    surveys = [survey(path, request.cutoff) for path in request.files]
    inputs.refuse_stale(surveys, shop.issuer(request.issuer), request.cutoff)
    materials = load(shop, request.issuer, request.day, request.only, signing="needed")
    check_delivery(materials, shop)
    asked = {
        "kind": "produce",
        "cutoff": request.cutoff.isoformat(),
        "only": list(request.only),
        "strict": request.strict,
        "fingerprints": materials.fingerprints(),
    }
    given = inputs.told(surveys)
    base = order_id(request.issuer, request.day, {**asked, "strict": False}, given)
    paths = {"files": [str(path.resolve()) for path in request.files]}
    with open_ledger(shop) as ledger:
        approved = {"approval": require(materials, request.day, shop, ledger)}
        order = ledger.open_order(base, request.issuer, request.day, asked | paths | approved, given, _free(shop))
        return _carry_on(order, materials, shop, ledger, watch, request.workers)


def reissue(request: ReissueRequest, shop: Shop, progress: Progress = silent) -> OrderReport:
    """One member's documents again, for the office printer; the old ones are void once the new ones are planned."""
    watch = Stopwatch(shop, progress)
    given = inputs.told([survey(path) for path in request.files])
    with open_ledger(shop) as ledger:
        issuer = shop.issuer(request.issuer)
        new = record_in(request, issuer)
        only = document_types(ledger, request, issuer)
        materials = load(shop, request.issuer, request.day, only, office=True, signing="needed")
        held = holdings(ledger, request, materials, new)
        materials = materials.only([one.document for one in held])
        approved = {"approval": require(materials, request.day, shop, ledger, in_house=True)}
        asked = asked_again(request, held) | {"fingerprints": materials.fingerprints()}
        base = order_id(request.issuer, request.day, asked, given)
        replaced = [one.id for one in held]
        paths = {"files": [str(path.resolve()) for path in request.files]} if request.files else {}
        order = ledger.open_order(base, request.issuer, request.day, asked | paths | approved, given, _free(shop), replaced)
        return _carry_on(order, materials, shop, ledger, watch, workers=1)


def remake(request: RemakeRequest, shop: Shop, progress: Progress = silent) -> OrderReport:
    """Spoiled pieces of a lot again, as a lot of their own; the old ones are void once the new ones are planned."""
    watch, reason = Stopwatch(shop, progress), remakes.reason_of(request.reason)
    with open_ledger(shop) as ledger:
        lot, made = known_lot(ledger, request.lot)
        materials = remakes.of_lot(_materials(made, shop, [lot.document]))
        remakes.check_template(lot, materials.kinds[lot.document])
        found = remakes.spoiled(ledger, lot, materials.kinds[lot.document], request.chosen)
        asked = remakes.asked_for(found, lot, made.office, reason, shop.actor) | {"fingerprints": materials.fingerprints()}
        base = order_id(made.issuer, made.day, asked, [])
        order = ledger.open_order(base, made.issuer, made.day, asked, [], _free(shop))
        return _carry_on(order, materials, shop, ledger, watch, workers=1)


def resume(folder: Path, shop: Shop, progress: Progress = silent, workers: int = 0) -> OrderReport:
    """Finish an order that was cut off, in any state; one that is done is reported as it is (`finished` False)."""
    watch = Stopwatch(shop, progress)
    with open_ledger(shop) as ledger:
        order = known_order(ledger, folder)
        if order.state == "done":
            return _report(order, ledger, shop, watch, finished=False)
        if order.state == "stopped":
            raise LedgerError(Problem("ledger-order-stopped", order.id, {"order": order.id}))
        materials = _materials(order, shop, order.request["only"])
        if materials.fingerprints() != order.request["fingerprints"]:
            raise LedgerError(Problem("order-materials-changed", order.id, {"order": order.id}))
        return _carry_on(order, materials, shop, ledger, watch, workers)


def materials_of(shop: Shop, issuer: str, day: date, request: Mapping[str, Any], only: Sequence[str]) -> Materials:
    """What an order with such a request is made with."""
    found = load(shop, issuer, day, only, is_for_office(request), "house")
    return remakes.of_lot(found) if request["kind"] == remakes.KIND else found


def _materials(order: OrderRow, shop: Shop, only: Sequence[str]) -> Materials:
    return materials_of(shop, order.issuer, order.day, order.request, only)


def _carry_on(order: OrderRow, materials: Materials, shop: Shop, ledger: Ledger, watch: Stopwatch, workers: int) -> OrderReport:
    folder = OrderFolder(shop.out / order.id)
    with disk_faults(order.id), ledger_faults(order.id), folder.at_work():
        if order.state == "open":
            lists.write_order(folder.path, order, "open")
            with watch("plan"):
                order = plan(order, materials, ledger, folder, watch.progress)
        with watch("print"):
            print_parts(order, materials, ledger, folder, workers, watch.progress)
        with watch("handoff"):
            hand_off(order, materials, shop, ledger, folder, watch.progress)
            send_off(order, materials, shop, ledger, folder, watch.progress)
        with watch("lists"):
            lists.write_lists(folder.path, folder.work, ledger, order)
            day = order.day.isoformat()
            office_papers(materials.papers, materials.typefaces, folder.path / lists.OFFICE, order.id, day)
            lists.write_order(folder.path, order, "done", order.tally, ledger.lots(order))
        folder.clear()
        ledger.done(order)
    return _report(order, ledger, shop, watch)


def plan(order: OrderRow, materials: Materials, ledger: Ledger, folder: OrderFolder, progress: Progress) -> OrderRow:
    """Plan from the start: what a run that was cut off had begun is taken back first. Closes with the tally.

    What cannot be planned is stopped: its claims must not stand in the way of the next order. Where only the disk fails
    the order stays open, to be resumed.
    """
    ledger.discard(order)
    try:
        if order.kind == remakes.KIND:
            remakes.plan_remake(order, materials, ledger)
            return _again(ledger, order)
        again = order.request["kind"] == "reissue"
        if again:
            total = plan_reissue(order, materials, ledger)
        else:
            total = _plan_files(order, materials, ledger, folder, progress)
        if not again and order.request["strict"]:
            _refuse_held(order, total, materials, ledger, folder)
        ledger.settle(order, total, {name: kind.parts for name, kind in materials.kinds.items()})
    except HandoffError:
        raise
    except ShikakuError:
        _stop(order, ledger, folder)
        raise
    return _again(ledger, order)


def _plan_files(order: OrderRow, materials: Materials, ledger: Ledger, folder: OrderFolder, progress: Progress) -> int:
    total: int = sum(one["rows"] for one in order.inputs)
    cutoff, usual, at_home = date.fromisoformat(order.request["cutoff"]), compile_plausibility(materials.issuer), False
    members = usual.watched(inputs.members_of(order, materials.issuer))
    for n, batch in planning.batches(members, order.no, materials.issuer, materials.kinds, order.day, cutoff):
        ledger.add(order, batch)
        at_home = at_home or any(claim.channel == HOME for claim in batch.claims)
        progress("plan", n, total)
    ledger.hold_duplicates(order, next(iter(materials.kinds)))
    if at_home and usual.same_home:
        with shared_homes(ledger.url, ledger.vault, order.no) as homes:
            homes.hold(usual.same_home)
            lists.write_warnings(folder.path, folder.work, homes.strangers())
    return total


def _refuse_held(order: OrderRow, members: int, materials: Materials, ledger: Ledger, folder: OrderFolder) -> None:
    """A strict order stops before printing if any record is held; the office gets its lists."""
    tally = ledger.count(order, members, len(materials.kinds))
    if tally.held:
        lists.write_lists(folder.path, folder.work, ledger, order)
        problems = _held(ledger, order)
        raise MemberError([Problem("order-strict-stopped", order.id, {"held": tally.held}), *problems])


def _stop(order: OrderRow, ledger: Ledger, folder: OrderFolder) -> None:
    """Nothing of the order is issued; the ledger says so last."""
    lists.write_order(folder.path, order, "stopped")
    folder.clear()
    ledger.discard(order, "stopped")


def cancel(path: Path, shop: Shop) -> None:
    """Give an unfinished order up, none of whose lots was handed off: nothing is issued, its serials are never used."""
    with open_ledger(shop) as ledger:
        order = known_order(ledger, path)
        folder = OrderFolder(shop.out / order.id)
        if order.state not in ("open", "planned") or any(folder.lot(lot.name).exists() for lot in ledger.lots(order)):
            raise LedgerError(Problem("order-not-cancellable", order.id, {"order": order.id}))
        with folder.at_work():
            _stop(order, ledger, folder)


def verify(lot_folder: Path, shop: Shop, progress: Progress = silent) -> LotReport:
    """Compare a lot with what the ledger says, file by file, part by part. PreflightError where it differs."""
    with open_ledger(shop) as ledger:
        lot, order = known_lot(ledger, lot_folder)
        ledger.vault.check(order.no)
        materials = _materials(order, shop, [lot.document])
        key = code_key_of(order.request["fingerprints"])
        verify_lot(lot, materials.kinds[lot.document], materials.typefaces, ledger, lot_folder, progress, key)
        (counted,) = completion.figures_of(ledger, [lot.name])
        return replace(_lot_report(lot, ledger, lot_folder), spoiled=counted.spoiled, remade=counted.remade)


def open_ledger(shop: Shop) -> Ledger:
    """The ledger the shop knows of."""
    with disk_faults("ledger"):
        shop.out.mkdir(parents=True, exist_ok=True)
    notary = Notary(shop.ledger_key, shop.ledger_checkpoint)
    return Ledger(shop.ledger_url, shop.now, actor=shop.actor, notary=notary, keys=shop.data_keys)


def _free(shop: Shop) -> Callable[[str], None]:
    return lambda order: OrderFolder(shop.out / order).check_free()


def _again(ledger: Ledger, order: OrderRow) -> OrderRow:
    found = ledger.order(order.id)
    assert found is not None  # orders are never deleted
    return found


def _held(ledger: Ledger, order: OrderRow) -> list[Problem]:
    """The first of the held records."""
    rows = islice(ledger.decisions(order, Outcome.HOLD), _SHOWN)
    return [problem for row in rows for problem in row.problems()]


def _report(order: OrderRow, ledger: Ledger, shop: Shop, watch: Stopwatch, finished: bool = True) -> OrderReport:
    folder = OrderFolder(shop.out / order.id)
    assert order.tally is not None  # of every planned order
    lots = tuple(_lot_report(lot, ledger, folder.lot(lot.name)) for lot in ledger.lots(order))
    problems = tuple(_held(ledger, order))
    ignored = {one["name"]: tuple(one["ignored_columns"]) for one in order.inputs if one["ignored_columns"]}
    return OrderReport(order.id, folder.path, order.tally, lots, problems, ignored, watch.seconds, finished, order.kind)


def _lot_report(lot: LotRow, ledger: Ledger, folder: Path) -> LotReport:
    parts = len(ledger.chunks(lot.name))
    return LotReport(lot.name, lot.document, lot.channel, lot.sheet, lot.documents, lot.sheets, parts, folder)
