"""Every object of a press file against the table of PDF objects: known keys, right types, nothing missing, known values.

`fixtures/pdf-objects.tsv` holds the facts and names their source. Private keys begin with the house's prefix and stand in
the metadata of document parts alone.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
import pytest

from tests import orders, planted
from tests.planted import CARD, Change, Lot, plant, press

VENDORS = ("house", "house-x1a", "house-vt", "office")
TABLE = orders.ROOT / "fixtures" / "pdf-objects.tsv"
_PRIVATE = re.compile(r"/SKPR_[A-Za-z]+")


class Key(NamedTuple):
    """What a key of an object must be."""

    types: frozenset[str]
    required: str
    indirect: bool
    values: frozenset[str]


@cache
def table() -> Mapping[str, Mapping[str, Key]]:
    """The objects by name, their keys by name with the slash."""
    found: dict[str, dict[str, Key]] = {}
    lines = (line for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))
    for row in csv.DictReader(lines, delimiter="\t"):
        key = Key(
            frozenset(row["types"].split(";")), row["required"], row["indirect"] == "yes",
            frozenset(filter(None, row["values"].split(","))),
        )  # fmt: skip
        found.setdefault(row["object"], {})[f"/{row['key']}"] = key
    return found


def _types(value: Any) -> set[str]:
    """The table's names for what a value can be."""
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int):
        return {"integer", "number", "bitmask"}
    if isinstance(value, pikepdf.Name):
        return {"name"}
    if isinstance(value, pikepdf.Stream):
        return {"stream"}
    if isinstance(value, pikepdf.Dictionary):
        return {"dictionary", "name-tree", "number-tree"}
    if isinstance(value, pikepdf.Array):
        numbers = all(_types(one) & {"number"} for one in value)
        return {"array"} | (
            {"rectangle"} if numbers and len(value) == 4 else {"matrix"} if numbers and len(value) == 6 else set()
        )
    if isinstance(value, pikepdf.String):
        dated = re.fullmatch(r"D:\d{14}[+-]\d\d'\d\d'?", str(value))
        return {"string", "string-text", "string-ascii", "string-byte"} | ({"date"} if dated else set())
    return {"number"}


def faults(kind: str, thing: Any) -> Iterator[str]:
    """What one object has wrong."""
    keys = table()[kind]
    for name in sorted(set(thing.keys()) - keys.keys() - ({"/*"} & keys.keys())):
        if "/*" not in keys:
            yield f"{kind} {name}: unknown"
    for name, key in keys.items():
        if name == "/*":
            continue
        if name not in thing:
            other = f"/{key.required.removeprefix('unless ')}"
            if key.required == "yes" or (key.required != "no" and other not in thing):
                yield f"{kind} {name}: missing"
            continue
        value = thing[name]
        if not _types(value) & key.types:
            yield f"{kind} {name}: {_types(value)}, not {set(key.types)}"
        if key.indirect and not (isinstance(value, pikepdf.Object) and value.is_indirect):
            yield f"{kind} {name}: not indirect"
        told = str(value).removeprefix("/")
        if key.values and isinstance(value, (int, pikepdf.Name)) and told not in key.values:
            yield f"{kind} {name}: {told}"


def objects(pdf: pikepdf.Pdf) -> Iterator[tuple[str, Any]]:
    """Every object of a press file with its kind in the table."""
    root = pdf.Root
    yield from (("Catalog", root), ("PageTreeNodeRoot", root.Pages), ("DocInfo", pdf.trailer.Info), ("Metadata", root.Metadata))
    for intent in root.OutputIntents:
        yield from (("OutputIntents", intent), ("ICCProfileStream", intent.DestOutputProfile))
    if "/OCProperties" in root:
        yield from (("OptContentProperties", root.OCProperties), ("OptContentConfig", root.OCProperties.D))
        yield from (("OptContentGroup", group) for group in root.OCProperties.OCGs)
    if "/DPartRoot" in root:
        node = root.DPartRoot.DPartRootNode
        yield from (("DPartRoot", root.DPartRoot), ("DPart", node))
        yield from (("DPart", leaf) for row in node.DParts for leaf in row)
    for page in pdf.pages:
        yield "PageObject", page.obj
        if "/Group" in page.obj:
            yield "GroupAttributes", page.obj.Group
    yield from _drawn(pdf.pages[0].obj.Resources, set())


