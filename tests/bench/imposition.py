"""Other ways to impose: ready card pages on the same sheet by pypdf, pikepdf and pdfimpose; VT keys; memory of the press.

Ours has no ready pages to impose: it goes from documents to sheets. The others get the finished card pages for nothing.
pdfimpose is licensed under the AGPL: it runs as a process of its own, in an environment of its own, and is no dependency.
"""

import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from pipeline.base.lengths import points
from pipeline.model.sheet import SheetDesign
from pipeline.office.worker import faces_of
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.stamp import stamp
from tests.bench.measure import LAUNCHER, ROOT, cpu
from tests.bench.press import Job, press_parts
from tests.bench.table import Row

_PDFIMPOSE = "pdfimpose==2.10.0"
_VARIABLE = "house-vt"
_MEGABYTE = 1_000_000


def rows_of_imposition(job: Job, folder: Path, cards: int, installing: bool) -> Iterator[Row]:
    """Row j: `cards` ready cards, front and back, on the job's own sheet; pdfimpose only where `installing` is allowed."""
    folder.mkdir()
    ready = _ready(job, folder / "ready.pdf", cards)
    few = job._replace(parts=[(job.parts[0][0], job.parts[0][1][:cards])])
    count = len(few.documents)
    ours = cpu(lambda: press_parts(few, folder))[0]
    yield Row(
        "j", f"{count:,} cards from documents to sheets, both sides, by stamp, impose and plate", count / ours, "cards / CPU s"
    )
    engines: dict[str, Callable[[], float | None]] = {
        "pypdf, Form XObjects": lambda: cpu(lambda: _by_pypdf(ready, folder / "pypdf.pdf", job))[0],
        "pikepdf, Form XObjects": lambda: cpu(lambda: _by_pikepdf(ready, folder / "pikepdf.pdf", job))[0],
    }
    if installing:
        engines["pdfimpose, as a process"] = lambda: _by_pdfimpose(ready, folder, job)
    for name, run in engines.items():
        seconds = run()
        if seconds is None:
            print(f"  j  {name}: could not be installed here, not measured", file=sys.stderr)
            continue
        yield Row("j", f"· their ready pages ({2 * count:,}) imposed by {name}", count / seconds, "cards / CPU s")
        yield Row("j", f"· ours against {name}", seconds / ours, "times")


def rows_of_records(job: Job, folder: Path) -> Iterator[Row]:
    """Row k: what the keys of PDF/VT-1 cost the press, and how much memory a process needs that only makes parts."""
    folder.mkdir()
    plain = min(cpu(lambda: press_parts(job, folder))[0] for _ in range(2))
    conditions = job.shop.vendor(_VARIABLE)
    variable = job._replace(kind=job.kind._replace(conditions=conditions))
    keyed = min(cpu(lambda: press_parts(variable, folder))[0] for _ in range(2))
    cards = len(job.documents)
    yield Row("k", f"{cards:,} cards with all keys of PDF/X-4 and PDF/VT-1", cards / keyed, "cards / CPU s")
    yield Row("k", "their share of the press line's own figure", 100 * plain / keyed, "%", 80)
    yield Row("k", "a process that makes these parts, one after the other", _peak(job, folder), "MB peak", 150, most=True)


