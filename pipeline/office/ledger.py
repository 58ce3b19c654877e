"""The ledger: what was decided, planned, printed and issued, and to whom. Only `job` writes it.

An order goes open → planned → done (or stopped: nothing was issued). The ledger speaks of `issued` and `printed` only
after the lot's folder is there; until then a cut-off order can be finished or taken back.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from pipeline.base.problems import LedgerError, Problem
from pipeline.model.lot import Chunk, Piece, Tally
from pipeline.office import ledger_events, ledger_plan, ledger_spoils, ledger_upgrade
from pipeline.office.ledger_engine import CACHE, SMALL_CACHE, ledger_faults
from pipeline.office.ledger_reader import LedgerReader
from pipeline.office.ledger_rows import Batch, OrderRow, PartPlan, order_of
from pipeline.office.ledger_schema import CHUNKS, ISSUES, LOTS, ORDERS, PIECES
from pipeline.office.ledger_trail import RECONCILED, Trail, opened
from pipeline.office.vault import Vault, beside

if TYPE_CHECKING:
    from pipeline.office.notary import Notary

DAY_UNKNOWN = date(1970, 1, 1)


class Ledger(LedgerReader):
    """An open ledger. `now` says the time for the audit's entries (ISO), `actor` who works, `notary` signs checkpoints.

    `keys` is the folder of the orders' data keys; None: the one beside the ledger's file.
    """

    def __init__(
        self,
        url: str,
        now: Callable[[], str],
        create: bool = True,
        actor: str = "",
        notary: "Notary | None" = None,
        keys: Path | None = None,
    ):
        super().__init__(url, Vault(keys or beside(url)), CACHE if create else SMALL_CACHE)
        self._trail = Trail(now, actor, notary)
        if create:
            ledger_upgrade.prepare(self._engine)

    # Orders

    def open_order(
        self,
        base: str,
        issuer: str,
        day: date,
        request: Mapping[str, Any],
        inputs: Sequence[Mapping[str, Any]],
        check: Callable[[str], None],
        replaced: Sequence[str] = (),
    ) -> OrderRow:
        """Open an order under the id `base`, or `base-2`, … where that is done; a stopped one starts again.

        LedgerError if the order was begun and not finished, or an issue of `replaced` is not in force any more.
        `check` may refuse a new order's id.
        """
        asked = {"request": json.dumps(request, ensure_ascii=False), "inputs": json.dumps(inputs, ensure_ascii=False)}
        with ledger_faults(base), self._engine.begin() as connection:
            self._trail.may_issue(connection)
            turn, order = 1, base
            while row := connection.execute(select(ORDERS).where(ORDERS.c.id == order)).one_or_none():
                if row.state == "stopped":
                    again = update(ORDERS).where(ORDERS.c.no == row.no)
                    connection.execute(again.values(state="open", tally=None, fault=None, **asked))
                    self._trail.write(connection, row.no, "opened-again", [(ORDERS, [row.no])])
                    return order_of(connection.execute(select(ORDERS).where(ORDERS.c.no == row.no)).one())
                if row.state != "done":
                    values = {"order": order, **opened(connection, row.no)}
                    raise LedgerError(Problem("ledger-order-unfinished", order, values))
                turn += 1
                order = f"{base}-{turn}"
            check(order)
            ledger_plan.check_active(connection, replaced)
            no = (connection.scalar(select(func.max(ORDERS.c.no))) or 0) + 1
            connection.execute(
                insert(ORDERS).values(no=no, id=order, issuer=issuer, day=day.isoformat(), state="open", **asked)
            )
            self._trail.write(connection, no, "opened", [(ORDERS, [no])], order=order)
            return order_of(connection.execute(select(ORDERS).where(ORDERS.c.no == no)).one())

    # The plan

    def add(self, order: OrderRow, batch: Batch) -> None:
        """Add a batch of decisions and claims, in one transaction."""
        with self._engine.begin() as connection:
            ledger_plan.add(connection, self.vault, order.no, order.issuer, order.day, batch)

    def discard(self, order: OrderRow, state: str = "open") -> None:
        """Take the plan of an order back, none of whose lots is done; `state` is open (again) or stopped."""
        with self._engine.begin() as connection:
            lots = list(connection.scalars(select(LOTS.c.name).where(LOTS.c.order_no == order.no).order_by(LOTS.c.name)))
            spoils = ledger_spoils.take_back(connection, order.no)
            ledger_plan.discard(connection, order.no)
            connection.execute(update(ORDERS).where(ORDERS.c.no == order.no).values(state=state, tally=None))
            touched: ledger_spoils.Touched = [(ORDERS, [order.no]), *spoils]
            self._trail.write(connection, order.no, "plan-discarded", touched, state=state, lots=lots)

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
            self._trail.may_issue(connection)
            tally = ledger_plan.count(connection, order.no, members, len(plans))
            lots = ledger_plan.make_lots(connection, order.no, order.issuer, plans)
            figures = self.planned(connection, order, tally)
            touched: ledger_spoils.Touched = [(ORDERS, [order.no]), *((LOTS, [lot]) for lot in lots)]
            digests = ledger_events.plan_digests(connection, order.no)
            self._trail.write(connection, order.no, "planned", touched, tally=figures, digests=digests)
        return tally

    def planned(self, connection: Connection, order: OrderRow, tally: Tally) -> dict[str, int]:
        """Set an order `planned` within the transaction that made its lots; returns its figures."""
        figures = {name: getattr(tally, name) for name in Tally.__slots__}
        values = {"state": "planned", "tally": json.dumps(figures)}
        connection.execute(update(ORDERS).where(ORDERS.c.no == order.no).values(values))
        return figures

    @contextmanager
    def writing(self) -> Iterator[tuple[Connection, Trail]]:
        """A transaction for what other modules keep in the ledger, and the trail that its last step writes to.

        HandoffError where the database cannot be written.
        """
        with ledger_faults("ledger"), self._engine.begin() as connection:
            self._trail.may_issue(connection)
            yield connection, self._trail
        self._trail.keep()

    def replace(self, order: OrderRow, batch: Batch) -> None:
        """Add a reissue's claims, each ending the issue it replaces, in one transaction."""
        with self._engine.begin() as connection:
            for claim in batch.claims:
                if claim.replaces:
                    ledger_plan.void(connection, order.no, claim.replaces)
            ledger_plan.add(connection, self.vault, order.no, order.issuer, order.day, batch)

    # Lots and parts

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
            told = {"lot": chunk.lot, "part": chunk.part, "sha256": sha256}
            put_at = ledger_events.places_digest(connection, chunk.lot, chunk.first, chunk.count)
            touched = [(CHUNKS, [chunk.lot, chunk.part])]
            self._trail.write(connection, order.no, "part-made", touched, **told, places={f"{chunk.lot}/{chunk.part}": put_at})

    def lot_done(self, order: OrderRow, lot: str, checksums: str) -> None:
        """The lot's folder is there: its pieces are printed, its issues issued. `checksums` is the hash of its list."""
        issues = select(PIECES.c.issue).where(PIECES.c.lot == lot)
        with self._engine.begin() as connection:
            connection.execute(
                update(ISSUES).where(ISSUES.c.id.in_(issues), ISSUES.c.state == "planned").values(state="issued")
            )
            connection.execute(update(PIECES).where(PIECES.c.lot == lot, PIECES.c.state == "planned").values(state="printed"))
            connection.execute(update(LOTS).where(LOTS.c.name == lot).values(state="done"))
            self._trail.seal(connection, order.no, "lot-handed-off", [(LOTS, [lot])], lot=lot, checksums=checksums)
        self._trail.keep()

    def fault(self, order: OrderRow, faults: Sequence[Mapping[str, Any]]) -> None:
        """Record why an order stands still; it stays as it is."""
        text = json.dumps(faults, ensure_ascii=False)
        with self._engine.begin() as connection:
            connection.execute(update(ORDERS).where(ORDERS.c.no == order.no).values(fault=text))
            codes = sorted({str(fault["code"]) for fault in faults})
            self._trail.write(connection, order.no, "fault", [(ORDERS, [order.no])], codes=codes)

    def done(self, order: OrderRow) -> None:
        """Everything of the order is there."""
        with self._engine.begin() as connection:
            connection.execute(update(ORDERS).where(ORDERS.c.no == order.no).values(state="done", fault=None))
            self._trail.seal(connection, order.no, "done", [(ORDERS, [order.no])])
        self._trail.keep()

    def note(self, kind: str, order: OrderRow | None = None, **detail: Any) -> None:
        """Add a signed entry about what somebody did beside an order's own steps: a package sent, an artwork approved."""
        with ledger_faults("ledger"), self._engine.begin() as connection:
            self._trail.seal(connection, order.no if order else None, kind, **detail)
        self._trail.keep()

    # After a restore

    @contextmanager
    def reconciling(self, reason: str, outcome: Mapping[str, Any]) -> Iterator[None]:
        """Let orders in that were handed off after the backup; ended well, the ledger issues again.

        Numbers of orders that nobody can account for are passed over, so that no serial is printed twice.
        """
        self._trail.reconciling = True
        try:
            yield
        finally:
            self._trail.reconciling = False
        with self._engine.begin() as connection:
            known, last = connection.scalar(select(func.max(ORDERS.c.no))) or 0, self._trail.handed_out()
            if last > known:
                self._enter(connection, last, f"lost-{last:04d}", "", DAY_UNKNOWN, "stopped", {}, [])
            touched = [(ORDERS, [last])] if last > known else []
            self._trail.seal(connection, None, RECONCILED, touched, reason=reason, **outcome, lost=max(0, last - known))
        self._trail.keep()

    def adopt_order(
        self, no: int, name: str, issuer: str, day: date, request: Mapping[str, Any], inputs: Sequence[Any], reason: str
    ) -> OrderRow:
        """Open an order again that the ledger has forgotten, under its own number."""
        with self._engine.begin() as connection:
            self._enter(connection, no, name, issuer, day, "open", request, inputs)
            self._trail.write(connection, no, "adopted", [(ORDERS, [no])], order=name, reason=reason)
            return order_of(connection.execute(select(ORDERS).where(ORDERS.c.no == no)).one())

    def void_order(self, no: int, name: str, issuer: str, day: date, reason: str) -> None:
        """Pass over the number of an order that was handed off and shall not count; `name` is what its folder is called now."""
        with self._engine.begin() as connection:
            self._enter(connection, no, name, issuer, day, "stopped", {"kind": "void"}, [])
            self._trail.write(connection, no, "void", [(ORDERS, [no])], order=name, reason=reason)

    def _enter(
        self, connection: Connection, no: int, name: str, issuer: str, day: date, state: str, request: Any, inputs: Any
    ) -> None:
        """A row of `orders` under a number that is free, or is a stopped order's. LedgerError where another order has it."""
        asked = {"request": json.dumps(request, ensure_ascii=False), "inputs": json.dumps(inputs, ensure_ascii=False)}
        values = {"id": name, "issuer": issuer, "day": day.isoformat(), "state": state, **asked}
        row = connection.execute(select(ORDERS.c.state).where(ORDERS.c.no == no)).one_or_none()
        if row and row.state not in ("stopped", "open"):
            raise LedgerError(Problem("reconcile-number-taken", name, {"no": no}))
        into: Any = update(ORDERS).where(ORDERS.c.no == no) if row else insert(ORDERS).values(no=no)
        connection.execute(into.values(values))
