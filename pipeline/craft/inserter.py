"""Marks for inserters: which sheets belong into one envelope, in which order, and whether one is missing.

What is told follows the tenders and a patent that describe such control (total on the first sheet, a mark of the set and one
of the sheet on every sheet, read again after insertion); where the marks stand is the profile's, made for one machine.
"""

from pathlib import Path

from pipeline.base.geometry import Box
from pipeline.base.problems import Problem, SheetError
from pipeline.craft.spec_faults import validate
from pipeline.craft.yamlfile import Source, load
from pipeline.model.inserter import Inserter
from pipeline.model.template import Template

_NUMBERS = ("sequence", "page", "pages")


def read_inserter(path: Path) -> Inserter:
    """Read and check a profile of `layouts/inserters/`; SheetError with every problem."""
    source = load(path, SheetError)
    profile = validate(Inserter, source, SheetError)
    if problems := _lint(source, profile):
        raise SheetError(problems)
    return profile


def marks(profile: Inserter, page: int, pages: int, sequence: int) -> list[Box]:
    """The marks of sheet `page` (from 1) of a set of `pages`, the lot's set number `sequence` (from 0); µm from the sheet's
    top left. SheetError if the profile's rows cannot tell so large a set. ValueError for a page that the set has not."""
    told = _told(profile, page, pages, sequence)
    inked: list[int] = []
    for n, row in enumerate(profile.rows):
        if row.tells == "parity":
            there = len(inked) % 2 == 1
        elif row.tells in _NUMBERS:
            there = bool(told[row.tells] & row.weight)
        else:
            there = {"gate": True, "start": page == 1, "end": page == pages}[row.tells]
        if there:
            inked.append(n)
    left, top, size = profile.first.left, profile.first.top, profile.mark
    return [Box(left, top + n * profile.step, size.width, size.height) for n in inked]


def content(profile: Inserter, page: int, pages: int, sequence: int) -> str:
    """What a 2D mark of this sheet holds: the profile's numbers one after the other. Errors as of `marks`."""
    numbers = {"sequence": sequence, "page": page, "pages": pages}
    _told(profile, page, pages, sequence)
    parts = [str(numbers[item.tells]).zfill(item.figures) for item in profile.code]
    if any(len(part) > item.figures for part, item in zip(parts, profile.code, strict=True)):
        raise SheetError(Problem("inserter-set-too-large", profile.title, {"pages": pages, "sequence": sequence}))
    return "".join(parts)


def has_room(profile: Inserter, template: Template) -> None:
    """SheetError where a mark lies over what a front prints, or leaves the leaf. Artwork is looked at by the checker."""
    leaf = Box(0, 0, template.width, template.height)
    left, top, size = profile.first.left, profile.first.top, profile.mark
    height = (len(profile.rows) - 1) * profile.step + size.height
    column = Box(left, top, size.width, height)
    if not profile.rows or column.right > leaf.right or column.bottom > leaf.bottom:
        raise SheetError(Problem("inserter-marks-no-room", profile.title, {"document": template.title, "item": "—"}))
    sides = [kind.front for kind in template.leaves]
    printed = [(one.name, one.box) for side in sides for one in side.texts]
    printed += [(one.name, one.box) for side in sides for one in side.codes]
    printed += [(one.name, one.box) for side in sides for one in side.seals]
    for name, box in printed:
        if box.overlaps(column):
            raise SheetError(Problem("inserter-marks-no-room", profile.title, {"document": template.title, "item": name}))


def _told(profile: Inserter, page: int, pages: int, sequence: int) -> dict[str, int]:
    """The numbers that the rows tell; a set of more sheets than they can say is an error, never a number cut off."""
    if not 1 <= page <= pages or sequence < 0:
        raise ValueError(f"no sheet {page} of {pages} in set {sequence}")
    told = {"sequence": sequence % profile.modulus, "page": page, "pages": pages if page == 1 else 0}
    for item, number in {"page": page, "pages": pages}.items():
        weights = [row.weight for row in profile.rows if row.tells == item]
        if weights and number > sum(weights):
            raise SheetError(Problem("inserter-set-too-large", profile.title, {"pages": pages, "sequence": sequence}))
    return told


def _lint(source: Source, profile: Inserter) -> list[Problem]:
    problems = []
    if profile.rows and not 0 < 2 * profile.mark.height <= profile.step:
        problems.append(Problem("inserter-marks-touch", source.where(("step",))))
    for item in _NUMBERS:
        weights = sorted(row.weight for row in profile.rows if row.tells == item)
        least = profile.modulus - 1 if item == "sequence" and weights else 0
        if weights != [2**n for n in range(len(weights))] or sum(weights) < least:
            problems.append(Problem("inserter-bad-weights", source.where(("rows",)), {"item": item}))
    others = [row for row in profile.rows if row.tells not in _NUMBERS]
    last = [row.tells for row in profile.rows[:-1]]
    if any(row.weight for row in others) or "parity" in last:
        problems.append(Problem("inserter-bad-weights", source.where(("rows",)), {"item": "parity"}))
    return problems
