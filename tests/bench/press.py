"""The press alone, in this process: stamp, impose, plate; the same cards by WeasyPrint; read-back; 2D codes."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from unittest.mock import patch

from pipeline.craft import qr, specs, typesetter
from pipeline.craft.pdf import objects
from pipeline.model.document import Document
from pipeline.model.lot import Chunk
from pipeline.office.ledger import Ledger
from pipeline.office.materials import Materials, load
from pipeline.office.planning import Kind
from pipeline.office.shop import Shop
from pipeline.office.worker import part_names
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.preflight import RASTER_EVERY, preflight
from pipeline.stages.stamp import stamp
from tests import oracle
from tests.bench.measure import cpu
from tests.bench.orders import DAY, ISSUER, House
from tests.bench.table import Row

_MICRO = 1_000_000


class Job(NamedTuple):
    """A lot that was produced: its documents part by part, what they are made with, and where it lies."""

    materials: Materials
    kind: Kind
    slug: Slug
    parts: list[tuple[Chunk, list[Document]]]
    folder: Path
    shop: Shop

    @property
    def documents(self) -> list[Document]:
        """All documents of the lot."""
        return [document for _, some in self.parts for document in some]


def first_document() -> str:
    """The document type measured: the issuer's first, its card."""
    return next(iter(Shop().issuer(ISSUER).documents))


def job_of(house: House, order: dict[str, Any]) -> Job:
    """The order's largest lot, its documents read from the ledger into memory."""
    out = Path(order["folder"]).parent
    shop = Shop(out, f"sqlite:///{out}/ledger.sqlite", house.folder)
    materials = load(shop, ISSUER, date.fromisoformat(DAY), [house.document])
    lot = max(order["lots"], key=lambda lot: lot["documents"])
    kind = materials.kinds[house.document]
    with Ledger(shop.ledger_url, shop.now, create=False) as ledger:
        chunks = [chunk for chunk, _, _ in ledger.chunks(lot["lot"])]
        some = [(chunk, list(ledger.documents(chunk.lot, chunk.first, chunk.count))) for chunk in chunks]
    slug = Slug(lot["lot"], DAY, lot["sheets"], kind.template.fingerprint)
    return Job(materials, kind, slug, some, Path(lot["folder"]), shop)


def rows_of_press(job: Job, folder: Path, sample: int, times: int) -> Iterator[Row]:
    """Rows a and b: cards per CPU second from documents in memory to parts on disk, against WeasyPrint; the split."""
    cards = len(job.documents)
    seconds = median(cpu(lambda: press_parts(job, folder))[0] for _ in range(times))
    codes = "with 2D code" if job.kind.template.codes else "without 2D code"
    what = f"stamp, impose, plate of {cards:,} cards, front and back, {codes}, median of {times}"
    yield Row("a", what, cards / seconds, "cards / CPU s", 8_000)
    slow = _weasyprint(job, sample)
    what = f"{sample} of these set whole by WeasyPrint, a document a side, without ground and seal"
    yield Row("a", what, sample / slow, "cards / CPU s")
    yield Row("a", "ratio of the two", cards / seconds * slow / sample, "times", 300)
    yield from _split(job, folder, cards)


def press_parts(job: Job, folder: Path, timed: Callable[..., Any] = lambda name, work: work()) -> None:
    """What a worker does for each part between the ledger and the read-back; `timed` is told of the two halves."""
    template, design, typefaces = job.kind.template, job.kind.design, job.materials.typefaces
    for chunk, documents in job.parts:
        stamped = timed("stamp", lambda documents=documents: stamp(documents, template, typefaces))

        def put(stamped: Any = stamped, chunk: Chunk = chunk) -> None:
            sheets = impose(len(stamped.leaves), design, chunk.first_sheet)
            with (folder / part_names(chunk.part, design)[0]).open("wb") as file:
                plate(file, stamped, sheets, slots(design), template, design, job.kind.conditions, typefaces, job.slug)
                file.flush()
                os.fsync(file.fileno())

        timed("plate", put)


