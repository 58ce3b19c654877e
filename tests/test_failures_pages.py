"""The real failures of sources §9, rows 17 to 23: pages, codes, wording, digits, and what is left over."""

from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from pipeline.base.problems import LayoutError, PreflightError, Problem
from pipeline.craft.wording_lint import LAST_YEARS
from pipeline.model.document import Document
from pipeline.model.layout import Layout
from pipeline.office import job
from pipeline.office.order import ReissueRequest
from pipeline.rules.eras import ERAS
from pipeline.rules.limits import BLANK_MARK, shown_limit_class
from pipeline.stages.decide import decide
from tests import failing, orders
from tests.failing import cards, codes, done, notices, spoilt, stopped
from tests.insurers import member

DAY = orders.DAY
FORMATS: Any = zxingcpp.BarcodeFormat.QRCode
SHOP = orders.shop(orders.ROOT / "output")
DIGITS, CLASS, RATIO = "member.my_number_masked", "member.limit_class", "member.ratio"


def test_row_17_one_page_off_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """102 notices had somebody else's page: the binder was started again one page off."""

    def off(pdf: pikepdf.Pdf) -> None:
        second = [pdf.pages[n].obj for n in range(1, len(pdf.pages), 2)]
        kept = [page.Contents for page in second]
        for page, other in zip(second, [kept[-1], *kept[:-1]], strict=True):
            page.Contents = other

    found = codes(notices(), off)
    assert found.count("preflight-text") >= 4
    (part,) = spoilt("home").folder.glob(".work/*-home/sheets-0001.pdf")
    made = part.read_bytes()
    part.write_bytes(made[:-100])
    assert spoilt("home").stops(lambda rows: rows[1:], monkeypatch).code
    assert part.read_bytes() == made, "a part that a restart finds is not trusted: it was made again"


def own_addresses(layout: Layout) -> set[str]:
    """The web addresses that a layout's codes lead to."""
    sides = [side for leaf in layout.leaves for side in (leaf.front, leaf.back) if side]
    values = [code.value.partition(".") for side in sides for code in side.codes.values()]
    return {str(layout.texts[key]) for kind, _, key in values if kind == "text"}


def with_addresses() -> list[tuple[str, str]]:
    """The documents with such codes, each with an issuer who uses it."""
    uses = {one: name for name in SHOP.issuers() for one in [*SHOP.issuer(name).documents, *SHOP.issuer(name).enclosures]}
    return [(document, uses[document]) for document in sorted(uses) if own_addresses(SHOP.layout(document))]


@pytest.mark.parametrize(("document", "issuer"), with_addresses())
def test_row_18_every_code_of_a_web_address_reads_as_it_should(document: str, issuer: str) -> None:
    """A code printed on an envelope led to meaningless text: each is read from the picture of the finished page."""
    pages = [page.render(scale=300 / 72).to_pil() for page in pypdfium2.PdfDocument(failing.printed(document, issuer))]
    read = {found.text for page in pages for found in zxingcpp.read_barcodes(page, formats=FORMATS)}
    assert read >= own_addresses(SHOP.layout(document))


def test_row_18_an_address_of_nobody_we_know(tmp_path: Path) -> None:
    """The same before it is printed: a host that is not on the list, one letter off, is refused."""
    document, _ = with_addresses()[0]
    house = failing.house(tmp_path)
    address = min(own_addresses(house.layout(document)))
    host = address.split("/")[2]
    path = house.root / "layouts" / "documents" / document / "layout.yaml"
    failing.spoil(path, f"https://{host}", f"https://{host}.example")
    house._layouts.clear()
    problem = stopped(LayoutError, lambda: house.layout(document))
    assert problem.code == "code-address-unlisted" and f"{host}.example" in problem.message


