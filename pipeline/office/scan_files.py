"""A scan as it comes from the scanner, PNG or TIFF: its levels, and the resolution that it claims."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.base.problems import LayoutError, Problem

_FORMATS = ("PNG", "TIFF")
_MOST = 250_000_000  # pixels: A3 at 1200 dpi is 279 million, A4 139 million
_DEEP = ("I;16", "I;16B", "I;16L")


def scan_levels(path: Path) -> tuple[NDArray[Any], int]:
    """A scan's grey levels (8 or 16 bits, rows and columns) and its dots to the inch, 0 where it says none.

    LayoutError: no such picture, too large, or only black and white.
    """
    try:
        with warnings.catch_warnings(), Image.open(path, formats=_FORMATS) as picture:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            if picture.width * picture.height > _MOST:
                raise LayoutError(Problem("calibrate-scan-too-large", path.name, {"most": _MOST // 1_000_000}))
            if picture.mode == "1":
                raise LayoutError(Problem("calibrate-scan-no-grey", path.name))
            told = picture.info.get("dpi")
            dpi = round(float(told[0])) if told else 0
            grey = picture if picture.mode in _DEEP else picture.convert("L")
            levels = np.asarray(grey)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise LayoutError(Problem("calibrate-scan-unreadable", path.name)) from None
    return levels.astype(np.uint16) if levels.dtype not in (np.uint8, np.uint16) else levels, dpi
