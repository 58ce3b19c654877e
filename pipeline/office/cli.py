"""The command `shikaku`. Owner of `typer`. Messages are Japanese; exit codes stand with the error classes."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.base.problems import MemberError, Problem, ShikakuError, UsageError
from pipeline.office.answers import say_error, say_json, say_order, say_problems
from pipeline.office.order import OrderReport, ProduceRequest, ReissueRequest
from pipeline.office.progress import Bar
from pipeline.office.shop import Shop

app = typer.Typer(
    name="shikaku",
    help="資格確認書・資格情報のお知らせを、加入者データから検証済みの印刷データにします。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
books = typer.Typer(help="台帳：誰に何を交付したか。", no_args_is_help=True)
app.add_typer(books, name="ledger")

Json = Annotated[bool, typer.Option("--json", help="結果を JSON で標準出力に書きます（進み具合は標準エラー出力）。")]
Out = Annotated[Path | None, typer.Option("--out", help="出力先フォルダー（省略時は output）。")]
LedgerUrl = Annotated[str, typer.Option("--ledger", help="台帳の URL（省略時は出力先の ledger.sqlite）。")]
IssuerId = Annotated[str, typer.Option("--issuer", help="保険者の ID（layouts/issuers のファイル名）。")]
Day = Annotated[str, typer.Option("--day", help="交付日 YYYY-MM-DD（省略時は今日）。")]
Only = Annotated[list[str] | None, typer.Option("--only", help="この帳票だけを作ります（繰り返し可）。")]


def main() -> None:
    """Run the command; never a traceback for a user."""
    try:
        app()
    except KeyboardInterrupt:
        print("中断しました。shikaku resume 注文フォルダー で続きから再開できます。", file=sys.stderr)
        sys.exit(130)


@app.command()
def produce(
    members: Annotated[list[Path], typer.Argument(help="加入者ファイル（CSV または XLSX）。")],
    issuer: IssuerId,
    day: Day = "",
    cutoff: Annotated[str, typer.Option("--cutoff", help="データの抽出日 YYYY-MM-DD（省略時は交付日）。")] = "",
    only: Only = None,
    out: Out = None,
    workers: Annotated[int, typer.Option("--workers", min=0, help="並列数（0 は CPU の数）。")] = 0,
    ledger: LedgerUrl = "",
    strict: Annotated[bool, typer.Option("--strict", help="保留が 1 件でもあれば、何も交付せずに止めます。")] = False,
    json: Json = False,
) -> None:
    """加入者ファイルから、検査済みの面付け PDF・作業票・台帳までを作ります。"""

    def work(shop: Shop, bar: Bar) -> OrderReport:
        from pipeline.office import job

        issued = _day(day, "--day") or shop.today()
        missing = [path for path in members if not path.is_file()]
        if missing:
            raise MemberError(Problem("member-file-missing", path.name, {"name": path.name}) for path in missing)
        request = ProduceRequest(
            tuple(members), issuer, issued, _day(cutoff, "--cutoff") or issued, tuple(only or ()), workers, strict
        )
        return job.produce(request, shop, bar)

    _order(work, out, ledger, json)


@app.command()
def resume(
    folder: Annotated[Path, typer.Argument(help="途中で切れた注文のフォルダー。")],
    workers: Annotated[int, typer.Option("--workers", min=0)] = 0,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> None:
    """途中で切れた注文を最後まで行います。完了していれば、そう伝えて終わります。"""

    def work(shop: Shop, bar: Bar) -> OrderReport:
        from pipeline.office import job

        return job.resume(folder, shop, bar, workers)

    _order(work, folder.absolute().parent, ledger, json)


@app.command()
def reissue(
    key: Annotated[str, typer.Argument(help="保険者番号:記号:番号:枝番")],
    issuer: IssuerId,
    reason: Annotated[str, typer.Option("--reason", help="紛失・き損・盗難・天災 などの理由。")],
    fee: Annotated[str, typer.Option("--fee", help="paid（納付済み）、waived（免除）など。")] = "",
    day: Day = "",
    only: Only = None,
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> None:
    """1 人分を、窓口のプリンター用に作り直します。前の発行は無効になります。"""

    def work(shop: Shop, bar: Bar) -> OrderReport:
        from pipeline.office import job

        issued = _day(day, "--day") or shop.today()
        return job.reissue(ReissueRequest(key, issuer, issued, reason, fee, tuple(only or ())), shop, bar)

    _order(work, out, ledger, json)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="引き渡したロットのフォルダー。")],
    ledger: LedgerUrl = "",
    json: Json = False,
) -> None:
    """ロットの PDF を読み戻し、台帳と照合します。"""

    def work() -> None:
        from pipeline.office import job

        with Bar() as bar:
            lot = job.verify(folder, Shop(folder.absolute().parents[2], ledger), bar)
        if json:
            say_json({"ok": True, "lot": lot.name, "documents": lot.documents, "sheets": lot.sheets, "parts": lot.parts})
        else:
            print(f"{lot.name}：{lot.documents:,} 件（{lot.sheets:,} シート）を読み戻し、台帳と一致しました。")

    _run(work, json)


@app.command()
def proof(
    document: Annotated[str, typer.Argument(metavar="TYPE", help="帳票の種類。")],
    issuer: IssuerId,
    sample: Annotated[str, typer.Option("--sample", help="見本の加入者の名前（fixtures/samples.yaml）。")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="保存先（.pdf または .png）。")] = None,
    day: Day = "",
    json: Json = False,
) -> None:
    """見本を 1 部作ります（「見本」の文字が入ります）。"""

    def work() -> None:
        from pipeline.office.proof import prove

        shop = Shop()
        target = prove(document, issuer, sample, out, _day(day, "--day") or shop.today(), shop)
        say_json({"ok": True, "file": str(target)}) if json else print(f"見本を保存しました：{target}")

    _run(work, json)


@app.command()
def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="調べるもの（省略時は layouts 全体）。")] = None,
    json: Json = False,
) -> None:
    """レイアウト・保険者・用紙・加入者ファイルを調べ、問題をすべて示します。"""

    def work() -> None:
        from pipeline.office.lint import lint

        checked, faults = lint(paths or [], Shop())
        problems = [problem for fault in faults for problem in fault.problems]
        if json:
            say_json({"ok": not problems, "checked": checked, "problems": [problem.as_json() for problem in problems]})
        else:
            say_problems(problems)
            print(f"{checked} 件を調べました。" + (f"問題が {len(problems)} 件あります。" if problems else "問題はありません。"))
        if faults:
            codes = [fault.exit_code for fault in faults]
            raise typer.Exit(next((code for code in (3, 5, 4) if code in codes), codes[0]))

    _run(work, json)


@books.command("counts")
def counts(issuer: Annotated[str, typer.Option("--issuer")] = "", out: Out = None, ledger: LedgerUrl = "", json: Json = False) -> None:
    """保険者・帳票・状態ごとの件数。"""

    def work() -> None:
        from pipeline.office import job

        with job.open_ledger(Shop(out, ledger)) as book:
            rows = book.counts(issuer or None)
        if json:
            names = ("issuer", "document", "state", "count")
            say_json({"ok": True, "counts": [dict(zip(names, row, strict=True)) for row in rows]})
        else:
            for one, document, state, number in rows:
                print(f"{one}\t{document}\t{state}\t{number:,}")

    _run(work, json)


@books.command("issued")
def issued(
    key: Annotated[str, typer.Argument(help="保険者番号:記号:番号:枝番")],
    issuer: IssuerId,
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> None:
    """1 人に交付中の帳票。"""

    def work() -> None:
        from pipeline.office import job

        with job.open_ledger(Shop(out, ledger)) as book:
            held = book.active(issuer, key)
        if json:
            say_json({"ok": True, "issued": [{"serial": one.id, "document": one.document, "state": one.state} for one in held]})
        else:
            for one in held:
                print(f"{one.id}\t{one.document}\t{one.state}\t{one.expires_on or '—'}\t{one.order}")
            if not held:
                print("交付中の帳票はありません。")

    _run(work, json)


def _order(work: Callable[[Shop, Bar], OrderReport], out: Path | None, ledger: str, as_json: bool) -> None:
    """Run a job on an order, tell its outcome, leave with its exit code."""

    def run() -> None:
        shop = Shop(out, ledger)
        with Bar() as bar:
            report = work(shop, bar)
        if as_json:
            say_json({"ok": report.exit_code == 0, "exit": report.exit_code} | report.as_json())
        else:
            say_order(report, lambda document: shop.layout(document).title)
        raise typer.Exit(report.exit_code if report.finished else 0)

    _run(run, as_json)


def _run(work: Callable[[], Any], as_json: bool) -> None:
    try:
        work()
    except ShikakuError as error:
        raise typer.Exit(say_error(error, as_json)) from None


def _day(text: str, option: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(Problem("usage-bad-day", option, {"text": text[:20]})) from None
