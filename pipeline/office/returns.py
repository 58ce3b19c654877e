"""The commands for lots that were handed off: remake, spoil, accept, complete."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.base.problems import Problem, UsageError
from pipeline.office.answers import Answer
from pipeline.office.books import By, Json, LedgerUrl, shop_with_ledger
from pipeline.office.commands import day_of, run_order
from pipeline.office.shop import Shop
from pipeline.office.spoils import chosen

returns = typer.Typer()

_AGAIN_TO_THE_PRINTER = "handoff の中のフォルダーを、そのまま印刷会社へお渡しください。前の券面は無効です。"

LotDir = Annotated[Path, typer.Argument(metavar="LOT_DIR", help="引き渡したロットのフォルダー。")]
Sheet = Annotated[list[str] | None, typer.Option("--sheet", help="シートの番号。12,40-44 のように並べられます（繰り返し可）。")]
Slot = Annotated[list[int] | None, typer.Option("--slot", min=1, help="シートの中の面の番号（省略時は全部。繰り返し可）。")]
Serial = Annotated[list[str] | None, typer.Option("--serial", help="管理番号（繰り返し可）。")]
Listed = Annotated[
    Path | None, typer.Option("--list", help="CSV の一覧。列は serial（管理番号）か、sheet（シート）と slot（面）。")
]
Reason = Annotated[str, typer.Option("--reason", help="損紙の理由。台帳に残ります。")]
Day = Annotated[str, typer.Option("--day", help="日付 YYYY-MM-DD（省略時は今日）。")]


@returns.command()
def remake(
    folder: LotDir,
    reason: Reason,
    sheet: Sheet = None,
    slot: Slot = None,
    serial: Serial = None,
    listed: Listed = None,
    by: By = "",
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """損紙を、新しい管理番号で作り直します。前の券面は無効になります。"""
    from pipeline.office import job

    named = chosen(sheet or (), slot or (), serial or (), listed)
    shop = _shop(folder, ledger, by)
    request = job.RemakeRequest(folder, named, reason)
    return run_order(shop, lambda bar: job.remake(request, shop, bar), _AGAIN_TO_THE_PRINTER)


@returns.command()
def spoil(
    folder: LotDir,
    reason: Reason,
    sheet: Sheet = None,
    slot: Slot = None,
    serial: Serial = None,
    listed: Listed = None,
    write_off: Annotated[bool, typer.Option("--write-off", help="作り直さないことにします（除却）。")] = False,
    by: By = "",
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """損紙を記録します。記録した券面は無効です。作り直しは remake で行います。"""
    from pipeline.office import job

    named = chosen(sheet or (), slot or (), serial or (), listed)
    shop = _shop(folder, ledger, by)
    with job.open_ledger(shop) as book:
        serials = job.spoil(book, shop, folder, named, reason, write_off)
    done = "作り直さない損紙" if write_off else "損紙"
    return Answer(
        [f"{done}を {len(serials):,} 件記録しました。", *serials], {"spoiled": list(serials), "written_off": write_off}
    )


@returns.command()
def accept(
    folder: LotDir,
    delivered: Annotated[int | None, typer.Option("--delivered", help="納品された件数（納品）。")] = None,
    good: Annotated[int | None, typer.Option("--good", help="良品の件数（検収）。")] = None,
    day: Day = "",
    by: By = "",
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """ロットの納品と検収を記録します。引渡数 ＝ 良品 ＋ 損紙 でなければ記録しません。"""
    from pipeline.office import job

    asked = day_of(day, "--day")
    shop = _shop(folder, ledger, by)
    with job.open_ledger(shop) as book:
        lot = job.receive(book, shop, job.Received(folder, asked or shop.today(), delivered, good))
    told = f"{lot.lot}：引渡 {lot.handed_over:,}・納品 {lot.delivered:,}"
    if lot.good is not None:
        told += (
            f"・良品 {lot.good:,}・損紙 {lot.spoiled:,}（再作成 {lot.remade:,}・除却 {lot.written_off:,}・未処理 {lot.open:,}）"
        )
    return Answer([told], lot._asdict() | {"spoiled": lot.spoiled})


@returns.command()
def complete(
    folder: Annotated[Path, typer.Argument(metavar="ORDER_DIR", help="注文のフォルダー。")],
    day: Day = "",
    by: By = "",
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """全ロットの検収がすんだ注文を締め、完了報告書（office の PDF・CSV・JSON）を作ります。"""
    from pipeline.office import job

    asked = day_of(day, "--day")
    if not folder.is_dir():
        raise UsageError(Problem("usage-no-folder", folder.name, {"name": folder.name}))
    shop = shop_with_ledger(folder.resolve().parent, ledger, by)
    with job.open_ledger(shop) as book:
        done = job.complete(book, shop, folder, asked or shop.today())
    sums = done.report["totals"]
    lines = [] if done.finished else [f"この注文はすでに締めてあります：{done.order}"]
    lines.append(
        f"引渡 {sums['handed_over']:,} ＝ 良品 {sums['good']:,} ＋ 再作成 {sums['remade']:,} ＋ 除却 {sums['written_off']:,}"
        f"（交付 {sums['issued']:,}）"
    )
    lines += [f"完了報告　{path}" for path in done.files]
    return Answer(lines, {**done.report, "finished": done.finished})


def _shop(folder: Path, ledger: str, by: str) -> Shop:
    """The shop of a lot's folder, output/<order>/handoff/<lot>."""
    there = folder.resolve()
    if not there.is_dir() or len(there.parents) < 3:
        raise UsageError(Problem("usage-no-folder", folder.name, {"name": folder.name}))
    return shop_with_ledger(there.parents[2], ledger, by)
