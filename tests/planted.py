"""Parts made for the checker, and faults planted in finished files by another library than the one that wrote them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pikepdf

from pipeline.model.document import Document
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout
from pipeline.model.report import PartReport
from pipeline.model.sheet import SheetDesign
from pipeline.model.template import Template
from pipeline.model.vendor import Conditions
from pipeline.office.materials import load
from pipeline.office.planning import serial
from pipeline.stages.compile import compile_layout
from pipeline.stages.decide import decide
from pipeline.stages.fill import fill
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.preflight import preflight
from pipeline.stages.stamp import stamp
from tests import orders
from tests.faces import typefaces

LOT = "lot-1"
FIRST_SHEET = 3
LOT_SHEETS = 9
CARD, NOTICE = "eligibility-certificate", "eligibility-notice-unlinked"
# Fallback typefaces: beyond 16 bits, variation selectors, a base that only IPAmj Mincho has.
_NAMES = ("𠮷田　花子", "葛\U000e0100西　一郎", "葛\U000e0102城　一郎", "鈴木(一)郎\\", "髙﨑　一", "𠀋井　翔")
_SEAL = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    b'<rect x="5" y="5" width="90" height="90" fill="none" stroke="device-cmyk(0 90% 90% 0)" stroke-width="6"/></svg>'
)
_HTML = (
    '<div class="trim"><div style="position:absolute;left:5mm;top:2mm;font:700 9pt BIZ UDGothic">見本 {{ issuer.name }}</div>'
    "</div>"
).encode()


class Lot(NamedTuple):
    """What a part is made of."""

    template: Template
    design: SheetDesign
    documents: tuple[Document, ...]
    conditions: Conditions


@cache
def conditions(vendor: str) -> Conditions:
    """What a vendor's press files are made for."""
    return orders.shop(orders.ROOT / "output").vendor(vendor)


