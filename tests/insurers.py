"""The repository's issuers and a plain member, for tests of rules."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.model.issuer import Issuer, Policy
from pipeline.model.member import Member, Place
from pipeline.rules.eligibility import DUE
from pipeline.rules.policies import choose
from pipeline.rules.verdicts import Verdict

FOLDER = Path(__file__).parents[1] / "layouts" / "issuers"
NAMES = ("kyokai", "kenpo", "kyosai")
CARD = "cannot-confirm-online"


@cache
def issuer(name: str) -> Issuer:
    """An issuer of the repository."""
    return Issuer.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8")))


def issuer_of(documents: Mapping[str, Mapping[str, Any]], **changes: Any) -> Issuer:
    """見本健康保険組合 with other documents: name → its policies."""
    raw = yaml.safe_load((FOLDER / "kenpo.yaml").read_text("utf-8")) | {"mailings": [], "counter": {}} | changes
    raw["documents"] = {name: {"sheet": "a4", "office_sheet": "a4", **one} for name, one in documents.items()}
    return Issuer.model_validate(raw)


def member(**values: Any) -> Member:
    """An insured person of 46 years without マイナ保険証, registered, the number confirmed."""
    known: dict[str, Any] = {
        "place": Place("members.csv", 2), "insurer_number": "06999999", "symbol": "123", "number": "101", "branch": "00",
        "category": "本人", "name": "見本　一郎", "kana": "ミホン　イチロウ", "sex": "男", "birth": date(1980, 5, 10),
        "qualified_on": date(2020, 4, 1), "has_card": "無", "registration": "完了", "match": "確認済", "last4": "0123",
    }  # fmt: skip
    return Member(**(known | values))


def due(policy: str, day: date, settings: Mapping[str, Any] | None = None, **values: Any) -> tuple[str, str]:
    """What a due policy says of a member: outcome and reason."""
    chosen = choose(DUE, Policy.model_validate({"policy": policy} | dict(settings or {})), "documents.one.due")
    return says(chosen.verdict(member(**values), day))


def own(name: str, document: str) -> dict[str, Any]:
    """The settings of a document's due policy in the repository."""
    return issuer(name).documents[document].due.settings


def says(verdict: Verdict) -> tuple[str, str]:
    """Outcome and reason as texts."""
    return verdict.outcome.value, verdict.reason
