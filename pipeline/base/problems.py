"""Problems say who acts, where, and what to do next.

Every code stands in `messages.toml` (cause and next step, Japanese and English) and has a folder of the smallest wrong
input under `fixtures/broken/`. A stage reports all its problems at once.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """The message catalogue: code → {ja, en, next_ja, next_en}."""
    return tomllib.loads(Path(__file__).with_name("messages.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `values` fill the catalogue's sentence and never hold a name or a My Number digit."""

    code: str
    place: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def _say(self, key: str) -> str:
        return catalogue()[self.code][key].format_map(self.values)

    @property
    def message(self) -> str:
        """What is wrong, Japanese."""
        return self._say("ja")

    @property
    def hint(self) -> str:
        """What to do next, Japanese."""
        return self._say("next_ja")

    def as_json(self) -> dict[str, str]:
        """The problem for `--json`, in both languages."""
        return {
            "code": self.code,
            "place": self.place,
            "message": self.message,
            "hint": self.hint,
            "message_en": self._say("en"),
            "hint_en": self._say("next_en"),
        }


class ShikakuError(Exception):
    """Something stops the work; `exit_code` is the command's, `problems` say what and where."""

    exit_code = 1

    def __init__(self, problems: Problem | Iterable[Problem]):
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(f"{p.place}: {p.code}" for p in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


class UsageError(ShikakuError):
    """The command's own words are off."""

    exit_code = 2


class LayoutError(ShikakuError):
    """The designer acts: layouts, issuers, typefaces, artwork."""

    exit_code = 3


class MemberError(ShikakuError):
    """The clerk acts: the member file."""

    exit_code = 4


class SheetError(ShikakuError):
    """Production acts: the sheet design."""

    exit_code = 5


class PreflightError(ShikakuError):
    """Stop the press: the finished file is not what the ledger says."""

    exit_code = 6


class LedgerError(ShikakuError):
    """The approver acts: already issued, or a conflict."""

    exit_code = 7


class HandoffError(ShikakuError):
    """The operator acts: the target exists, cannot be written, or is full."""

    exit_code = 8
