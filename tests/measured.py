"""Test forms as an instrument would read them: areas of ink of a known gain, and the table filled in."""

import csv
from pathlib import Path

import numpy as np

from pipeline.craft.channel import Gain, printed
from pipeline.craft.readings import table
from pipeline.craft.wedges import Chart, masks

SHEET, PROFILE = "a4-office", "laser-600"
TRUE = Gain(19.0, 11.5, 24.0)  # what the printer of these tests does
SOLID = 0.05  # what its ink reflects of what the paper does: not the ink that patterns are calculated with


def true_areas(of: Chart, gain: Gain) -> dict[str, float]:
    """Areas of ink as the channel prints the form's own masks: the middle of every patch, in whole cells of its screen."""
    found = {}
    for patch, mask in zip((one for one in of.patches if one.tone), masks(of), strict=False):
        if patch.screen:
            bits = np.unpackbits(np.frombuffer(mask.data, np.uint8).reshape(mask.rows, -1), axis=1)[:, : mask.columns]
            width, height = 4 * patch.screen.width, 4 * patch.screen.height
            around = 40
            part = bits[: 2 * around + height, : 2 * around + width]
            picture, at = printed(np.where(part == 1, np.float32(SOLID), np.float32(1)), of.dpi, gain)
            fold = at // of.dpi
            middle = picture[around * fold : (around + height) * fold, around * fold : (around + width) * fold]
            found[patch.id] = float(1 - middle.mean()) / (1 - SOLID)
    return found


def filled(path: Path, of: Chart, column: int, values: dict[str, str], drop: tuple[str, ...] = ()) -> Path:
    """The table as somebody fills it in."""
    rows = list(csv.reader(table(of).decode("utf-8-sig").splitlines()))
    for row in rows[1:]:
        row[column] = values[row[1]]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(row for row in rows if row[1] not in drop)
    return path


def densities(of: Chart, areas: dict[str, float], places: int = 3) -> dict[str, str]:
    """Readings of absolute density, on a paper of 0.8."""
    whole = areas | {patch.id: patch.tone for patch in of.plain}
    return {id_: f"{-np.log10((1 - area * (1 - SOLID)) * 0.8):.{places}f}" for id_, area in whole.items()}
