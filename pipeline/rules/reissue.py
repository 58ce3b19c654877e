"""再交付: for which reasons a document is issued again, what it costs, and whether the money comes first.

Sources: S001 (1,000 yen, none after theft and disaster; no お知らせ again in principle), S003 (an invoice once the form is
accepted, issue only after the payment is confirmed), S004 (validity begins anew); sources §10, §13 F14, F45–F47.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from pipeline.model.issuer import DocumentPolicy

PAID, WAIVED = "paid", "waived"  # what `--fee` says
REISSUE_REASONS: Mapping[str, str] = {
    "lost": "紛失したため",
    "damage": "き損したため",
    "theft": "盗難に遭ったため",
    "disaster": "災害に遭ったため",
    "name-change": "氏名などの記載事項が変わったため",
    "correction": "記載に誤りがあったため",
    "not-delivered": "郵便などで届かなかったため",
}
# Which row of the counter's table says what is to be handed in: a theft and a disaster are reported like a loss (S001).
SITUATION_OF: Mapping[str, str] = {
    "lost": "lost",
    "theft": "lost",
    "disaster": "lost",
    "damage": "damage",
    "name-change": "name-change",
}

CHANGES = ("name-change", "correction")  # reasons for which the record is another one
REPORTED = ("theft",)  # reasons for which the police have taken a report, whose number is kept (OURS)


class Terms(NamedTuple):
    """On which terms a document is issued again. `fee` in yen, 0 where none is due; `waived`: the reason frees from it.

    `invoice`: an invoice is sent before anything else; `may_issue`: nothing stands in the way now; `foreseen`: the insurer
    reissues the document for such a reason at all.
    """

    fee: int
    waived: bool
    invoice: bool
    may_issue: bool
    foreseen: bool


def terms_of(document: DocumentPolicy, reason: str, settled: str = "") -> Terms:
    """The terms of a reissue for `reason`; `settled` is what the office says of the fee: paid, waived or nothing."""
    foreseen = not document.reissue_for or reason in document.reissue_for
    waived = bool(document.reissue_fee) and (reason in document.fee_waived_for or settled == WAIVED)
    fee = 0 if waived else document.reissue_fee
    is_open = bool(fee) and settled != PAID
    invoice = is_open and document.fee_first
    return Terms(fee, waived, invoice, foreseen and not invoice, foreseen)


def expiry_again(document: DocumentPolicy, old: date | None, new: date | None) -> date | None:
    """The last day of a reissue: the old one's, or as if issued for the first time (S004); never later than `new`.

    Which of the two is the insurer's setting: only S004 says it (sources §1.6).
    """
    if document.reissue_expiry == "keep" and old is not None and new is not None:
        return min(old, new)
    return new
