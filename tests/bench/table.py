"""The table of a benchmark: what was measured, the figure, its bar, and how far it is from it."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

HEADER = ("row", "what was measured", "figure", "unit", "bar", "ratio", "")


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure. `bar` 0: there is none, the figure informs. `most`: the bar must not be exceeded."""

    key: str
    what: str
    figure: float
    unit: str
    bar: float = 0.0
    most: bool = False

    @property
    def ratio(self) -> float:
        """How many times better than the bar; 1 just passes. A cost that noise puts at nothing or below: infinite."""
        better, worse = (self.bar, self.figure) if self.most else (self.figure, self.bar)
        return better / worse if worse > 0 else float("inf")

    @property
    def passed(self) -> bool:
        """Whether the bar is met; so is none."""
        return not self.bar or self.ratio >= 1

    def cells(self) -> tuple[str, ...]:
        """The row as texts."""
        if not self.bar:
            return self.key, self.what, shown(self.figure), self.unit, "", "", ""
        bar = f"{'≤' if self.most else '≥'} {shown(self.bar)}"
        return (
            self.key, self.what, shown(self.figure), self.unit, bar, times(self.ratio), "pass" if self.passed else "MISSED",
        )  # fmt: skip


def shown(figure: float) -> str:
    """Three figures that count, whole numbers from a hundred on."""
    if figure >= 100 or figure == int(figure):
        return f"{figure:,.0f}"
    return f"{figure:.3g}"


def times(ratio: float) -> str:
    """A ratio, two places; ∞ where there is nothing to divide by."""
    return "∞" if ratio == float("inf") else f"{ratio:.2f}×"


def closing(rows: Sequence[Row]) -> str:
    """The last line."""
    barred = [row for row in rows if row.bar]
    missed = [row for row in barred if not row.passed]
    if missed:
        return f"make bench: {len(missed)} of {len(barred)} bars missed: {', '.join(row.key for row in missed)}."
    return f"make bench: all {len(barred)} bars met."


def plain(rows: Sequence[Row]) -> str:
    """The table for a terminal."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(_width(line[n]) for line in lines) for n in range(len(HEADER))]
    return "\n".join(
        "  ".join(
            _padded(cell, width, n in (2, 4, 5)) for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown(rows: Sequence[Row], machine: str, asked: str) -> str:
    """The table as a Markdown page; a missed bar is bold."""
    lines = ["# Measured figures", "", f"{machine}. {asked}", ""]
    lines += ["| " + " | ".join(HEADER) + " |", "|---|---|---:|---|---:|---:|---|"]
    for row in rows:
        cells = [cell.replace("|", "\\|") for cell in row.cells()]
        lines.append("| " + " | ".join(cells[:-1]) + f" | {cells[-1] if row.passed else f'**{cells[-1]}**'} |")
    return "\n".join([*lines, "", closing(rows), ""])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int, right: bool) -> str:
    spare = " " * (width - _width(text))
    return spare + text if right else text + spare
