"""A second judge of the pantograph: it shares no code and no figure with the model that the screens are calculated by.

Its print is a Fourier filter with exponential scattering in the paper, worked in densities; its scanner has an aperture, lies
askew and at any phase; it sharpens, suppresses the background, bends the tone and draws halftones in other ways. Every world
below is a plausible press, paper, machine and eye, with a seed of its own. A press is described as printers do, by the tone
value that a 40 % tint at 150 lpi comes out with, not by the model's own figures: whether equal tone then means equal tone for
such dots is what is being judged.
"""

import math
from itertools import count
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.copied import Bits

Picture = NDArray[np.float32]
_INCH = 25_400
_FINE = 2400
_SENSOR = 1200
_OUT = 600
_SEEN = 300
_PAPER = 7  # seed of its grain


class World(NamedTuple):
    """A press, a paper, a machine and an eye. Lengths in µm."""

    name: str
    seed: int
    gain: float = 1.0  # share of the profile's tone value increase
    mechanical: float = 0.5  # share of that increase that is ink spread, the rest is light in the paper
    density: float = 1.5
    hard: float = 0.25  # width of the step from paper to ink, in shares of ink
    grain: float = 0.006  # of paper and ink, standard deviation of reflectance at 300 dpi
    distance: float = 300_000
    acuity: float = 1.0  # minutes of arc: standard deviation of the eye's blur
    lens: float = 48.0
    noise: float = 0.006
    skew: float = 0.4  # degrees
    sharpen: float = 1.3
    around: float = 70.0  # what sharpening compares with
    white: float = 0.975  # share of the background's level that becomes white
    steep: float = 5.0
    middle: float = 0.55
    halftone: Literal["dots", "lines", "noise", "none"] = "dots"
    lines: int = 141
    toner: float = 18.0


WORLDS = (
    World("as usual", 1),
    World("a sharper lens", 2, lens=40.0),
    World("a softer lens", 3, lens=60.0),
    World("much sharpening", 4, sharpen=1.8),
    World("little sharpening", 5, sharpen=0.8),
    World("background well suppressed", 6, white=0.955),
    World("background hardly suppressed", 7, white=0.99),
    World("a steep tone curve, late", 8, steep=7.0, middle=0.6),
    World("a gentle tone curve, early", 9, steep=3.5, middle=0.5),
    World("halftone of lines, 106 lpi", 10, halftone="lines", lines=106),
    World("halftone of noise", 11, halftone="noise"),
    World("no halftone", 12, halftone="none"),
    World("laid 2° askew", 13, skew=2.0),
    World("grainy paper, noisy sensor", 14, grain=0.012, noise=0.012),
    World("a sharp eye at 25 cm", 15, distance=250_000, acuity=0.8),
    World("an eye at 40 cm", 16, distance=400_000),
    World("dense ink, hard edges", 17, density=1.8, hard=0.15),
    World("gain a fifth less", 18, gain=0.8),
    World("gain a fifth more", 19, gain=1.2),
    World("gain more in the paper", 20, mechanical=0.35),
    World("gain more in the ink", 21, mechanical=0.65),
)
MODES = {"text": (1.2, -0.01, 2.0), "mixed": (1.0, 0.0, 0.0), "colour": (0.8, 0.01, -1.0)}  # on sharpen, white, steep
COPIES = (("text", 300), ("mixed", 400), ("text", 600), ("mixed", 600), ("colour", 600))


class Verdict(NamedTuple):
    """What is seen of the word: Weber contrast, contrast to noise of patches as wide as a stroke, best correlation anywhere
    within 3 mm."""

    weber: float
    cnr: float
    correlation: float


class Press(NamedTuple):
    """What makes a press's tone value increase: edges' blur and spread, light's way in the paper."""

    blur: float
    spread: float
    scatter: float


