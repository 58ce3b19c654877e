"""The runner: parts are made by workers; what they made is recorded by the parent as it comes.

Workers are processes; one worker, or one part, needs none.
"""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from multiprocessing import get_context

from pipeline.base.problems import HandoffError, Problem
from pipeline.model.lot import Chunk
from pipeline.office.durable import disk_error
from pipeline.office.worker import Made, Press, Worker, begin, make


def run(press: Press, chunks: Sequence[Chunk], workers: int) -> Iterator[Made]:
    """Make parts; yields each as it is finished. HandoffError where the disk or a worker gives up."""
    count = min(workers or os.cpu_count() or 1, len(chunks))
    try:
        yield from _alone(press, chunks) if count <= 1 else _together(press, chunks, count)
    except BrokenExecutor:
        raise HandoffError(Problem("worker-lost", str(press.folder.parent.name))) from None
    except OSError as fault:
        raise disk_error(fault, press.folder.parent.name) from None


def _alone(press: Press, chunks: Sequence[Chunk]) -> Iterator[Made]:
    worker = Worker(press)
    with worker.ledger:  # a server lives on, and a process that forks must not have it open
        for chunk in chunks:
            yield worker.make(chunk)


def _together(press: Press, chunks: Sequence[Chunk], workers: int) -> Iterator[Made]:
    from concurrent.futures import ProcessPoolExecutor  # one worker needs none, and it takes its time

    pool = ProcessPoolExecutor(workers, get_context("spawn"), begin, (press,))
    try:
        waiting: set[Future[Made]] = set()
        left = iter(chunks)
        for chunk in left:
            with _undisturbed():
                waiting.add(pool.submit(make, chunk))
            if len(waiting) > workers:
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ready)
        while waiting:
            ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in ready)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits until the end, and never reaches a process that is begun in here: its parent tells it.

    The mask is for the children, who inherit it; other threads of this process may still get the signal, hence the handler.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupted.append(number))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, before)
    if interrupted:
        raise KeyboardInterrupt
