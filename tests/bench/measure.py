"""Running things for the benchmark: one core pinned, CPU seconds counted, peak memory of the largest process."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]


class Run(NamedTuple):
    """What a command used: user and system CPU seconds and wall seconds, peak resident memory in MiB, and its answer."""

    cpu: float
    wall: float
    peak: float
    answer: Any


def pin() -> None:
    """Keep to one core: neighbours then cost wall time, not CPU time."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a call in this process, and its result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def shikaku(*words: str | Path) -> Run:
    """Run the command as a user would, with --json; descendants are counted. Exit 4 (some records held) is all right."""
    command = [sys.executable, "-m", "pipeline", *map(str, words), "--json"]
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        answer, told = process.stdout.read(), process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode not in (0, 4):
        raise SystemExit(f"{' '.join(command)} → {process.returncode}\n{answer.decode()}\n{told.decode()}")
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, json.loads(answer))


def peak_of_children() -> float:
    """Peak resident memory of any finished descendant, MiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
