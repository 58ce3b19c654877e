"""Papers that are about no single member: about a lot, about a bundle, or the same for everybody.

They are filled from plain texts by name and made by the same stages as a member's document.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date

from pipeline.base.problems import LayoutError, Problem
from pipeline.craft.fitting import Fitted, Fitter
from pipeline.craft.inserter import content
from pipeline.craft.typefaces import Typefaces
from pipeline.model.bundle import Bundle, Row
from pipeline.model.document import Document
from pipeline.model.inserter import Inserter, PlaceInSet
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout
from pipeline.model.template import CodeField, Template
from pipeline.rules.addresses import customer_code
from pipeline.rules.eras import wareki
from pipeline.rules.values import OWN
from pipeline.rules.values import VALUES as MEMBER_VALUES
from pipeline.stages import fill
from pipeline.stages.fill import own_text
from pipeline.stages.handoff import Lot, Part

CHANNELS = {"employer": "事業主経由", "home": "自宅あて", "web": "WEB", "": "—"}
_PARTS = 19  # files that a list of a lot has room for, beside the line that says how many more there are
_SAME = "〃"  # of the file of the backs
_ROW = "row."

LOT_VALUES = (
    "lot.name", "lot.order", "lot.day", "lot.issuer", "lot.product", "lot.sheet", "lot.channel", "lot.serials", "lot.documents",
    "lot.leaves", "lot.sheets", "lot.blanks", "lot.closes", "parts.numbers", "parts.files", "parts.serials", "parts.counts",
    "parts.sheets", "parts.blanks", "parts.sums",
)  # fmt: skip
BUNDLE_VALUES = (
    "bundle.title", "bundle.id", "bundle.addressee", "bundle.postcode", "bundle.address", "bundle.no", "bundle.of",
    "bundle.people", "bundle.documents", "bundle.leaves", "bundle.first", "bundle.last", "lot.name", "lot.day",
    "lot.product", "lot.channel", "page.no", "page.of", "row.no", "row.identifier", "row.name", "row.category", "row.serial",
)  # fmt: skip


ORDER_VALUES = (
    "order.id", "order.day", "order.issuer", "order.closed", "order.by", "order.closes", "total.issued", "total.handed_over",
    "total.delivered", "total.good", "total.spoiled", "total.remade", "total.written_off", "lots.names", "lots.handed_over",
    "lots.delivered", "lots.good", "lots.remade", "lots.written_off", "lots.days", "lots.people", "reasons.texts",
    "reasons.pieces", "reasons.remade", "reasons.written_off", "remakes.names", "remakes.of", "remakes.pieces",
    "remakes.reasons", "remakes.people",
)  # fmt: skip


VALUES: Mapping[str, Collection[str]] = {
    "member": MEMBER_VALUES, "bundle": BUNDLE_VALUES, "lot": LOT_VALUES, "order": ORDER_VALUES,
}  # fmt: skip
INSERTER_MARK = "bundle.inserter"  # what the inserter's profile says of a cover sheet
CODES: Mapping[str, Collection[str]] = {
    "member": fill.CODES,
    "bundle": ("bundle.customer_code", "bundle.acceptance_digits", INSERTER_MARK),
}


class Filler:
    """Fills one layout's papers."""

    def __init__(self, name: str, layout: Layout, template: Template, typefaces: Typefaces, inserter: Inserter | None = None):
        self._name, self._layout, self.template, self._inserter = name, layout, template, inserter
        self._fitters = [(field, Fitter(field, typefaces)) for field in template.texts]

    @property
    def rows(self) -> int:
        """Rows of a list that one page has room for; 0 where the paper lists none."""
        return rows_of(self.template)

    def fill(self, serial: str, values: Mapping[str, str]) -> Document:
        """One paper. LayoutError names the field whose text does not fit or has a character that no typeface has."""
        texts, settings = [], []
        for field, fitter in self._fitters:
            own = field.value.startswith(OWN)
            text = own_text(field.value, self._layout) if own else values.get(field.value, "")
            fitted = fitter.fit(text)
            if not isinstance(fitted, Fitted):
                told = {"field": self._layout.terms.get(field.name, field.name), "paper": self._layout.title}
                raise LayoutError(Problem("paper-text-does-not-fit", f"{self._name} {serial}", told))
            texts.append(fitted.text)
            settings.append(fitted.setting)
        return Document(
            serial, tuple(texts), tuple(settings), tuple(self._payload(code, values) for code in self.template.codes)
        )

    def _payload(self, code: CodeField, values: Mapping[str, str]) -> str:
        payload = own_text(code.value, self._layout) if code.value.startswith(OWN) else values[code.value]
        try:
            fits = fill.has_room(code, payload)
        except ValueError:
            fits = False
        if not fits:
            told = {"field": self._layout.terms.get(code.name, code.name), "paper": self._layout.title}
            raise LayoutError(Problem("paper-text-does-not-fit", self._name, told))
        return payload

    def pages(self, lot: Lot, bundle: Bundle) -> Iterator[Document]:
        """The pages of a bundle's paper, as many as its rows need; SheetError if an inserter cannot count its set.

        A set, for the inserter, is these pages and the leaves of the bundle's documents.
        """
        room = self.rows or len(bundle.rows) or 1
        parts = [bundle.rows[start : start + room] for start in range(0, len(bundle.rows), room)]
        for number, rows in enumerate(parts, 1):
            page = {"page.no": str(number), "page.of": str(len(parts))}
            values = of_bundle(lot, bundle) | page | _of_rows(rows if self.rows else ())
            sheets = len(parts) + len(bundle.rows) * len(lot.template.leaves)
            if self._inserter:
                values[INSERTER_MARK] = content(self._inserter, number, sheets, bundle.no)
            made = self.fill(f"{lot.name}-{bundle.no:05d}-{number}", values)
            yield replace(made, in_set=PlaceInSet(bundle.no, number, sheets))


