"""Papers that go with a lot, made by the same stages as the lot and read back like it: 納品書, 送付状, 対象者一覧表, leaflets.

Which ones is the issuer's YAML; what each is about (the lot, a bundle, nobody) its layout says. All lie beside the sheets.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pipeline.base.problems import PreflightError
from pipeline.craft.typefaces import Typefaces
from pipeline.model.bundle import Bundle
from pipeline.model.document import Document
from pipeline.model.inserter import Inserter
from pipeline.model.issuer import EnclosurePolicy, Issuer
from pipeline.model.layout import Layout
from pipeline.model.sheet import STEP_AND_REPEAT, SheetDesign
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions
from pipeline.office.papers import Filler, of_lot
from pipeline.stages.handoff import Enclosed, Lot
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.preflight import preflight
from pipeline.stages.stamp import stamp

Bundles = Callable[[], Iterator[Bundle]]


class Paper(NamedTuple):
    """A paper that goes with lots, ready to be made; `sheet` is the id of `design`."""

    policy: EnclosurePolicy
    layout: Layout
    template: Template
    sheet: str
    design: SheetDesign
    conditions: Conditions
    inserter: Inserter | None = None

    @property
    def is_cover(self) -> bool:
        """Whether an inserter reads it: it is then the beginning of its bundle's set."""
        return self.layout.subject == "bundle" and bool(self.inserter or self.conditions.inserter)


def goes_with(policy: EnclosurePolicy, document: str, channel: str) -> bool:
    """Whether a paper goes with the lots of a document type in a channel."""
    wanted = (not policy.documents or document in policy.documents) and (not policy.channels or channel in policy.channels)
    return wanted and policy.copies != "order"


def enclose(
    papers: Mapping[str, Paper],
    lot: Lot,
    issuer: Issuer,
    typefaces: Typefaces,
    folder: Path,
    bundles: Bundles,
    bundle_count: int,
) -> list[Enclosed]:
    """Make the papers that go with a lot in `folder`. `bundles` starts the lot's bundles anew.

    LayoutError if a text does not fit its paper, PreflightError if what was made is not what was asked.
    """
    made = []
    for name, paper in papers.items():
        subject = paper.layout.subject
        if not goes_with(paper.policy, lot.template.document, lot.channel) or (subject == "bundle" and not bundle_count):
            continue
        filler = Filler(name, paper.layout, paper.template, typefaces, paper.inserter)
        pages: Iterable[Document]
        if subject == "bundle":
            pages = (page for bundle in bundles() for page in filler.pages(lot, bundle))
        else:
            pages = [filler.fill(lot.name, of_lot(lot, issuer, paper.layout.terms["more"]) if subject == "lot" else {})]
        copies = {"document": lot.documents, "bundle": bundle_count}.get(paper.policy.copies, 1) if subject == "public" else 1
        files = tuple(_files(folder, name, pages, paper, typefaces, lot))
        grid, repeated = paper.design.grid, paper.design.scheme == STEP_AND_REPEAT
        on_sheet = grid.columns * grid.rows if repeated else 1
        made.append(Enclosed(name, paper.layout.title, paper.layout.edition, files, copies, on_sheet))
    return made


def office_papers(papers: Mapping[str, Paper], typefaces: Typefaces, folder: Path, order: str, day: str) -> None:
    """Make the papers that the office gets once with an order, in `folder`, each whole or not there. Errors as `enclose`."""
    for name, paper in papers.items():
        if paper.policy.copies == "order":
            folder.mkdir(exist_ok=True)
            draft = folder / f"{name}.pdf.tmp"
            make_file(
                draft, [Filler(name, paper.layout, paper.template, typefaces).fill(order, {})], paper, typefaces, order, day
            )
            draft.replace(folder / f"{name}.pdf")


def _files(
    folder: Path, name: str, pages: Iterable[Document], paper: Paper, typefaces: Typefaces, lot: Lot
) -> Iterator[tuple[str, int]]:
    """Write the papers of one kind, a bounded number a file; yields each file's name and how many papers are in it."""
    waiting, number, grid = iter(pages), 0, paper.design.grid
    most = max(1, paper.design.part * grid.columns * grid.rows // len(paper.template.leaves))
    while some := list(islice(waiting, most)):
        number += 1
        file = f"{name}-{number:04d}.pdf" if paper.layout.subject == "bundle" else f"{name}.pdf"
        make_file(folder / file, some, paper, typefaces, lot.name, lot.day)
        yield file, len(some)


def make_file(path: Path, pages: list[Document], paper: Paper, typefaces: Typefaces, job: str, day: str) -> None:
    """Make one file of papers and read it back; PreflightError with what is wrong with it."""
    template, design = paper.template, paper.design
    stamped = stamp(pages, template, typefaces, machine=paper.conditions.inserter)
    sheets = impose(len(stamped.leaves), design)
    slug = Slug(job, day, len(sheets), template.fingerprint)
    with path.open("wb") as file:
        plate(file, stamped, sheets, slots(design), template, design, paper.conditions, typefaces, slug)
    report = preflight(path, template, design, paper.conditions, pages, 1, typefaces.paths(), lot_sheets=len(sheets))
    if report.faults:
        raise PreflightError(report.faults)
