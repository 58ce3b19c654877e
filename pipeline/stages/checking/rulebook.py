"""All rules of a press file by their ids. Ids are those of docs/press-rules.md, with their sources; the house's are OURS."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pikepdf

from pipeline.base.geometry import Box
from pipeline.model.vendor import Conditions
from pipeline.stages.checking import house, standard, variable
from pipeline.stages.checking.opened import File, Found

RULES: Mapping[str, Callable[[File], Found]] = {
    "X01": standard.version,
    "X02": standard.claim,
    "X03": standard.intent,
    "X04": standard.is_open,
    "X05": standard.identity,
    "X06": standard.boxes,
    "X07": standard.fonts,
    "X08": standard.trapped,
    "X09": standard.metadata,
    "X10": standard.colours,
    "X11": standard.blending,
    "X12": standard.plates,
    "X13": standard.nothing_moves,
    "X14": standard.filters,
    "X15": standard.interpolation,
    "X16": house.limits,
    "X17": house.amounts,
    "V01": variable.standard,
    "V02": variable.claim,
    "V03": variable.root,
    "V04": variable.parts,
    "V05": variable.records,
    "V06": variable.reuse,
    "V07": variable.steps,
}


class Broken(NamedTuple):
    """A rule that a file does not keep: its id, the page (0: the whole file), and what there."""

    rule: str
    page: int
    what: str


def broken_rules(
    pdf: pikepdf.Pdf, conditions: Conditions, size: int, pieces: Sequence[Sequence[Box]], wanted: int
) -> Iterator[Broken]:
    """Every rule that the file does not keep; `File` says what is given."""
    file = File(pdf, conditions, size, pieces, wanted)
    for rule, ask in RULES.items():
        try:
            yield from (Broken(rule, page, what) for page, what in ask(file))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, pikepdf.PdfError) as fault:
            yield Broken(rule, 0, f"cannot be read ({type(fault).__name__})")
