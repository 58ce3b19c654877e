"""Reading the ledger: orders, lots, documents, and what a member holds. What is long is streamed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select

from pipeline.model.document import Document
from pipeline.model.lot import Chunk
from pipeline.office import ledger_spoils
from pipeline.office.ledger_engine import CACHE, connect, reading
from pipeline.office.ledger_rows import DecisionRow, Held, LotRow, OrderRow, day_of, order_of
from pipeline.office.ledger_schema import CHUNKS, DECISIONS, DOCUMENTS, EVENTS, ISSUES, LOTS, MEMBERS, ORDERS, PIECES
from pipeline.office.ledger_spoils import Standing
from pipeline.office.ledger_trail import opened
from pipeline.office.vault import Vault

_FETCH = 1000
_RECORD = (MEMBERS.c.order_no, MEMBERS.c.n, MEMBERS.c.record)


class LedgerReader:
    """A ledger that is only read. A context manager."""

    def __init__(self, url: str, vault: Vault, cache: int = CACHE):
        self.url, self.vault = url, vault
        self._engine: Engine = connect(url, cache)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._engine.dispose()

    def _reading(self) -> Connection:
        return reading(self._engine)

    def reading(self) -> Connection:
        """A connection that reads, for what other modules keep in the ledger. A context manager."""
        return self._reading()

    def _stream(self, query: Any) -> Iterator[Any]:
        with self._reading() as connection:
            yield from connection.execution_options(yield_per=_FETCH).execute(query)

    def order(self, order: str) -> OrderRow | None:
        """An order by its id."""
        with self._reading() as connection:
            row = connection.execute(select(ORDERS).where(ORDERS.c.id == order)).one_or_none()
        return order_of(row) if row else None

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
            texts, settings, payloads = json.loads(self.vault.document(serial, content))
            chosen = tuple(settings)
            yield Document(serial, tuple(map(same, texts, texts)), same(chosen, chosen), tuple(payloads))

    def bundles(self, lot: str) -> int:
        """How many bundles a lot has; 0 where its pieces are not bundled."""
        query = select(func.count(func.distinct(ISSUES.c.bundle))).join(PIECES, PIECES.c.issue == ISSUES.c.id)
        with self._reading() as connection:
            return int(connection.scalar(query.where(PIECES.c.lot == lot, ISSUES.c.bundle != "")) or 0)

    def bundle_keys(self, lot: str) -> Iterator[str]:
        """Of each piece of a lot, in its order, streamed: its bundle's key."""
        query = select(ISSUES.c.bundle).join(PIECES, PIECES.c.issue == ISSUES.c.id).where(PIECES.c.lot == lot)
        for row in self._stream(query.order_by(PIECES.c.seq)):
            yield row.bundle

    def first_places(self, lot: str) -> tuple[str, list[int]]:
        """The lot in which a lot's pieces were when they were issued, and their places there; itself: no places."""
        with self._reading() as connection:
            return ledger_spoils.first_places(connection, lot)

    def recipients(self, lot: str) -> Iterator[tuple[str, str, str]]:
        """Of each piece of a lot, in its order, streamed: its bundle's key, serial, and the member's record."""
        query = (
            select(ISSUES.c.bundle, PIECES.c.serial, *_RECORD)
            .join(PIECES, PIECES.c.issue == ISSUES.c.id)
            .join(MEMBERS, and_(MEMBERS.c.order_no == ISSUES.c.order_no, MEMBERS.c.n == ISSUES.c.n))
            .where(PIECES.c.lot == lot)
            .order_by(PIECES.c.seq)
        )
        for bundle, serial, *record in self._stream(query):
            yield bundle, serial, self.vault.member(*record)

    def serials(self, chunk: Chunk) -> list[str]:
        """The serials of a part in the lot's order."""
        within = and_(PIECES.c.lot == chunk.lot, PIECES.c.seq >= chunk.first, PIECES.c.seq < chunk.first + chunk.count)
        with self._reading() as connection:
            return list(connection.scalars(select(PIECES.c.serial).where(within).order_by(PIECES.c.seq)))

    def places(self, chunk: Chunk) -> list[tuple[str, int, int]]:
        """Of each piece of a finished part its serial, and sheet and slot of its first leaf."""
        within = and_(PIECES.c.lot == chunk.lot, PIECES.c.seq >= chunk.first, PIECES.c.seq < chunk.first + chunk.count)
        query = select(PIECES.c.serial, PIECES.c.sheet, PIECES.c.slot).where(within).order_by(PIECES.c.seq)
        with self._reading() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    def origin(self, chunk: Chunk) -> Chunk | None:
        """The part in which a part's pieces were when they were issued; None where this is it."""
        with self._reading() as connection:
            return ledger_spoils.origin(connection, chunk)

    def standings(self, serials: Sequence[str]) -> list[Standing]:
        """How pieces stand, in the order in which they were issued."""
        with self._reading() as connection:
            return ledger_spoils.standings(connection, serials)

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
            told = [opened(connection, row.order_no) for row in rows]
        return [
            Held(
                r.id, r.document, r.state, day_of(r.expires_on), r.channel, self.vault.member(r.order_no, r.n, r.record),
                r.order, r.issued_on, r.replaces or "", first["at"], first["by"],
            )
            for r, first in zip(rows, told, strict=True)
        ]  # fmt: skip

    def entries(self, kinds: Sequence[str]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Entries of the audit trail of some kinds, oldest first: kind, time, and what they say."""
        query = select(EVENTS.c.kind, EVENTS.c.at, EVENTS.c.detail).where(EVENTS.c.kind.in_(kinds)).order_by(EVENTS.c.id)
        for row in self._stream(query):
            yield row.kind, row.at, json.loads(row.detail)

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
