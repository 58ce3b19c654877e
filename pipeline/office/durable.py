"""Files that are there whole or not at all, whatever happens to the machine."""

import os
from pathlib import Path


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)


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
