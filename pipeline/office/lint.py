"""`check`: layouts, issuers, sheets and member files, all problems at once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.base.problems import LayoutError, MemberError, Problem, ShikakuError
from pipeline.craft import specs
from pipeline.model.decision import Rejected
from pipeline.office.shop import Shop
from pipeline.rules.numbers import is_insurer_number
from pipeline.stages.decide import compile_policies
from pipeline.stages.read import read, survey

Check = Callable[[], Any]


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
    for name in shop.sheets():
        yield lambda name=name: shop.sheet(name)
    for name in shop.issuers():
        yield lambda name=name: compile_policies(shop.issuer(name))
        for document in shop.documents():
            yield lambda document=document, name=name: shop.template(document, name, shop.today())


def _of(path: Path, shop: Shop) -> Iterator[Check]:
    """What to check of one path: a layout's folder or file, an issuer, a sheet, or a member file."""
    if path.suffix.lower() in (".csv", ".xlsx"):
        yield lambda: _members(path, shop)
    elif (path / "layout.yaml").is_file() or path.name == "layout.yaml":
        folder = path if path.is_dir() else path.parent
        yield lambda: specs.read_layout(folder, [face.id for face in shop.typefaces()])
    elif path.is_dir():
        for inner in sorted(path.rglob("*.yaml")):
            yield from _of(inner, shop)
    elif path.name == "typefaces.yaml":
        yield lambda: specs.read_typefaces(path)
    elif path.suffix == ".yaml" and path.is_file():
        if path.parent.name == "sheets":
            yield lambda: specs.read_sheet(path)
        else:
            yield lambda: compile_policies(specs.read_issuer(path, is_insurer_number))
    else:
        yield lambda: _unknown(path)


def _unknown(path: Path) -> None:
    raise LayoutError(Problem("check-unknown-path", path.name, {"name": path.name}))


def _members(path: Path, shop: Shop) -> None:
    """A member file against the issuer whose insurer number most of its rows can have: each is tried in turn."""
    if not path.is_file():
        raise MemberError(Problem("member-file-missing", path.name, {"name": path.name}))
    survey(path)
    best: list[Problem] | None = None
    for name in shop.issuers():
        problems = [problem for one in read(path, shop.issuer(name)) if isinstance(one, Rejected) for problem in one.problems]
        if best is None or len(problems) < len(best):
            best = problems
    if best:
        raise MemberError(best)
