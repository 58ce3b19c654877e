"""What is said about people in a case (a refusal's words, the police's number of a theft report): one line, kept sealed."""

from typing import NamedTuple

from pipeline.base.problems import Problem, UsageError
from pipeline.office import job, ledger_desk
from pipeline.office.ledger_desk import Case
from pipeline.office.shop import Shop
from pipeline.office.vault import Vault
from pipeline.rules.numbers import holds_my_number

LONGEST = 200  # characters


class Said(NamedTuple):
    """What was said in a case: the words of a refusal, what the police were told of a theft; empty where nothing was."""

    words: str
    report: str


def said(shop: Shop, one: Case) -> Said:
    """What was said in a case. LedgerError where it was erased or altered."""
    with job.open_ledger(shop) as ledger, ledger.reading() as connection:
        note = ledger_desk.note(connection, one.id)
        return Said(*(ledger.vault.case(one.id, one.issue, text) if text else "" for text in (one.words, note)))


def line(words: str, code: str) -> str:
    """Words as they are kept: one line. UsageError with this code where there are none, too many, or they hold a My Number."""
    told = " ".join(words.split())
    if not told or len(told) > LONGEST or not told.isprintable() or holds_my_number(told):
        raise UsageError(Problem(code, "desk", {"most": LONGEST}))
    return told


def sealed(shop: Shop, one: Case, told: str) -> str:
    """Words of a case as the ledger keeps them."""
    return Vault(shop.data_keys).seal_case(one.id, one.issue, told)
