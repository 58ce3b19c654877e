"""The shop: the only door to disk, typefaces, clock and environment."""

import errno
import hashlib
import os
import resource
import time
from collections.abc import Mapping
from copy import copy
from datetime import date, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from pipeline.base.problems import HandoffError, LayoutError, LedgerError, Problem, SheetError
from pipeline.craft import specs, typesetter
from pipeline.craft.inserter import read_inserter
from pipeline.craft.kept import Kept
from pipeline.craft.press_profiles import read_press_profiles
from pipeline.craft.typefaces import Typefaces
from pipeline.craft.vendors import read_vendor
from pipeline.model.inserter import Inserter
from pipeline.model.issuer import Issuer, texts_on
from pipeline.model.layout import Layout
from pipeline.model.press_profile import PressProfile
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions
from pipeline.office import kept_templates, surroundings
from pipeline.office.durable import disk_error, sync
from pipeline.office.papers import CODES, VALUES
from pipeline.rules.numbers import is_insurer_number
from pipeline.stages.compile import compile_layout, valid_seal

_CODE_OF_COMPILING = (
    "stages/compile.py",
    *(f"craft/{name}.py" for name in ("artwork", "typesetter", "channel", "screens", "outlines", "camouflage")),
    *(f"craft/{name}.py" for name in ("guilloche", "line_work", "microtext", "relief")),
    "craft/pantograph*",
    "craft/pdf/normal.py",
    "craft/pdf/objects.py",
    "model/template.py",
)
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY)  # somebody else published under this name just now


