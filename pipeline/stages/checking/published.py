"""The web channel's PDFs read back: each has its member's texts and nobody else's, and is what it claims to be.

Texts are read from the page by `pypdfium2`, structure by `pikepdf`. Whether every rule of PDF/UA and PDF/A holds is for
their own validators; here is checked what they would fail first.
"""

import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2

from pipeline.base.problems import Problem
from pipeline.model.document import Document
from pipeline.model.template import Template
from pipeline.stages.checking.faces import face
from pipeline.stages.checking.forms import family_names, plain

_BLANK = re.compile(r"\s+")
_CLAIMS = (b'pdfaid:part="3"', b'pdfaid:conformance="A"', b'pdfuaid:part="1"')
_UNREADABLE = (pikepdf.PdfError, pypdfium2.PdfiumError, AttributeError, KeyError, TypeError, ValueError)


def published(path: Path, template: Template, documents: Sequence[Document], typefaces: Mapping[str, Path]) -> list[Problem]:
    """What is wrong with a ZIP of web notices. `typefaces` are the declared ones' files."""
    faults: list[Problem] = []
    families = family_names({name: face(file).names for name, file in typefaces.items()})
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if names != [f"{one.serial}.pdf" for one in documents]:
            return [Problem("preflight-count", path.name, {"found": len(names), "wanted": len(documents)})]
        for name, document in zip(names, documents, strict=True):
            place = f"{path.name} {name}"
            try:
                reasons = _odd(archive.read(name), template, document, families)
            except _UNREADABLE as error:
                reasons = {"unreadable": type(error).__name__}
            faults += [Problem("preflight-web", place, {"what": what, "reason": why}) for what, why in reasons.items()]
    return faults


def _odd(data: bytes, template: Template, document: Document, families: Collection[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    with pikepdf.open(BytesIO(data)) as pdf:
        root = pdf.Root
        marked = "/MarkInfo" in root and bool(root.MarkInfo.Marked) and "/StructTreeRoot" in root
        if not marked or str(root.get("/Lang", "")) != "ja":
            found["structure"] = "no tags or no language"
        metadata = root.Metadata.read_bytes()
        if any(claim not in metadata for claim in _CLAIMS) or "/OutputIntents" not in root:
            found["metadata"] = "does not claim PDF/A-3a and PDF/UA-1"
        if not ("/ViewerPreferences" in root and bool(root.ViewerPreferences.get("/DisplayDocTitle", False))):
            found["title"] = "is not shown"
        for font in _fonts(pdf):
            name = str(font.BaseFont)[1:].partition("+")[2]
            if plain(name) not in families:
                found[f"font {name}"] = "is not declared"
            if not any(key in font.get("/FontDescriptor", {}) for key in ("/FontFile", "/FontFile2", "/FontFile3")):
                found[f"font {name}"] = "is not embedded"
        if pdf.is_encrypted or "/AcroForm" in root or "/OpenAction" in root:
            found["contents"] = "more than a notice"
    with pypdfium2.PdfDocument(data) as pages:
        said = _BLANK.sub("", "".join(page.get_textpage().get_text_bounded() for page in pages))
    if "\ufffd" in said or "\ue000" in said:
        found["text"] = "has a character without meaning"
    shown = set(re.findall("\ue000([^\ue001]+)\ue001", template.web))
    for field, text in zip(template.texts, document.texts, strict=True):
        if field.name in shown and _BLANK.sub("", text) not in said:
            found[field.name] = "is not what the ledger has"
    return found


def _fonts(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    """The descendant fonts of all pages."""
    fonts = []
    for page in pdf.pages:
        for font in page.obj.Resources.Font.values():
            fonts += [font.DescendantFonts[0] if "/DescendantFonts" in font else font]
    return fonts
