"""The press profiles of `layouts/press-profiles/<name>.yaml`."""

from pathlib import Path

from pipeline.base.problems import LayoutError
from pipeline.craft.spec_faults import validate
from pipeline.craft.yamlfile import load
from pipeline.model.press_profile import PressProfile

FOLDER = "press-profiles"


def read_press_profiles(layouts: Path) -> dict[str, PressProfile]:
    """The press profiles in the folder of layouts, by name. LayoutError if one is wrong."""
    return {path.stem: read_press_profile(path) for path in sorted((layouts / FOLDER).glob("*.yaml"))}


def read_press_profile(path: Path) -> PressProfile:
    """One press profile. LayoutError if it is wrong."""
    return validate(PressProfile, load(path, LayoutError), LayoutError)
