"""How an explanation is told: a table on a terminal, plain lines elsewhere, or one JSON object. Uses `rich` for the table."""

import io
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from pipeline.model.decision import Outcome
from pipeline.model.issuer import Advice
from pipeline.office.answers import CHANNELS
from pipeline.office.explanation import Explanation, Found
from pipeline.rules.counter import SITUATIONS, papers_of
from pipeline.rules.eras import wareki
from pipeline.rules.promises import expected
from pipeline.rules.reasons import REASONS
from pipeline.rules.reissue import REISSUE_REASONS, terms_of
from pipeline.rules.returns import Return, return_of
from pipeline.rules.verdicts import entitled_on

OUTCOMES = {
    Outcome.ISSUE: "交付する",
    Outcome.SKIP: "交付しない",
    Outcome.HOLD: "保留",
    Outcome.ALREADY: "交付済み",
}
OURS = "出典の OURS は、公的な定めではなく本システムの決まりです。sources §n は docs/sources.md の節です。"
REQUEST_ONLY = "on-request"
_STYLES = {Outcome.ISSUE: "bold green", Outcome.HOLD: "bold red", Outcome.ALREADY: "cyan", Outcome.SKIP: ""}


def advice_lines(advice: Advice, found: Explanation) -> Iterator[str]:
    """What the counter says by a row of the table, line by line; papers to hand out are told apart (`papers_of`)."""
    issuer, standing = found.issuer, found.member.standing
    yield from advice.say
    if advice.submit and (text := issuer.texts.get("submit_to")):
        yield "提出先：" + (text if isinstance(text, str) else "".join(map(str, text)))
    if advice.fee and found.certificate:
        yield from _fee_lines(found)
    if advice.returns and (returned := return_of(issuer, advice.returns, standing, found.day)):  # type: ignore[arg-type]
        yield from _return_lines(returned, found)
    if advice.promise:
        first, last = expected(issuer.promises[advice.promise], found.day)  # type: ignore[index]
        span = wareki(first) if first == last else f"{wareki(first)}～{wareki(last)}"
        yield f"目安：本日の受付で {span}"


def _fee_lines(found: Explanation) -> Iterator[str]:
    """The terms of a reissue: fee, waivers, whether the payment comes first."""
    document = found.issuer.documents[found.certificate]
    terms = terms_of(document, "")
    if not terms.fee:
        yield "手数料：かかりません。"
        return
    waived = "・".join(REISSUE_REASONS.get(reason, reason).removesuffix("ため") for reason in document.fee_waived_for)
    yield f"手数料：{terms.fee:,}円" + (f"（{waived}場合は免除）" if waived else "")
    if terms.invoice:
        yield "請求書をお送りし、入金を確かめてから交付します。"


def _return_lines(returned: Return, found: Explanation) -> Iterator[str]:
    yield returned.rule.text
    if returned.action == "return":
        words = found.issuer.vocabulary
        through = f"{words['employer']}を経由" if returned.through == "employer" else f"{words['us']}へ直接"
        yield f"返却先：{through}" + (f"（本日から数えて {wareki(returned.by)} まで）" if returned.by else "")
    elif returned.rule.at_will:
        yield "返却していただいても構いません。"


def told(advice: Advice, found: Explanation) -> dict[str, Any]:
    """A row of the counter's table as JSON."""
    return {
        "say": list(advice_lines(advice, found)),
        "hand_out": [
            {"title": title, "document": found.document_of(title) or None} for title in papers_of(advice, found.member.standing)
        ],
        "source": advice.source,
    }


def as_json(found: Explanation) -> dict[str, Any]:
    """The whole explanation as JSON."""
    member = found.member
    return {
        "key": member.key,
        "issuer": found.issuer_id,
        "day": found.day.isoformat(),
        "cutoff": found.cutoff.isoformat(),
        "record": found.place,
        "member": {
            "category": member.category,
            "standing": member.standing,
            "entitled_on": entitled_on(member).isoformat(),
            "has_card": member.has_card,
            "reason": member.reason,
            "applied": member.applied,
            "registration": member.registration,
            "match": member.match,
            "old_card_until": _iso(found.old_card_until),
        },
        "documents": [_document(one, found) for one in found.documents],
        "situations": [
            {"situation": name, "title": SITUATIONS[name], **told(advice, found)} for name, advice in found.situations
        ],
    }


def _document(one: Found, found: Explanation) -> dict[str, Any]:
    decision, held, mailing = one.decision, one.held, one.mailing
    return {
        "document": decision.document,
        "title": one.title,
        "outcome": one.outcome.value,
        "due": one.outcome is Outcome.ISSUE,
        "reason": {"code": decision.reason, "text": one.reason.ja, "source": one.reason.source},
        "rule": {"name": decision.rule, "text": one.rule.ja, "source": one.rule.source},
        "channel": decision.channel or None,
        "expires_on": _iso(decision.expires_on),
        "expiry": one.bound and {"rule": decision.expiry_rule, "text": one.bound.ja, "source": one.bound.source},
        "problem": decision.problem and decision.problem.as_json(),
        "held": held and {
            "serial": held.serial, "state": held.state, "issued_on": _iso(held.issued_on), "expires_on": _iso(held.expires_on)
        },
        "next_mailing": mailing and {
            "begins": _iso(mailing.begins), "ends": _iso(mailing.ends), "channel": mailing.channel, "source": mailing.source
        },
        "counter": one.advice and told(one.advice, found),
    }  # fmt: skip


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def lines(found: Explanation, width: int = 0) -> list[str]:
    """The explanation for people; with a `width` in columns as a coloured table, else as plain lines."""
    head = list(_head(found))
    body = _table(found, width) if width else list(_plain(found))
    tail = [line for name, advice in found.situations for line in _situation(name, advice, found)]
    if not found.situations:
        tail = ["相談ごとの案内は --situation で見られます：" + "、".join(SITUATIONS)]
    if asleep := "、".join(one.title for one in found.documents if _sleeps(one)):
        tail.insert(0, f"申出があったときだけ作る書類：{asleep}")
    return [*head, *body, *tail, OURS]


