"""Progress on stderr: a bar with rate and time left on a terminal, a plain line now and then otherwise."""

import sys
import time
from types import TracebackType
from typing import Any, Self

STAGES = {"plan": "読込・判定", "print": "作成・検査", "handoff": "引き渡し", "lists": "一覧", "verify": "照合"}
_EVERY = 5.0  # seconds between plain lines


class Bar:
    """Shows the stages of a job; a context manager, and what the job calls with stage, done and total."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._rich: Any = None
        self._tasks: dict[str, Any] = {}
        self._last = time.monotonic()
        self._start = self._last

    def __enter__(self) -> Self:
        if self._terminal:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            speed = TextColumn("{task.fields[rate]}")
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), speed, TimeRemainingColumn())
            self._rich = Progress(*columns, console=Console(stderr=True))
            self._rich.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rich:
            self._rich.stop()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        name = STAGES.get(stage, stage)
        if self._rich:
            if stage not in self._tasks:
                self._tasks[stage] = self._rich.add_task(name, total=total, rate=""), now, done
            task, start, first = self._tasks[stage]
            rate = f"{(done - first) / (now - start):,.0f} 件/秒" if now > start and done > first else ""
            self._rich.update(task, completed=done, total=total, rate=rate)
        elif now - self._last >= _EVERY:
            self._last = now
            of = f"/{total:,}" if total else ""
            print(f"{name} {done:,}{of}（{now - self._start:.0f} 秒経過）", file=sys.stderr, flush=True)
