"""The completion report as a paper for the office: what was handed over and became of it, spoils by reason, remakes, 検収.

What people typed (reasons, names) is shown as far as there is room and the typefaces have it; in full it stands in
office/completion.json, and the paper says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from pipeline.craft.typefaces import Typefaces
from pipeline.model.issuer import Issuer
from pipeline.office.enclosures import Paper, make_file
from pipeline.office.ledger_rows import OrderRow
from pipeline.office.materials import load_paper
from pipeline.office.papers import Filler
from pipeline.office.shop import Shop
from pipeline.rules.eras import wareki

SUBJECT = "order"
_ROWS = {"lots": 10, "reasons": 5, "remakes": 4}  # that each list has room for
_COLUMNS = {
    "lots": ("names", "handed_over", "delivered", "good", "remade", "written_off", "days", "people"),
    "reasons": ("texts", "pieces", "remade", "written_off"),
    "remakes": ("names", "of", "pieces", "reasons", "people"),
}
_REASON, _PERSON, _LOT = 60, 18, 52  # half widths that there is room for: of a reason, a person, a lot's name
_UNKNOWN = "〓"  # a character that no typeface of the paper has

Print = Callable[[Path, Mapping[str, Any]], Path]


def prepare(shop: Shop, order: OrderRow, day: date) -> Print | None:
    """What prints an order's report into its folder for the office; None where the issuer has no such paper.

    Everything slow is done by then, so that it can be printed while the ledger is being written. LayoutError as of any paper.
    """
    name = next((one for one in shop.issuer(order.issuer).enclosures if shop.layout(one).subject == SUBJECT), "")
    if not name:
        return None
    paper, typefaces, issuer = load_paper(shop, name, order.issuer, day), shop.typefaces(), shop.issuer(order.issuer)

    def printed(office: Path, report: Mapping[str, Any]) -> Path:
        draft = office / f"{name}.pdf.tmp"
        pages = [
            Filler(name, paper.layout, paper.template, typefaces).fill(order.id, of_order(report, issuer, paper, typefaces))
        ]
        try:
            make_file(draft, pages, paper, typefaces, order.id, day.isoformat())
            return draft.replace(office / f"{name}.pdf")
        finally:
            draft.unlink(missing_ok=True)

    return printed


def of_order(report: Mapping[str, Any], issuer: Issuer, paper: Paper, typefaces: Typefaces) -> dict[str, str]:
    """The texts about an order that is closed, from its completion report."""
    faces = [typefaces[name] for name in paper.template.typefaces]

    def shown(text: str, room: int) -> str:
        whole = "".join(char if any(face.measure(char) for face in faces) else _UNKNOWN for char in text)
        return whole if _width(whole) <= room else _cut(whole, room - 2) + "…"

    sums = report["totals"]
    spoiled = sums["remade"] + sums["written_off"]
    rows = {
        "lots": [
            (
                _named(one["lot"]),
                *_counts(one, "handed_over", "delivered", "good", "remade", "written_off"),
                one["accepted_on"] or "",
                shown(one["accepted_by"] or "", _PERSON),
            )
            for one in report["lots"]
        ],
        "reasons": [
            (shown(one["reason"], _REASON), *_counts(one, "pieces", "remade", "written_off")) for one in report["spoils"]
        ],
        "remakes": [
            (
                _named(one["lot"]),
                _named(one["of"]),
                *_counts(one, "pieces"),
                shown(one["reason"], _REASON // 2),
                shown(one["by"], _PERSON),
            )
            for one in report["remakes"]
        ],
    }
    texts = {
        "order.id": report["order"],
        "order.day": wareki(date.fromisoformat(report["issued_on"])),
        "order.issuer": issuer.full_name,
        "order.closed": wareki(date.fromisoformat(report["day"])),
        "order.by": shown(report["by"] or "—", 2 * _PERSON),
        "order.closes": f"引渡 {sums['handed_over']:,} ＝ 良品 {sums['good']:,} ＋ 損紙 {spoiled:,}"
        f"（再作成 {sums['remade']:,}・除却 {sums['written_off']:,}）"
        f"　　交付 {sums['issued']:,} ＝ 良品 {sums['good']:,} ＋ 除却 {sums['written_off']:,}",
        **{f"total.{name}": f"{count:,}" for name, count in sums.items()},
        "total.spoiled": f"{spoiled:,}",
    }
    for name, columns in _COLUMNS.items():
        texts |= _listed(name, columns, rows[name], paper.layout.terms["more"])
    return texts


def _named(lot: str) -> str:
    """A lot's name; of a long one both ends, which tell it from others."""
    half = _LOT // 2 - 1
    return lot if len(lot) <= _LOT else f"{lot[:half]}…{lot[-half:]}"


def _counts(row: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    return tuple("" if row[name] is None else f"{row[name]:,}" for name in names)


def _listed(name: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]], more: str) -> dict[str, str]:
    """A list's columns; what it has no room for is counted in its last line."""
    room = _ROWS[name]
    shown = list(rows if len(rows) <= room else rows[: room - 1])
    if left := len(rows) - len(shown):
        shown.append((more.format(n=left), *[""] * (len(columns) - 1)))
    return {f"{name}.{column}": "\n".join(row[n] for row in shown) for n, column in enumerate(columns)}


def _width(text: Iterable[str]) -> int:
    """In half widths."""
    return sum(1 if east_asian_width(char) in ("Na", "H", "N") else 2 for char in text)


def _cut(text: str, room: int) -> str:
    while _width(text) > room:
        text = text[:-1]
    return text