def _drawn(resources: Any, seen: set[tuple[int, int]]) -> Iterator[tuple[str, Any]]:
    yield "Resource", resources
    yield from (("GraphicsStateParameter", state) for state in resources.get("/ExtGState", {}).values())
    for space in resources.get("/ColorSpace", {}).values():
        if isinstance(space, pikepdf.Array):
            assert len(space) == 4 and space[0] == pikepdf.Name.Separation
            yield "FunctionType2", space[3]
    for font in resources.get("/Font", {}).values():
        yield from (("FontType0", font), ("FontCIDType2", font.DescendantFonts[0]))
        yield "FontDescriptorCIDType2", font.DescendantFonts[0].FontDescriptor
    for thing in resources.get("/XObject", {}).values():
        if thing.objgen in seen:
            continue
        seen.add(thing.objgen)
        if thing.Subtype == pikepdf.Name.Image:
            yield "XObjectImageMask", thing
            continue
        yield "XObjectFormType1", thing
        if "/Group" in thing:
            yield "GroupAttributes", thing.Group
        yield from _drawn(thing.Resources, seen)


def judged(part: Path) -> list[str]:
    with pikepdf.open(part) as pdf:
        return [fault for kind, thing in objects(pdf) for fault in faults(kind, thing)]


def lot_for(vendor: str) -> Lot:
    return planted.real(CARD, "kyosai", 22)._replace(conditions=planted.conditions(vendor))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("objects")
    return {vendor: press(lot_for(vendor), folder / f"{vendor}.pdf") for vendor in VENDORS}


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_object_is_as_the_table_says(parts: dict[str, Path], vendor: str) -> None:
    assert judged(parts[vendor]) == []
    with pikepdf.open(parts[vendor]) as pdf:
        kinds = {kind for kind, _ in objects(pdf)}
    assert ("DPart" in kinds) == (vendor == "house-vt")
    assert ("OptContentGroup" in kinds) == (vendor in ("house", "house-vt"))


def test_what_is_private_bears_the_houses_prefix(parts: dict[str, Path]) -> None:
    with pikepdf.open(parts["house-vt"]) as pdf:
        nodes = [thing for kind, thing in objects(pdf) if kind == "DPart"]
        assert len(nodes) == 3
        assert all(_PRIVATE.fullmatch(key) for node in nodes for key in node.DPM)


def _shared(pdf: pikepdf.Pdf) -> Any:
    return pdf.pages[0].obj.Resources


WRONG: dict[str, Change] = {
    "Catalog /Odd: unknown": lambda pdf: pdf.Root.__setitem__("/Odd", 1),
    "DPartRoot /RecordLevel: {'number'}": lambda pdf: pdf.Root.DPartRoot.__setitem__("/RecordLevel", 1.5),
    "DPart /Start: missing": lambda pdf: pdf.Root.DPartRoot.DPartRootNode.DParts[0][0].__delitem__("/Start"),
    "DPart /Parent: missing": lambda pdf: pdf.Root.DPartRoot.DPartRootNode.DParts[0][1].__delitem__("/Parent"),
    "OptContentGroup /Name: missing": lambda pdf: pdf.Root.OCProperties.OCGs[0].__delitem__("/Name"),
    "OutputIntents /S: GTS_PDFY": lambda pdf: pdf.Root.OutputIntents[0].__setitem__("/S", pikepdf.Name("/GTS_PDFY")),
    "FunctionType2 /N: missing": lambda pdf: (
        pdf.pages[0].obj.Resources.XObject.M0.Resources.ColorSpace.All[3].__delitem__("/N")
    ),
    "XObjectFormType1 /BBox: ": lambda pdf: pdf.pages[0].obj.Resources.XObject.T0F.__setitem__("/BBox", pikepdf.Array([0, 1])),
    "GraphicsStateParameter /OP: ": lambda pdf: pdf.pages[0].obj.Resources.ExtGState.K.__setitem__("/OP", 1),
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_wrong_is_named(parts: dict[str, Path], fault: str) -> None:
    assert any(one.startswith(fault) for one in judged(plant(parts["house-vt"], WRONG[fault])))
