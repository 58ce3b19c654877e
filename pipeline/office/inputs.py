"""An order's member files: surveyed before anything is stored, and read again only while they are what they were."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.base.problems import MemberError, Problem
from pipeline.model.decision import Rejected
from pipeline.model.issuer import Issuer
from pipeline.model.member import Member
from pipeline.office.ledger_rows import OrderRow
from pipeline.office.worker import sha256_of
from pipeline.rules.plausibility import compile_plausibility
from pipeline.stages.read import Survey, read, survey


def refuse_stale(surveys: Sequence[Survey], issuer: Issuer, cutoff: date) -> None:
    """MemberError for files whose newest day lies too far before the extraction."""
    usual = compile_plausibility(issuer)
    found = (usual.stale(one.path.name, one.rows, one.newest, cutoff) for one in surveys)
    if stale := [problem for problem in found if problem]:
        raise MemberError(stale)


def told(surveys: Sequence[Survey]) -> list[dict[str, Any]]:
    """What the ledger keeps of the files."""
    return [
        {"name": one.path.name, "sha256": one.sha256, "rows": one.rows, "ignored_columns": list(one.unknown_columns)}
        for one in surveys
    ]


def members_of(order: OrderRow, issuer: Issuer) -> Iterator[Member | Rejected]:
    """The members of all files of an order; MemberError if a file is not any more what was surveyed."""
    for path, known in zip(map(Path, order.request["files"]), order.inputs, strict=True):
        yield from read(path, issuer)
        if sha256_of(path) != known["sha256"]:
            raise MemberError(Problem("order-input-changed", path.name, {"order": order.id}))


def row_of(key: str, issuer: Issuer, files: Sequence[Path]) -> Member:
    """The one row with this key. MemberError: nowhere, in more than one row, or a row that is no member."""
    found: list[Member | Rejected] = []
    for path in files:
        survey(path)
        found += (one for one in read(path, issuer) if one.key == key)
    if not found:
        raise MemberError(Problem("explain-unknown-member", "KEY"))
    first, *more = found
    if more:
        places = "、".join(str(one.place) for one in found)
        raise MemberError(Problem("member-duplicate-key", str(first.place), {"places": places}))
    if isinstance(first, Rejected):
        raise MemberError(first.problems)
    return first
