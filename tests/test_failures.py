"""The real failures of sources §9, row by row: each test feeds the pipeline the cause, and the lot stops or the record is held.
Rows 17 to 23 are in test_failures_pages.py.

The smallest wrong inputs of the same guards are in fixtures/broken/, more planted faults in test_preflight*.py.
"""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.base.problems import LayoutError, MemberError
from pipeline.office import job, ledger_inquiry
from pipeline.office.enclosures import goes_with
from pipeline.office.ledger import Ledger
from pipeline.office.materials import load_paper
from pipeline.office.order import ReissueRequest
from pipeline.office.shop import Shop
from pipeline.rules.plausibility import Usual
from pipeline.stages.decide import decide
from pipeline.stages.read import survey
from tests import failing, orders, planted
from tests.failing import Recipients, cards, codes, done, exchanged, notices, spoilt, stopped
from tests.insurers import issuer_of, member
from tests.planted import CARD, content, read_back, sub

NUMBER = rb"(/F\d \d+ Tf 1 0 0 1 48200 \d+ Tm\(.*?)..(\)Tj\n)"  # the number on the card, its last digit apart
TEXTS = re.compile(rb"BT\n.*?ET\n", re.DOTALL)
DAY = orders.DAY


@pytest.fixture
def house(tmp_path: Path) -> Shop:
    """Layouts to spoil."""
    return failing.house(tmp_path)


def test_row_01_a_digit_lost_with_a_typeface() -> None:
    """8-digit numbers were printed with 7 digits after a temporary typeface was exchanged for the real one."""
    lost = content(lambda data: re.sub(NUMBER, rb"\1\2", data, flags=re.DOTALL))
    assert codes(cards(), lost).count("preflight-text") == 21
    faces = planted.typefaces().paths()
    other = {**faces, "biz-ud-gothic": faces["biz-ud-gothic-bold"]}
    assert "preflight-font" in planted.codes_of(read_back(*cards(), other).faults)
    done().is_held(23, "member-character-not-covered")


def test_row_02_the_honorific_twice() -> None:
    """様 was printed twice in the address, once by the data and once by the form."""
    done().is_held(21, "member-honorific")
    done().is_held(22, "member-honorific")
    assert "様" in done().held[failing.key(21)]["message"]


def test_row_03_seals_missing_on_part_of_the_run() -> None:
    """The seal was missing on a third of the cards: the print program was overloaded in a big run."""
    found = codes(cards(), content(lambda data: data.replace(b"/S0F0 Do\n", b""), page=2))
    assert found.count("preflight-seal") == 21


def test_row_04_the_seal_of_last_year(house: Shop) -> None:
    """39,527 notices bore the seal of another office holder: last year's image was used again."""
    layouts = house.root / "layouts"
    issuer = orders.shop(orders.ROOT / "output").issuer("kenpo")
    image = layouts / "issuers" / issuer.seals[0].image
    right = image.read_bytes()
    image.write_bytes((layouts / "issuers" / "seals" / "kyokai.svg").read_bytes())
    assert stopped(LayoutError, lambda: house.issuer("kenpo")).code == "seal-changed"
    image.write_bytes(right)
    failing.spoil(layouts / "issuers" / "kenpo.yaml", "valid_until: null", f"valid_until: {DAY - timedelta(days=1)}")
    assert stopped(LayoutError, lambda: house.template(CARD, "kenpo", DAY)).code == "seal-not-valid"


def test_row_05_the_certificate_in_place_of_the_card() -> None:
    """916 people got a 資格確認書 in place of the 被保険者証: the same colour, size and form, only the title differs."""
    gates = {"card": "until-switch", "certificate": "from-switch"}
    issuer = issuer_of({name: {"due": {"policy": "registered"}, "gate": {"policy": gate}} for name, gate in gates.items()})
    said = {
        day: [(one.document, one.outcome.value, one.reason) for one in decide(member(), issuer, day, day)]
        for day in (date(2024, 12, 1), date(2024, 12, 2))
    }
    assert said[date(2024, 12, 1)] == [("card", "issue", "registered"), ("certificate", "skip", "before-switch")]
    assert said[date(2024, 12, 2)] == [("card", "skip", "insurance-card-ended"), ("certificate", "issue", "registered")]
    for lot in done().report.lots:
        ticket = (lot.folder / "ticket.json").read_text("utf-8")
        assert f'"title": "{done().shop.layout(CARD).title}"' in ticket


