"""A texture over a pantograph's word and ground alike: wavy bands without dots, so that a last difference of tone
is lost in it.

The tone is kept: dots between the bands are as much larger as the bands take away, and the fine tone is calculated anew for
the darker coarse one.
"""

import math
from collections.abc import Callable

import numpy as np

from pipeline.craft import screens
from pipeline.craft.screens import Bits, Numbers, Screens
from pipeline.model.layout import PantographSpec
from pipeline.model.press_profile import PressProfile

_HIGH = 0.35  # of the step from band to band: how far a band swings
Bare = Callable[[Numbers, Numbers, float], Bits]


def matched(press: PressProfile, design: PantographSpec) -> Screens:
    """The screens of a pantograph, alike after the press's gain; LayoutError as `screens.matched`."""
    if design.camouflage is None:
        return screens.matched(press, design.profile)
    tone = press.coarse.tone / (1 - design.camouflage.share / 100)
    darker = press.model_copy(update={"coarse": press.coarse.model_copy(update={"tone": tone})})
    return screens.matched(darker, design.profile)


def bare(design: PantographSpec) -> Bare | None:
    """Which points stay without dots: columns and rows of the device grid and its pitch in µm; None: there is no camouflage."""
    if design.camouflage is None:
        return None
    share, step, wave = design.camouflage.share / 100, design.camouflage.step, design.camouflage.wave

    def there(x: Numbers, y: Numbers, pitch: float) -> Bits:
        across, down = x * pitch, y * pitch
        band = (down + step * _HIGH * np.sin(math.tau * across / wave)) / step
        return np.asarray(band % 1 < share)

    return there
