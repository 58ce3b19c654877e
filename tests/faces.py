"""The declared typefaces, for tests that need no shop."""

from functools import cache
from pathlib import Path

from pipeline.craft.specs import read_typefaces
from pipeline.craft.typefaces import Typeface, Typefaces

FONTS = Path(__file__).parents[1] / "fonts"
