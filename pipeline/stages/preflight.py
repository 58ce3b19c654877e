"""Preflight: every piece of a finished part, read back from the file and compared with the ledger's documents.

The checker shares no code and no library with the maker: it imports the model and reads with pikepdf, zxing-cpp, fontTools,
pypdfium2 and Pillow. Texts, places, codes, seals and artwork are compared for 100 % of the pieces; a sample of sheets is
rendered and decoded from the picture. It raises nothing for what it finds: faults are in the report.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pikepdf

from pipeline.base.lengths import points
from pipeline.base.problems import Problem
from pipeline.model.document import Document
from pipeline.model.report import PartReport
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Template
from pipeline.stages.checking.faces import face
from pipeline.stages.checking.fonts import Embedded
from pipeline.stages.checking.forms import family_names, form_faults
from pipeline.stages.checking.plan import Plan
from pipeline.stages.checking.raster import Raster
from pipeline.stages.checking.surface import Reader

RASTER_EVERY = 50
_PAGE_KEYS = {"/Type", "/Parent", "/Resources", "/Contents", "/MediaBox", "/TrimBox"}
_ROOT_KEYS = {"/Type", "/Pages"}


def preflight(
    path: Path,
    template: Template,
    design: SheetDesign,
    documents: Sequence[Document],
    first_sheet: int,
    typefaces: Mapping[str, Path],
    raster_every: int = RASTER_EVERY,
    overprint: bool = False,
) -> PartReport:
    """Read a part back. `documents` are the part's in order, `first_sheet` its first sheet's number in the lot."""
    report = PartReport(pieces=len(documents))
    lot = path.parent.name
    plan = Plan(template, design, documents)
    try:
        with pikepdf.open(path) as pdf:
            _read(pdf, plan, lot, first_sheet, typefaces, overprint, report)
    except pikepdf.PdfError as fault:
        report.faults.append(Problem("preflight-unreadable", f"lot {lot}, {path.name}", {"reason": str(fault)[:80]}))
        return report
    if report.leaves != plan.leaves and not report.faults:
        values = {"found": report.leaves, "wanted": plan.leaves}
        report.faults.append(Problem("preflight-count", f"lot {lot}, {path.name}", values))
    if not report.faults:
        _look(path, plan, lot, first_sheet, raster_every, report)
    return report


def _read(
    pdf: pikepdf.Pdf,
    plan: Plan,
    lot: str,
    first_sheet: int,
    typefaces: Mapping[str, Path],
    overprint: bool,
    report: PartReport,
) -> None:
    place = f"lot {lot}"

    def fault(code: str, **values: Any) -> None:
        report.faults.append(Problem(code, place, values))

    report.sheets, report.pages = plan.sheets, len(pdf.pages)
    if report.pages != plan.sheets * plan.surfaces:
        fault("preflight-count", found=report.pages, wanted=plan.sheets * plan.surfaces)
        return
    if pdf.is_encrypted or set(pdf.Root.keys()) - _ROOT_KEYS:
        fault("preflight-structure", what=", ".join(sorted(set(pdf.Root.keys()) - _ROOT_KEYS)) or "Encrypt")
    resources = pdf.pages[0].obj.Resources
    fonts = _fonts(resources, plan, typefaces, fault)
    families = family_names({name: face(file).names for name, file in typefaces.items()})
    for reason in form_faults(resources.XObject, plan, families, overprint):
        fault("preflight-artwork", what=reason)
    trims = [plan.trims(surface) for surface in range(plan.surfaces)]
    reader = Reader(plan, fonts, lot, plan.template.fingerprint, overprint, report)
    size = [0, 0, points(plan.design.width), points(plan.design.height)]
    for index, page in enumerate(pdf.pages):
        sheet, surface = divmod(index, plan.surfaces)
        number = first_sheet + sheet
        odd = set(page.obj.keys()) - _PAGE_KEYS
        boxes: list[Any] = [page.obj.get("/MediaBox", []), page.obj.get("/TrimBox", [])]
        if odd or page.obj.Resources.objgen != resources.objgen or any(_differs(box, size) for box in boxes):
            fault("preflight-structure", what=f"page {index + 1} {' '.join(sorted(odd))}")
        expected = list(plan.surface(sheet, surface, trims[surface]))
        reader.read(page.obj.Contents.read_bytes(), number, sheet, surface, expected)
    for index, font in fonts.items():
        if unknown := font.unknown():
            codes = " ".join(f"{ord(char):04X}" for char in unknown[:5])
            fault("preflight-font", font=plan.template.typefaces[index], reason=f"no glyph for {codes}")
        report.glyphs += font.glyphs


def _fonts(resources: Any, plan: Plan, typefaces: Mapping[str, Path], fault: Any) -> dict[int, Embedded]:
    """The part's fonts by index, each compared with the declared typeface's file."""
    found: dict[int, Embedded] = {}
    for name in resources.Font.keys():  # noqa: SIM118 - a PDF dictionary
        index = int(str(name)[2:]) if str(name)[2:].isdigit() else -1
        if not 0 <= index < len(plan.template.typefaces):
            fault("preflight-font", font=str(name), reason="is not of this template")
            continue
        declared = plan.template.typefaces[index]
        found[index] = Embedded(resources.Font[name], face(typefaces[declared]))
        for reason in found[index].wrong:
            fault("preflight-font", font=declared, reason=reason)
    return found


def _differs(box: Any, size: list[float]) -> bool:
    return len(box) != len(size) or any(abs(float(a) - b) > 0.01 for a, b in zip(box, size, strict=True))


def _look(path: Path, plan: Plan, lot: str, first_sheet: int, every: int, report: PartReport) -> None:
    """Render the first and last sheet, every n-th of the lot, and each surface on which a typeface was not the first choice."""
    raster = Raster(path, lot, plan.design.height, plan.template.height, report)
    trims = [plan.trims(surface) for surface in range(plan.surfaces)]
    for sheet in range(plan.sheets):
        number = first_sheet + sheet
        sampled = sheet in (0, plan.sheets - 1) or number % every == 0
        looked = [surface for surface in range(plan.surfaces) if sampled or plan.falls_back(sheet, surface)]
        for surface in looked:
            expected = list(plan.surface(sheet, surface, trims[surface]))
            raster.look(sheet * plan.surfaces + surface, number, surface, expected)
        report.rastered_sheets += bool(looked)
    raster.close()
