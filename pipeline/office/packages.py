"""What is sent to a vendor: a package made from a lot's folder, which stays as it is.

packages/<lot>/ holds each file of the lot in an envelope of its own, so that no file is ever in memory whole, and beside them
`package.json`, which lists them with their hashes, its signature, and how to open it all. The ledger notes the package before
it appears. Encryption draws keys anew: no two packages of a lot are alike, and all open to the same bytes.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import __version__
from pipeline.base.problems import HandoffError, LedgerError, Problem, UsageError
from pipeline.craft import envelope, locked_archive
from pipeline.craft.certificates import Recipient, read_recipient
from pipeline.craft.signing import Signer
from pipeline.model.vendor import Conditions, Delivery
from pipeline.office.folder import HANDOFF, disk_faults
from pipeline.office.keys import needed_signer, sign
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import LotRow, OrderRow
from pipeline.office.shop import Shop
from pipeline.office.verification import check_files
from pipeline.office.worker import sha256_of

PACKAGES, MANIFEST, HOW_TO_OPEN = "packages", "package.json", "how-to-open.txt"
ENVELOPES, ARCHIVE, PLAIN = "cms", "zip", "plain"
_PLAIN_CIPHER = "none"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a package is asked for: empty texts and None stand for what the vendor's YAML says. `plain` needs a `reason`."""

    vendor: str = ""
    certificate: Path | None = None
    plain: bool = False
    archive: bool = False
    reason: str = ""


class Package(NamedTuple):
    """A package that was made. `passphrase` (of an archive alone) is told once and kept nowhere."""

    folder: Path
    way: str
    files: int
    recipient: str
    signed_by: str
    passphrase: str = ""


class _Way(NamedTuple):
    """How the files are wrapped."""

    name: str
    cipher: str
    recipient: Recipient | None = None
    passphrase: str = ""


def pack(lot_folder: Path, wish: Wish, shop: Shop, ledger: Ledger) -> Package:
    """Make the package of a lot that was handed off; HandoffError, LedgerError, PreflightError or UsageError if it cannot be.

    Nothing is half there: the package appears whole, by one rename.
    """
    found = ledger.lot(lot_folder.name)
    if found is None or lot_folder.parent.name != HANDOFF:
        raise LedgerError(Problem("ledger-unknown-lot", lot_folder.name, {"lot": lot_folder.name}))
    lot, order = found
    conditions = shop.vendor(wish.vendor or shop.sheet(lot.sheet).vendor)
    delivery = conditions.vendor.delivery
    way = _way(wish, conditions, shop)
    signer = needed_signer(order.issuer, delivery.signature == "required", shop)
    if lot.state != "done":
        raise HandoffError(Problem("package-lot-unfinished", lot.name, {"lot": lot.name}))
    check_files(lot_folder, ledger.chunks(lot.name))
    return _make(lot_folder, lot, order, conditions.name, way, signer, wish.reason, shop, ledger)


def recipient_of(delivery: Delivery, certificate: Path | None, place: str, shop: Shop) -> Recipient:
    """Whose key the envelopes are for, fit today; HandoffError. A certificate named by hand needs no known fingerprint."""
    if certificate:
        return read_recipient(certificate, shop.today())
    if not delivery.certificate:
        raise HandoffError(Problem("vendor-key-none", place, {"vendor": place}))
    if not delivery.fingerprint:
        raise HandoffError(Problem("vendor-key-unconfirmed", place, {"vendor": place}))
    return read_recipient(shop.vendor_file(delivery.certificate), shop.today(), delivery.fingerprint)


def _way(wish: Wish, conditions: Conditions, shop: Shop) -> _Way:
    delivery = conditions.vendor.delivery
    if wish.plain:
        if not wish.reason.strip():
            raise UsageError(Problem("package-needs-reason", "--reason"))
        return _Way(PLAIN, _PLAIN_CIPHER)
    if wish.archive or (delivery.package == ARCHIVE and not wish.certificate):
        return _Way(ARCHIVE, locked_archive.CIPHER, passphrase=locked_archive.new_passphrase())
    if delivery.package == "none" and not wish.certificate:
        raise HandoffError(Problem("package-stays-in-house", conditions.name, {"vendor": conditions.name}))
    return _Way(ENVELOPES, envelope.CIPHER, recipient_of(delivery, wish.certificate, conditions.name, shop))


def _make(
    source: Path,
    lot: LotRow,
    order: OrderRow,
    vendor: str,
    way: _Way,
    signer: Signer | None,
    reason: str,
    shop: Shop,
    ledger: Ledger,
) -> Package:
    target = source.parents[1] / PACKAGES / lot.name
    if target.exists():
        raise HandoffError(Problem("handoff-target-exists", target.name, {"name": f"{PACKAGES}/{target.name}"}))
    draft = target.with_name(f".{lot.name}.tmp")
    with disk_faults(lot.name):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        try:
            names = sorted(path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file())
            _wrap(source, names, draft, way)
            (draft / HOW_TO_OPEN).write_text(_how_to_open(way), "utf-8")
            manifest = _manifest(draft, lot, order, vendor, way, signer)
            (draft / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", "utf-8")
            sign(draft / MANIFEST, signer)
            ledger.note(
                "packaged", order, lot=lot.name, vendor=vendor, way=way.name, recipient=manifest["recipient"],
                manifest=sha256_of(draft / MANIFEST), reason=reason,
            )  # fmt: skip
            shop.publish(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return Package(
        target, way.name, len(names), manifest["recipient"] or "", signer.fingerprint if signer else "", way.passphrase
    )


def _wrap(source: Path, names: Sequence[str], draft: Path, way: _Way) -> None:
    if way.recipient is None and way.passphrase:
        locked_archive.lock(source, names, draft / "lot.zip", way.passphrase)
        return
    for name in names:
        target = draft / f"{name}{envelope.SUFFIX if way.recipient else ''}"
        target.parent.mkdir(parents=True, exist_ok=True)
        if way.recipient:
            with target.open("wb") as file:
                envelope.seal(source / name, file, way.recipient)
        else:
            shutil.copyfile(source / name, target)


def _manifest(draft: Path, lot: LotRow, order: OrderRow, vendor: str, way: _Way, signer: Signer | None) -> dict[str, Any]:
    """What is in the package. No day and no name: the ledger has who made it and when."""
    paths = sorted(path for path in draft.rglob("*") if path.is_file())
    return {
        "lot": lot.name,
        "order": order.id,
        "issuer": order.issuer,
        "vendor": vendor,
        "way": way.name,
        "cipher": way.cipher,
        "key_transport": way.recipient.transport if way.recipient else None,
        "recipient": way.recipient.fingerprint if way.recipient else None,
        "signed_by": signer.fingerprint if signer else None,
        "files": [
            {"name": path.relative_to(draft).as_posix(), "bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for path in paths
        ],
        "program": __version__,
    }


def _how_to_open(way: _Way) -> str:
    """What the vendor types, in Japanese; it needs nothing of ours."""
    return files("pipeline.office").joinpath(f"how-to-open-{way.name}.txt").read_text("utf-8")
