"""Erasing what was kept long enough: the ledger's rows lose their content, the order's key is destroyed, its files are removed.

In this order, so that the trail speaks of it first; one that was cut off is finished by the next `erase`.
"""

import json
from collections.abc import Sequence, Set
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pipeline.base.problems import LedgerError, Problem
from pipeline.office import ledger_retention, lookup
from pipeline.office.completion import CSV_FILE, JSON_FILE
from pipeline.office.folder import OrderFolder, disk_faults
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_retention import Kept
from pipeline.office.shop import Shop

# What an order's folder keeps, besides papers about a lot or the order: files that name nobody (docs/commands.md). What is not
# known here goes.
_STAYS = frozenset(
    {
        "order.json", "ticket.json", "ticket.xjdf", "positions.csv", "report.json", "bundles.csv", "checksums.sha256",
        "checksums.sha256.sig", "package.json", "package.json.sig", JSON_FILE, CSV_FILE,
    }
)  # fmt: skip
_ABOUT_NOBODY = ("lot", "order")  # subjects of papers


class Due(NamedTuple):
    """An order that is due to be erased since a day; `begun`: its erasing was cut off."""

    kept: Kept
    since: date
    begun: bool = False


class Erased(NamedTuple):
    """What was erased: the order, and how many files were removed."""

    order: str
    files: int


def due(ledger: Ledger, shop: Shop, today: date, issuer: str = "") -> list[Due]:
    """The orders that are due, oldest first. LayoutError for an issuer that nobody knows."""
    terms = {name: shop.issuer(name).retention for name in ([issuer] if issuer else shop.issuers())}
    with ledger.reading() as connection:
        found = [one for one in ledger_retention.kept(connection, today) if one.issuer in terms]
        stays = _stays(shop)
        begun = [one for one in ledger_retention.erased(connection) if _unfinished(ledger, shop, stays, *one)]
    cut_off = [Due(Kept(no, order, "", 0, today, None), today, True) for no, order in begun]
    return cut_off + [Due(one, since, False) for one in found if (since := one.due(terms[one.issuer])) <= today]


def erase(ledger: Ledger, shop: Shop, wanted: Sequence[Due], reason: str) -> list[Erased]:
    """Erase orders one after the other; each is whole before the next.

    LedgerError where one is being worked on, HandoffError where a key or a file cannot be removed.
    """
    done, stays = [], _stays(shop)
    for one in wanted:
        folder = OrderFolder(shop.out / one.kept.order)
        with disk_faults(one.kept.order):
            if folder.path.is_dir():
                with folder.at_work():
                    _destroy(ledger, shop, one, reason)
                    folder.clear()
            else:
                _destroy(ledger, shop, one, reason)
            done.append(Erased(one.kept.order, _remove(folder.path, stays)))
    return done


def chosen(found: Sequence[Due], orders: Sequence[str]) -> list[Due]:
    """Those of some orders; all where none is named. LedgerError for one that is not due."""
    known = {one.kept.order for one in found}
    if missing := [order for order in orders if order not in known]:
        raise LedgerError(Problem("purge-not-due", order, {"order": order}) for order in missing)
    return [one for one in found if not orders or one.kept.order in orders]


def _destroy(ledger: Ledger, shop: Shop, one: Due, reason: str) -> None:
    no = one.kept.no
    if not one.begun:
        with ledger.writing() as (connection, trail):
            ledger_retention.empty(connection, trail, one.kept, reason=reason, due=one.since.isoformat())
    note = {"order": one.kept.order, "at": shop.now(), "by": shop.actor}
    ledger.vault.erase(no, json.dumps(note, ensure_ascii=False) + "\n")
    lookup.forget(shop.out, no)


def _unfinished(ledger: Ledger, shop: Shop, stays: Set[str], no: int, order: str) -> bool:
    return ledger.vault.has_key(no) or not ledger.vault.is_erased(no) or bool(_personal(shop.out / order, stays))


def _stays(shop: Shop) -> Set[str]:
    """The names of files that may stay."""
    papers = (name for name in shop.documents() if shop.layout(name).subject in _ABOUT_NOBODY)
    return _STAYS | {f"{name}.pdf" for name in papers}


def _personal(folder: Path, stays: Set[str]) -> list[Path]:
    """The files of an order that may hold somebody's data."""
    return [path for path in folder.rglob("*") if (path.is_file() or path.is_symlink()) and path.name not in stays]


def _remove(folder: Path, stays: Set[str]) -> int:
    """Remove an order's files that hold people's data, and folders that are empty then; how many files."""
    found = _personal(folder, stays)
    for path in found:
        path.unlink()
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
    return len(found)
