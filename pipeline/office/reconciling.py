"""Reconciling a restored ledger with the output folder: what was handed off after the backup is adopted or void.

An order that the ledger does not know is planned anew from the same member files under its own number, and its finished
sheets are read back against that plan; only if every piece agrees is it adopted. Or it is void: its number, and with it its
serials, are never used again, and its folder is set aside. A named person gives the reason.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.base.problems import LedgerError, MemberError, Problem, ShikakuError, UsageError
from pipeline.office import job
from pipeline.office.durable import sync
from pipeline.office.folder import HANDOFF, OrderFolder
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import LotRow, OrderRow
from pipeline.office.lists import ORDER_FILE
from pipeline.office.materials import code_key_of
from pipeline.office.order import silent
from pipeline.office.planning import Kind
from pipeline.office.shop import Shop
from pipeline.office.verification import CHECKSUMS, verify_lot
from pipeline.office.worker import part_names, places, sha256_of, sums_of

SET_ASIDE = ".void"


class Stray(NamedTuple):
    """An order folder that the ledger does not account for; `no` is the number its serials bear, 0 without lots."""

    name: str
    folder: Path
    no: int
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall become of the strays: names of orders; `files` are the member files of those to be adopted."""

    reason: str
    adopt: Sequence[str] = ()
    void: Sequence[str] = ()
    files: Sequence[Path] = field(default=())


def strays(ledger: Ledger, out: Path) -> list[Stray]:
    """The order folders that the ledger does not know, or knows as not planned though lots were handed off; oldest first."""
    found = []
    for path in sorted(out.glob(f"*/{ORDER_FILE}")):
        folder, order = path.parent, ledger.order(path.parent.name)
        lots = sorted(folder.glob(f"{HANDOFF}/*"))
        if folder.name.endswith(SET_ASIDE) or (order and (order.state in ("done", "planned") or not lots)):
            continue
        found.append(Stray(folder.name, folder, _number(lots[0]) if lots else 0, json.loads(path.read_text("utf-8"))))
    return sorted(found, key=lambda stray: (stray.no, stray.name))


def _number(lot: Path) -> int:
    """The number of the order that a lot's serials bear; a remake's lot is called after the one that it makes again."""
    try:
        _, first, *_ = (lot / "positions.csv").read_text("ascii").split("\n", 2)
        return int(first.split("-")[0])
    except (OSError, ValueError):
        raise LedgerError(Problem("reconcile-not-the-same", lot.name, {"lot": lot.name})) from None


def reconcile(wish: Wish, shop: Shop) -> dict[str, list[str]]:
    """Account for every order folder, then let the ledger issue again. Returns the names of what was adopted and void.

    LedgerError names what nobody decided on; then nothing is changed.
    """
    if not wish.reason.strip():
        raise UsageError(
            Problem("usage-missing", "ledger reconcile", {"command": "shikaku ledger reconcile", "name": "--reason"})
        )
    with job.open_ledger(shop) as ledger:
        found = strays(ledger, shop.out)
        names = {stray.name for stray in found}
        if unknown := sorted({*wish.adopt, *wish.void} - names):
            raise LedgerError(Problem("reconcile-unknown", name, {"order": name}) for name in unknown)
        decided = {*wish.adopt, *wish.void}
        if left := [stray for stray in found if stray.name not in decided]:
            raise LedgerError(Problem("reconcile-open", one.name, {"order": one.name}) for one in left)
        done = {"adopted": sorted(wish.adopt), "void": sorted(wish.void)}
        with ledger.reconciling(wish.reason, done):
            for stray in found:
                if stray.name in wish.void:
                    _void(stray, ledger, wish.reason)
                else:
                    _adopt(stray, ledger, shop, wish)
    return done


def _void(stray: Stray, ledger: Ledger, reason: str) -> None:
    """The folder goes aside first: until it has, the order is a stray."""
    aside = stray.folder.with_name(stray.name + SET_ASIDE)
    ledger.void_order(stray.no, aside.name, stray.told["issuer"], date.fromisoformat(stray.told["day"]), reason)
    stray.folder.rename(aside)
    sync(aside.parent)


def _adopt(stray: Stray, ledger: Ledger, shop: Shop, wish: Wish) -> None:
    told, folder = stray.told, OrderFolder(stray.folder)
    if not stray.no:
        raise LedgerError(Problem("reconcile-nothing-handed-off", stray.name, {"order": stray.name}))
    day = date.fromisoformat(told["day"])
    request = {name: value for name, value in told.items() if name in _ASKED}
    materials = job.materials_of(shop, told["issuer"], day, request, told["only"])
    if materials.fingerprints() != told["fingerprints"]:
        raise LedgerError(Problem("order-materials-changed", stray.name, {"order": stray.name}))
    if told["kind"] == "produce":
        request["files"] = [str(path) for path in _files(stray, wish.files)]
    with folder.at_work():
        order = ledger.adopt_order(stray.no, stray.name, told["issuer"], day, request, told["inputs"], wish.reason)
        order = job.plan(order, materials, ledger, folder, silent)
        try:
            for lot in ledger.lots(order):
                kind, there = materials.kinds[lot.document], folder.lot(lot.name)
                _record(order, lot, kind, ledger, there)
                verify_lot(lot, kind, materials.typefaces, ledger, there, silent, code_key_of(told["fingerprints"]))
        except ShikakuError:
            ledger.discard(order, "stopped")
            raise
        for lot in ledger.lots(order):
            ledger.lot_done(order, lot.name, sha256_of(folder.lot(lot.name) / CHECKSUMS))
        ledger.done(order)
        folder.clear()


_ASKED = ("kind", "cutoff", "only", "strict", "fingerprints", "reason", "fee", "replaces", "office", "lot", "by", "pieces")


def _files(stray: Stray, files: Sequence[Path]) -> list[Path]:
    """The order's member files, by their content."""
    there = {sha256_of(path): path.resolve() for path in files}
    if missing := [one["name"] for one in stray.told["inputs"] if one["sha256"] not in there]:
        raise MemberError(Problem("reconcile-file-missing", name, {"name": name, "order": stray.name}) for name in missing)
    return [there[one["sha256"]] for one in stray.told["inputs"]]


def _record(order: OrderRow, lot: LotRow, kind: Kind, ledger: Ledger, folder: Path) -> None:
    """Record a lot's parts as they lie there. LedgerError where the plan's lot was not handed off, or has other parts."""
    try:
        reports = {one.pop("file"): one for one in json.loads((folder / "report.json").read_text("utf-8"))["parts"]}
        for chunk, _, _ in ledger.chunks(lot.name):
            names = part_names(chunk.part, kind.design)
            report, made = json.dumps(reports[names[0]], sort_keys=True), sums_of([folder / name for name in names])
            ledger.part_made(order, chunk, made, report, places(chunk, ledger.serials(chunk), kind.template, kind.design))
    except (OSError, KeyError, ValueError):
        raise LedgerError(Problem("reconcile-not-the-same", lot.name, {"lot": lot.name})) from None
