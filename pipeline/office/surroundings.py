"""What the environment and the command say of the house, checked: the ledger's URL, who is at work, where keys may lie."""

import os
import pwd
from pathlib import Path

from pipeline.base.problems import Problem, UsageError
from pipeline.rules.numbers import holds_my_number

_LONGEST_NAME = 40
_SHORTEST, _HOUR = 0.001, 3600.0  # seconds
_SPACE = "　"  # between a family name and a given name


def ledger_url(text: str) -> str:
    """A ledger's URL; a plain path is that of an SQLite file. UsageError for another kind of URL."""
    if not text or text.startswith(("sqlite:///", "postgresql")):
        return text
    if "://" in text:
        raise UsageError(Problem("usage-bad-ledger", "--ledger"))
    return f"sqlite:///{Path(text).absolute()}"


def person(text: str) -> str:
    """Who is at work, as the audit trail names it: what was said, else the login name. UsageError where that is no name."""
    if not text:
        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:  # in a container users often have none
            return f"uid {os.getuid()}"
    if len(text) > _LONGEST_NAME or not text.replace(_SPACE, " ").isprintable() or not text.strip() or holds_my_number(text):
        raise UsageError(Problem("usage-bad-person", "--by"))
    return text.strip()


def patience(text: str, usual: float = 60.0) -> float:
    """How many seconds the typesetter may take for a page. UsageError where that is no number of seconds up to 3600."""
    if not text:
        return usual
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not _SHORTEST <= found <= _HOUR:
        raise UsageError(Problem("usage-bad-patience", "SHIKAKU_TYPESETTING_SECONDS"))
    return found


def outside(folder: Path, project: Path) -> Path:
    """A folder for secrets: outside the project, but for what is written by a run. UsageError where it is not."""
    at, here = folder.absolute().resolve(), project.resolve()
    if at.is_relative_to(here) and not at.is_relative_to(here / "output"):
        raise UsageError(Problem("key-folder-in-project", folder.name))
    return at
