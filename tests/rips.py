"""How three RIPs draw the pantograph's mask: seconds, tone, dots. `python -m tests.rips` writes docs/pantograph-rips.md.

Needs pdftoppm, mutool and gs; run by hand, for the figures are a machine's.
"""

import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.craft.pantograph import mask
from pipeline.craft.screens import matched
from pipeline.office.shop import Shop
from tests.faces import typefaces

PAGE = Path(__file__).parents[1] / "docs" / "pantograph-rips.md"
SIZES = {"card": (85_600, 53_980, 3_000), "A4": (210_000, 297_000, 0)}
CASES = [("card", "laser-1200"), ("card", "offset-2400"), ("A4", "laser-600"), ("A4", "laser-1200")]
RIPS = {
    "poppler": "pdftoppm -mono -r {dpi} {pdf} {out}",
    "MuPDF": "mutool draw -q -A 0 -r {dpi} -o {out}.pbm {pdf}",
    "Ghostscript": "gs -q -dNOPAUSE -dBATCH -dUseFastColor=true -sDEVICE=pbmraw -r{dpi} -sOutputFile={out}.pbm {pdf}",
}


def page(data: bytes, size: tuple[int, int], dpi: int, shift: float) -> bytes:
    """A PDF with the mask alone, `shift` device dots off the grid to the right and down."""
    wide, high = (length * 72 / dpi for length in size)
    margin = 72 / dpi
    content = b"0 0 0 1 k q %.6f 0 0 %.6f %.6f %.6f cm /M Do Q" % (wide, high, shift * margin, (1 - shift) * margin)
    packed = zlib.compress(data, 9)
    image = b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ImageMask true/BitsPerComponent 1/Decode[1 0]" % size
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.6f %.6f]/Contents 4 0 R/Resources<</XObject<</M 5 0 R>>>>>>"
        % (wide + margin, high + margin),
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        image + b"/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed),
    ]
    file, starts = b"%PDF-1.6\n", []
    for number, one in enumerate(objects, 1):
        starts.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    return file + b"xref\n0 6\n0000000000 65535 f \n%btrailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(file),
    )


def drawn(path: Path) -> np.ndarray:
    """A raw PBM as bits."""
    data = path.read_bytes()
    fields: list[bytes] = []
    at = 0
    while len(fields) < 3:
        end = data.index(b"\n", at)
        fields += [] if data[at : at + 1] == b"#" else data[at:end].split()
        at = end + 1
    columns, rows = int(fields[1]), int(fields[2])
    return np.unpackbits(np.frombuffer(data, np.uint8, offset=at).reshape(rows, -1), axis=1)[:, :columns]


def rows() -> Iterator[str]:
    """The table's rows."""
    presses = Shop().presses()
    for size, profile in CASES:
        width, height, bleed = SIZES[size]
        press, face = presses[profile], typefaces()["biz-ud-gothic-bold"].path
        began = time.perf_counter()
        data, dots = mask(
            width, height, bleed, "複写", face, 15_000, (36_000, 18_000), 30, matched(press, profile), press.dpi, ()
        )
        made = time.perf_counter() - began
        bits = np.unpackbits(np.frombuffer(data, np.uint8).reshape(dots[1], -1), axis=1)[:, : dots[0]]
        for rip, command in RIPS.items():
            told = []
            for shift in (0.0, 0.5):
                with tempfile.TemporaryDirectory() as folder:
                    pdf = Path(folder) / "in.pdf"
                    pdf.write_bytes(page(data, dots, press.dpi, shift))
                    words = command.format(dpi=press.dpi, pdf=pdf, out=Path(folder) / "out").split()
                    began = time.perf_counter()
                    subprocess.run(["/usr/bin/env", *words], check=True, capture_output=True)
                    seconds = time.perf_counter() - began
                    found = drawn(next(Path(folder).glob("out*.pbm")))
                    size_bytes = pdf.stat().st_size
                tone = found.sum() / bits.sum() - 1
                wrong = min(_wrong(found, bits, down, right) for down in (0, 1) for right in (0, 1))
                told.append(f"{seconds:.1f} s, {100 * tone:+.2f} %, {100 * wrong:.2f} %")
            yield f"| {size} {profile} | {size_bytes // 1000} kB | {made:.1f} s | {rip} | {told[0]} | {told[1]} |\n"


def _wrong(found: np.ndarray, bits: np.ndarray, down: int, right: int) -> float:
    """The share of inked dots that are not where they should be, the mask laid at a place."""
    part = found[down : down + bits.shape[0], right : right + bits.shape[1]]
    kept = bits[: part.shape[0], : part.shape[1]]
    return float(np.count_nonzero(part != kept) / bits.sum())


def main() -> None:
    """Write the page."""
    head = PAGE.read_text("utf-8").split("| Page |")[0] if PAGE.exists() else ""
    table = "| Page | PDF | mask made in | RIP | on the grid: time, tone off, dots wrong | half a dot off the grid |\n"
    table += "|---|---|---|---|---|---|\n"
    PAGE.write_text(head + table + "".join(rows()), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
