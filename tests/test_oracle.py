"""Stamped sides against the oracle: the same document set whole by WeasyPrint, glyph by glyph and dot by dot."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO
from typing import NamedTuple

import pypdfium2
import pytest

from pipeline.craft import artwork, specs, typesetter
from pipeline.model.decision import Decision, Outcome
from pipeline.model.document import Document
from pipeline.model.sheet import Grid, Piece, SheetDesign
from pipeline.model.template import LeafTemplate, Side, Template
from pipeline.office.enclosures import Paper
from pipeline.office.materials import load, load_paper
from pipeline.office.planning import Kind
from pipeline.office.proof import sample_members
from pipeline.office.sample_lot import sample_pages
from pipeline.office.shop import Shop
from pipeline.stages.fill import fill
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.stamp import stamp
from tests.likeness import Fault, Sheet, faults
from tests.oracle import bare, first, whole

DAY = date(2026, 4, 1)
SHOP = Shop()
COMMON, UNCOMMON = ("typical", "longest"), ("rare", "variant", "foreign")  # the latter in turn: a case takes seconds
ISSUERS = {name: [one for one in SHOP.issuers() if name in SHOP.issuer(one).documents] for name in SHOP.documents()}
PAIRS = [(name, some[n % len(some)]) for n, (name, some) in enumerate(ISSUERS.items()) if some]
PAPERS = {name: issuer for issuer in SHOP.issuers() for name in SHOP.issuer(issuer).enclosures}
FIRST_OR_LAST = {"first": 0, "last": -1}  # of a paper's sample pages
SMALL = 20  # µm: a systematic shift of this size must be seen


class Case(NamedTuple):
    """A document of one layout, issuer and sample, and the template it is stamped on."""

    name: str
    issuer: str
    kind: Kind | Paper
    document: Document
    template: Template
    assets: dict[str, bytes]


@cache
def case(name: str, issuer: str, sample: str) -> Case:
    typesetter.confine_fonts(SHOP.root / "fonts", SHOP.root / "output" / ".cache")
    layouts = SHOP.root / "layouts"
    assets = specs.read_assets(layouts / "documents" / name, layouts / "parts")
    if name in PAPERS:
        paper, members = load_paper(SHOP, name, issuer, DAY), list(sample_members(SHOP, issuer).values())
        page = sample_pages(paper, name, members, issuer, DAY, SHOP)[FIRST_OR_LAST[sample]]
        return Case(name, issuer, paper, page, bare(paper.template), assets)
    kind = load(SHOP, issuer, DAY, [name]).kinds[name]
    member = sample_members(SHOP, issuer)[sample]
    until = date(2029, 11, 30)
    decision = Decision(member.place, member.key, name, Outcome.ISSUE, "oracle", "oracle", "home", DAY, until, "oracle")
    document = fill(kind.form, member, decision, "0001-0000001-K")
    assert isinstance(document, Document), document
    return Case(name, issuer, kind, document, bare(kind.template), assets)


@cache
def set_whole(name: str, issuer: str, sample: str, leaf: int, side: int) -> bytes:
    """The oracle's page."""
    made = case(name, issuer, sample)
    html = whole(
        [made.document], leaf, side, made.template, made.kind.layout, SHOP.issuer(issuer), made.assets, SHOP.typefaces()
    )
    return typesetter.set_page(html, made.assets)


def stamped(document: Document, template: Template) -> bytes:
    """Each side of each leaf alone on a sheet of its bleed box."""
    bleed = template.bleed
    size = {"width": template.width + 2 * bleed, "height": template.height + 2 * bleed}
    piece = Piece.model_construct(width=template.width, height=template.height, bleed=bleed)
    turn = "short-edge" if template.width > template.height else "long-edge"  # about the upright: backs stand as fronts do
    sheet = SheetDesign.model_construct(title="piece", piece=piece, grid=Grid(columns=1, rows=1), marks=None, turn=turn, **size)
    ink, file = stamp([document], template, SHOP.typefaces()), BytesIO()
    sheets = impose(len(ink.leaves), sheet)
    slug = Slug("oracle", DAY.isoformat(), len(sheets), template.fingerprint)
    plate(file, ink, sheets, slots(sheet), template, sheet, SHOP.vendor("office"), SHOP.typefaces(), slug)
    return file.getvalue()