def printed(ink: Picture, ground: tuple[float, float, float], press: Press, world: World) -> Picture:
    """Reflectances of a print, colours first, at 1200 dpi; `ink` is 1 where a dot is black, at 2400."""
    soft = _filtered(ink, _gauss(press.blur))
    level = 0.5 * math.erfc(press.spread / press.blur / math.sqrt(2))
    covered = 1 / (1 + np.exp(-(soft - level) / (world.hard / 4)))
    through = 10 ** (-world.density / 2 * covered)
    lit = through * _filtered(through, _exponential(press.scatter))
    random = np.random.default_rng(_PAPER)
    mottle = _filtered(random.standard_normal(ink.shape, np.float32), _gauss(40.0))
    mottle *= world.grain / mottle.std()
    lit = np.clip(lit + mottle, 0.001, 1.2)
    rows, columns = (length // 2 for length in lit.shape)
    half = lit[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).mean((1, 3))
    return np.stack([np.float32(paper) * half for paper in ground])


def round_dots() -> Picture:
    """A tint of 40 % at 150 lpi and 2400 dpi: 1 is ink."""
    y, x = np.mgrid[:160, :160] % 16 - 7.5
    reach = np.sort((x**2 + y**2).ravel())[int(0.4 * x.size)]
    return (x**2 + y**2 < reach).astype(np.float32)


def tone_value(press: Press, world: World) -> float:
    """The optical tone value of a 40 % tint of round dots at 150 lpi (Murray-Davies)."""
    ink = round_dots()
    tint, full = (printed(tone, (1.0, 1.0, 1.0), press, world._replace(grain=1e-9)).mean() for tone in (ink, np.ones_like(ink)))
    return float((1 - tint) / (1 - full))


def press_of(wanted: float, blur: float, world: World) -> Press:
    """The press whose 40 % tint comes out as `wanted`: part by spread, the rest by scattering."""
    part = 0.4 + (wanted - 0.4) * world.mechanical
    spread = _solved(lambda size: tone_value(Press(blur, size, 0.01), world), part, 0.0, 2 * blur)
    return Press(blur, spread, _solved(lambda way: tone_value(Press(blur, spread, way), world), wanted, 0.01, 200.0))


def _solved(found, wanted: float, low: float, high: float) -> float:  # type: ignore[no-untyped-def]
    for _ in range(18):
        middle = (low + high) / 2
        low, high = (middle, high) if found(middle) < wanted else (low, middle)
    return (low + high) / 2


def copied(print_: Picture, dpi: int, mode: str, world: World) -> Picture:
    """A copy of a print, reflectances at 600 dpi, colours first where the machine copies in colour."""
    more, lighter, steeper = MODES[mode]
    world = world._replace(sharpen=world.sharpen * more, white=world.white + lighter, steep=world.steep + steeper)
    random = np.random.default_rng(world.seed + dpi)
    light = print_ if mode == "colour" else np.tensordot([0.25, 0.65, 0.1], print_, 1)[None]
    scans = [_scanned(plane, dpi, world, random) for plane in light]
    levels = np.stack(scans) ** (1 / 2.2)
    levels += world.sharpen * (levels - np.stack([_filtered(plane, _gauss(world.around), dpi) for plane in levels]))
    counts, edges = np.histogram(levels.mean(0), 200)
    levels /= edges[counts.argmax()] * world.white
    black, white = (_bent(np.float64(end), world) for end in (0.0, 1.0))
    levels = np.clip((_bent(np.clip(levels, 0, 1.2), world) - black) / (white - black), 0, 1)
    large = np.stack([_resized(plane, _OUT / dpi) for plane in levels**2.2])
    return np.stack([_toned(_drawn(plane, world, random), world) for plane in large])


def _bent(level: Picture, world: World) -> Picture:
    return np.asarray(np.tanh(world.steep / 2 * (level - world.middle)))


def _scanned(plane: Picture, dpi: int, world: World, random: np.random.Generator) -> Picture:
    lens, aperture = _gauss(world.lens), _aperture(_INCH / dpi)
    soft = _filtered(plane, lambda y, x: lens(y, x) * aperture(y, x), _SENSOR)
    rows, columns = (length * dpi // _SENSOR for length in plane.shape)
    turn, (down, right) = math.radians(world.skew), random.random(2)
    y, x = np.mgrid[:rows, :columns] + 0.0
    y, x = y + down - rows / 2, x + right - columns / 2
    at = [
        np.clip((length / 2 + part * _SENSOR / dpi).astype(int), 0, length - 1)
        for length, part in zip(
            plane.shape, (y * math.cos(turn) + x * math.sin(turn), x * math.cos(turn) - y * math.sin(turn)), strict=True
        )
    ]
    scan = soft[at[0], at[1]]
    return np.asarray(np.clip(scan + random.normal(0, world.noise, scan.shape) * np.sqrt(np.maximum(scan, 0.05)), 0.001, 1))


def _drawn(light: Picture, world: World, random: np.random.Generator) -> Picture:
    """A copier's halftone: 1 where toner is."""
    if world.halftone == "none":
        return 1 - light
    y, x = np.mgrid[: light.shape[0], : light.shape[1]]
    if world.halftone == "noise":
        white = random.normal(0, 1, light.shape)
        spot = white - _filtered(white, _gauss(60.0), _OUT)
    else:
        turn = math.tau * world.lines / _OUT
        along, across = (x * math.cos(0.6) + y * math.sin(0.6)) * turn, (y * math.cos(0.6) - x * math.sin(0.6)) * turn
        spot = np.cos(along) + (np.cos(across) if world.halftone == "dots" else 1e-3 * np.cos(across))
    level = np.argsort(np.argsort(spot, axis=None), kind="stable").reshape(spot.shape) / spot.size
    return (light <= level).astype(float)


def _toned(toner: Picture, world: World) -> Picture:
    soft = np.clip(_filtered(toner, _gauss(world.toner), _OUT) * 1.1, 0, 1)
    through = 10 ** (-0.7 * soft)
    return through * _filtered(through, _exponential(30.0), _OUT)


def judged(picture: Picture, dpi: int, shape: Bits, free: Bits, world: World) -> Verdict:
    """What the eye has of a print or copy; `shape` is the word's and `free` where nothing else is, both at 300 dpi."""
    grey = picture[0] if len(picture) == 1 else np.tensordot([0.2126, 0.7152, 0.0722], picture, 1)
    eye = world.distance * math.tan(math.radians(world.acuity / 60))
    fold = dpi // _SEEN
    seen = _filtered(grey, _gauss(eye), dpi)
    rows, columns = (min(a // fold, b) for a, b in zip(seen.shape, free.shape, strict=True))
    seen = seen[: rows * fold, : columns * fold].reshape(rows, fold, columns, fold).mean((1, 3))
    shape, free = shape[:rows, :columns], free[:rows, :columns]
    word, ground = seen[free & shape].mean(), seen[free & ~shape].mean()
    return Verdict(float((ground - word) / ground), _cnr(seen, shape, free), _best(seen, shape, free))


def _cnr(seen: Picture, shape: Bits, free: Bits) -> float:
    """Means of patches of 0.8 mm that lie wholly in the word or wholly beside it."""
    edge = round(800 * _SEEN / _INCH)
    rows, columns = (length // edge for length in seen.shape)
    patches, inside, whole = (
        part[: rows * edge, : columns * edge].astype(float).reshape(rows, edge, columns, edge).mean((1, 3))
        for part in (seen, shape, free)
    )
    word, ground = patches[(inside > 0.95) & (whole == 1)], patches[(inside < 0.05) & (whole == 1)]
    if min(len(word), len(ground)) < 5:
        return math.nan
    return float((ground.mean() - word.mean()) / math.sqrt((word.var() + ground.var()) / 2))


def _best(seen: Picture, shape: Bits, free: Bits) -> float:
    """The greatest correlation, darker or lighter, with the word moved up to 3 mm."""
    calm = _filtered(np.where(free, seen, seen[free].mean()), _gauss(250.0), _SEEN)
    found = []
    for down in range(-36, 37, 4):
        for right in range(-36, 37, 4):
            moved = np.roll(shape, (down, right), (0, 1))[free]
            found.append(abs(np.corrcoef(calm[free], moved)[0, 1]) if moved.any() and not moved.all() else 0.0)
    return float(max(found))


def _filtered(picture: Picture, response, dpi: int = _FINE) -> Picture:  # type: ignore[no-untyped-def]
    """A picture through a filter (its response to cycles per µm), mirrored at its edges."""
    reach = min(48 * dpi // 600, *picture.shape)
    bottom, right = (length + reach for length in picture.shape)
    spare = [_quick(length + 2 * reach) - length - reach for length in picture.shape]
    wide = np.pad(picture.astype(np.float32), [(reach, more) for more in spare], "symmetric")
    y, x = np.fft.fftfreq(wide.shape[0], _INCH / dpi), np.fft.rfftfreq(wide.shape[1], _INCH / dpi)
    done = np.fft.irfft2(np.fft.rfft2(wide) * response(y[:, None], x[None]), wide.shape)
    return np.asarray(done[reach:bottom, reach:right], np.float32)


def _quick(length: int) -> int:
    """The next length that a Fourier transform is quick with."""
    return next(size for size in count(length) if 2**30 % (size // math.gcd(size, 3**6 * 5**3)) == 0)


def _gauss(deviation: float):  # type: ignore[no-untyped-def]
    return lambda y, x: np.exp(-2 * (math.pi * deviation) ** 2 * (x**2 + y**2))


def _exponential(way: float):  # type: ignore[no-untyped-def]
    """Light that wanders, its way in the plane spread exponentially: long tails."""
    return lambda y, x: (1 + (math.tau * way) ** 2 * (x**2 + y**2)) ** -1.5


def _aperture(edge: float):  # type: ignore[no-untyped-def]
    return lambda y, x: np.sinc(edge * x) * np.sinc(edge * y)


def _resized(plane: Picture, by: float) -> Picture:
    """Enlarged with linear interpolation."""
    for axis in (0, 1):
        length = plane.shape[axis]
        at = np.clip((np.arange(round(length * by)) + 0.5) / by - 0.5, 0, length - 1)
        low = np.minimum(at.astype(int), length - 2)
        part = np.expand_dims(at - low, 1 - axis)
        plane = plane.take(low, axis) * (1 - part) + plane.take(low + 1, axis) * part
    return plane
