"""The ticket for press lines: names and needed attributes as XJDF has them, figures that are those of ticket.json, no person.

The facts below are read from CIP4's schema of XJDF 2.x (repository cip4/XJDF-Schema, file xjdf.xsd, as of 2025-11), which its
licence does not let us keep here. A real validation is one command: `xmllint --schema xjdf.xsd ticket.xjdf`.
"""

import re
from typing import Any, NamedTuple
from xml.etree import ElementTree as xml

import pytest

from pipeline.base.geometry import Box
from pipeline.craft.xjdf import NAMESPACE, job_ticket, token
from pipeline.model.sheet import Slot
from pipeline.office.shop import Shop
from tests import orders

_TOKEN = re.compile(r"[\w.:·-]+", re.ASCII)
_NUMBERS = re.compile(r"-?\d+(\.\d+)?( -?\d+(\.\d+)?)*")
_COUNT = re.compile(r"\d+")


class Fact(NamedTuple):
    """An element: needed attributes, other attributes that we may use, and children in the order of the schema."""

    needed: str = ""
    others: str = ""
    children: str = ""


FACTS = {
    "XJDF": Fact("JobID Types", "JobPartID Version DescriptiveName", "AuditPool ProductList ResourceSet"),
    "AuditPool": Fact(children="AuditCreated"),
    "AuditCreated": Fact(children="Header"),
    "Header": Fact("DeviceID Time", "AgentName AgentVersion"),
    "ProductList": Fact(children="Product"),
    "Product": Fact(
        "", "ID Amount MinAmount MaxAmount IsRoot ProductType ProductTypeDetails DescriptiveName", "Intent"
    ),
    "Intent": Fact("Name", "", "LayoutIntent"),
    "LayoutIntent": Fact("", "Bleed FinishedDimensions Pages Sides"),
    "ResourceSet": Fact("Name", "Usage ID", "Resource"),
    "Resource": Fact(
        "", "ID DescriptiveName",
        "AmountPool GeneralID Part Media Layout RunList CuttingParams ColorantControl Color Component",
    ),
    "AmountPool": Fact(children="PartAmount"),
    "PartAmount": Fact("", "Amount", "Part"),
    "Part": Fact("", "LotID Run Separation SheetName"),
    "GeneralID": Fact("IDUsage IDValue"),
    "Media": Fact("MediaType", "Dimension MediaUnit"),
    "Layout": Fact("", "Automated PaperRef SurfaceContentsBox WorkStyle", "Position"),
    "Position": Fact("", "AbsoluteBox BlockName StackOrd StackDepth"),
    "RunList": Fact("", "NPage", "FileSpec"),
    "FileSpec": Fact("", "MimeType NPage URL"),
    "CuttingParams": Fact(children="CutBlock"),
    "CutBlock": Fact("BlockName", "Box"),
    "ColorantControl": Fact("", "ColorantOrder ColorantParams ProcessColorModel"),
    "Color": Fact("", "ActualColorName"),
    "Component": Fact("", "ProductType SurfaceCount"),
}  # fmt: skip
TOKENS = {
    "JobID",
    "JobPartID",
    "Name",
    "Usage",
    "BlockName",
    "LotID",
    "Run",
    "Separation",
    "SheetName",
    "ProductType",
    "IDUsage",
    "PaperRef",
}
LISTS = {"Types", "ColorantOrder", "ColorantParams"}
NUMBERS = {"FinishedDimensions": 3, "Dimension": 2, "AbsoluteBox": 4, "Box": 4, "SurfaceContentsBox": 4, "Bleed": 1}
COUNTS = {"Amount", "MinAmount", "MaxAmount", "NPage", "Pages", "StackOrd", "StackDepth", "SurfaceCount"}
CHOICES = {
    "Version": {"2.0", "2.1", "2.2", "2.3"},
    "Sides": {"OneSided", "OneSidedBack", "TwoSidedHeadToFoot", "TwoSidedHeadToHead"},
    "WorkStyle": {"Perfecting", "Simplex", "WorkAndBack", "WorkAndTumble", "WorkAndTurn"},
    "MediaType": {"Paper", "Synthetic"},
    "MediaUnit": {"Sheet"},
    "ProcessColorModel": {"DeviceCMYK"},
    "Usage": {"Input", "Output"},
    "IsRoot": {"true", "false"},
    "Automated": {"true", "false"},
}


