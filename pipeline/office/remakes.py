"""A remake: spoiled pieces of a lot again, with new serials, as a small lot of their own; the old ones are void first.

The issue stays the same: what a new piece says is what the ledger kept for the old one, all but the serial. What goes with
lots (送付状, 対象者一覧表, leaflets) is not made again; the delivery note is.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.base.problems import HandoffError, LedgerError, Problem, UsageError
from pipeline.model.document import Document
from pipeline.model.lot import Tally
from pipeline.model.template import SIGNED
from pipeline.office import ledger_spoils
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_acceptance import check_not_completed
from pipeline.office.ledger_events import plan_digests
from pipeline.office.ledger_rows import LotRow, OrderRow
from pipeline.office.ledger_schema import LOTS, ORDERS
from pipeline.office.ledger_spoils import Spoil, Standing
from pipeline.office.materials import Materials
from pipeline.office.planning import Kind, serial
from pipeline.office.spoils import Chosen, pieces
from pipeline.office.vault import Vault
from pipeline.rules.numbers import holds_my_number
from pipeline.stages.fill import renumber

KIND = "remake"
_WEB = "web"
_LONGEST = 200


class RemakeRequest(NamedTuple):
    """Spoiled pieces of a lot that was handed off. `reason` is told in the ledger and in order.json."""

    lot: Path
    chosen: Chosen
    reason: str


def reason_of(text: str) -> str:
    """A reason as it is kept: one line. UsageError where there is none, it is too long, or holds a My Number."""
    told = " ".join(text.split())
    if not told or len(told) > _LONGEST or not told.isprintable() or holds_my_number(told):
        raise UsageError(Problem("remake-no-reason", "--reason", {"most": _LONGEST}))
    return told


def of_lot(materials: Materials) -> Materials:
    """The materials without the papers of bundles and leaflets: a remake's pieces go into bundles that are there already."""
    about_lots = {name: paper for name, paper in materials.papers.items() if paper.layout.subject == "lot"}
    return replace(materials, papers=about_lots)


def check_template(lot: LotRow, kind: Kind) -> None:
    """LedgerError unless the layout still gives the template that the lot was made with: the ink would not be the same."""
    if kind.template.fingerprint != lot.fingerprint:
        raise LedgerError(Problem("remake-template-changed", lot.name, {"lot": lot.name, "document": lot.document}))


def spoiled(ledger: Ledger, lot: LotRow, kind: Kind, chosen: Chosen) -> list[Standing]:
    """The pieces that are to be made again. LedgerError where one cannot be, or was already.

    HandoffError where a code was signed and there is no key to sign the new one.
    """
    if lot.state != "done":
        raise LedgerError(Problem("remake-lot-not-handed-off", lot.name, {"lot": lot.name}))
    if lot.channel == _WEB:
        raise LedgerError(Problem("remake-web", lot.name, {"lot": lot.name}))
    found = pieces(ledger, lot, kind, chosen)
    ledger_spoils.check(found, remaking=True)
    if not kind.form.signer and any(SIGNED in ledger.vault.document(one.serial, one.content) for one in found):
        raise HandoffError(Problem("code-key-gone", lot.name))
    return found


def asked_for(found: Sequence[Standing], lot: LotRow, office: bool, reason: str, by: str) -> dict[str, Any]:
    """The request as the ledger and order.json keep it."""
    return {
        "kind": KIND,
        "only": [lot.document],
        "office": office,
        "lot": lot.name,
        "reason": reason,
        "by": by,
        "pieces": [one.serial for one in found],
    }


def plan_remake(order: OrderRow, materials: Materials, ledger: Ledger) -> None:
    """The old pieces become void and the new ones are planned: one transaction.

    LedgerError where somebody else was faster, or the layout has changed.
    """
    asked = order.request
    known = ledger.lot(asked["lot"])
    assert known is not None  # lots that are done are never taken away
    lot, kind = known[0], materials.kinds[asked["only"][0]]
    check_template(lot, kind)
    with ledger.writing() as (connection, trail):
        found = ledger_spoils.standings(connection, asked["pieces"])
        check_not_completed(connection, {one.order_no for one in found})
        ledger_spoils.check(found, remaking=True)
        spoil = Spoil(asked["reason"], asked["by"], trail.now())
        touched = ledger_spoils.remake(connection, order.no, found, spoil)
        again = [(old, *_again(ledger.vault, old, kind, serial(order.no, n))) for n, old in enumerate(found, 1)]
        name = ledger_spoils.make_lot(connection, order.no, lot, order.issuer, again, kind.parts)
        tally = Tally(len(again), 1, len(again), 0, 0, 0)
        ledger.planned(connection, order, tally)
        digests = plan_digests(connection, order.no)
        touched += [(ORDERS, [order.no]), (LOTS, [name])]
        trail.write(connection, order.no, "planned", touched, remade=len(again), of=lot.name, lot=name, digests=digests)


def _again(vault: Vault, old: Standing, kind: Kind, name: str) -> tuple[str, str]:
    """The new serial and the sealed content of a piece that is made again."""
    texts, settings, payloads = json.loads(vault.document(old.serial, old.content))
    found = renumber(kind.form, Document(old.serial, tuple(texts), tuple(settings), tuple(payloads)), name)
    if isinstance(found, Problem):
        raise LedgerError(found)
    content = json.dumps((found.texts, found.settings, found.payloads), ensure_ascii=False, separators=(",", ":"))
    return name, vault.seal_document(name, content)