def compared(name: str, issuer: str, sample: str, leaf: int, side: int, printed: bytes) -> list[Fault]:
    """Where one side of a stamped PDF is not what the oracle sets."""
    made = case(name, issuer, sample)
    compiled = made.template.leaves[leaf].sides[side]
    first_text, _ = first(made.template, leaf, side)
    inked = [field.name for n, field in enumerate(compiled.texts, first_text) if made.document.texts[n]]
    number = leaf * (2 if any(one.back for one in made.template.leaves) else 1) + side
    with (
        pypdfium2.PdfDocument(printed) as ours,
        pypdfium2.PdfDocument(set_whole(name, issuer, sample, leaf, side)) as other,
        pypdfium2.PdfDocument(compiled.pdf) as artwork_alone,
    ):
        pages = Sheet(ours[number]), Sheet(other[0]), Sheet(artwork_alone[0])
        return faults(*pages, compiled, inked, made.template.bleed)


EVERY = [(*pair, sample) for n, pair in enumerate(PAIRS) for sample in (*COMMON, UNCOMMON[n % len(UNCOMMON)])]
EVERY += [(*pair, page) for pair in PAPERS.items() for page in FIRST_OR_LAST]


@pytest.mark.parametrize(("name", "issuer", "sample"), EVERY)
def test_stamped_is_what_weasyprint_sets(name: str, issuer: str, sample: str) -> None:
    made = case(name, issuer, sample)
    printed = stamped(made.document, made.template)
    for leaf, sides in enumerate(made.template.leaves):
        for side in range(len(sides.sides)):
            assert compared(name, issuer, sample, leaf, side, printed) == [], f"leaf {leaf} side {side}"


@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_tracking_is_set_as_weasyprint_sets_it(align: str) -> None:
    """Also where a character has a variation selector, which is no glyph. WeasyPrint cuts every space to 1/1000 of the em."""
    name, issuer = PAIRS[0]
    made = case(name, issuer, "variant")
    side = made.template.leaves[0].front
    at = next(n for n, text in enumerate(made.document.texts[: len(side.texts)]) if "\U000e0100" <= max(text) <= "\U000e01ef")
    tenth = side.texts[at].settings[made.document.settings[at]].size // 10
    texts = [replace(field, align=align, tracking=tenth) if n == at else field for n, field in enumerate(side.texts)]
    template = replace(made.template, leaves=(LeafTemplate(replace(side, texts=tuple(texts)), None),))
    html = whole([made.document], 0, 0, template, made.kind.layout, SHOP.issuer(issuer), made.assets, SHOP.typefaces())
    with (
        pypdfium2.PdfDocument(stamped(made.document, template)) as ours,
        pypdfium2.PdfDocument(typesetter.set_page(html, made.assets)) as other,
        pypdfium2.PdfDocument(side.pdf) as artwork_alone,
    ):
        pages = Sheet(ours[0]), Sheet(other[0]), Sheet(artwork_alone[0])
        assert faults(*pages, template.leaves[0].front, [texts[at].name], template.bleed, origin=tenth / 20) == []


# The comparison can fail: planted faults, all on the front of a layout with a code and texts aligned in every way.

ALIGNED = {"left", "center", "right"}


class Planted(NamedTuple):
    """A case to plant faults in: name, issuer, sample; its front; the names of its texts that print, and of its codes."""

    of: tuple[str, str, str]
    front: Side
    texts: list[str]
    codes: list[str]


@cache
def ground() -> Planted:
    for name, issuer in PAIRS:
        made = case(name, issuer, "typical")
        front = made.template.leaves[0].front
        texts = {field.name: field.align for field, text in zip(front.texts, made.document.texts, strict=False) if text}
        if front.codes and set(texts.values()) == ALIGNED:
            return Planted((name, issuer, "typical"), front, list(texts), [code.name for code in front.codes])
    raise AssertionError("no layout has a code and texts aligned in every way")


