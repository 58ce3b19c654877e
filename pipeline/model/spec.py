"""What the three kinds of YAML files share: strict models and lengths with units."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.base.geometry import Box
from pipeline.base.lengths import parse_fine_length, parse_length


def _with_unit(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"{value} has no unit: write {value}mm")
    return value


def _length(value: Any) -> int:
    return parse_length(_with_unit(value))


def _fine_length(value: Any) -> float:
    return float(parse_fine_length(_with_unit(value)))


_WRITTEN = Field(json_schema_extra={"type": "string", "pattern": r"^-?\d+(\.\d+)?\s*(um|Q|mm|cm|pt|in)$"})
Length = Annotated[int, BeforeValidator(_length), _WRITTEN]
FineLength = Annotated[float, BeforeValidator(_fine_length), _WRITTEN]  # of what is measured: parts of a micrometre count
Percent = Annotated[float, Field(ge=0, le=100)]
Cmyk = tuple[Percent, Percent, Percent, Percent]


class Spec(BaseModel):
    """A mapping of a YAML file: unknown keys are refused, values frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class BoxSpec(Spec):
    """A box from the trim's top left corner."""

    left: Length
    top: Length
    width: Length
    height: Length

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.width, self.height)
