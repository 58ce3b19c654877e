"""V01 to V07: the keys of PDF/VT-1 (ISO 16612-2) and of processing steps (ISO 19593-1), asked of the file alone."""

from typing import Any

import pikepdf

from pipeline.model.vendor import X1A
from pipeline.stages.checking.opened import File, Found

_STRUCTURAL = "/Cutting /PartialCutting /Perforating /Creasing /Folding /Punching /Drilling /Gluing"
_STEPS = {
    "/Structural": set(_STRUCTURAL.split()),
    "/White": {""},
    "/Varnish": {""},
}


def standard(file: File) -> Found:
    """V01: PDF/VT-1 stands on PDF/X-4."""
    if file.press.variable and file.press.standard == X1A:
        yield 0, file.press.standard
    if not file.press.variable and "/DPartRoot" in file.root:
        yield 0, "DPartRoot"


def claim(file: File) -> Found:
    """V02: the claim in the packet, with the day the file was changed."""
    if not file.press.variable:
        return
    if file.packet.get("GTS_PDFVTVersion") != "PDF/VT-1":
        yield 0, "GTS_PDFVTVersion"
    if not file.packet.get("GTS_PDFVTModDate") or file.packet["GTS_PDFVTModDate"] != file.packet.get("ModifyDate"):
        yield 0, "GTS_PDFVTModDate"


def root(file: File) -> Found:
    """V03: the tree's root, its levels named, the level of records among them."""
    if not file.press.variable:
        return
    tree = file.root.DPartRoot
    if not tree.DPartRootNode.is_indirect or tree.DPartRootNode.get("/Type", pikepdf.Name.DPart) != pikepdf.Name.DPart:
        yield 0, "DPartRootNode"
    names = list(tree.get("/NodeNameList", []))
    depth = _depth(tree.DPartRootNode)
    if not 0 <= int(tree.RecordLevel) < depth or (names and len(names) != depth):
        yield 0, "RecordLevel, NodeNameList"


def _depth(node: Any) -> int:
    return 1 + (_depth(node.DParts[0][0]) if "/DParts" in node else 0)


def parts(file: File) -> Found:
    """V04: arrays of arrays; a leaf has a first and, of several pages, a last one; all pages once, in order."""
    if not file.press.variable:
        return
    order = {page.objgen: number for number, page in enumerate(file.pages)}
    expected = 0
    for leaf in _leaves(file.root.DPartRoot.DPartRootNode):
        if leaf is None:
            yield 0, "DParts is no array of arrays"
            return
        first = order.get(leaf.Start.objgen, -1)
        last = order.get(leaf.End.objgen, -1) if "/End" in leaf else first
        if first != expected or last < first:
            yield expected + 1, "DPart Start, End"
            return
        for number in range(first, last + 1):
            if file.pages[number].get("/DPart", file.root).objgen != leaf.objgen:
                yield number + 1, "DPart"
        expected = last + 1
    if expected != len(file.pages):
        yield expected + 1, "in no DPart"


def _leaves(node: Any) -> list[Any]:
    """The leaves in order; None where the tree is not made of arrays of arrays."""
    if "/DParts" not in node:
        return [node]
    found: list[Any] = []
    for row in node.DParts:
        if not isinstance(row, pikepdf.Array):
            return [None]
        for child in row:
            found += _leaves(child)
    return found


def records(file: File) -> Found:
    """V05: metadata at every level of the tree, with opaque values only: numbers and serials."""
    if not file.press.variable:
        return
    for number, node in enumerate([file.root.DPartRoot.DPartRootNode, *_leaves(file.root.DPartRoot.DPartRootNode)]):
        if node is None or not len(node.get("/DPM", {})):
            yield 0, f"DPart {number} DPM"
        elif any(not str(text).isascii() for value in node.DPM.values() for text in _texts(value)):
            yield 0, f"DPart {number} DPM is no opaque id"


def _texts(value: Any) -> list[Any]:
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def reuse(file: File) -> Found:
    """V06: hints of reuse are complete and true: an identity of its own, a group for a form, no transparency from outside."""
    seen: set[str] = set()
    hinted = 0
    for name, thing in file.things:
        if "/GTS_Encapsulated" not in thing and "/GTS_XID" not in thing:
            continue
        hinted += 1
        identity = str(thing.get("/GTS_XID", ""))
        if thing.get("/GTS_Encapsulated") is not True or not identity or identity in seen:
            yield 0, f"{name} GTS_Encapsulated, GTS_XID"
        seen.add(identity)
        if thing.get("/Subtype") == pikepdf.Name.Form and thing.get("/Group", {}).get("/S") != pikepdf.Name.Transparency:
            yield 0, f"{name} Group"
        if thing.get("/Subtype") == pikepdf.Name.Image and ("/Intent" not in thing or "/SMask" in thing):
            yield 0, f"{name} Intent"
    if file.press.variable and not hinted:
        yield 0, "nothing is marked for reuse"


def steps(file: File) -> Found:
    """V07: plates of processing steps stand in layers that say which step; they overprint."""
    for name, thing in file.things:
        step = thing.get("/GTS_Metadata") if thing.get("/Type") == pikepdf.Name.OCG else None
        if step is None:
            continue
        group, kind = str(step.get("/GTS_ProcStepsGroup", "")), str(step.get("/GTS_ProcStepsType", ""))
        if kind not in _STEPS.get(group, set()):
            yield 0, f"{name} {group} {kind}"
    for page, paint in file.paints:
        plate = paint.colour.plate
        if plate not in ("", "All", "None") and paint.form.startswith("P") and not paint.over:
            yield page, f"{paint.form}: {plate} knocks out"
