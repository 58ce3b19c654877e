"""X01 to X15: the rules of PDF/X-4 and PDF/X-1a by their ids, asked of the file alone: it need not be one of ours.

What `identity` and `forms` compare with the plan is asked here once more in the standards' own terms, so that a mistake in
both the maker and the plan is still found.
"""

import re
from typing import Any

import pikepdf

from pipeline.model.vendor import X1A
from pipeline.stages.checking.opened import File, Found

_VERSIONS = {X1A: "1.4", "PDF/X-4": "1.6"}
_NOT_PRINTED = {"/OpenAction", "/AA", "/Names", "/AcroForm", "/Outlines", "/URI", "/EmbeddedFiles", "/Collection"}
_ON_PAGES = {"/AA", "/Annots", "/PresSteps"}
_TRANSFER = {"/TR", "/TR2", "/HTP"}
_REFUSED = {"/LZWDecode", "/LZW", "/Crypt"}


def version(file: File) -> Found:
    """X01: the header's version, and no other in the catalog."""
    wanted = _VERSIONS[file.press.standard]
    if file.pdf.pdf_version != wanted or str(file.root.get("/Version", f"/{wanted}")) != f"/{wanted}":
        yield 0, f"PDF {file.pdf.pdf_version}"


def claim(file: File) -> Found:
    """X02: what the file claims to be, in a packet that everybody can read."""
    if set(file.root.Metadata.keys()) & {"/Filter", "/DecodeParms"}:
        yield 0, "Metadata is filtered"
    claims = [file.packet.get("GTS_PDFXVersion")]
    if file.press.standard == X1A:
        claims.append(file.info("/GTS_PDFXVersion"))
    if claims != [file.press.standard] * len(claims):
        yield 0, "GTS_PDFXVersion"


def intent(file: File) -> Found:
    """X03: one output intent with a profile of an output device in as many inks."""
    intents = [one for one in file.root.OutputIntents if one.S == pikepdf.Name.GTS_PDFX]
    if len(intents) != 1 or len(file.root.OutputIntents) != 1:
        yield 0, f"{len(intents)} OutputIntents"
        return
    (intent,) = intents
    if not str(intent.OutputConditionIdentifier) or ("/RegistryName" in intent and not str(intent.RegistryName)):
        yield 0, "OutputConditionIdentifier"
    profile = intent.DestOutputProfile.read_bytes()
    if profile[12:16] != b"prtr" or profile[16:20] != b"CMYK" or profile[36:40] != b"acsp":
        yield 0, "DestOutputProfile is of another class"
    if intent.DestOutputProfile.N != 4:
        yield 0, "DestOutputProfile N"


def is_open(file: File) -> Found:
    """X04: an encrypted file stops the output device."""
    if file.pdf.is_encrypted or "/Encrypt" in file.trailer:
        yield 0, "Encrypt"


def identity(file: File) -> Found:
    """X05: two identifiers."""
    if len(file.trailer.get("/ID", [])) != 2 or not all(bytes(one) for one in file.trailer.ID):
        yield 0, "ID"


def boxes(file: File) -> Found:
    """X06: TrimBox or ArtBox, one of them, on the page itself; each box within the next."""
    for number, page in enumerate(file.pages, 1):
        if ("/TrimBox" in page) == ("/ArtBox" in page):
            yield number, "TrimBox"
            continue
        media = [float(edge) for edge in page.MediaBox]
        bleed = [float(edge) for edge in page.get("/BleedBox", page.MediaBox)]
        trim = [float(edge) for edge in (page.TrimBox if "/TrimBox" in page else page.ArtBox)]
        if not (_holds(media, bleed) and _holds(bleed, trim)) or "/CropBox" in page:
            yield number, "MediaBox, BleedBox, TrimBox"


def _holds(outer: list[float], inner: list[float]) -> bool:
    return all(a - b <= 0.001 for a, b in zip(outer[:2], inner[:2], strict=True)) and all(
        b - a <= 0.001 for a, b in zip(outer[2:], inner[2:], strict=True)
    )


def fonts(file: File) -> Found:
    """X07: every typeface is in the file."""
    for name, thing in file.things:
        if thing.get("/Type") != pikepdf.Name.Font or "/Subtype" not in thing:
            continue
        kind = str(thing.Subtype)
        if kind == "/Type0":
            continue  # its descendant says it
        if kind != "/Type3" and not set(thing.get("/FontDescriptor", {}).keys()) & {"/FontFile", "/FontFile2", "/FontFile3"}:
            yield 0, f"{name} is not embedded"


def trapped(file: File) -> Found:
    """X08: trapped or not, said twice and the same."""
    told = file.info("/Trapped").removeprefix("/")
    if told not in ("True", "False") or file.packet.get("Trapped") != told:
        yield 0, "Trapped"


