"""What the desk draws: a sheet with its slots, and bars. Values for templates, in the units of the picture's own view box."""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.office.ledger_spoils import Spoil
from pipeline.office.spoils import SheetView, SlotView

_UM = 1000 / 2.4  # µm that one unit of a sheet's picture stands for: on a screen about two and a half times as large
_ACROSS, _HIGH, _LEFT, _FOOT, _TOP = 900, 260, 56, 34, 12  # of a chart
_LINES = 5  # at the most


class Slot(NamedTuple):
    """A slot in the picture; `state` is a word of `words.toml`, `may` whether something can be noted of it."""

    number: int
    x: int
    y: int
    width: int
    height: int
    serial: str
    leaf: int
    state: str
    remade_by: str
    spoil: Spoil | None

    @property
    def may(self) -> bool:
        return self.state in ("printed", "open")


class SheetPicture(NamedTuple):
    """A sheet's picture: its size and its slots."""

    width: int
    height: int
    slots: tuple[Slot, ...]


def picture(view: SheetView) -> SheetPicture:
    """The picture of a sheet's front."""
    return SheetPicture(_units(view.width), _units(view.height), tuple(map(_slot, view.slots)))


def _slot(one: SlotView) -> Slot:
    box = one.front
    place = (_units(box.left), _units(box.top), _units(box.width), _units(box.height))
    return Slot(one.slot, *place, one.serial, one.leaf, _state(one), one.remade_by, one.spoil)


def _state(one: SlotView) -> str:
    if not one.serial:
        return "blank"
    if one.spoil is None:
        return one.state
    if one.remade_by:
        return "remade"
    return "written-off" if one.spoil.written_off else "open"


def _units(um: int) -> int:
    return round(um / _UM)


class Bar(NamedTuple):
    """A part of a column: `kind` names its pattern."""

    x: float
    y: float
    width: float
    height: float
    kind: str


class Chart(NamedTuple):
    """Columns side by side over their names, with lines of round figures behind."""

    width: int
    height: int
    left: int
    base: int
    bars: list[Bar]
    lines: list[tuple[float, int]]
    names: list[tuple[float, str]]


def chart(columns: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Chart:
    """A chart of columns, each of a name and parts (kind, figure) that stand on one another."""
    base = _HIGH - _FOOT
    step = (_ACROSS - _LEFT) / max(1, len(columns))
    most, every = _scale(max((sum(figure for _, figure in parts) for _, parts in columns), default=0))
    bars, names = [], []
    for number, (name, parts) in enumerate(columns):
        x, y = _LEFT + number * step, float(base)
        for kind, figure in parts:
            height = (base - _TOP) * figure / most
            y -= height
            if figure:
                bars.append(Bar(round(x + step * 0.15, 1), round(y, 1), round(step * 0.7, 1), round(height, 1), kind))
        names.append((round(x + step / 2, 1), name))
    lines = [(round(base - (base - _TOP) * value / most, 1), value) for value in range(0, most + 1, every)]
    return Chart(_ACROSS, _HIGH, _LEFT, base, bars, lines, names)


def _scale(most: int) -> tuple[int, int]:
    """The highest line, and the step from line to line: 1, 2 or 5 with noughts."""
    every = 1
    while -(-most // every) > _LINES:
        every = every * 5 // 2 if str(every)[0] == "2" else every * 2
    return max(every, -(-most // every) * every), every
