"""Spot plates of a layout: names, shapes and boxes that a press can follow, and one look for one name."""

from collections.abc import Iterator

from pipeline.base.geometry import Box
from pipeline.base.problems import Problem
from pipeline.craft.sheet_lint import length_fault, millimetres
from pipeline.craft.yamlfile import Location, Source
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout, PlateSpec
from pipeline.model.spec import Cmyk
from pipeline.model.vendor import is_spot_name

_FILLED = ("white", "varnish")


def lint_plates(source: Source, layout: Layout) -> Iterator[Problem]:
    """All problems of a layout's plates."""
    seen: dict[str, Cmyk] = {}
    trim = Box(0, 0, layout.page.width, layout.page.height)
    for number, leaf in enumerate(layout.leaves):
        for key, side in (("front", leaf.front), ("back", leaf.back)):
            for name, plate in side.plates.items() if side else ():
                here: Location = ("leaves", number, key, "plates", name)
                if not is_spot_name(name):
                    yield Problem("layout-plate-name", source.where(here, key=True), {"name": name[:60]})
                if seen.setdefault(name, plate.alternate) != plate.alternate:
                    yield Problem("layout-plate-alternate", source.where((*here, "alternate")), {"name": name})
                yield from _shape(source, here, plate)
                yield from _boxes(source, here, name, plate, trim)


def _shape(source: Source, here: Location, plate: PlateSpec) -> Iterator[Problem]:
    """What is cut has lines, what is laid over has areas; a shape of its own has no boxes, another needs some."""
    known = ("page", "areas") if plate.kind in _FILLED else ("outline", "lines")
    if plate.shape not in known:
        values = {"kind": plate.kind, "shape": plate.shape, "known": "、".join(known)}
        yield Problem("layout-plate-shape", source.where((*here, "shape")), values)
    elif bool(plate.boxes) == (plate.shape in ("outline", "page")):
        yield Problem("layout-plate-boxes", source.where(here), {"shape": plate.shape})


def _boxes(source: Source, here: Location, name: str, plate: PlateSpec, trim: Box) -> Iterator[Problem]:
    if plate.line <= 0:
        yield length_fault(source, (*here, "line"), plate.line, "> 0 mm")
    for number, length in enumerate(plate.dash):
        if length <= 0:
            yield length_fault(source, (*here, "dash", number), length, "> 0 mm")
    for number, spec in enumerate(plate.boxes):
        at, box = (*here, "boxes", number), spec.box
        least = 1 if plate.shape == "areas" else 0
        for key, length in (("width", box.width), ("height", box.height)):
            if length < least or box.width == box.height == 0:
                yield length_fault(source, (*at, key), length, "> 0 mm")
        if not trim.holds(box):
            over = max(-box.left, -box.top, box.right - trim.width, box.bottom - trim.height)
            page = f"{millimetres(trim.width)} × {millimetres(trim.height)}"
            yield Problem("layout-outside-trim", source.where(at), {"name": name, "over": millimetres(over), "page": page})


def lint_spots(layout: Layout, issuer: Issuer, place: str) -> Iterator[Problem]:
    """A spot colour of an issuer is a ground's, and no plate of the layout has its name and another look."""
    plates = {name: plate.alternate for leaf in layout.leaves for side in leaf.sides for name, plate in side.plates.items()}
    texts = {style.colour for style in layout.styles.values()} | {"ink"}
    texts |= {side.pantograph.colour for leaf in layout.leaves for side in leaf.sides if side.pantograph}
    texts |= {one.colour for leaf in layout.leaves for side in leaf.sides for one in side.security.words.values()}
    for colour, name in issuer.spots.items():
        if colour in texts or colour not in issuer.theme:
            yield Problem("issuer-spot-not-ground", place, {"colour": colour, "layout": layout.title})
        elif plates.get(name, issuer.theme[colour]) != issuer.theme[colour]:
            yield Problem("layout-plate-alternate", place, {"name": name})
