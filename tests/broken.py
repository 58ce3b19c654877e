"""The smallest wrong inputs of `fixtures/broken/<code>/`, and how those of designers are read.

Every folder has an `expected.toml`: the stage that refuses it, exit code, problem code and place. A designer's mistake
(stage `design`) has its message and hint there too. `repeat` says how often the YAML is repeated, so that a huge file
needs no megabytes here.
"""

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.base.problems import Problem, ShikakuError
from pipeline.craft import specs, typesetter
from pipeline.craft.press_profiles import read_press_profiles
from pipeline.craft.vendors import read_vendor
from pipeline.rules.numbers import is_insurer_number
from pipeline.stages.compile import compile_layout
from tests.faces import FONTS, typefaces

BROKEN = Path(__file__).parents[1] / "fixtures" / "broken"
DAY = date(2026, 4, 1)
SHIPPED = read_press_profiles(BROKEN.parents[1] / "layouts")


def design_folders() -> list[Path]:
    """The folders of designers' mistakes."""
    return [path.parent for path in sorted(BROKEN.glob("*/expected.toml")) if expected(path.parent)["stage"] == "design"]


def expected(folder: Path) -> dict[str, Any]:
    """What must be said of a folder."""
    return tomllib.loads((folder / "expected.toml").read_text("utf-8"))


def problems(folder: Path, scratch: Path) -> tuple[int, tuple[Problem, ...]]:
    """Exit code and problems of one folder; (0, ()) if nothing is wrong with it."""
    try:
        _read(folder, scratch)
    except ShikakuError as error:
        return error.exit_code, error.problems
    return 0, ()


def _read(folder: Path, scratch: Path) -> None:
    issuer_file = next(iter(folder.rglob("issuer.yaml")), folder / "none")
    has: Callable[[str], bool] = lambda name: (folder / name).exists()  # noqa: E731
    if times := expected(folder).get("repeat"):
        source = (folder / "layout.yaml").read_bytes()
        folder = scratch / folder.name
        folder.mkdir()
        (folder / "layout.yaml").write_bytes(source * times)
    if has("typefaces.yaml"):
        specs.read_typefaces(folder / "typefaces.yaml")
    for sheet in folder.rglob("sheet.yaml") if not has("layout.yaml") else ():
        specs.read_sheet(sheet)
    for vendor in folder.rglob("vendor.yaml"):
        read_vendor(vendor)
    if issuer_file.exists() and not has("layout.yaml"):
        specs.read_issuer(issuer_file, is_insurer_number)
    if not has("layout.yaml"):
        return
    layout = specs.read_layout(folder, [face.id for face in typefaces()])
    if has("sheet.yaml"):
        specs.fits(specs.read_sheet(folder / "sheet.yaml"), layout)
    if issuer_file.exists():
        issuer = specs.read_issuer(issuer_file, is_insurer_number)
        specs.pair(layout, issuer, issuer_file.stem)
        typesetter.confine_fonts(FONTS, scratch)
        presses = read_press_profiles(folder) or SHIPPED
        seals = {seal.image: (folder / seal.image).read_bytes() for seal in issuer.seals}
        compile_layout(folder.name, layout, specs.read_assets(folder), "issuer", issuer, seals, typefaces(), DAY, presses)
