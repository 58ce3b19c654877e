"""Slips: documents about a lot, not about a member, made through the same stages. Layouts in `layouts/slips/`."""

from datetime import date
from io import BytesIO

from pipeline.craft.fitting import Fitted, Fitter
from pipeline.model.document import Document
from pipeline.model.issuer import Issuer
from pipeline.office.shop import Shop
from pipeline.rules.eras import wareki
from pipeline.stages.handoff import Lot
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.stamp import stamp

_ROWS = 23
_CHANNELS = {"employer": "事業主経由", "home": "自宅あて", "web": "WEB", "": "—"}


def delivery_note(shop: Shop, lot: Lot, issuer: Issuer, sheet: str) -> bytes:
    """The 納品書 of a lot as PDF, on a one-up sheet. ValueError if a text does not fit, which is the layout's fault."""
    day = date.fromisoformat(lot.day)
    layout, template = shop.slip("delivery-note", lot.issuer, day)
    values = _values(lot, issuer, day, layout.terms["more"])
    typefaces = shop.typefaces()
    fitted = [Fitter(field, typefaces).fit(values[field.value]) for field in template.texts]
    if not all(isinstance(one, Fitted) for one in fitted):
        raise ValueError(f"{lot.name}: the delivery note does not hold its texts")
    texts = tuple(one.text for one in fitted if isinstance(one, Fitted))
    settings = tuple(one.setting for one in fitted if isinstance(one, Fitted))
    design = shop.sheet(sheet)
    stamped = stamp([Document(lot.name, texts, settings, ())], template, typefaces)
    file = BytesIO()
    slug = Slug(lot.name, lot.day, 1, template.fingerprint)
    plate(file, stamped, impose(1, design), slots(design), template, design, typefaces, slug)
    return file.getvalue()


def _values(lot: Lot, issuer: Issuer, day: date, more: str) -> dict[str, str]:
    parts = lot.parts if len(lot.parts) <= _ROWS + 1 else lot.parts[:_ROWS]
    left = len(lot.parts) - len(parts)
    files = [part.name for part in parts] + ([more.format(n=left)] if left else [])
    grid = lot.design.grid
    return {
        "lot.name": lot.name,
        "lot.day": wareki(day),
        "lot.issuer": f"{issuer.full_name}　御中",
        "lot.product": f"{lot.template.title}（{lot.template.width / 1000:g} × {lot.template.height / 1000:g} mm）",
        "lot.sheet": f"{lot.design.title}（{grid.columns} × {grid.rows}）",
        "lot.channel": _CHANNELS.get(lot.channel, lot.channel),
        "lot.documents": f"{lot.documents:,}",
        "lot.leaves": f"{lot.leaves:,}",
        "lot.sheets": f"{lot.sheets:,}",
        "lot.blanks": f"{lot.blanks:,}",
        "parts.files": "\n".join(files),
        "parts.counts": "\n".join(f"{part.chunk.count:,}" for part in parts),
        "parts.sheets": "\n".join(f"{part.report['sheets']:,}" for part in parts),
        "parts.sums": "\n".join(part.sha256[:32] for part in parts),
    }
