"""The shared forms of a part: ground, pantograph, artwork, seals and marks are exactly the template's."""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

import pikepdf

from pipeline.stages.checking.line_work import line_work_fault
from pipeline.stages.checking.margin import bars, colours_fault, marks_fault
from pipeline.stages.checking.pantograph import end_of_pantograph, is_mask, overprints
from pipeline.stages.checking.plan import Plan
from pipeline.stages.checking.plates import is_state, plate_fault, spot_fault
from pipeline.stages.checking.records import HINTS, reuse_fault

_SCALE = 25_400 / 72
_NEAR = 0.01
_CMYK = b" ".join([rb"(\d(?:\.\d{1,6})?)"] * 4)
_GROUND = re.compile(_CMYK + rb" k\n(-?\d+) (-?\d+) (\d+) (\d+) re f\n")
_SPOT = re.compile(rb"/Ground cs 1 scn\n(-?\d+) (-?\d+) (\d+) (\d+) re f\n")
_LINES = b"/Lines Do\n"
_FORM_KEYS = {"/Type", "/Subtype", "/BBox", "/Matrix", "/Resources", "/Filter", "/DecodeParms", "/Length"}


def form_faults(objects: Any, plan: Plan, families: frozenset[str], overprint: bool) -> Iterator[str]:
    """What is wrong with a part's forms, by name."""
    wanted = {"/Overprint"} if overprint else set()
    seen: set[str] | None = set() if plan.conditions.vendor.press.variable else None  # identities of forms to be reused
    for leaf, kind in enumerate(plan.template.leaves):
        for number, side in enumerate(kind.sides):
            if number not in plan.sides:
                continue
            key = f"{leaf}{'FB'[number]}"
            wanted |= {f"/S{key}{index}" for index in range(len(side.seals))}
            for name, layer in zip("TU", side.layers, strict=False):
                wanted.add(f"/{name}{key}")
                yield from _missing(f"{name}{key}", objects, lambda form, layer=layer: _template(form, layer, plan), seen)
            for index, seal in enumerate(side.seals):
                place = (seal.box.left, plan.template.height - seal.box.bottom)
                check = lambda form, seal=seal, place=place: _placed(form, seal.pdf, *place)  # noqa: E731
                yield from _missing(f"S{key}{index}", objects, check, seen)
            if plan.plates(side):
                wanted.add(f"/P{key}")
                yield from _missing(f"P{key}", objects, lambda form, side=side: plate_fault(form, side, plan), None)
            for pdf in (side.pdf, *(seal.pdf for seal in side.seals)):
                yield from (f"T{key}: undeclared font {name}" for name in _fonts(pdf) if not _declared(name, families))
    for surface in plan.shown:
        if bars(plan, surface):
            wanted.add(f"/M{surface}")
            yield from _missing(f"M{surface}", objects, lambda form, surface=surface: marks_fault(form, plan, surface), seen)
    if plan.design.marks and plan.design.marks.colours:
        wanted.add("/C")
        yield from _missing("C", objects, lambda form: colours_fault(form, plan), seen)
    yield from (f"{name[1:]}: not of this template" for name in sorted(set(objects.keys()) - wanted))


def _missing(name: str, objects: Any, check: Any, seen: set[str] | None) -> Iterator[str]:
    if f"/{name}" not in objects:
        yield f"{name}: is missing"
        return
    try:
        form = objects[f"/{name}"]
        hints = HINTS if seen is not None else set()
        if odd := set(form.keys()) - _FORM_KEYS - hints or form.Subtype != pikepdf.Name.Form:
            yield f"{name}: has {odd}"
        elif (seen is not None and (reason := reuse_fault(form, seen))) or (reason := check(form)):
            yield f"{name}: {reason}"
    except (KeyError, AttributeError, ValueError, TypeError, pikepdf.PdfError) as fault:
        yield f"{name}: cannot be read ({type(fault).__name__})"


