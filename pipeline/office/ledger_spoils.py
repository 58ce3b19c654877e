"""The ledger of spoiled pieces: which, why, who said so, and what became of each: made again, or written off.

A spoiled piece is void from the moment it stands here; the legal act, its issue, goes on in the piece that is made again.
The table decides who is first: a piece is spoiled once and made again once.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, Table, and_, delete, func, insert, select, text, update

from pipeline.base.problems import LedgerError, Problem
from pipeline.model.lot import Chunk
from pipeline.office.ledger_columns import number, word
from pipeline.office.ledger_plan import bulk
from pipeline.office.ledger_rows import LotRow, PartPlan
from pipeline.office.ledger_schema import CHUNKS, DOCUMENTS, ISSUES, LOTS, ORDERS, PIECES, table

SUFFIX = "-R"  # and a number: the lots of what is made again of a lot
_PAGE = 500

# `remade_by` is the order that makes it again, `noted_by` too where the spoil became known by that order;
# `written_off` says why none is made.
SPOILS = table(
    "spoils",
    word("serial", ForeignKey("pieces.serial"), primary_key=True),
    word("reason"),
    word("by"),
    word("at"),
    number("noted_by", ForeignKey("orders.no"), null=True),
    number("remade_by", ForeignKey("orders.no"), null=True),
    word("written_off"),
    CheckConstraint("remade_by IS NULL OR written_off = ''"),
    Index("spoils_by_time", "at"),
    Index(
        "spoils_remade", "remade_by", sqlite_where=text("remade_by IS NOT NULL"), postgresql_where=text("remade_by IS NOT NULL")
    ),
    clustered=True,
)

Touched = list[tuple[Table, Sequence[Any]]]


class Spoil(NamedTuple):
    """What is said of a spoiled piece: why, by whom, when, and why none is made again (empty: one is, or will be)."""

    reason: str
    by: str
    at: str
    written_off: str = ""


class Standing(NamedTuple):
    """How a piece stands, its content sealed. `order_no` is the order that issued it; `part` and `seq` are where the issue's
    first piece was.

    `spoil` is None where the piece is not spoiled, `remade_by` the id of the order that makes it again, else empty.
    """

    serial: str
    issue: str
    lot: str
    piece: str
    state: str
    order_no: int
    part: int
    seq: int
    content: str
    spoil: Spoil | None
    remade_by: str

    @property
    def open(self) -> bool:
        """Spoiled, and neither made again nor written off."""
        return self.spoil is not None and not self.remade_by and not self.spoil.written_off


def standings(connection: Connection, serials: Sequence[str]) -> list[Standing]:
    """How pieces stand, in the order in which they were issued."""
    first = PIECES.alias("first")
    query = (
        select(
            PIECES.c.serial, PIECES.c.issue, PIECES.c.lot, PIECES.c.state, ISSUES.c.state, ISSUES.c.order_no, first.c.part,
            first.c.seq, DOCUMENTS.c.content, SPOILS.c.reason, SPOILS.c.by, SPOILS.c.at, SPOILS.c.written_off, ORDERS.c.id,
        )
        .join(ISSUES, ISSUES.c.id == PIECES.c.issue)
        .join(first, first.c.serial == PIECES.c.issue)
        .join(DOCUMENTS, DOCUMENTS.c.serial == PIECES.c.serial)
        .join(SPOILS, SPOILS.c.serial == PIECES.c.serial, isouter=True)
        .join(ORDERS, ORDERS.c.no == SPOILS.c.remade_by, isouter=True)
    )  # fmt: skip
    found = []
    for start in range(0, len(serials), _PAGE):
        for row in connection.execute(query.where(PIECES.c.serial.in_(serials[start : start + _PAGE]))):
            spoil = Spoil(*row[9:13]) if row[9] is not None else None
            found.append(Standing(*row[:9], spoil, row[13] or ""))
    return sorted(found, key=lambda one: one.seq)


def open_spoils(connection: Connection, lot: str) -> list[str]:
    """The serials of a lot's spoiled pieces that are neither made again nor written off, in the lot's order."""
    undone = and_(SPOILS.c.remade_by.is_(None), SPOILS.c.written_off == "")
    query = select(PIECES.c.serial).join(SPOILS, SPOILS.c.serial == PIECES.c.serial)
    return list(connection.scalars(query.where(PIECES.c.lot == lot, undone).order_by(PIECES.c.seq)))


def against(found: Standing, remaking: bool) -> Problem | None:
    """What stands against noting that a piece is spoiled or, `remaking`, against making it again."""
    told: dict[str, str] = {"serial": found.serial, "order": found.remade_by}
    if found.spoil:
        told |= {"by": found.spoil.by or "—", "at": found.spoil.at, "reason": found.spoil.written_off}
        if found.remade_by:
            return Problem("remake-done-already", found.serial, told)
        if found.spoil.written_off:
            return Problem("remake-written-off", found.serial, told)
        if not remaking:
            return Problem("spoil-noted-already", found.serial, told)
    if found.state != "issued":
        return Problem("remake-not-in-force", found.serial, told)
    if found.piece not in ("printed", "spoiled"):
        return Problem("remake-not-printed", found.serial, told)
    return None


def check(found: Iterable[Standing], remaking: bool) -> None:
    """LedgerError with everything that stands against it."""
    problems = [problem for one in found if (problem := against(one, remaking))]
    if problems:
        raise LedgerError(problems)


def note(connection: Connection, found: Sequence[Standing], spoil: Spoil, noted_by: int | None = None) -> Touched:
    """Note that pieces are spoiled: from now on they are void. Returns the rows that were written."""
    names = [one.serial for one in found]
    rows = [(name, *spoil, noted_by) for name in names]
    bulk(connection, SPOILS, ("serial", "reason", "by", "at", "written_off", "noted_by"), rows)
    for start in range(0, len(names), _PAGE):
        spoiled = PIECES.c.serial.in_(names[start : start + _PAGE])
        connection.execute(update(PIECES).where(spoiled).values(state="spoiled"))
    return [(SPOILS, [name]) for name in names]


def write_off(connection: Connection, names: Sequence[str], reason: str) -> Touched:
    """Write open spoils off: none is made again."""
    for name in names:
        connection.execute(update(SPOILS).where(SPOILS.c.serial == name).values(written_off=reason))
    return [(SPOILS, [name]) for name in names]


def remake(connection: Connection, order_no: int, found: Sequence[Standing], spoil: Spoil) -> Touched:
    """Let an order make pieces again; what was not known to be spoiled is now."""
    touched = note(connection, [one for one in found if one.spoil is None], spoil, order_no)
    for one in found:
        connection.execute(update(SPOILS).where(SPOILS.c.serial == one.serial).values(remade_by=order_no))
        if one.spoil is not None:
            touched.append((SPOILS, [one.serial]))
    return touched


def make_lot(
    connection: Connection,
    order_no: int,
    lot: LotRow,
    issuer: str,
    again: Sequence[tuple[Standing, str, str]],
    plan: PartPlan,
) -> str:
    """Make the lot of what is made again: of each piece how it stood, its new serial and content. Returns its name.

    A part holds pieces that were in one part when they were issued, so that their ink can be the same.
    """
    name = _next_name(connection, again[0][0].issue)
    chunks = list(_chunks(name, [old.part for old, _, _ in again], plan))
    sheets = sum(plan.sheets(chunk.count) for chunk in chunks)
    connection.execute(
        insert(LOTS).values(
            name=name, order_no=order_no, issuer=issuer, document=lot.document, channel=lot.channel, sheet=plan.sheet,
            documents=len(again), sheets=sheets, fingerprint=plan.fingerprint, state="planned",
        )
    )  # fmt: skip
    pieces = [(serial, old.issue, "planned", name, seq) for seq, (old, serial, _) in enumerate(again)]
    bulk(connection, PIECES, ("serial", "issue", "state", "lot", "seq"), pieces)
    bulk(connection, DOCUMENTS, ("serial", "content"), [(serial, content) for _, serial, content in again])
    rows = [(name, chunk.part, chunk.first, chunk.count, chunk.first_sheet, "planned", "", "") for chunk in chunks]
    bulk(connection, CHUNKS, ("lot", "part", "first", "count", "first_sheet", "state", "sha256", "report"), rows)
    return name


def _next_name(connection: Connection, issue: str) -> str:
    """The name of the next lot of what is made again of the lot that an issue's first piece was in."""
    first = connection.scalars(select(PIECES.c.lot).where(PIECES.c.serial == issue)).one()
    like = LOTS.c.name.startswith(f"{first}{SUFFIX}", autoescape=True)
    return f"{first}{SUFFIX}{(connection.scalar(select(func.count()).select_from(LOTS).where(like)) or 0) + 1}"


