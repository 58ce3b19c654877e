"""目安の日: from when until when something can be expected, told on acknowledgements and at the counter.

Sources: S002 (ex officio issue takes 1–2 months), S004 (解除 1–2 months after receipt; a branch registers within 4 days), S001
(usable 1–2 days after registration); sources §6, §13 F54, F71, F88. The day of receipt is not counted (民法140条).
"""

from datetime import date, timedelta
from typing import NamedTuple

from pipeline.model.issuer import Promise
from pipeline.rules.ages import add_months


class Expected(NamedTuple):
    """The first and the last day on which it is expected."""

    first: date
    last: date


def expected(promise: Promise, received: date) -> Expected:
    """When it is expected for what was received on `received`."""
    return Expected(_after(received, promise.least, promise.unit), _after(received, promise.most, promise.unit))


def _after(day: date, count: int, unit: str) -> date:
    return add_months(day, count) if unit == "months" else day + timedelta(days=count)
