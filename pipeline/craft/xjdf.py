"""The job ticket as XJDF 2.1 (CIP4), made from the same figures as `ticket.json`, so that the two cannot differ.

What a press line reads: the product and its amount, the medium, which files are printed in which order, where the pieces lie
on the sheet and where they are cut, the inks. XJDF counts in points from the lower left corner. Names that XJDF wants as tokens
have no blanks. The moment of the audit is the order's day, not a clock's.

Sheets that are laminated are two kinds of sheets, each printed on one side (`Simplex`): fronts and backs have a layout, an
amount and files of their own, told apart by the partition key `SheetName`, and `Laminating` comes between printing and cutting.
What they are laminated with is the vendor's.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as xml

from pipeline.base.geometry import Box
from pipeline.base.lengths import points
from pipeline.model.sheet import LAMINATED, SheetDesign, Slot

NAMESPACE = "http://www.CIP4.org/JDFSchema_2_0"
VERSION = "2.1"
_MEDIUM, _PRODUCT = "medium", "product"
_MEDIA = {"plastic": "Synthetic", "paper": "Paper"}
_STYLES = {"sheetwise": "WorkAndBack", "work-and-turn": "WorkAndTurn", "work-and-tumble": "WorkAndTumble"}
_SIDES = {None: "OneSided", "vertical": "TwoSidedHeadToHead", "horizontal": "TwoSidedHeadToFoot"}
_PDF = "application/pdf"
_LAMINATED = ("front", "back")  # the names of the two sheets


def job_ticket(ticket: Mapping[str, Any], design: SheetDesign, slots: Sequence[Slot]) -> bytes:
    """The ticket as an XML file. `slots` are the sheet's."""
    fronts, laminated = [slot.front for slot in slots], ticket["sheet"]["work"] == LAMINATED
    root = xml.Element(
        "XJDF",
        xmlns=NAMESPACE,
        JobID=ticket["order"],
        JobPartID=ticket["lot"],
        Types="DigitalPrinting Laminating Cutting" if laminated else "DigitalPrinting Cutting",
        Version=VERSION,
        DescriptiveName=ticket["product"]["title"],
    )
    _audit(root, ticket)
    _product(root, ticket)
    _medium(root, ticket, design, _LAMINATED if laminated else ("",))
    _layouts(root, ticket, design, slots)
    _files(root, ticket)
    _cutting(root, design, fronts)
    _inks(root, ticket)
    _result(root, ticket)
    xml.indent(root)
    text: str = xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def token(name: str) -> str:
    """A name as XML's NMTOKEN."""
    return "_".join(name.split())


def _audit(root: xml.Element, ticket: Mapping[str, Any]) -> None:
    created = xml.SubElement(xml.SubElement(root, "AuditPool"), "AuditCreated")
    program = ticket["software"]["shikaku-press"]
    moment = f"{ticket['day']}T00:00:00+09:00"
    xml.SubElement(created, "Header", AgentName="shikaku-press", AgentVersion=program, DeviceID="shikaku-press", Time=moment)


def _product(root: xml.Element, ticket: Mapping[str, Any]) -> None:
    product, amount = ticket["product"], str(ticket["quantities"]["documents"])
    made = xml.SubElement(
        xml.SubElement(root, "ProductList"),
        "Product",
        ID=_PRODUCT,
        Amount=amount,
        MinAmount=amount,  # every piece is somebody's: no more, no less
        MaxAmount=amount,
        IsRoot="true",
        ProductType="FlatWork",
        ProductTypeDetails=product["document"],
        DescriptiveName=product["title"],
    )
    width, height = (_points(round(1000 * side)) for side in product["trim_mm"])
    xml.SubElement(
        xml.SubElement(made, "Intent", Name="LayoutIntent"),
        "LayoutIntent",
        Bleed=_points(round(1000 * product["bleed_mm"])),
        FinishedDimensions=f"{width} {height} 0",
        Pages=str(product["sides"] * product["leaves_per_document"]),
        Sides=_SIDES[ticket["sheet"]["turned_about"]],
    )


def _medium(root: xml.Element, ticket: Mapping[str, Any], design: SheetDesign, sheets: Sequence[str]) -> None:
    resource = xml.SubElement(_set(root, "Media", "Input"), "Resource", ID=_MEDIUM, DescriptiveName=design.title)
    amount, lot = ticket["quantities"]["sheets"], {"LotID": ticket["lot"]}
    _amount(resource, [(amount, lot | _named(sheet)) for sheet in sheets])
    size = f"{_points(design.width)} {_points(design.height)}"
    xml.SubElement(resource, "Media", Dimension=size, MediaType=_MEDIA[ticket["product"]["material"]], MediaUnit="Sheet")


def _layouts(root: xml.Element, ticket: Mapping[str, Any], design: SheetDesign, slots: Sequence[Slot]) -> None:
    """Where the slots are on each kind of sheet: fronts; of laminated sheets, on a sheet of their own, backs."""
    layouts = _set(root, "Layout", "Input")
    if ticket["sheet"]["work"] == LAMINATED:
        for surface, sheet in enumerate(_LAMINATED):
            _layout(layouts, ticket, design, [slot.on(surface) for slot in slots], "Simplex", sheet)
    else:
        style = _STYLES[ticket["sheet"]["work"]] if ticket["product"]["sides"] > 1 else "Simplex"
        _layout(layouts, ticket, design, [slot.front for slot in slots], style)


