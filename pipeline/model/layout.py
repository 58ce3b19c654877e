"""A document design as its `layout.yaml` says it. If the press or a check needs the number, it is here; else it is CSS."""

from datetime import date
from typing import Literal

from pydantic import Field

from pipeline.model.spec import BoxSpec, Length, Percent, Spec


class Fit(Spec):
    """One step of fitting: tried in order until the text fits its box."""

    size: Length = Field(description="type size")
    lines: int = Field(1, ge=1, le=40, description="lines allowed at this size")
    baseline: Length = Field(description="from the top of the box to the first baseline")
    leading: Length = Field(0, description="from baseline to baseline; needed for two lines and more")


class Style(Spec):
    """What fields have in common."""

    typeface: str = Field(description="a role of `typefaces`")
    fit: tuple[Fit, ...] = Field(min_length=1)
    align: Literal["left", "center", "right"] = "left"
    colour: str = Field("ink", description="a colour of the issuer's theme")
    tracking: Length = Field(0, description="extra space after every character")


class FieldSpec(Spec):
    """A text that varies from member to member."""

    value: str = Field(description="a name of the value list (docs/values.md)")
    box: BoxSpec
    style: str = Field(description="a key of `styles`")
    form: Literal["text", "wareki", "wareki-padded", "iso"] = Field("text", description="how a date is written")
    width: Literal["keep", "half", "full"] = Field("keep", description="width of figures and Latin letters")
    overflow: str = Field("hold", description="`hold`, or the field on a back that takes the text")
    required: bool = Field(False, description="an empty text holds the record")


class CodeSpec(Spec):
    """A 2D code."""

    value: str
    box: BoxSpec
    level: Literal["L", "M", "Q", "H"] = "M"
    module: Length = Field(description="least size of one module")
    quiet: int = Field(4, ge=4, description="quiet zone in modules, kept free of everything")


class SealSpec(Spec):
    """The place of the issuer's seal (公印)."""

    box: BoxSpec


class PantographSpec(Spec):
    """Copy deterrent: the word in coarse dots, the ground in fine dots of the same tone after dot gain."""

    word: str
    typeface: str
    height: Length = Field(description="height of the word")
    repeat: tuple[Length, Length] = Field(description="step of the repeated word, across and down")
    angle: float = 0
    profile: str = Field(description="press profile, e.g. offset-2400, laser-1200, laser-600")
    colour: str = "pantograph"
    clear: tuple[str, ...] = Field((), description="fields whose box (and a code's quiet zone) stays free of dots")


class SideSpec(Spec):
    """One side of a leaf."""

    artwork: str = Field(description="HTML file in this folder: labels and lines, set once by WeasyPrint")
    ground: str | None = Field(None, description="colour of the theme laid over the bleed")
    pantograph: PantographSpec | None = None
    fields: dict[str, FieldSpec] = Field(default_factory=dict)
    codes: dict[str, CodeSpec] = Field(default_factory=dict)
    seals: dict[str, SealSpec] = Field(default_factory=dict)


class LeafSpec(Spec):
    """A front and perhaps a back."""

    front: SideSpec
    back: SideSpec | None = None


class PageSpec(Spec):
    """Trim size, bleed and the safe area inside the trim."""

    width: Length
    height: Length
    bleed: Length
    safe: Length
    corner: Length = Field(0, description="corner radius of a plastic card")


class Layout(Spec):
    """A document type: the folder's name is its id."""

    title: str = Field(description="the document's Japanese name")
    edition: str = Field(description="edition of the wording and design")
    effective_from: date | None = Field(None, description="first day on which this wording may be issued")
    letter: str = Field("", pattern="^[A-Z]?$", description="document letter in the 2D code's payload")
    material: Literal["plastic", "paper"]
    page: PageSpec
    typefaces: dict[str, tuple[str, ...]] = Field(description="role → typeface ids, the first that has every character")
    styles: dict[str, Style]
    leaves: tuple[LeafSpec, ...] = Field(min_length=1)
    terms: dict[str, str] = Field(default_factory=dict, description="words of this design for the artwork and values")
    texts: dict[str, Percent | str | tuple[str, ...]] = Field(default_factory=dict, description="longer wording")
