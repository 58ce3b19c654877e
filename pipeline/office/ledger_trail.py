"""Who writes the audit trail: entries with their time and person, and a signed checkpoint after what counts."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select

from pipeline.base.problems import LedgerError, Problem
from pipeline.office import ledger_events
from pipeline.office.ledger_events import Touched
from pipeline.office.ledger_schema import CHECKPOINTS, EVENTS, ORDERS

if TYPE_CHECKING:  # it brings the cryptography, which a worker needs not
    from pipeline.office.notary import Checkpoint, Notary

RESTORED, RECONCILED, ERASED = "restored", "reconciled", "erased"


class Trail:
    """The trail of one person's work on a ledger. Without a notary nothing is signed."""

    def __init__(self, now: Callable[[], str], actor: str, notary: "Notary | None" = None):
        self._now, self._actor, self._notary = now, actor, notary
        self._unkept: Checkpoint | None = None
        self.reconciling = False

    def now(self) -> str:
        """The time, for a row that says it too."""
        return self._now()

    def write(self, connection: Connection, order_no: int | None, kind: str, touched: Touched = (), **detail: Any) -> None:
        """Add an entry, as the last thing of a transaction. `touched` are rows of small tables that were written."""
        ledger_events.append(connection, self._now(), self._actor, order_no, kind, touched, detail)

    def seal(self, connection: Connection, order_no: int | None, kind: str, touched: Touched = (), **detail: Any) -> None:
        """Add an entry and sign all there is. The entry says the checkpoint's number, so that none can be taken away."""
        if self._notary is None:
            self.write(connection, order_no, kind, touched, **detail)
            return
        no = (connection.scalar(select(func.max(CHECKPOINTS.c.no))) or 0) + 1
        self.write(connection, order_no, kind, touched, **detail, checkpoint=no)
        orders = connection.scalar(select(func.max(ORDERS.c.no))) or 0
        made = self._notary.certify(no, self._now(), *ledger_events.last(connection), orders)
        connection.execute(insert(CHECKPOINTS).values(asdict(made)))
        self._unkept = made

    def keep(self) -> None:
        """After the commit: keep the last checkpoint outside the database."""
        if self._notary is not None and self._unkept is not None:
            self._notary.keep(self._unkept)
            self._unkept = None

    def handed_out(self) -> int:
        """How many orders the checkpoint that was kept last knows of."""
        kept = self._notary.last() if self._notary else None
        return kept.orders if kept else 0

    def may_issue(self, connection: Connection) -> None:
        """LedgerError where the ledger is a copy that nobody compared with what was handed off since.

        A restored backup says so itself; an older file put in the place of the ledger has fewer entries than were signed last.
        While somebody compares, what is adopted may go in.
        """
        if self.reconciling:
            return
        states = EVENTS.c.kind.in_((RESTORED, RECONCILED))
        state = connection.execute(select(EVENTS.c.kind).where(states).order_by(EVENTS.c.id.desc()).limit(1)).scalar()
        if state == RESTORED:
            raise LedgerError(Problem("ledger-not-reconciled", "ledger"))
        if self._notary is not None and (kept := self._notary.last()) is not None and not stands(connection, kept):
            raise LedgerError(Problem("ledger-behind", "ledger", {"events": kept.events, "at": kept.at}))


def stands(connection: Connection, checkpoint: "Checkpoint") -> bool:
    """Whether the chain still goes through a checkpoint."""
    found = connection.scalar(select(EVENTS.c.hash).where(EVENTS.c.id == checkpoint.events))
    return (found or "") == checkpoint.head


def opened(connection: Connection, order_no: int | None) -> dict[str, str]:
    """When an order was opened, and by whom, as values of a message."""
    began = EVENTS.c.kind.in_(("opened", "opened-again"))
    query = select(EVENTS.c.at, EVENTS.c.actor).where(EVENTS.c.order_no == order_no, began).order_by(EVENTS.c.id.desc())
    row = connection.execute(query.limit(1)).one_or_none()
    return {"at": row.at, "by": row.actor or "—"} if row else {"at": "—", "by": "—"}
