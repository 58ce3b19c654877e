"""Every row of the field's list of features is shown by a test, or says plainly why it is not."""

from datetime import date
from functools import cache
from io import BytesIO

import pypdfium2
import pytest

from pipeline.office.proof import proof
from pipeline.office.shop import Shop
from tests import features

DAY = date(2026, 4, 1)
SHOP = Shop()
ROWS = features.features()


def issuers_of(document: str) -> list[str]:
    found = [(name, SHOP.issuer(name)) for name in SHOP.issuers()]
    return [name for name, issuer in found if document in issuer.documents or document in issuer.enclosures]


@cache
def words(document: str, issuer: str) -> str:
    """All that a proof says, without blanks and line ends."""
    with pypdfium2.PdfDocument(BytesIO(proof(document, issuer, "", DAY, SHOP).pdf)) as pdf:
        text = "".join(page.get_textpage().get_text_bounded() for page in pdf)
    return "".join(text.split())


def test_the_rows_are_88_and_each_is_shown_or_explained() -> None:
    assert [one.row for one in ROWS] == [f"F{n:02d}" for n in range(1, 89)]
    tests = features.marked()
    assert not [one.row for one in ROWS if not (one.says or tests.get(one.row) or one.scope)]
    assert not set(tests) - {one.row for one in ROWS}, "a mark of a row that is none"


@pytest.mark.parametrize("one", [one for one in ROWS if one.says], ids=lambda one: one.row)
def test_a_document_says_what_the_row_asks(one: features.Feature) -> None:
    """Each of the words stands on the proof of one of the row's documents, of an issuer that uses it."""
    assert one.documents
    for document in one.documents:
        assert issuers_of(document), f"{document}: no issuer uses it"
    everything = {
        issuer: "".join(words(document, issuer) for document in one.documents if issuer in issuers_of(document))
        for issuer in SHOP.issuers()
    }
    for said in one.says:
        bare = "".join(said.split())
        users = [issuer for issuer in everything if any(issuer in issuers_of(document) for document in one.documents)]
        assert any(bare in everything[issuer] for issuer in users), said


def test_the_page_is_fresh() -> None:
    assert features.PAGE.read_text("utf-8") == features.page(), "run `make docs`"