def ticket(**changed: Any) -> dict[str, Any]:
    """A job ticket with two parts."""
    return {
        "lot": "0001-card-employer",
        "order": "2026-11-23-kenpo-0a1b2c3d",
        "day": "2026-11-23",
        "product": {
            "document": "card", "title": "カード", "material": "plastic", "trim_mm": [85.6, 53.98], "bleed_mm": 3.0,
            "sides": 2, "leaves_per_document": 1,
        },
        "colours": {"process": ["Cyan", "Magenta", "Yellow", "Black"], "spot": ["DieLine", "Ground Yellow"]},
        "sheet": {"work": "sheetwise", "stack_depth": None, "turned_about": "vertical"},
        "quantities": {"documents": 50, "leaves": 50, "sheets": 3, "blanks": 13},
        "parts": [
            part("sheets-0001.pdf", 42, 2, "0001-0000001-A", "0001-0000042-X"),
            part("sheets-0002.pdf", 8, 1, "0001-0000043-B", "0001-0000050-C"),
        ],
        "software": {"shikaku-press": "1.0"},
    } | changed  # fmt: skip


def part(file: str, documents: int, sheets: int, first: str, last: str) -> dict[str, Any]:
    """A part as the ticket tells it."""
    told = {"file": file, "documents": documents, "sheets": sheets, "pages": 2 * sheets, "sha256": "ab" * 32}
    return told | {"first_serial": first, "last_serial": last}


DESIGN = Shop().sheet(Shop().sheets()[0])
PLACES = [Box(20_000, 30_000, 85_600, 53_980), Box(110_000, 30_000, 85_600, 53_980)]
SLOTS = [Slot(front, back) for front, back in zip(PLACES, reversed(PLACES), strict=True)]


def made(**changed: Any) -> xml.Element:
    return xml.fromstring(job_ticket(ticket(**changed), DESIGN, SLOTS))


def faults(element: xml.Element) -> list[str]:
    """What the schema would say of an element and all below it."""
    name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    if name not in FACTS or f"{{{NAMESPACE}}}{name}" != element.tag:
        return [f"{element.tag} is unknown"]
    fact, wrong = FACTS[name], []
    allowed = {*fact.needed.split(), *fact.others.split()}
    wrong += [f"{name} lacks {one}" for one in fact.needed.split() if one not in element.attrib]
    wrong += [f"{name} has {one}" for one in element.attrib if one not in allowed]
    wrong += [f"{name}/{one}={text}" for one, text in element.attrib.items() if not is_value(one, text, name)]
    order = fact.children.split()
    children = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in element]
    places = [order.index(child) if child in order else -1 for child in children]
    if -1 in places or places != sorted(places):
        wrong.append(f"{name} has {children}")
    return wrong + [one for child in element for one in faults(child)]


def is_value(attribute: str, text: str, element: str) -> bool:
    if attribute in CHOICES:
        return text in CHOICES[attribute]
    if attribute in TOKENS:
        return bool(_TOKEN.fullmatch(text))
    if attribute in LISTS:
        return all(_TOKEN.fullmatch(one) for one in text.split(" "))
    if attribute in NUMBERS:
        return bool(_NUMBERS.fullmatch(text)) and len(text.split(" ")) == NUMBERS[attribute]
    return bool(_COUNT.fullmatch(text)) if attribute in COUNTS else bool(text)


def test_it_says_only_what_xjdf_has() -> None:
    assert faults(made()) == []
    paper = ticket()["product"] | {"material": "paper", "sides": 1}
    single = {"work": "single-sided", "stack_depth": 3, "turned_about": None}
    assert faults(made(product=paper, sheet=single, colours={"process": ["Black"], "spot": []})) == []


@pytest.mark.parametrize("harm", ["attribute", "element", "needed", "order", "value"])
def test_the_facts_would_find_a_fault(harm: str) -> None:
    root = made()
    media = next(root.iter(f"{{{NAMESPACE}}}Media"))
    if harm == "attribute":
        media.set("Colour", "white")
    elif harm == "element":
        xml.SubElement(media, f"{{{NAMESPACE}}}Glue")
    elif harm == "needed":
        del media.attrib["MediaType"]
    elif harm == "order":
        root.append(root[0])
        root.remove(root[0])
    else:
        media.set("Dimension", "1")
    assert faults(root)


