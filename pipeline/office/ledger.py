"""The ledger: what was decided, planned, printed and issued, and to whom. Only `job` writes it.

An order goes open → planned → done (or stopped: nothing was issued). The ledger speaks of `issued` and `printed` only
after the lot's folder is there; until then a cut-off order can be finished or
taken back.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, select, update
from sqlalchemy.exc import DatabaseError

from pipeline.base.problems import HandoffError, LedgerError, Problem
from pipeline.model.document import Document
from pipeline.model.lot import Chunk, Piece, Tally
from pipeline.office import ledger_plan
from pipeline.office.ledger_rows import Batch, DecisionRow, Held, LotRow, OrderRow, PartPlan, day_of, order_of
from pipeline.office.ledger_schema import (
    CHUNKS,
    DECISIONS,
    DOCUMENTS,
    EVENTS,
    ISSUES,
    LOTS,
    MEMBERS,
    METADATA,
    ORDERS,
    PIECES,
    connect,
)

_FETCH = 1000


class Ledger:
    """An open ledger. `now` says the time for the audit's events (ISO). A context manager."""

    def __init__(self, url: str, now: Callable[[], str], create: bool = True):
        self.url = url
        self._now = now
        self._engine = connect(url)
        if not create:
            return
        try:
            METADATA.create_all(self._engine)
        except DatabaseError as fault:
            raise HandoffError(Problem("ledger-cannot-open", "ledger", {"fault": str(fault.orig)})) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._engine.dispose()

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(reading=True)

    def _event(self, connection: Connection, order_no: int, kind: str, **detail: Any) -> None:
        values = {
            "at": self._now(),
            "order_no": order_no,
            "kind": kind,
            "detail": json.dumps(detail, ensure_ascii=False),
        }
        connection.execute(insert(EVENTS).values(values))

    # Orders

    def order(self, order: str) -> OrderRow | None:
        """An order by its id."""
        with self._reading() as connection:
            row = connection.execute(select(ORDERS).where(ORDERS.c.id == order)).one_or_none()
        return order_of(row) if row else None

    def open_order(
        self,
        base: str,
        issuer: str,
        day: date,
        request: Mapping[str, Any],
        inputs: Sequence[Mapping[str, Any]],
        check: Callable[[str], None],
    ) -> OrderRow:
        """Open an order under the id `base`, or `base-2`, … where that is done; a stopped one starts again.

        LedgerError if the order was begun and not finished. `check` may refuse a new order's id.
        """
        asked = {"request": json.dumps(request, ensure_ascii=False), "inputs": json.dumps(inputs, ensure_ascii=False)}
        with self._engine.begin() as connection:
            turn, order = 1, base
            while row := connection.execute(select(ORDERS).where(ORDERS.c.id == order)).one_or_none():
                if row.state == "stopped":
                    again = update(ORDERS).where(ORDERS.c.no == row.no)
                    connection.execute(again.values(state="open", tally=None, fault=None, **asked))
                    self._event(connection, row.no, "opened-again")
                    return order_of(connection.execute(select(ORDERS).where(ORDERS.c.no == row.no)).one())
                if row.state != "done":
                    raise LedgerError(Problem("ledger-order-unfinished", order, {"order": order}))
                turn += 1
                order = f"{base}-{turn}"
            check(order)
            no = (connection.scalar(select(func.max(ORDERS.c.no))) or 0) + 1
            connection.execute(
                insert(ORDERS).values(no=no, id=order, issuer=issuer, day=day.isoformat(), state="open", **asked)
            )
            self._event(connection, no, "opened", order=order)
            return order_of(connection.execute(select(ORDERS).where(ORDERS.c.no == no)).one())

    # The plan

    def add(self, order: OrderRow, batch: Batch) -> None:
        """Add a batch of decisions and claims, in one transaction."""
        with self._engine.begin() as connection:
            ledger_plan.add(connection, order.no, order.issuer, order.day, batch)

    def discard(self, order: OrderRow, state: str = "open") -> None:
        """Take the plan of an order back, none of whose lots is done; `state` is open (again) or stopped."""
        with self._engine.begin() as connection:
            ledger_plan.discard(connection, order.no)
            connection.execute(update(ORDERS).where(ORDERS.c.no == order.no).values(state=state, tally=None))
            self._event(connection, order.no, "plan-discarded", state=state)

    def hold_duplicates(self, order: OrderRow, document: str) -> None:
        """Hold the rows of the order whose key stands in it more than once."""
        with self._engine.begin() as connection:
            ledger_plan.hold_duplicates(connection, order.no, document)

    def count(self, order: OrderRow, members: int, documents: int) -> Tally:
        """The tally of the decisions so far; LedgerError unless it closes."""
        with self._engine.begin() as connection:
            return ledger_plan.count(connection, order.no, members, documents)

    def settle(self, order: OrderRow, members: int, plans: Mapping[str, PartPlan], replaced: Sequence[str] = ()) -> Tally:
        """Close the tally, make lots and parts, and set the order `planned`: one transaction."""
        with self._engine.begin() as connection:
            tally = ledger_plan.count(connection, order.no, members, len(plans))
            ledger_plan.make_lots(connection, order.no, order.issuer, plans)
            figures = json.dumps({name: getattr(tally, name) for name in Tally.__slots__})
            connection.execute(update(ORDERS).where(ORDERS.c.no == order.no).values(state="planned", tally=figures))
            self._event(connection, order.no, "planned", tally=json.loads(figures))
        return tally

    def replace(self, order: OrderRow, batch: Batch) -> None:
        """Add a reissue's claims, each ending the issue it replaces, in one transaction."""
        with self._engine.begin() as connection:
            for claim in batch.claims:
                if claim.replaces:
                    ledger_plan.void(connection, order.no, claim.replaces)
            ledger_plan.add(connection, order.no, order.issuer, order.day, batch)

    # Lots and parts

    def lots(self, order: OrderRow) -> list[LotRow]:
        """The order's lots by name."""
        names = [LOTS.c[name] for name in LotRow._fields]
        with self._reading() as connection:
            rows = connection.execute(select(*names).where(LOTS.c.order_no == order.no).order_by(LOTS.c.name)).all()
        return [LotRow(*row) for row in rows]

    def chunks(self, lot: str) -> list[tuple[Chunk, str, str]]:
        """The parts of a lot, each with its file's SHA-256 and report (empty: not made yet)."""
        chosen = (CHUNKS.c.lot, CHUNKS.c.part, CHUNKS.c.first, CHUNKS.c.count, CHUNKS.c.first_sheet)
        with self._reading() as connection:
            rows = connection.execute(
                select(*chosen, CHUNKS.c.sha256, CHUNKS.c.report).where(CHUNKS.c.lot == lot).order_by(CHUNKS.c.part)
            ).all()
        return [(Chunk(*row[:5]), row[5], row[6]) for row in rows]

    def documents(self, lot: str, first: int = 0, count: int | None = None) -> Iterator[Document]:
        """Documents of a lot in its order, streamed."""
        mine = and_(PIECES.c.lot == lot, PIECES.c.seq >= first, *([] if count is None else [PIECES.c.seq < first + count]))
        query = (
            select(DOCUMENTS.c.serial, DOCUMENTS.c.content)
            .join(PIECES, PIECES.c.serial == DOCUMENTS.c.serial)
            .where(mine)
            .order_by(PIECES.c.seq)
        )
        known: dict[Any, Any] = {}  # days, names, settings: what many documents have is kept once
        same = known.setdefault
        for serial, content in self._stream(query):
            texts, settings, payloads = json.loads(content)
            chosen = tuple(settings)
            yield Document(serial, tuple(map(same, texts, texts)), same(chosen, chosen), tuple(payloads))

    def _stream(self, query: Any) -> Iterator[Any]:
        with self._reading() as connection:
            yield from connection.execution_options(yield_per=_FETCH).execute(query)

    def bundles(self, lot: str) -> int:
        """How many bundles a lot has; 0 where its pieces are not bundled."""
        query = select(func.count(func.distinct(ISSUES.c.bundle))).join(PIECES, PIECES.c.issue == ISSUES.c.id)
        with self._reading() as connection:
            return int(connection.scalar(query.where(PIECES.c.lot == lot, ISSUES.c.bundle != "")) or 0)

    def recipients(self, lot: str) -> Iterator[tuple[str, str, str]]:
        """Of each piece of a lot, in its order, streamed: its bundle's key, serial, and the member's record."""
        query = (
            select(ISSUES.c.bundle, PIECES.c.serial, MEMBERS.c.record)
            .join(PIECES, PIECES.c.issue == ISSUES.c.id)
            .join(MEMBERS, and_(MEMBERS.c.order_no == ISSUES.c.order_no, MEMBERS.c.n == ISSUES.c.n))
            .where(PIECES.c.lot == lot)
            .order_by(PIECES.c.seq)
        )
        yield from self._stream(query)

    def serials(self, chunk: Chunk) -> list[str]:
        """The serials of a part in the lot's order."""
        within = and_(PIECES.c.lot == chunk.lot, PIECES.c.seq >= chunk.first, PIECES.c.seq < chunk.first + chunk.count)
        with self._reading() as connection:
            return list(connection.scalars(select(PIECES.c.serial).where(within).order_by(PIECES.c.seq)))

    def part_made(self, order: OrderRow, chunk: Chunk, sha256: str, report: str, places: Iterable[Piece]) -> None:
        """Record a finished part and where the first leaf of each of its pieces is."""
        where = PIECES.c.serial == bindparam("piece")
        put = update(PIECES).where(where).values(part=bindparam("file"), sheet=bindparam("on"), slot=bindparam("at"))
        rows = [(piece.serial, piece.part, piece.sheet, piece.slot) for piece in places if piece.leaf == 1]
        with self._engine.begin() as connection:
            ledger_plan.many(connection, put, ("piece", "file", "on", "at"), rows)
            connection.execute(
                update(CHUNKS)
                .where(CHUNKS.c.lot == chunk.lot, CHUNKS.c.part == chunk.part)
                .values(state="made", sha256=sha256, report=report)
            )
            self._event(connection, order.no, "part-made", lot=chunk.lot, part=chunk.part, sha256=sha256)

    def lot_done(self, order: OrderRow, lot: str, checksums: str) -> None:
        """The lot's folder is there: its pieces are printed, its issues issued. `checksums` is the hash of its list."""
        issues = select(PIECES.c.issue).where(PIECES.c.lot == lot)
        with self._engine.begin() as connection:
            connection.execute(
                update(ISSUES).where(ISSUES.c.id.in_(issues), ISSUES.c.state == "planned").values(state="issued")
            )
            connection.execute(update(PIECES).where(PIECES.c.lot == lot, PIECES.c.state == "planned").values(state="printed"))
            connection.execute(update(LOTS).where(LOTS.c.name == lot).values(state="done"))
            self._event(connection, order.no, "lot-handed-off", lot=lot, checksums=checksums)

    def fault(self, order: OrderRow, faults: Sequence[Mapping[str, Any]]) -> None:
        """Record why an order stands still; it stays as it is."""
        text = json.dumps(faults, ensure_ascii=False)
        with self._engine.begin() as connection:
            connection.execute(update(ORDERS).where(ORDERS.c.no == order.no).values(fault=text))
            self._event(connection, order.no, "fault", codes=sorted({str(fault["code"]) for fault in faults}))

    def done(self, order: OrderRow) -> None:
        """Everything of the order is there."""
        with self._engine.begin() as connection:
            connection.execute(update(ORDERS).where(ORDERS.c.no == order.no).values(state="done", fault=None))
            self._event(connection, order.no, "done")

    # Reading for lists and reissues

    def decisions(self, order: OrderRow, outcome: str | None = None) -> Iterator[DecisionRow]:
        """The order's decisions in file order, streamed."""
        chosen = [DECISIONS.c[name] for name in DecisionRow._fields]
        query = select(*chosen).where(DECISIONS.c.order_no == order.no).order_by(DECISIONS.c.n, DECISIONS.c.document)
        for row in self._stream(query if outcome is None else query.where(DECISIONS.c.outcome == outcome)):
            yield DecisionRow(*row)

    def active(self, issuer: str, key: str) -> list[Held]:
        """The planned and issued documents of a member."""
        return self._held(ISSUES.c.issuer == issuer, ISSUES.c.key == key, ISSUES.c.state.in_(("planned", "issued")))

    def issues(self, names: Sequence[str]) -> list[Held]:
        """Issues by their ids, in any state."""
        return self._held(ISSUES.c.id.in_(names))

    def _held(self, *where: ColumnElement[bool]) -> list[Held]:
        query = (
            select(ISSUES, MEMBERS.c.record, ORDERS.c.id.label("order"))
            .join(MEMBERS, and_(MEMBERS.c.order_no == ISSUES.c.order_no, MEMBERS.c.n == ISSUES.c.n))
            .join(ORDERS, ORDERS.c.no == ISSUES.c.order_no)
            .where(*where)
            .order_by(ISSUES.c.document)
        )
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [Held(r.id, r.document, r.state, day_of(r.expires_on), r.channel, r.record, r.order) for r in rows]

    def lot(self, name: str) -> tuple[LotRow, OrderRow] | None:
        """A lot and its order."""
        with self._reading() as connection:
            row = connection.execute(select(LOTS).where(LOTS.c.name == name)).one_or_none()
            if row is None:
                return None
            order = order_of(connection.execute(select(ORDERS).where(ORDERS.c.no == row.order_no)).one())
        return LotRow(*(getattr(row, field) for field in LotRow._fields)), order

    def counts(self, issuer: str | None = None) -> list[tuple[str, str, str, int]]:
        """Issues by issuer, document and state."""
        kinds = (ISSUES.c.issuer, ISSUES.c.document, ISSUES.c.state)
        query = select(*kinds, func.count()).group_by(*kinds).order_by(*kinds)
        with self._reading() as connection:
            rows = connection.execute(query if issuer is None else query.where(ISSUES.c.issuer == issuer)).all()
        return [(row[0], row[1], row[2], int(row[3])) for row in rows]
