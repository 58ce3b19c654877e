"""The command `shikaku`. Owner of `typer`. Messages are Japanese; exit codes stand with the error classes."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated, Any, NoReturn

import typer

from pipeline.base.problems import MemberError, Problem, ShikakuError, UsageError
from pipeline.office import authenticity, bookkeeping, calibrating, delivering, proofing, purging
from pipeline.office.answers import Answer, give, interrupted, refusal, unexpected
from pipeline.office.books import By, Day, IssuerId, Json, LedgerUrl, Out, key_of, shop_with_ledger
from pipeline.office.commands import day_of
from pipeline.office.commands import run_order as _order
from pipeline.office.counter import desk
from pipeline.office.designers import designers
from pipeline.office.memory import spare_collections
from pipeline.office.order import ProduceRequest, ReissueRequest
from pipeline.office.progress import Bar
from pipeline.office.returns import returns
from pipeline.office.shop import Shop
from pipeline.rules.numbers import holds_my_number

app = typer.Typer(
    name="shikaku",
    help="資格確認書・資格情報のお知らせを、加入者データから検証済みの印刷データにします。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_TO_THE_MEMBER = "handoff の中の PDF を事務所のプリンターで印刷し、前のものがあれば回収してください。"
app.add_typer(returns)
app.add_typer(bookkeeping.ledger_commands, name="ledger")
app.add_typer(delivering.keys, name="key")
for _command in (delivering.package, delivering.check_package, proofing.proof, proofing.approve, proofing.approvals):
    app.command()(_command)
app.command()(calibrating.calibrate)
app.command()(purging.purge)
app.command()(authenticity.check_code)
app.add_typer(designers)
app.add_typer(desk, name="desk")

Only = Annotated[list[str] | None, typer.Option("--only", help="この帳票だけを作ります（繰り返し可）。")]
Workers = Annotated[int, typer.Option("--workers", min=0, help="並列数（0 は CPU の数）。")]


def main() -> NoReturn:
    """Run the command and leave with its exit code."""
    spare_collections()
    sys.exit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run one command; its exit code. Never a traceback for a user; with --json one object on stdout, whatever happens."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        answer = _asked(words)
        give(answer, "--json" in words)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has gone, e.g. `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return answer.exit_code


def _asked(words: Sequence[str]) -> Answer:
    if any(map(holds_my_number, words)):  # a file's name, a reason: it would stand in lists, messages and the ledger
        return refusal(UsageError(Problem("usage-my-number", "shikaku")))
    try:
        answer = app(list(words), prog_name="shikaku", standalone_mode=False)
    except ShikakuError as fault:
        return refusal(fault)
    except typer.TyperException as fault:
        return refusal(UsageError(_misused(fault)))
    except (KeyboardInterrupt, typer.Abort):
        return interrupted(Shop().out)
    except BrokenPipeError:
        raise
    except Exception as fault:
        return unexpected(fault)
    return answer if isinstance(answer, Answer) else Answer(exit_code=answer if isinstance(answer, int) else 0)


def _misused(fault: Any) -> Problem:
    """What typer says of the command's words, as a problem."""
    context = fault.ctx
    command = context.command_path.removeprefix("shikaku").strip() if context else ""
    values = {"command": f"shikaku {command} --help".replace("  ", " ")}
    place = f"shikaku {command}".strip()
    if option := getattr(fault, "option_name", None):
        return Problem("usage-unknown-option", place, {**values, "name": option})
    parameter = getattr(fault, "param", None)
    name = max(parameter.opts, key=len) if parameter else ""
    name = name if name.startswith("-") else name.upper()
    if type(fault).__name__ == "MissingParameter":
        return Problem("usage-missing", place, {**values, "name": name})
    if not fault.message or "\n" in fault.message:  # no words at all: typer answers with the whole help
        return Problem("usage-missing", place, {**values, "name": "COMMAND"})
    return Problem("usage-wrong", place, {**values, "reason": f"{name} {fault.message}".strip()})


@app.command()
def produce(
    members: Annotated[list[Path], typer.Argument(help="加入者ファイル（CSV または XLSX）。")],
    issuer: IssuerId,
    day: Day = "",
    cutoff: Annotated[str, typer.Option("--cutoff", help="データの抽出日 YYYY-MM-DD（省略時は交付日）。")] = "",
    only: Only = None,
    out: Out = None,
    workers: Workers = 0,
    ledger: LedgerUrl = "",
    strict: Annotated[bool, typer.Option("--strict", help="保留が 1 件でもあれば、何も交付せずに止めます。")] = False,
    json: Json = False,
) -> Answer:
    """加入者ファイルから、検査済みの面付け PDF・作業票・台帳までを作ります。"""
    from pipeline.office import job

    shop = Shop(out, ledger)
    issued = day_of(day, "--day") or shop.today()
    extracted = day_of(cutoff, "--cutoff") or issued
    if missing := [path for path in members if not path.is_file()]:
        raise MemberError(Problem("member-file-missing", path.name, {"name": path.name}) for path in missing)
    request = ProduceRequest(tuple(members), issuer, issued, extracted, tuple(only or ()), workers, strict)
    return _order(shop, lambda bar: job.produce(request, shop, bar))


