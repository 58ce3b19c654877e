"""Calibration: a test form for a press sheet, and the press profile that readings or a scan of the printed form give.

The form is a page of artwork like any other: set, made `normal`, plated on its sheet for the sheet's vendor and read back. Its dots
are 1-bit masks. A profile is never overwritten: documents may have been approved with it.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined

from pipeline.base.geometry import Box
from pipeline.base.lengths import css
from pipeline.base.problems import HandoffError, LayoutError, Problem, SheetError, UsageError
from pipeline.craft import wedges
from pipeline.craft.calibration import Fit, areas, fitted, reflectances
from pipeline.craft.pdf.dots import with_dots
from pipeline.craft.pdf.normal import normal
from pipeline.craft.readings import read_readings, table
from pipeline.craft.scans import CURVES, Scan, located, read
from pipeline.craft.screens import Screens, gain_of, matched
from pipeline.craft.spec_faults import validate
from pipeline.craft.typesetter import TypesettingError, set_page
from pipeline.craft.wedges import Chart, chart
from pipeline.craft.yamlfile import parse
from pipeline.model.document import Document
from pipeline.model.press_profile import PressProfile
from pipeline.model.sheet import Grid, Piece, SheetDesign
from pipeline.model.template import Ground, LeafTemplate, Side, Template
from pipeline.office.folder import disk_faults, write_new
from pipeline.office.proof import printed
from pipeline.office.scan_files import scan_levels
from pipeline.office.shop import Shop, write_atomic

PAGE = "test-form.html"
_NAMES = (("粗い網点", "地紋の文字"), ("やや粗い網点", ""), ("やや細かい網点", ""), ("細かい網点", "地紋の地"))
_HOW, _NOTE = 149 * wedges.UNIT, Box(56, 106, 52, 14)  # where the page tells what to do, and why
_CLEARLY = 0.7  # share of the other curve's residual that tells a scan's curve


class Form(NamedTuple):
    """A printed form's file, the table to fill in (not written if one is there), and what is on it."""

    path: Path
    table: Path
    new_table: bool
    chart: Chart


class Measured(NamedTuple):
    """A new press profile: its file, the fit behind it, its screens, and of a scan how it was read."""

    path: Path
    profile: PressProfile
    fit: Fit
    chart: Chart
    screens: Screens
    scan: Scan | None = None
    curve: str = ""


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


def profile_from_readings(sheet: str, profile: str, readings: Path, out: Path | None, shop: Shop) -> Measured:
    """A press profile from measured patches, written to a new file. LayoutError, UsageError, HandoffError."""
    name, press, target = _asked(sheet, profile, out, shop)
    form = chart(sheet, name, press)
    kind, values = read_readings(readings, form)
    found = areas(form, reflectances(form, values, kind, readings.name), readings.name)
    fit = fitted(form, found, gain_of(press), readings.name)
    return _written(target, press, form, fit, f"{sheet}、{name}、様式 {form.code}")


def profile_from_scan(
    sheet: str, profile: str, scan: Path, dpi: int, curve: str, out: Path | None, shop: Shop
) -> Measured:
    """A press profile from a scan of the printed form; without `curve` that tone curve is taken which fits clearly better.
    LayoutError, UsageError, HandoffError."""
    name, press, target = _asked(sheet, profile, out, shop)
    if curve and curve not in CURVES:
        raise UsageError(Problem("calibrate-unknown-curve", "--tone", {"name": curve[:20], "known": "、".join(CURVES)}))
    form, (levels, own) = chart(sheet, name, press), scan_levels(scan)
    dpi = dpi or own
    if not dpi:
        raise UsageError(Problem("calibrate-no-dpi", scan.name))
    place = located(levels, dpi, form, scan.name)
    fits: dict[str, tuple[Scan, Fit]] = {}
    faults = []
    for one in (curve,) if curve else CURVES:
        try:
            light = read(levels, place, form, one)
            fits[one] = light, fitted(form, areas(form, light.light, scan.name), gain_of(press), scan.name)
        except LayoutError as fault:
            faults.append(fault)
    if not fits:
        raise faults[0]
    best = min(fits, key=lambda one: fits[one][1].rms)
    if len(fits) > 1 and fits[best][1].rms > _CLEARLY * max(fit.rms for _, fit in fits.values()):
        raise LayoutError(Problem("calibrate-curve-unclear", scan.name))
    made = _written(target, press, form, fits[best][1], f"{sheet}、{name}、様式 {form.code}、スキャン {dpi} dpi")
    return made._replace(scan=fits[best][0], curve=best)


def _asked(sheet: str, profile: str, out: Path | None, shop: Shop) -> tuple[str, PressProfile, Path]:
    """Profile and target of a measurement. The target is refused before anything is read."""
    name = base_profile(profile, shop.sheet(sheet), shop)
    target = out or shop.out / "calibration" / f"{sheet}-{name}.yaml"
    if target.suffix not in (".yaml", ".yml"):
        raise UsageError(Problem("calibrate-file-kind", target.name, {"name": target.name, "kind": ".yaml"}))
    if os.path.lexists(target):
        raise HandoffError(Problem("handoff-target-exists", target.name, {"name": target.name}))
    return name, shop.presses()[name], target