def test_row_06_the_letter_of_another_of_the_household(tmp_path: Path) -> None:
    """Envelope and letter were of two members of a household (181), and the data of the month before (83)."""
    assert codes(notices(), exchanged(0, 2, TEXTS)).count("preflight-text") >= 2
    usual = Usual(fresh_days=45, fresh_rows=5)
    known = survey(failing.write(tmp_path / "old.csv", range(1, 9), 資格取得年月日="2026-10-01"), DAY)
    problem = usual.stale("old.csv", known.rows, known.newest, DAY)
    assert problem and problem.code == "member-file-stale"
    assert "2026-10-01" in problem.message and DAY.isoformat() in problem.message
    assert usual.stale("old.csv", known.rows, known.newest, date(2026, 11, 1)) is None


def test_row_06_an_old_file_opens_no_order(house: Shop, tmp_path: Path) -> None:
    """The same through an order: nothing is stored, not even that it was asked."""
    with (house.root / "layouts" / "issuers" / "kyokai.yaml").open("a", encoding="utf-8") as file:
        file.write("\nplausibility: {policy: usual, fresh_days: 45, fresh_rows: 5}\n")
    members = failing.write(tmp_path / "members.csv", range(1, 9))
    assert stopped(MemberError, lambda: job.produce(failing.request(members), house)).code == "member-file-stale"
    assert not list(house.out.glob("*"))


@pytest.mark.parametrize(
    ("same", "code"),
    [
        ({"氏名": "見本　太郎"}, "member-repeated-name"),
        ({"氏名": "見本　太郎", "性別": "男", "生年月日": "1980-05-10"}, "member-repeated-person"),
    ],
    ids=["name", "name, sex and birth"],
)
def test_row_07_one_name_for_everybody(same: dict[str, str], code: str, tmp_path: Path) -> None:
    """25 people were printed with the same name and sex, by a setting of the data's export."""
    shop = orders.shop(tmp_path / "out")
    members = failing.write(tmp_path / "members.csv", range(1, 17), **same)
    problem = stopped(MemberError, lambda: job.produce(failing.request(members), shop))
    assert problem.code == code and "見本" not in problem.message + problem.place
    with Ledger(shop.ledger_url, str) as ledger:
        assert ledger.counts() == []
    assert not list(shop.out.glob("*/handoff/*"))


def test_row_07_twins_and_namesakes_are_no_fault() -> None:
    """What happens in life: twins, two namesakes of one birthday, a name that comes back, a father's name for his son."""
    twins = [member(branch=branch, name=name) for branch, name in (("01", "見本　一"), ("02", "見本　二"))]
    namesakes = [member(number=number) for number in ("1", "2")]
    family = [member(number="5", branch=f"{n:02}") for n in range(12)]
    often = [member(number=str(n), name=f"見本　{n % 2}", birth=date(1960, 1, 1) + timedelta(days=n)) for n in range(40)]
    usual = Usual()
    for some in (twins, namesakes, family, often):
        assert list(usual.watched(some)) == some
    with pytest.raises(MemberError, match="member-repeated-person"):
        list(usual.watched([*namesakes, *often, member(number="3")]))


def test_row_08_the_flyer_of_last_year(house: Shop) -> None:
    """A postcode was misprinted 8,815 times by the vendor's program, last year's flyer was enclosed 8,067 times."""
    postcode = sub(rb"(1 0 0 1 24000 \d+ Tm\(.*?)1(\)Tj\n)", rb"\g<1>9\2")
    assert codes(notices(), content(postcode)) == ["preflight-text"]
    flyer = next(n for n, p in house.issuer("kyokai").enclosures.items() if p.copies == "document")
    ticket = (done().report.lots[0].folder / "ticket.json").read_text("utf-8")
    assert f'"document": "{flyer}"' in ticket and f'"edition": "{house.layout(flyer).edition}"' in ticket
    path = house.root / "layouts" / "documents" / flyer / "layout.yaml"
    failing.spoil(path, "effective_from: 2025-12-02", f"effective_until: {DAY - timedelta(days=1)}")
    house._layouts.clear()
    problem = stopped(LayoutError, lambda: load_paper(house, flyer, "kyokai", DAY))
    assert (problem.code, flyer in problem.place) == ("layout-out-of-date", True)


