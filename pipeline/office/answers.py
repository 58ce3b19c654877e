"""What a command answers: Japanese on the screen, or exactly one JSON object on stdout."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pipeline.base.problems import Problem, ShikakuError
from pipeline.office.order import OrderReport

_SHOWN = 20
CHANNELS = {"employer": "事業主経由", "home": "自宅あて", "web": "WEB", "office": "窓口"}


def say_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object and nothing else."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def say_problems(problems: Iterable[Problem], title: str = "") -> None:
    """Print problems as one block on stderr: where, what, and what to do next."""
    some = list({(problem.place, problem.message): problem for problem in problems}.values())
    if title:
        print(title, file=sys.stderr)
    for problem in some[:_SHOWN]:
        print(f"  {problem.place}\n    {problem.message}［{problem.code}］\n    → {problem.hint}", file=sys.stderr)
    if len(some) > _SHOWN:
        print(f"  ほか {len(some) - _SHOWN} 件", file=sys.stderr)


def say_error(error: ShikakuError, as_json: bool) -> int:
    """Tell an error the way that was asked for; returns its exit code."""
    if as_json:
        say_json({"ok": False, "exit": error.exit_code, "problems": [problem.as_json() for problem in error.problems]})
    else:
        say_problems(error.problems, "処理を止めました。")
    return error.exit_code


def say_order(report: OrderReport, titles: Callable[[str], str]) -> None:
    """The outcome of an order: lots, figures, what was held, and the next step. `titles`: document type → its name."""
    tally = report.tally
    if not report.finished:
        print(f"この注文はすでに完了しています：{report.order}")
    print(f"注文　　　{report.order}")
    print(f"保存先　　{report.folder}")
    for lot in report.lots:
        channel = CHANNELS.get(lot.channel, lot.channel)
        print(f"ロット　　{lot.name}　{titles(lot.document)}　{channel}　{lot.documents:,} 件　{lot.sheets:,} シート　{lot.parts} ファイル")
    read = sum(lot.documents for lot in report.lots)
    print(f"読み戻し　{read:,} 件すべてを完成した PDF から読み戻し、台帳と一致しました。")
    print(
        f"内訳　　　加入者 {tally.members:,} 人 × 帳票 {tally.documents} 種 ＝ 交付 {tally.issued:,}・対象外 {tally.skipped:,}"
        f"・保留 {tally.held:,}・交付済み {tally.already_issued:,}"
    )
    for file, columns in report.ignored_columns.items():
        print(f"使わない列　{file}：{'、'.join(columns)}")
    if tally.held:
        say_problems(report.problems, f"保留が {tally.held:,} 件あります。{report.folder / 'office' / 'held.csv'} をご覧ください。")
        print("次の手順　保留の記録を直し、その記録だけを新しいファイルで再度投入してください。")
    elif tally.already_issued and not tally.issued:
        print("次の手順　すべて交付済みです。紛失などの場合は shikaku reissue をお使いください。")
    elif report.lots:
        print("次の手順　handoff フォルダーを印刷会社へお渡しください。")
