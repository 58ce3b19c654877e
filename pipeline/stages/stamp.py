"""Stamp: documents become ink, a few hundred bytes of PDF operators per side, in whole micrometres.

The origin is the trim's lower left corner. One text run is `/F0 3175 Tf 1 0 0 1 x y Tm(…)Tj`, typefaces named by their index
in the template; a code is a 1-bit image mask of its modules. Nothing is looked up per glyph: a code unit is the character.
"""

from collections.abc import Mapping, Sequence

from pipeline.craft import ink, inserter, linear, qr
from pipeline.craft.ink import Stamped
from pipeline.craft.typefaces import FaceUse, Typefaces
from pipeline.craft.weaving import Loom
from pipeline.model.document import Document
from pipeline.model.inserter import Inserter
from pipeline.model.template import CodeField, Side, Template, TextField

_SAMPLE = 64


def stamp(
    documents: Sequence[Document],
    template: Template,
    typefaces: Typefaces,
    batch: int = 500,
    as_in: Mapping[str, FaceUse] | None = None,
    machine: Inserter | None = None,
) -> Stamped:
    """Stamp documents in batches; leaves come in the order of the documents, a document's leaves together.

    `as_in` are the typefaces' codes of a part in which these texts stood before: they are written with the same ones.
    `machine` is the inserter whose marks stand on the front of what has a place in a set; SheetError if it cannot tell a set.
    """
    given = {name: use.private for name, use in (as_in or {}).items()}
    uses = {name: FaceUse(typefaces[name], given.get(name)) for name in template.typefaces}
    names = {name: f"/F{index}".encode() for index, name in enumerate(template.typefaces)}
    leaves: list[tuple[bytes, ...]] = []
    grounds: list[tuple[bytes, ...]] = []
    weaves = any(side.woven for side in template.sides)
    for start in range(0, len(documents), batch):
        some = documents[start : start + batch]
        inks: list[list[list[bytes]]] = []  # leaf → side → document
        under: list[list[list[bytes]]] = []
        text, code = 0, 0
        for number, leaf in enumerate(template.leaves):
            sides, rows = [], []
            for side in leaf.sides:
                rows.append(_woven(side, some, text, template, uses, names) if weaves else [])
                sides.append(_side(side, some, text, code, template, uses, names))
                text, code = text + len(side.texts), code + len(side.codes)
            if machine:
                sides[0] = [done + _marks(machine, one, number, template) for done, one in zip(sides[0], some, strict=True)]
            inks.append(sides)
            under.append(rows)
        for n in range(len(some)):
            leaves.extend(tuple(side[n] for side in sides) for sides in inks)
            if weaves:
                grounds.extend(tuple(side[n] for side in sides) for sides in under)
    return Stamped(leaves, uses, tuple(document.serial for document in documents), grounds)


def _side(
    side: Side,
    documents: Sequence[Document],
    first_text: int,
    first_code: int,
    template: Template,
    uses: dict[str, FaceUse],
    names: dict[str, bytes],
) -> list[bytes]:
    """One side of a batch, field by field: column-wise work is what makes it fast."""
    columns: list[Sequence[bytes]] = []
    shade: tuple[int, int, int, int] | None = None
    over = False
    for index, field in enumerate(side.texts, first_text):
        texts = [document.texts[index] for document in documents]
        settings = [document.settings[index] for document in documents]
        if field.colour != shade:
            shade = field.colour
            columns.append([ink.paint(shade) + _state(over, ink.overprints(shade))] * len(documents))
            over = ink.overprints(shade)
        columns.append(_column(field, texts, settings, template, uses, names))
    columns.insert(0, [b"BT\n"] * len(documents))
    columns.append([b"ET\n"] * len(documents))
    for index, code in enumerate(side.codes, first_code):
        columns.append(_codes(code, [document.payloads[index] for document in documents], template))
    return [b"".join(parts) for parts in zip(*columns, strict=True)]


def _woven(
    side: Side,
    documents: Sequence[Document],
    first_text: int,
    template: Template,
    uses: dict[str, FaceUse],
    names: dict[str, bytes],
) -> list[bytes]:
    """What is woven into the ground of one side of a batch."""
    columns = []
    for woven in side.woven:
        index = first_text + woven.field
        texts = [document.texts[index] for document in documents]
        settings = [document.settings[index] for document in documents]
        columns.append(Loom(woven, side.texts[woven.field], template.height, names, uses).weave(texts, settings))
    if len(columns) == 1:
        return columns[0]
    return [b"".join(parts) for parts in zip(*columns, strict=True)] if columns else [b""] * len(documents)


def _state(before: bool, now: bool) -> bytes:
    """The operator that begins or ends overprinting, where it changes."""
    return b"" if before == now else b"/K gs\n" if now else b"/N gs\n"


def _column(
    field: TextField,
    texts: list[str],
    settings: list[int],
    template: Template,
    uses: dict[str, FaceUse],
    names: dict[str, bytes],
) -> list[bytes]:
    """The runs of one field for a batch of documents; a text that comes again is written once."""
    pen = ink.Pen(field, template.height, names, uses)
    if len(set(texts[:_SAMPLE])) > _SAMPLE // 2:  # names, numbers, serials: remembering them costs more than it saves
        return pen.write_column(texts, settings)
    runs: dict[tuple[str, int], bytes] = {}
    done: list[bytes] = []
    for pair in zip(texts, settings, strict=True):
        run = runs.get(pair)
        if run is None:
            run = runs[pair] = pen.write(*pair)
        done.append(run)
    return done


def _marks(machine: Inserter, document: Document, leaf: int, template: Template) -> bytes:
    """The inserter's marks on a leaf: black bars; none on what is in no set."""
    if document.in_set is None:
        return b""
    sequence, page, pages = document.in_set
    bars = inserter.marks(machine, page + leaf, pages, sequence)
    drawn = [b"%d %d %d %d re\n" % (bar.left, template.height - bar.bottom, bar.width, bar.height) for bar in bars]
    return b"/K gs\n%b%bf\n" % (ink.paint(ink.BLACK), b"".join(drawn))


def _codes(field: CodeField, payloads: list[str], template: Template) -> list[bytes]:
    """2D codes or bars of a batch, each a 1-bit image mask over the field's box."""
    box = field.box
    place = b"q %d 0 0 %d %d %d cm BI" % (box.width, box.height, box.left, template.height - box.bottom)
    if field.kind == "qr":
        return [ink.mask(place, symbol.modules, symbol.modules, symbol.rows) for symbol in _symbols(field, payloads)]
    return [ink.mask(place, *linear.bitmap(field.kind, payload)) if payload else b"" for payload in payloads]


def _symbols(field: CodeField, payloads: list[str]) -> list[qr.Symbol]:
    """The symbols in order; only pieces made again may be signed and unsigned ones in turn."""
    levels = [field.level_of(payload) for payload in payloads]
    if len(set(levels)) == 1:
        return qr.encode(payloads, levels[0])
    return [qr.encode([payload], level)[0] for payload, level in zip(payloads, levels, strict=True)]
