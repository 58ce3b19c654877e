"""Stamped sides against the oracle: the same document set whole by WeasyPrint, compared dot by dot at 300 dpi."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter

from pipeline.craft import specs, typesetter
from pipeline.model.decision import Decision, Outcome
from pipeline.model.document import Document
from pipeline.model.sheet import Grid, Piece, SheetDesign
from pipeline.model.template import CodeField, Template
from pipeline.office.materials import load
from pipeline.office.proof import sample_members
from pipeline.office.shop import Shop
from pipeline.stages.fill import fill
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.stamp import stamp
from tests.oracle import bare, whole

DAY = date(2026, 4, 1)
DOT = 25_400 / 300  # µm
SHOP = Shop()
SAMPLES = ("typical", "longest", "rare", "variant", "foreign")
PAIRS = [(name, SHOP.issuers()[n % len(SHOP.issuers())]) for n, name in enumerate(SHOP.documents())]


def rendered(pdf: bytes) -> list[Image.Image]:
    with pypdfium2.PdfDocument(pdf) as file:
        return [page.render(scale=300 / 72, grayscale=True).to_pil().copy() for page in file]


def stamped(document: Document, template: Template) -> list[Image.Image]:
    """Each side of each leaf alone on a sheet of its bleed box."""
    bleed = template.bleed
    size = {"width": template.width + 2 * bleed, "height": template.height + 2 * bleed}
    piece = Piece.model_construct(width=template.width, height=template.height, bleed=bleed)
    sheet = SheetDesign.model_construct(title="piece", piece=piece, grid=Grid(columns=1, rows=1), marks=None, **size)
    ink, file = stamp([document], template, SHOP.typefaces()), BytesIO()
    sheets = impose(len(ink.leaves), sheet)
    slug = Slug("oracle", DAY.isoformat(), len(sheets), template.fingerprint)
    plate(file, ink, sheets, slots(sheet), template, sheet, SHOP.typefaces(), slug)
    return rendered(file.getvalue())


def edges(code: CodeField, bleed: int) -> tuple[float, float, float, float]:
    """A code's box in dots of the picture, with a dot around it."""
    box = code.box
    left, top, right, bottom = (edge + bleed for edge in (box.left, box.top, box.right, box.bottom))
    return left / DOT - 1, top / DOT - 1, right / DOT + 1, bottom / DOT + 1


def modules(picture: Image.Image, code: CodeField, bleed: int) -> list[bool]:
    """Which modules of a version 4 code are dark at their middle."""
    step = code.box.width / 33
    places = [
        (code.box.left + bleed + (x + 0.5) * step, code.box.top + bleed + (y + 0.5) * step)
        for y in range(33)
        for x in range(33)
    ]
    dark = [picture.getpixel((round(x / DOT), round(y / DOT))) < 128 for x, y in places]
    assert 300 < sum(dark) < 800
    return dark


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize(("name", "issuer"), PAIRS)
def test_stamped_is_what_weasyprint_sets(name: str, issuer: str, sample: str) -> None:
    kind = load(SHOP, issuer, DAY, [name]).kinds[name]
    member = sample_members(SHOP, issuer)[sample]
    until = date(2029, 11, 30)
    decision = Decision(member.place, member.key, name, Outcome.ISSUE, "oracle", "oracle", "home", DAY, until, "oracle")
    document = fill(kind.form, member, decision, "0001-0000001-K")
    assert isinstance(document, Document), document
    template = bare(kind.template)
    assets = specs.read_assets(SHOP.root / "layouts" / "documents" / name)
    typesetter.confine_fonts(SHOP.root / "fonts", SHOP.root / "output" / ".cache")
    pages = stamped(document, template)
    duplex = any(leaf.back for leaf in template.leaves)
    for leaf, sides in enumerate(template.leaves):
        for side in range(len(sides.sides)):
            html = whole([document], leaf, side, template, kind.layout, SHOP.issuer(issuer), assets, SHOP.typefaces())
            (set_whole,) = rendered(typesetter.set_page(html, assets))
            ours = pages[leaf * (2 if duplex else 1) + side]
            assert ours.size == set_whole.size
            assert sum(set_whole.histogram()[:128]) > 2_000, "the oracle's page is not blank"
            for code in sides.sides[side].codes:  # a mask's edges fall on whole dots, a path's between them
                assert modules(ours, code, template.bleed) == modules(set_whole, code, template.bleed)
                for picture in (ours, set_whole):
                    picture.paste(255, tuple(round(edge) for edge in edges(code, template.bleed)))
            assert apart(ours, set_whole) <= 64, f"leaf {leaf} side {side}"


def apart(one: Image.Image, other: Image.Image) -> int:
    """How far two pictures are apart in grey, a shift of one dot (0.085 mm) forgiven: small glyphs snap to whole dots."""
    worst = 0
    for a, b in ((one, other), (other, one)):
        above = ImageChops.subtract(a, b.filter(ImageFilter.MaxFilter(3)))
        below = ImageChops.subtract(b.filter(ImageFilter.MinFilter(3)), a)
        worst = max(worst, above.getextrema()[1], below.getextrema()[1])
    return worst


def test_the_comparison_would_see_a_wrong_digit() -> None:
    """The test above can fail: one character changed shows."""
    name, issuer = PAIRS[0]
    kind = load(SHOP, issuer, DAY, [name]).kinds[name]
    member = sample_members(SHOP, issuer)["typical"]
    decision = Decision(member.place, member.key, name, Outcome.ISSUE, "oracle", "oracle", "home", DAY, DAY, "oracle")
    document = fill(kind.form, member, decision, "0001-0000001-K")
    assert isinstance(document, Document)
    texts = tuple(text.replace("567", "568") for text in document.texts)
    one, other = (stamped(version, bare(kind.template))[0] for version in (document, replace(document, texts=texts)))
    assert apart(one, other) > 128


def test_fixtures_stand_beside_the_layouts() -> None:
    assert (Path(SHOP.root) / "fixtures" / "samples.yaml").exists() and set(SAMPLES) <= set(sample_members(SHOP, "kenpo"))
