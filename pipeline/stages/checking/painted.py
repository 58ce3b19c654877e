"""What a page paints, step by step through all its forms: colours, plates, overprint, sizes and places in points.

It knows nothing of how our pages are made; whatever another program had put into a page would be seen as well.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pikepdf

Matrix = tuple[float, float, float, float, float, float]
Edges = tuple[float, float, float, float]  # left, bottom, right, top, points
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_PATHS = {"m", "l", "c", "v", "y"}
_FILLS, _STROKES = {"f", "F", "f*", "B", "B*", "b", "b*"}, {"S", "s", "B", "B*", "b", "b*"}
_PLAIN = {"g": "DeviceGray", "rg": "DeviceRGB", "k": "DeviceCMYK", "G": "DeviceGray", "RG": "DeviceRGB", "K": "DeviceCMYK"}


class Colour(NamedTuple):
    """A colour as it is set: the name of its space, the plate of a Separation, and the components."""

    space: str = "DeviceGray"
    plate: str = ""
    parts: tuple[float, ...] = (0,)


class Paint(NamedTuple):
    """One thing painted. `what` is fill (a rectangle), shape, frame, stroke, text or image; `size` its line width, type size

    or, of an image, dots per inch (0 for a mask); `over` whether it overprints, `box` what it covers, `form` where it stands.
    """

    what: str
    colour: Colour
    over: bool
    size: float
    box: Edges
    form: str


class _State(NamedTuple):
    matrix: Matrix
    fill: Colour = Colour()
    stroke: Colour = Colour()
    over_fill: bool = False
    over_stroke: bool = False
    width: float = 1
    size: float = 0


class _Shape(NamedTuple):
    """A part of a path."""

    is_rectangle: bool
    points: list[tuple[float, float]]


def painted(page: Any) -> Iterator[Paint]:
    """Everything a page paints, in order; of a form that is drawn again, only the first time."""
    yield from _content(page, page.get("/Resources", {}), _State(IDENTITY), "page", set())


def _content(stream: Any, resources: Any, begin: _State, form: str, seen: set[tuple[int, int]]) -> Iterator[Paint]:
    state, saved = begin, list[_State]()
    shapes: list[_Shape] = []
    text: Matrix = IDENTITY
    for step in pikepdf.parse_content_stream(stream):
        operands: Any = step.operands
        operator = str(step.operator)
        if operator == "q":
            saved.append(state)
        elif operator == "Q":
            state = saved.pop() if saved else state
        elif operator == "cm":
            state = state._replace(matrix=_times(_numbers(operands), state.matrix))
        elif operator == "gs":
            state = _with(state, resources.ExtGState[str(operands[0])])
        elif operator == "w":
            state = state._replace(width=float(operands[0]))
        elif operator in _PLAIN or operator in ("cs", "CS", "sc", "SC", "scn", "SCN"):
            state = _coloured(state, operator, operands, resources)
        elif operator == "re":
            x, y, width, height = map(float, operands)
            shapes.append(_Shape(True, [(x, y), (x + width, y + height), (x, y + height), (x + width, y)]))
        elif operator in _PATHS:
            points = list(zip(map(float, operands[::2]), map(float, operands[1::2]), strict=True))
            if operator == "m" or not shapes:
                shapes.append(_Shape(False, []))
            shapes[-1].points.extend(points)
        elif operator in ("f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "n"):
            if operator == "f*" and len(shapes) == 2:
                yield _frame(state, shapes, form)
            else:
                yield from (paint for shape in shapes for paint in _path(operator, state, shape, form))
            shapes = []
        elif operator == "BT":
            text = IDENTITY
        elif operator == "Tf":
            state = state._replace(size=float(operands[1]))
        elif operator == "Tm":
            text = _numbers(operands)
        elif operator in ("Tj", "TJ", "'", '"'):
            matrix = _times(text, state.matrix)
            box = (matrix[4], matrix[5], matrix[4], matrix[5])
            yield Paint("text", state.fill, state.over_fill, state.size * _scale(matrix), box, form)
        elif operator == "INLINE IMAGE":
            yield _image(state, operands[0].obj, form)
        elif operator == "Do":
            thing = resources.XObject[str(operands[0])]
            if thing.get("/Subtype") == pikepdf.Name.Image:
                yield _image(state, thing, str(operands[0])[1:])
            elif thing.objgen not in seen:
                seen.add(thing.objgen)
                inner = state._replace(matrix=_times(_numbers(thing.get("/Matrix", IDENTITY)), state.matrix))
                yield from _content(thing, thing.get("/Resources", resources), inner, str(operands[0])[1:], seen)


def _frame(state: _State, shapes: Sequence[_Shape], form: str) -> Paint:
    """What lies between one shape and another within it, as a border is painted: as thin as their nearest edges."""
    boxes = [_box([_at(point, state.matrix) for point in shape.points]) for shape in shapes]
    inner, outer = sorted(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
    gaps = [abs(one - other) for one, other in zip(inner, outer, strict=True)]
    return Paint("frame", state.fill, state.over_fill, min((gap for gap in gaps if gap > 0.02), default=0), outer, form)


def _path(operator: str, state: _State, shape: _Shape, form: str) -> Iterator[Paint]:
    box = _box([_at(point, state.matrix) for point in shape.points])
    if operator in _FILLS:
        thin = min(box[2] - box[0], box[3] - box[1])
        yield Paint("fill" if shape.is_rectangle else "shape", state.fill, state.over_fill, thin, box, form)
    if operator in _STROKES:
        yield Paint("stroke", state.stroke, state.over_stroke, state.width * _scale(state.matrix), box, form)


def _image(state: _State, image: Any, form: str) -> Paint:
    """An image lies in the unit square of its matrix."""
    matrix = state.matrix
    box = _box([_at(corner, matrix) for corner in ((0, 0), (1, 0), (0, 1), (1, 1))])
    if bool(image.get("/ImageMask", image.get("/IM", False))):
        return Paint("image", state.fill, state.over_fill, 0, box, form)
    dots = min(float(image.Width) / math.hypot(matrix[0], matrix[1]), float(image.Height) / math.hypot(matrix[2], matrix[3]))
    return Paint("image", Colour(_space(image.get("/ColorSpace", "")).space), state.over_fill, dots * 72, box, form)


def _coloured(state: _State, operator: str, operands: Sequence[Any], resources: Any) -> _State:
    strokes = operator.isupper()
    before = state.stroke if strokes else state.fill
    if operator in _PLAIN:
        colour = Colour(_PLAIN[operator], "", tuple(map(float, operands)))
    elif operator in ("cs", "CS"):
        name = str(operands[0])
        known = resources.get("/ColorSpace", {})
        colour = _space(known[name] if name in known else operands[0])
    else:
        parts = tuple(float(one) for one in operands if not isinstance(one, pikepdf.Name))
        colour = before._replace(parts=parts)
    return state._replace(stroke=colour) if strokes else state._replace(fill=colour)


def _space(space: Any) -> Colour:
    """A colour space by its family's name; of a Separation, its plate too."""
    if not isinstance(space, pikepdf.Array):
        return Colour(str(space).removeprefix("/"), "", ())
    family = str(space[0]).removeprefix("/")
    return Colour(family, re.sub("^/", "", str(space[1])) if family == "Separation" else "", ())


def _with(state: _State, graphics: Any) -> _State:
    """The state after a graphics state dictionary; `op` alone is said by `OP` too."""
    over = bool(graphics.get("/OP", state.over_stroke))
    fill = bool(graphics.get("/op", over if "/OP" in graphics else state.over_fill))
    return state._replace(over_stroke=over, over_fill=fill, width=float(graphics.get("/LW", state.width)))


def _numbers(operands: Any) -> Matrix:
    a, b, c, d, e, f = map(float, operands)
    return a, b, c, d, e, f


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _at(point: tuple[float, float], matrix: Matrix) -> tuple[float, float]:
    (x, y), (a, b, c, d, e, f) = point, matrix
    return a * x + c * y + e, b * x + d * y + f


def _scale(matrix: Matrix) -> float:
    a, b, c, d, *_ = matrix
    return math.sqrt(abs(a * d - b * c))


def _box(points: Sequence[tuple[float, float]]) -> Edges:
    across, up = [x for x, _ in points], [y for _, y in points]
    return min(across), min(up), max(across), max(up)