def test_the_amounts_are_the_tickets() -> None:
    root = made()
    (product,) = root.iter(f"{{{NAMESPACE}}}Product")
    assert product.get("Amount") == product.get("MaxAmount") == "50"
    sets = {one.get("Name"): one for one in root.findall(f"{{{NAMESPACE}}}ResourceSet")}

    def amounts(name: str) -> list[tuple[str | None, ...]]:
        pieces = sets[name].iter(f"{{{NAMESPACE}}}PartAmount")
        return [(one.get("Amount"), *(part.get("LotID") for part in one), *(part.get("Run") for part in one)) for one in pieces]

    assert amounts("Media") == [("3", "0001-card-employer", None)]
    assert amounts("RunList") == [("2",), ("1",)]
    lot = "0001-card-employer"
    assert amounts("Component") == [("42", lot, "sheets-0001"), ("8", lot, "sheets-0002")]
    files = [one.get("URL") for one in root.iter(f"{{{NAMESPACE}}}FileSpec")]
    assert files == ["sheets-0001.pdf", "sheets-0002.pdf"]


def test_slots_count_from_the_lower_left_in_points() -> None:
    root = made()
    (first, _) = root.iter(f"{{{NAMESPACE}}}Position")
    (cut, _) = root.iter(f"{{{NAMESPACE}}}CutBlock")
    assert first.get("AbsoluteBox") == cut.get("Box")
    left, bottom, right, top = map(float, str(cut.get("Box")).split())
    assert left == pytest.approx(20 / 25.4 * 72, abs=1e-3) and right - left == pytest.approx(85.6 / 25.4 * 72, abs=1e-3)
    assert top == pytest.approx((DESIGN.height / 1000 - 30) / 25.4 * 72, abs=1e-3) and top > bottom
    stacked = made(sheet=ticket()["sheet"] | {"stack_depth": 500})
    assert [one.get("StackOrd") for one in stacked.iter(f"{{{NAMESPACE}}}Position")] == ["0", "1"]
    assert {one.get("StackDepth") for one in stacked.iter(f"{{{NAMESPACE}}}Position")} == {"500"}


def test_every_spot_is_named_twice() -> None:
    root = made()
    (control,) = root.iter(f"{{{NAMESPACE}}}ColorantControl")
    assert control.get("ColorantParams") == "DieLine Ground_Yellow" and token("Ground  Yellow") == "Ground_Yellow"
    assert [one.get("ActualColorName") for one in root.iter(f"{{{NAMESPACE}}}Color")] == ["DieLine", "Ground Yellow"]


@pytest.mark.parametrize(
    ("work", "style"), [("sheetwise", "WorkAndBack"), ("work-and-turn", "WorkAndTurn"), ("work-and-tumble", "WorkAndTumble")]
)
def test_how_the_sheet_is_turned(work: str, style: str) -> None:
    (layout,) = made(sheet=ticket()["sheet"] | {"work": work}).iter(f"{{{NAMESPACE}}}Layout")
    assert layout.get("WorkStyle") == style


def test_laminated_sheets_are_two_kinds_of_sheets_printed_on_one_side() -> None:
    parts = [one | {"back": {"file": one["file"].replace(".", "-back."), "sha256": "cd" * 32}} for one in ticket()["parts"]]
    root = made(sheet=ticket()["sheet"] | {"work": "laminated"}, parts=parts)
    assert faults(root) == [] and root.get("Types") == "DigitalPrinting Laminating Cutting"
    sets = {one.get("Name"): one for one in root.findall(f"{{{NAMESPACE}}}ResourceSet")}

    def named(name: str) -> list[tuple[str | None, ...]]:
        return [(one.get("SheetName"), one.get("Run")) for one in sets[name].iter(f"{{{NAMESPACE}}}Part")]

    assert named("Media") == [("front", None), ("back", None)] == named("Layout")
    assert named("RunList") == [
        ("front", "sheets-0001"), ("back", "sheets-0001-back"), ("front", "sheets-0002"), ("back", "sheets-0002-back"),
    ]  # fmt: skip
    layouts = list(root.iter(f"{{{NAMESPACE}}}Layout"))
    assert [one.get("WorkStyle") for one in layouts] == ["Simplex", "Simplex"]
    fronts, backs = ([place.get("AbsoluteBox") for place in one] for one in layouts)
    assert fronts == backs[::-1] and fronts != backs
    assert [one.get("NPage") for one in sets["RunList"].iter(f"{{{NAMESPACE}}}RunList")] == ["2", "2", "1", "1"]


def test_a_way_of_printing_that_xjdf_has_no_word_for_is_no_ticket() -> None:
    with pytest.raises(KeyError):
        made(sheet=ticket()["sheet"] | {"work": "folded"})


def test_the_same_ticket_gives_the_same_bytes() -> None:
    assert job_ticket(ticket(), DESIGN, SLOTS) == job_ticket(ticket(), DESIGN, SLOTS)
    assert orders.DAY.isoformat().encode() in job_ticket(ticket(), DESIGN, SLOTS)
