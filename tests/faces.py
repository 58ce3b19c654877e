"""The declared typefaces, for tests that need no shop."""

from functools import cache
from pathlib import Path

from pipeline.craft.specs import read_typefaces
from pipeline.craft.typefaces import Typefaces

FONTS = Path(__file__).parents[1] / "fonts"


@cache
def typefaces() -> Typefaces:
    """Read once in a test process."""
    return read_typefaces(FONTS / "typefaces.yaml")