def planted(change: Callable[[Side], Side]) -> dict[str, str]:
    """What is seen when the template's front is changed before stamping: where → what."""
    made = case(*ground().of)
    first, *others = made.template.leaves
    template = replace(made.template, leaves=(LeafTemplate(change(first.front), first.back), *others))
    return dict(compared(*ground().of, 0, 0, stamped(made.document, template)))


def moved(side: Side, names: list[str], right: int, down: int) -> Side:
    """A side with some of its fields and codes moved, µm."""

    def move(fields: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(
            replace(field, box=field.box._replace(left=field.box.left + right, top=field.box.top + down))
            if field.name in names
            else field
            for field in fields
        )

    return replace(side, texts=move(side.texts), codes=move(side.codes))


@pytest.mark.parametrize(("right", "down"), [(SMALL, 0), (0, -SMALL)])
def test_a_small_shift_of_any_one_field_is_seen(right: int, down: int) -> None:
    _, _, texts, codes = ground()
    for name in texts + codes:
        seen = planted(lambda side, name=name: moved(side, [name], right, down))  # type: ignore[misc]
        assert name in seen
        assert ("glyphs" in seen) == (name in texts)


def test_a_small_shift_of_all_fields_is_seen_in_each() -> None:
    _, _, texts, codes = ground()
    assert {*texts, *codes, "glyphs"} <= set(planted(lambda side: moved(side, texts + codes, -SMALL, 0)))


def test_a_small_shift_of_the_artwork_is_seen() -> None:
    made = case(*ground().of)
    spec = made.kind.layout.leaves[0].front
    html = artwork.page(made.assets[spec.artwork].decode(), spec, made.kind.layout, SHOP.issuer(made.issuer), made.assets)
    pdf = typesetter.set_page(html.replace("</head>", "<style>.trim { margin-left: 0.02mm }</style></head>"), made.assets)
    assert {"glyphs", "dots"} <= set(planted(lambda side: replace(side, pdf=pdf)))


@pytest.mark.parametrize("change", [{"size": 40}, {"baseline": 20}])
def test_another_size_or_baseline_is_seen(change: dict[str, int]) -> None:
    def changed(side: Side) -> Side:
        texts = []
        for field in side.texts:
            settings = [
                replace(one, **{key: getattr(one, key) + more for key, more in change.items()}) for one in field.settings
            ]
            texts.append(replace(field, settings=tuple(settings)))
        return replace(side, texts=tuple(texts))

    assert {"glyphs", *ground().texts} <= set(planted(changed))


def test_another_digit_is_seen_wherever_one_stands() -> None:
    made, front = case(*ground().of), ground().front
    changed = 0
    for at, (field, text) in enumerate(zip(front.texts, made.document.texts, strict=False)):
        digit = next((char for char in reversed(text) if char in "0123456789"), None)
        if digit:
            wrong = text[::-1].replace(digit, "8" if digit == "3" else "3", 1)[::-1]
            texts = (*made.document.texts[:at], wrong, *made.document.texts[at + 1 :])
            seen = compared(*ground().of, 0, 0, stamped(replace(made.document, texts=texts), made.template))
            assert Fault(field.name, "another shape") in seen
            changed += 1
    assert changed > 4


def test_another_code_is_seen() -> None:
    made, (code, *_) = case(*ground().of), ground().codes
    payloads = tuple(payload[:-1] + ("0" if payload[-1] != "0" else "1") for payload in made.document.payloads)
    seen = compared(*ground().of, 0, 0, stamped(replace(made.document, payloads=payloads), made.template))
    assert {fault.where for fault in seen} == {code}
    assert Fault(code, "another shape") in seen


def test_fixtures_stand_beside_the_layouts() -> None:
    assert (SHOP.root / "fixtures" / "samples.yaml").exists() and {*COMMON, *UNCOMMON} <= set(sample_members(SHOP, "kenpo"))
