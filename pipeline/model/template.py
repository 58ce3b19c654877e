"""A compiled layout for one issuer: artwork per side and, for everything that varies, its place."""

from dataclasses import dataclass, replace

from pipeline.base.geometry import Box

SIGNED = "SK2*"  # how a signed payload of a 2D code begins


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to set a field: typeface id, type size and, from the box's top, the first baseline; all µm."""

    typeface: str
    size: int
    lines: int
    baseline: int
    leading: int


@dataclass(frozen=True, slots=True)
class TextField:
    """A field of text. `settings` are tried in order; 0 is the designer's wish. `align` is left, center or right.

    `tracking` is extra space after every character, µm. `colour` is CMYK in thousandths. `overflow` is `hold` or the name
    of the text field that takes what does not fit. `width_policy` is keep, half or full. With `when`, a value that is
    among these prints `mark`, any other nothing.
    """

    name: str
    value: str
    box: Box
    settings: tuple[Setting, ...]
    align: str
    colour: tuple[int, int, int, int]
    form: str
    width_policy: str
    overflow: str
    tracking: int
    required: bool
    when: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class CodeField:
    """A 2D code or bars (`kind`): the box holds the symbol without its quiet zone; `level` is L, M, Q or H; `module` the

    least size, µm. Bars of an empty payload are not printed. `signed` is the level where the payload is a signed one.
    """

    name: str
    value: str
    box: Box
    level: str
    module: int
    kind: str = "qr"
    signed: str = "L"

    def level_of(self, payload: str) -> str:
        """The error correction of a payload's symbol: a signed one says three times as much in the same box."""
        return self.signed if payload.startswith(SIGNED) else self.level


@dataclass(frozen=True, slots=True)
class SealField:
    """A seal (公印): `pdf` is its artwork as a one-page PDF, `digest` that of the image file."""

    name: str
    box: Box
    pdf: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Plate:
    """A spot plate: strokes of `width` along the boxes' outlines, or filled boxes (`kind` white or varnish).

    A box without width or height is a line. `alternate` is CMYK in thousandths, `corner` and `dash` are µm.
    """

    name: str
    kind: str
    boxes: tuple[Box, ...]
    alternate: tuple[int, int, int, int]
    corner: int = 0
    width: int = 0
    dash: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LineWork:
    """Lines of one colour and width (µm): `paths` are the operators m, l and c, whole µm from the trim's lower left corner.

    `spot` is the colour's plate, if it has one of its own.
    """

    name: str
    colour: tuple[int, int, int, int]
    spot: str
    width: int
    paths: bytes


@dataclass(frozen=True, slots=True)
class Woven:
    """Rows of a member's own text: `field` is the text's index on its side, set in the typeface chosen for that field.

    `box` is what the rows fill, `baseline` counts from its top, `step` goes from row to row. Each row repeats the text with a
    blank as often as it fits whole; every other row begins `shift` later.
    """

    name: str
    field: int
    box: Box
    size: int
    baseline: int
    step: int
    rows: int
    shift: int
    colour: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under the artwork: a flat colour over the bleed, line work, and a pantograph, a 1-bit mask (packed bits).

    `spot` is the flat colour's plate, if it has one of its own; else it is process ink, as it is for a vendor without spots.
    `mask` holds the dots of one word and what is about it, exactly those of `mask_dpi`; `mask_size` is its width and height in
    device dots. It is laid at all `mask_places`, device dots from the bleed box's top left corner, and so fills the box and
    more. Set bits are inked in `mask_colour`, but for what stays clear.
    """

    colour: tuple[int, int, int, int] | None = None
    mask: bytes = b""
    mask_size: tuple[int, int] = (0, 0)
    mask_colour: tuple[int, int, int, int] = (0, 0, 0, 0)
    mask_dpi: int = 0
    spot: str = ""
    mask_places: tuple[tuple[int, int], ...] = ()
    mask_clear: tuple[Box, ...] = ()
    lines: tuple[LineWork, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a leaf: `pdf` is the artwork as a one-page PDF whose media box is the bleed box."""

    pdf: bytes
    ground: Ground
    texts: tuple[TextField, ...]
    codes: tuple[CodeField, ...]
    seals: tuple[SealField, ...]
    plates: tuple[Plate, ...] = ()
    woven: tuple[Woven, ...] = ()

    @property
    def layers(self) -> tuple["Side", ...]:
        """What is painted as one form: all of the side's ground and artwork; where a text is woven into the ground, what lies

        under it (no artwork, no pantograph) and what lies over it (nothing else).
        """
        if not self.woven:
            return (self,)
        under = replace(self, pdf=b"", ground=replace(self.ground, mask=b""))
        return under, replace(self, ground=replace(self.ground, colour=None, spot="", lines=()))


@dataclass(frozen=True, slots=True)
class LeafTemplate:
    """A front and perhaps a back: pairing is structural."""

    front: Side
    back: Side | None

    @property
    def sides(self) -> tuple[Side, ...]:
        return (self.front, self.back) if self.back else (self.front,)


@dataclass(frozen=True, slots=True)
class Template:
    """A layout compiled for one issuer. `width` and `height` are of the trim box, µm. `fingerprint` names everything

    that can change the print: layout, artwork, issuer, seal, typefaces and the versions of what sets them. `web` is the HTML
    of the accessible PDF for the web channel, its fields still marks; empty: there is none. `edition` is the layout's.
    """

    document: str
    issuer: str
    title: str
    letter: str
    material: str
    width: int
    height: int
    bleed: int
    leaves: tuple[LeafTemplate, ...]
    typefaces: tuple[str, ...]
    fingerprint: str
    web: str = ""
    edition: str = ""

    @property
    def sides(self) -> tuple[Side, ...]:
        """All sides: leaf by leaf, front before back."""
        return tuple(side for leaf in self.leaves for side in leaf.sides)

    @property
    def spots(self) -> dict[str, tuple[int, int, int, int]]:
        """The spot plates by name with what shows them in CMYK, thousandths: grounds first, then what is done to the sheet."""
        grounds = {side.ground.spot: side.ground.colour for side in self.sides if side.ground.spot and side.ground.colour}
        grounds |= {lines.spot: lines.colour for side in self.sides for lines in side.ground.lines if lines.spot}
        return grounds | {plate.name: plate.alternate for side in self.sides for plate in side.plates}

    @property
    def texts(self) -> tuple[TextField, ...]:
        """All text fields: leaf by leaf, front before back."""
        return tuple(field for leaf in self.leaves for side in leaf.sides for field in side.texts)

    @property
    def codes(self) -> tuple[CodeField, ...]:
        """All 2D codes in the same order."""
        return tuple(field for leaf in self.leaves for side in leaf.sides for field in side.codes)
