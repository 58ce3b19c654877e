"""A press profile from what was measured on a printed test form: readings of an instrument, or a scan.

A profile is never overwritten: documents may have been approved with it.
"""

import os
from pathlib import Path
from typing import NamedTuple

from pipeline.base.problems import HandoffError, LayoutError, Problem, UsageError
from pipeline.craft.calibration import Fit, areas, fitted, reflectances
from pipeline.craft.readings import read_readings
from pipeline.craft.scans import CURVES, Scan, located, read
from pipeline.craft.screens import Screens, gain_of, matched
from pipeline.craft.spec_faults import validate
from pipeline.craft.wedges import Chart, chart
from pipeline.craft.yamlfile import parse
from pipeline.model.press_profile import PressProfile
from pipeline.office.calibration_form import base_profile
from pipeline.office.durable import write_new
from pipeline.office.folder import disk_faults
from pipeline.office.scan_files import scan_levels
from pipeline.office.shop import Shop

_CLEARLY = 0.7  # share of the other curve's residual that tells a scan's curve


class Measured(NamedTuple):
    """A new press profile: its file, the fit behind it, its screens, and of a scan how it was read."""

    path: Path
    profile: PressProfile
    fit: Fit
    chart: Chart
    screens: Screens
    scan: Scan | None = None
    curve: str = ""


def profile_from_readings(sheet: str, profile: str, readings: Path, out: Path | None, shop: Shop) -> Measured:
    """A press profile from measured patches, written to a new file. LayoutError, UsageError, HandoffError."""
    name, press, target = _asked(sheet, profile, out, shop)
    form = chart(sheet, name, press)
    kind, values = read_readings(readings, form)
    found = areas(form, reflectances(form, values, kind, readings.name), readings.name)
    fit = fitted(form, found, gain_of(press), readings.name, kind)
    return _written(target, press, form, fit, f"{sheet}、{name}、様式 {form.code}")


def profile_from_scan(sheet: str, profile: str, scan: Path, dpi: int, curve: str, out: Path | None, shop: Shop) -> Measured:
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
        raise _taken(target)
    return name, shop.presses()[name], target


def _taken(target: Path) -> HandoffError:
    return HandoffError(Problem("calibrate-exists", target.name, {"name": target.name}))


def _written(target: Path, press: PressProfile, form: Chart, fit: Fit, origin: str) -> Measured:
    """Write a profile and read it as layouts read it; LayoutError if its screens cannot be matched."""
    content = _yaml(press, fit, origin).encode()
    profile = validate(PressProfile, parse(content, target.name))
    screens = matched(profile, target.stem)
    with disk_faults(target.name):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_new(target, content)
        except FileExistsError:
            raise _taken(target) from None
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
        f"line: {press.line}um\ntext: {press.text}um   # not measured: those of the profile that was printed with\n"
        f"coarse: {{cell: {coarse}, tone: {press.coarse.tone:g}}}\n"
        f"fine: {{cell: {fine}}}\n"
    )
