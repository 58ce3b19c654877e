"""What OCR reads in a picture: Tesseract, a program of its own that knows nothing of patterns."""

import math
import os
import signal
import subprocess
from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter, ImageOps

_HEIGHT = 48  # dots of a line: about what Tesseract's Japanese model was trained on
_ROOM = 10  # dots about the line
_ONE_LINE = "7"


def read(picture: Image.Image, mode: str = _ONE_LINE) -> str:
    """The text of a picture without its blanks. `mode` is Tesseract's page segmentation mode."""
    file = BytesIO()
    grey = picture.convert("L")
    ImageOps.expand(grey, _ROOM, int(np.percentile(np.asarray(grey), 95))).save(file, "PNG")
    words = ["tesseract", "stdin", "stdout", "-l", "jpn", "--psm", mode, "--dpi", "300"]
    one_thread = os.environ | {"OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(words, input=file.getvalue(), capture_output=True, env=one_thread)
    if done.returncode == -signal.SIGFPE:  # Tesseract 5.3 divides by zero in some pictures that have no line
        return ""
    assert not done.returncode, done.stderr
    return "".join(done.stdout.decode().split())


def upright(
    picture: Image.Image, corner: tuple[float, float], size: tuple[float, float], angle: float, dpi: int
) -> Image.Image:
    """A box of a picture that stands turned by `angle` degrees, made upright and of the size that OCR knows.

    `corner` and `size` are in µm along and across the turned lines, which begin at the picture's top left corner.
    """
    step = size[1] / _HEIGHT  # µm to a dot of what comes out
    turn, dots = math.radians(angle), dpi / 25_400
    across, down = step * math.cos(turn) * dots, step * math.sin(turn) * dots
    left = (corner[0] * math.cos(turn) + corner[1] * math.sin(turn)) * dots
    top = (corner[1] * math.cos(turn) - corner[0] * math.sin(turn)) * dots
    soft = picture.convert("L").filter(ImageFilter.GaussianBlur(step * dots / 2))
    shape = round(size[0] / step), _HEIGHT
    return soft.transform(shape, Image.Transform.AFFINE, (across, down, left, -down, across, top), Image.Resampling.BICUBIC)
