"""Preflight: every piece of a finished part, read back from the file and compared with the ledger's documents.

The checker shares no code and no library with the maker: it imports the model and reads with pikepdf, zxing-cpp, fontTools,
pypdfium2 and Pillow. Texts, places, codes, seals and artwork are compared for 100 % of the pieces; a sample of sheets is
rendered and decoded from the picture. It raises nothing for what it finds: faults are in the report.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import pikepdf
import pypdfium2

from pipeline.base.geometry import Box
from pipeline.base.lengths import points
from pipeline.base.problems import Problem
from pipeline.model.document import Document
from pipeline.model.report import PartReport
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions
from pipeline.stages.checking.faces import face
from pipeline.stages.checking.fonts import Embedded
from pipeline.stages.checking.forms import family_names, form_faults
from pipeline.stages.checking.identity import identity_faults, root_keys
from pipeline.stages.checking.margin import Lot, Told
from pipeline.stages.checking.plan import Plan
from pipeline.stages.checking.plates import state_faults
from pipeline.stages.checking.raster import Raster
from pipeline.stages.checking.records import is_group, record_faults
from pipeline.stages.checking.rulebook import broken_rules
from pipeline.stages.checking.surface import Reader

RASTER_EVERY = 50
_PAGE_KEYS = {"/Type", "/Parent", "/Resources", "/Contents", "/MediaBox", "/BleedBox", "/TrimBox"}
_RECORD_KEYS = {"/DPart", "/Group"}
_TREE_KEYS = {"/Type", "/Kids", "/Count"}
_TRAILER_KEYS = {"/Size", "/Root", "/Info", "/ID"}
_CONTENT_KEYS = {"/Filter", "/Length"}
_UNREADABLE = (pikepdf.PdfError, AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)


class _Fault(Protocol):
    def __call__(self, code: str, **values: object) -> None: ...


def preflight(
    path: Path,
    template: Template,
    design: SheetDesign,
    conditions: Conditions,
    documents: Sequence[Document],
    first_sheet: int,
    typefaces: Mapping[str, Path],
    raster_every: int = RASTER_EVERY,
    overprint: bool = False,
    lot_sheets: int | None = None,
    job: str = "",
    part: tuple[int, int] | None = None,
    back: Path | None = None,
    code_key: bytes = b"",
) -> PartReport:
    """Read a part back. `documents` are the part's in order, `first_sheet` its first sheet's number in the lot.

    The lot's first and last sheet and every `raster_every`-th are rendered, as is every surface with a typeface that was
    not the first choice; 0 renders none. `lot_sheets`, `job` and `part` (which of how many) are what slug and sheet codes
    must say of the lot; unknown, the part's ends count. `back` is the file of the backs where they are sheets of their own.
    `code_key` is the public key (32 bytes) that signed the part's codes.
    """
    report = PartReport(pieces=len(documents))
    lot = Lot(path.parent.name, lot_sheets, job, part)
    files: list[tuple[Path, tuple[int, ...]]] = [(path, (0,)), (back, (1,))] if back else [(path, ())]
    wanted, told, looked = 0, None, set[int]()
    for file, shown in files:
        place = f"lot {lot.name}, {file.name}"
        fault = _reporter(report, place)
        try:
            plan = Plan(template, design, documents, conditions, shown)
            wanted = plan.leaves * (plan.places if plan.repeated else 1)
            with pikepdf.open(file, attempt_recovery=False, suppress_warnings=True) as pdf:
                told = _read(pdf, plan, lot, first_sheet, typefaces, overprint, report, told, fault, code_key)
                pages = plan.sheets * len(plan.shown)
                for broken in broken_rules(pdf, conditions, file.stat().st_size, plan.pieces(), pages):
                    fault("preflight-rule", **broken._asdict())
                for warning in pdf.get_warnings()[:1]:
                    fault("preflight-unreadable", reason=str(warning)[-80:])
            if not report.faults and raster_every:
                looked |= _look(file, plan, lot, first_sheet, raster_every, overprint, report)
        except (OSError, pypdfium2.PdfiumError, *_UNREADABLE) as error:
            fault("preflight-unreadable", reason=type(error).__name__)
    report.rastered_sheets = len(looked)
    if report.leaves != wanted and not report.faults:
        report.faults.append(Problem("preflight-count", place, {"found": report.leaves, "wanted": wanted}))
    return report


def _reporter(report: PartReport, place: str) -> _Fault:
    def fault(code: str, **values: object) -> None:
        report.faults.append(Problem(code, place, values))

    return fault


def _read(
    pdf: pikepdf.Pdf,
    plan: Plan,
    lot: Lot,
    first_sheet: int,
    typefaces: Mapping[str, Path],
    overprint: bool,
    report: PartReport,
    told: Told | None,
    fault: _Fault,
    code_key: bytes,
) -> Told | None:
    """Read one file; returns what its first slug said of the part, which the part's next file must say too."""
    pages = len(pdf.pages)
    report.sheets, report.pages = plan.sheets, report.pages + pages
    if pages != plan.sheets * len(plan.shown):
        fault("preflight-count", found=pages, wanted=plan.sheets * len(plan.shown))
        return told
    resources = pdf.pages[0].obj.Resources
    shared = resources.objgen
    for holder, keys in (
        (pdf.trailer, _TRAILER_KEYS),
        (pdf.Root.Pages, _TREE_KEYS),
        (resources, {"/Font", "/XObject", "/ExtGState"}),
    ):
        if odd := set(holder.keys()) - keys:
            fault("preflight-structure", what=" ".join(sorted(odd)))
    if pdf.is_encrypted or not resources.is_indirect:
        fault("preflight-structure", what="Encrypt" if pdf.is_encrypted else "Resources")
    if odd := set(pdf.Root.keys()) ^ root_keys(plan):
        fault("preflight-structure", what=" ".join(sorted(odd)))
        return told
    try:
        for what in chain(identity_faults(pdf, plan), state_faults(resources), record_faults(pdf, plan, first_sheet)):
            fault("preflight-press-file", what=what)
    except _UNREADABLE as error:
        fault("preflight-press-file", what=type(error).__name__)
    fonts = _fonts(resources, plan, typefaces, fault)
    families = family_names({name: face(file).names for name, file in typefaces.items()})
    for reason in form_faults(resources.XObject, plan, families, overprint):
        fault("preflight-artwork", what=reason)
    reader = Reader(plan, fonts, lot, overprint, report, told, code_key)
    boxes = [_boxes(plan, surface) for surface in range(plan.surfaces)]
    for index, page in enumerate(pdf.pages):
        sheet, which = divmod(index, len(plan.shown))
        surface = plan.shown[which]
        try:
            for what in _odd(page.obj, shared, plan, boxes[surface]):
                fault("preflight-structure", what=f"page {index + 1} {what}")
            content = page.obj.Contents.read_bytes()
        except _UNREADABLE as error:
            fault("preflight-structure", what=f"page {index + 1} {type(error).__name__}")
            continue
        reader.read(content, sheet, first_sheet + sheet, surface, list(plan.surface(sheet, surface)))
    for index, font in fonts.items():
        if unknown := font.unknown():
            codes = " ".join(f"{ord(char):04X}" for char in unknown[:5])
            fault("preflight-font", font=plan.template.typefaces[index], reason=f"no glyph for {codes}")
        report.glyphs += font.glyphs
    return reader.margin.told


