"""Compiled artwork made fit for a press: only process colours, nothing transparent, black that overprints.

The typesetter's page is read line by line by a closed list of operators, as it writes one a line, and written anew: colours
as `k` and `K`, its graphics states gone, our own for black in full. What a press would print otherwise than it is meant
(RGB, opacity, gradients, a soft mask, a font of another kind) is refused, as is a page of another size than the layout's.
Boxes, dates, ids and metadata of the typesetter's file go no further than here.
"""

from io import BytesIO
from typing import Any, NamedTuple

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NumberObject, RectangleObject, StreamObject

from pipeline.base.lengths import points
from pipeline.craft.pdf.objects import dictionary, name

_NEAR = 0.01  # pt
_STATES = {(over, under): f"O{int(over)}{int(under)}" for over in (False, True) for under in (False, True)}
_AS_IT_IS = frozenset(b"m l c v y h re W W* n w J j M d cm BT ET Tf Tm Td TJ Tj Tc Tw Tz TL Ts".split())
_FILLS, _STROKES = frozenset(b"f f* B B* b b*".split()), frozenset(b"S s B B* b b*".split())
_SHOWS = frozenset((b"TJ", b"Tj"))
_ONLY_STROKED = {b"B": b"S", b"B*": b"S", b"b": b"s", b"b*": b"s"}
_COLOURS = {b"scn": 0, b"sc": 0, b"k": 0, b"SCN": 1, b"SC": 1, b"K": 1}  # 0 fills, 1 strokes
_OTHERS = {b"rg": 0, b"g": 0, b"RG": 1, b"G": 1}
_SPACES = {b"cs": 0, b"CS": 1}
_PAINT = (b"k", b"K")


class Fault(NamedTuple):
    """What a press cannot print as it is meant: `artwork-…` and the values of its message."""

    code: str
    values: dict[str, str]


class NotPrintable(Exception):
    """`faults` are each told once."""

    def __init__(self, faults: list[Fault]):
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


class _Pen(NamedTuple):
    """The graphics state as far as it matters: of fill and stroke the colour and the opacity, and what overprints so far."""

    colours: tuple[tuple[bytes, ...] | None, tuple[bytes, ...] | None] = (None, None)  # None: not CMYK
    opacities: tuple[float, float] = (1.0, 1.0)
    over: tuple[bool, bool] = (False, False)


def normal(pdf: bytes, width: int, height: int) -> bytes:
    """The artwork of one page as a press may print it; `width` and `height` are of the bleed box, µm. Raises NotPrintable."""
    page = PdfReader(BytesIO(pdf)).pages[0]
    reading = _Reading(page["/Resources"])
    reading.size([float(edge) for edge in page.mediabox], [0.0, 0.0, points(width), points(height)])
    contents: Any = page["/Contents"].get_object()
    streams = contents if isinstance(contents, ArrayObject) else [contents]
    content = reading.content(b"\n".join(item.get_object().get_data() for item in streams))
    resources = reading.resources()
    if reading.faults:
        raise NotPrintable(list(reading.faults.values()))
    writer = PdfWriter()
    made = writer.add_blank_page(points(width), points(height))
    made[name("MediaBox")] = RectangleObject((0, 0, round(points(width), 4), round(points(height), 4)))
    made[name("Resources")] = resources.clone(writer)
    body = StreamObject()
    body._data = content
    made[name("Contents")] = writer._add_object(body)
    file = BytesIO()
    writer.metadata = None
    writer.write(file)
    return file.getvalue()


