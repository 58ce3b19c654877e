"""Bundles: pieces of one employer or household stand together, their figures close, and what does not blocks its lot."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.base.problems import LayoutError, ShikakuError
from pipeline.model.bundle import Bundle
from pipeline.model.decision import Outcome
from pipeline.model.layout import CodeSpec
from pipeline.model.lot import Piece
from pipeline.model.member import Member
from pipeline.office.bundles import Entry, bundles, key_of, write_list
from pipeline.office.ledger_rows import Batch
from pipeline.office.materials import load, load_paper
from pipeline.office.papers import INSERTER_MARK, Filler
from pipeline.office.planning import add
from pipeline.office.proof import sample_members
from pipeline.office.sample_lot import sample_pages
from pipeline.stages.decide import decide
from tests import orders

SHOP = orders.shop(Path("unused"))
ISSUER = SHOP.issuer(orders.ISSUER)
ONE = replace(next(iter(sample_members(SHOP, orders.ISSUER).values())), office_id="1001", office_name="見本商事株式会社")


def entries(*members: Member, channel: str = "employer") -> list[Entry]:
    return [Entry(key_of(member, channel), f"0001-{n:07d}-A", member) for n, member in enumerate(members, 1)]


def made(*members: Member, of: int, channel: str = "employer") -> list[Bundle]:
    return list(bundles(entries(*members, channel=channel), of, ISSUER, "lot", channel))


def test_an_employer_gets_one_bundle_with_everybody_in_it() -> None:
    other = replace(ONE, number="102", office_id="2002", office_name="見本工業株式会社")
    first, second = made(ONE, replace(ONE, branch="01", category="家族"), other, of=2)
    assert (first.no, first.of, first.id, first.title, first.people) == (1, 2, "1001", "見本商事株式会社", 2)
    assert first.addressee == "見本商事株式会社　御中" and not first.address
    assert [row.no for row in first.rows] == [1, 2] and [row.serial for row in second.rows] == ["0001-0000003-A"]


def test_a_household_gets_one_bundle_addressed_to_the_insured() -> None:
    home = replace(ONE, postcode="9990001", address="見本県見本市一丁目")
    child = replace(home, branch="02", category="家族", name="見本　小花", insured_name=home.name)
    elsewhere = replace(child, address="見本県見本市二丁目")
    family, alone = made(child, home, elsewhere, of=2, channel="home")
    assert (family.people, family.title) == (2, home.alias_name or home.name)
    assert (family.postcode, family.address) == ("9990001", "見本県見本市一丁目")
    assert alone.title == home.name, "a family member who lives elsewhere: through the insured, at that address"


@pytest.mark.parametrize(
    ("members", "of"),
    [
        ((ONE, replace(ONE, office_id="2002"), replace(ONE, branch="01")), 2),
        ((ONE, replace(ONE, branch="01", office_name="見本商事（株）")), 1),
        ((ONE, replace(ONE, office_id="")), 2),
        ((ONE,), 2),
    ],
    ids=["torn apart", "two names", "no employer", "one bundle missing"],
)
def test_a_bundle_that_does_not_close_is_refused(members: tuple[Member, ...], of: int) -> None:
    with pytest.raises(ShikakuError) as refused:
        made(*members, of=of)
    (problem,) = refused.value.problems
    assert problem.code == "bundle-does-not-close"
    assert ONE.name not in str(problem.values) + problem.place


def test_the_list_has_sheets_and_serials_and_no_person(tmp_path: Path) -> None:
    pieces = [Piece(f"0001-{n:07d}-A", leaf, 1, n, leaf) for n in (1, 2, 3) for leaf in (1, 2)]
    two = made(ONE, replace(ONE, branch="01"), replace(ONE, office_id="2002"), of=2)
    path = tmp_path / "bundles.csv"
    write_list(path, two, pieces, 2)
    with path.open(encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [tuple(row.values()) for row in rows] == [
        ("1", "2", "4", "0001-0000001-A", "0001-0000002-A", "1", "2"),
        ("2", "1", "2", "0001-0000003-A", "0001-0000003-A", "3", "3"),
    ]


@pytest.mark.parametrize("pieces", [[1, 2], [1, 3, 2], [1, 2, 3, 4]], ids=["one lost", "two swapped", "one too many"])
def test_a_list_that_does_not_agree_with_the_sheets_is_refused(pieces: list[int], tmp_path: Path) -> None:
    two = made(ONE, replace(ONE, branch="01"), replace(ONE, office_id="2002"), of=2)
    with pytest.raises(ValueError, match="bundle"):
        write_list(tmp_path / "bundles.csv", two, [Piece(f"0001-{n:07d}-A", 1, 1, n, 1) for n in pieces], 1)


def test_a_text_that_does_not_fit_its_paper_names_paper_and_field() -> None:
    (paper,) = (name for name in SHOP.documents() if SHOP.layout(name).subject == "lot")
    filler = Filler(paper, SHOP.layout(paper), SHOP.template(paper, orders.ISSUER, orders.DAY), SHOP.typefaces())
    with pytest.raises(LayoutError) as refused:
        filler.fill("0001", {"lot.name": "x" * 500})
    (problem,) = refused.value.problems
    assert (problem.code, problem.values["paper"]) == ("paper-text-does-not-fit", SHOP.layout(paper).title)


def test_a_piece_for_nobody_is_held() -> None:
    materials = load(SHOP, orders.ISSUER, orders.DAY)
    kind = next(iter(materials.kinds.values()))._replace(bundled=frozenset({"employer"}))
    (decision,) = (one for one in decide(ONE, ISSUER, orders.DAY, orders.DAY) if one.document == kind.document)
    due = replace(decision, outcome=Outcome.ISSUE, channel="employer", issued_on=orders.DAY)
    for office, code in (("", "member-no-recipient"), ("1001", "")):
        batch = Batch()
        add(batch, 1, replace(ONE, office_id=office), due, kind, "0001-0000001-A")
        assert batch.decisions[0].code == code
        assert [claim.bundle for claim in batch.claims] == ([office] if office else [])


def test_a_cover_sheet_tells_the_inserter_its_set() -> None:
    """The mark holds the set's number, this page and how many sheets belong together; it is read back like every code."""
    name = next(name for name in ISSUER.enclosures if any(one.value == INSERTER_MARK for one in coded(name)))
    paper, home = load_paper(SHOP, name, orders.ISSUER, orders.DAY), replace(ONE, postcode="9990001", address="見本県")
    at = [code.value for code in paper.template.codes].index(INSERTER_MARK)
    pages = sample_pages(paper, name, [home, replace(home, branch="01")], orders.ISSUER, orders.DAY, SHOP)
    leaves = len(SHOP.layout(next(iter(ISSUER.documents))).leaves)
    assert [page.payloads[at] for page in pages] == [f"000001{1:02}{1 + 2 * leaves:02}"]


def test_an_unknown_inserter_is_named() -> None:
    with pytest.raises(LayoutError) as refused:
        SHOP.inserter("none")
    assert [problem.code for problem in refused.value.problems] == ["inserter-unknown"]


def coded(name: str) -> list[CodeSpec]:
    return [code for leaf in SHOP.layout(name).leaves for code in leaf.front.codes.values()]
