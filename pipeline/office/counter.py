"""The commands `shikaku desk …`: the counter's page, and who may log in to it."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.base.problems import Problem, UsageError
from pipeline.office.answers import Answer
from pipeline.office.books import By, Json, LedgerUrl, Out, shop_with_ledger
from pipeline.office.shop import Shop

desk = typer.Typer(help="窓口の画面：1 枚ずつの再交付と、その記録。", invoke_without_command=True)
account = typer.Typer(help="窓口の画面の利用者。", no_args_is_help=True)
desk.add_typer(account, name="account")

Name = Annotated[str, typer.Argument(metavar="NAME", help="利用者の名前。")]


@desk.callback()
def serve_desk(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="ポート番号（0 は空いているもの）。")] = 8787,
    origin: Annotated[
        list[str] | None, typer.Option("--origin", help="前に置いたプロキシのアドレス https://名前（繰り返し可）。")
    ] = None,
    oidc: Annotated[Path | None, typer.Option("--oidc", help="組織の OpenID プロバイダーを記した YAML ファイル。")] = None,
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer | None:
    """窓口の画面を開きます（このパソコンの中だけ。ほかのパソコンへは https のプロキシを置いてください）。"""
    if context.invoked_subcommand:
        return None
    from pipeline.office.desk.app import serve

    if any(not re.fullmatch(r"https://[a-z0-9.-]+(:\d{1,5})?", one) for one in origin or ()):
        raise UsageError(Problem("desk-bad-origin", "--origin"))

    def ready(address: str) -> None:
        if not json:
            print(f"窓口　{address}　（終わるときは Ctrl-C）", flush=True)

    serve(Shop(out, ledger), port, origin or [], ready, provider=oidc)
    return Answer(["窓口の画面を終わりました。"], {"desk": "ended"})


@account.command("add")
def add(
    name: Name,
    role: Annotated[str, typer.Option("--role", help="operator、approver、auditor、administrator のいずれか。")],
    by: By = "",
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """利用者を登録します。パスワードは標準入力から 1 行で読みます。"""
    from pipeline.office import job
    from pipeline.office.desk import accounts

    with job.open_ledger(Shop(out, ledger, by=by)) as opened:
        accounts.add(opened, name, role, _password())
    return Answer([f"利用者 {name} を登録しました。"], {"account": name, "role": role})


@account.command("change")
def change(
    name: Name,
    close: Annotated[bool, typer.Option("--close", help="利用を停止します。")] = False,
    unlock: Annotated[bool, typer.Option("--unlock", help="間違いが続いて止まった利用者を、利用できるようにします。")] = False,
    by: By = "",
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """パスワードを付け直します（標準入力から 1 行）。--close は停止、--unlock は再開です。"""
    from pipeline.office import job
    from pipeline.office.desk import accounts

    with job.open_ledger(shop_with_ledger(out, ledger, by)) as opened:
        accounts.change(opened, name, None if close or unlock else _password(), close)
    return Answer([f"利用者 {name} を変更しました。"], {"account": name})


@account.command("list")
def listed(out: Out = None, ledger: LedgerUrl = "", json: Json = False) -> Answer:
    """利用者の一覧を示します。"""
    from pipeline.office import job
    from pipeline.office.desk import accounts

    with job.open_ledger(shop_with_ledger(out, ledger)) as opened:
        found = accounts.known(opened)
    rows = [{"account": one.name, "role": one.role, "state": one.state, "locked_until": one.locked_until} for one in found]
    return Answer([f"{one.name}　{one.role}　{one.state}" for one in found], {"accounts": rows})


def _password() -> str:
    """What stands in the first line of standard input; asked for, and not shown, where somebody sits there."""
    if sys.stdin.isatty():
        return str(typer.prompt("パスワード", hide_input=True, confirmation_prompt="もう一度"))
    return sys.stdin.readline().rstrip("\n")