def _chunks(lot: str, parts: Sequence[int], plan: PartPlan) -> Iterator[Chunk]:
    number_, first, sheet = 0, 0, 1
    for _, group in groupby(parts):
        count = len(list(group))
        for chunk in plan.chunks(lot, count):
            number_ += 1
            yield Chunk(lot, number_, first + chunk.first, chunk.count, sheet + chunk.first_sheet - 1)
        first, sheet = first + count, sheet + plan.sheets(count)


def take_back(connection: Connection, order_no: int) -> Touched:
    """Take back what an order planned to make again: its pieces are gone, the old ones as they were before it."""
    lots = select(LOTS.c.name).where(LOTS.c.order_no == order_no)
    mine = select(PIECES.c.serial).join(ISSUES, ISSUES.c.id == PIECES.c.issue)
    again = list(connection.scalars(mine.where(PIECES.c.lot.in_(lots), ISSUES.c.order_no != order_no)))
    for start in range(0, len(again), _PAGE):
        some = again[start : start + _PAGE]
        connection.execute(delete(DOCUMENTS).where(DOCUMENTS.c.serial.in_(some)))
        connection.execute(delete(PIECES).where(PIECES.c.serial.in_(some)))
    spoiled = list(connection.scalars(select(SPOILS.c.serial).where(SPOILS.c.remade_by == order_no)))
    noted = select(SPOILS.c.serial).where(SPOILS.c.noted_by == order_no)
    connection.execute(update(PIECES).where(PIECES.c.serial.in_(noted)).values(state="printed"))
    connection.execute(delete(SPOILS).where(SPOILS.c.noted_by == order_no))
    connection.execute(update(SPOILS).where(SPOILS.c.remade_by == order_no).values(remade_by=None))
    return [(SPOILS, [serial]) for serial in spoiled]


