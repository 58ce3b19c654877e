"""A texture over a pantograph's word and ground alike: wavy bands without dots, so that a last difference of tone
is lost in it.

The tone is kept: dots between the bands are as much larger as the bands take away, and the fine tone is calculated anew for
the darker coarse one.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipeline.craft import screens
from pipeline.craft.screens import Bits, Screens
from pipeline.model.layout import PantographSpec
from pipeline.model.press_profile import PressProfile

_HIGH = 0.35  # of the step from band to band: how far a band swings
Shares = NDArray[np.float64]
Bare = Callable[[Shares, Shares], Bits]


def matched(press: PressProfile, design: PantographSpec) -> Screens:
    """The screens of a pantograph, alike after the press's gain; LayoutError as `screens.matched`."""
    if design.camouflage is None:
        return screens.matched(press, design.profile)
    tone = press.coarse.tone / (1 - design.camouflage.share / 100)
    darker = press.model_copy(update={"coarse": press.coarse.model_copy(update={"tone": tone})})
    return screens.matched(darker, design.profile)


def bare(design: PantographSpec) -> Bare | None:
    """Which points stay without dots, by their place in the word's step: how far along it and how far down, in steps.

    Whole bands and whole waves fill a step, so that the texture goes on from step to step; rows are shifted by half a step.
    None: there is no camouflage.
    """
    if design.camouflage is None:
        return None
    share, (along, down) = design.camouflage.share / 100, design.repeat
    bands = max(1, round(down / design.camouflage.step))
    waves = 2 * max(1, round(along / design.camouflage.wave / 2))

    def there(across: Shares, below: Shares) -> Bits:
        band = bands * below + _HIGH * np.sin(math.tau * waves * across)
        return np.asarray(band % 1 < share)

    return there
