"""An order's folder: begun once, worked on by one process at a time, and cleared of its work when all is there.

output/<order>/order.json  office/  handoff/<lot>/  .work/<lot>/sheets-0001.pdf
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pipeline.base.problems import HandoffError, LedgerError, Problem
from pipeline.model.lot import Chunk
from pipeline.model.sheet import SheetDesign
from pipeline.office.durable import disk_error, sync
from pipeline.office.worker import part_names, sums_of

WORK = ".work"
HANDOFF = "handoff"


@contextmanager
def disk_faults(order: str) -> Iterator[None]:
    """A disk that is full or cannot be written becomes a HandoffError."""
    try:
        yield
    except OSError as fault:
        raise disk_error(fault, order) from None


class OrderFolder(NamedTuple):
    """The folder of one order."""

    path: Path

    @property
    def work(self) -> Path:
        return self.path / WORK

    def lot(self, name: str) -> Path:
        """Where a lot is handed off."""
        return self.path / HANDOFF / name

    def draft(self, name: str) -> Path:
        """Where a lot's parts are made."""
        return self.work / name

    def check_free(self) -> None:
        """HandoffError if something stands where a new order's folder shall be."""
        if self.path.exists():
            raise HandoffError(Problem("order-folder-exists", self.path.name, {"name": self.path.name}))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Work in the folder alone; LedgerError while another process does. The lock ends with the process."""
        self.work.mkdir(parents=True, exist_ok=True, mode=0o700)  # parts hold names
        sync(self.path.parent)
        with (self.work / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LedgerError(Problem("ledger-order-running", self.path.name, {"order": self.path.name})) from None
            self._clear_drafts()
            yield

    def has(self, chunk: Chunk, design: SheetDesign, sha256: str) -> bool:
        """Whether a part is there as it was recorded, with all its files."""
        paths = [self.draft(chunk.lot) / name for name in part_names(chunk.part, design)]
        return bool(sha256) and all(path.is_file() for path in paths) and sums_of(paths) == sha256

    def _clear_drafts(self) -> None:
        """Throw away half-written files of a run that was cut off."""
        for draft in [*self.work.glob("**/*.tmp"), *self.path.glob("*.tmp")]:
            draft.unlink(missing_ok=True)

    def clear(self) -> None:
        """Everything is there: remove the work folder."""
        shutil.rmtree(self.work, ignore_errors=True)
        sync(self.path)
