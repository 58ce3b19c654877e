"""Whether the 2D codes in a picture were issued by an insurer: offline, by public keys, without ledger or project.

What is proven is said with what is not: a copy of a code is as good as the code, and a signature knows nothing of what
happened after the day of issue.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.base.problems import MemberError, Problem
from pipeline.office.code_keys import CodeKey, sample_key_id
from pipeline.stages.checking.codes import crc_holds
from pipeline.stages.checking.payloads import Statement, is_signed, signature_holds, statement_of
from pipeline.stages.checking.photographs import NotAPicture, payloads_in

GENUINE, ALTERED, OTHER_INSURER, SAMPLE = "genuine", "altered", "other-insurer", "sample"
UNKNOWN_KEY, UNSIGNED, FOREIGN = "unknown-key", "unsigned", "not-ours"
_REFUSED, _NOT_PROVEN = 6, 4
EXITS = {
    GENUINE: 0,
    ALTERED: _REFUSED,
    OTHER_INSURER: _REFUSED,
    SAMPLE: _REFUSED,
    UNKNOWN_KEY: _NOT_PROVEN,
    UNSIGNED: _NOT_PROVEN,
}


class Finding(NamedTuple):
    """What became of one code. `told` is what it says, where that can be read; `key` the one that verified it, or should."""

    state: str
    told: Statement | None = None
    key: CodeKey | None = None

    def expired(self, day: date) -> bool:
        """Whether its expiry is before a day."""
        return bool(self.told and self.told.expiry and self.told.expiry < day)

    def as_json(self, day: date) -> dict[str, Any]:
        """The finding for `--json`."""
        told = self.told._asdict() if self.told else {}
        content: dict[str, Any] = {"state": self.state, "proven": self.state == GENUINE, "expired": self.expired(day)}
        content |= {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}
        return content | {"key": (self.told and self.told.key) or None, "insurer_name": self.key.name if self.key else None}


def check_picture(path: Path, keys: Sequence[CodeKey]) -> list[Finding]:
    """What becomes of each code in a photograph, picture or PDF. MemberError for no picture, or one without a code."""
    try:
        payloads = payloads_in(path)
    except NotAPicture as fault:
        raise MemberError(Problem("code-picture-unreadable", path.name, {"name": path.name, "reason": str(fault)})) from None
    if not payloads:
        raise MemberError(Problem("code-none-seen", path.name, {"name": path.name}))
    return [finding_of(payload, keys) for payload in payloads]


def finding_of(payload: str, keys: Sequence[CodeKey]) -> Finding:
    """What becomes of one payload."""
    told = statement_of(payload)
    if told is None:
        return Finding(ALTERED if is_signed(payload) else FOREIGN)
    if not is_signed(payload):
        return Finding(UNSIGNED if crc_holds(payload) else ALTERED, told)
    if told.key == sample_key_id():
        return Finding(SAMPLE, told)
    named = [key for key in keys if key.id == told.key]
    if not named:
        return Finding(UNKNOWN_KEY, told)
    signed = [key for key in named if signature_holds(payload, key.public)]
    if not signed:
        return Finding(ALTERED, told, named[0])
    own = [key for key in signed if key.insurer == told.insurer]
    return Finding(GENUINE, told, own[0]) if own else Finding(OTHER_INSURER, told, signed[0])


def exit_code(findings: Iterable[Finding]) -> int:
    """0 every code of ours is proven; 6 one is refused; 4 one cannot be proven, or none is ours."""
    return max((EXITS[one.state] for one in findings if one.state != FOREIGN), default=_NOT_PROVEN)