def test_row_19_a_year_that_will_not_be(tmp_path: Path) -> None:
    """「令和31年」 was printed from an older artwork, and 「往復」 missed on 14 million postcards.

    Open: approval of what differs from the last edition; today a changed artwork has another fingerprint.
    """
    done().is_held(27, "member-bad-date")
    done().is_held(28, "member-dates-out-of-order")
    for era in ERAS[:-1]:
        assert LAST_YEARS[era.name] == era.last.year - era.zero
    house = failing.house(tmp_path)
    document = next(iter(house.issuer("kenpo").documents))
    before = house.template(document, "kenpo", DAY).fingerprint
    artwork = house.root / "layouts" / "documents" / document / house.layout(document).leaves[0].front.artwork
    text = artwork.read_text("utf-8")
    artwork.write_text(text.replace("</div>", "<p>見本</p></div>", 1), "utf-8")
    assert house.template(document, "kenpo", DAY).fingerprint != before
    artwork.write_text(text + "<p>令和31年4月1日から</p>", "utf-8")
    house._layouts.clear()
    problem = stopped(LayoutError, lambda: house.layout(document))
    assert problem.code == "wording-impossible-year" and "令和31年" in problem.message


@pytest.mark.parametrize("match", ["不一致", "未登録", ""])
def test_row_20_digits_of_a_wrong_link(match: str) -> None:
    """Wrong links showed people another person's data: digits stand only where the comparison was certain."""
    materials = failing.materials()
    shows = failing.showing(materials, DIGITS)
    person = member(match=match, last4="0123", address="見本県", postcode="9990001")
    outcomes = {one.document: one.outcome.value for one in decide(person, materials.issuer, DAY, DAY)}
    assert shows and {outcomes[name] for name in shows} == {"skip"}
    for name in shows:
        problem = failing.forced(materials, name, person)
        assert isinstance(problem, Problem) and problem.code == "member-empty-field" and DIGITS in problem.place
    for name, kind in materials.kinds.items():
        filled = failing.forced(materials, name, person)
        assert "0123" not in str(filled), kind


def test_row_21_two_cards_changed_places() -> None:
    """One clerk sent each of two people the other's card.

    Open: approval by two persons, and scanning to close; today a lot's folder has what the ledger says, or is refused.
    """
    asked = [ReissueRequest(failing.key(n), failing.ISSUER, DAY, "lost", "paid") for n in (2, 3)]
    one, other = (job.reissue(request, done().shop).lots[0].folder for request in asked)
    for folder in (one, other):
        assert job.verify(folder, done().shop).documents == 1
    files = [folder / "sheets-0001.pdf" for folder in (one, other)]
    swapped = [path.read_bytes() for path in files[::-1]]
    for path, data in zip(files, swapped, strict=True):
        path.chmod(0o600)
        path.write_bytes(data)
    for folder in (one, other):
        assert stopped(PreflightError, lambda folder=folder: job.verify(folder, done().shop)).code == "verify-part-differs"  # type: ignore[misc]


def test_row_22_the_back_of_a_sheet_that_was_left_over() -> None:
    """A letter had a left-over sheet's print on its back; printed waste became drawing paper. Open: an account of spoils."""

    def left_over(pdf: pikepdf.Pdf) -> None:
        pdf.pages[3].obj.Contents = pdf.pages[1].obj.Contents

    found = codes(cards(), left_over)
    assert found.count("preflight-text") >= 21 and "preflight-slug" in found


def test_row_23_what_is_empty_says_so() -> None:
    """An empty limit class or ratio must not read as "none": ＊ stands there and is explained, or nothing is issued."""
    materials = failing.materials()
    kinds = {value: failing.showing(materials, value) for value in (CLASS, RATIO)}
    person = member(birth=date(1954, 1, 15), applied="有", effective_on=DAY)
    assert shown_limit_class(person) == BLANK_MARK
    outcomes = {one.document: (one.outcome.value, one.reason) for one in decide(person, materials.issuer, DAY, DAY)}
    assert [outcomes[name] for name in kinds[CLASS]] == [("skip", "no-limit-class")]
    for name in kinds[CLASS]:
        problem = failing.forced(materials, name, person)
        assert isinstance(problem, Problem) and problem.code == "member-empty-field" and CLASS in problem.place
    explained = 0
    for name in kinds[RATIO]:
        filled = failing.forced(materials, name, person)
        if outcomes[name][0] == "hold":
            assert outcomes[name][1] == "ratio-missing"
        elif isinstance(filled, Document):
            assert failing.texts(materials, filled, RATIO, name) == [BLANK_MARK]
            assert any(str(text).startswith(BLANK_MARK) for text in materials.kinds[name].layout.texts.values()), name
            explained += 1
    assert explained
