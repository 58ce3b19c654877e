"""PDF/VT-1 (ISO 16612-2): which pages are whose, as a tree of document parts, and which forms a press may keep.

Root: the lot. Leaves: its sheets, front and back. The pieces' serials stand in a sheet's metadata, as pieces share pages.
A serial says nothing about a person; nothing else of a member is here. The metadata's keys are OURS, no standard's.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, IndirectObject, NumberObject, TextStringObject

from pipeline.craft.pdf.objects import dictionary, name

if TYPE_CHECKING:
    from pipeline.craft.pdf.part import PartFile

_LEVELS = ("Lot", "Sheet")  # names of the tree's levels; records are sheets


class Record(NamedTuple):
    """A sheet: its number in the lot, how many pages it has, and the serials of the pieces on it."""

    sheet: int
    pages: int
    serials: tuple[str, ...]


def reuse_hints(identity: str) -> DictionaryObject:
    """Entries of a form that always looks the same: a group of its own, in the space of the output intent."""
    return dictionary(
        GTS_Encapsulated=BooleanObject(True),
        GTS_Scope=name("File"),
        GTS_XID=TextStringObject(hashlib.sha256(identity.encode()).hexdigest()[:32]),
        Group=_group(True),
    )


def _group(isolated: bool) -> DictionaryObject:
    made = dictionary(Type=name("Group"), S=name("Transparency"), CS=name("DeviceCMYK"))
    if isolated:
        made[name("I")] = BooleanObject(True)
    return made


def write(
    part: "PartFile", lot: str, pages: Sequence[IndirectObject], sheets: Sequence[Record]
) -> tuple[IndirectObject, list[bytes]]:
    """Write the tree; its root, and for every page the entries that belong to it. ValueError if a page is nobody's."""
    if sum(sheet.pages for sheet in sheets) != len(pages):
        raise ValueError(f"{len(pages)} pages, but {sum(sheet.pages for sheet in sheets)} of sheets")
    root, node = part.reserve(), part.reserve()
    group = part.add(_group(False))  # a page that has groups names the space in which they blend
    leaves, more, first = ArrayObject(), [], 0
    for sheet in sheets:
        own = pages[first : first + sheet.pages]
        first += sheet.pages
        leaf = dictionary(Type=name("DPart"), Parent=node, Start=own[0], DPM=_sheet(sheet))
        if len(own) > 1:
            leaf[name("End")] = own[-1]
        leaves.append(part.add(leaf))
        more += [b"/DPart %d 0 R/Group %d 0 R" % (leaves[-1].idnum, group.idnum)] * len(own)
    told = dictionary(SKPR_Lot=TextStringObject(lot))
    part.add(dictionary(Type=name("DPart"), Parent=root, DParts=ArrayObject([leaves]), DPM=told), node)
    names = ArrayObject(name(level) for level in _LEVELS)
    record = NumberObject(len(_LEVELS) - 1)
    part.add(dictionary(Type=name("DPartRoot"), DPartRootNode=node, RecordLevel=record, NodeNameList=names), root)
    return root, more


def _sheet(sheet: Record) -> DictionaryObject:
    serials = ArrayObject(TextStringObject(serial) for serial in sheet.serials)
    return dictionary(SKPR_Sheet=NumberObject(sheet.sheet), SKPR_Serials=serials)