def rows_of(template: Template) -> int:
    """Rows of a list that one page of a paper has room for; 0 where it lists none."""
    numbers = [field.value.rpartition(".")[2] for field in template.texts if field.value.startswith(_ROW)]
    return max(map(int, numbers), default=0)


def of_lot(lot: Lot, issuer: Issuer, more: str) -> dict[str, str]:
    """The texts about a lot; `more` says how many files a list had no room for."""
    files = [(part, name, digest) for part in lot.parts for name, digest in part.files.items()]
    shown = files if len(files) <= _PARTS + 1 else files[:_PARTS]
    rows = [_of_file(lot, part, name, digest) for part, name, digest in shown]
    if left := len(files) - len(shown):
        rows.append(("", more.format(n=left), "", "", "", "", ""))
    grid, columns = lot.design.grid, ("numbers", "files", "serials", "counts", "sheets", "blanks", "sums")
    on_sheet = grid.columns * grid.rows
    return _of_every_lot(lot) | {
        "lot.order": lot.order,
        "lot.issuer": f"{issuer.full_name}　御中",
        "lot.sheet": f"{lot.design.title}（{grid.columns} × {grid.rows}）",
        "lot.serials": _from_to(lot.parts[0].ends[0], lot.parts[-1].ends[1]),
        "lot.documents": f"{lot.documents:,}",
        "lot.leaves": f"{lot.leaves:,}",
        "lot.sheets": f"{lot.sheets:,}",
        "lot.blanks": f"{lot.blanks:,}",
        "lot.closes": f"{lot.sheets:,} 枚 × {on_sheet} 面 ＝ {lot.slots:,} 面 ＝ {lot.leaves:,} 葉 ＋ 空き {lot.blanks:,} 面",
        **{f"parts.{name}": "\n".join(texts) for name, texts in zip(columns, zip(*rows, strict=True), strict=True)},
    }


def _of_file(lot: Lot, part: Part, name: str, digest: str) -> tuple[str, ...]:
    """A file's row. Of laminated sheets the file of the backs has the same pieces as that of the fronts: counted once."""
    if name == part.back:
        return (_SAME, name, _SAME, _SAME, _SAME, _SAME, digest[:16])
    counts = (part.chunk.count, part.report["sheets"], lot.blanks_of(part))
    return (str(part.chunk.part), name, _from_to(*part.ends), *(f"{count:,}" for count in counts), digest[:16])


def _from_to(first: str, last: str) -> str:
    return first if first == last else f"{first} ～ {last}"


def of_bundle(lot: Lot, bundle: Bundle) -> dict[str, str]:
    """The texts about a bundle."""
    documents = len(bundle.rows)
    return _of_every_lot(lot) | {
        "bundle.title": bundle.title,
        "bundle.id": bundle.id,
        "bundle.addressee": bundle.addressee,
        "bundle.postcode": bundle.postcode and f"〒{bundle.postcode[:3]}-{bundle.postcode[-4:]}",
        "bundle.address": bundle.address,
        "bundle.customer_code": customer_code(bundle.postcode, bundle.address) if bundle.postcode else "",
        "bundle.acceptance_digits": bundle.acceptance.replace("-", ""),
        "bundle.no": f"{bundle.no:,}",
        "bundle.of": f"{bundle.of:,}",
        "bundle.people": f"{bundle.people:,}",
        "bundle.documents": f"{documents:,}",
        "bundle.leaves": f"{documents * len(lot.template.leaves):,}",
        "bundle.first": bundle.rows[0].serial,
        "bundle.last": bundle.rows[-1].serial,
    }


def _of_every_lot(lot: Lot) -> dict[str, str]:
    return {
        "lot.name": lot.name,
        "lot.day": wareki(date.fromisoformat(lot.day)),
        "lot.product": f"{lot.template.title}（{lot.template.width / 1000:g} × {lot.template.height / 1000:g} mm）",
        "lot.channel": CHANNELS.get(lot.channel, lot.channel),
    }


def _of_rows(rows: tuple[Row, ...]) -> dict[str, str]:
    return {f"{_ROW}{name}.{n}": str(text) for n, row in enumerate(rows, 1) for name, text in row._asdict().items()}
