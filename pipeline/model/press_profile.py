"""A printing process as its YAML says it: how its dots grow, and the two screens of a pantograph on its device grid."""

from pydantic import Field

from pipeline.model.spec import FineLength, Length, Spec


class CoarseSpec(Spec):
    """The word's screen: its dots are large enough for a copier."""

    cell: tuple[int, int] = Field(
        description="width and height of a dot's cell in device dots; every other row is shifted by half"
    )
    tone: float = Field(gt=0, lt=100, description="share of the cell that is inked, percent")


class FineSpec(Spec):
    """The ground's screen: its dots are lost in a copy. Its tone is calculated, so that both are alike after dot gain."""

    cell: tuple[int, int] = Field(
        description="width and height of a dot's cell in device dots; every other row is shifted by half"
    )


class PressProfile(Spec):
    """A printing process. The file's name is its id."""

    title: str
    dpi: int = Field(ge=300, le=2400, description="device dots to the inch")
    blur: FineLength = Field(gt=0, description="how soft an edge of ink is: standard deviation")
    spread: FineLength = Field(description="how far ink spreads beyond a dot's edge (mechanical gain)")
    scatter: FineLength = Field(ge=0, description="how far light wanders in the paper (optical gain): standard deviation")
    line: Length = Field(100, description="smallest line that holds, and smallest gap")
    text: Length = Field(700, description="smallest type that can be read through a glass")
    coarse: CoarseSpec
    fine: FineSpec