def _layout(
    layouts: xml.Element, ticket: Mapping[str, Any], design: SheetDesign, places: Sequence[Box], style: str, sheet: str = ""
) -> None:
    """The slots in their order. A sheet whose pieces are stacked slot by slot says how deep the stacks are."""
    resource = xml.SubElement(layouts, "Resource")
    if sheet:
        xml.SubElement(resource, "Part", _named(sheet))
    contents = f"0 0 {_points(design.width)} {_points(design.height)}"
    layout = xml.SubElement(
        resource, "Layout", Automated="true", PaperRef=_MEDIUM, SurfaceContentsBox=contents, WorkStyle=style
    )
    depth = ticket["sheet"]["stack_depth"]
    for number, place in enumerate(places):
        stack = {"StackOrd": str(number), "StackDepth": str(depth)} if depth else {}
        xml.SubElement(layout, "Position", stack, AbsoluteBox=_box(place, design), BlockName=_slot(number))


def _files(root: xml.Element, ticket: Mapping[str, Any]) -> None:
    """The parts in the order of printing, fronts before backs where these are files of their own. Their SHA-256 is a general

    id: XJDF's own checksum is an MD5.
    """
    runs = _set(root, "RunList", "Input")
    every = [
        (part, file, _LAMINATED[n] if "back" in part else "")
        for part in ticket["parts"]
        for n, file in enumerate((part, part.get("back")))
        if file
    ]
    for part, file, sheet in every:
        pages = str(part["pages"] // (2 if "back" in part else 1))
        resource = xml.SubElement(runs, "Resource")
        _amount(resource, [(part["sheets"], {})])
        xml.SubElement(resource, "GeneralID", IDUsage="SHA-256", IDValue=file["sha256"])
        xml.SubElement(resource, "GeneralID", IDUsage="FirstSerial", IDValue=part["first_serial"])
        xml.SubElement(resource, "GeneralID", IDUsage="LastSerial", IDValue=part["last_serial"])
        xml.SubElement(resource, "Part", _named(sheet), Run=_run(file["file"]))
        run = xml.SubElement(resource, "RunList", NPage=pages)
        xml.SubElement(run, "FileSpec", MimeType=_PDF, NPage=pages, URL=file["file"])


def _cutting(root: xml.Element, design: SheetDesign, fronts: Sequence[Box]) -> None:
    cutting = xml.SubElement(xml.SubElement(_set(root, "CuttingParams", "Input"), "Resource"), "CuttingParams")
    for number, front in enumerate(fronts):
        xml.SubElement(cutting, "CutBlock", BlockName=_slot(number), Box=_box(front, design))


def _inks(root: xml.Element, ticket: Mapping[str, Any]) -> None:
    spots = {token(name): name for name in ticket["colours"]["spot"]}
    control = xml.SubElement(_set(root, "ColorantControl", "Input"), "Resource")
    order = [*ticket["colours"]["process"], *spots]
    named = {"ColorantParams": " ".join(spots)} if spots else {}
    xml.SubElement(control, "ColorantControl", named, ColorantOrder=" ".join(order), ProcessColorModel="DeviceCMYK")
    if spots:
        colours = _set(root, "Color", "Input")
        for name, actual in spots.items():
            resource = xml.SubElement(colours, "Resource")
            xml.SubElement(resource, "Part", Separation=name)
            xml.SubElement(resource, "Color", ActualColorName=actual)


def _result(root: xml.Element, ticket: Mapping[str, Any]) -> None:
    """What is handed back: the lot's documents, as many as each file holds; blanks are no product."""
    resource = xml.SubElement(_set(root, "Component", "Output"), "Resource")
    amounts = [(part["documents"], {"LotID": ticket["lot"], "Run": _run(part["file"])}) for part in ticket["parts"]]
    _amount(resource, amounts)
    xml.SubElement(resource, "Component", ProductType="FlatWork", SurfaceCount=str(ticket["product"]["sides"]))


def _set(root: xml.Element, name: str, usage: str) -> xml.Element:
    return xml.SubElement(root, "ResourceSet", Name=name, Usage=usage)


def _amount(resource: xml.Element, amounts: Iterable[tuple[int, Mapping[str, str]]]) -> None:
    pool = xml.SubElement(resource, "AmountPool")
    for amount, keys in amounts:
        part = xml.SubElement(pool, "PartAmount", Amount=str(amount))
        if keys:
            xml.SubElement(part, "Part", dict(keys))


def _named(sheet: str) -> dict[str, str]:
    """The partition key of a kind of sheet; none where there is one kind."""
    return {"SheetName": sheet} if sheet else {}


def _run(file: str) -> str:
    return file.removesuffix(".pdf")


def _slot(number: int) -> str:
    return f"slot-{number + 1}"


def _box(box: Box, design: SheetDesign) -> str:
    edges = (box.left, design.height - box.bottom, box.right, design.height - box.top)
    return " ".join(map(_points, edges))


def _points(micrometres: int) -> str:
    return f"{points(micrometres):.4f}".rstrip("0").rstrip(".")
