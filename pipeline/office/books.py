"""The commands `shikaku ledger …`, and what all commands say of the ledger: its option, a member's key."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.base.problems import LedgerError, Problem, UsageError
from pipeline.office.answers import Answer
from pipeline.office.shop import Shop

books = typer.Typer(help="台帳：誰に何を交付したか。", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="結果を JSON で標準出力に書きます（進み具合は標準エラー出力）。")]
Out = Annotated[Path | None, typer.Option("--out", help="出力先フォルダー（省略時は output）。")]
LedgerUrl = Annotated[str, typer.Option("--ledger", help="台帳のファイルまたは URL（省略時は出力先の ledger.sqlite）。")]

By = Annotated[str, typer.Option("--by", help="担当者の名前。監査記録に残ります（省略時は環境変数 SHIKAKU_BY、ログイン名）。")]


IssuerId = Annotated[str, typer.Option("--issuer", help="保険者の ID（layouts/issuers のファイル名）。")]
Day = Annotated[str, typer.Option("--day", help="交付日 YYYY-MM-DD（省略時は今日）。")]


def shop_with_ledger(out: Path | None, ledger: str, by: str = "") -> Shop:
    """A shop for what looks into the ledger. LedgerError where there is none: a new one would only hide a wrong place."""
    shop = Shop(out, ledger, by=by)
    shop.check_ledger()
    return shop


def key_of(text: str) -> str:
    """The key as the ledger has it: the insurer number of eight digits."""
    found = re.fullmatch(r"(\d{6}|\d{8}):([^:]*:[^:]+:(?:\d\d)?)", text, re.ASCII)
    if not found:
        raise UsageError(Problem("usage-bad-key", "KEY"))
    return f"{found[1].zfill(8)}:{found[2]}"


@books.command("issued")
def issued(
    name: Annotated[str, typer.Argument(metavar="KEY", help="保険者番号:記号:番号:枝番、または管理番号。")],
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """1 人に交付したもの（無効になったものも）。管理番号からも引けます。"""
    from pipeline.office import ledger_inquiry

    wanted = key_of(name) if ":" in name else name
    rows = ledger_inquiry.issued(shop_with_ledger(out, ledger).ledger_url, wanted)
    if not rows:
        raise LedgerError(Problem("ledger-nothing-issued", "ledger"))
    return table_of("issued", rows, ("serial", "key", "document", "state", "piece", "issued_on", "expires_on", "order", "lot"))


@books.command("counts")
def counts(
    issuer: Annotated[str, typer.Option("--issuer", help="この保険者だけ。")] = "",
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """保険者・帳票・状態ごとの件数。"""
    from pipeline.office import job

    with job.open_ledger(shop_with_ledger(out, ledger)) as book:
        rows = book.counts(issuer or None)
    names = ("issuer", "document", "state", "count")
    return table_of("counts", [dict(zip(names, row, strict=True)) for row in rows], names)


@books.command("orders")
def orders(out: Out = None, ledger: LedgerUrl = "", json: Json = False) -> Answer:
    """すべての注文と、その状態・件数。"""
    from pipeline.office import ledger_inquiry

    rows = ledger_inquiry.orders(shop_with_ledger(out, ledger).ledger_url)
    return table_of("orders", rows, ("order", "issuer", "day", "state", "documents"))


def table_of(title: str, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> Answer:
    """Rows of the ledger as an answer."""
    lines = ["\t".join(columns)] if rows else ["ありません。"]
    lines += ["\t".join("—" if row[name] is None else str(row[name]) for name in columns) for row in rows]
    return Answer(lines, {title: rows})
