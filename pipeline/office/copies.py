"""A finished page as a copier returns it: drawn as the press would, printed, copied, and seen at 300 dpi.

A model (`craft/channel`, `craft/copiers`), not a machine; its pictures are for people.
"""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from pipeline.base.geometry import Box
from pipeline.base.problems import Problem, UsageError
from pipeline.craft.channel import Picture, luminance, printed, seen_in_colour
from pipeline.craft.copiers import COPIERS, Copier, copied
from pipeline.craft.screens import gain_of
from pipeline.model.press_profile import PressProfile
from pipeline.office.pictures import pages, row

_BAND = 600  # device dots that go through the channel at a time
_AROUND = 24  # and those beside them that they are blurred with: a multiple of what all resolutions divide


def as_copied(pdf: bytes, boxes: Sequence[Box], copier: str, press: PressProfile) -> bytes:
    """A PDF's pages beside each other as a copier returns them (PNG, 300 dpi). `boxes` are what is shown of the pages, in
    turn, µm from the page's top left corner. UsageError lists the known copiers."""
    return row([_copy(page, COPIERS[_known(copier)], press) for page in pages(pdf, boxes, press.dpi)], 300)
