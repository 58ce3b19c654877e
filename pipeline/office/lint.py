"""`check`: layouts, issuers, sheets and member files, all problems at once."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.base.problems import LayoutError, MemberError, Problem, ShikakuError
from pipeline.craft import press_profiles, specs
from pipeline.craft.inserter import read_inserter
from pipeline.craft.screens import matched
from pipeline.craft.vendors import PROFILES, read_profiles, read_vendor, takes
from pipeline.model.decision import Rejected
from pipeline.model.issuer import Issuer
from pipeline.office.materials import conditions_of
from pipeline.office.packages import recipient_of
from pipeline.office.papers import CODES, VALUES
from pipeline.office.shop import Shop
from pipeline.rules.counter import invoice_faults
from pipeline.rules.numbers import is_insurer_number
from pipeline.rules.plausibility import compile_plausibility
from pipeline.rules.printing import compile_printing
from pipeline.stages.decide import compile_policies
from pipeline.stages.read import read, survey

Check = Callable[[], Any]
_FIRST = 50  # rows that tell whose member file it is
_MOST = 1000  # problems of one member file; who has more has the wrong file


def lint(paths: list[Path], shop: Shop) -> tuple[int, list[ShikakuError]]:
    """Check what is named, or everything in layouts/; how many things were checked, and the errors found."""
    checked, faults = 0, []
    for check in [one for path in paths for one in _of(path, shop)] if paths else _everything(shop):
        checked += 1
        try:
            check()
        except ShikakuError as error:
            faults.append(error)
    return checked, faults


def _everything(shop: Shop) -> Iterator[Check]:
    yield shop.typefaces
    yield partial(specs.lint_parts, shop.root / "layouts" / "parts")
    yield partial(specs.read_hosts, shop.root / "layouts")
    for name in shop.sheets():
        yield partial(shop.sheet, name)
    for name in shop.vendors():
        yield partial(_vendor, shop, name)
    for path in sorted((shop.root / "layouts" / "inserters").glob("*.yaml")):
        yield partial(read_inserter, path)
    for path in sorted((shop.root / "layouts" / press_profiles.FOLDER).glob("*.yaml")):
        yield partial(_press, path)
    for name in shop.issuers():
        yield partial(_issuer, shop, name)
    for document in shop.documents():
        yield from _document(shop, document)


def _vendor(shop: Shop, name: str) -> None:
    """A vendor, and that its key can be encrypted to today."""
    conditions = shop.vendor(name)
    if conditions.vendor.delivery.certificate:
        recipient_of(conditions.vendor.delivery, None, name, shop)


def _document(shop: Shop, document: str) -> Iterator[Check]:
    yield partial(shop.layout, document)
    for issuer in shop.issuers():
        yield partial(_paired, shop, document, issuer)


def _issuer(shop: Shop, name: str) -> None:
    _policies(shop.issuer(name))


def _policies(issuer: Issuer) -> None:
    compile_policies(issuer)
    compile_printing(issuer)
    compile_plausibility(issuer)
    if faults := list(invoice_faults(issuer)):
        raise LayoutError(faults)


def _paired(shop: Shop, document: str, issuer_id: str) -> None:
    """A layout set for an issuer who issues it, and its sheets. What is wrong with either alone is told elsewhere."""
    try:
        issuer, layout = shop.issuer(issuer_id), shop.layout(document)
    except LayoutError:
        return
    policy, along = issuer.documents.get(document), issuer.enclosures.get(document)
    sheets = [policy.sheet, policy.office_sheet] if policy else []
    sheets += [along.sheet] if along else []
    if not sheets:
        return
    template = shop.template(document, issuer_id, max(shop.today(), layout.effective_from or date.min))
    for sheet in dict.fromkeys(sheets):
        specs.fits(design := shop.sheet(sheet), layout, sheet, document)
        takes(conditions_of(shop, design, template, issuer), template.spots, document)


def _of(path: Path, shop: Shop) -> Iterator[Check]:
    """What to check of one path: a layout's folder or file, an issuer, a sheet, or a member file."""
    if path.suffix.lower() in (".csv", ".xlsx"):
        yield partial(_members, path, shop)
    elif (path / "layout.yaml").is_file() or path.name == "layout.yaml":
        folder = path if path.is_dir() else path.parent
        yield from _layout(folder, shop)
    elif path.is_dir() and (inside := [one for one in sorted(path.rglob("*")) if one.suffix in (".yaml", ".csv", ".xlsx")]):
        for inner in inside:
            yield from _of(inner, shop)
    elif path.name == specs.HOSTS:
        yield partial(specs.read_hosts, path.parent)
    elif path.name == "typefaces.yaml":
        yield partial(specs.read_typefaces, path)
    elif path.suffix == ".yaml" and path.is_file():
        if path.parent.name == "sheets" or path.name == "sheet.yaml":
            yield partial(specs.read_sheet, path)
        elif path.parent.name == "inserters":
            yield partial(read_inserter, path)
        elif path.parent.name == press_profiles.FOLDER:
            yield partial(_press, path)
        elif path.parent.name == "vendors" or path.name == "vendor.yaml":
            yield partial(read_vendor, path)
        elif path.name == PROFILES:
            yield partial(read_profiles, path.parent)
        else:
            yield partial(_issuer_file, path)
    else:
        yield partial(_unknown, path)


def _layout(folder: Path, shop: Shop) -> Iterator[Check]:
    documents = shop.root / "layouts" / "documents"
    if folder.resolve().parent == documents.resolve():
        yield from _document(shop, folder.resolve().name)
    else:
        yield partial(specs.read_layout, folder, [face.id for face in shop.typefaces()], VALUES, CODES)


def _press(path: Path) -> None:
    """A press profile, and that its two screens can be alike."""
    matched(press_profiles.read_press_profile(path), path.stem)


def _issuer_file(path: Path) -> None:
    _policies(specs.read_issuer(path, is_insurer_number))


def _unknown(path: Path) -> None:
    raise LayoutError(Problem("check-unknown-path", path.name, {"name": path.name}))


def _members(path: Path, shop: Shop) -> None:
    """A member file against the issuer whose insurer number its first rows have."""
    if not path.is_file():
        raise MemberError(Problem("member-file-missing", path.name, {"name": path.name}))
    survey(path)
    issuer = shop.issuer(min(shop.issuers(), key=partial(_strangers, path, shop)))
    rejected = (one for one in read(path, issuer) if isinstance(one, Rejected))
    problems = list(islice((problem for one in rejected for problem in one.problems), _MOST))
    if problems:
        raise MemberError(problems)


def _strangers(path: Path, shop: Shop, issuer: str) -> int:
    """How many of the file's first rows are not of this issuer."""
    first = islice(read(path, shop.issuer(issuer)), _FIRST)
    codes = [{problem.code for problem in one.problems} for one in first if isinstance(one, Rejected)]
    return sum("member-other-insurer" in some for some in codes)
