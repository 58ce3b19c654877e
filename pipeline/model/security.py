"""Line work and small print against copying, beside the void pantograph, as a layout's side says them.

Line work (guilloches, reliefs) lies under the pantograph, microtext under the labels; both are the same for everybody and stand
in the side's shared form. What a member's own text is woven into is written piece by piece, under the member's other texts.
"""

from typing import Literal

from pydantic import Field

from pipeline.model.spec import BoxSpec, Length, Spec

Edge = Literal["top", "right", "bottom", "left"]


class CamouflageSpec(Spec):
    """Wavy bands without dots over a pantograph's word and ground alike; the dots between them are as much darker."""

    share: float = Field(12, ge=5, le=30, description="how much of the area is left bare, percent")
    step: Length = Field(3_000, description="from band to band; whole bands fill the step of the word")
    wave: Length = Field(9_000, description="length of a wave; whole ones fill the step of the word")


class GuillocheSpec(Spec):
    """Curves that no one draws by hand: a rosette of trochoids, a band or a frame of waves. Its numbers come from the issuer's
    id, so every issuer has its own and always the same."""

    shape: Literal["rosette", "band", "frame"]
    family: Literal["epitrochoid", "hypotrochoid"] = Field(
        "hypotrochoid", description="a rosette's curves: loops that turn outwards or inwards"
    )
    box: BoxSpec = Field(description="what the curves fill, within the trim; a band runs along its longer sides")
    depth: Length = Field(3_000, description="how wide a frame's band is")
    lines: int = Field(6, ge=2, le=40, description="curves that run through each other")
    line: Length = Field(100, description="width of a line")
    colour: str = Field("guilloche", description="a colour of the issuer's theme")
    profile: str = Field(description="press profile whose smallest line is asked for")
    clear: tuple[str, ...] = Field((), description="fields, codes and seals whose box (and quiet zone) stays free of lines")


class ReliefSpec(Spec):
    """Parallel lines that are pushed aside where a word is, as if it were raised under them."""

    word: str
    typeface: str
    height: Length = Field(description="height of the word")
    box: BoxSpec | None = Field(None, description="what the lines fill, within the trim; none: the page with its bleed")
    angle: float = Field(0, ge=-90, le=90, description="of the lines, degrees anticlockwise; the word stays upright")
    step: Length = Field(500, description="from line to line")
    raised: Length = Field(200, description="how far a line is pushed aside")
    line: Length = Field(100, description="width of a line")
    colour: str = Field("guilloche", description="a colour of the issuer's theme")
    profile: str = Field(description="press profile whose smallest line and gap are asked for")
    clear: tuple[str, ...] = Field((), description="fields, codes and seals whose box (and quiet zone) stays free of lines")


class MicrotextSpec(Spec):
    """A line of text, repeated along edges of a box: a hairline to the eye, grey in a copy. The same for everybody."""

    text: tuple[str, ...] = Field(
        min_length=1, description="names of words set one after the other: `issuer.name`, `layout.title`, `text.` and a key …"
    )
    typeface: str
    size: Length = Field(description="type size; 1 pt at most")
    box: BoxSpec
    along: tuple[Edge, ...] = Field(("top",), min_length=1, description="edges of the box, the line inside it")
    colour: str = "accent"
    profile: str = Field(description="press profile whose smallest legible type is asked for")


class WovenSpec(Spec):
    """A member's own text repeated in rows: an individual background, or of one row and 1 pt an individual microtext."""

    field: str = Field(description="a field of this side whose text is repeated, e.g. the serial; in the field's typeface")
    box: BoxSpec = Field(description="what the rows fill, within the trim and clear of codes")
    size: Length = Field(description="type size: 1 pt at most is microtext; larger, no smaller than the vendor's smallest type")
    step: Length = Field(0, description="from row to row; of a single row none")
    colour: str = Field("guilloche", description="a colour of the issuer's theme")
    profile: str = Field(description="press profile whose smallest legible type is asked for")


class SecuritySpec(Spec):
    """Further kinds of a side, each by name."""

    guilloches: dict[str, GuillocheSpec] = Field(default_factory=dict)
    reliefs: dict[str, ReliefSpec] = Field(default_factory=dict)
    microtexts: dict[str, MicrotextSpec] = Field(default_factory=dict)
    woven: dict[str, WovenSpec] = Field(default_factory=dict)

    @property
    def line_work(self) -> dict[str, GuillocheSpec | ReliefSpec]:
        """What is drawn in lines, in the order in which it is painted."""
        return {**self.reliefs, **self.guilloches}

    @property
    def words(self) -> dict[str, MicrotextSpec | WovenSpec]:
        """What is set in type."""
        return {**self.microtexts, **self.woven}
