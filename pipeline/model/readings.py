"""Readings of a test form as a YAML file has them."""

from pydantic import Field

from pipeline.model.spec import Spec


class Readings(Spec):
    """What was measured, by patch; one of the three kinds."""

    form: str = Field("", description="the form's code, four letters: readings of another form are refused")
    density: dict[str, float] = Field({}, description="density (black or visual filter), absolute or against the paper")
    reflectance: dict[str, float] = Field({}, description="reflectance or Y, on any scale")
    area: dict[str, float] = Field({}, description="dot area (Murray-Davies), percent")