@app.command()
def resume(
    folder: Annotated[Path, typer.Argument(metavar="ORDER_DIR", help="途中で切れた注文のフォルダー。")],
    workers: Workers = 0,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """途中で切れた注文を最後まで行います。完了していれば、そう伝えて終わります。"""
    from pipeline.office import job

    shop = shop_with_ledger(folder.resolve().parent, ledger)
    return _order(shop, lambda bar: job.resume(folder, shop, bar, workers))


@app.command()
def cancel(
    folder: Annotated[Path, typer.Argument(metavar="ORDER_DIR", help="途中で切れた注文のフォルダー。")],
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """1 ロットも引き渡していない、途中の注文を取り消します。何も交付されません。"""
    from pipeline.office import job

    shop = shop_with_ledger(folder.resolve().parent, ledger)
    job.cancel(folder, shop)
    name = folder.resolve().name
    return Answer([f"注文 {name} を取り消しました。何も交付していません。"], {"order": name})


@app.command()
def reissue(
    key: Annotated[str, typer.Argument(metavar="KEY", help="保険者番号:記号:番号:枝番")],
    issuer: IssuerId,
    reason: Annotated[
        str, typer.Option("--reason", help="理由：lost（紛失）、damage（き損）、theft（盗難）、disaster（災害）など。")
    ],
    fee: Annotated[str, typer.Option("--fee", help="手数料：paid（受領済み）、waived（免除）。")] = "",
    day: Day = "",
    only: Only = None,
    by: By = "",
    again: Annotated[bool, typer.Option("--again", help="同じ日に再交付したものを、もう一度再交付します。")] = False,
    members: Annotated[
        Path | None,
        typer.Option("--members", help="変更後の記録がある加入者ファイル（理由が name-change か correction のとき）。"),
    ] = None,
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """1 人分を、窓口のプリンター用に作り直します。前の発行は無効になります。"""
    from pipeline.office import job

    wanted, asked_day = key_of(key), day_of(day, "--day")
    shop = shop_with_ledger(out, ledger, by)
    request = ReissueRequest(
        wanted, issuer, asked_day or shop.today(), reason, fee, tuple(only or ()), again, files=(members,) if members else ()
    )
    return _order(shop, lambda bar: job.reissue(request, shop, bar), _TO_THE_MEMBER)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="LOT_DIR", help="引き渡したロットのフォルダー。")],
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """ロットの PDF を読み戻し、台帳と照合します。"""
    from pipeline.office import job

    lot_folder = folder.resolve()
    if not lot_folder.is_dir() or len(lot_folder.parents) < 3:
        raise UsageError(Problem("usage-no-folder", folder.name, {"name": folder.name}))
    shop = shop_with_ledger(lot_folder.parents[2], ledger)
    with Bar(shop.seconds) as bar:
        lot = job.verify(lot_folder, shop, bar)
    content = {"lot": lot.name, "documents": lot.documents, "sheets": lot.sheets, "parts": lot.parts}
    said = [f"{lot.name}：{lot.documents:,} 件（{lot.sheets:,} シート）を読み戻し、台帳の内容と一致しました。"]
    if lot.spoiled:
        said.append(f"うち {lot.spoiled:,} 件は損紙で無効です（再作成済み {lot.remade:,} 件）。")
    return Answer(said, content | {"spoiled": lot.spoiled, "remade": lot.remade})


@app.command()
def explain(
    key: Annotated[str, typer.Argument(metavar="KEY", help="保険者番号:記号:番号:枝番")],
    issuer: Annotated[str, typer.Option("--issuer", help="保険者の ID（省略時は KEY の保険者番号から）。")] = "",
    members: Annotated[
        list[Path] | None, typer.Option("--members", help="判定に使う加入者ファイル（省略時は台帳の記録。繰り返し可）。")
    ] = None,
    situation: Annotated[
        list[str] | None, typer.Option("--situation", help="相談の種類：lost（紛失）、copy（コピー）など（繰り返し可）。")
    ] = None,
    day: Day = "",
    cutoff: Annotated[str, typer.Option("--cutoff", help="データの抽出日 YYYY-MM-DD（省略時は交付日）。")] = "",
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """1 人について、どの書類が交付されるか・されないか、その理由と規則、窓口での案内を示します。"""
    from pipeline.office import explain as telling
    from pipeline.office import explanation

    wanted, shop = key_of(key), Shop(out, ledger)
    issued = day_of(day, "--day") or shop.today()
    extracted = day_of(cutoff, "--cutoff") or issued
    if missing := [path for path in members or () if not path.is_file()]:
        raise MemberError(Problem("member-file-missing", path.name, {"name": path.name}) for path in missing)
    found = explanation.explain(wanted, issuer, members or (), situation or (), issued, extracted, shop)
    if json:
        return Answer((), telling.as_json(found))
    return Answer(telling.lines(found, get_terminal_size().columns if sys.stdout.isatty() else 0))


@app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="調べるもの（省略時は layouts 全体）。")
    ] = None,
    json: Json = False,
) -> Answer:
    """レイアウト・保険者・用紙・加入者ファイルを調べ、問題をすべて示します。"""
    from pipeline.office.lint import lint

    checked, faults = lint(paths or [], Shop())
    problems = [problem for fault in faults for problem in fault.problems]
    codes = [fault.exit_code for fault in faults]
    exit_code = next((code for code in (3, 5, 4, *codes) if code in codes), 0)
    told = f"{checked} 件を調べました。" + ("問題があります。" if problems else "問題はありません。")
    return Answer([], {"checked": checked}, exit_code, problems, "", [told])
