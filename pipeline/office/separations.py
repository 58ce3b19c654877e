"""Separations: what each plate prints, as grey pictures. Ghostscript's `tiffsep` does it, as a process of its own.

It is an eye that shares no code with the maker, honours overprint, and has a plate for every spot colour of the file.
Where it is not installed, the page says so and everything else works.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from pipeline.base.problems import LayoutError, Problem
from pipeline.office.pictures import Picture, plate_tones

_PROCESS = {"Cyan": "シアン", "Magenta": "マゼンタ", "Yellow": "イエロー", "Black": "ブラック"}
_SECONDS = 60
_NAMED = re.compile(r"plates-(\d+)\((.+)\)\.tif")


class Plate(NamedTuple):
    """One plate of one page: its picture is white where it prints nothing. `share` is the mean tone, 0 to 1."""

    page: int
    name: str
    picture: Picture
    share: float

    @property
    def title(self) -> str:
        """What a person calls it."""
        return _PROCESS.get(self.name, f"特色 {self.name}")


def separate(pdf: bytes, dpi: int) -> list[Plate]:
    """Every plate of every page, process colours first. LayoutError if Ghostscript is missing or refuses the file."""
    program = shutil.which("gs")
    if program is None:
        raise LayoutError(Problem("preview-no-ghostscript", "gs"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "print.pdf").write_bytes(pdf)
        words = ["-dSAFER", "-dBATCH", "-dNOPAUSE", "-q", "-sDEVICE=tiffsep", f"-r{dpi}", "-dTextAlphaBits=4"]
        words += ["-dGraphicsAlphaBits=4", "-dMaxSpots=16", "-sOutputFile=plates-%d.tif", "print.pdf"]
        try:
            done = subprocess.run([program, *words], cwd=folder, capture_output=True, timeout=_SECONDS, check=False)
            failed = done.returncode != 0
        except subprocess.TimeoutExpired:
            failed = True
        if failed:
            raise LayoutError(Problem("preview-not-separated", "gs"))
        found = [plate for path in folder.glob("plates-*.tif") if (plate := _plate(path))]
    order = list(_PROCESS)
    return sorted(found, key=lambda one: (one.page, order.index(one.name) if one.name in order else 9, one.name))


def _plate(path: Path) -> Plate | None:
    named = _NAMED.fullmatch(path.name)
    if named is None:
        return None  # the composite
    picture, share = plate_tones(path)
    return Plate(int(named[1]) - 1, named[2], picture, share)
