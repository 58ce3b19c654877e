"""Checks a package, or a lot's folder that was opened from one, offline: its signature, and that every file is the one listed.

It needs the issuer's public key and nothing else: no ledger, no vendor's key.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.base.problems import HandoffError, Problem, UsageError
from pipeline.craft.signing import SUFFIX
from pipeline.office.keys import verifier_of
from pipeline.office.packages import MANIFEST
from pipeline.office.shop import Shop
from pipeline.office.worker import sha256_of
from pipeline.stages.handoff import CHECKSUMS


class Checked(NamedTuple):
    """What was found in order. `signed_by` is the key's fingerprint; empty: there is no signature."""

    lot: str
    files: int
    encrypted: bool
    signed_by: str


def check_package(folder: Path, key: Path | None, shop: Shop) -> Checked:
    """Check a package or a lot's folder; `key` is the issuer's public key, unless the house has it.

    HandoffError with every file that is missing, too many or altered, for a signature that does not hold, or is not there
    although a key is. UsageError where the folder is neither, or a signature is there and no key to verify it.
    """
    listing = next((name for name in (MANIFEST, CHECKSUMS) if (folder / name).is_file()), "")
    if not listing:
        raise UsageError(Problem("package-none", folder.name, {"name": folder.name}))
    try:
        content = (folder / listing).read_bytes()
        about, listed = _package(content) if listing == MANIFEST else _lot(folder, content)
    except (OSError, ValueError, KeyError, TypeError):
        raise HandoffError(_altered(folder, listing)) from None
    signed = _signature(folder, listing, content, str(about.get("issuer", "")), bool(about.get("signed_by")), key, shop)
    own = {listing, listing + SUFFIX}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - own
    wrong = there ^ listed.keys()
    wrong |= {name for name in there & listed.keys() if sha256_of(folder / name) != listed[name]}
    if wrong:
        raise HandoffError(_altered(folder, name) for name in sorted(wrong))
    encrypted = listing == MANIFEST and about["way"] != "plain"
    return Checked(str(about["lot"]), len(listed), encrypted, signed)


def _package(content: bytes) -> tuple[Mapping[str, Any], dict[str, str]]:
    about = json.loads(content)
    return about, {one["name"]: one["sha256"] for one in about["files"]}


def _lot(folder: Path, content: bytes) -> tuple[Mapping[str, Any], dict[str, str]]:
    lines = (line.partition("  ") for line in content.decode().splitlines())
    return json.loads((folder / "ticket.json").read_bytes()), {name: digest for digest, _, name in lines}


def _signature(folder: Path, listing: str, content: bytes, issuer: str, promised: bool, key: Path | None, shop: Shop) -> str:
    """The fingerprint of the key whose signature holds; empty where nothing is signed and no key says it should be."""
    path = folder / (listing + SUFFIX)
    verifier = verifier_of(issuer, key, shop)
    if not path.is_file():
        if verifier or promised:
            raise HandoffError(Problem("package-unsigned", folder.name, {"name": listing}))
        return ""
    if verifier is None:
        raise UsageError(Problem("package-key-needed", "--key", {"issuer": issuer}))
    if not verifier.holds(path.read_bytes(), content):
        raise HandoffError(Problem("package-signature-wrong", folder.name, {"name": listing}))
    return verifier.fingerprint


def _altered(folder: Path, name: str) -> Problem:
    return Problem("package-altered", f"{folder.name} {name}", {"file": name})
