"""What a command answers: Japanese on the screen, or exactly one JSON object on stdout. Problems go to stderr."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.base.problems import Problem, ShikakuError
from pipeline.office.order import LotReport, OrderReport

_SHOWN = 20
INTERRUPTED = 130
CHANNELS = {"employer": "事業主経由", "home": "自宅あて", "web": "WEB", "office": "窓口"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is printed and the command's exit code. `title` stands over the problems, `lines` before, `closing` after."""

    lines: Sequence[str] = ()
    content: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int = 0
    problems: Sequence[Problem] = ()
    title: str = ""
    closing: Sequence[str] = ()


def give(answer: Answer, as_json: bool) -> None:
    """Print an answer: one JSON object and nothing else, or lines on stdout and problems as one block on stderr.

    A record that is held for all document types is told once.
    """
    problems = list({(one.code, one.place, one.message): one for one in answer.problems}.values())
    if as_json:
        told = {"ok": not answer.exit_code, "exit": answer.exit_code, **answer.content}
        print(json.dumps(told | {"problems": [problem.as_json() for problem in problems]}, ensure_ascii=False, indent=2))
        return
    for line in answer.lines:
        print(line)
    if problems:
        sys.stdout.flush()  # so that problems come after the lines where both go to one place
        _say(answer.title, problems)
    for line in answer.closing:
        print(line)


def _say(title: str, problems: Sequence[Problem]) -> None:
    if title:
        print(title, file=sys.stderr)
    for problem in problems[:_SHOWN]:
        print(f"  {problem.place}\n    {problem.message}［{problem.code}］\n    → {problem.hint}", file=sys.stderr)
    if len(problems) > _SHOWN:
        print(f"  ほか {len(problems) - _SHOWN:,} 件", file=sys.stderr)
    sys.stderr.flush()


def refusal(fault: ShikakuError) -> Answer:
    """Why nothing, or no more, was done."""
    return Answer((), {}, fault.exit_code, fault.problems, f"処理を止めました（終了コード {fault.exit_code}）。")


def unexpected(fault: BaseException) -> Answer:
    """A fault of the program: which kind and where, without its text, which might hold a name."""
    frames = [frame for frame in traceback.extract_tb(fault.__traceback__) if "pipeline" in Path(frame.filename).parts]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "shikaku"
    return refusal(ShikakuError(Problem("internal", place, {"kind": type(fault).__name__})))


def interrupted(out: Path) -> Answer:
    """How to go on after Ctrl-C: the order that was worked on last."""
    locks = sorted(out.glob("*/.work/lock"), key=lambda path: path.stat().st_mtime)
    if not locks:
        return Answer((), {}, INTERRUPTED, [Problem("work-interrupted-early", "shikaku")], "中断しました。")
    order = locks[-1].parents[1]
    problem = Problem("work-interrupted", order.name, {"resume": f"shikaku resume {order}"})
    return Answer((), {"folder": str(order)}, INTERRUPTED, [problem], "中断しました。")


def of_order(report: OrderReport, titles: Callable[[str], str], next_step: str) -> Answer:
    """The outcome of an order: lots, figures, what was held, and the next step. `titles`: document type → its name."""
    tally = report.tally
    lines = [] if report.finished else [f"この注文はすでに完了しています：{report.order}"]
    lines += [f"注文　　　{report.order}", f"保存先　　{report.folder}"]
    lines += [_of_lot(lot, titles) for lot in report.lots]
    if report.lots:
        leaves = sum(_leaves_read(lot) for lot in report.lots)
        lines.append(f"読み戻し　{tally.issued:,} 件・{leaves:,} 葉を完成した PDF から読み戻し、台帳の内容と一致しました。")
    lines.append(f"内訳　　　{_tally(report)}")
    lines += [f"使わない列　{file}：{'、'.join(columns)}" for file, columns in report.ignored_columns.items()]
    if report.seconds:
        lines.append(
            "所要時間　" + "・".join(f"{STAGES.get(name, name)} {one:,.1f} 秒" for name, one in report.seconds.items())
        )
    closing, title = [], ""
    if tally.held:
        title = f"保留が {tally.held:,} 件あります：{report.folder / 'office' / 'held.csv'}"
        closing.append("次の手順　保留の行を直し、その行だけのファイルをもう一度発行してください。")
    elif tally.already_issued and not tally.issued:
        closing.append("次の手順　すべて交付済みです。紛失などの場合は shikaku reissue をお使いください。")
    elif report.lots:
        closing.append(f"次の手順　{next_step}")
    content = report.as_json() | {"finished": report.finished}
    return Answer(lines, content, report.exit_code, report.problems, title, closing)


def _tally(report: OrderReport) -> str:
    tally = report.tally
    if report.kind == "remake":
        return f"再作成 {tally.issued:,} 件（前の {tally.issued:,} 件は無効です）"
    done = f"交付 {tally.issued:,}・対象外 {tally.skipped:,}・保留 {tally.held:,}・交付済み {tally.already_issued:,}"
    return f"加入者 {tally.members:,} 人 × 帳票 {tally.documents} 種 ＝ {done}"


STAGES = {"plan": "読込・判定", "print": "作成・検査", "handoff": "引き渡し", "lists": "一覧", "verify": "照合"}


def _of_lot(lot: LotReport, titles: Callable[[str], str]) -> str:
    channel = CHANNELS.get(lot.channel, lot.channel)
    counts = f"{lot.documents:,} 件　{lot.sheets:,} シート　{lot.parts:,} ファイル"
    return f"ロット　　{lot.name}　{titles(lot.document)}　{channel}　{counts}"


def _leaves_read(lot: LotReport) -> int:
    """How many leaves the checker compared, from the lot's own report."""
    report = json.loads((lot.folder / "report.json").read_text("utf-8"))
    return int(report["read_back"]["leaves"])