_Boxes = dict[str, tuple[tuple[float, ...], set[bytes]]]  # by name: edges in points, and how they were written before


def _odd(page: Any, shared: tuple[int, int], plan: Plan, boxes: _Boxes) -> list[str]:
    """What a page has that it must not have, or has differently."""
    more = _RECORD_KEYS if plan.conditions.vendor.press.variable else set()
    found = sorted(set(page.keys()) ^ (_PAGE_KEYS | more)) + sorted(set(page.Contents.keys()) - _CONTENT_KEYS)
    if page.Resources.objgen != shared:
        found.append("/Resources")
    if more and not is_group(page.get("/Group", {}), isolated=False):
        found.append("/Group")
    for name, (edges, right) in boxes.items():
        told = page.get(name, pikepdf.Array())
        written = told.unparse()
        if written in right:
            continue
        if len(told) == 4 and all(abs(float(one) - edge) <= 0.001 for one, edge in zip(told, edges, strict=True)):
            right.add(written)
        else:
            found.append(name)
    return found


def _boxes(plan: Plan, surface: int) -> _Boxes:
    """What a surface's page boxes must be."""
    outer = plan.outer(surface)
    sheet = Box(0, 0, plan.design.width, plan.design.height)
    wanted = {"/MediaBox": sheet, "/BleedBox": outer.grown(plan.design.piece.bleed), "/TrimBox": outer}
    return {
        name: (tuple(map(points, (box.left, sheet.height - box.bottom, box.right, sheet.height - box.top))), set())
        for name, box in wanted.items()
    }


def _fonts(resources: Any, plan: Plan, typefaces: Mapping[str, Path], fault: _Fault) -> dict[int, Embedded]:
    """The part's fonts by index, each compared with the declared typeface's file."""
    found: dict[int, Embedded] = {}
    indices = {f"/F{index}": index for index in range(len(plan.template.typefaces))}
    for name in map(str, resources.get("/Font", {}).keys()):
        if name not in indices:
            fault("preflight-font", font=name, reason="is not of this template")
            continue
        index = indices[name]
        declared = plan.template.typefaces[index]
        found[index] = Embedded(resources.Font[name], face(typefaces[declared]))
        for reason in found[index].wrong:
            fault("preflight-font", font=declared, reason=reason)
    return found


def _look(path: Path, plan: Plan, lot: Lot, first_sheet: int, every: int, overprint: bool, report: PartReport) -> set[int]:
    """Render the lot's first and last sheet, every n-th, and each surface on which a typeface was not the first choice.

    Returns the sheets that were looked at.
    """
    looked: set[int] = set()
    with closing(Raster(path, plan, lot.name, overprint, report)) as raster:
        ends = (1, lot.sheets) if lot.sheets else (first_sheet, first_sheet + plan.sheets - 1)
        for which, surface in enumerate(plan.shown):  # all fronts first: what a surface is compared with is large
            for sheet in range(plan.sheets):
                number = first_sheet + sheet
                if number in ends or number % every == 0 or plan.falls_back(sheet, surface):
                    raster.look(sheet * len(plan.shown) + which, sheet, number, surface, list(plan.surface(sheet, surface)))
                    looked.add(sheet)
    return looked
