"""What only a state brings about: an order cut off, a design that changed meanwhile, a second reissue, a key pressed early.

Each of these messages tells the clerk what to do next; each is reached here as it is reached in the office.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.base.problems import LayoutError, LedgerError, PreflightError, ShikakuError
from pipeline.office import cli, job
from pipeline.office.ledger import Ledger
from pipeline.office.order import ReissueRequest
from pipeline.office.proof import prove
from pipeline.office.shop import Shop
from tests import orders

KEY = "06999999:1234:1:00"


class CutOff(Exception):
    """Stands for the power that goes."""


@pytest.fixture
def members(tmp_path: Path) -> Path:
    return orders.write_members(tmp_path / "members.csv", 12)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return orders.shop(tmp_path / "out")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Callable[[str, str, str], Shop]]:
    """The same shop after somebody changed a text in one of its files."""

    def changed(file: str, old: str, new: str) -> Shop:
        root = tmp_path / "house"
        for name in ("layouts", "fixtures"):
            shutil.copytree(orders.ROOT / name, root / name)
        (root / "fonts").symlink_to(orders.ROOT / "fonts")
        orders.lend_templates(root)
        text = (root / file).read_text("utf-8")
        assert old in text
        (root / file).write_text(text.replace(old, new), "utf-8")
        return Shop(tmp_path / "out", f"sqlite:///{tmp_path / 'out'}/ledger.sqlite", root)

    yield changed


def cut_off(members: Path, shop: Shop, patch: pytest.MonkeyPatch) -> Path:
    """An order whose plan is written and none of whose parts is made."""

    def stop(*_: object) -> None:
        raise CutOff

    with patch.context() as changed:
        changed.setattr(job, "print_parts", stop)
        with pytest.raises(CutOff):
            job.produce(orders.request(members), shop)
    (path,) = shop.out.glob("*/order.json")
    return path.parent


def reissue(shop: Shop, days: int) -> None:
    job.reissue(ReissueRequest(KEY, orders.ISSUER, orders.DAY + timedelta(days=days), "lost", "paid"), shop)


def codes(fault: pytest.ExceptionInfo[ShikakuError]) -> set[str]:
    return {problem.code for problem in fault.value.problems}


def test_an_order_is_not_finished_with_another_design(
    members: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch, elsewhere: Callable[[str, str, str], Shop]
) -> None:
    folder = cut_off(members, shop, monkeypatch)
    phone = shop.issuer(orders.ISSUER).phone
    with pytest.raises(LedgerError) as refused:
        job.resume(folder, elsewhere(f"layouts/issuers/{orders.ISSUER}.yaml", phone, phone[:-1] + "0"))
    assert codes(refused) == {"order-materials-changed"}
    assert job.resume(folder, shop).finished


def test_a_lot_is_not_verified_against_another_design(
    members: Path, shop: Shop, elsewhere: Callable[[str, str, str], Shop]
) -> None:
    lot = job.produce(orders.request(members), shop).lots[0]
    layout = f"layouts/documents/{lot.document}/layout.yaml"
    edition = shop.layout(lot.document).edition
    other = elsewhere(layout, f'edition: "{edition}"', f'edition: "{edition} changed"')
    with pytest.raises(PreflightError) as refused:
        job.verify(lot.folder, other)
    assert codes(refused) == {"verify-template-changed"}
    assert job.verify(lot.folder, shop).documents == lot.documents


def test_a_folder_that_is_no_lot_of_the_ledger(members: Path, shop: Shop, tmp_path: Path) -> None:
    job.produce(orders.request(members), shop)
    (tmp_path / "0009-copied").mkdir()
    with pytest.raises(LedgerError) as refused:
        job.verify(tmp_path / "0009-copied", shop)
    assert codes(refused) == {"ledger-unknown-lot"}


def test_what_was_handed_off_cannot_be_cancelled(members: Path, shop: Shop) -> None:
    report = job.produce(orders.request(members), shop)
    before = orders.tree(report.folder)
    with pytest.raises(LedgerError) as refused:
        job.cancel(report.folder, shop)
    assert codes(refused) == {"order-not-cancellable"}
    assert orders.tree(report.folder) == before


def test_no_reissue_of_what_is_being_made(members: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = cut_off(members, shop, monkeypatch)
    with pytest.raises(LedgerError) as refused:
        reissue(shop, 1)
    assert codes(refused) == {"reissue-not-finished"}
    job.resume(folder, shop)
    reissue(shop, 1)


def test_no_reissue_of_what_has_expired(members: Path, shop: Shop) -> None:
    job.produce(orders.request(members), shop)
    with Ledger(shop.ledger_url, str) as ledger:
        (until,) = {held.expires_on for held in ledger.active(orders.ISSUER, KEY) if held.expires_on}
    left = (until - orders.DAY).days
    with pytest.raises(LedgerError) as refused:
        reissue(shop, left + 1)
    assert codes(refused) == {"reissue-expired"}


def test_two_clerks_replace_the_same_issue(members: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second looked before the first one's reissue was in the ledger."""
    job.produce(orders.request(members), shop)
    real = job.holdings
    with Ledger(shop.ledger_url, str) as ledger:
        seen = ledger.active(orders.ISSUER, KEY)
    reissue(shop, 1)
    monkeypatch.setattr(job, "holdings", lambda *_: seen)
    with pytest.raises(LedgerError) as refused:
        reissue(shop, 2)
    assert codes(refused) == {"ledger-issue-not-active"}
    monkeypatch.setattr(job, "holdings", real)
    reissue(shop, 2)


def test_a_part_that_changes_between_read_back_and_hand_off(members: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    real, spoilt = job.print_parts, []

    def then_spoilt(*given: object, **more: object) -> None:
        real(*given, **more)  # type: ignore[arg-type]
        part = next(shop.out.glob("*/.work/**/sheets-*.pdf"))
        part.write_bytes(part.read_bytes() + b"\n")
        spoilt.append(part.parent.name)

    monkeypatch.setattr(job, "print_parts", then_spoilt)
    with pytest.raises(ShikakuError) as refused:
        job.produce(orders.request(members), shop)
    assert codes(refused) == {"lot-does-not-close"}
    assert not list(shop.out.glob(f"*/handoff/{spoilt[0]}"))
    assert {problem.place for problem in refused.value.problems} == {spoilt[0]}


def test_a_sample_that_would_be_held_is_no_proof(shop: Shop, elsewhere: Callable[[str, str, str], Shop]) -> None:
    document = next(iter(shop.issuer(orders.ISSUER).documents))
    other = elsewhere("fixtures/samples.yaml", "氏名: 見本　太郎", "氏名: 見本　\U00030000郎")  # no declared typeface has it
    with pytest.raises(LayoutError) as refused:
        prove(document, orders.ISSUER, "typical", None, orders.DAY, other)
    assert codes(refused) == {"proof-held"}


def test_ctrl_c_before_anything_was_begun(
    members: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "produce", pressed)
    words = ["produce", str(members), "--issuer", orders.ISSUER, "--out", str(tmp_path / "out"), "--json"]
    assert cli.run(words) == 130
    told = json.loads(capfd.readouterr().out)
    assert [problem["code"] for problem in told["problems"]] == ["work-interrupted-early"]
