"""The test form of `shikaku calibrate` for a press sheet, as PDF, and the table that its readings are written in.

The form is a page of artwork like any other: set, made `normal`, plated on its sheet for the sheet's vendor and read back. Its
dots are one 1-bit mask.
"""

import hashlib
import os
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined

from pipeline.base.geometry import Box
from pipeline.base.lengths import css
from pipeline.base.problems import LayoutError, Problem, SheetError, UsageError
from pipeline.craft import wedges
from pipeline.craft.pdf.dots import with_dots
from pipeline.craft.pdf.normal import normal
from pipeline.craft.readings import table
from pipeline.craft.typesetter import TypesettingError, set_page
from pipeline.craft.wedges import Chart, chart
from pipeline.model.document import Document
from pipeline.model.press_profile import PressProfile
from pipeline.model.sheet import Grid, Piece, SheetDesign
from pipeline.model.template import Ground, LeafTemplate, Side, Template
from pipeline.office.durable import write_atomic
from pipeline.office.folder import disk_faults
from pipeline.office.proof import printed
from pipeline.office.shop import Shop

PAGE = "test-form.html"
_TITLE = "網点の測定用紙"
_NAMES = (("粗い網点", "地紋の文字"), ("やや粗い網点", ""), ("やや細かい網点", ""), ("細かい網点", "地紋の地"))
_HOW, _NOTE = 149 * wedges.UNIT, Box(56, 106, 52, 14)  # where the page tells what to do, and why


class Form(NamedTuple):
    """A printed form's file, the table to fill in (not written if one is there), and what is on it."""

    path: Path
    table: Path
    new_table: bool
    chart: Chart


def base_profile(name: str, design: SheetDesign, shop: Shop) -> str:
    """The press profile whose screens are measured: the named one, else the finest, for an office printer the coarsest.

    LayoutError lists the known ones.
    """
    known = shop.presses()
    if name and name not in known:
        raise LayoutError(Problem("calibrate-unknown-profile", "--profile", {"name": name[:60], "known": "、".join(known)}))
    plates = shop.vendor(design.vendor).has_plates
    return name or (max if plates else min)(known, key=lambda one: known[one].dpi)


def print_form(sheet: str, profile: str, out: Path | None, day: date, shop: Shop) -> Form:
    """Write the form as PDF and, beside it, the table for readings. LayoutError, SheetError, UsageError, HandoffError."""
    design = shop.sheet(sheet)
    name = base_profile(profile, design, shop)
    target = out or shop.out / "calibration" / f"{sheet}-{name}.pdf"
    if target.suffix != ".pdf":
        raise UsageError(Problem("calibrate-file-kind", target.name, {"name": target.name, "kind": ".pdf"}))
    press = shop.presses()[name]
    form = chart(sheet, name, press)
    place = _placed(design, sheet)
    template = _template(form, design, sheet, name, press, shop)
    made = printed(
        [Document(form.code, (), (), ())], f"calibration {sheet} {name}", day, template, place, shop.vendor(design.vendor),
        shop.typefaces(), "",
    )  # fmt: skip
    readings = target.with_suffix(".csv")
    new = not os.path.lexists(readings)
    with disk_faults(target.name):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(target, made.pdf)
        if new:
            write_atomic(readings, table(form))
    return Form(target, readings, new, form)


def _placed(design: SheetDesign, sheet: str) -> SheetDesign:
    """The sheet with the form as its only piece, in the middle of what may be printed; SheetError if it has no room."""
    grip = dict.fromkeys(("left", "top", "right", "bottom"), design.safe)
    grip[design.gripper.edge] = max(design.safe, design.gripper.depth)
    wide, high = design.width - grip["left"] - grip["right"], design.height - grip["top"] - grip["bottom"]
    if wide < wedges.WIDTH or high < wedges.HEIGHT:
        values = {
            "needed": f"{wedges.WIDTH / 1000:g} × {wedges.HEIGHT / 1000:g} mm",
            "room": f"{wide / 1000:g} × {high / 1000:g} mm",
        }
        raise SheetError(Problem("calibrate-no-room", f"{sheet}.yaml", values))
    left, top = _on_grid(grip["left"] + (wide - wedges.WIDTH) // 2), _on_grid(grip["top"] + (high - wedges.HEIGHT) // 2)
    piece = Piece.model_construct(width=wedges.WIDTH, height=wedges.HEIGHT, bleed=0, rotate=0)
    grid = Grid.model_construct(columns=1, rows=1, gutter_x=0, gutter_y=0, left=left, top=top)
    changes = {"piece": piece, "grid": grid, "style": "sheetwise", "scheme": "rows", "stack": None, "part": 1, "marks": None}
    return design.model_copy(update=changes)


def _on_grid(length: int) -> int:
    """The length in whole steps of the form's grid, so that its dots lie on those of the device."""
    return length // wedges.UNIT * wedges.UNIT


def _template(form: Chart, design: SheetDesign, sheet: str, name: str, press: PressProfile, shop: Shop) -> Template:
    """The form as a template without fields."""
    shown = {"form": form, "sheet": design, "sheet_id": sheet, "profile": name, "press": press, "names": _NAMES, "how": _HOW}
    places = {"match": wedges.match_box(), "windows": wedges.windows(), "bar": wedges.scaled(wedges.BAR)}
    size = {"width": css(wedges.WIDTH), "height": css(wedges.HEIGHT), "note": wedges.scaled(_NOTE), "mm": css}
    page = files("pipeline.office").joinpath(PAGE).read_text("utf-8")
    html = Environment(undefined=StrictUndefined, autoescape=True).from_string(page).render(shown | places | size)
    shop.confine_fonts()
    try:
        artwork = normal(set_page(html, {}), wedges.WIDTH, wedges.HEIGHT)
    except TypesettingError as refused:
        raise LayoutError(Problem("artwork-refused", PAGE, {"reason": one}) for one in refused.reports) from None
    dots = wedges.page(form)
    pdf = with_dots(artwork, dots.data, dots.columns, dots.rows)
    side = Side(pdf, Ground(None), (), (), ())
    face = next(iter(shop.typefaces())).id
    return Template(
        document="", issuer="", title=_TITLE, letter="", material="paper", width=wedges.WIDTH, height=wedges.HEIGHT,
        bleed=0, leaves=(LeafTemplate(side, None),), typefaces=(face,), fingerprint=hashlib.sha256(pdf).hexdigest(),
    )  # fmt: skip