class Shop:
    """Where the project's data lies and where a run writes. `out` holds the orders and, unless told otherwise, the ledger.

    Environment: SHIKAKU_HOME names another project folder, SHIKAKU_LEDGER the ledger's URL, SHIKAKU_LEDGER_KEY the file with
    the key that signs its checkpoints, SHIKAKU_DATA_KEYS the folder with the orders' data keys, SHIKAKU_KEYS the folder with
    the keys that sign what is handed off, SHIKAKU_BY the person at work,
    SHIKAKU_TYPESETTING_SECONDS how long a page may take to be set. What is made is its owner's alone (umask 077).
    """

    def __init__(self, out: Path | None = None, ledger: str = "", root: Path | None = None, by: str = ""):
        os.umask(0o077)
        self.root = root or Path(os.environ.get("SHIKAKU_HOME") or Path(__file__).parents[2])
        self.out = (out or self.root / "output").absolute()
        self._ledger = surroundings.ledger_url(ledger or os.environ.get("SHIKAKU_LEDGER", ""))
        self.actor = surroundings.person(by or os.environ.get("SHIKAKU_BY", ""))
        self._issuers: dict[str, Issuer] = {}
        self._layouts: dict[str, Layout] = {}
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))

    def acting(self, by: str) -> "Shop":
        """The same shop with somebody else at work. UsageError where that is no name."""
        other = copy(self)
        other.actor = surroundings.person(by)
        return other

    @property
    def ledger_url(self) -> str:
        """One output folder, one ledger, unless the house has set another."""
        return self._ledger or f"sqlite:///{self.out / 'ledger.sqlite'}"

    @property
    def ledger_key(self) -> Path:
        """The file with the key that signs the ledger's checkpoints: beside an SQLite ledger, else in `out`."""
        named = os.environ.get("SHIKAKU_LEDGER_KEY")
        return Path(named) if named else self._beside(".key")

    @property
    def ledger_checkpoint(self) -> Path:
        """The file that keeps the checkpoint signed last."""
        return self._beside(".checkpoint")

    @property
    def data_keys(self) -> Path:
        """The folder with the orders' data keys, which seal what the ledger keeps of people. UsageError as for `keys`."""
        named = os.environ.get("SHIKAKU_DATA_KEYS")
        return surroundings.outside(Path(named), self.root) if named else self._beside(".keys")

    @property
    def keys(self) -> Path | None:
        """The folder with the insurers' signing keys, outside the project (else UsageError); None where none is set."""
        named = os.environ.get("SHIKAKU_KEYS")
        return surroundings.outside(Path(named), self.root) if named else None

    def _beside(self, ending: str) -> Path:
        file = self.ledger_url.removeprefix("sqlite:///")
        return Path(file).with_suffix(ending) if file != self.ledger_url else self.out / f"ledger{ending}"

    def check_ledger(self) -> None:
        """LedgerError where the ledger's file is not there: who asks it would otherwise be told by an empty new one."""
        file = self.ledger_url.removeprefix("sqlite:///")
        if self.ledger_url.startswith("sqlite:///") and not Path(file).is_file():
            raise LedgerError(Problem("ledger-missing", Path(file).name or "ledger"))

    def today(self) -> date:
        """The issue date where none is given."""
        return date.today()

    def now(self) -> str:
        """The moment of an event in the audit trail, with its offset from UTC."""
        return datetime.now().astimezone().isoformat(timespec="seconds")

    def seconds(self) -> float:
        """A clock for durations."""
        return time.perf_counter()

    def documents(self) -> list[str]:
        """The known document types."""
        return sorted(path.parent.name for path in self.root.glob("layouts/documents/*/layout.yaml"))

    def issuers(self) -> list[str]:
        """The known issuers."""
        return sorted(path.stem for path in self.root.glob("layouts/issuers/*.yaml"))

    def sheets(self) -> list[str]:
        """The known press sheets."""
        return sorted(path.stem for path in self.root.glob("layouts/sheets/*.yaml"))

    def issuer(self, name: str) -> Issuer:
        """An issuer; LayoutError lists the known ones."""
        _known(name, self.issuers(), "issuer-unknown")
        if name not in self._issuers:
            self._issuers[name] = specs.read_issuer(self.root / "layouts" / "issuers" / f"{name}.yaml", is_insurer_number)
        return self._issuers[name]

    def layout(self, document: str) -> Layout:
        """A layout; LayoutError lists the known ones."""
        _known(document, self.documents(), "layout-unknown")
        if document not in self._layouts:
            faces = [face.id for face in self.typefaces()]
            self._layouts[document] = specs.read_layout(self._folder(document), faces, VALUES, CODES)
        return self._layouts[document]

    def sheet(self, name: str) -> SheetDesign:
        """A press sheet; LayoutError lists the known ones."""
        _known(name, self.sheets(), "sheet-unknown")
        return specs.read_sheet(self.root / "layouts" / "sheets" / f"{name}.yaml")

    def vendors(self) -> list[str]:
        """The known vendors."""
        return sorted(path.stem for path in self.root.glob("layouts/vendors/*.yaml"))

    def vendor(self, name: str) -> Conditions:
        """What a vendor's press files are made for; SheetError lists the known vendors."""
        if name not in self.vendors():
            raise SheetError(Problem("vendor-unknown", name, {"name": name, "known": "、".join(self.vendors())}))
        return read_vendor(self.root / "layouts" / "vendors" / f"{name}.yaml")

    def vendor_file(self, name: str) -> Path:
        """A file that a vendor's YAML names: it lies beside it."""
        return self.root / "layouts" / "vendors" / name

    def inserter(self, name: str) -> Inserter:
        """An inserter's profile; LayoutError lists the known ones."""
        folder = self.root / "layouts" / "inserters"
        _known(name, sorted(path.stem for path in folder.glob("*.yaml")), "inserter-unknown")
        return read_inserter(folder / f"{name}.yaml")

    def presses(self) -> Mapping[str, PressProfile]:
        """The press profiles by name."""
        return read_press_profiles(self.root / "layouts")

    def typefaces(self) -> Typefaces:
        """The declared typefaces, their files checked against their checksums."""
        return self._typefaces

    @cached_property
    def _typefaces(self) -> Typefaces:
        return specs.read_typefaces(self.root / "fonts" / "typefaces.yaml")

    def seals(self, issuer: Issuer) -> Mapping[str, bytes]:
        """The seal images of an issuer by the names its YAML gives them."""
        folder = self.root / "layouts" / "issuers"
        return {seal.image: (folder / seal.image).read_bytes() for seal in issuer.seals}

    def template(self, document: str, issuer_id: str, day: date) -> Template:
        """A compiled layout, from the cache if nothing that goes into it has changed: a reissue needs no WeasyPrint."""
        folder, layout, issuer = self._folder(document), self.layout(document), self.issuer(issuer_id)
        assets, seals = specs.read_assets(folder, self.root / "layouts" / "parts"), self.seals(issuer)
        of_the_day = repr((valid_seal(issuer, day), layout.in_effect(day), texts_on(issuer, day)))
        key = self._key(folder.name, issuer_id, layout, of_the_day, assets, seals)
        if layout.in_effect(day) and (kept := kept_templates.find(self._cache, key)):
            return kept
        kept_templates.keep(self._cache, key, template := self.compiled(document, issuer_id, day))
        return template

    def compiled(self, document: str, issuer_id: str, day: date, kept: Kept | None = None) -> Template:
        """A layout compiled now; what `kept` has of an earlier compilation is not set again."""
        layout, issuer = self.layout(document), self.issuer(issuer_id)
        specs.pair(layout, issuer, issuer_id)
        assets, seals = specs.read_assets(self._folder(document), self.root / "layouts" / "parts"), self.seals(issuer)
        self.confine_fonts()
        return compile_layout(document, layout, assets, issuer_id, issuer, seals, self.typefaces(), day, self.presses(), kept)

    def confine_fonts(self) -> None:
        """Let the typesetter see the declared typefaces and no other, and take no longer than the house allows."""
        typesetter.confine_fonts(self.root / "fonts", self._cache)
        typesetter.allow(surroundings.patience(os.environ.get("SHIKAKU_TYPESETTING_SECONDS", "")))

    def _folder(self, document: str) -> Path:
        return self.root / "layouts" / "documents" / document

    @property
    def _cache(self) -> Path:
        return self.root / "output" / ".cache"

    def _key(
        self,
        document: str,
        issuer_id: str,
        layout: Layout,
        more: str,
        assets: Mapping[str, bytes],
        seals: Mapping[str, bytes],
    ) -> str:
        digest = hashlib.sha256(f"{document} {issuer_id} {more} {typesetter.version()} {version('uharfbuzz')}".encode())
        digest.update(layout.model_dump_json().encode())
        digest.update(repr(sorted(self.presses().items())).encode())
        for name, data in [*assets.items(), *seals.items()]:
            digest.update(name.encode() + hashlib.sha256(data).digest())
        package = Path(__file__).parents[1]
        code = sorted(path for pattern in _CODE_OF_COMPILING for path in package.glob(pattern) if path.is_file())
        declared = [self.root / "fonts" / "typefaces.yaml", self.root / "layouts" / "issuers" / f"{issuer_id}.yaml"]
        for path in [*declared, *code]:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def publish(self, draft: Path, target: Path) -> None:
        """Make a finished folder appear under its name, whole and durable. HandoffError if the name is taken."""
        taken = HandoffError(Problem("handoff-target-exists", target.name, {"name": target.name}))
        if os.path.lexists(target):
            raise taken
        try:
            for path in [*draft.rglob("*"), draft]:
                sync(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.rename(target)
            sync(target.parent)
        except OSError as fault:
            there = fault.errno in _TAKEN and os.path.lexists(target)
            raise (taken if there else disk_error(fault, target.name)) from None


def _known(name: str, known: list[str], code: str) -> None:
    if name not in known:
        raise LayoutError(Problem(code, name, {"name": name, "known": "、".join(known)}))
