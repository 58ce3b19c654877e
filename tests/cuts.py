"""Cut a run at its n-th step: kill it there, or let the step fail.

A step is an fsync, a rename, or a commit of the ledger; each counts once before and once after it happens. Runs are
children of this process, so that SIGKILL is a real one.
"""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Engine, event

from pipeline.base.problems import ShikakuError

KILLED = -signal.SIGKILL
CRASHED = 99


def run(work: Callable[[], int], at: int = 0, fails: bool = False, count: Path | None = None) -> int:
    """Run `work` in a child; returns its exit code, or KILLED. `at` is the step that cuts it; `count` gets all."""
    child = os.fork()
    if not child:
        _child(work, at, fails, count)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _child(work: Callable[[], int], at: int, fails: bool, count: Path | None) -> NoReturn:
    code = CRASHED
    try:
        steps = _Steps(at, fails)
        code = work()
        if count:
            count.write_text(str(steps.done))
    except ShikakuError as fault:
        code = fault.exit_code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


class _Steps:
    """Counts the steps of this process, and cuts it."""

    def __init__(self, at: int, fails: bool):
        self.at, self.fails, self.done = at, fails, 0
        for name in ("fsync", "replace", "rename"):
            setattr(os, name, self._around(getattr(os, name)))
        event.listen(Engine, "commit", lambda connection: self._step())

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            self._step()
            if self.fails and self.done == self.at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            found = call(*args, **options)
            if not self.fails:
                self._step()
            return found

        return counted

    def _step(self) -> None:
        self.done += 1
        if self.done == self.at and not self.fails:
            os.kill(os.getpid(), signal.SIGKILL)
