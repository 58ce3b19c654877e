"""The shop of a designer at work: what a saved file touches is read and compiled again, all else is kept as it was.

The designs, stages and typefaces are those of production; only what is kept between two looks is different. Nothing but
layouts, fonts and sample members is read: no ledger, no member file.
"""

from datetime import date
from pathlib import Path

from pipeline.base.problems import LayoutError, SheetError
from pipeline.craft import specs
from pipeline.craft.kept import Kept
from pipeline.model.issuer import DocumentPolicy, Issuer, Policy
from pipeline.model.layout import Layout
from pipeline.model.member import Member
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions
from pipeline.office.proof import sample_members
from pipeline.office.shop import Shop
from pipeline.rules.occasions import ON_REQUEST


class DraftShop(Shop):
    """A shop whose memory follows the files. For one thread."""

    def __init__(self, root: Path | None = None):
        super().__init__(root=root)
        self.root = self.root.resolve()  # the paths of saved files come like this
        self._memory = Kept()
        self._at_work: set[tuple[str, str]] = set()
        self._templates: dict[tuple[str, str, date], Template] = {}
        self._members: dict[str, dict[str, Member]] = {}
        self._designs: dict[str, SheetDesign] = {}
        self._vendors: dict[str, Conditions] = {}
        self._drafted: dict[tuple[str, str], Issuer] = {}

    def watched(self) -> list[Path]:
        """The folders whose files a designer saves."""
        folders = [self.root / name for name in ("layouts", "fonts", "fixtures")]
        return [folder for folder in folders if folder.is_dir()]

    def forget(self, path: Path) -> str:
        """Forget what was read from a file that was saved or removed; its name, empty if nothing is made of it."""
        try:
            steps = path.relative_to(self.root).parts
        except ValueError:
            return ""
        match steps:
            case ("layouts", "documents", document, *_):
                self._layouts.pop(document, None)
                self._drop(document)
            case ("layouts", "issuers", *_):
                self._issuers.clear()
                self._members.clear()
                self._drop()
            case ("layouts", *_):
                self._designs.clear()
                self._vendors.clear()
                self._layouts.clear()
                self._drop()
            case ("fonts", *_):
                self.__dict__.pop("_typefaces", None)
                self._memory = Kept()
                self._layouts.clear()
                self._drop()
            case ("fixtures", "samples.yaml"):
                self._members.clear()
            case _:
                return ""
        return "/".join(steps[1:])

    def _drop(self, document: str = "") -> None:
        """Drop what was compiled of a document type, or everything."""
        self._templates = {key: one for key, one in self._templates.items() if document and key[0] != document}
        self._drafted.clear()

    def take_up(self, document: str, issuer_id: str, day: date) -> None:
        """Compile a layout that is being worked on, so that after a change only what it touches is set again."""
        if (document, issuer_id) not in self._at_work:
            self._at_work.add((document, issuer_id))
            self._templates.pop((document, issuer_id, day), None)
            self.template(document, issuer_id, day)

    def layout(self, document: str) -> Layout:
        """A layout as its files are now; the disk is asked once after a save."""
        return self._layouts.get(document) or super().layout(document)

    def issuer(self, name: str) -> Issuer:
        """An issuer, in the same way."""
        return self._issuers.get(name) or super().issuer(name)

    def sheet(self, name: str) -> SheetDesign:
        """A press sheet, in the same way."""
        if name not in self._designs:
            self._designs[name] = super().sheet(name)
        return self._designs[name]

    def vendor(self, name: str) -> Conditions:
        """A vendor's conditions, in the same way."""
        if name not in self._vendors:
            self._vendors[name] = super().vendor(name)
        return self._vendors[name]

    def template(self, document: str, issuer_id: str, day: date) -> Template:
        """A compiled layout: of one that is worked on the newest, of others from the cache on disk."""
        key = document, issuer_id, day
        if key not in self._templates:
            fresh = (document, issuer_id) in self._at_work
            made = (
                self.compiled(document, issuer_id, day, self._memory) if fresh else super().template(document, issuer_id, day)
            )
            self._templates[key] = made
        return self._templates[key]

    def members(self, issuer_id: str) -> dict[str, Member]:
        """The sample members as the issuer's."""
        if issuer_id not in self._members:
            self._members[issuer_id] = sample_members(self, issuer_id)
        return self._members[issuer_id]

    def issuer_for(self, issuer_id: str, document: str) -> Issuer:
        """An issuer as if it issued a document type: one that it does not (yet) is shown on the first sheet that fits."""
        issuer = self.issuer(issuer_id)
        if document in issuer.documents or document in issuer.enclosures:
            return issuer
        key = document, issuer_id
        if key not in self._drafted:
            sheet = self._fitting(document)
            policy = DocumentPolicy(due=Policy(policy=ON_REQUEST), sheet=sheet, office_sheet=sheet)
            self._drafted[key] = issuer.model_copy(update={"documents": {**issuer.documents, document: policy}})
        return self._drafted[key]

    def _fitting(self, document: str) -> str:
        layout, found = self.layout(document), ""
        for name in self.sheets():
            try:
                specs.fits(self.sheet(name), layout, name, document)
            except (SheetError, LayoutError):
                continue
            found = found or name
        return found
