"""A document design as its `layout.yaml` says it. If the press or a check needs the number, it is here; else it is CSS."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from pipeline.model.security import CamouflageSpec, SecuritySpec
from pipeline.model.spec import BoxSpec, Cmyk, Length, Percent, Spec


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


class Repeat(Spec):
    """A field that stands several times, e.g. once a row of a list; its value is asked for with the row's number."""

    count: int = Field(ge=1, le=200)
    down: Length = Field(0, description="from row to row")
    across: Length = Field(0, description="from column to column")


class FieldSpec(Spec):
    """A text that varies from member to member."""

    value: str = Field(description="a name of the value list (docs/values.md), or `text.` or `term.` and a key of this layout")
    box: BoxSpec
    style: str = Field(description="a key of `styles`")
    form: Literal["text", "wareki", "wareki-padded", "iso"] = Field("text", description="how a date is written")
    width: Literal["keep", "half", "full"] = Field("keep", description="width of figures and Latin letters")
    overflow: str = Field("hold", description="`hold`, or the field on a back that takes the text")
    required: bool = Field(False, description="an empty text holds the record")
    when: tuple[str, ...] = Field((), description="texts of the value for which `mark` is printed, and nothing for others")
    mark: str = Field("", description="what is printed in place of a value that is among `when`, e.g. a tick")
    repeat: Repeat | None = None


class CodeSpec(Spec):
    """A 2D code, or bars."""

    value: str = Field(description="a name of the value list, or `text.` and a key of this layout, e.g. a web address")
    box: BoxSpec
    kind: Literal["qr", "customer-barcode", "nw7"] = Field("qr", description="bars fill their box; no text, no bars")
    level: Literal["L", "M", "Q", "H"] = Field("M", description="error correction of a 2D code")
    signed: Literal["L", "M", "Q", "H"] = Field("L", description="error correction where the issuer signs its codes")
    module: Length = Field(description="least size of one module, of bars the narrowest")
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
    camouflage: CamouflageSpec | None = Field(None, description="a texture over word and ground alike; the tone is kept")
    clear: tuple[str, ...] = Field((), description="fields whose box (and a code's quiet zone) stays free of dots")


class PlateSpec(Spec):
    """A spot plate for what is done to the sheet after the inks: cut, perforated, creased, varnished. It prints nothing."""

    kind: Literal["cutting", "perforating", "creasing", "punching", "white", "varnish"]
    shape: Literal["outline", "lines", "areas", "page"] = Field(
        description="the trim with its corner radius, lines, filled areas, or all of the page with its bleed"
    )
    boxes: tuple[BoxSpec, ...] = Field((), description="the lines (one side is 0mm) or areas")
    line: Length = Field(100, description="width of a line")
    dash: tuple[Length, ...] = Field((), description="lengths of strokes and gaps in turn; none: unbroken")
    alternate: Cmyk = Field(description="how a screen and a proof show it; a name has one alternate everywhere")


class SideSpec(Spec):
    """One side of a leaf."""

    artwork: str = Field(description="HTML file in this folder: labels and lines, set once by WeasyPrint")
    ground: str | None = Field(None, description="colour of the theme laid over the bleed")
    pantograph: PantographSpec | None = None
    security: SecuritySpec = Field(SecuritySpec(), description="guilloches, relief lines, microtext, woven texts")
    fields: dict[str, FieldSpec] = Field(default_factory=dict)
    codes: dict[str, CodeSpec] = Field(default_factory=dict)
    seals: dict[str, SealSpec] = Field(default_factory=dict)
    plates: dict[str, PlateSpec] = Field(default_factory=dict, description="spot plates by name, painted last")

    @property
    def places(self) -> dict[str, FieldSpec]:
        """The fields one by one: of a repeated field `name` and value `row.x`, `name.1` and `row.x.1` and so on."""
        return dict(place for name, field in self.fields.items() for place in _places(name, field))


def _places(name: str, field: FieldSpec) -> Iterator[tuple[str, FieldSpec]]:
    if field.repeat is None:
        yield name, field
        return
    for n in range(field.repeat.count):
        box = field.box.model_copy(
            update={"left": field.box.left + n * field.repeat.across, "top": field.box.top + n * field.repeat.down}
        )
        yield f"{name}.{n + 1}", field.model_copy(update={"box": box, "value": f"{field.value}.{n + 1}", "repeat": None})


class LeafSpec(Spec):
    """A front and perhaps a back."""

    front: SideSpec
    back: SideSpec | None = None

    @property
    def sides(self) -> tuple[SideSpec, ...]:
        return (self.front, self.back) if self.back else (self.front,)


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
    effective_until: date | None = Field(None, description="last day on which it may be issued or enclosed")
    letter: str = Field("", pattern="^[A-Z]?$", description="document letter in the 2D code's payload")
    subject: Literal["member", "bundle", "lot", "order", "public"] = Field(
        "member",
        description="what one copy is about: a member, an employer's or household's bundle, a lot, an order that is "
        "closed, or nobody",
    )
    material: Literal["plastic", "paper"]
    page: PageSpec
    web: str | None = Field(None, description="HTML file for the web channel: one accessible PDF a member beside the sheets")
    typefaces: dict[str, tuple[str, ...]] = Field(description="role → typeface ids, the first that has every character")
    styles: dict[str, Style]
    leaves: tuple[LeafSpec, ...] = Field(min_length=1)
    terms: dict[str, str] = Field(default_factory=dict, description="words of this design for the artwork and values")
    texts: dict[str, Percent | str | tuple[str, ...]] = Field(default_factory=dict, description="longer wording")

    def in_effect(self, day: date) -> bool:
        """Whether this wording may be issued on a day."""
        begun = self.effective_from is None or day >= self.effective_from
        return begun and (self.effective_until is None or day <= self.effective_until)
