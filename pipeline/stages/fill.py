"""Fill: the final text of every field of a document, or why the record is held.

What a field can show is a name in `rules/values`. Dates are written by the field's `form`, widths by its policy; a text that no
declared typeface covers and the issuer's policy does not substitute, or that fits no step and may not overflow, holds
the record.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from pipeline.base.problems import Problem
from pipeline.craft import linear, qr, sk1, sk2
from pipeline.craft.fitting import Fitted, Fitter
from pipeline.craft.signing import Signer
from pipeline.craft.typefaces import Typefaces
from pipeline.model.decision import Decision
from pipeline.model.document import Document
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout
from pipeline.model.member import Member
from pipeline.model.template import SIGNED, CodeField, Template, TextField
from pipeline.rules.addresses import customer_code
from pipeline.rules.characters import code_points
from pipeline.rules.eras import wareki
from pipeline.rules.printing import Printing, compile_printing
from pipeline.rules.seventy import elderly_branch
from pipeline.rules.values import OWN, VALUES, Subject

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_FULL = {half: full for full, half in _HALF.items()}


def _sk1(subject: Subject, branch: str) -> str:
    member, decision = subject.member, subject.decision
    return sk1.payload(
        subject.layout.letter, member.insurer_number, member.symbol, member.number, branch, member.birth,
        decision.issued_on or date.min, decision.expires_on, subject.serial,
    )  # fmt: skip


CODES: Mapping[str, Callable[[Subject], str]] = {
    "member.customer_code": lambda s: customer_code(s.member.postcode, s.member.address),
    "member.acceptance_digits": lambda s: s.member.acceptance_number.replace("-", ""),
    "code.sk1": lambda s: _sk1(s, s.member.branch),
    "code.sk1_elderly": lambda s: _sk1(s, elderly_branch(s.member)),
}


_SERIAL = "issue.serial"
_CARRY_SERIAL = ("code.sk1", "code.sk1_elderly")


class Form(NamedTuple):
    """A template made ready to be filled: fields, fitters and policies looked up once; with a signer codes are signed."""

    issuer: Issuer
    layout: Layout
    plans: tuple["_Plan", ...]
    codes: tuple[tuple[CodeField, Callable[[Subject], str]], ...]
    printing: Printing = Printing()
    signer: Signer | None = None


def prepare(issuer: Issuer, layout: Layout, template: Template, typefaces: Typefaces, signer: Signer | None = None) -> Form:
    """The form of one template; keep it, it remembers texts that come again."""
    printing = compile_printing(issuer)
    first_only = printing.characters.first_typeface_only
    plans = tuple(_plan(field, layout, typefaces, first_only) for field in template.texts)
    codes = tuple((code, _payload_of(code, layout, signer)) for code in template.codes)
    return Form(issuer, layout, plans, codes, printing, signer)


def _payload_of(code: CodeField, layout: Layout, signer: Signer | None) -> Callable[[Subject], str]:
    if code.value.startswith(OWN):
        always = own_text(code.value, layout)
        return lambda subject: always
    payload = CODES[code.value]
    if signer and code.value in _CARRY_SERIAL:
        return lambda subject: sk2.signed(payload(subject), signer)
    return payload


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


def renumber(form: Form, document: Document, serial: str) -> Document | Problem:
    """A document as it is kept, for another piece: every text and payload as before but those that say the serial.

    A Problem if the new serial does not fit where the old one did, or a signed code cannot be signed again.
    """
    texts, settings = list(document.texts), list(document.settings)
    for index, plan in enumerate(form.plans):
        if plan.field.value == _SERIAL:
            fitted = plan.fitter.fit(plan.text(serial))
            if not isinstance(fitted, Fitted):
                return Problem("member-text-too-long", f"{serial} {plan.label}", {"length": len(serial)})
            texts[index], settings[index] = fitted
    payloads = list(document.payloads)
    for index, (code, _) in enumerate(form.codes):
        if code.value not in _CARRY_SERIAL:
            continue
        if not payloads[index].startswith(SIGNED):
            payloads[index] = sk1.with_control(payloads[index], serial)
        elif form.signer:
            payloads[index] = sk2.with_control(payloads[index], serial, form.signer)
        else:
            return Problem("code-key-gone", serial)
    return Document(serial, tuple(texts), tuple(settings), tuple(payloads))


class _Uncovered(NamedTuple):
    """Where a text stands that no typeface of its field has whole, and the characters it lacks."""

    place: str
    missing: tuple[str, ...]


def _fill(form: Form, member: Member, decision: Decision, serial: str) -> Document | Problem | _Uncovered:
    layout = form.layout
    subject = Subject(member, decision, form.issuer, layout, serial, form.printing)
    fitted: list[Fitted] = []
    spilled: dict[str, list[str]] = {}
    for plan in form.plans:
        found = plan.value(subject)
        known = None if spilled else plan.known.get(found)
        if known is None:
            settled = _settle(plan, found, member, layout, spilled)
            if not isinstance(settled, Fitted):
                return settled
            known = settled
        fitted.append(known)
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
    return Document(serial, tuple([one[0] for one in fitted]), tuple([one[1] for one in fitted]), payloads)


def _settle(
    plan: "_Plan", found: object, member: Member, layout: Layout, spilled: dict[str, list[str]]
) -> Fitted | Problem | _Uncovered:
    """A field whose value has not been seen, or that may have to take what did not fit another one."""
    text, field = plan.text(found), plan.field
    told = spilled.pop(field.name, None)
    if told:
        text = "\n".join([*filter(None, [text]), *told])
    if not text and field.required:
        return Problem("member-empty-field", f"{member.place} {field.value}", {"field": plan.label})
    fitted = plan.fitter.fit(text)
    if isinstance(fitted, Fitted):
        if not told:
            plan.remember(found, fitted)
        return fitted
    if fitted.missing:
        return _Uncovered(f"{member.place} {field.value}", fitted.missing)
    spilled.setdefault(field.overflow, []).append(f"{plan.label}：{text}")
    fitted = plan.fitter.fit(layout.terms.get("see_note", "裏面備考参照"))
    if field.overflow == "hold" or not isinstance(fitted, Fitted):
        return Problem("member-text-too-long", f"{member.place} {field.value}", {"length": len(text)})
    return fitted


def has_room(code: CodeField, payload: str) -> bool:
    """Whether a payload's symbol keeps its least module in the field's box. ValueError for what bars cannot say."""
    if code.kind == "qr":
        return qr.size(payload, code.level_of(payload)) * code.module <= code.box.width
    return not payload or linear.narrowest(code.kind, linear.bitmap(code.kind, payload), code.box.width) >= code.module


_REMEMBERED = 2_000  # values of one field


class _Plan:
    """One field made ready: where its value comes from, how that is written and fitted, what a message calls the field.

    `known` are values seen before: a day or a category comes again and again, a serial never does.
    """

    def __init__(self, field: TextField, layout: Layout, fitter: Fitter):
        self.field, self.fitter = field, fitter
        self.label = layout.terms.get(field.name, field.name)
        self.value = _value_of(field, layout)
        self.text = _text_of(field)
        self.known: dict[object, Fitted] = {}

    def remember(self, found: object, fitted: Fitted) -> None:
        """Keep what a value became; days stay for good, there are only so many in a life."""
        if len(self.known) >= _REMEMBERED and not isinstance(found, date):
            self.known.clear()
        self.known[found] = fitted


def _plan(field: TextField, layout: Layout, typefaces: Typefaces, first_only: bool) -> _Plan:
    settings = tuple(one for one in field.settings if not first_only or one.typeface == field.settings[0].typeface)
    return _Plan(field, layout, Fitter(replace(field, settings=settings), typefaces))


def _value_of(field: TextField, layout: Layout) -> Callable[[Subject], object]:
    """Where a field's value comes from: a subject, or the layout's own words."""
    if field.value.startswith(OWN):
        always = own_text(field.value, layout)
        return lambda subject: always
    return VALUES[field.value]


def _text_of(field: TextField) -> Callable[[object], str]:
    """How a value is written: form of dates, width policy; a mark where the field has one."""
    when, mark, form = field.when, field.mark, field.form
    widths = {"half": _HALF, "full": _FULL}.get(field.width_policy)

    def text(found: object) -> str:
        if when:
            return mark if str(found or "") in when else ""
        written = _dated(found, form) if isinstance(found, date) else str(found or "")
        return written.translate(widths) if widths else written

    return text


def _dated(day: date, form: str) -> str:
    return day.isoformat() if form == "iso" else wareki(day, padded=form == "wareki-padded")


def _outside(place: str, clusters: Iterable[str]) -> Problem:
    return Problem("member-character-outside-repertoire", place, {"characters": _named(clusters)})


def _named(clusters: Iterable[str]) -> str:
    return "、".join(map(code_points, dict.fromkeys(clusters)))
