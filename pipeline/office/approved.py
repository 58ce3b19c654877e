"""Approved prints of sample members, kept as files beside the orders: what the designer's page compares with.

No ledger knows of them; they say how a piece looked when somebody looked and agreed.
"""

import re
from pathlib import Path

from pipeline.office.durable import disk_error, write_atomic

_NAME = re.compile(r"[\w-]*", re.ASCII)


def approved(root: Path, document: str, issuer: str, sample: str) -> bytes | None:
    """The approved print of a piece as PDF, if there is one."""
    file = _file(root, document, issuer, sample)
    return file.read_bytes() if file.is_file() else None


def keep_approved(root: Path, document: str, issuer: str, sample: str, pdf: bytes) -> None:
    """Keep a print as the approved one. HandoffError if the disk refuses."""
    file = _file(root, document, issuer, sample)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, pdf)
    except OSError as fault:
        raise disk_error(fault, file.name) from None


def _file(root: Path, document: str, issuer: str, sample: str) -> Path:
    if not all(_NAME.fullmatch(name) for name in (document, issuer, sample)):
        raise ValueError("a name of the page is not one of a folder")  # known names only come here
    return root / "output" / "approved" / document / issuer / f"{sample or 'usual'}.pdf"
