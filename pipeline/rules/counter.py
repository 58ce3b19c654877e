"""窓口: the decision table of what the counter says and hands out, by a decision's reason or by a situation.

Source: the questions and answers of S001, the leaflet S003; sources §13 F77. The rows are the issuer's; here stands which row
counts: the first whose conditions hold.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from pipeline.base.problems import Problem
from pipeline.model.issuer import Advice, Issuer
from pipeline.model.member import Member
from pipeline.rules.reasons import REASONS

# What may have happened, and how the table calls it.
SITUATIONS: Mapping[str, str] = {
    "copy": "資格確認書のコピーを使いたい",
    "lost": "資格確認書を紛失した",
    "damage": "資格確認書が破れた・汚れた",
    "expired": "資格確認書の有効期限が過ぎた",
    "registered": "マイナ保険証の利用登録をした",
    "left": "退職・扶養から外れた",
    "name-change": "氏名などが変わった",
    "needs-help": "マイナ保険証はあるが、カードリーダーの操作に介助が必要",
    "my-number-card-lost": "マイナンバーカードを紛失した",
    "number-changed": "マイナンバーが変わった",
    "notice-lost": "資格情報のお知らせを紛失した",
    "notice-kept": "資格情報のお知らせを処分したい",
    "old-card": "従来の健康保険証の扱いを知りたい",
    "deregister": "マイナ保険証の利用登録を解除したい",
    "limit": "限度額適用認定証がほしい",
    "elderly": "高齢受給者証について知りたい",
    "abroad": "海外に赴任している",
}


class Facts(NamedTuple):
    """What a row may ask about: whether the member's certificate is valid (None: has none that is known), マイナ保険証."""

    valid: bool | None
    card: bool | None


def facts_of(member: Member, expires_on: date | None, holds: bool, day: date) -> Facts:
    """The facts of a member on `day`; `holds`: the ledger knows of a certificate, valid until `expires_on`."""
    valid = (expires_on is None or day <= expires_on) if holds else None
    card = {"有": True, "無": False}.get(member.has_card)
    return Facts(valid, card)


def advise(issuer: Issuer, name: str, facts: Facts) -> Advice | None:
    """The first row under a reason or situation whose conditions hold; None where the issuer has none."""
    for row in issuer.counter.get(name, ()):
        if row.valid is not None and row.valid is not facts.valid:
            continue
        if row.card is not None and row.card is not facts.card:
            continue
        return row
    return None


def faults(issuer: Issuer) -> Iterator[Problem]:
    """What the table names and nobody knows: reasons and situations, rules of return, promises."""
    for name, rows in issuer.counter.items():
        at = f"counter.{name}"
        if name not in SITUATIONS and name not in REASONS:
            yield _unknown(at, name, SITUATIONS)
        for row in rows:
            if row.returns and row.returns not in issuer.returns:
                yield _unknown(at, row.returns, issuer.returns)
            if row.promise and row.promise not in issuer.promises:
                yield _unknown(at, row.promise, issuer.promises)


def invoice_faults(issuer: Issuer) -> Iterator[Problem]:
    """Invoices of fees that the issuer, as its file has it, does not make."""
    for document, policy in issuer.documents.items():
        if policy.invoice and policy.invoice not in issuer.documents:
            yield _unknown(f"documents.{document}.invoice", policy.invoice, issuer.documents)


def _unknown(place: str, name: str, known: Iterable[str]) -> Problem:
    return Problem("issuer-unknown-reference", place, {"name": name, "known": "、".join(known)})


def papers_of(advice: Advice, standing: str) -> tuple[str, ...]:
    """The titles of what is handed out: 任意継続 and 特例退職 members have forms of their own (S003; sources §13 F52)."""
    return (standing != "employed" and advice.hand_out_direct) or advice.hand_out
