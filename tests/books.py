"""A small ledger with something of everything: issued, expired, reissued, held, discarded and unfinished."""

from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

from pipeline.model.lot import Piece
from pipeline.office import completion
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_desk import Account, Case, put_account, put_case, put_note
from pipeline.office.ledger_rows import Batch, Claim, DecisionRow, OrderRow, PartPlan
from pipeline.office.notary import Notary

DAY = date(2026, 11, 23)
_BAD_DATE = '{"column": "生年月日"}'
CARD = {"card": PartPlan("sheet", 2, 1, 1, "fingerprint")}


def clock() -> Iterator[str]:
    """A second passes at every look."""
    return (f"2026-11-23T09:{n // 60:02d}:{n % 60:02d}+09:00" for n in count())


def opened(url: str, folder: Path) -> Ledger:
    """A ledger with its notary's files in `folder`."""
    return Ledger(url, clock().__next__, actor="suzuki", notary=notary(folder), keys=folder / "keys")


def notary(folder: Path) -> Notary:
    """The notary with its files in `folder`."""
    return Notary(folder / "ledger.key", folder / "ledger.checkpoint")


def begin(ledger: Ledger, name: str = "order", day: date = DAY) -> OrderRow:
    """Open an order."""
    return ledger.open_order(name, "demo", day, {"kind": "produce"}, [], lambda _: None)


def claims(order: OrderRow, keys: list[str], expires: str | None = None, document: str = "card") -> Batch:
    """A claim a key."""
    batch = Batch()
    for n, key in enumerate(keys, 1):
        name = f"{order.no:04d}-{n:07d}-A"
        batch.decisions.append(DecisionRow(n, document, key, "m.csv", n + 1, "issue", "all", "new"))
        batch.claims.append(
            Claim(name, n, key, document, order.day.isoformat(), expires, "home", "new", f'[["{key}"],[0],["p{n}"]]')
        )
        batch.records[n] = (key, "{}")
    return batch


def finish(ledger: Ledger, order: OrderRow, members: int, until: str = "done") -> None:
    """Carry an order on to parts `made`, or to its end."""
    ledger.settle(order, members, CARD)
    for lot in ledger.lots(order):
        for chunk, _, _ in ledger.chunks(lot.name):
            places = [Piece(serial, 1, chunk.part, chunk.first_sheet, n) for n, serial in enumerate(ledger.serials(chunk), 1)]
            ledger.part_made(order, chunk, f"{chunk.part:064d}", "{}", places)
        if until == "done":
            ledger.lot_done(order, lot.name, "hash")
    if until == "done":
        ledger.done(order)


def close(ledger: Ledger, order: OrderRow, folder: Path) -> None:
    """Close an order whose only piece is spoiled and written off; one of the order before is spoiled as well."""
    place = folder / order.id
    place.mkdir()
    (lot,) = ledger.lots(order)
    (chunk, _, _), *_ = ledger.chunks(lot.name)
    completion.note_spoils(ledger, lot, ledger.standings(ledger.serials(chunk)), "fold", "suzuki", write_off=True)
    before = ledger.standings(["0002-0000001-A"])
    completion.note_spoils(ledger, lot._replace(name=before[0].lot), before, "stain", "suzuki", write_off=False)
    completion.receive(ledger, lot, completion.Received(place, DAY, 1, 0), "suzuki")
    known = ledger.order(order.id)
    assert known is not None
    completion.complete(ledger, known, place, DAY, "suzuki")


def at_the_desk(ledger: Ledger) -> None:
    """Two people with accounts, and two cases of which one was cancelled."""
    with ledger.writing() as (connection, trail):
        for name in ("sato", "suzuki"):
            one = Account(name, "operator", f"hash of {name}", "active", 0, "", "2026-11-23T09:00:00+09:00")
            trail.write(connection, None, "account-made", [put_account(connection, one)])
        for n, state in enumerate(("open", "cancelled")):
            told = ["[]", n, "", "", "", state, "sato", "2026-11-23T09:00:00+09:00"]
            case = Case(f"case-{n}", "demo", "d", "card", "0003-0000001-A", "lost", *told)  # type: ignore[arg-type]
            trail.write(connection, None, "case", [put_case(connection, case), put_note(connection, case.id, f"sealed {n}")])


def fill(url: str, folder: Path, spoiled: bool = True) -> None:
    """Fill a ledger; `spoiled` with what older ones have no tables for."""
    with opened(url, folder) as ledger:
        first = begin(ledger, "first", date(2025, 11, 1))
        ledger.add(first, claims(first, ["a", "b", "c"], "2026-11-22"))
        finish(ledger, first, 3)
        second = begin(ledger, "second")
        batch = claims(second, ["a", "d"])
        batch.decisions.append(
            DecisionRow(3, "card", "e", "m.csv", 4, "hold", "read", "bad", "", "member-bad-date", "m.csv row 4", _BAD_DATE)
        )
        ledger.add(second, batch)
        finish(ledger, second, 3)
        again = begin(ledger, "again")
        (held,) = ledger.active("demo", "d")
        batch = claims(again, ["d"])
        batch.claims = [claim._replace(replaces=held.id, reason="lost") for claim in batch.claims]
        ledger.replace(again, batch)
        finish(ledger, again, 1)
        if spoiled:
            close(ledger, again, folder)
            at_the_desk(ledger)
        stopped = begin(ledger, "stopped")
        ledger.add(stopped, claims(stopped, ["f"]))
        finish(ledger, stopped, 1, "made")
        ledger.discard(stopped, "stopped")
        planned = begin(ledger, "planned")
        ledger.add(planned, claims(planned, ["g", "h"]))
        finish(ledger, planned, 2, "made")
