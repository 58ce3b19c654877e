"""The keys of PDF/VT-1: every page is its sheet's, sheets are in order, pieces are the ledger's; hints of reuse are true."""

import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from pipeline.stages.checking.plan import Plan

HINTS = {"/GTS_Encapsulated", "/GTS_Scope", "/GTS_XID", "/Group"}
_XID = re.compile(r"[0-9a-f]{32}")
_GROUP = {"/Type": "/Group", "/S": "/Transparency", "/CS": "/DeviceCMYK"}


def record_faults(pdf: pikepdf.Pdf, plan: Plan, first_sheet: int) -> Iterator[str]:
    """What is wrong with the tree of document parts, worked out from the plan; a vendor who wants none has none."""
    if not plan.conditions.vendor.press.variable:
        return
    root = pdf.Root.DPartRoot
    node = root.DPartRootNode
    if (
        set(root.keys()) != {"/Type", "/DPartRootNode", "/RecordLevel", "/NodeNameList"}
        or root.RecordLevel != 1
        or [str(name) for name in root.NodeNameList] != ["/Lot", "/Sheet"]
        or node.Parent.objgen != root.objgen
        or set(node.keys()) != {"/Type", "/Parent", "/DParts", "/DPM"}
        or set(node.DPM.keys()) != {"/SKPR_Lot"}
        or str(node.DPM.SKPR_Lot) != str(pdf.trailer.Info.Title)
    ):
        yield "DPartRoot"
    if len(node.DParts) != 1 or not isinstance(node.DParts[0], pikepdf.Array) or len(node.DParts[0]) != plan.sheets:
        yield "DParts"
        return
    pages = [page.obj for page in pdf.pages]
    for sheet, leaf in enumerate(node.DParts[0]):
        own = pages[sheet * len(plan.shown) : (sheet + 1) * len(plan.shown)]
        keys = {"/Type", "/Parent", "/Start", "/DPM"} | ({"/End"} if len(own) > 1 else set())
        told = [leaf.get(key) for key in ("/Start", "/End")[: len(own)]]
        if set(leaf.keys()) != keys or leaf.Parent.objgen != node.objgen:
            yield f"DPart {sheet + 1}"
        elif [page.objgen if page is not None else None for page in told] != [own[0].objgen, own[-1].objgen][: len(own)]:
            yield f"DPart {sheet + 1} range"
        elif any(page.get("/DPart", root).objgen != leaf.objgen for page in own):
            yield f"DPart {sheet + 1} pages"
        if not _says(leaf.DPM, first_sheet + sheet, plan.serials(sheet)):
            yield f"DPM {sheet + 1}"


def _says(metadata: Any, sheet: int, serials: list[str]) -> bool:
    """A sheet's metadata: its number, its pieces, and nothing more (no personal data)."""
    if set(metadata.keys()) != {"/SKPR_Sheet", "/SKPR_Serials"} or metadata.SKPR_Sheet != sheet:
        return False
    return [str(serial) for serial in metadata.SKPR_Serials] == serials


def is_group(group: Any, isolated: bool) -> bool:
    """Whether a transparency group blends in the output intent's space."""
    told = {key: str(value) for key, value in group.items()}
    return told == _GROUP | ({"/I": "True"} if isolated else {})


def reuse_fault(form: Any, others: set[str]) -> str:
    """Why a form's hints of reuse cannot be believed, or nothing; `others` are the identities seen before."""
    told = str(form.get("/GTS_XID", ""))
    if form.get("/GTS_Encapsulated") is not True or str(form.get("/GTS_Scope")) != "/File" or not _XID.fullmatch(told):
        return "has no hints of reuse"
    if told in others:
        return "has another form's identity"
    others.add(told)
    return "" if is_group(form.Group, isolated=True) else "is in no group of its own"
