"""The command `calibrate`: a test form for a press, and what its readings or its scan say of the press."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.base.problems import Problem, UsageError
from pipeline.office.answers import Answer
from pipeline.office.books import Json
from pipeline.office.commands import day_of
from pipeline.office.shop import Shop


def calibrate(
    sheet: Annotated[str, typer.Argument(metavar="SHEET", help="用紙（layouts/sheets のファイル名）。")],
    profile: Annotated[
        str,
        typer.Option("--profile", help="元にする印刷プロファイル（省略時は最も細かいもの、事務所用なら最も粗いもの）。"),
    ] = "",
    readings: Annotated[Path | None, typer.Option("--readings", help="測定した値の表（CSV・XLSX・YAML）。")] = None,
    scan: Annotated[Path | None, typer.Option("--scan", help="刷った測定用紙をスキャンした画像（PNG・TIFF）。")] = None,
    dpi: Annotated[int, typer.Option("--dpi", min=0, help="スキャンの解像度（省略時は画像に書かれたもの）。")] = 0,
    tone: Annotated[
        str, typer.Option("--tone", help="スキャンのトーンカーブ：srgb または linear（省略時はよく合う方）。")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="保存先：測定用紙は .pdf、印刷プロファイルは新しい .yaml（上書きしません）。")
    ] = None,
    day: Annotated[str, typer.Option("--day", help="測定用紙の作成日 YYYY-MM-DD（省略時は今日）。")] = "",
    json: Json = False,
) -> Answer:
    """網点の測定用紙を作り、刷って測った値（またはスキャン）から印刷プロファイルを作ります。"""
    from pipeline.office import calibration, calibration_form
    from pipeline.office.calibration_report import as_json, lines

    if (readings and scan) or ((dpi or tone) and not scan):
        raise UsageError(Problem("calibrate-one-source", "shikaku calibrate"))
    shop = Shop()
    if readings:
        measured = calibration.profile_from_readings(sheet, profile, readings, out, shop)
    elif scan:
        measured = calibration.profile_from_scan(sheet, profile, scan, dpi, tone, out, shop)
    else:
        form = calibration_form.print_form(sheet, profile, out, day_of(day, "--day") or shop.today(), shop)
        kept = "" if form.new_table else "（すでにあるため、そのまま残しました）"
        return Answer(
            [
                f"測定用紙　{form.path}（様式 {form.chart.code}、{form.chart.dpi} dpi）",
                f"測定値の表　{form.table}{kept}",
                "次の手順　拡大・縮小なしで刷り、測った値を表に書くか、スキャンしてください。手順は用紙にも書いてあります。",
            ],
            {"file": str(form.path), "readings": str(form.table), "form": form.chart.code, "dpi": form.chart.dpi},
        )
    return Answer(lines(measured), as_json(measured))