def verdicts(found: Explanation) -> list[tuple[str, Outcome, list[tuple[str, str]]]]:
    """Title, outcome and the labelled lines of each document that can be due by itself; what is (to be) issued comes first."""
    awake = sorted(_awake(found), key=lambda one: one.outcome is Outcome.SKIP)
    return [(one.title, one.outcome, _told_of(one, found)) for one in awake]


def _sleeps(one: Found) -> bool:
    """Whether the document is one that is never due by itself: a single line is enough for all of them."""
    return one.decision.reason == REQUEST_ONLY and one.held is None


def _head(found: Explanation) -> Iterator[str]:
    member = found.member
    yield f"加入者　　{member.key}（{member.category}）　{found.issuer.full_name}"
    where = "台帳の最新の記録" if found.place == "ledger" else found.place
    yield f"判定日　　{wareki(found.day)}（抽出日 {wareki(found.cutoff)}）　記録：{where}"
    reason = REASONS[f"reason-{member.reason}"].ja if member.reason else "記載なし"
    states = [
        ("マイナ保険証", member.has_card),
        ("申請", member.applied),
        ("登録", member.registration),
        ("照合", member.match),
    ]
    yield "状態　　　" + "・".join(f"{name} {state or '空欄'}" for name, state in states) + f"・交付事由：{reason}"
    card = found.old_card_until
    if card is None:
        yield "健康保険証　令和6年12月2日以後の資格取得のため、従来の健康保険証はありません。"
    else:
        yield f"健康保険証　従来の健康保険証を使えるのは {wareki(card)} まで" + ("です。" if found.day <= card else "でした。")


def _facts(one: Found) -> Iterator[tuple[str, str]]:
    """What is told of a document under its outcome: label and text."""
    decision = one.decision
    yield "理由", f"{one.reason.ja}［{one.reason.source}］"
    yield "規則", f"{one.rule.ja}（{decision.rule}）［{one.rule.source}］"
    if decision.expires_on and one.bound:
        yield "有効期限", f"{wareki(decision.expires_on)}まで。{one.bound.ja}［{one.bound.source}］"
    if decision.channel:
        yield "送付先", CHANNELS.get(decision.channel, decision.channel)
    if decision.problem:
        yield "対応", f"{decision.problem.message}{decision.problem.hint}"
    if held := one.held:
        until = f"、{wareki(held.expires_on)}まで有効" if held.expires_on else ""
        state = "（作成中）" if held.state == "planned" else ""
        yield "台帳", f"管理番号 {held.serial}、{wareki(held.issued_on)}交付{state}{until}"
    if mailing := one.mailing:
        end = f"～{wareki(mailing.ends)}" if mailing.ends else ""
        yield "次の送付", f"{wareki(mailing.begins)}{end}（{CHANNELS[mailing.channel]}）［{mailing.source}］"


def _advice(advice: Advice, found: Explanation) -> Iterator[tuple[str, str]]:
    for line in advice_lines(advice, found):
        yield "窓口", line
    for title in papers_of(advice, found.member.standing):
        document = found.document_of(title)
        yield "渡すもの", f"{title}（{document}）" if document else title
    yield "案内の出典", advice.source


def _told_of(one: Found, found: Explanation) -> list[tuple[str, str]]:
    return [*_facts(one), *(_advice(one.advice, found) if one.advice else ())]


def _awake(found: Explanation) -> list[Found]:
    return [one for one in found.documents if not _sleeps(one)]


def _plain(found: Explanation) -> Iterator[str]:
    for one in _awake(found):
        yield f"{OUTCOMES[one.outcome]}　{one.title}（{one.decision.document}）"
        for label, text in _told_of(one, found):
            yield f"    {label}：{text}"


def _situation(name: str, advice: Advice, found: Explanation) -> Iterator[str]:
    yield f"相談　{SITUATIONS[name]}（{name}）"
    for label, text in _advice(advice, found):
        yield f"    {label}：{text}"


def _table(found: Explanation, width: int) -> Sequence[str]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_lines=True, width=width)
    table.add_column("書類", ratio=2, overflow="fold")
    table.add_column("判定", no_wrap=True)
    table.add_column("理由・規則・窓口での案内", ratio=6, overflow="fold")
    for one in _awake(found):
        inner, before = Table.grid(padding=(0, 1)), ""
        inner.add_column(no_wrap=True, style="bold")
        inner.add_column(overflow="fold", ratio=1)
        for label, said in _told_of(one, found):
            inner.add_row(Text("" if label == before else label), Text(said))
            before = label
        table.add_row(Text(one.title), Text(OUTCOMES[one.outcome], style=_STYLES[one.outcome]), inner)
    page = io.StringIO()
    Console(file=page, force_terminal=True, width=width, highlight=False).print(table)
    return page.getvalue().rstrip("\n").split("\n")
