"""Orders from the outside: strict, cancelled, changed input, reissues, and verification."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.base.problems import LedgerError, MemberError, PreflightError, UsageError
from pipeline.model.lot import Tally
from pipeline.office import job, planning
from pipeline.office.ledger import Ledger
from pipeline.office.order import OrderReport, ReissueRequest
from pipeline.office.planning import member_of
from pipeline.office.shop import Shop
from tests import orders

COUNT = 12
KEY = "06999999:1234:1:00"


@pytest.fixture
def members(tmp_path: Path) -> Path:
    return orders.write_members(tmp_path / "members.csv", COUNT)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return orders.shop(tmp_path / "out")


def produced(members: Path, shop: Shop) -> OrderReport:
    return job.produce(orders.request(members), shop)


def again(reason: str = "lost", fee: str = "paid") -> ReissueRequest:
    return ReissueRequest(KEY, orders.ISSUER, orders.DAY + timedelta(days=1), reason, fee)


def states(shop: Shop) -> dict[str, int]:
    found: dict[str, int] = {}
    with Ledger(shop.ledger_url, str) as ledger:
        for _, _, state, number in ledger.counts():
            found[state] = found.get(state, 0) + number
    return found


def test_an_order_closes(members: Path, shop: Shop) -> None:
    report = produced(members, shop)
    report.tally.close()
    assert (report.tally.members, report.exit_code) == (COUNT, 4)
    assert report.tally.held and report.tally.issued and report.tally.skipped
    assert sum(lot.documents for lot in report.lots) == report.tally.issued
    decisions = (report.folder / "office" / "decisions.csv").read_text("utf-8-sig").splitlines()
    assert len(decisions) == 1 + report.tally.members * report.tally.documents
    held = (report.folder / "office" / "held.csv").read_text("utf-8-sig")
    assert "見本" not in held and "members.csv,12," in held


def test_a_strict_order_issues_nothing_and_can_be_produced_otherwise(members: Path, shop: Shop) -> None:
    with pytest.raises(MemberError) as caught:
        job.produce(orders.request(members, strict=True), shop)
    assert caught.value.problems[0].code == "order-strict-stopped"
    assert states(shop) == {}
    (folder,) = (path.parent for path in shop.out.glob("*/order.json"))
    assert (folder / "office" / "held.csv").exists()
    with pytest.raises(LedgerError, match="ledger-order-stopped"):
        job.resume(folder, shop)
    report = produced(members, shop)
    assert (report.folder, states(shop)) == (folder, {"issued": report.tally.issued})


def test_resuming_what_is_done_says_so(members: Path, shop: Shop) -> None:
    report = produced(members, shop)
    before = orders.tree(report.folder)
    found = job.resume(report.folder, shop)
    assert (found.finished, found.exit_code, found.tally) == (False, 0, report.tally)
    assert orders.tree(report.folder) == before


def test_a_second_file_issues_only_what_is_new(members: Path, shop: Shop, tmp_path: Path) -> None:
    first = produced(members, shop)
    more = orders.write_members(tmp_path / "more.csv", COUNT + 5)
    second = produced(more, shop)
    assert second.tally.already_issued == first.tally.issued
    assert second.tally.issued > 0


def test_a_row_that_stands_twice_is_held_over_two_files(members: Path, shop: Shop, tmp_path: Path) -> None:
    other = orders.write_members(tmp_path / "other.csv", 1)
    report = job.produce(orders.request(members, other), shop)
    first = [problem for problem in report.problems if problem.code == "member-duplicate-key"]
    assert {problem.place for problem in first} == {"members.csv row 2", "other.csv row 2"}


def test_an_unknown_document_is_refused(members: Path, shop: Shop) -> None:
    with pytest.raises(UsageError):
        job.produce(replace(orders.request(members), only=("nothing",)), shop)


def test_a_reissue_ends_the_old_one(members: Path, shop: Shop) -> None:
    before = produced(members, shop).tally.issued
    report = job.reissue(again(), shop)
    assert (report.tally.members, report.tally.issued, report.exit_code) == (1, report.tally.documents, 0)
    assert states(shop) == {"issued": before, "void": report.tally.issued}
    assert KEY not in (report.folder / "order.json").read_text("utf-8")
    with pytest.raises(LedgerError, match="reissue-done-already") as caught:
        job.reissue(again(), shop)
    assert {problem.values["by"] for problem in caught.value.problems} == {shop.actor}
    third = job.reissue(replace(again(), again=True), shop)
    assert states(shop) == {"issued": before, "void": 2 * third.tally.issued}


def test_a_reissue_needs_its_fee_a_reason_may_waive_it(members: Path, shop: Shop) -> None:
    produced(members, shop)
    with pytest.raises(LedgerError, match="reissue-fee-open"):
        job.reissue(again(fee=""), shop)
    assert job.reissue(again("theft", ""), shop).tally.issued


def test_a_changed_record_comes_from_a_member_file(members: Path, shop: Shop, tmp_path: Path) -> None:
    """The new document says the new name; the ledger keeps both records."""
    produced(members, shop)
    file = tmp_path / "changed.csv"
    changed = replace(again("name-change"), files=(file,))
    file.write_text(members.read_text("utf-8"), "utf-8")
    with pytest.raises(UsageError, match="reissue-file-without-change"):
        job.reissue(replace(changed, reason="lost"), shop)
    with pytest.raises(LedgerError, match="reissue-nothing-changed"):
        job.reissue(changed, shop)
    with pytest.raises(MemberError, match="explain-unknown-member"):
        job.reissue(replace(changed, key="06999999:1234:999:00"), shop)
    head, first, *rest = members.read_text("utf-8").splitlines()
    file.write_text("\n".join([head, first.replace("見本　", "改姓　"), *rest]) + "\n", "utf-8")
    with pytest.MonkeyPatch.context() as cut_off:
        cut_off.setattr(job, "print_parts", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            job.reissue(changed, shop)
    (folder,) = (path.parent for path in shop.out.glob("*/order.json") if "name-change" in path.read_text("utf-8"))
    report = job.resume(folder, shop)
    with job.open_ledger(shop) as ledger:
        held = [one for one in ledger.active(orders.ISSUER, KEY) if one.replaces]
        before = ledger.issues([one.replaces for one in held])
        texts = [one.texts for lot in report.lots for one in ledger.documents(lot.name)]
    assert {member_of(one.record).name[:2] for one in held} == {"改姓"}
    assert {member_of(one.record).name[:2] for one in before} == {"見本"}
    assert texts and all(any("改姓" in text for text in one) for one in texts)


def test_an_unknown_key_is_the_clerks(members: Path, shop: Shop) -> None:
    produced(members, shop)
    with pytest.raises(MemberError) as caught:
        job.reissue(replace(again(), key="06999999:1234:999:00"), shop)
    assert caught.value.exit_code == 4


def test_a_lot_verifies_until_it_is_changed(members: Path, shop: Shop) -> None:
    report = produced(members, shop)
    lot = report.lots[0].folder
    assert job.verify(lot, shop).documents == report.lots[0].documents
    (lot / "positions.csv").write_text("changed")
    with pytest.raises(PreflightError, match="verify-part-differs"):
        job.verify(lot, shop)


def test_a_changed_file_stops_the_order(members: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    real = planning.batches

    def changing(*args: object, **options: object) -> object:
        members.write_text(members.read_text("utf-8").replace("見本県", "見本都"), "utf-8")
        return real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(planning, "batches", changing)
    with pytest.raises(MemberError, match="order-input-changed"):
        produced(members, shop)
    assert states(shop) == {}


def test_a_record_comes_back_as_it_was(members: Path, shop: Shop) -> None:
    for member in orders.read_members(members, shop):
        assert planning.member_of(planning.record_of(member)) == member


def test_the_exit_code_of_a_report() -> None:
    def code(issued: int, held: int, already: int) -> int:
        total = issued + held + already
        return OrderReport("o", Path(), Tally(total, 1, issued, 0, held, already)).exit_code

    assert [code(1, 0, 0), code(1, 1, 0), code(0, 0, 1), code(1, 0, 1), code(0, 1, 1)] == [0, 4, 7, 0, 4]