def _placed(design: SheetDesign, sheet: str) -> SheetDesign:
    """The sheet with the form as its only piece, in the middle of what may be printed; SheetError if it has no room."""
    grip = {edge: design.safe for edge in ("left", "top", "right", "bottom")}
    grip[design.gripper.edge] = max(design.safe, design.gripper.depth)
    wide, high = design.width - grip["left"] - grip["right"], design.height - grip["top"] - grip["bottom"]
    if wide < wedges.WIDTH or high < wedges.HEIGHT:
        values = {"needed": f"{wedges.WIDTH / 1000:g} × {wedges.HEIGHT / 1000:g} mm", "room": f"{wide / 1000:g} × {high / 1000:g} mm"}
        raise SheetError(Problem("calibrate-no-room", f"{sheet}.yaml", values))
    left = _on_grid(grip["left"] + (wide - wedges.WIDTH) // 2)
    bottom = _on_grid(grip["bottom"] + (high - wedges.HEIGHT) // 2)
    piece = Piece.model_construct(width=wedges.WIDTH, height=wedges.HEIGHT, bleed=0, rotate=0)
    grid = Grid.model_construct(columns=1, rows=1, gutter_x=0, gutter_y=0, left=left, top=design.height - bottom - wedges.HEIGHT)
    changes = {"piece": piece, "grid": grid, "style": "sheetwise", "scheme": "rows", "stack": None, "part": 1, "marks": None}
    return design.model_copy(update=changes)


def _on_grid(length: int) -> int:
    """The length in whole steps of the form's grid, so that its dots lie on those of the device."""
    return length // wedges.UNIT * wedges.UNIT


def _template(form: Chart, design: SheetDesign, sheet: str, name: str, press: PressProfile, shop: Shop) -> Template:
    """The form as a template without fields."""
    html = (
        Environment(undefined=StrictUndefined, autoescape=True)
        .from_string(files("pipeline.office").joinpath(PAGE).read_text("utf-8"))
        .render(
            form=form, sheet=design, sheet_id=sheet, profile=name, press=press, names=_NAMES, mm=css, how=_HOW,
            width=css(wedges.WIDTH), height=css(wedges.HEIGHT), match=wedges.match_box(), inlays=wedges.inlays(),
            bar=wedges.scaled(wedges.BAR), note=wedges.scaled(_NOTE),
        )  # fmt: skip
    )
    shop.confine_fonts()
    try:
        artwork = normal(set_page(html, {}), wedges.WIDTH, wedges.HEIGHT)
    except TypesettingError as refused:
        raise LayoutError(Problem("artwork-refused", PAGE, {"reason": one}) for one in refused.reports) from None
    pdf = with_dots(artwork, wedges.masks(form), form.dpi)
    side = Side(pdf, Ground(None), (), (), ())
    face = next(iter(shop.typefaces())).id
    return Template(
        document="", issuer="", title="網点の測定用紙", letter="", material="paper", width=wedges.WIDTH, height=wedges.HEIGHT,
        bleed=0, leaves=(LeafTemplate(side, None),), typefaces=(face,), fingerprint=hashlib.sha256(pdf).hexdigest(),
    )  # fmt: skip


def _written(target: Path, press: PressProfile, form: Chart, fit: Fit, origin: str) -> Measured:
    """Write a profile and read it as layouts read it; LayoutError if its screens cannot be matched."""
    content = _yaml(press, fit, origin).encode()
    profile = validate(PressProfile, parse(content, target.name))
    screens = matched(profile, target.stem)
    with disk_faults(target.name):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_new(target, content)
    return Measured(target, profile, fit, form, screens)


def _yaml(press: PressProfile, fit: Fit, origin: str) -> str:
    gain, error = fit.gain, fit.error
    lengths = "".join(
        f"{key}: {value:.1f}um   # ± {off:.1f}\n" for key, value, off in zip(gain._fields, gain, error, strict=True)
    )
    coarse, fine = ("[" + ", ".join(map(str, cell)) + "]" for cell in (press.coarse.cell, press.fine.cell))
    return (
        f"# Measured with `shikaku calibrate` ({origin}).\n"
        f"# What the model leaves over: {100 * fit.rms:.2f} % of area (root mean square of {len(fit.areas)} patches).\n"
        f"title: {press.title}、実測\n"
        f"dpi: {press.dpi}\n{lengths}"
        f"coarse: {{cell: {coarse}, tone: {press.coarse.tone:g}}}\n"
        f"fine: {{cell: {fine}}}\n"
    )


def by_wedge(made: Measured) -> Mapping[str, list[tuple[str, float, float, float]]]:
    """Every patch's id, nominal tone, measured and modelled area, by wedge; shares."""
    return {
        wedge.id: [(patch.id, patch.tone, *made.fit.areas[patch.id]) for patch in wedge.patches] for wedge in made.chart.wedges
    }