@cache
def real(document: str, issuer: str, count: int, office: bool = False) -> Lot:
    """`count` documents of a real layout; every third name is one of the difficult ones."""
    shop = orders.shop(orders.ROOT / "output")
    materials = load(shop, issuer, orders.DAY, [document], office=office)
    kind = materials.kinds[document]
    found: list[Document] = []
    with TemporaryDirectory() as folder:
        members = orders.read_members(orders.write_members(Path(folder) / "members.csv", 3 * count + 30), shop)
    for n, read in enumerate(members):
        member = replace(read, insurer_number=materials.issuer.insurer_number, has_card="無")
        if n % 3 == 0:
            member = replace(member, name=_NAMES[n // 3 % len(_NAMES)])
        if n % 4 == 1:
            member = replace(member, alias_name="見本　通称", sex_display="裏")
        for decision in decide(member, materials.issuer, orders.DAY, orders.DAY):
            if decision.document == document and decision.issued_on:
                filled = fill(kind.form, member, decision, serial(1, len(found) + 1))
                if isinstance(filled, Document):
                    found.append(filled)
    assert len(found) >= count
    return Lot(kind.template, kind.design, tuple(found[:count]), kind.conditions)


def _field(value: str, left: str, top: str, width: str, style: str) -> dict[str, Any]:
    return {"value": value, "box": {"left": left, "top": top, "width": width, "height": "12mm"}, "style": style}


@cache
def odd_template() -> Template:
    """What the real layouts do not use: two leaves, one of them without a back, tracking, centred lines, two colours."""
    fit = [{"size": "9pt", "baseline": "4mm"}, {"size": "7pt", "lines": 2, "baseline": "4mm", "leading": "3.5mm"}]
    styles = {
        "left": {"typeface": "v", "fit": fit},
        "right": {"typeface": "v", "fit": fit, "align": "right"},
        "middle": {"typeface": "v", "fit": fit, "align": "center", "colour": "accent"},
        "wide": {"typeface": "v", "fit": fit, "tracking": "0.2mm"},
    }
    front = {
        "artwork": "front.html",
        "ground": "ground",
        "fields": {
            "name": _field("member.name", "5mm", "8mm", "40mm", "left"),
            "serial": _field("issue.serial", "5mm", "40mm", "40mm", "wide"),
            "expires": _field("issue.expires", "5mm", "20mm", "40mm", "right"),
            "address": _field("member.address", "5mm", "28mm", "40mm", "middle"),
        },
        "codes": {
            "code": {
                "value": "code.sk1",
                "box": {"left": "70mm", "top": "5mm", "width": "9.2mm", "height": "9.2mm"},
                "module": "0.2mm",
            }
        },
        "seals": {"seal": {"box": {"left": "70mm", "top": "35mm", "width": "12mm", "height": "12mm"}}},
    }
    back = {"artwork": "front.html", "fields": {"serial2": _field("issue.serial", "5mm", "40mm", "40mm", "left")}}
    second = {"artwork": "front.html", "fields": {"serial3": _field("issue.serial", "5mm", "20mm", "40mm", "right")}}
    layout = Layout.model_validate(
        {
            "title": "見本", "edition": "1", "letter": "C", "material": "plastic",
            "page": {"width": "85.6mm", "height": "53.98mm", "bleed": "3mm", "safe": "3mm"},
            "typefaces": {"v": ["biz-ud-gothic", "ipamj-mincho"]},
            "styles": styles,
            "leaves": [{"front": front, "back": back}, {"front": second}],
        }
    )  # fmt: skip
    issuer = Issuer.model_validate(
        {
            "insurer_number": "06999999", "kind": "kenpo", "name": "見本健康保険組合", "postcode": "9990001",
            "address": "見本県", "phone": "03", "vocabulary": {"self": "本人"},
            "theme": {"ink": (0, 0, 0, 100), "ground": (0, 5, 60, 0), "accent": (0, 80, 80, 20)},
            "seals": [{"image": "seal.svg", "sha256": "x", "valid_from": "2024-12-02"}],
            "channels": {}, "documents": {},
        }
    )  # fmt: skip
    orders.shop(orders.ROOT / "output").confine_fonts()
    assets, seals = {"front.html": _HTML}, {"seal.svg": _SEAL}
    return compile_layout("odd", layout, assets, "kenpo", issuer, seals, typefaces(), date(2026, 4, 1), {})


def odd(count: int, **design: Any) -> Lot:
    """Documents of the odd template on a landscape sheet of 2 × 2, cut and stacked, turned over its short edge."""
    template = odd_template()
    spec = {
        "title": "見本", "width": "230mm", "height": "160mm",
        "piece": {"width": "85.6mm", "height": "53.98mm", "bleed": "3mm"},
        "grid": {"columns": 2, "rows": 2, "gutter_x": "6mm", "gutter_y": "6mm"},
        "turn": "short-edge", "scheme": "cut-and-stack", "marks": {},
    }  # fmt: skip
    names = [field.name for field in template.texts]
    documents = []
    for n in range(count):
        number = serial(2, n + 1)
        texts = {
            "name": _NAMES[n % len(_NAMES)],
            "expires": f"令和11年{1 + n % 12}月3日",
            "address": "見本県見本市港町一丁目\n二番三号" if n % 2 else "",
        }
        covered = typefaces()["biz-ud-gothic"].measure(texts["name"]) is not None
        settings = {"name": 0 if covered else 2, "address": 1}
        documents.append(
            Document(
                number,
                tuple(texts.get(name, number) for name in names),
                tuple(settings.get(name, 0) for name in names),
                (f"odd {number}",),
            )
        )
    return Lot(template, SheetDesign.model_validate(spec | design), tuple(documents), conditions("house"))


def press(lot: Lot, path: Path, overprint: str = "") -> Path:
    """Make the part as a worker makes it."""
    stamped = stamp(lot.documents, lot.template, typefaces())
    sheets = impose(len(stamped.leaves), lot.design, FIRST_SHEET)
    slug = Slug(LOT, "2026-04-01", LOT_SHEETS, lot.template.fingerprint)
    with path.open("wb") as file:
        plate(
            file,
            stamped,
            sheets,
            slots(lot.design),
            lot.template,
            lot.design,
            lot.conditions,
            typefaces(),
            slug,
            overprint,
        )
    return path


def read_back(lot: Lot, path: Path, faces: Mapping[str, Path] | None = None, **options: Any) -> PartReport:
    """The checker's report."""
    options = {"lot_sheets": LOT_SHEETS} | options
    return preflight(
        path,
        lot.template,
        lot.design,
        lot.conditions,
        lot.documents,
        FIRST_SHEET,
        faces or typefaces().paths(),
        **options,
    )


Change = Callable[[pikepdf.Pdf], None]


def plant(path: Path, change: Change) -> Path:
    """The part with one change, as another file."""
    target = path.with_name(f"planted-{path.name}")
    with pikepdf.open(path) as pdf:
        change(pdf)
        pdf.save(target, fix_metadata_version=False)  # else it writes the metadata anew
    return target


def content(edit: Callable[[bytes], bytes], page: int = 0) -> Change:
    """Edit one page's content; an edit that changes nothing is a mistake of the test."""

    def change(pdf: pikepdf.Pdf) -> None:
        before = pdf.pages[page].obj.Contents.read_bytes()
        after = edit(before)
        assert after != before
        pdf.pages[page].obj.Contents = pdf.make_stream(after)

    return change


def swap_slots(data: bytes, one: int, other: int, what: re.Pattern[bytes]) -> bytes:
    """Exchange what matches in two slots (from 0)."""
    head, *pieces = split(data)
    a, b = what.search(pieces[one]), what.search(pieces[other])
    assert a and b
    first = pieces[one][: a.start()] + b[0] + pieces[one][a.end() :]
    pieces[other] = pieces[other][: b.start()] + a[0] + pieces[other][b.end() :]
    pieces[one] = first
    return head + b"".join(pieces)


def split(data: bytes) -> list[bytes]:
    """What stands before the slots, then each slot."""
    starts = [found.start() for found in re.finditer(rb"q 1 0 0 1 -?\d+ -?\d+ cm\n/T", data)]
    edges = [0, *starts, len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def slot(edit: Callable[[bytes], bytes], which: int = 1, page: int = 0) -> Change:
    """Edit one slot (from 0) of a page."""

    def whole(data: bytes) -> bytes:
        head, *pieces = split(data)
        pieces[which] = edit(pieces[which])
        return head + b"".join(pieces)

    return content(whole, page)


def sub(pattern: bytes, by: bytes | Callable[[re.Match[bytes]], bytes], count: int = 1) -> Callable[[bytes], bytes]:
    """Replace the first match."""
    return lambda data: re.sub(pattern, by, data, count=count, flags=re.DOTALL)


def stream(find: Callable[[Any], Any], edit: Callable[[bytes], bytes]) -> Change:
    """Edit the stream that `find` picks from the shared resources."""

    def change(pdf: pikepdf.Pdf) -> None:
        found = find(pdf.pages[0].obj.Resources)
        before = found.read_bytes()
        after = edit(before)
        assert after != before
        found.write(after)

    return change


def codes_of(faults: Sequence[Any]) -> set[str]:
    """The codes of what was found."""
    return {fault.code for fault in faults}


def other_seal() -> bytes:
    """The seal of another issuer as a PDF."""
    shop = orders.shop(orders.ROOT / "output")
    template = shop.template(CARD, "kyokai", orders.DAY)
    return template.leaves[0].front.seals[0].pdf