def test_row_09_two_cards_in_one_envelope(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cards stuck together went into one envelope: a bundle has one piece more than was counted for it."""
    problem = spoilt("home").stops(lambda rows: [rows[0], *rows[2:]], monkeypatch)
    assert problem.code == "lot-does-not-close" and "bundle 2" in problem.message


def test_row_10_another_households_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card of another household was bundled in; only the envelopes were counted."""
    problem = spoilt("home").stops(lambda rows: [rows[0], rows[3], rows[2], rows[1], *rows[4:]], monkeypatch)
    assert problem.code == "bundle-does-not-close" and "bundle 3" in problem.place


def test_row_11_printed_again_because_one_was_short() -> None:
    """One was short, so the clerk printed it again and sent it; the first lay in somebody else's envelope."""
    short = codes(cards(), planted.slot(lambda data: b"", 20))
    assert "preflight-piece-missing" in short
    before = done().report.tally
    again = job.produce(failing.request(done().members), done().shop).tally
    assert (again.issued, again.already_issued) == (0, before.issued)
    key = failing.key(1)
    asked = ReissueRequest(key, failing.ISSUER, DAY, "lost", "paid")
    first, second = job.reissue(asked, done().shop), job.reissue(replace(asked, again=True), done().shop)
    assert first.tally.issued == second.tally.issued == 1
    pieces = [(one["state"], one["piece"]) for one in ledger_inquiry.issued(done().shop.ledger_url, key)]
    assert pieces == [("void", "void"), ("void", "void"), ("issued", "printed")]


def test_row_12_results_in_each_others_envelopes() -> None:
    """A's and B's results were in each other's envelopes: the address must stand on what it belongs to."""
    done().is_held(24, "member-no-recipient")
    assert codes(notices(), exchanged(1, 3, TEXTS)).count("preflight-text") >= 2
    for name in done().shop.issuers():
        issuer = done().shop.issuer(name)
        for document, policy in issuer.documents.items():
            if "home" in {**issuer.channels, **policy.channels}.values():
                layout = done().shop.layout(document)
                addressed = [one for one in layout.leaves[0].front.fields.values() if one.value == "member.addressee"]
                letters = [one for one, with_ in issuer.enclosures.items() if goes_with(with_, document, "home")]
                carried = any(done().shop.layout(one).subject == "bundle" for one in letters)
                assert carried or any(one.required for one in addressed), (name, document)


def test_row_13_somebody_elses_cover_sheet_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cover sheet of another person lay on top and showed in the window: letters in another order than the pieces."""
    problem = spoilt("home").stops(lambda rows: [*rows[2:4], *rows[:2], *rows[4:]], monkeypatch)
    assert problem.code == "lot-does-not-close"


def test_row_14_people_outside_the_age_range() -> None:
    """11,473 people outside the age range were mailed."""
    assert failing.key(26) not in done().issued()
    assert [row["reason"] for row in done().table("decisions.csv") if row["key"] == failing.key(26)] == ["age-75"]
    issuer = failing.materials().issuer
    (elderly,) = (name for name, policy in issuer.documents.items() if policy.due.policy == "elderly-month")
    for years, reason in ((69, "not-yet-70"), (76, "age-75")):
        person = member(birth=date(DAY.year - years, 1, 15), ratio="２割")
        (decision,) = (one for one in decide(person, issuer, DAY, DAY) if one.document == elderly)
        assert (decision.outcome.value, decision.reason) == ("skip", reason)


def test_row_15_the_former_employers_address_as_home() -> None:
    """A certificate went to the former employer, whose address was held as the home; another went to a stranger's."""
    done().is_held(25, "member-address-not-home")
    for n in range(31, 36):
        done().is_held(n, "member-shared-home")
    assert failing.key(36) in done().issued(), "the register of residents says that it is the home"
    warned = done().table("warnings.csv")
    assert [row["key"] for row in warned] == [failing.key(n) for n in (41, 42, 43)]
    assert {row["code"] for row in warned} == {"member-strangers-at-home"}
    assert "港町" not in str(warned) and {failing.key(41), failing.key(42)} <= done().issued()


def test_row_16_another_companys_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """An employer got another company's data: its number stood in the other's records."""

    def mixed(rows: Recipients) -> Recipients:
        return [failing.with_record(rows[0], office_name="見本工業株式会社"), *rows[1:]]

    problem = spoilt("employer").stops(mixed, monkeypatch)
    assert problem.code == "bundle-does-not-close" and "employer's name" in problem.message
