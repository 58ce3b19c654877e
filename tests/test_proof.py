"""Proofs: every sample on every document, the word across each page, the same bytes, and pictures of the right size."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from pipeline.base.problems import HandoffError
from pipeline.model.decision import Outcome
from pipeline.office.proof import MARK, SERIAL, Proof, proof, prove, sample_members, samples
from pipeline.office.shop import Shop
from pipeline.stages.decide import decide
from tests import orders

DAY = date(2026, 4, 1)
SHOP = Shop()
SAMPLES = list(samples(SHOP))
FIRST = next(iter(SHOP.issuer(orders.ISSUER).documents))


def pages(made: Proof) -> PdfReader:
    return PdfReader(BytesIO(made.pdf))


def used() -> list[tuple[str, str]]:
    """Which issuer uses which document type."""
    issuers = [(name, SHOP.issuer(name)) for name in SHOP.issuers()]
    return [(document, name) for name, issuer in issuers for document in [*issuer.documents, *issuer.enclosures]]


def test_every_document_is_used() -> None:
    assert {document for document, _ in used()} == set(SHOP.documents())


@pytest.mark.parametrize(("document", "issuer"), used())
def test_every_issuer_has_a_proof_of_every_document(document: str, issuer: str) -> None:
    made = proof(document, issuer, "", DAY, SHOP)
    reader = pages(made)
    leaves = SHOP.template(document, issuer, DAY).leaves
    assert len(reader.pages) % (max(len(leaf.sides) for leaf in leaves) * len(leaves)) == 0 < len(reader.pages)
    for page in reader.pages:
        assert "/Overprint" in page["/Resources"]["/XObject"]  # type: ignore[index,operator]
        assert b"/Overprint Do" in page.get_contents().get_data()  # type: ignore[union-attr]
    across = reader.pages[0]["/Resources"]["/XObject"]["/Overprint"]  # type: ignore[index]
    font = across["/Resources"]["/Font"]["/F0"]
    assert all(f"{ord(char):04X}" in font["/ToUnicode"].get_data().decode().upper() for char in MARK)
    if issuer == next(user for one, user in used() if one == document):
        assert proof(document, issuer, "", DAY, SHOP).pdf == made.pdf


def due() -> list[tuple[str, str]]:
    """Which sample member gets which document."""
    issuer = SHOP.issuer(orders.ISSUER)
    decisions = ((name, decide(member, issuer, DAY, DAY)) for name, member in sample_members(SHOP, orders.ISSUER).items())
    return [(one.document, name) for name, some in decisions for one in some if one.outcome is Outcome.ISSUE]


def test_every_sample_gets_a_document() -> None:
    assert {name for _, name in due()} == set(SAMPLES)


@pytest.mark.parametrize(("document", "sample"), due())
def test_every_sample_fits_the_documents_it_gets(document: str, sample: str) -> None:
    made = proof(document, orders.ISSUER, sample, DAY, SHOP)
    text = "".join(page.extract_text() for page in pages(made).pages)
    assert SERIAL in text and samples(SHOP)[sample]["番号"] in text


def test_there_are_samples_of_every_sort() -> None:
    members = sample_members(SHOP, orders.ISSUER)
    assert len(members) >= 6
    assert {member.is_dependant for member in members.values()} == {True, False}
    assert any(member.alias_name for member in members.values()) and any(member.ratio for member in members.values())
    assert any(not member.last4 for member in members.values())
    assert any(ord(char) > 0xFFFF for member in members.values() for char in member.name)


def test_a_picture_shows_both_sides(tmp_path: Path) -> None:
    target = prove(FIRST, orders.ISSUER, "", tmp_path / "deep" / "proof.png", DAY, SHOP)
    picture = Image.open(target)
    template = SHOP.template(FIRST, orders.ISSUER, DAY)
    side = round((template.width + 2 * template.bleed) * 300 / 25400)
    high = round((template.height + 2 * template.bleed) * 300 / 25400)
    assert abs(picture.width - 2 * side - 24) <= 2 and abs(picture.height - high) <= 1
    assert round(picture.info["dpi"][0]) == 300
    for left in (0, side + 24):
        colours = picture.convert("RGB").crop((left, 0, left + side, high)).getcolors(1 << 24)
        assert colours and len(colours) > 100
        assert any(red > 200 and green < 100 and blue < 100 for _, (red, green, blue) in colours)  # the word across


def test_a_proof_stands_in_for_no_document(tmp_path: Path) -> None:
    """Its serial is of no order; no ledger is written."""
    shop = Shop(tmp_path / "out")
    target = prove(FIRST, orders.ISSUER, "", None, DAY, shop)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["proofs"]
    assert target.parent == tmp_path / "out" / "proofs" and target.read_bytes().startswith(b"%PDF")
    assert SERIAL.startswith("0000-0000000-")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(HandoffError, match="disk-not-writable"):
        prove(FIRST, orders.ISSUER, "", tmp_path / "file" / "proof.pdf", DAY, SHOP)
