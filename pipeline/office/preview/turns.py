"""One thread does all printing and all pictures, one thing at a time: neither WeasyPrint nor PDFium likes company.

What a person waits for goes before what is made ahead.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from itertools import count
from queue import PriorityQueue
from typing import Any, TypeVar

Result = TypeVar("Result")


class Turn(IntEnum):
    """Who goes first."""

    LOOKED_AT = 0
    AHEAD = 1
    GALLERY = 2
    END = 3


class Turns:
    """The thread and what waits for it."""

    def __init__(self) -> None:
        self._waiting: PriorityQueue[tuple[Turn, int, Callable[[], Any], Future[Any]]] = PriorityQueue()
        self._numbers = count()
        threading.Thread(target=self._work, name="press", daemon=True).start()

    async def take(self, turn: Turn, work: Callable[[], Result]) -> Result:
        """Do something in the thread when its turn comes; its result, or what it raises."""
        return await asyncio.wrap_future(self.begin(turn, work))

    def begin(self, turn: Turn, work: Callable[[], Result]) -> "Future[Result]":
        """The same without waiting for it; what is cancelled before its turn is not done."""
        future: Future[Result] = Future()
        self._waiting.put((turn, next(self._numbers), work, future))
        return future

    def _work(self) -> None:
        while True:
            _, _, work, future = self._waiting.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as fault:  # whoever waits is told
                future.set_exception(fault)
