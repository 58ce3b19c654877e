"""What a field can show of a member, a decision and an issuer, by name; docs/values.md lists the names."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from pipeline.model.decision import Decision
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout
from pipeline.model.member import Member
from pipeline.rules.limits import BLANK_MARK, shown_limit_class, shown_special_disease
from pipeline.rules.names import back_notes, front_name, front_sex
from pipeline.rules.notices import CERTAIN, shown_digits
from pipeline.rules.printing import Printing
from pipeline.rules.seventy import effective_on, elderly_branch
from pipeline.rules.verdicts import entitled_on

_MASK = "＊＊＊＊ ＊＊＊＊ "


class Subject(NamedTuple):
    """Everything a value may look at."""

    member: Member
    decision: Decision
    issuer: Issuer
    layout: Layout
    serial: str
    printing: Printing = Printing()


OWN = ("text.", "term.")  # values that are the layout's own words
Value = Callable[[Subject], str | date | None]


def _category(subject: Subject) -> str:
    words = subject.issuer.vocabulary
    return words["family" if subject.member.is_dependant else "self"]


def _symbol_number(subject: Subject) -> str:
    printed, member = subject.printing.numbers.printed, subject.member
    return "・".join(printed(part) for part in (member.symbol, member.number) if part)


def _own_address(subject: Subject) -> str:
    """住所欄: the address if the issuer prints one of its kind, else nothing, for the holder to write."""
    member = subject.member
    return member.address if subject.printing.addresses.is_printed(member.address_source) else ""


def _masked(subject: Subject) -> str:
    """The last four digits behind eight masked ones, if they are as certain as the document's own rule asks."""
    asked = subject.issuer.documents.get(subject.decision.document)
    match = tuple(asked.due.settings.get("match", CERTAIN)) if asked else CERTAIN
    digits = shown_digits(subject.member, match)
    return _MASK + digits if digits else ""


def _notes(subject: Subject) -> str:
    """備考: the registered name behind an alias, the registered sex (sources §7.4)."""
    terms = subject.layout.terms
    name_is, sex_is = terms.get("registered_name", "戸籍上の氏名は"), terms.get("registered_sex", "戸籍上の性別は")
    return "\n".join(back_notes(subject.member, name_is, sex_is))


VALUES: Mapping[str, Value] = {
    "member.category": _category,
    "member.symbol": lambda s: s.printing.numbers.printed(s.member.symbol),
    "member.number": lambda s: s.printing.numbers.printed(s.member.number),
    "member.branch": lambda s: s.member.branch,
    "member.symbol_number": _symbol_number,
    "member.name": lambda s: front_name(s.member),
    "member.addressee": lambda s: f"{front_name(s.member)}\u3000様",
    "member.kana": lambda s: s.member.kana,
    "member.sex": lambda s: front_sex(s.member, s.layout.terms.get("see_back", "裏面参照")),
    "member.birth": lambda s: s.member.birth,
    "member.entitled_on": lambda s: entitled_on(s.member),
    "member.insured_name": lambda s: s.member.insured_name if s.member.is_dependant else "",
    "member.postcode": lambda s: s.member.postcode and f"〒{s.member.postcode[:3]}-{s.member.postcode[-4:]}",
    "member.address": lambda s: s.member.address,
    "member.own_address": _own_address,
    "member.office_name": lambda s: s.member.office_name,
    "member.ratio": lambda s: s.member.ratio or BLANK_MARK,
    "member.effective_on": lambda s: s.member.effective_on,
    "member.alias_name": lambda s: s.member.alias_name,
    "member.insured": lambda s: s.member.insured_name if s.member.is_dependant else front_name(s.member),
    "member.insured_or_family": lambda s: "family" if s.member.is_dependant else "self",
    "member.standing": lambda s: s.member.standing,
    "member.registered_sex": lambda s: s.member.sex,
    "member.office_id": lambda s: s.member.office_id,
    "member.optional_limit_class": lambda s: shown_limit_class(s.member),
    "member.optional_special_disease": lambda s: shown_special_disease(s.member),
    "member.elderly_branch": lambda s: elderly_branch(s.member),
    "member.elderly_effective_on": lambda s: effective_on(s.member),
    "member.limit_class": lambda s: s.member.limit_class,
    "member.special_disease": lambda s: s.member.special_disease,
    "member.reason": lambda s: s.member.reason,
    "member.acceptance_number": lambda s: s.member.acceptance_number,
    "member.my_number_masked": _masked,
    "issue.day": lambda s: s.decision.issued_on,
    "issue.expires": lambda s: s.decision.expires_on,
    "issue.serial": lambda s: s.serial,
    "note.back": _notes,
}
