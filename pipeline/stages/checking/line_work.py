"""Line work of a side: its form draws the template's lines and nothing else, by operators of a closed list, overprinting."""

import re
from typing import Any

from pipeline.model.template import LineWork
from pipeline.stages.checking.plan import Plan
from pipeline.stages.checking.plates import is_state, spot_fault

_BEGIN = b"/K gs\n1 J 1 j\n"
_INT = rb"-?\d{1,7}"
_PATHS = re.compile(rb"(?:(?:%b|%b) [ml]\n|%b c\n)*" % ((rb" ".join([_INT] * 2),) * 2 + (rb" ".join([_INT] * 6),)))
_COLOUR = re.compile(b" ".join([rb"(\d(?:\.\d{1,6})?)"] * 4) + rb" K\n")
_FORM_KEYS = {"/Type", "/Subtype", "/BBox", "/Resources", "/Filter", "/Length"}


def line_work_fault(form: Any, lines: tuple[LineWork, ...], plan: Plan) -> str:
    """Why a form does not draw these lines as it must, or nothing."""
    template, bleed = plan.template, plan.template.bleed
    box = [-bleed, -bleed, template.width + bleed, template.height + bleed]
    if set(form.keys()) != _FORM_KEYS or [int(edge) for edge in form.BBox] != box:
        return "has other line work"
    plated = {number for number, one in enumerate(lines) if one.spot and plan.conditions.vendor.press.plates}
    resources = form.Resources
    if set(resources.keys()) != {"/ExtGState"} | ({"/ColorSpace"} if plated else set()):
        return "has other line work"
    if set(resources.ExtGState.keys()) != {"/K"} or not is_state(resources.ExtGState.K, True):
        return "line work does not overprint"
    if plated and set(resources.ColorSpace.keys()) != {f"/L{number}" for number in plated}:
        return "has other line work"
    content = form.read_bytes()
    if not content.startswith(_BEGIN):
        return "has other line work"
    at = len(_BEGIN)
    for number, one in enumerate(lines):
        if number in plated:
            if reason := spot_fault(resources.ColorSpace[f"/L{number}"], one.spot, one.colour):
                return reason
            told = b"/L%d CS 1 SCN\n" % number
            if not content.startswith(told, at):
                return "line work has another colour"
            at += len(told)
        else:
            found = _COLOUR.match(content, at)
            if not found or tuple(round(float(part) * 1000) for part in found.groups()) != one.colour:
                return "line work has another colour"
            at = found.end()
        drawn = b"%d w\n%bS\n" % (one.width, one.paths)
        if not _PATHS.fullmatch(one.paths) or not content.startswith(drawn, at):
            return "has other line work"
        at += len(drawn)
    return "" if at == len(content) else "draws something else"
