"""The pantograph of a side's form: the template's mask, at each of its places to the dot, but for what stays clear."""

import re
from typing import Any

import pikepdf

from pipeline.base.geometry import Box
from pipeline.model.template import Ground, Template

_AWAY = 0.05  # device dots
_BLACK = (0, 0, 0, 1000)  # alone and in full it goes over what is there
_NUMBER = rb"(-?\d+(?:\.\d{1,6})?)"
_BEGIN = re.compile(b"q\n(/K gs )?" + b" ".join([_NUMBER] * 4) + b" k\n")
_CLEAR = re.compile(b" ".join([rb"(-?\d+)"] * 4) + b" re " + b" ".join([rb"(-?\d+)"] * 4) + rb" re W\* n\n")
_GRID = re.compile(_NUMBER + b" 0 0 " + b" ".join([_NUMBER] * 3) + b" cm\n")
_LAID = re.compile(b"q " + _NUMBER + b" 0 0 " + b" ".join([_NUMBER] * 3) + b" cm /Pantograph Do Q\n")
_KEYS = {"/Type", "/Subtype", "/Width", "/Height", "/ImageMask", "/BitsPerComponent", "/Decode", "/Filter", "/Length"}


def overprints(ground: Ground) -> bool:
    """Whether the pantograph is printed over the ground."""
    return bool(ground.mask) and ground.mask_colour == _BLACK


def end_of_pantograph(content: bytes, at: int, ground: Ground, template: Template) -> int:
    """Where the pantograph's operators end that begin at a place of the form's content; ValueError: they are others."""
    bleed, (columns, rows) = template.bleed, ground.mask_size
    page = Box(-bleed, -bleed, template.width + 2 * bleed, template.height + 2 * bleed)
    told, at = _next(_BEGIN, content, at)
    over, *colour = told
    if tuple(round(1000 * float(part)) for part in colour) != ground.mask_colour or bool(over) != overprints(ground):
        raise ValueError
    for clear in ground.mask_clear:
        told, at = _next(_CLEAR, content, at)
        wanted = (*page, clear.left, template.height - clear.bottom, clear.width, clear.height)
        if tuple(map(int, told)) != wanted:
            raise ValueError
    told, at = _next(_GRID, content, at)
    pitch = 25_400 / ground.mask_dpi
    _compare(told, (pitch, pitch, -bleed, template.height + bleed), 1e-5)
    for x, y in ground.mask_places:
        told, at = _next(_LAID, content, at)
        _compare(told, (columns, rows, x, -y - rows), _AWAY)
    if content[at : at + 2] != b"Q\n":
        raise ValueError
    return at + 2


def is_mask(image: Any, ground: Ground) -> bool:
    """Whether an image is the template's mask."""
    return (
        not set(image.keys()) - _KEYS
        and image.Subtype == pikepdf.Name.Image
        and bool(image.ImageMask)
        and (int(image.Width), int(image.Height)) == ground.mask_size
        and [int(end) for end in image.Decode] == [1, 0]
        and image.read_bytes() == ground.mask
    )


def _next(wanted: re.Pattern[bytes], content: bytes, at: int) -> tuple[tuple[bytes, ...], int]:
    found = wanted.match(content, at)
    if not found:
        raise ValueError
    return found.groups(), found.end()


def _compare(told: tuple[bytes, ...], wanted: tuple[float, ...], away: float) -> None:
    if any(abs(float(one) - other) > away for one, other in zip(told, wanted, strict=True)):
        raise ValueError
