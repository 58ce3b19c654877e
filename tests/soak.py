"""`make soak`: what the tests do in seconds, for as long as it takes.

An order is killed at random by the command line as users run it, resumed, killed again while it resumes, and must end as
the order that nobody disturbed: the same bytes in every file, the same ledger. Then one large order: peak memory, and every
lot read back with `shikaku verify`.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests import orders
from tests.bench.measure import shikaku
from tests.synthetic import write_members
from tests.test_never_twice import counts, order_folder, order_names

KILLS = 200
MEMBERS = 100_000
COUNT = 1_500  # members of the order that is killed; a few seconds with two workers
KILLS_OF_ONE = 4  # of one order at most; then it may finish
MOST_MEMORY = 400  # MB
_ENDED = (0, 4)  # 4: some records are held, as they must be here
_DAY = ("--issuer", orders.ISSUER, "--day", str(orders.DAY), "--cutoff", str(orders.DAY))


class Undisturbed:
    """The order that nobody kills: its files, its ledger, and how long it takes."""

    def __init__(self, folder: Path):
        self.members = orders.write_members(folder / "members.csv", COUNT)
        start = time.perf_counter()
        code = _wait(_command(self.members, folder / "whole"))
        self.seconds = time.perf_counter() - start
        if code not in _ENDED:
            raise SystemExit(f"make soak: the undisturbed order ended with exit code {code}")
        self.tree = orders.tree(order_folder(folder / "whole"))
        self.counts = counts(folder / "whole")


def _command(members: Path, out: Path) -> subprocess.Popen[bytes]:
    """What the clerk does next: resume the order if the ledger knows one, else produce."""
    words: tuple[str | Path, ...] = ("produce", members, *_DAY, "--out", out)
    if order_names(out):
        words = ("resume", order_folder(out))
    command = [sys.executable, "-m", "pipeline", *map(str, words), "--workers", "2", "--json"]
    return subprocess.Popen(
        command, cwd=orders.ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _wait(running: subprocess.Popen[bytes], seconds: float | None = None) -> int:
    """Wait so long, then kill every process of the command at once; its exit code, -9 if it was killed."""
    try:
        return running.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        return running.wait()


def state(out: Path) -> str:
    """How far an order has come, from its folder."""
    if not order_names(out):
        return "not opened"
    folder = order_folder(out)
    lots = len(list(folder.glob("handoff/*/checksums.sha256")))
    parts = len(list(folder.glob(".work/**/sheets-*.pdf")))
    return f"{lots} lots handed off" if lots else "parts made" if parts else "planned or being planned"


def kill_and_resume(whole: Undisturbed, out: Path, chance: random.Random, most: int) -> list[str]:
    """One order, killed at most so often, then finished. The states in which it was killed; SystemExit if it differs."""
    killed: list[str] = []
    while len(killed) < most:
        code = _wait(_command(whole.members, out), chance.uniform(0.2, 1.1 * whole.seconds))
        if code in _ENDED:
            break
        if code != -signal.SIGKILL:
            raise SystemExit(f"make soak: exit code {code} after {killed}")
        killed.append(state(out))
    code = _wait(_command(whole.members, out))
    if code not in _ENDED:
        raise SystemExit(f"make soak: the last resume ended with exit code {code} after {killed}")
    found = orders.tree(order_folder(out))
    if found != whole.tree:
        wrong = sorted(name for name in found.keys() | whole.tree.keys() if found.get(name) != whole.tree.get(name))
        raise SystemExit(f"make soak: other bytes after {killed}: {', '.join(wrong[:10])}")
    if counts(out) != whole.counts:
        raise SystemExit(f"make soak: another ledger after {killed}")
    return killed


def soak(kills: int, seed: int, folder: Path) -> tuple[int, Counter[str]]:
    """So many kills, over as many orders as that takes: the orders finished, and the states they were killed in."""
    whole = Undisturbed(folder)
    print(f"undisturbed: {COUNT:,} members, {len(whole.tree)} files, {whole.seconds:.1f} s; seed {seed}", flush=True)
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    finished = 0
    while killed.total() < kills:
        out = folder / f"order-{finished}"
        most = min(KILLS_OF_ONE, kills - killed.total())
        killed.update(kill_and_resume(whole, out, chance, most))
        shutil.rmtree(out)
        finished += 1
        print(f"  {killed.total()} kills, {finished} orders finished, same bytes each", flush=True)
    return finished, killed


def large(members: int, folder: Path) -> float:
    """Peak memory in MB of a large order's largest process; every lot is read back. SystemExit if it is too much."""
    file = write_members(folder / "large.csv", members)
    run = shikaku("produce", file, *_DAY, "--out", folder / "large", "--workers", "2")
    issued = run.answer["tally"]["issued"]
    for lot in run.answer["lots"]:
        checked = shikaku("verify", lot["folder"])
        if checked.answer["documents"] != lot["documents"]:
            raise SystemExit(f"make soak: {lot['lot']} was not read back whole")
    if issued < members or run.peak > MOST_MEMORY:
        raise SystemExit(f"make soak: {issued:,} issued to {members:,} members, peak {run.peak:.0f} of {MOST_MEMORY} MB")
    print(f"large: {members:,} members, {issued:,} issued and read back, {run.wall:.0f} s", flush=True)
    return run.peak


def main(words: Sequence[str]) -> int:
    """Soak as asked; ends with one line."""
    parser = argparse.ArgumentParser("make soak", description="Orders killed at random and resumed; one large order.")
    parser.add_argument("--kills", type=int, default=KILLS, help=f"how often an order is killed ({KILLS})")
    parser.add_argument("--members", type=int, default=MEMBERS, help=f"members of the large order, 0: none ({MEMBERS})")
    parser.add_argument("--seed", type=int, default=1, help="of the times at which an order is killed (1)")
    asked = parser.parse_args(words)
    told = []
    with tempfile.TemporaryDirectory(prefix="shikaku-soak-") as folder:
        if asked.kills:
            finished, killed = soak(asked.kills, asked.seed, Path(folder))
            for name, times in sorted(killed.items()):
                print(f"  killed {times:>4} times: {name}")
            told.append(f"{killed.total()} kills, {finished} orders finished with the same bytes and the same ledger")
        if asked.members:
            peak = large(asked.members, Path(folder))
            told.append(f"{asked.members:,} members in {peak:.0f} MB a process at most")
    print(f"make soak: {'; '.join(told) or 'nothing asked'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
