"""What a calibration found, told: the gain, every wedge's patches against the model, and the screens that follow."""

from collections.abc import Iterator
from typing import Any

from pipeline.craft.channel import Gain
from pipeline.craft.press_profiles import FOLDER
from pipeline.office.calibration import Measured

_NAMES = {"blur": "縁のぼけ", "spread": "インキの広がり", "scatter": "紙の中の光の広がり"}
_CURVES = {"srgb": "sRGB", "linear": "リニア"}
_UNSURE = 0.25  # standard error to the figure from which on it is said


def lines(made: Measured) -> list[str]:
    """The report in Japanese, line by line."""
    told = [f"印刷プロファイル　{made.path}"]
    if made.scan:
        told.append(
            f"スキャン　傾き {made.scan.turned:+.2f}°・大きさ {100 * made.scan.size:.2f}%・トーン {_CURVES[made.curve]}"
        )
    for name, title in _NAMES.items():
        value, error = getattr(made.fit.gain, name), getattr(made.fit.error, name)
        unsure = "　（この値は、測定からはよく決まりません）" if error > _UNSURE * abs(value) else ""
        told.append(f"{title}　{value:.1f} µm ± {error:.1f}{unsure}")
    told += _wedges(made)
    patch, off = made.fit.farthest
    told.append(f"ずれの平均　{100 * made.fit.rms:.2f}%（最も大きいのは {patch} の {100 * off:+.2f}%）")
    coarse, fine = made.screens
    told.append(f"地紋の濃さ　粗い網点 {100 * coarse.tone:.1f}% に、細かい網点 {100 * fine.tone:.1f}% が同じ濃さに見えます")
    told.append(f"目視の窓　　{_window(made)}")
    there = "" if made.path.parent.name == FOLDER else f"layouts/{FOLDER} に置き、"
    told.append(f"次の手順　{there}layout.yaml の pantograph の profile に {made.path.stem} と書くと使われます。")
    return told


def _wedges(made: Measured) -> Iterator[str]:
    """Of every wedge: its patches' tones as given, as measured, and what the model leaves over; percent."""
    for wedge in made.chart.wedges:
        yield f"{wedge.id}　{wedge.lines:.0f} 線／インチ"
        measured = [(patch.tone, *made.fit.areas[patch.id]) for patch in wedge.patches]
        yield "　　データ　" + _row(tone for tone, _, _ in measured)
        yield "　　実測　　" + _row(found for _, found, _ in measured)
        yield "　　ずれ　　" + "".join(_off(found - model) for _, found, model in measured)


def _row(values: Iterator[float]) -> str:
    return "".join(f"{100 * value:7.2f}" for value in values)


def _off(share: float) -> str:
    return f"{round(100 * share, 2) + 0.0:+7.2f}"


def _window(made: Measured) -> str:
    """Which window of the form's last strip should vanish."""
    tones = [screen.tone for screen in made.chart.match[1]]
    tone = made.screens.fine.tone
    if not tones[0] <= tone <= tones[-1]:
        return "どの窓も、まわりと同じにはならないはずです（細かい網点の濃さが、窓の範囲の外です）"
    nearest = min(range(len(tones)), key=lambda n: abs(tones[n] - tone))
    return f"V{nearest + 1}（{100 * tones[nearest]:.1f}%）が最も見えにくいはずです。違えば、測り直してください"


def as_json(made: Measured) -> dict[str, Any]:
    """The report for `--json`; lengths in µm, tones and areas as shares."""
    return {
        "file": str(made.path),
        "form": made.chart.code,
        "gain": _told(made.fit.gain),
        "error": _told(made.fit.error),
        "rms": round(made.fit.rms, 5),
        "patches": {
            patch.id: dict(zip(("tone", "measured", "modelled"), _rounded(patch.tone, *made.fit.areas[patch.id]), strict=True))
            for patch in made.chart.screened
        },
        "coarse": round(made.screens.coarse.tone, 5),
        "fine": round(made.screens.fine.tone, 5),
        "tone": made.curve or None,
        "turned": round(made.scan.turned, 3) if made.scan else None,
        "size": round(made.scan.size, 5) if made.scan else None,
    }


def _told(gain: Gain) -> dict[str, float]:
    return {name: round(value, 2) for name, value in gain._asdict().items()}


def _rounded(*values: float) -> list[float]:
    return [round(value, 5) for value in values]
