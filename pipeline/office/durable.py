"""Files that are there whole or not at all, whatever happens to the machine."""

import errno
import os
from pathlib import Path

from pipeline.base.problems import HandoffError, Problem

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all; nobody but its owner reads it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(draft, "wb", opener=_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def write_new(path: Path, data: bytes) -> None:
    """Write a file whole under a name that nobody has, whoever else tries; FileExistsError if somebody has."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        write_atomic(draft, data)
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)


def sync(path: Path) -> None:
    """Flush a file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def disk_error(fault: OSError, place: str) -> HandoffError:
    """What the operator is told of a disk that is full or cannot be written."""
    code = "disk-full" if fault.errno in _NO_SPACE else "disk-not-writable"
    return HandoffError(Problem(code, place, {"fault": os.strerror(fault.errno) if fault.errno else "?"}))
