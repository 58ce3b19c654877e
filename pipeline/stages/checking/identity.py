"""What a press file says of itself, worked out again from the vendor: version, Info, XMP, output intent, layers."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from typing import Any

import pikepdf

from pipeline.model.vendor import X1A, Conditions
from pipeline.stages.checking.plan import Plan

_DAY = re.compile(r"D:(\d{4})(\d\d)(\d\d)000000\+09'00'")
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC, _XMP, _MM = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/xap/1.0/", "http://ns.adobe.com/xap/1.0/mm/"
_PDF, _X, _X4, _VT = (
    "http://ns.adobe.com/pdf/1.3/",
    "http://ns.adobe.com/pdfx/1.3/",
    "http://www.npes.org/pdfx/ns/id/",
    "http://www.npes.org/pdfvt/ns/id/",
)
_DOCUMENT, _VERSION = re.compile(r"uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), re.compile(r"[0-9a-f]{16}")
_HOUSE = "shikaku-press"
_INTENT_KEYS = {"/Type", "/S", "/OutputConditionIdentifier", "/Info", "/DestOutputProfile"}
_PROFILE_KEYS = {"/N", "/Alternate", "/Filter", "/Length"}
# ISO 19593-1: what a layer must say of its processing step.
_STEPS = {
    "cutting": ("/Structural", "/Cutting"),
    "perforating": ("/Structural", "/Perforating"),
    "creasing": ("/Structural", "/Creasing"),
    "punching": ("/Structural", "/Punching"),
    "white": ("/White", None),
    "varnish": ("/Varnish", None),
}


def root_keys(plan: Plan) -> set[str]:
    """What the catalog must have, no more and no less."""
    layers = {"/OCProperties"} if plan.layers else set()
    parts = {"/DPartRoot"} if plan.conditions.vendor.press.variable else set()
    return {"/Type", "/Pages", "/OutputIntents", "/Metadata"} | layers | parts


def identity_faults(pdf: pikepdf.Pdf, plan: Plan) -> Iterator[str]:
    """What is wrong with a file's own account of itself."""
    conditions = plan.conditions
    wanted = "1.4" if conditions.vendor.press.standard == X1A else "1.6"
    if pdf.pdf_version != wanted:
        yield f"PDF {pdf.pdf_version}"
    if len(pdf.trailer.get("/ID", [])) != 2:
        yield "ID"
    told = {key: str(value) for key, value in pdf.trailer.Info.items()}
    day = _DAY.fullmatch(told.get("/CreationDate", ""))
    moment = f"{day[1]}-{day[2]}-{day[3]}T00:00:00+09:00" if day else "—"
    if not day or told != _info(told, conditions):
        yield "Info"
    yield from _xmp(pdf.Root.Metadata, told.get("/Title", ""), moment, conditions)
    yield from _intent(pdf.Root.OutputIntents, conditions)
    if plan.layers:
        yield from _layers(pdf.Root.OCProperties, plan)


def _info(told: Mapping[str, str], conditions: Conditions) -> dict[str, str]:
    """What Info must say, its title and day being whatever they are."""
    date = told.get("/CreationDate", "")
    own = {"/Title": told.get("/Title", "—"), "/Creator": _HOUSE, "/Producer": _HOUSE, "/Trapped": "/False"}
    named = {"/GTS_PDFXVersion": X1A} if conditions.vendor.press.standard == X1A else {}
    return {**own, "/CreationDate": date, "/ModDate": date, **named}


