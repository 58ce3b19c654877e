"""Fill: the final text of every field of a document, or why the record is held.

What a field can show is a name in `VALUES`. Dates are written by the field's `form`, widths by its policy; a text that no
declared typeface covers and the issuer's policy does not substitute, or that fits no step and may not overflow, holds
the record.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from pipeline.base.problems import Problem
from pipeline.craft import linear, qr, sk1
from pipeline.craft.fitting import Fitted, Fitter
from pipeline.craft.typefaces import Typefaces
from pipeline.model.decision import Decision
from pipeline.model.document import Document
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout
from pipeline.model.member import Member
from pipeline.model.template import CodeField, Template, TextField
from pipeline.rules.addresses import customer_code
from pipeline.rules.characters import code_points
from pipeline.rules.eras import wareki
from pipeline.rules.printing import Printing, compile_printing

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_FULL = {half: full for full, half in _HALF.items()}
_MASK = "＊＊＊＊ ＊＊＊＊ "
_BLANK_MARK = "＊"  # OURS, after practice (an empty field must not read as "none")


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


def _front_sex(subject: Subject) -> str:
    return subject.layout.terms.get("see_back", "裏面参照") if subject.member.sex_display == "裏" else subject.member.sex


def _entitled(subject: Subject) -> date:
    member = subject.member
    return member.certified_on if member.is_dependant and member.certified_on else member.qualified_on


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


VALUES: Mapping[str, Value] = {
    "member.category": _category,
    "member.symbol": lambda s: s.printing.numbers.printed(s.member.symbol),
    "member.number": lambda s: s.printing.numbers.printed(s.member.number),
    "member.branch": lambda s: s.member.branch,
    "member.symbol_number": _symbol_number,
    "member.name": lambda s: s.member.alias_name or s.member.name,
    "member.addressee": lambda s: f"{s.member.alias_name or s.member.name}\u3000様",
    "member.kana": lambda s: s.member.kana,
    "member.sex": _front_sex,
    "member.birth": lambda s: s.member.birth,
    "member.entitled_on": _entitled,
    "member.insured_name": lambda s: s.member.insured_name if s.member.is_dependant else "",
    "member.postcode": lambda s: s.member.postcode and f"〒{s.member.postcode[:3]}-{s.member.postcode[-4:]}",
    "member.address": lambda s: s.member.address,
    "member.own_address": _own_address,
    "member.office_name": lambda s: s.member.office_name,
    "member.ratio": lambda s: s.member.ratio or _BLANK_MARK,
    "member.effective_on": lambda s: s.member.effective_on,
    "member.alias_name": lambda s: s.member.alias_name,
    "member.insured": lambda s: s.member.insured_name if s.member.is_dependant else s.member.alias_name or s.member.name,
    "member.insured_or_family": lambda s: "family" if s.member.is_dependant else "self",
    "member.standing": lambda s: s.member.standing,
    "member.registered_sex": lambda s: s.member.sex,
    "member.office_id": lambda s: s.member.office_id,
    "member.limit_class": lambda s: s.member.limit_class,
    "member.special_disease": lambda s: s.member.special_disease,
    "member.reason": lambda s: s.member.reason,
    "member.acceptance_number": lambda s: s.member.acceptance_number,
    "member.my_number_masked": lambda s: _MASK + s.member.last4 if s.member.last4 else "",
    "issue.day": lambda s: s.decision.issued_on,
    "issue.expires": lambda s: s.decision.expires_on,
    "issue.serial": lambda s: s.serial,
    "note.back": lambda s: "\n".join(_notes(s)),
}


def _notes(subject: Subject) -> list[str]:
    """備考: the registered name behind an alias, the registered sex (sources §7.4)."""
    member, terms = subject.member, subject.layout.terms
    notes = []
    if member.alias_name:
        label = terms.get("registered_name", "戸籍上の氏名は")
        notes.append(f"{label}{member.registered_note or member.name}")
    if member.sex_display == "裏":
        notes.append(f"{terms.get('registered_sex', '戸籍上の性別は')}{member.sex}")
    return notes


CODES: Mapping[str, Callable[[Subject], str]] = {
    "member.customer_code": lambda s: customer_code(s.member.postcode, s.member.address),
    "member.acceptance_digits": lambda s: s.member.acceptance_number.replace("-", ""),
    "code.sk1": lambda s: sk1.payload(
        s.layout.letter,
        s.member.insurer_number,
        s.member.symbol,
        s.member.number,
        s.member.branch,
        s.member.birth,
        s.decision.issued_on or date.min,
        s.decision.expires_on,
        s.serial,
    ),
}


class Form(NamedTuple):
    """A template made ready to be filled: fields, fitters and policies looked up once."""

    issuer: Issuer
    layout: Layout
    plans: tuple["_Plan", ...]
    codes: tuple[tuple[CodeField, Callable[[Subject], str]], ...]
    printing: Printing = Printing()


def prepare(issuer: Issuer, layout: Layout, template: Template, typefaces: Typefaces) -> Form:
    """The form of one template; keep it, it remembers texts that come again."""
    printing = compile_printing(issuer)
    first_only = printing.characters.first_typeface_only
    plans = tuple(_plan(field, layout, typefaces, first_only) for field in template.texts)
    return Form(issuer, layout, plans, tuple((code, _payload_of(code, layout)) for code in template.codes), printing)


def _payload_of(code: CodeField, layout: Layout) -> Callable[[Subject], str]:
    if code.value.startswith(OWN):
        always = own_text(code.value, layout)
        return lambda subject: always
    return CODES[code.value]


def own_text(value: str, layout: Layout) -> str:
    """A text or term of the layout itself, the same for every member."""
    kind, _, key = value.partition(".")
    found = layout.terms[key] if kind == "term" else layout.texts[key]
    return found if isinstance(found, str) else "\n".join(found) if isinstance(found, tuple) else f"{found:g}"


def fill(form: Form, member: Member, decision: Decision, serial: str) -> Document | Problem:
    """The document, or the problem that holds the record (its place is the member's row and the field's value).

    What the issuer's policy substitutes is substituted in the whole record, so that every field says the same.
    """
    characters, numbers, addresses = form.printing.characters, form.printing.numbers, form.printing.addresses
    if not numbers.fits(member.symbol, member.number):
        return Problem("member-number-form", f"{member.place} 記号・番号")
    if decision.channel == "home" and not addresses.is_home(member.address_source):
        return Problem("member-address-not-home", f"{member.place} 住所", {"source": member.address_source or "空欄"})
    changed = characters.prepare(member)
    if changed.left:
        (column, _), *_ = changed.left
        return _outside(f"{member.place} {column}", (cluster for _, cluster in changed.left))
    done = changed.substitutions
    while isinstance(filled := _fill(form, changed.member, decision, serial), _Uncovered):
        rescued = characters.rescue(changed.member, filled.missing)
        if rescued is None:
            if characters.first_typeface_only:
                return _outside(filled.place, filled.missing)
            return Problem("member-character-not-covered", filled.place, {"characters": _named(filled.missing)})
        changed, done = rescued, done + rescued.substitutions
    return replace(filled, substitutions=done) if done and isinstance(filled, Document) else filled


class _Uncovered(NamedTuple):
    """Where a text stands that no typeface of its field has whole, and the characters it lacks."""

    place: str
    missing: tuple[str, ...]


def _fill(form: Form, member: Member, decision: Decision, serial: str) -> Document | Problem | _Uncovered:
    layout = form.layout
    subject = Subject(member, decision, form.issuer, layout, serial, form.printing)
    texts: list[str] = []
    settings: list[int] = []
    spilled: dict[str, list[str]] = {}
    for plan in form.plans:
        text = plan.text(subject)
        field = plan.field
        if field.name in spilled:
            text = "\n".join([*filter(None, [text]), *spilled.pop(field.name)])
        if not text and field.required:
            return Problem("member-empty-field", f"{member.place} {field.value}", {"field": plan.label})
        fitted = plan.fitter.fit(text)
        if not isinstance(fitted, Fitted):
            if fitted.missing:
                return _Uncovered(f"{member.place} {field.value}", fitted.missing)
            spilled.setdefault(field.overflow, []).append(f"{plan.label}：{text}")
            fitted = plan.fitter.fit(layout.terms.get("see_note", "裏面備考参照"))
            if field.overflow == "hold" or not isinstance(fitted, Fitted):
                return Problem("member-text-too-long", f"{member.place} {field.value}", {"length": len(text)})
        texts.append(fitted.text)
        settings.append(fitted.setting)
    if spilled:  # the text would be lost: its target stands before the field that overflowed
        return Problem("member-text-too-long", str(member.place), {"length": max(map(len, spilled))})
    try:
        payloads = tuple(payload(subject) for _, payload in form.codes)
    except ValueError:
        return Problem("member-code-characters", str(member.place))
    for (code, _), payload in zip(form.codes, payloads, strict=True):
        try:
            if not has_room(code, payload):
                return Problem("member-code-too-long", str(member.place), {"length": len(payload)})
        except ValueError:
            return Problem("member-code-characters", str(member.place))
    return Document(serial, tuple(texts), tuple(settings), payloads)


def has_room(code: CodeField, payload: str) -> bool:
    """Whether a payload's symbol keeps its least module in the field's box. ValueError for what bars cannot say."""
    if code.kind == "qr":
        return qr.size(payload, code.level) * code.module <= code.box.width
    return not payload or linear.narrowest(code.kind, linear.bitmap(code.kind, payload), code.box.width) >= code.module


class _Plan(NamedTuple):
    """One field made ready: where its text comes from, how it is fitted, what a message calls it."""

    field: TextField
    text: Callable[[Subject], str]
    fitter: Fitter
    label: str


def _plan(field: TextField, layout: Layout, typefaces: Typefaces, first_only: bool) -> _Plan:
    settings = tuple(one for one in field.settings if not first_only or one.typeface == field.settings[0].typeface)
    fitter = Fitter(replace(field, settings=settings), typefaces)
    return _Plan(field, _text_of(field, layout), fitter, layout.terms.get(field.name, field.name))


def _text_of(field: TextField, layout: Layout) -> Callable[[Subject], str]:
    """How a field's text is made from a subject: value, form of dates, width policy; a mark where the field has one."""
    if field.value.startswith(OWN):
        always = own_text(field.value, layout)
        return lambda subject: always
    if field.when:
        shown, when, mark = VALUES[field.value], field.when, field.mark
        return lambda subject: mark if str(shown(subject) or "") in when else ""
    value, form = VALUES[field.value], field.form
    widths = {"half": _HALF, "full": _FULL}.get(field.width_policy)
    days: dict[date, str] = {}

    def text(subject: Subject) -> str:
        found = value(subject)
        if isinstance(found, date):
            written = days.get(found)
            if written is None:
                written = _dated(found, form)
                written = days[found] = written.translate(widths) if widths else written
            return written
        return (found.translate(widths) if widths else found) if found else ""

    return text


def _dated(day: date, form: str) -> str:
    return day.isoformat() if form == "iso" else wareki(day, padded=form == "wareki-padded")


def _outside(place: str, clusters: Iterable[str]) -> Problem:
    return Problem("member-character-outside-repertoire", place, {"characters": _named(clusters)})


def _named(clusters: Iterable[str]) -> str:
    return "、".join(map(code_points, dict.fromkeys(clusters)))
