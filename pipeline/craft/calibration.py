"""From what was measured on a test form to the gain of its press.

Readings become areas of ink (Murray-Davies: what paper and solid reflect is taken from the same form, so that units cancel, and
the model prints with an ink as deep as the solid). The gain is the one with which the printing model of `channel` gives these
areas: least squares over all patches (Levenberg-Marquardt). A press's sharpness shows little in mean tones, so it is held near
the profile that the form was made for as far as the readings don't say otherwise. The bounds of what is believed are OURS.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.base.problems import LayoutError, Problem
from pipeline.craft.channel import INK, Gain, printed
from pipeline.craft.wedges import Chart, Wedge, tile
from pipeline.model.press_profile import PressProfile

KINDS = ("density", "reflectance", "area")
# blur, spread, scatter (µm), and by how much the paper was read too light (share of area)
_LEAST, _MOST = np.array([1.0, -20.0, 1.0, -0.03]), np.array([60.0, 60.0, 150.0, 0.03])
_STEP = np.array([0.2, 0.2, 0.2, 0.0005])  # of the derivatives
_FARTHEST = 1.5  # spread to blur: beyond, the model's edge spreads no more
_STARTS = (0.6, 1.0, 1.6), (0.2, 0.5, 0.8), (0.7, 1.3)  # blur and scatter to the profile's, spread to the blur
_HELD = 0.5, 0.002  # by this share the blur may leave its profile at the cost of this much area in one patch
_PAPER = 0.8  # weight of the paper's error against a patch's: it is read as surely, and every area depends on it
_LIGHTEST = 0.15  # reflectance of a patch from which on a density is as sure as a lighter one's
_ROUNDS, _NEAR = 40, 0.01  # at most; µm at which it ends
_SLACK = 0.01  # share of area by which a darker patch may read lighter than its neighbour
_POOR = 0.025  # root mean square of what is left over, share of area
_DEEPEST = 0.005  # reflectance of a solid that is believed: less says that it was not measured but set, as for dot areas
_CONTRAST = 0.3  # least difference of reflectances between paper and solid, share of the paper's
Vector = NDArray[np.float64]


class Areas(NamedTuple):
    """The area of ink in every screened patch, and the solid's reflectance (the paper's is 1)."""

    by_patch: Mapping[str, float]
    solid: float


class Fit(NamedTuple):
    """A press's gain (µm), how far each figure of it may be off (standard error), and every patch's area of ink, measured and
    by the model."""

    gain: Gain
    error: Gain
    areas: Mapping[str, tuple[float, float]]

    @property
    def rms(self) -> float:
        """Root mean square of what the model leaves over, share of area."""
        left = np.array([measured - modelled for measured, modelled in self.areas.values()])
        return float(np.sqrt((left**2).mean()))

    @property
    def farthest(self) -> tuple[str, float]:
        """The patch that is farthest from the model, and by how much."""
        id_ = max(self.areas, key=lambda one: abs(self.areas[one][0] - self.areas[one][1]))
        return id_, self.areas[id_][0] - self.areas[id_][1]


def reflectances(form: Chart, readings: Mapping[str, float], kind: str, place: str) -> dict[str, float]:
    """Readings of every patch as reflectances, on any scale. LayoutError: a patch is missing, one is not of this form, or none
    that an instrument can show."""
    wanted = [patch.id for patch in form.patches]
    problems = []
    if missing := [id_ for id_ in wanted if id_ not in readings]:
        problems.append(Problem("calibrate-missing-patches", place, {"patches": _few(missing), "count": len(missing)}))
    if unknown := [id_ for id_ in readings if id_ not in wanted]:
        problems.append(Problem("calibrate-unknown-patch", place, {"patches": _few(unknown)}))
    if problems:
        raise LayoutError(problems)
    least, most = {"density": (-0.1, 4.0), "reflectance": (0.0, 150.0), "area": (-5.0, 110.0)}[kind]
    if wrong := [id_ for id_ in wanted if not least <= readings[id_] <= most]:
        values = {"patches": _few(wrong), "least": f"{least:g}", "most": f"{most:g}"}
        raise LayoutError(Problem("calibrate-reading-impossible", place, values))
    if kind == "density":
        return {id_: 10 ** -readings[id_] for id_ in wanted}
    if kind == "area":
        return {id_: 1 - readings[id_] / 100 for id_ in wanted}
    return {id_: readings[id_] for id_ in wanted}


def areas(form: Chart, light: Mapping[str, float], place: str) -> Areas:
    """Areas of ink from reflectances. LayoutError: paper and solid are not told apart, or a darker patch is lighter than its
    neighbour."""
    paper, solid = (_mean(light[one.id] for one in form.plain if one.tone == tone) for tone in (0, 1))
    if not paper > 0 or (paper - solid) / paper < _CONTRAST:
        raise LayoutError(Problem("calibrate-solid-not-dark", place, {"paper": f"{paper:.3g}", "solid": f"{solid:.3g}"}))
    found = {patch.id: (paper - light[patch.id]) / (paper - solid) for patch in form.screened}
    if problems := [problem for wedge in form.wedges for problem in _out_of_order(wedge, found, place)]:
        raise LayoutError(problems)
    return Areas(found, solid / paper if solid / paper > _DEEPEST else INK)


def _out_of_order(wedge: Wedge, found: Mapping[str, float], place: str) -> list[Problem]:
    problems = []
    for light, dark in zip(wedge.patches, wedge.patches[1:], strict=False):
        if found[dark.id] < found[light.id] - _SLACK:
            values = {"light": light.id, "dark": dark.id}
            values |= {"first": f"{100 * found[light.id]:.1f}", "second": f"{100 * found[dark.id]:.1f}"}
            problems.append(Problem("calibrate-out-of-order", place, values))
    return problems


def fitted(form: Chart, found: Areas, start: Gain, place: str, kind: str = "reflectance") -> Fit:
    """The gain that gives these areas. LayoutError where none does. An instrument for densities (`kind`) rounds these, so its
    dark patches are the surer ones."""
    patches = form.screened
    wanted = np.array([found.by_patch[patch.id] for patch in patches])
    weights = 1 / np.maximum(_LIGHTEST, 1 - wanted) if kind == "density" else np.ones(len(wanted))
    weights /= weights.mean()

    areas_of = lru_cache(maxsize=8)(lambda gain: modelled(form, gain, found.solid))  # the slope of the paper's own asks again

    def by_model(at: Vector) -> Vector:
        area = areas_of(Gain(*at[:3]))
        return np.asarray(area + at[3] * (1 - area))

    def left_over(at: Vector) -> Vector:
        held = _HELD[1] * (at[0] - start.blur) / (_HELD[0] * start.blur)
        return np.append((by_model(at) - wanted) * weights, (held, _PAPER * at[3]))

    at, slopes, left = _descended(left_over, min(_starts(start), key=lambda one: float(np.square(left_over(one)).sum())))
    spare = max(1, len(wanted) - len(at))
    spread = np.linalg.pinv(slopes.T @ slopes) * float(left @ left) / spare
    model, gain = by_model(at), at[:3]
    both = {patch.id: (float(wanted[n]), float(model[n])) for n, patch in enumerate(patches)}
    fit = Fit(Gain(*map(float, gain)), Gain(*map(float, np.sqrt(np.diag(spread))[:3])), both)
    at_bounds = ((at <= _LEAST) | (at >= _MOST)).any() or abs(fit.gain.spread) >= _FARTHEST * fit.gain.blur
    if fit.rms > _POOR or at_bounds:
        patch, off = fit.farthest
        values = {"rms": f"{100 * fit.rms:.1f}", "patch": patch, "off": f"{100 * off:+.1f}", "most": f"{100 * _POOR:g}"}
        raise LayoutError(Problem("calibrate-no-gain-fits", place, values))
    return fit


def modelled(form: Chart, gain: Gain, solid: float = INK) -> Vector:
    """The area of ink that the model gives each screened patch, with an ink of this reflectance."""
    return np.concatenate([_areas(wedge, form.dpi, gain, solid) for wedge in form.wedges])


def _areas(wedge: Wedge, dpi: int, gain: Gain, solid: float) -> Vector:
    """Of one wedge: a period of each patch, with as much of its neighbours as reaches into it."""
    around = 2 + sum(math.ceil(3 * reach * dpi / 25_400) for reach in (gain.blur, gain.scatter))
    dots = [np.pad(tile(patch.screen), around, mode="wrap") for patch in wedge.patches if patch.screen]
    picture, at = printed(np.where(np.stack(dots), np.float32(solid), np.float32(1)), dpi, gain)
    edge = around * at // dpi
    light: Vector = picture[:, edge:-edge, edge:-edge].mean((1, 2), dtype=np.float64)
    return (1 - light) / (1 - solid)


def _descended(left_over: Callable[[Vector], Vector], at: Vector) -> tuple[Vector, Vector, Vector]:
    """Levenberg-Marquardt within the bounds: where it ends, the slopes there and what is left over."""
    damping, left = 1e-3, left_over(at)
    slopes = _slopes(left_over, at, left)
    for _ in range(_ROUNDS):
        square = slopes.T @ slopes
        step = -np.linalg.solve(square + damping * np.diag(np.diag(square)) + 1e-15 * np.eye(len(at)), slopes.T @ left)
        there = _bounded(at + step)
        new = left_over(there)
        if new @ new >= left @ left:
            damping *= 8
            if damping > 1e8:
                break
            continue
        moved = float(np.abs(there - at)[:3].max())
        at, left, damping = there, new, max(damping / 8, 1e-9)
        slopes = _slopes(left_over, at, left)
        if moved < _NEAR:
            break
    return at, slopes, left


def _starts(start: Gain) -> Iterator[Vector]:
    """Where the descent may begin: the model's slopes lead astray from far away."""
    yield _bounded(np.array([*start, 0.0]))
    for blur, spread, scatter in product(*_STARTS):
        yield _bounded(np.array([blur * start.blur, spread * blur * start.blur, scatter * start.scatter, 0.0]))


def _bounded(gain: Vector) -> Vector:
    inside = np.clip(gain, _LEAST, _MOST)
    inside[1] = np.clip(inside[1], -_FARTHEST * inside[0], _FARTHEST * inside[0])
    return inside


def _slopes(left_over: Callable[[Vector], Vector], at: Vector, left: Vector) -> Vector:
    return np.stack([(left_over(at + step) - left) / step.sum() for step in np.diag(_STEP)], axis=1)


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def _few(names: Sequence[str]) -> str:
    shown = "、".join(name[:20] for name in names[:8])
    return shown + ("…" if len(names) > 8 else "")


def like(press: PressProfile, title: str, gain: Gain) -> dict[str, object]:
    """A press profile's values with another title and gain, lengths in µm to a tenth."""
    told = {name: f"{value:.1f}um" for name, value in gain._asdict().items()}
    told |= {"line": f"{press.line}um", "text": f"{press.text}um"}
    return {"title": title, "dpi": press.dpi, **told, "coarse": press.coarse, "fine": press.fine}
