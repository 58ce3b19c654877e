"""The vault: what is sealed is read back in its place alone, with its order's key alone; each fault is said clearly."""

import stat
from pathlib import Path

import pytest

from pipeline.base.problems import HandoffError, LedgerError, ShikakuError, UsageError
from pipeline.office.vault import Vault, beside, order_of_serial
from tests import orders

RECORD = '{"name":"見本　二郎"}'


def code(kind: type[ShikakuError], vault: Vault, order_no: int, place: str, sealed: str) -> str:
    with pytest.raises(kind) as caught:
        vault.unseal(order_no, place, sealed)
    assert "見本" not in str(caught.value.problems[0].as_json())
    return caught.value.problems[0].code


def test_each_order_has_a_key_of_its_own_that_its_owner_alone_reads(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keys")
    sealed = [vault.seal_member(no, 1, RECORD) for no in (1, 1, 2)]
    assert len(set(sealed)) == 3, "a nonce of its own"
    assert [Vault(vault.folder).member(no, 1, one) for no, one in zip((1, 1, 2), sealed, strict=True)] == [RECORD] * 3
    files = sorted(vault.folder.iterdir())
    assert [one.name for one in files] == ["0001.key", "0002.key"]
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600} and len({one.read_bytes() for one in files}) == 2
    assert stat.S_IMODE(vault.folder.stat().st_mode) == 0o700


def test_no_row_stands_for_another(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    one, document = vault.seal_member(1, 1, RECORD), vault.seal_document("0001-0000001-A", RECORD)
    assert code(LedgerError, vault, 1, "members/1/2", one) == "ledger-not-readable"
    assert code(LedgerError, vault, 1, "documents/0001-0000001-A", one) == "ledger-not-readable"
    assert code(LedgerError, vault, 1, "documents/0001-0000002-B", document) == "ledger-not-readable"


def test_what_was_altered_or_never_sealed_is_not_read(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    sealed = vault.seal_member(1, 1, RECORD)
    other = "A" if sealed[30] != "A" else "B"
    for altered in (sealed[:30] + other + sealed[31:], sealed[:-4], sealed[4:], "AAAA", "!", RECORD, "{}"):
        assert code(LedgerError, vault, 1, "members/1/1", altered) == "ledger-not-readable"


def test_a_key_that_is_missing_damaged_open_or_another_one(tmp_path: Path) -> None:
    sealed = Vault(tmp_path).seal_member(1, 1, RECORD)
    key = tmp_path / "0001.key"
    kept = key.read_bytes()
    key.write_bytes(bytes(32))
    assert code(LedgerError, Vault(tmp_path), 1, "members/1/1", sealed) == "ledger-not-readable"
    key.write_bytes(kept[:-1])
    assert code(HandoffError, Vault(tmp_path), 1, "members/1/1", sealed) == "data-key-not-valid"
    key.write_bytes(kept)
    key.chmod(0o640)
    assert code(HandoffError, Vault(tmp_path), 1, "members/1/1", sealed) == "data-key-not-valid"
    key.unlink()
    assert code(HandoffError, Vault(tmp_path), 1, "members/1/1", sealed) == "data-key-missing"
    assert not key.exists(), "reading makes no key"


def test_a_key_that_was_destroyed_is_not_made_again(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    sealed = vault.seal_member(1, 1, RECORD)
    vault.erase(1, "by suzuki\n")
    for one in (vault, Vault(tmp_path)):
        assert code(LedgerError, one, 1, "members/1/1", sealed) == "order-erased"
        assert code(LedgerError, one, 1, "members/1/1", "") == "order-erased"
        with pytest.raises(LedgerError, match="order-erased"):
            one.seal_member(1, 2, RECORD)
    vault.erase(1, "again\n")
    assert [one.name for one in tmp_path.iterdir()] == ["0001.erased"]


def test_where_keys_lie(tmp_path: Path) -> None:
    assert beside(f"sqlite:///{tmp_path}/ledger.sqlite") == tmp_path / "ledger.keys"
    with pytest.raises(ValueError, match="server"):
        beside("postgresql://x/y")
    assert order_of_serial("10012-0000001-A") == 10012


def test_the_house_may_keep_them_elsewhere_but_not_with_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = orders.shop(tmp_path / "out")
    assert shop.data_keys == tmp_path / "out" / "ledger.keys"
    monkeypatch.setenv("SHIKAKU_DATA_KEYS", str(tmp_path / "keys"))
    assert shop.data_keys == tmp_path / "keys"
    monkeypatch.setenv("SHIKAKU_DATA_KEYS", str(orders.ROOT / "layouts"))
    with pytest.raises(UsageError, match="key-folder-in-project"):
        _ = shop.data_keys
