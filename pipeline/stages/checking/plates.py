"""Spot plates and overprinting: the colour spaces, graphics states and forms of what is done to the sheet after the inks."""

import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from pipeline.base.geometry import Box
from pipeline.model.template import Plate, Side
from pipeline.model.vendor import X1A
from pipeline.stages.checking.identity import is_layer
from pipeline.stages.checking.plan import Plan

_NEAR = 1e-4
_TINT_KEYS = {"/FunctionType", "/Domain", "/C0", "/C1", "/N"}
_INT = rb"(-?\d{1,7})"
_NUMBERS = re.compile(rb"-?\d{1,7}")
_CURVE = 0.5522847498  # a quarter circle by a Bézier curve
_FAR = 2  # µm: rounding of a curve's handles


def spot_fault(space: Any, name: str, alternate: tuple[int, ...]) -> str:
    """Why a colour space is not this plate with this alternate, or nothing."""
    if len(space) != 4 or space[0] != pikepdf.Name.Separation or space[2] != pikepdf.Name.DeviceCMYK:
        return "is not a plate of its own"
    if str(space[1]) != f"/{name}":
        return f"is plate {str(space[1])[1:]}"
    tint = space[3]
    told = [float(number) for key in (tint.Domain, tint.C0, tint.C1, [tint.N]) for number in key]
    wanted = [0, 1, 0, 0, 0, 0, *(part / 1000 for part in alternate), 1]
    if set(tint.keys()) != _TINT_KEYS or tint.FunctionType != 2 or len(told) != len(wanted):
        return "has another alternate"
    near = all(abs(one - other) < _NEAR for one, other in zip(told, wanted, strict=True))
    return "" if near else "has another alternate"


def state_faults(resources: Any) -> Iterator[str]:
    """The two graphics states that pages may name: K overprints, N does not."""
    states = resources.get("/ExtGState", {})
    if set(states.keys()) != {"/K", "/N"}:
        yield "ExtGState"
        return
    yield from (f"ExtGState {key}" for key, over in (("K", True), ("N", False)) if not is_state(states[f"/{key}"], over))


def is_state(state: Any, over: bool) -> bool:
    """Whether a graphics state says this of overprinting and nothing else; OPM 1 spares plates a colour has nothing of."""
    told = {key: state[key] for key in state if key != "/Type"}
    return told == {"/OP": over, "/op": over, "/OPM": int(over)}


def plate_fault(form: Any, side: Side, plan: Plan) -> str:
    """Why a form does not draw the plates of one side as they must be, or nothing."""
    template, bleed = plan.template, plan.template.bleed
    box = [-bleed, -bleed, template.width + bleed, template.height + bleed]
    if "/Matrix" in form or "/Group" in form or [int(edge) for edge in form.BBox] != box:
        return "lies elsewhere"
    layered = plan.conditions.vendor.press.standard != X1A
    resources = form.Resources
    if set(resources.keys()) != {"/ColorSpace", "/ExtGState"} | ({"/Properties"} if layered else set()):
        return "draws something else"
    if set(resources.ExtGState.keys()) != {"/K"} or not is_state(resources.ExtGState.K, True):
        return "does not overprint"
    names = {f"/P{n}" for n in range(len(side.plates))}
    if set(resources.ColorSpace.keys()) != names:
        return "draws something else"
    lines = form.read_bytes()
    if not lines.startswith(b"/K gs\n"):
        return "does not overprint"
    lines = lines.removeprefix(b"/K gs\n")
    for number, plate in enumerate(side.plates):
        if reason := spot_fault(resources.ColorSpace[f"/P{number}"], plate.name, plate.alternate):
            return reason
        if layered:
            begin, end = b"/OC /L%d BDC\n" % number, b"EMC\n"
            group = resources.Properties.get(f"/L{number}", {})
            if not lines.startswith(begin) or end not in lines or not is_layer(group, plate.kind):
                return "is in no layer of its own"
            if str(group.Name) != plate.name:
                return "is in another layer"
            drawn, lines = lines.removeprefix(begin).split(end, 1)
        else:
            start = lines.find(b"/P%d " % (number + 1), 1)
            drawn, lines = (lines, b"") if start < 0 else (lines[:start], lines[start:])
        if not _is_drawn(drawn, number, plate, plan):
            return f"{plate.name} has another shape"
    return "draws something else" if lines else ""


def _is_drawn(drawn: bytes, number: int, plate: Plate, plan: Plan) -> bool:
    height = plan.template.height
    wanted: list[tuple[bytes, list[int]]] = []
    if plate.width:
        wanted += [(b"w", [plate.width]), (b"d", [*plate.dash, 0])]
        head, tail = b"/P%d CS 1 SCN\n" % number, b"S\n"
        for box in plate.boxes:
            wanted += _path(box, plate.corner, height)
    else:
        head, tail = b"/P%d cs 1 scn\n" % number, b"f\n"
        for box in plate.boxes:
            wanted.append((b"re", [box.left, height - box.bottom, box.width, box.height]))
    if not drawn.startswith(head) or not drawn.endswith(tail):
        return False
    found = [_step(line) for line in drawn[len(head) : -len(tail)].replace(b" l\n", b" l ").split(b"\n")[:-1]]
    told = [step for steps in found for step in steps]
    return len(told) == len(wanted) and all(
        operator == other
        and len(numbers) == len(others)
        and all(abs(a - b) <= _FAR for a, b in zip(numbers, others, strict=True))
        for (operator, numbers), (other, others) in zip(told, wanted, strict=True)
    )


def _step(line: bytes) -> list[tuple[bytes, list[int]]]:
    """The path operators of one line with their numbers; an operator that no plate has matches none that is wanted."""
    steps: list[tuple[bytes, list[int]]] = []
    numbers: list[int] = []
    for word in line.replace(b"[", b" ").replace(b"]", b" ").split():
        if _NUMBERS.fullmatch(word):
            numbers.append(int(word))
        else:
            steps.append((word, numbers))
            numbers = []
    return steps if not numbers else [*steps, (b"?", numbers)]


def _path(box: Box, corner: int, height: int) -> list[tuple[bytes, list[int]]]:
    """A line, a rectangle or a rounded rectangle from its lower left, anticlockwise."""
    x0, x1, y0, y1 = box.left, box.right, height - box.bottom, height - box.top
    if box.width == 0 or box.height == 0:
        return [(b"m", [x0, y1]), (b"l", [x1, y0])]
    if corner == 0:
        return [(b"re", [x0, y0, box.width, box.height])]
    h = round(corner * (1 - _CURVE))
    return [
        (b"m", [x0 + corner, y0]),
        (b"l", [x1 - corner, y0]),
        (b"c", [x1 - h, y0, x1, y0 + h, x1, y0 + corner]),
        (b"l", [x1, y1 - corner]),
        (b"c", [x1, y1 - h, x1 - h, y1, x1 - corner, y1]),
        (b"l", [x0 + corner, y1]),
        (b"c", [x0 + h, y1, x0, y1 - h, x0, y1 - corner]),
        (b"l", [x0, y0 + corner]),
        (b"c", [x0, y0 + h, x0 + h, y0, x0 + corner, y0]),
        (b"h", []),
    ]
