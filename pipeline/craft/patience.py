"""Work in Python that is ended where it takes too long, in whatever thread it runs.

An exception is raised in the working thread from outside it, again and again until it comes out: handlers on the way clean up
as for any other exception. What waits in C is not reached; the typesetter is Python.
"""

import ctypes
import threading
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
    watch = _Watch(threading.get_ident(), seconds)
    try:
        try:
            return work()
        finally:
            watch.end()
    except _Enough:
        watch.end()
        raise TookTooLong from None


class _Watch:
    def __init__(self, thread: int, seconds: float):
        self._thread, self._seconds = ctypes.c_ulong(thread), seconds
        self._over, self._lock = threading.Event(), threading.Lock()
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
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread, ctypes.py_object(_Enough))
            patience = _AGAIN
