"""Lengths are whole micrometres everywhere until the last line of the plate.

A length in a YAML file carries its unit: `3mm`, `12Q` (級, a quarter of a millimetre), `9pt`, `250um`.
"""

import re
from decimal import ROUND_HALF_EVEN, Decimal

MICROMETRES = {
    "um": Decimal(1),
    "Q": Decimal(250),
    "mm": Decimal(1000),
    "cm": Decimal(10000),
    "pt": Decimal(25400) / 72,
    "in": Decimal(25400),
}
POINTS_PER_MICROMETRE = 72 / 25400

_LENGTH = re.compile(r"(-?\d+(?:\.\d+)?)\s*(um|Q|mm|cm|pt|in)")


def parse_length(text: str) -> int:
    """Return whole micrometres for a length with its unit; ValueError names what is wrong."""
    return int(parse_fine_length(text).to_integral_value(rounding=ROUND_HALF_EVEN))


def parse_fine_length(text: str) -> Decimal:
    """Return micrometres with their parts, for what is measured and not placed; ValueError as `parse_length`."""
    found = _LENGTH.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"{text!r} is not a length with a unit (um, Q, mm, cm, pt, in)")
    return Decimal(found[1]) * MICROMETRES[found[2]]


def points(micrometres: int) -> float:
    """Micrometres as PDF points."""
    return micrometres * POINTS_PER_MICROMETRE


def css(micrometres: int) -> str:
    """Micrometres as a CSS length, exact."""
    return f"{Decimal(micrometres) / 1000:f}mm"
