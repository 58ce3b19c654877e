"""校了: a named person approves a proof, and press files are made of nothing else, unless the issuer waives it.

An approval is an entry of the ledger's audit trail, so it can neither be altered nor taken away unseen. It holds as long as
what was approved would still be printed; the last entry of an issuer's document decides.
"""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.base.problems import LedgerError, Problem, UsageError
from pipeline.office.approval_proof import default_path, sheet_of
from pipeline.office.enclosures import Paper
from pipeline.office.evidence import Evidence, evidence_of
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_reader import LedgerReader
from pipeline.office.materials import Materials, load, load_paper
from pipeline.office.planning import Kind
from pipeline.office.shop import Shop
from pipeline.office.worker import sha256_of

APPROVED, WITHDRAWN = "artwork-approved", "approval-withdrawn"
REQUIRED = "required"


class Approval(NamedTuple):
    """An entry: when, who, of what; `proof` is the SHA-256 of the PDF that was looked at."""

    at: str
    by: str
    issuer: str
    document: str
    note: str
    proof: str
    evidence: Evidence
    stands: bool


def approve(name: str, issuer_id: str, note: str, shop: Shop, ledger: Ledger) -> Approval:
    """Approve a document type by its proof: the file's path, or the type whose proof lies in the usual place.

    LedgerError if there is no proof, it was altered, or it shows what would not be printed any more.
    """
    path = Path(name) if name.endswith(".pdf") else default_path(name, issuer_id, shop)
    told = _told(path, name, issuer_id)
    document, seen = told["document"], Evidence(told["evidence"])
    if told["issuer"] != issuer_id:
        raise UsageError(Problem("approval-other-issuer", path.name, {"issuer": told["issuer"]}))
    now = evidence_of(document, issuer_id, date.fromisoformat(told["day"]), _made(document, issuer_id, told["day"], shop), shop)
    if not seen.holds(now):
        changed = "、".join(seen.changed(now))
        raise LedgerError(
            Problem("approval-proof-old", path.name, {"changed": changed, "command": _proof(document, issuer_id)})
        )
    detail = {"issuer": issuer_id, "document": document, "proof": told["sha256"], "evidence": dict(now.fingerprints)}
    ledger.note(APPROVED, by=shop.actor, note=note, **detail)
    return _known(ledger)[issuer_id, document]


def withdraw(document: str, issuer_id: str, note: str, shop: Shop, ledger: Ledger) -> None:
    """Take an approval back. LedgerError if there is none."""
    found = _known(ledger).get((issuer_id, document))
    if found is None or not found.stands:
        raise LedgerError(_missing(document, issuer_id, shop))
    ledger.note(WITHDRAWN, by=shop.actor, note=note, issuer=issuer_id, document=document)


def approvals(shop: Shop, ledger: LedgerReader) -> list[tuple[Approval, list[str]]]:
    """The last entry of every document type, and what has changed since: empty where it holds."""
    found = []
    for (issuer, document), approval in sorted(_known(ledger).items()):
        now = evidence_of(document, issuer, shop.today(), _made(document, issuer, shop.today().isoformat(), shop), shop)
        found.append((approval, [] if approval.evidence.holds(now) else approval.evidence.changed(now)))
    return found


def require(materials: Materials, day: date, shop: Shop, ledger: LedgerReader, in_house: bool = False) -> dict[str, Any]:
    """What the order says of its approvals. LedgerError with every artwork that the issuer's policy wants approved and is not.

    `in_house`: one piece for the office printer, whose printing condition is not the vendor's. Papers about a lot alone
    (納品書) stay between office and printing company: they need none.
    """
    if materials.issuer.approval != REQUIRED:
        return {"policy": materials.issuer.approval}
    known, problems, found = _known(ledger), [], {}
    papers = {name: paper for name, paper in materials.papers.items() if paper.layout.subject != "lot"}
    made: dict[str, Kind | Paper] = {**materials.kinds, **papers}
    for document, kind in made.items():
        approval = known.get((materials.issuer_id, document))
        if approval is None or not approval.stands:
            problems.append(_missing(document, materials.issuer_id, shop))
            continue
        now = evidence_of(document, materials.issuer_id, day, kind, shop)
        if not approval.evidence.holds(now, in_house):
            values = {"title": kind.layout.title, "changed": "、".join(approval.evidence.changed(now))}
            values |= {"by": approval.by, "at": approval.at[:10], "command": _proof(document, materials.issuer_id)}
            problems.append(Problem("approval-void", document, values | _next(document, materials.issuer_id)))
        found[document] = {"by": approval.by, "proof": approval.proof}
    if problems:
        raise LedgerError(problems)
    return {"policy": REQUIRED, "documents": found}


def _told(path: Path, name: str, issuer_id: str) -> Mapping[str, Any]:
    """What stands beside a proof: of what it is the proof. LedgerError if it is not there, or not of this file."""
    try:
        told: Mapping[str, Any] = json.loads(sheet_of(path).read_bytes())
        same = told["sha256"] == sha256_of(path)
    except FileNotFoundError:
        raise LedgerError(Problem("approval-no-proof", path.name, {"command": _proof(name, issuer_id)})) from None
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    if not same:
        raise LedgerError(Problem("approval-proof-altered", path.name, {"name": path.name}))
    return told


def _made(document: str, issuer_id: str, day: str, shop: Shop) -> Kind | Paper:
    on = date.fromisoformat(day)
    if document in shop.issuer(issuer_id).enclosures:
        return load_paper(shop, document, issuer_id, on)
    return load(shop, issuer_id, on, [document]).kinds[document]


def _known(ledger: LedgerReader) -> dict[tuple[str, str], Approval]:
    """The last entry of each issuer's document."""
    found: dict[tuple[str, str], Approval] = {}
    for kind, at, detail in ledger.entries((APPROVED, WITHDRAWN)):
        key = detail["issuer"], detail["document"]
        if kind == WITHDRAWN:
            found[key] = found[key]._replace(stands=False)
        else:
            evidence = Evidence(detail["evidence"])
            found[key] = Approval(at, detail["by"], *key, detail["note"], detail["proof"], evidence, True)
    return found


def _missing(document: str, issuer_id: str, shop: Shop) -> Problem:
    values = {"title": shop.layout(document).title, "command": _proof(document, issuer_id)}
    return Problem("approval-missing", document, values | _next(document, issuer_id))


def _proof(document: str, issuer_id: str) -> str:
    return f"shikaku proof {document} --issuer {issuer_id} --approval"


def _next(document: str, issuer_id: str) -> dict[str, str]:
    return {"approve": f"shikaku approve {document} --issuer {issuer_id} --by 氏名"}
