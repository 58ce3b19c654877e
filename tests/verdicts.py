"""What judges see and read of the word in originals and copies, measured on pieces of finished pages."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.craft.channel import EYE_DPI, INK, Picture, printed, seen
from pipeline.craft.copiers import COPIERS, copied
from pipeline.craft.screens import gain_of
from tests import second_judge
from tests.copied import Seen, judged
from tests.reading import read, upright
from tests.second_judge import COPIES, WORLDS, Verdict, World
from tests.specimens import PRESSES, QUICK, Case, lettering, print_of, specimen

SENSOR = 0.008  # noise of a picture that OCR reads, as of the copiers' scans
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


def original_seen(case: Case, share: float = 1.0, finest: int = QUICK) -> Seen:
    """The original at reading distance."""
    return _judged(seen(*print_of(case, share, finest)), case)


def copy_seen(case: Case, copier: str, share: float = 1.0, finest: int = QUICK) -> Seen:
    """A copy at reading distance."""
    return _judged(seen(*copied(*print_of(case, share, finest), COPIERS[copier])), case)


def second_verdicts(case: Case, world: World, copies: Sequence[tuple[str, int]] = COPIES) -> list[Verdict]:
    """What the second judge sees in one of its worlds: the original, then copies in these modes and resolutions."""
    of, print_ = specimen(case), _second_print(case, world.gain, world.mechanical, world.density, world.hard, world.grain)
    seen_at = [(print_, 1200), *((second_judge.copied(print_, dpi, mode, world), 600) for mode, dpi in copies)]
    return [second_judge.judged(picture, dpi, of.shape, of.free, world) for picture, dpi in seen_at]


@cache
def _second_print(case: Case, gain: float, mechanical: float, density: float, hard: float, grain: float) -> NDArray[np.float32]:
    world = WORLDS[0]._replace(gain=gain, mechanical=mechanical, density=density, hard=hard, grain=grain)
    of, profile = specimen(case), PRESSES[case.profile]
    ground = np.median(of.dots, (1, 2))
    ink = (of.dots[1] < ground[1] / 2).repeat(2400 // of.dpi, 0).repeat(2400 // of.dpi, 1)
    press = second_judge.press_of(0.4 + (tint(case.profile) - 0.4) * gain, float(profile.blur), world)
    return second_judge.printed(ink.astype(np.float32), tuple(ground), press, world)


@cache
def tint(profile: str) -> float:
    """What a tint of 40 % at 150 lpi is printed as on a press: all that the second judge is told of it."""
    dots = np.where(second_judge.round_dots(), np.float32(INK), np.float32(1))
    picture, _ = printed(dots, 2400, gain_of(PRESSES[profile]))
    return float((1 - picture[40:-40, 40:-40].mean()) / (1 - INK))


def read_in_original(case: Case, shot: int = 0, noise: float = SENSOR, finest: int = QUICK) -> str:
    """What OCR reads of a whole word in a picture of the original; each `shot` has other noise."""
    return _read(case, seen(*_print_of_word(case, finest)), shot, noise)


def read_in_blank(case: Case, shot: int = 0, finest: int = QUICK) -> str:
    """What OCR reads of blank paper as bright as the original, in a picture with the same noise: what it makes up."""
    light = seen(*_print_of_word(case, finest))
    return _read(case, np.full_like(light, np.median(light)), shot, SENSOR)


def read_in_copy(case: Case, copier: str, finest: int = QUICK) -> str:
    """What OCR reads of a whole word in a picture of a copy."""
    return _read(case, seen(*copied(*_print_of_word(case, finest), COPIERS[copier])), 0, SENSOR)


def _read(case: Case, light: Picture, shot: int, noise: float) -> str:
    of = lettering(case)
    light = np.clip(light + np.random.default_rng(shot).normal(0, noise, light.shape).astype(np.float32), 0, 1)
    levels = (255 * light ** np.float32(1 / 2.2)).astype(np.uint8)
    return read(upright(Image.fromarray(levels), of.corner, of.size, of.angle, EYE_DPI))


@cache
def _print_of_word(case: Case, finest: int) -> tuple[Picture, int]:
    of = lettering(case)
    return printed(of.dots, of.dpi, gain_of(PRESSES[case.profile]), finest)
