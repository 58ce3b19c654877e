"""The pantograph in three RIPs, written in five ways: bytes, seconds, memory, tone, dots.

`python -m tests.rips` writes the table of docs/pantograph-rips.md.

Needs pdftoppm, mutool, gs and time; run by hand, for the figures are a machine's.
"""

import math
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.craft.pantograph import pattern
from pipeline.craft.screens import matched
from pipeline.office.shop import Shop
from tests.faces import typefaces
from tests.laid import laid
from tests.ways import WAYS, Bits, Case, pdf

PAGE = Path(__file__).parents[1] / "docs" / "pantograph-rips.md"
SIZES = {"card": (85_600, 53_980, 3_000), "A4": (210_000, 297_000, 0)}
CASES = [(size, profile) for profile in ("laser-1200", "offset-2400") for size in SIZES]
RIPS = {
    "poppler": "pdftoppm -mono -r {dpi} {pdf} {out}",
    "MuPDF": "mutool draw -q -A 0 -r {dpi} -o {out}.pbm {pdf}",
    "Ghostscript": "gs -q -dNOPAUSE -dBATCH -dUseFastColor=true -sDEVICE=pbmraw -r{dpi} -sOutputFile={out}.pbm {pdf}",
}
LONGEST = 60  # seconds of a processor
SHIFTS = (0, 0.3, 0.5)  # of a device dot


class Drawn(NamedTuple):
    """What a RIP did: seconds of a processor, the most memory (MiB), how much more it inked, and the share of ink elsewhere."""

    seconds: float
    memory: float
    tone: float
    wrong: float

    def __str__(self) -> str:
        if math.isnan(self.tone):
            return f"> {LONGEST} s"
        return f"{self.seconds:.1f} s, {self.memory:.0f} MiB, {100 * self.tone:+.2f} %, {100 * self.wrong:.2f} %"


def drawn(command: str, file: bytes, case: Case) -> Drawn:
    """A page through a RIP."""
    with tempfile.TemporaryDirectory() as folder:
        path, out, told = (Path(folder) / name for name in ("in.pdf", "out", "used"))
        path.write_bytes(file)
        words = f"/usr/bin/time -f %M,%U,%S -o {told} prlimit --cpu={LONGEST} {command}".format(
            dpi=case.dpi, pdf=path, out=out
        ).split()
        failed = subprocess.run(words, check=False, capture_output=True).returncode
        memory, user, system = map(float, told.read_text().split()[-1].split(","))
        if failed:
            return Drawn(user + system, memory / 1024, math.nan, math.nan)
        return Drawn(user + system, memory / 1024, *compared(bitmap(next(Path(folder).glob("out*.pbm"))), case.dots))


def bitmap(path: Path) -> NDArray[np.uint8]:
    """The packed rows of a raw PBM."""
    data = path.read_bytes()
    fields: list[bytes] = []
    at = 0
    while len(fields) < 3:
        end = data.index(b"\n", at)
        fields += [] if data[at : at + 1] == b"#" else data[at:end].split()
        at = end + 1
    return np.frombuffer(data, np.uint8, offset=at).reshape(int(fields[2]), -1)


def compared(found: NDArray[np.uint8], dots: Bits) -> tuple[float, float]:
    """How much more ink there is than there should be, and the share of it elsewhere, the page laid best by whole dots."""
    ink, told = int(dots.sum()), int(np.bitwise_count(found).sum(dtype=np.int64))
    wrong = {(down, right): 0 for down in (0, 1) for right in (0, 1)}
    for top in range(0, dots.shape[0], 1024):
        part = dots[top : top + 1024]
        bits = np.unpackbits(found[top : top + 1025], axis=1)
        for down, right in wrong:
            shown = bits[down : down + part.shape[0], right : right + part.shape[1]]
            wrong[down, right] += int(np.count_nonzero(shown != part[: shown.shape[0], : shown.shape[1]]))
    return told / ink - 1, min(wrong.values()) / ink


def cases() -> Iterator[tuple[str, Case]]:
    """The pages that are compared."""
    presses, face = Shop().presses(), typefaces()["biz-ud-gothic-bold"].path
    for size, profile in CASES:
        (width, height, bleed), press = SIZES[size], presses[profile]
        word = ("複写", face, 15_000, (36_000, 18_000), 30)
        found = pattern(width, height, bleed, *word, matched(press, profile), press.dpi)
        across, down = (math.ceil((edge + 2 * bleed) * press.dpi / 25_400) for edge in (width, height))
        yield f"{size}, {profile}", Case(found, laid(*found, across, down), press.dpi)


def rows(name: str, case: Case) -> Iterator[str]:
    """A page's rows of the table of RIPs."""
    for way, write in WAYS.items():
        shifted = [case._replace(shift=shift) for shift in SHIFTS]
        files = [pdf(write(one), one) for one in shifted]
        for rip, command in RIPS.items():
            told = " | ".join(str(drawn(command, file, one)) for file, one in zip(files, shifted, strict=True))
            yield f"| {name} | {way} | {len(files[0]) / 1000:.0f} kB | {rip} | {told} |\n"


def coded(name: str, case: Case) -> str:
    """A row of the table of codings: the bytes of one word's mask."""
    columns, rows = case.pattern.size
    dots = np.unpackbits(np.frombuffer(case.pattern.mask, np.uint8).reshape(rows, -1), axis=1)[:, :columns].astype(bool)
    return f"| {name} | {' | '.join(f'{coding(dots) / 1000:.1f} kB' for coding in CODINGS)} |\n"


def deflated(dots: Bits) -> int:
    return len(zlib.compress(np.packbits(dots, axis=1).tobytes(), 9))


def predicted(dots: Bits) -> int:
    """Deflated after the PNG predictor Up."""
    packed = np.packbits(dots, axis=1)
    lines = np.diff(packed, axis=0, prepend=np.zeros_like(packed[:1]))
    return len(zlib.compress(np.pad(lines, ((0, 0), (1, 0)), constant_values=2).tobytes(), 9))


def group4(dots: Bits) -> int:
    file = BytesIO()
    Image.fromarray(dots).save(file, "TIFF", compression="group4")
    return len(file.getvalue())


CODINGS = (deflated, predicted, group4)


def main() -> None:
    """Write the tables below the page's text."""
    head, _, _ = PAGE.read_text("utf-8").partition("| Page |")
    codings = "| Page | Flate | Flate after PNG Up | CCITT Group 4 |\n|---|---|---|---|\n"
    table = "| Page | Way | PDF | RIP | on the grid | 0.3 of a dot off | half a dot off |\n|---|---|---|---|---|---|---|\n"
    for name, case in cases():
        codings += coded(name, case)
        for row in rows(name, case):
            print(row, end="", flush=True)
            table += row
    PAGE.write_text(f"{head}{codings}\n{table}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
