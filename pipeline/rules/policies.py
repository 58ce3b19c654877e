"""Named policies: an issuer's YAML names a rule and its settings; here both are checked, and an unknown name lists
the known.

A policy is a frozen dataclass: its fields are the settings, a ValueError of its `__post_init__` says what is wrong
with one.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, TypeVar

from pipeline.base.problems import LayoutError, Problem
from pipeline.model.issuer import Policy

P = TypeVar("P")


def choose(table: Mapping[str, type[P]], policy: Policy, place: str) -> P:
    """The policy that `policy` names, with its settings. LayoutError at `place` for a name or a setting that is
    unknown or wrong."""
    kind = table.get(policy.policy)
    if kind is None:
        values = {"policy": policy.policy, "known": ", ".join(sorted(table))}
        raise LayoutError(Problem("issuer-unknown-policy", place, values))
    kinds = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]
    known = list(kinds)
    settings = {name.replace("-", "_"): value for name, value in policy.settings.items()}
    values = {"policy": policy.policy, "known": ", ".join(known) or "-"}
    if unknown := [name for name in settings if name not in known]:
        raise LayoutError(Problem("issuer-bad-setting", place, {**values, "wrong": ", ".join(unknown)}))
    try:
        return kind(**{name: _read(value, kinds[name]) for name, value in settings.items()})
    except (TypeError, ValueError) as wrong:
        raise LayoutError(Problem("issuer-bad-setting", place, {**values, "wrong": str(wrong)})) from None


def _read(value: Any, kind: Any) -> Any:
    """A setting as its policy has it: YAML's lists are tuples, its dates texts; ValueError for what is no date."""
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value


def whole(name: str, value: Any, least: int, most: int) -> None:
    """ValueError unless a setting is a whole number from `least` to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{name}: {value!r} is not a whole number from {least} to {most}")


def each_of(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    """ValueError unless a setting is a list of allowed values."""
    if not isinstance(value, list | tuple) or any(one not in allowed for one in value):
        raise ValueError(f"{name}: {value!r} is not a list of {', '.join(map(str, allowed))}")


def yes_or_no(name: str, value: Any) -> None:
    """ValueError unless a setting is true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}: {value!r} is not true or false")


def a_date(name: str, value: Any) -> None:
    """ValueError unless a setting is a date."""
    if type(value) is not date:
        raise ValueError(f"{name}: {value!r} is not a date such as 2025-09-30")