def _xmp(stream: Any, title: str, moment: str, conditions: Conditions) -> Iterator[str]:
    """The packet's properties, each equal to Info's; readable without a filter."""
    if set(stream.keys()) != {"/Type", "/Subtype", "/Length"} or stream.Subtype != pikepdf.Name.XML:
        yield "XMP is coded"
    packet = stream.read_raw_bytes()
    if b"<!" in packet:
        yield "XMP"
        return
    try:
        descriptions = ElementTree.fromstring(packet.decode("utf-8")).findall(f"{_RDF}RDF/{_RDF}Description")
    except (ElementTree.ParseError, UnicodeDecodeError):
        yield "XMP"
        return
    found: dict[str, str] = {}
    for one in (property_ for description in descriptions for property_ in description):
        text = "".join(one.itertext()).strip()
        found[one.tag] = text if one.tag not in found else f"{found[one.tag]} {text}"
    press = conditions.vendor.press
    same = {
        f"{{{_DC}}}format": "application/pdf",
        f"{{{_DC}}}title": title,
        f"{{{_XMP}}}CreatorTool": _HOUSE,
        f"{{{_XMP}}}CreateDate": moment,
        f"{{{_XMP}}}ModifyDate": moment,
        f"{{{_XMP}}}MetadataDate": moment,
        f"{{{_PDF}}}Producer": _HOUSE,
        f"{{{_PDF}}}Trapped": "False",
        f"{{{_MM}}}RenditionClass": "default",
    }
    claim = _X if press.standard == X1A else _X4
    same[f"{{{claim}}}GTS_PDFXVersion"] = press.standard
    if press.variable:
        same |= {f"{{{_VT}}}GTS_PDFVTVersion": "PDF/VT-1", f"{{{_VT}}}GTS_PDFVTModDate": moment}
    for key, form in ((f"{{{_MM}}}DocumentID", _DOCUMENT), (f"{{{_MM}}}VersionID", _VERSION)):
        if not form.fullmatch(found.pop(key, "")):
            yield f"XMP {key.rpartition('}')[2]}"
    for key in sorted(key for key in found.keys() | same.keys() if found.get(key) != same.get(key)):
        yield f"XMP {key.rpartition('}')[2]}"


def _intent(intents: Any, conditions: Conditions) -> Iterator[str]:
    """One output intent, for the vendor's condition, with the vendor's profile byte for byte."""
    wanted = conditions.vendor.press.intent
    if len(intents) != 1:
        yield "OutputIntents"
        return
    (intent,) = intents
    keys = _INTENT_KEYS | ({"/RegistryName"} if wanted.registry else set())
    told = {key: str(intent.get(key)) for key in keys - {"/DestOutputProfile"}}
    same = {
        "/Type": "/OutputIntent",
        "/S": "/GTS_PDFX",
        "/OutputConditionIdentifier": wanted.condition,
        "/Info": wanted.info,
    } | ({"/RegistryName": wanted.registry} if wanted.registry else {})
    if set(intent.keys()) != keys or told != same:
        yield "OutputIntent"
        return
    profile = intent.DestOutputProfile
    odd = set(profile.keys()) - _PROFILE_KEYS or profile.get("/N") != 4 or str(profile.get("/Alternate")) != "/DeviceCMYK"
    if odd or profile.read_bytes() != conditions.profile:
        yield "DestOutputProfile"


def _layers(properties: Any, plan: Plan) -> Iterator[str]:
    """Every layer that the plates need, shown, and no other."""
    settings = properties.D
    groups = [group.objgen for group in properties.OCGs]
    if (
        set(properties.keys()) != {"/OCGs", "/D"}
        or set(settings.keys()) != {"/Name", "/Order", "/BaseState"}
        or str(settings.BaseState) != "/ON"
        or not str(settings.Name)
        or [group.objgen for group in settings.Order] != groups
    ):
        yield "OCProperties"
    found = {str(group.Name): group for group in properties.OCGs}
    if set(found) != set(plan.layers) or len(groups) != len(found):
        yield "OCGs"
    for name, kind in plan.layers.items():
        if name in found and not is_layer(found[name], kind):
            yield f"OCG {name}"


def is_layer(group: Any, kind: str) -> bool:
    """Whether a layer is that of a processing step."""
    step = group.get("/GTS_Metadata", {})
    told = {key: str(value) for key, value in step.items()}
    name, detail = _STEPS[kind]
    wanted = {"/GTS_ProcStepsGroup": name} | ({"/GTS_ProcStepsType": detail} if detail else {})
    return set(group.keys()) == {"/Type", "/Name", "/GTS_Metadata"} and group.Type == pikepdf.Name.OCG and told == wanted
