"""Running things for the benchmark: one core pinned, CPU seconds counted, peak memory of the largest process."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

ROOT = Path(__file__).parents[2]
_ALL_WELL = (0, 4)  # 4: some records are held
_MEGABYTE = 1_000_000
# A new process counts the memory of whoever began it into its own peak, so a bare interpreter stands in between. What it
# is told of the command with wait4 holds every descendant: CPU seconds added, peak memory of the largest.
LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - start
told = [os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024]
open(sys.argv[1], "w").write(json.dumps(told))
"""
Result = TypeVar("Result")


class Run(NamedTuple):
    """What a command used: user and system CPU seconds, wall seconds, peak resident memory in MB, and its answer."""

    cpu: float
    wall: float
    peak: float
    answer: Any


def pin() -> None:
    """Keep to one core: neighbours then cost wall time, not CPU time."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def cpu(work: Callable[[], Result]) -> tuple[float, Result]:
    """User and system CPU seconds of a call in this process, and its result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def shikaku(*words: str | Path, home: Path = ROOT) -> Run:
    """Run the command as a user would, with --json; `home` is the project folder whose layouts and cache it uses.

    Descendants are counted. SystemExit with its words unless all went well or some records are held.
    """
    command = [sys.executable, "-m", "pipeline", *map(str, words), "--json"]
    environment = {**os.environ, "SHIKAKU_HOME": str(home)}
    environment.pop("SHIKAKU_LEDGER", None)
    with tempfile.NamedTemporaryFile("r") as used:
        begin = [sys.executable, "-I", "-S", "-c", LAUNCHER, used.name]
        done = subprocess.run([*begin, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"the launcher failed: {done.stderr}")
        code, seconds, wall, peak = json.loads(used.read())
    if code not in _ALL_WELL:
        raise SystemExit(f"{' '.join(command)} → {code}\n{done.stdout}\n{done.stderr}")
    return Run(seconds, wall, peak / _MEGABYTE, json.loads(done.stdout))


def machine() -> str:
    """What the figures were measured on, in a line."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = (line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name"))
        model = next(named, model)
    load = os.getloadavg()[0]
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{model}, {os.cpu_count()} cores of which one is used, Python {python}, load {load:.1f} at the start"
