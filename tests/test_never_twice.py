"""Killed anywhere and resumed: every member exactly once, and the same bytes as the run that nobody disturbed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.office import job
from pipeline.office.ledger import Ledger
from tests import cuts, orders

COUNT = 40
POINTS = 20
EXIT_HELD = 4  # the sample has records that are held


class Whole:
    """The run that nobody disturbed, and how many steps it has."""

    def __init__(self, folder: Path):
        self.members = orders.write_members(folder / "members.csv", COUNT)
        produce(self.members, folder / "warm")  # what this process knows by then, those that are cut have from it
        out = folder / "whole"
        steps = folder / "steps"
        assert cuts.run(lambda: produce(self.members, out), count=steps) == EXIT_HELD
        self.steps = int(steps.read_text())
        self.tree = orders.tree(order_folder(out))
        self.counts = counts(out)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("never-twice"))


def produce(members: Path, out: Path) -> int:
    return job.produce(orders.request(members), orders.shop(out)).exit_code


def resume(out: Path) -> int:
    return job.resume(order_folder(out), orders.shop(out)).exit_code


def order_folder(out: Path) -> Path:
    (name,) = order_names(out)
    return out / name


def order_names(out: Path) -> list[str]:
    if not (out / "ledger.sqlite").exists():
        return []
    with Ledger(f"sqlite:///{out}/ledger.sqlite", str) as ledger, ledger._reading() as connection:
        return list(connection.exec_driver_sql("SELECT id FROM orders").scalars())


def counts(out: Path) -> list[tuple[str, str, str, int]]:
    with Ledger(f"sqlite:///{out}/ledger.sqlite", str) as ledger:
        return ledger.counts()


def finish(members: Path, out: Path) -> int:
    """What the clerk does after a cut: resume, or produce if the order was never opened."""
    return cuts.run(lambda: resume(out) if order_names(out) else produce(members, out))


def check(whole: Whole, out: Path) -> None:
    assert orders.tree(order_folder(out)) == whole.tree
    assert counts(out) == whole.counts


def test_the_undisturbed_run_is_whole(whole: Whole) -> None:
    assert whole.steps > 40
    assert {name.split("/")[0] for name in whole.tree} == {"order.json", "office", "handoff"}
    assert {state for *_, state, _ in whole.counts} == {"issued"}


def test_the_same_order_again_issues_nothing(whole: Whole, tmp_path: Path) -> None:
    assert produce(whole.members, tmp_path) == EXIT_HELD
    before = counts(tmp_path)
    report = job.produce(orders.request(whole.members), orders.shop(tmp_path))
    assert report.tally.issued == 0
    assert report.tally.already_issued == sum(number for *_, number in before)
    assert counts(tmp_path) == before


def points(total: int, wanted: int) -> list[int]:
    """Evenly spread steps, the first and the last among them."""
    return sorted({1 + round(n * (total - 1) / (wanted - 1)) for n in range(wanted)})


@pytest.mark.parametrize("part", range(POINTS))
def test_killed_at_a_step(whole: Whole, tmp_path: Path, part: int) -> None:
    at = points(whole.steps, POINTS)[part]
    assert cuts.run(lambda: produce(whole.members, tmp_path), at) == cuts.KILLED
    ended = (EXIT_HELD, 0) if part == POINTS - 1 else (EXIT_HELD,)  # the last step only keeps a checkpoint: all is done
    assert finish(whole.members, tmp_path) in ended
    check(whole, tmp_path)


def test_killed_again_while_it_resumes(whole: Whole, tmp_path: Path) -> None:
    assert cuts.run(lambda: produce(whole.members, tmp_path), whole.steps // 3) == cuts.KILLED
    assert cuts.run(lambda: resume(tmp_path), whole.steps // 3) == cuts.KILLED
    assert finish(whole.members, tmp_path) == EXIT_HELD
    check(whole, tmp_path)


@pytest.mark.parametrize("part", range(0, POINTS, 2))
def test_a_step_that_fails_is_told_and_can_be_resumed(whole: Whole, tmp_path: Path, part: int) -> None:
    """No room at the n-th write: exit code 8, nothing half-handed off, and resume ends as if nothing had been."""
    at = points(whole.steps // 2, POINTS)[part]
    code = cuts.run(lambda: produce(whole.members, tmp_path), at, fails=True)
    assert code in (8, EXIT_HELD)  # the step may be a commit, which does not fail, and late ones are fewer here
    for lot in tmp_path.glob("*/handoff/*"):
        assert (lot / "checksums.sha256").exists()
    if code == 8:
        assert finish(whole.members, tmp_path) == EXIT_HELD
    check(whole, tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_a_process_group_killed_at_any_time(whole: Whole, tmp_path: Path, seed: int) -> None:
    kill_at_random(whole, tmp_path, seed)


def kill_at_random(whole: Whole, out: Path, seed: int) -> None:
    """The command as users run it, with two workers; all its processes are killed at once (soak: more seeds)."""
    command = [sys.executable, "-m", "pipeline", "produce", str(whole.members), "--issuer", orders.ISSUER]
    command += [
        "--day",
        str(orders.DAY),
        "--cutoff",
        str(orders.DAY),
        "--only",
        orders.CARD,
        "--out",
        str(out),
        "--workers",
        "2",
        "--json",
    ]
    running = subprocess.Popen(
        command, cwd=orders.ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(random.Random(seed).uniform(0.3, 4.0))
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert finish(whole.members, out) in (EXIT_HELD, 0)
    check(whole, out)
