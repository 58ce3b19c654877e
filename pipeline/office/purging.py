"""The command `shikaku purge`: what was kept long enough, and its erasure."""

from typing import Annotated

import typer

from pipeline.base.problems import Problem, UsageError
from pipeline.office.answers import Answer
from pipeline.office.books import By, Json, LedgerUrl, Out, shop_with_ledger
from pipeline.office.commands import day_of


def purge(
    issuer: Annotated[str, typer.Option("--issuer", help="この保険者だけ。")] = "",
    order: Annotated[list[str] | None, typer.Option("--order", help="この注文だけ（繰り返し可）。")] = None,
    erase: Annotated[bool, typer.Option("--erase", help="表示した注文の個人データを消去します。元に戻せません。")] = False,
    reason: Annotated[str, typer.Option("--reason", help="消去の理由。監査記録に残ります（--erase に必要）。")] = "",
    day: Annotated[
        str, typer.Option("--day", help="この日に期限を過ぎているもの YYYY-MM-DD（省略時は今日。先の日は消去できません）。")
    ] = "",
    by: By = "",
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """保存期間を過ぎた注文を表示します。--erase を付けると、その個人データを鍵とファイルごと消去します。"""
    from pipeline.office import erasure, job
    from pipeline.office.remakes import reason_of

    shop = shop_with_ledger(out, ledger, by)
    wanted = day_of(day, "--day") or shop.today()
    if erase and wanted > shop.today():
        raise UsageError(Problem("purge-day-to-come", "--day", {"day": wanted}))
    why = reason_of(reason) if erase else ""
    with job.open_ledger(shop) as book:
        found = erasure.chosen(erasure.due(book, shop, wanted, issuer), order or ())
        done = erasure.erase(book, shop, found, why) if erase else []
    rows = [
        {
            "order": one.kept.order,
            "issuer": one.kept.issuer,
            "pieces": one.kept.pieces,
            "due": one.since.isoformat(),
            "begun": one.begun,
        }
        for one in found
    ]
    if erase:
        said = [f"{one.order}　個人データを消去しました（ファイル {one.files:,} 件）。" for one in done]
        return Answer(said or ["保存期間を過ぎた注文はありません。"], {"due": rows, "erased": [one._asdict() for one in done]})
    said = [
        f"{row['order']}　{row['due']} から　券面 {row['pieces']:,} 件" + ("　消去が途中です" if row["begun"] else "")
        for row in rows
    ]
    last = "消去するには --erase と --reason を付けてください。" if rows else "保存期間を過ぎた注文はありません。"
    return Answer([*said, last], {"due": rows, "erased": []})
