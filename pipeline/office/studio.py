"""The designers' studio: layouts as the press would print them, as pieces and as sheets, from sample members only.

A print is made by the stages of production: fill, stamp, impose, plate. A single piece is a sheet as large as the piece
with its bleed. Nothing here knows of a page in a browser.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pipeline.base.problems import LayoutError, Problem, ShikakuError, UsageError
from pipeline.craft import specs
from pipeline.model.document import Document
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout
from pipeline.model.press_profile import PressProfile
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Template
from pipeline.office.copies import pressed_on
from pipeline.office.drafts import DraftShop
from pipeline.office.enclosures import Paper
from pipeline.office.keys import sample_signer_of
from pipeline.office.materials import Materials, conditions_of
from pipeline.office.planning import Kind
from pipeline.office.prints import Print, printed, single
from pipeline.office.proof import filled_sample
from pipeline.office.sample_lot import sample_pages
from pipeline.stages.fill import Form, prepare


class Entry(NamedTuple):
    """A layout of the gallery: sizes in µm, the ids of the issuers that use it and of the press sheets that it fits."""

    id: str
    title: str
    material: str
    width: int
    height: int
    subject: str
    issuers: tuple[str, ...]
    sheets: tuple[str, ...]


class Catalogue(NamedTuple):
    """Everything that can be looked at, and what of it cannot be read. Issuers and sheets are pairs of id and name."""

    entries: tuple[Entry, ...]
    issuers: tuple[tuple[str, str], ...]
    sheets: tuple[tuple[str, str], ...]
    samples: tuple[str, ...]
    problems: tuple[Problem, ...]


class Studio:
    """Prints for a designer, always of the files as they are now. For one thread.

    Methods raise ShikakuError with every problem, each with its file, line and column where it has one.
    """

    def __init__(self, root: Path | None = None, day: date | None = None):
        self._shop = DraftShop(root)
        self.day = day or self._shop.today()
        self._forms: dict[int, tuple[Template, Form]] = {}

    def typeface(self, name: str) -> Path | None:
        """The file of a declared typeface."""
        return self._shop.typefaces().paths().get(name)

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self._shop.root

    def watched(self) -> list[Path]:
        """The folders whose files a designer saves."""
        return self._shop.watched()

    def forget(self, paths: Sequence[Path]) -> list[str]:
        """Take note of files that were saved; their names, without those that nothing is made of."""
        return sorted({name for path in paths if (name := self._shop.forget(path))})

    def catalogue(self) -> Catalogue:
        """All layouts, issuers, sheets and samples by name; what cannot be read is named and left out."""
        problems: list[Problem] = []
        issuers: dict[str, Issuer] = {}
        for name in self._shop.issuers():
            with _noted(problems):
                issuers[name] = self._shop.issuer(name)
        entries = []
        for name in self._shop.documents():
            with _noted(problems):
                entries.append(self._entry(name, self._shop.layout(name), issuers))
        sheets, samples = [], []
        for name in self._shop.sheets():
            with _noted(problems):
                sheets.append((name, self._shop.sheet(name).title))
        if issuers:
            with _noted(problems):
                samples = list(self._shop.members(next(iter(issuers))))
        names = tuple((name, issuer.full_name) for name, issuer in issuers.items())
        once = {(one.code, one.place, one.message): one for one in problems}  # a wrong typeface is told by every layout
        return Catalogue(tuple(entries), names, tuple(sheets), tuple(samples), tuple(once.values()))

    def _entry(self, name: str, layout: Layout, issuers: dict[str, Issuer]) -> Entry:
        used = tuple(one for one, issuer in issuers.items() if name in issuer.documents or name in issuer.enclosures)
        page = layout.page
        return Entry(
            name, layout.title, layout.material, page.width, page.height, layout.subject, used, tuple(self.sheets_of(name))
        )

    def take_up(self, document: str, issuer: str) -> None:
        """Make a layout ready to be worked on: after a change only what it touches is set again."""
        self._shop.take_up(document, issuer, self._day_of(document))

    def press(self, document: str) -> PressProfile:
        """The press that a document's copies are calculated for."""
        return pressed_on(self._shop.layout(document), self._shop.presses())

    def piece(self, document: str, issuer: str, sample: str = "") -> Print:
        """A document of a sample member (without a name: the first that is due it) as a single piece with its bleed."""
        day = self._day_of(document)
        template = self._shop.template(document, issuer, day)
        pages = self._pages(document, issuer, sample, day)
        return self._printed(
            pages, template, single(template, self._shop.sheet(self._sheet_of(document, issuer)).vendor), document, day
        )

    def sheet(self, document: str, issuer: str, sample: str = "", design: str = "") -> Print:
        """The same imposed on the issuer's press sheet for it, or on another one; all samples in turn, or one on every slot."""
        day = self._day_of(document)
        template, name = self._shop.template(document, issuer, day), design or self._sheet_of(document, issuer)
        sheet = self._shop.sheet(name)
        specs.fits(sheet, self._shop.layout(document), name, document)
        return self._printed(self._filling(sheet, template, document, issuer, sample, day), template, sheet, document, day)

    def sheets_of(self, document: str) -> list[str]:
        """The press sheets on which a document type fits."""
        found = []
        for name in self._shop.sheets():
            with _noted([]):
                specs.fits(self._shop.sheet(name), self._shop.layout(document), name, document)
                found.append(name)
        return found

    def _filling(
        self, sheet: SheetDesign, template: Template, document: str, issuer: str, sample: str, day: date
    ) -> list[Document]:
        """Documents for every slot of one sheet."""
        wanted = max(1, sheet.grid.columns * sheet.grid.rows // len(template.leaves))
        names, found = [sample] if sample else list(self._shop.members(issuer)), []
        problems: list[Problem] = []
        for name in names:
            with _noted(problems):
                found += self._pages(document, issuer, name, day)
        if not found:
            raise LayoutError(problems)
        return [found[n % len(found)] for n in range(wanted)]

    def _sheet_of(self, document: str, issuer_id: str) -> str:
        issuer = self._shop.issuer_for(issuer_id, document)
        return (issuer.documents.get(document) or issuer.enclosures[document]).sheet

    def _day_of(self, document: str) -> date:
        """The day of the preview, or the nearest one on which the layout's edition may be issued."""
        layout = self._shop.layout(document)
        first, last = layout.effective_from or self.day, layout.effective_until or self.day
        return max(first, min(self.day, last))

    def _pages(self, document: str, issuer_id: str, sample: str, day: date) -> list[Document]:
        issuer, members = self._shop.issuer_for(issuer_id, document), self._shop.members(issuer_id)
        if sample and sample not in members:
            raise UsageError(Problem("proof-unknown-sample", sample, {"name": sample, "known": "、".join(members)}))
        layout, template = self._shop.layout(document), self._shop.template(document, issuer_id, day)
        typefaces = self._shop.typefaces()
        if document not in issuer.documents:
            policy = issuer.enclosures[document]
            design = self._shop.sheet(policy.sheet)
            inserter = self._shop.inserter(issuer.inserter) if issuer.inserter else None
            paper = Paper(policy, layout, template, policy.sheet, design, self._shop.vendor(design.vendor), inserter)
            first = [members[sample]] if sample else []
            rest = [one for name, one in members.items() if name != sample]
            return sample_pages(paper, document, first + rest, issuer_id, day, self._shop)
        sheet = issuer.documents[document].sheet
        design, form = self._shop.sheet(sheet), self._form(issuer, layout, template)
        kind = Kind(document, layout, template, sheet, design, self._shop.vendor(design.vendor), form)
        materials = Materials(issuer_id, issuer, {document: kind}, typefaces, {})
        return [filled_sample(materials, document, sample, day, members)]

    def _form(self, issuer: Issuer, layout: Layout, template: Template) -> Form:
        known = self._forms.get(id(template))
        if known is None or known[0] is not template or known[1].issuer is not issuer:
            if len(self._forms) >= 32:
                self._forms.clear()
            known = self._forms[id(template)] = (
                template,
                prepare(issuer, layout, template, self._shop.typefaces(), sample_signer_of(issuer)),
            )
        return known[1]

    def _printed(self, documents: list[Document], template: Template, design: SheetDesign, document: str, day: date) -> Print:
        conditions = conditions_of(self._shop, design, template, self._shop.issuer(template.issuer))
        typefaces = self._shop.typefaces()
        return printed(documents, self._shop.layout(document), template, design, conditions, typefaces, day)


@contextmanager
def _noted(problems: list[Problem]) -> Iterator[None]:
    """Collect the problems of what is tried, and go on."""
    try:
        yield
    except ShikakuError as fault:
        problems += fault.problems
