"""`make proof`: every shipped pantograph on every shipped press, through every copier, by several judges.

Writes docs/pantograph-proof.md. Every figure in it is measured on a piece of a finished page.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from pipeline.craft.channel import EYE_DPI, Picture, printed, seen
from pipeline.craft.copiers import COPIERS, copied
from pipeline.craft.screens import gain_of
from tests.copied import Seen, judged
from tests.reading import read, upright
from tests.specimens import PRESSES, Case, lettering, print_of, specimen

PAGE = Path(__file__).parents[1] / "docs" / "pantograph-proof.md"
SHOWING = [name for name, copier in COPIERS.items() if copier.mode.shows]
SILENT = [name for name, copier in COPIERS.items() if not copier.mode.shows]


class Bars(NamedTuple):
    """What is asked: of the original at most `hidden` and `alike`, `astray` where the press's gain is off by a fifth; of a copy
    at least `contrast`, `cnr` and `found`, the word's shape no more than `off` µm from its place."""

    hidden: float = 0.01
    astray: float = 0.03
    alike: float = 0.35
    contrast: float = 0.06
    cnr: float = 5.0
    found: float = 0.5
    off: float = 500.0


BARS = Bars()


def _judged(picture: Picture, case: Case) -> Seen:
    of = specimen(case)
    rows, columns = (min(a, b) for a, b in zip(picture.shape, of.free.shape, strict=True))
    return judged(picture[:rows, :columns], of.shape[:rows, :columns], of.free[:rows, :columns])


def original_seen(case: Case, share: float = 1.0) -> Seen:
    """The original at reading distance."""
    return _judged(seen(*print_of(case, share)), case)


def copy_seen(case: Case, copier: str, share: float = 1.0) -> Seen:
    """A copy at reading distance."""
    return _judged(seen(*copied(*print_of(case, share), COPIERS[copier])), case)


def read_in_original(case: Case) -> str:
    """What OCR reads of a whole word in the original."""
    return _read(case, lambda print_, dpi: (print_, dpi))


def read_in_copy(case: Case, copier: str) -> str:
    """What OCR reads of a whole word in a copy."""
    return _read(case, lambda print_, dpi: copied(print_, dpi, COPIERS[copier]))


def _read(case: Case, machine: Callable[[Picture, int], tuple[Picture, int]]) -> str:
    of = lettering(case)
    at_hand = seen(*machine(*_print_of_word(case)))
    levels = np.clip(255 * at_hand ** np.float32(1 / 2.2), 0, 255).astype(np.uint8)
    return read(upright(Image.fromarray(levels), of.corner, of.size, of.angle, EYE_DPI))


@cache
def _print_of_word(case: Case) -> tuple[Picture, int]:
    of = lettering(case)
    return printed(of.dots, of.dpi, gain_of(PRESSES[case.profile]))