def _template(form: Any, side: Any, plan: Plan) -> str:
    """Ground, line work, pantograph, artwork of a side's layer, in this order, over the whole bleed."""
    template, ground = plan.template, side.ground
    bleed = template.bleed
    width, height = template.width + 2 * bleed, template.height + 2 * bleed
    if not _near(form.BBox, [-bleed, -bleed, width - bleed, height - bleed]) or "/Matrix" in form:
        return "lies elsewhere"
    content = form.read_bytes()
    drawn = form.Resources.XObject
    spot = ground.spot if ground.colour and plan.conditions.vendor.press.plates else ""
    over = overprints(ground)
    resources = {"/XObject"} | ({"/ColorSpace"} if spot else set()) | ({"/ExtGState"} if over else set())
    objects = {"/Artwork"} if side.pdf else set()
    objects |= ({"/Pantograph"} if ground.mask else set()) | ({"/Lines"} if ground.lines else set())
    if set(form.Resources.keys()) != resources or set(drawn.keys()) != objects:
        return "draws something else"
    at = 0
    if spot:
        found, spaces = _SPOT.match(content), form.Resources.ColorSpace
        if not found or _numbers(found, 1) != (-bleed, -bleed, width, height) or set(spaces.keys()) != {"/Ground"}:
            return "has another ground"
        if reason := spot_fault(spaces.Ground, spot, ground.colour or ()):
            return reason
        at = found.end()
    elif ground.colour:
        found = _GROUND.match(content)
        if not found or _cmyk(found) != ground.colour or _numbers(found, 5) != (-bleed, -bleed, width, height):
            return "has another ground"
        at = found.end()
    if ground.lines:
        if not content.startswith(_LINES, at):
            return "draws something else"
        if reason := line_work_fault(drawn.Lines, ground.lines, plan):
            return reason
        at += len(_LINES)
    if ground.mask:
        try:
            at = end_of_pantograph(content, at, ground, template)
        except ValueError:
            return "has another pantograph"
        if over and not is_state(form.Resources.ExtGState.K, True):
            return "overprints otherwise"
        if not is_mask(drawn.Pantograph, ground):
            return "has another pantograph"
    if content[at:] != (b"/Artwork Do\n" if side.pdf else b""):
        return "draws something else"
    if not side.pdf:
        return ""
    if odd := set(drawn.Artwork.keys()) - _FORM_KEYS:
        return f"has {odd}"
    return _placed(drawn.Artwork, side.pdf, -bleed, -bleed)


def _placed(form: Any, pdf: bytes, left: int, bottom: int) -> str:
    """A compiled page, content and resources unchanged, its corner at a place."""
    with pikepdf.open(BytesIO(pdf)) as compiled:
        page = compiled.pages[0].obj
        if not _near(form.Matrix, [_SCALE, 0, 0, _SCALE, left, bottom]) or not _near(form.BBox, list(page.MediaBox)):
            return "lies elsewhere"
        contents = page.Contents
        streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        if form.read_bytes() != b"\n".join(stream.read_bytes() for stream in streams):
            return "has other artwork"
        return "" if _alike(form.Resources, page.Resources, set()) else "has other resources"


def _alike(one: Any, other: Any, seen: set[tuple[int, int]]) -> bool:
    """Whether two objects of two files are the same, all they refer to included."""
    if isinstance(one, pikepdf.Object) and isinstance(other, pikepdf.Object):
        pair = (one.objgen[0], other.objgen[0])
        if pair[0] and pair in seen:
            return True
        seen.add(pair)
        if isinstance(one, pikepdf.Stream) and isinstance(other, pikepdf.Stream):
            return _entries(one, other, seen, {"/Filter", "/Length", "/DecodeParms"}) and _data(one) == _data(other)
        if isinstance(one, pikepdf.Dictionary) and isinstance(other, pikepdf.Dictionary):
            return _entries(one, other, seen, set())
        if isinstance(one, pikepdf.Array) and isinstance(other, pikepdf.Array):
            return len(one) == len(other) and all(_alike(a, b, seen) for a, b in zip(one, other, strict=True))
    try:
        return abs(float(one) - float(other)) < 1e-4
    except (TypeError, ValueError):
        return bool(one == other)


def _data(stream: Any) -> bytes:
    """A stream's content; what is no matter of bytes but of pictures (JPEG) as it is."""
    try:
        return bytes(stream.read_bytes())
    except pikepdf.PdfError:
        return bytes(stream.read_raw_bytes())


def _entries(one: Any, other: Any, seen: set[tuple[int, int]], without: set[str]) -> bool:
    keys = set(one.keys()) - without
    return keys == set(other.keys()) - without and all(_alike(one[key], other[key], seen) for key in keys)


def _fonts(pdf: bytes) -> list[str]:
    """Names of the fonts in compiled artwork."""
    with pikepdf.open(BytesIO(pdf)) as compiled:
        return sorted(
            {str(one.BaseFont) for one in compiled.objects if isinstance(one, pikepdf.Dictionary) and "/BaseFont" in one}
        )


def _declared(name: str, families: frozenset[str]) -> bool:
    """Whether an embedded font's name, without its subset tag and punctuation, is a declared typeface's."""
    return plain(name.rpartition("+")[2]) in families


def plain(name: str) -> str:
    """A typeface name without punctuation, as a PDF may write it."""
    return re.sub(r"[^0-9a-z]", "", name.lower())


def family_names(names: Mapping[str, set[str]]) -> frozenset[str]:
    """Every way to write the declared typefaces' names."""
    return frozenset(plain(name) for some in names.values() for name in some if name.isascii())


def _cmyk(found: re.Match[bytes], first: int = 1) -> tuple[int, ...]:
    return tuple(round(float(found[n]) * 1000) for n in range(first, first + 4))


def _numbers(found: re.Match[bytes], first: int) -> tuple[int, ...]:
    return tuple(int(found[n]) for n in range(first, first + 4))


def _near(told: Any, wanted: list[Any]) -> bool:
    return len(told) == len(wanted) and all(abs(float(a) - float(b)) < _NEAR for a, b in zip(told, wanted, strict=True))