class Remade(NamedTuple):
    """A piece that was made again: serial and place of the old one and of the new one, and what was said."""

    old: str
    old_sheet: int
    old_slot: int
    new: str
    new_sheet: int
    new_slot: int
    reason: str
    by: str


def remade(connection: Connection, order_no: int) -> list[Remade]:
    """What an order made again, in the order of its lot."""
    new = PIECES.alias("new")
    chosen = (
        PIECES.c.serial, PIECES.c.sheet, PIECES.c.slot, new.c.serial, new.c.sheet, new.c.slot, SPOILS.c.reason, SPOILS.c.by,
    )  # fmt: skip
    query = (
        select(*chosen)
        .select_from(SPOILS.join(PIECES, PIECES.c.serial == SPOILS.c.serial).join(new, new.c.issue == PIECES.c.issue))
        .join(LOTS, LOTS.c.name == new.c.lot)
        .where(SPOILS.c.remade_by == order_no, LOTS.c.order_no == order_no)
        .order_by(new.c.seq)
    )
    return [Remade(*row) for row in connection.execute(query)]


def first_places(connection: Connection, lot: str) -> tuple[str, list[int]]:
    """The lot in which a lot's pieces were when they were issued, and their places there; itself: no places."""
    first = PIECES.alias("first")
    query = (
        select(first.c.lot, first.c.seq)
        .select_from(PIECES.join(first, first.c.serial == PIECES.c.issue))
        .where(PIECES.c.lot == lot)
        .order_by(PIECES.c.seq)
    )
    before: str = connection.execute(query.limit(1)).one().lot
    return before, [] if before == lot else [row.seq for row in connection.execute(query)]


def origin(connection: Connection, chunk: Chunk) -> Chunk | None:
    """The part in which the pieces of a part were when they were issued; None where this is it."""
    first = PIECES.alias("first")
    query = (
        select(first.c.lot, first.c.part)
        .select_from(PIECES.join(first, first.c.serial == PIECES.c.issue))
        .where(PIECES.c.lot == chunk.lot, PIECES.c.seq == chunk.first)
    )
    lot, part = connection.execute(query).one()
    if lot == chunk.lot:
        return None
    names = [CHUNKS.c[name] for name in ("lot", "part", "first", "count", "first_sheet")]
    return Chunk(*connection.execute(select(*names).where(CHUNKS.c.lot == lot, CHUNKS.c.part == part)).one())
