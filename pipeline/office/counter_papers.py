"""A paper for one member at the counter: a form or an invoice, made of the ledger's record by the same stages, read back.

It is no legal act: nothing is claimed or issued, so it may be printed as often as it is wanted.
"""

from datetime import date

from pipeline.base.problems import MemberError, Problem, UsageError
from pipeline.office import ledger_inquiry
from pipeline.office.materials import load
from pipeline.office.planning import member_of
from pipeline.office.proof import decision_on, printed, shown
from pipeline.office.shop import Shop
from pipeline.office.vault import Vault
from pipeline.rules.occasions import ON_REQUEST


def paper(document: str, issuer_id: str, key: str, day: date, number: str, shop: Shop) -> bytes:
    """The PDF of a paper that is made on request, for the office's printer; `number` stands where a serial would.

    UsageError for a document that is issued, MemberError where the ledger has no record of the member; PreflightError.
    """
    materials = load(shop, issuer_id, day, [document], office=True)
    if materials.issuer.documents[document].due.policy != ON_REQUEST:
        raise UsageError(Problem("usage-unknown-document", document, {"document": document, "known": "—"}))
    record = ledger_inquiry.record(shop.ledger_url, Vault(shop.data_keys), issuer_id, key)
    if record is None:
        raise MemberError(Problem("explain-unknown-member", "desk"))
    member, kind = member_of(record), materials.kinds[document]
    filled = shown(materials, document, member, decision_on(member, materials, document, day), day, number, "desk")
    return printed([filled], number, day, kind.template, kind.design, kind.conditions, shop.typefaces(), mark="").pdf
