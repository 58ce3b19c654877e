"""Plates of a part: spot colours, overprinting, and the layers of what is done to the sheet after the inks.

A spot of one name is one object, so its alternate and tint are the same everywhere. Layers are optional content with the
group and type of ISO 19593-1; PDF/X-1a is of a time before them, there the plate's name alone tells.
"""

from collections.abc import Callable

from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, IndirectObject, NumberObject, TextStringObject

from pipeline.base.geometry import Box
from pipeline.craft.pdf.objects import array, dictionary, name
from pipeline.model.template import Plate
from pipeline.model.vendor import X1A, Conditions

# ISO 19593-1: group and, of what has one, type of a processing step.
_STEPS = {
    "cutting": ("Structural", "Cutting"),
    "perforating": ("Structural", "Perforating"),
    "creasing": ("Structural", "Creasing"),
    "punching": ("Structural", "Punching"),
    "white": ("White", ""),
    "varnish": ("Varnish", ""),
}
_ROUND = 0.5522847498  # of a quarter circle's radius: where a Bézier curve has its handles
_Adder = Callable[[DictionaryObject | ArrayObject], IndirectObject]


class Inks:
    """The spot colours, graphics states and layers of one part; each is written when it is first asked for."""

    def __init__(self, add: _Adder, conditions: Conditions):
        self._add, self._layered = add, conditions.vendor.press.standard != X1A
        self._spots: dict[str, IndirectObject] = {}
        self._states: dict[bool, IndirectObject] = {}
        self.layers: dict[str, IndirectObject] = {}

    def spot(self, plate: str, alternate: tuple[int, ...]) -> IndirectObject:
        """A Separation colour space; `alternate` is CMYK in thousandths at full tint."""
        if plate not in self._spots:
            tint = self._add(
                dictionary(
                    FunctionType=NumberObject(2),
                    Domain=array([0, 1]),
                    C0=array([0, 0, 0, 0]),
                    C1=array(part / 1000 for part in alternate),
                    N=NumberObject(1),
                )
            )
            space = ArrayObject([name("Separation"), name(plate), name("DeviceCMYK"), tint])
            self._spots[plate] = self._add(space)
        return self._spots[plate]

    @property
    def overprinting(self) -> IndirectObject:
        """The graphics state in which ink goes over what is there: a plate that a colour has nothing of keeps what it has."""
        return self._state(True)

    @property
    def knocking_out(self) -> IndirectObject:
        """The graphics state in which ink takes the place of what is there."""
        return self._state(False)

    def _state(self, over: bool) -> IndirectObject:
        if over not in self._states:
            told = BooleanObject(over)
            state = dictionary(Type=name("ExtGState"), OP=told, op=told, OPM=NumberObject(int(over)))
            self._states[over] = self._add(state)
        return self._states[over]

    def draw(self, plates: tuple[Plate, ...], height: int) -> tuple[bytes, DictionaryObject]:
        """Plates of one side as operators, and the resources that these name; `height` is the trim's, µm."""
        content, spaces, properties = b"/K gs\n", dictionary(), dictionary()
        for number, plate in enumerate(plates):
            spaces[name(f"P{number}")] = self.spot(plate.name, plate.alternate)
            drawn = _filled(number, plate, height) if plate.width == 0 else _stroked(number, plate, height)
            if self._layered:
                properties[name(f"L{number}")] = self._layer(plate)
                drawn = b"/OC /L%d BDC\n%bEMC\n" % (number, drawn)
            content += drawn
        resources = dictionary(ColorSpace=spaces, ExtGState=dictionary(K=self.overprinting))
        if self._layered:
            resources[name("Properties")] = properties
        return content, resources

    def _layer(self, plate: Plate) -> IndirectObject:
        if plate.name not in self.layers:
            group, kind = _STEPS[plate.kind]
            step = dictionary(GTS_ProcStepsGroup=name(group))
            if kind:
                step[name("GTS_ProcStepsType")] = name(kind)
            self.layers[plate.name] = self._add(
                dictionary(Type=name("OCG"), Name=TextStringObject(plate.name), GTS_Metadata=step)
            )
        return self.layers[plate.name]


def _filled(number: int, plate: Plate, height: int) -> bytes:
    areas = (b"%d %d %d %d re\n" % (box.left, height - box.bottom, box.width, box.height) for box in plate.boxes)
    return b"/P%d cs 1 scn\n%bf\n" % (number, b"".join(areas))


def _stroked(number: int, plate: Plate, height: int) -> bytes:
    dash = b" ".join(b"%d" % length for length in plate.dash)
    paths = b"".join(_path(box, plate.corner, height) for box in plate.boxes)
    return b"/P%d CS 1 SCN\n%d w [%b] 0 d\n%bS\n" % (number, plate.width, dash, paths)


def _path(box: Box, corner: int, height: int) -> bytes:
    """A line, a rectangle, or a rectangle with round corners; y upwards."""
    left, right, bottom, top = box.left, box.right, height - box.bottom, height - box.top
    if not box.width or not box.height:
        return b"%d %d m %d %d l\n" % (left, top, right, bottom)
    if not corner:
        return b"%d %d %d %d re\n" % (left, bottom, box.width, box.height)
    near = corner - round(corner * _ROUND)  # from an edge to a curve's handle
    return (
        b"%d %d m %d %d l\n" % (left + corner, bottom, right - corner, bottom)
        + b"%d %d %d %d %d %d c\n" % (right - near, bottom, right, bottom + near, right, bottom + corner)
        + b"%d %d l\n" % (right, top - corner)
        + b"%d %d %d %d %d %d c\n" % (right, top - near, right - near, top, right - corner, top)
        + b"%d %d l\n" % (left + corner, top)
        + b"%d %d %d %d %d %d c\n" % (left + near, top, left, top - near, left, top - corner)
        + b"%d %d l\n" % (left, bottom + corner)
        + b"%d %d %d %d %d %d c\nh\n" % (left, bottom + near, left + near, bottom, left + corner, bottom)
    )
