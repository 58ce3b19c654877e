"""Prints for designers: documents stamped, imposed and plated as for the press, with what each page shows.

A single piece is a sheet as large as the piece with its bleed.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import NamedTuple

from pipeline.craft.ink import Stamped
from pipeline.craft.sheet_figures import printable
from pipeline.craft.typefaces import Typefaces
from pipeline.model.document import Document
from pipeline.model.layout import Layout
from pipeline.model.sheet import Grid, Piece, SheetDesign
from pipeline.model.template import Side, Template
from pipeline.model.vendor import Conditions
from pipeline.office.overlays import Overlay, overlays
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.stamp import stamp

_SIDES = ("表", "裏")


class Page(NamedTuple):
    """A page of a print: its number in the PDF (from 0), what it is called, its size in µm, and what can be laid over it.

    `digest` is of all that is on it: a side that did not change has the same, whatever became of the other.
    """

    number: int
    label: str
    width: int
    height: int
    overlays: tuple[Overlay, ...]
    digest: str


class Print(NamedTuple):
    """A print as the press would get it. `digest` is of the PDF: the same print has the same."""

    pdf: bytes
    pages: tuple[Page, ...]
    digest: str


def printed(
    documents: list[Document],
    layout: Layout,
    template: Template,
    design: SheetDesign,
    conditions: Conditions,
    typefaces: Typefaces,
    day: date,
) -> Print:
    """Documents of one layout on a sheet design, as one part for a vendor."""
    file = BytesIO()
    stamped = stamp(documents, template, typefaces, machine=conditions.inserter)
    sheets, places = impose(len(stamped.leaves), design), slots(design)
    slug = Slug(f"preview {template.document}", day.isoformat(), len(sheets), template.fingerprint)
    plate(file, stamped, sheets, places, template, design, conditions, typefaces, slug)
    pdf = file.getvalue()
    if design == single(template, design.vendor):
        pages = tuple(_of_pieces(layout, template, documents, stamped))
    else:
        pages = tuple(_of_sheets(template, design, pdf, len(sheets)))
    return Print(pdf, pages, _digest(pdf))


def single(template: Template, vendor: str) -> SheetDesign:
    """A sheet as large as the piece with its bleed, for the same vendor as the piece's own."""
    width, height, bleed = template.width, template.height, template.bleed
    piece = Piece(width=f"{width}um", height=f"{height}um", bleed=f"{bleed}um")
    return SheetDesign(
        title=template.title, width=f"{width + 2 * bleed}um", height=f"{height + 2 * bleed}um", piece=piece,
        grid=Grid(columns=1, rows=1), turn="long-edge", vendor=vendor,
    )  # fmt: skip


def _digest(*parts: object) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
    return digest.hexdigest()


def _told(side: Side) -> tuple[object, ...]:
    """All that a side shows, its large parts first and as they are."""
    rest = replace(side, pdf=b"", ground=replace(side.ground, mask=b""), seals=())
    return side.pdf, side.ground.mask, *(part for seal in side.seals for part in (seal.pdf, seal.box)), rest


def _of_pieces(layout: Layout, template: Template, documents: Sequence[Document], stamped: Stamped) -> Iterator[Page]:
    """The pages of single pieces: those that a leaf has no back for are passed over."""
    width, height = template.width + 2 * template.bleed, template.height + 2 * template.bleed
    surfaces = 2 if any(leaf.back for leaf in template.leaves) else 1
    several = len(documents) * len(template.leaves) > 1
    number = 0
    for n, document in enumerate(documents):
        for leaf, kind in enumerate(template.leaves):
            inks = stamped.leaves[n * len(template.leaves) + leaf]
            for surface, side in enumerate(kind.sides):
                shown = _digest(*_told(side), inks[surface])
                name = f"{n * len(template.leaves) + leaf + 1} 枚目 " if several else ""
                over = overlays(layout, template, leaf, surface, document)
                yield Page(number + surface, f"{name}{_SIDES[surface]}", width, height, tuple(over), shown)
            number += surfaces


def _of_sheets(template: Template, design: SheetDesign, pdf: bytes, count: int) -> Iterator[Page]:
    """The pages of press sheets, with the trims of their slots."""
    surfaces = 2 if any(leaf.back for leaf in template.leaves) else 1
    for n in range(count):
        for surface in range(surfaces):
            trims = [slot.on(surface) for slot in slots(design)]
            over = [Overlay("trim", trim) for trim in trims] + [
                Overlay("bleed", trim.grown(design.piece.bleed)) for trim in trims
            ]
            over.append(Overlay("safe", printable(design)))
            number, label = n * surfaces + surface, f"シート {n + 1} {_SIDES[surface]}"
            yield Page(number, label, design.width, design.height, tuple(over), _digest(pdf, number))
