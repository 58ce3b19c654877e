"""The bundles of a lot, from the ledger: pieces of one employer or one household stand together, and their figures close.

A piece belongs to the employer's bundle where the lot goes through employers, to the household's where it goes home: a
household is one 記号・番号 at one address (families get theirs through the insured, sources §13 F75).
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple

from pipeline.base.problems import Problem, ShikakuError
from pipeline.model.bundle import Bundle, Row
from pipeline.model.issuer import Issuer
from pipeline.model.lot import Piece
from pipeline.model.member import Member
from pipeline.rules.printing import compile_printing

EMPLOYER, HOME = "employer", "home"
_HEADER = "bundle,documents,leaves,first_serial,last_serial,first_sheet,last_sheet\r\n"


class Entry(NamedTuple):
    """One piece of a lot: its bundle's key, its serial, whose it is."""

    bundle: str
    serial: str
    member: Member


def key_of(member: Member, channel: str) -> str:
    """The bundle a member's piece belongs to, sortable; empty where pieces are not bundled, or nobody knows to whom."""
    if channel == EMPLOYER:
        return member.office_id
    if channel == HOME and member.postcode and member.address:
        where = hashlib.sha256(f"{member.postcode} {member.address}".encode()).hexdigest()[:8]
        return f"{member.symbol}-{member.number}-{where}"
    return ""


def bundles(entries: Iterable[Entry], of: int, issuer: Issuer, lot: str, channel: str) -> Iterator[Bundle]:
    """The bundles of a lot in its order; `of` is how many there must be.

    ShikakuError where one does not close: it stands in two places, has no key, or its records differ in the employer's name.
    """
    seen: set[str] = set()
    for no, (key, some) in enumerate(groupby(entries, key=lambda entry: entry.bundle), 1):
        rows = list(some)
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        if digest in seen or not key:
            raise _open(lot, no, "its pieces do not stand together" if key else "pieces without a recipient")
        seen.add(digest)
        yield _bundle(no, of, rows, issuer, lot, channel == HOME)
    if len(seen) != of:
        raise _open(lot, len(seen), f"{len(seen)} bundles, not {of}")


def _bundle(no: int, of: int, entries: list[Entry], issuer: Issuer, lot: str, at_home: bool) -> Bundle:
    first = next((entry.member for entry in entries if not entry.member.is_dependant), entries[0].member)
    if not at_home and len({entry.member.office_name for entry in entries}) > 1:
        raise _open(lot, no, "the records differ in the employer's name")
    person = first.insured_name if first.is_dependant and first.insured_name else first.alias_name or first.name
    title = person if at_home else first.office_name
    rows = tuple(_row(n, entry, issuer) for n, entry in enumerate(entries, 1))
    return Bundle(
        no,
        of,
        "" if at_home else first.office_id,
        title,
        f"{title}　{'様' if at_home else '御中'}",
        first.postcode if at_home else "",
        first.address if at_home else "",
        rows,
        len({entry.member.key for entry in entries}),
        first.acceptance_number if at_home else "",
    )


def _row(no: int, entry: Entry, issuer: Issuer) -> Row:
    member = entry.member
    printed = compile_printing(issuer).numbers.printed
    identifier = "・".join(printed(part) for part in (member.symbol, member.number, member.branch) if part)
    words = issuer.vocabulary
    category = words["dependant" if member.is_dependant else "insured"]
    return Row(no, identifier, member.alias_name or member.name, category, entry.serial)


def _open(lot: str, no: int, reason: str) -> ShikakuError:
    return ShikakuError(Problem("bundle-does-not-close", f"lot {lot} bundle {no}", {"reason": reason}))


def write_list(path: Path, made: Iterable[Bundle], pieces: Iterable[Piece], leaves: int) -> None:
    """Write bundles.csv, one line a bundle: what is in it and on which sheets; no name, symbol or number.

    `pieces` are the lot's in order, `leaves` those of one document. ValueError if bundles and pieces are not the same
    documents in the same order.
    """
    places = iter(pieces)
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(_HEADER)
        for bundle in made:
            there = list(islice(places, len(bundle.rows) * leaves))
            if [piece.serial for piece in there[::leaves]] != [row.serial for row in bundle.rows]:
                raise ValueError(f"bundle {bundle.no}: its pieces are not where it is")
            first, last = bundle.rows[0].serial, bundle.rows[-1].serial
            file.write(f"{bundle.no},{len(bundle.rows)},{len(there)},{first},{last},{there[0].sheet},{there[-1].sheet}\r\n")
    if next(places, None) is not None:
        raise ValueError("pieces in no bundle")