_PAIRS = {"/Title": "title", "/Creator": "CreatorTool", "/Producer": "Producer"}
_DAYS = {"/CreationDate": "CreateDate", "/ModDate": "ModifyDate"}
_MOMENT = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)([+-]\d\d)'(\d\d)'")


def metadata(file: File) -> Found:
    """X09: title, days and identity; Info and XMP agree."""
    for key, property_ in _PAIRS.items():
        if not file.info(key) or file.info(key) != file.packet.get(property_):
            yield 0, key[1:]
    for key, property_ in _DAYS.items():
        moment = _MOMENT.fullmatch(file.info(key))
        told = moment.expand(r"\1-\2-\3T\4:\5:\6\7:\8") if moment else "—"
        if file.packet.get(property_) != told:
            yield 0, key[1:]
    for property_ in ("MetadataDate", "DocumentID", "VersionID", "RenditionClass"):
        if not file.packet.get(property_):
            yield 0, property_


_FOR_SCREENS = {"DeviceRGB", "CalRGB", "CalGray", "Lab"}


def colours(file: File) -> Found:
    """X10: process colours for the intent's inks and spots, nothing for screens; groups blend in ink too."""
    for page, paint in file.paints:
        if paint.colour.space in _FOR_SCREENS:
            yield page, f"{paint.form} {paint.what} in {paint.colour.space}"
    for name, thing in file.things:
        for key in ("/ColorSpace", "/CS"):
            space = thing.get(key)
            spaces = list(space.values()) if isinstance(space, pikepdf.Dictionary) else [space]
            if families := sorted({_family(one) for one in spaces} & _FOR_SCREENS):
                yield 0, f"{name} {key[1:]} {' '.join(families)}"


def _family(space: Any) -> str:
    """A colour space's family; of an ICC-based one, by how many components it has."""
    if isinstance(space, pikepdf.Array) and len(space):
        family = str(space[0])[1:]
        if family == "ICCBased":
            return {1: "CalGray", 3: "CalRGB"}.get(int(space[1].N), family)
        return _family(space[1]) if family == "Indexed" else family
    return str(space)[1:] if isinstance(space, pikepdf.Name) else ""


def blending(file: File) -> Found:
    """X11: PDF/X-1a has no transparency; in PDF/X-4 a page that has any says in which inks it blends."""
    if not file.has_transparency:
        return
    if file.press.standard == X1A:
        yield 0, "transparency"
        return
    for number, page in enumerate(file.pages, 1):
        if _family(page.Group.get("/CS") if "/Group" in page else None) not in ("DeviceCMYK", "ICCBased"):
            yield number, "Group CS"


def plates(file: File) -> Found:
    """X12: a plate's name means the same everywhere: the same alternate and tint."""
    seen: dict[str, str] = {}
    for name, thing in file.things:
        spaces = thing.get("/ColorSpace")
        for space in spaces.values() if isinstance(spaces, pikepdf.Dictionary) else [spaces]:
            if isinstance(space, pikepdf.Array) and space[0] == pikepdf.Name.Separation:
                told = f"{space[2]!r} {dict(space[3].items())!r}"
                if seen.setdefault(str(space[1]), told) != told:
                    yield 0, f"{name} {str(space[1])[1:]}"


def nothing_moves(file: File) -> Found:
    """X13: nothing that acts, asks or changes what is printed."""
    yield from ((0, key[1:]) for key in sorted(_NOT_PRINTED & set(file.root.keys())))
    for number, page in enumerate(file.pages, 1):
        yield from ((number, key[1:]) for key in sorted(_ON_PAGES & set(page.keys())))
    for name, thing in file.things:
        kinds = {str(thing.get(key, "")) for key in ("/S", "/Subtype", "/Subtype2")} & {"/JavaScript", "/PS", "/Launch"}
        odd = kinds | ({"/F", "/OPI", "/Alternates", "/JS"} & set(thing.keys()) if isinstance(thing, pikepdf.Stream) else set())
        odd |= {key for key in _TRANSFER & set(thing.keys()) if str(thing[key]) not in ("/Default", "/Identity")}
        yield from ((0, f"{name} {one[1:]}") for one in sorted(odd))


def filters(file: File) -> Found:
    """X14: no LZW, no encryption of a single stream."""
    for name, thing in file.things:
        told: Any = thing.get("/Filter", []) if isinstance(thing, pikepdf.Stream) else []
        names = {str(one) for one in (told if isinstance(told, pikepdf.Array) else [told])}
        if odd := names & (_REFUSED | ({"/JPXDecode"} if file.press.standard == X1A else set())):
            yield 0, f"{name} {' '.join(sorted(odd))}"


def interpolation(file: File) -> Found:
    """X15: no smoothing of pictures, which costs a RIP time and changes codes."""
    for name, thing in file.things:
        if bool(thing.get("/Interpolate", False)):
            yield 0, f"{name} Interpolate"
