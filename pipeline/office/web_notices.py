"""The web channel's notices of a lot: accessible PDFs beside the sheets, each read back before the lot is handed off."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.base.problems import LayoutError, PreflightError, Problem
from pipeline.craft.typefaces import Typefaces
from pipeline.craft.typesetter import TypesettingError
from pipeline.office.ledger import Ledger
from pipeline.office.ledger_rows import LotRow
from pipeline.stages.checking.published import published
from pipeline.stages.handoff import Enclosed, Lot
from pipeline.stages.publish import publish

WEB = "web"


def web_notices(lot: Lot, ledger: Ledger, typefaces: Typefaces, folder: Path) -> Enclosed:
    """Make the notices of a lot in `folder`, a ZIP a part. LayoutError for what the typesetter would only warn about,
    PreflightError if a notice is not what the ledger has."""
    try:
        template, archives = lot.template, tuple(_archives(lot, ledger, typefaces, folder))
        return Enclosed(template.document, template.title, template.edition, archives, 1)
    except TypesettingError as refused:
        reasons = [Problem("artwork-refused", lot.template.document, {"reason": one}) for one in refused.reports]
        raise LayoutError(reasons) from None


def _archives(lot: Lot, ledger: Ledger, typefaces: Typefaces, folder: Path) -> Iterator[tuple[str, int]]:
    for part in lot.parts:
        documents = list(ledger.documents(lot.name, part.chunk.first, part.chunk.count))
        path = folder / f"notices-{part.chunk.part:04d}.zip"
        publish(path, lot.template, documents)
        if faults := published(path, lot.template, documents, typefaces.paths()):
            raise PreflightError(faults)
        yield path.name, len(documents)


def is_published(row: LotRow, web: str) -> bool:
    """Whether a lot's notices are published: it is the web channel's and its layout has a page for it."""
    return row.channel == WEB and bool(web)