class _Reading:
    """One page's content and resources; faults by what is told of them."""

    def __init__(self, resources: Any):
        self._given = resources
        self._states = {key[1:].encode(): value.get_object() for key, value in self._of("/ExtGState").items()}
        self._pen, self._stack = _Pen(), list[_Pen]()
        self._used: set[tuple[bool, bool]] = set()
        self.faults: dict[tuple[str, str], Fault] = {}

    def _of(self, kind: str) -> dict[str, Any]:
        return dict(self._given.get(kind, DictionaryObject()).get_object())

    def fault(self, code: str, found: str) -> None:
        """Note what is wrong, once."""
        self.faults.setdefault((code, found), Fault(code, {"found": found[:60]}))

    def size(self, told: list[float], wanted: list[float]) -> None:
        """The page must be the layout's with its bleed: marks and boxes are the press file's, not the artwork's."""
        if any(abs(one - other) > _NEAR for one, other in zip(told, wanted, strict=True)):
            self.fault("artwork-page-size", " × ".join(f"{edge / 72 * 25.4:.2f} mm" for edge in told[2:]))

    def content(self, data: bytes) -> bytes:
        """The page's operators, each looked at."""
        made: list[bytes] = []
        for line in data.split(b"\n"):
            if words := line.split():
                made += self._operator(words[-1], words[:-1], line)
        return b"".join(line + b"\n" for line in made)

    def _operator(self, operator: bytes, operands: list[bytes], line: bytes) -> list[bytes]:
        if operator == b"q":
            self._stack.append(self._pen)
        elif operator == b"Q":
            self._pen = self._stack.pop()
        elif operator == b"gs":
            return self._state(operands)
        elif operator in _SPACES:
            if operands != [b"/DeviceCMYK"]:
                self.fault("artwork-colour", operands[0].decode("latin-1"))
            return []
        elif operator in _COLOURS:
            return self._colour(_COLOURS[operator], operands)
        elif operator in _OTHERS:
            self._pen = self._pen._replace(colours=_put(self._pen.colours, _OTHERS[operator], None))
            return []
        elif operator in _FILLS | _STROKES | _SHOWS:
            return self._painted(operator, line)
        elif operator not in _AS_IT_IS and operator != b"Do":
            self.fault("artwork-operator", operator.decode("latin-1"))
        return [line]

    def _state(self, operands: list[bytes]) -> list[bytes]:
        """The typesetter's states say nothing but opacity."""
        state = self._states.get(operands[0][1:], {})
        for key, value in state.items():
            if key in ("/ca", "/CA"):
                self._pen = self._pen._replace(opacities=_put(self._pen.opacities, int(key == "/CA"), float(value)))
            elif key != "/Type":
                self.fault("artwork-transparent", key)
        return []

    def _colour(self, which: int, operands: list[bytes]) -> list[bytes]:
        if len(operands) != 4:  # a pattern, or a space that was told of already
            self.fault("artwork-colour", b" ".join(operands[-1:]).decode("latin-1"))
            return []
        self._pen = self._pen._replace(colours=_put(self._pen.colours, which, tuple(operands)))
        return [b" ".join((*operands, _PAINT[which])), *self._overprint()]

    def _overprint(self) -> list[bytes]:
        """The state for the colours as they are: black alone and in full goes over what is there (see `ink.overprints`)."""
        over = tuple(colour is not None and [float(part) for part in colour] == [0, 0, 0, 1] for colour in self._pen.colours)
        if over == self._pen.over:
            return []
        self._pen = self._pen._replace(over=(over[0], over[1]))
        self._used.add(self._pen.over)
        return [b"/%b gs" % _STATES[self._pen.over].encode()]

    def _painted(self, operator: bytes, line: bytes) -> list[bytes]:
        """What is seen must be CMYK and opaque; what cannot be seen is left out."""
        shows = operator in _SHOWS
        seen = [n for n, some in enumerate((_FILLS, _STROKES)) if operator in some or (shows and n == 0)]
        for which in seen:
            opacity, colour = self._pen.opacities[which], self._pen.colours[which]
            if 0 < opacity < 1 or (opacity == 0 and shows):
                self.fault("artwork-transparent", f"{opacity:g}")
            elif opacity == 1 and colour is None:
                self.fault("artwork-colour", "RGB")
        hidden = [which for which in seen if self._pen.opacities[which] == 0]
        if not hidden:
            return [line]
        if len(hidden) == len(seen):
            return [b"n"]
        return [_ONLY_STROKED[operator] if hidden == [0] else b"f*" if b"*" in operator else b"f"]

    def resources(self) -> DictionaryObject:
        """What the content names: fonts, pictures and our own states."""
        made = dictionary()
        if fonts := self._of("/Font"):
            for font in fonts.values():
                self._font(font.get_object())
            made[name("Font")] = self._given["/Font"]
        if pictures := self._of("/XObject"):
            for picture in pictures.values():
                self._picture(picture.get_object())
            made[name("XObject")] = self._given["/XObject"]
        if self._used:
            made[name("ExtGState")] = DictionaryObject({name(_STATES[over]): _state(*over) for over in sorted(self._used)})
        return made

    def _font(self, font: Any) -> None:
        """TrueType outlines, embedded: what every standard of PDF/X bears."""
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        descriptor = inner.get("/FontDescriptor", DictionaryObject()).get_object()
        if "/FontFile2" not in descriptor:
            self.fault("artwork-font", str(font.get("/BaseFont", "?")).lstrip("/"))

    def _picture(self, picture: Any) -> None:
        if picture.get("/Subtype") != "/Image" or "/SMask" in picture or "/Group" in picture:
            self.fault("artwork-transparent", str(picture.get("/Subtype", "?")).lstrip("/"))
        elif not picture.get("/ImageMask") and picture.get("/ColorSpace") not in ("/DeviceCMYK", "/DeviceGray"):
            self.fault("artwork-colour", str(picture.get("/ColorSpace"))[:20].lstrip("/"))


def _put(pair: Any, which: int, value: Any) -> Any:
    return (value, pair[1]) if which == 0 else (pair[0], value)


def _state(fill: bool, stroke: bool) -> DictionaryObject:
    mode = NumberObject(int(fill or stroke))
    return dictionary(Type=name("ExtGState"), OP=BooleanObject(stroke), op=BooleanObject(fill), OPM=mode)
