"""Work in Python that is ended where it takes too long, in whatever thread it runs.

An exception is raised in the working thread from outside it, again and again until it comes out: handlers on the way clean up
as for any other exception. A finalizer or a callback of the collector may swallow it, so what comes back late is not taken
either. What waits in C is not reached; the typesetter is Python.
"""

import ctypes
import threading
import time
from collections.abc import Callable
from typing import TypeVar

_Made = TypeVar("_Made")
_AGAIN = 0.5  # seconds until what was swallowed on the way is raised anew


class TookTooLong(Exception):
    """The work was ended; nothing of it is left."""


class _Enough(BaseException):
    """No handler of the work's own takes this one for a fault it knows."""


def within(seconds: float, work: Callable[[], _Made]) -> _Made:
    """What the work returns. TookTooLong where it has not in so many seconds."""
    began = time.monotonic()
    watch = _Watch(threading.get_ident(), seconds)
    try:
        try:
            watch.start()
            made = work()
        finally:
            watch.end()
    except _Enough:
        watch.end()
        raise TookTooLong from None
    if watch.struck or time.monotonic() - began > seconds:
        raise TookTooLong
    return made


class _Watch:
    def __init__(self, thread: int, seconds: float):
        self._thread, self._seconds = ctypes.c_ulong(thread), seconds
        self._over, self._lock = threading.Event(), threading.Lock()
        self.struck = False  # the work was interrupted, whatever came of it

    def start(self) -> None:
        threading.Thread(target=self._look, daemon=True).start()

    def end(self) -> None:
        """Raise nothing any more, not even what has been set but was not raised yet."""
        with self._lock:
            self._over.set()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread, None)

    def _look(self) -> None:
        patience = self._seconds
        while not self._over.wait(patience):
            with self._lock:
                if not self._over.is_set():
                    self.struck = True
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread, ctypes.py_object(_Enough))
            patience = _AGAIN