def _peak(job: Job, folder: Path) -> float:
    """Peak memory of a process that reads documents from the ledger and makes the parts of a lot, without reading them back."""
    kind, faces = job.kind, faces_of(job.materials.typefaces)
    given = (
        job.shop.ledger_url,
        faces,
        kind.template,
        kind.design,
        kind.conditions,
        job.slug,
        [chunk for chunk, _ in job.parts],
    )
    told = folder / "given.pickle"
    told.write_bytes(pickle.dumps(given))
    with tempfile.NamedTemporaryFile("r") as used:  # a new process would count the memory of this one into its own peak
        words = ["-I", "-S", "-c", LAUNCHER, used.name, sys.executable, "-m", "tests.bench.maker", str(told)]
        subprocess.run([sys.executable, *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        code, *_, peak = json.loads(used.read())
    if code:
        raise SystemExit("tests.bench.maker failed")
    return float(peak) / _MEGABYTE


def _ready(job: Job, path: Path, cards: int) -> Path:
    """Card pages with bleed, front and back in turn."""
    template, piece = job.kind.template, job.kind.design.piece
    bleed = piece.bleed
    width, height = (f"{(edge + 2 * bleed) / 1000}mm" for edge in (piece.width, piece.height))
    page = {
        "title": "one up", "width": width, "height": height, "vendor": "office", "part": 5000,
        "piece": {"width": f"{piece.width / 1000}mm", "height": f"{piece.height / 1000}mm", "bleed": f"{bleed / 1000}mm"},
        "grid": {"columns": 1, "rows": 1},
    }  # fmt: skip
    design = SheetDesign.model_validate(page)
    documents = job.parts[0][1][:cards]
    stamped = stamp(documents, template, job.materials.typefaces)
    slug = Slug("ready", job.slug.day, len(documents), template.fingerprint)
    with path.open("wb") as file:
        plate(
            file, stamped, impose(len(stamped.leaves), design), slots(design), template, design,
            job.shop.vendor("office"), job.materials.typefaces, slug,
        )  # fmt: skip
    return path


def _places(job: Job, surface: int) -> list[tuple[float, float]]:
    """Lower left corners of the pieces with their bleed, points."""
    design = job.kind.design
    grown = [slot.on(surface).grown(design.piece.bleed) for slot in slots(design)]
    return [(points(box.left), points(design.height - box.bottom)) for box in grown]


def _by_pypdf(ready: Path, target: Path, job: Job) -> None:
    reader, writer = PdfReader(ready), PdfWriter()
    places = [_places(job, surface) for surface in (0, 1)]
    width, height = points(job.kind.design.width), points(job.kind.design.height)
    count = len(reader.pages) // 2
    for first in range(0, count, len(places[0])):
        for surface in (0, 1):
            sheet = writer.add_blank_page(width, height)
            forms, content = DictionaryObject(), []
            for slot, card in enumerate(range(first, min(first + len(places[0]), count))):
                page = reader.pages[2 * card + surface]
                form = StreamObject()
                form.set_data(page["/Contents"].get_object().get_data())
                form.update({
                    NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Form"),
                    NameObject("/BBox"): page.mediabox, NameObject("/Resources"): page.raw_get("/Resources").clone(writer),
                })  # fmt: skip
                forms[NameObject(f"/C{slot}")] = writer._add_object(form.flate_encode())
                content.append("q 1 0 0 1 {:.4f} {:.4f} cm /C{} Do Q".format(*places[surface][slot], slot))
            drawn = StreamObject()
            drawn.set_data("\n".join(content).encode())
            sheet[NameObject("/Contents")] = writer._add_object(drawn.flate_encode())
            sheet[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): forms})
    writer.write(target)


def _by_pikepdf(ready: Path, target: Path, job: Job) -> None:
    places = [_places(job, surface) for surface in (0, 1)]
    size = [0, 0, points(job.kind.design.width), points(job.kind.design.height)]
    with pikepdf.open(ready) as source, pikepdf.new() as made:
        pages = list(source.pages)
        count = len(pages) // 2
        for first in range(0, count, len(places[0])):
            for surface in (0, 1):
                forms, content = pikepdf.Dictionary(), []
                for slot, card in enumerate(range(first, min(first + len(places[0]), count))):
                    forms[f"/C{slot}"] = made.copy_foreign(pages[2 * card + surface].as_form_xobject())
                    content.append("q 1 0 0 1 {:.4f} {:.4f} cm /C{} Do Q".format(*places[surface][slot], slot))
                stream = made.make_stream("\n".join(content).encode())
                page = pikepdf.Dictionary(
                    Type=pikepdf.Name.Page,
                    MediaBox=size,
                    Contents=stream,
                    Resources=pikepdf.Dictionary(XObject=forms),
                )
                made.pages.append(pikepdf.Page(made.make_indirect(page)))
        made.save(target, compress_streams=True)


def _by_pdfimpose(ready: Path, folder: Path, job: Job) -> float | None:
    """CPU seconds of the program, or None where it cannot be had."""
    home = folder / "pdfimpose"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    if subprocess.run([python, "-m", "pip", "install", "-q", _PDFIMPOSE], capture_output=True).returncode:
        return None
    grid = job.kind.design.grid
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [
        "-m",
        "pdfimpose",
        "cards",
        "--signature",
        f"{grid.columns}x{grid.rows}",
        "-o",
        str(folder / "theirs.pdf"),
        str(ready),
    ]
    subprocess.run([python, *words], check=True, capture_output=True, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
