"""Parts: where every leaf is, what is made again, and what stops the press."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.problems import HandoffError, LedgerError, PreflightError, Problem
from pipeline.model.lot import Chunk
from pipeline.office import job, runner, worker
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import PartPlan
from pipeline.office.planning import serial
from pipeline.stages.preflight import preflight
from tests import orders

COUNT = 30


@pytest.fixture
def members(tmp_path: Path) -> Path:
    return orders.write_members(tmp_path / "members.csv", COUNT)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def folder_of(out: Path) -> Path:
    (order,) = (path.parent for path in out.glob("*/order.json"))
    return order


def state(out: Path) -> tuple[str, list[dict[str, Any]]]:
    with Ledger(f"sqlite:///{out}/ledger.sqlite", str) as ledger:
        order = ledger.order(folder_of(out).name)
    assert order is not None
    return order.state, order.fault


@pytest.fixture
def bad_part(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The checker finds a fault in every part."""

    class Faulty:
        faults = (Problem("verify-part-differs", "sheet 1", {"file": "sheets-0001.pdf"}),)

        def as_json(self) -> dict[str, Any]:
            return {}

    monkeypatch.setattr(worker, "preflight", lambda *args, **options: Faulty())
    yield monkeypatch


def test_every_leaf_has_exactly_one_slot() -> None:
    plan = PartPlan("sheet", 21, 2, 3, "f")
    shop = orders.shop(orders.ROOT)
    design = shop.sheet("sra3-21up")
    slots, leaves = set(), set()
    template = orders.template_of_leaves(2)
    for chunk in plan.chunks("lot", 100):
        serials = [f"s{n}" for n in range(chunk.first, chunk.first + chunk.count)]
        for piece in worker.places(chunk, serials, template, design):
            slots.add((piece.sheet, piece.slot))
            leaves.add((piece.serial, piece.leaf))
            assert piece.part == chunk.part
    assert len(slots) == len(leaves) == 200
    assert {serial for serial, _ in leaves} == {f"s{n}" for n in range(100)}


def test_a_fault_stops_the_press_until_it_is_put_right(members: Path, out: Path, bad_part: pytest.MonkeyPatch) -> None:
    with pytest.raises(PreflightError) as caught:
        job.produce(orders.request(members), orders.shop(out))
    assert caught.value.exit_code == 6
    assert not (folder_of(out) / "handoff").exists()
    found, faults = state(out)
    assert (found, faults[0]["code"]) == ("planned", "verify-part-differs")
    bad_part.setattr(worker, "preflight", preflight)
    report = job.resume(folder_of(out), orders.shop(out), workers=1)
    assert report.tally.issued > 0
    assert state(out) == ("done", [])


def test_a_part_that_was_changed_or_lost_is_made_again(
    members: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = job.produce(orders.request(members), orders.shop(tmp_path / "whole")).folder

    def cut(*args: object) -> None:
        raise HandoffError(Problem("disk-full", "here", {"fault": "planned"}))

    with monkeypatch.context() as patch, pytest.raises(HandoffError):
        patch.setattr(job, "hand_off", cut)
        job.produce(orders.request(members), orders.shop(out))
    first, second, *_ = sorted(out.glob("*/.work/*/sheets-*.pdf"))
    first.write_bytes(first.read_bytes()[:-10])
    second.unlink()
    job.resume(folder_of(out), orders.shop(out), workers=1)
    assert orders.tree(folder_of(out)) == orders.tree(whole)


def test_a_folder_that_is_there_is_left_alone(members: Path, out: Path, tmp_path: Path) -> None:
    first = job.produce(orders.request(members), orders.shop(tmp_path / "first"))
    there = out / first.order
    there.mkdir(parents=True)
    (there / "mine.txt").write_text("mine")
    with pytest.raises(HandoffError) as caught:
        job.produce(orders.request(members), orders.shop(out))
    assert caught.value.problems[0].code == "order-folder-exists"
    assert orders.tree(there).keys() == {"mine.txt"}


def test_one_process_works_on_an_order(members: Path, out: Path, bad_part: pytest.MonkeyPatch) -> None:
    with pytest.raises(PreflightError):
        job.produce(orders.request(members), orders.shop(out))
    with (folder_of(out) / ".work" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(LedgerError) as caught:
            job.resume(folder_of(out), orders.shop(out))
    assert caught.value.problems[0].code == "ledger-order-running"


def test_a_worker_that_dies_is_told(members: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "make", _die)
    with pytest.raises(HandoffError) as caught:
        job.produce(orders.request(members, workers=2), orders.shop(out))
    assert caught.value.problems[0].code == "worker-lost"


def _die(chunk: Chunk) -> None:
    os._exit(1)


def test_serials_show_a_wrong_digit_and_a_swap() -> None:
    right = serial(12, 34567)
    assert right.startswith("0012-0034567-")
    digits = "00120034567"
    for at in range(len(digits)):
        for digit in "0123456789":
            other = digits[:at] + digit + digits[at + 1 :]
            assert (serial(int(other[:4]), int(other[4:]))[-1] == right[-1]) == (other == digits)
    for at in range(len(digits) - 1):
        other = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
        assert (serial(int(other[:4]), int(other[4:]))[-1] == right[-1]) == (other == digits)
