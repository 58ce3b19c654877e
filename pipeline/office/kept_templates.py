"""Compiled templates on the disk, named by the hash of all that went into them and checked against their own hash."""

import hashlib
import pickle
from pathlib import Path

from pipeline.model.template import Template
from pipeline.office.durable import write_atomic


def find(folder: Path, key: str) -> Template | None:
    """A template that was kept; anything unlike what was written there is not used."""
    try:
        data = (folder / f"{key}.template").read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data[32:]).digest() != data[:32]:
        return None
    kept = pickle.loads(data[32:])
    return kept if isinstance(kept, Template) else None


def keep(folder: Path, key: str, template: Template) -> None:
    """Keep a template; a place that cannot be written only costs time."""
    data = pickle.dumps(template, protocol=5)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(folder / f"{key}.template", hashlib.sha256(data).digest() + data)
    except OSError:
        return