def _split(job: Job, folder: Path, cards: int) -> Iterator[Row]:
    spent = dict.fromkeys(("stamp", "plate", "code", "deflate"), 0.0)

    def timed(name: str, work: Callable[[], Any]) -> Any:
        seconds, result = cpu(work)
        spent[name] += seconds
        return result

    encode, deflate = qr.encode, objects.deflate.zlib_compress
    with (
        patch.object(qr, "encode", lambda *args: timed("code", lambda: encode(*args))),
        patch.object(objects, "deflate", _Deflate(lambda *args: timed("deflate", lambda: deflate(*args)))),
    ):
        press_parts(job, folder, timed)
    if (not spent["code"] and job.kind.template.codes) or not spent["deflate"]:
        raise SystemExit("the split has measured nothing: is a function called elsewhere now?")
    whole = spent["stamp"] + spent["plate"]
    for what, seconds in (
        ("texts to ink", spent["stamp"] - spent["code"]),
        ("2D codes", spent["code"]),
        ("impose and plate", spent["plate"] - spent["deflate"]),
        ("deflate", spent["deflate"]),
    ):
        yield Row("b", f"· {what}: {seconds / whole:.0%} of a, in a pass of its own", seconds / cards * _MICRO, "µs / card")


class _Deflate(NamedTuple):
    """Stands for the library while it is timed."""

    zlib_compress: Callable[..., Any]


def _weasyprint(job: Job, sample: int) -> float:
    """CPU seconds for a sample of the cards; typefaces are found and WeasyPrint is imported before the clock starts."""
    folder = job.shop.root / "layouts" / "documents" / job.kind.document
    assets, documents = specs.read_assets(folder), job.documents
    typesetter.confine_fonts(job.shop.root / "fonts", job.shop.root / "output" / ".cache")

    def both(some: Sequence[Document]) -> None:
        for leaf, sides in enumerate(job.kind.template.leaves):
            for side in range(len(sides.sides)):
                _set(some, leaf, side)

    def _set(some: Sequence[Document], leaf: int, side: int) -> None:
        import weasyprint

        html = oracle.whole(
            some, leaf, side, job.kind.template, job.kind.layout, job.materials.issuer, assets, job.materials.typefaces
        )
        with typesetter._warnings() as reports:
            page = weasyprint.HTML(string=html, base_url=typesetter.ASSETS, url_fetcher=typesetter._fetcher(assets))
            pages = page.render(presentational_hints=False)
            pages.write_pdf()
        if len(pages.pages) != len(some) or reports:
            raise SystemExit(f"WeasyPrint: {len(pages.pages)} pages of {len(some)}; {reports[:3]}")

    both(documents[:1])
    return cpu(lambda: both(documents[:sample]))[0]


def rows_of_read_back(job: Job) -> Iterator[Row]:
    """Row g: the checker alone on the lot's first part."""
    chunk, documents = job.parts[0]
    path, paths = job.folder / part_names(chunk.part, job.kind.design)[0], job.materials.typefaces.paths()

    def look(every: int) -> Any:
        report = preflight(
            path, job.kind.template, job.kind.design, job.kind.conditions, documents, chunk.first_sheet, paths, every
        )
        if report.faults or report.pieces != len(documents):
            raise SystemExit(f"the part that is measured is faulty: {json.dumps(report.as_json())[:300]}")
        return report

    first, _ = cpu(lambda: look(0))
    plain, _ = cpu(lambda: look(0))
    full, report = cpu(lambda: look(RASTER_EVERY))
    cards = len(documents)
    yield Row("g", f"read-back of a part of {cards:,} cards without pictures", plain / cards * _MICRO, "CPU µs / card")
    yield Row("g", "· the first in a process reads typefaces too: more, once", max(0.0, first - plain), "CPU s")
    sheets = report.rastered_sheets
    yield Row("g", f"· rendered sheets, {sheets} looked at, more than without", (full - plain) / sheets, "CPU s / sheet")


def rows_of_codes(job: Job, sample: int) -> Iterator[Row]:
    """Row h: 2D codes of the lot in batches, and by the library alone; the sample must be the same symbols."""
    level = job.kind.template.codes[0].level
    payloads = [document.payloads[0] for document in job.documents]
    ours, symbols = cpu(lambda: qr.encode(payloads, level))
    theirs, matrices = cpu(lambda: [qr.matrix_by_library(payload, level) for payload in payloads[:sample]])
    if [_bits(matrix) for matrix in matrices] != [symbol.rows for symbol in symbols[:sample]]:
        raise SystemExit("the symbols are not the library's")
    fast, slow = ours / len(payloads) * _MICRO, theirs / sample * _MICRO
    yield Row("h", f"{len(payloads):,} 2D codes, best mask, in batches", fast, "CPU µs / code")
    yield Row("h", f"{sample} of them by the library qrcode, module for module the same", slow, "CPU µs / code")
    yield Row("h", "ratio of the two", slow / fast, "times")


def _bits(matrix: list[list[bool]]) -> bytes:
    """Rows padded to whole bytes."""
    width = -(-len(matrix) // 8) * 8
    return b"".join(int("".join("01"[dark] for dark in row).ljust(width, "0"), 2).to_bytes(width // 8, "big") for row in matrix)
