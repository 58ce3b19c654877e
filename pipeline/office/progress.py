"""Progress on stderr: a bar with rate and time left on a terminal, a plain line now and then otherwise. Owner of `rich`."""

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self

from pipeline.office.answers import STAGES

_EVERY = 5.0  # seconds between plain lines


class _Task(NamedTuple):
    id: Any
    start: float
    first: int


class Bar:
    """Shows the stages of a job; a context manager, and what the job calls with stage, done and total."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._terminal = sys.stderr.isatty()
        self._rich: Any = None
        self._tasks: dict[str, _Task] = {}
        self._start = self._last = seconds()

    def __enter__(self) -> Self:
        if self._terminal:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            rate, left = TextColumn("{task.fields[rate]}"), TimeRemainingColumn(compact=True)
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate, TextColumn("残り"), left)
            self._rich = Progress(*columns, console=Console(stderr=True))
            self._rich.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self._rich:
            self._rich.stop()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        now, name = self._seconds(), STAGES.get(stage, stage)
        begins = stage not in self._tasks
        if begins:
            made = self._rich.add_task(name, total=total, rate="") if self._rich else None
            self._tasks[stage] = _Task(made, now, done)
        task = self._tasks[stage]
        rate = (done - task.first) / (now - task.start) if now > task.start and done > task.first else 0.0
        if self._rich:
            self._rich.update(task.id, completed=done, total=total, rate=f"{rate:,.0f} 件/秒" if rate else "")
        elif begins or now - self._last >= _EVERY:
            self._last = now
            of = f"/{total:,}" if total else ""
            left = f"、残り約 {(total - done) / rate:,.0f} 秒" if total and rate else ""
            print(f"{name} {done:,}{of}（{now - self._start:.0f} 秒経過{left}）", file=sys.stderr, flush=True)
