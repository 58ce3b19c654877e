"""What is sent to a vendor: others' tools open it, an altered byte is seen, a wrong key stops it, what is plain is noted."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import pyzipper
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pipeline.base.problems import HandoffError, LedgerError, PreflightError, ShikakuError, UsageError
from pipeline.office import cli, job, ledger_inquiry
from pipeline.office.keys import new_keys, signer_of
from pipeline.office.package_check import check_package
from pipeline.office.packages import MANIFEST, Package, Wish, pack
from pipeline.office.shop import Shop
from tests import orders
from tests.certificates import NOW, YEAR, certificate, opened


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of a vendor, RSA of 3072 bits."""
    return certificate(tmp_path_factory.mktemp("vendor"), "vendor", rsa.generate_private_key(65537, 3072))


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `out` folder of a small order."""
    out = tmp_path_factory.mktemp("order") / "out"
    members = orders.write_members(out.parent / "members.csv", 4)
    job.produce(orders.request(members), orders.shop(out))
    return out


@pytest.fixture
def shop(produced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A copy of that order, and a folder for keys."""
    shutil.copytree(produced, tmp_path / "out")
    monkeypatch.setenv("SHIKAKU_KEYS", str(tmp_path / "keys"))
    return orders.shop(tmp_path / "out")


def lot_of(shop: Shop) -> Path:
    """A lot of the order."""
    return min(shop.out.glob("*/handoff/*"))


def packed(shop: Shop, wish: Wish) -> Package:
    """The package of that lot."""
    with job.open_ledger(shop) as ledger:
        return pack(lot_of(shop), wish, shop, ledger)


def codes(fault: pytest.ExceptionInfo[ShikakuError]) -> list[str]:
    return [problem.code for problem in fault.value.problems]


def test_a_package_goes_through_the_vendors_hands(shop: Shop, vendor: Path, tmp_path: Path) -> None:
    """The whole way with nothing of ours: OpenSSL verifies and opens, sha256sum compares."""
    public, fingerprint = new_keys(orders.ISSUER, shop)
    made = packed(shop, Wish(certificate=vendor))
    lot = lot_of(shop)
    names = {path.relative_to(lot).as_posix() for path in lot.rglob("*") if path.is_file()}
    inside = {path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()}
    assert inside == {f"{name}.cms" for name in names} | {MANIFEST, f"{MANIFEST}.sig", "how-to-open.txt"}
    assert made.signed_by == fingerprint and made.files == len(names)
    signed = ["-in", made.folder / MANIFEST, "-sigfile", made.folder / f"{MANIFEST}.sig"]
    verify = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", *signed], capture_output=True
    )
    assert verify.returncode == 0, verify.stderr
    (tmp_path / "opened").mkdir()
    for name in names:
        assert opened(made.folder / f"{name}.cms", tmp_path / "opened" / name, vendor) == 0
    assert orders.tree(tmp_path / "opened") == orders.tree(lot)
    assert subprocess.run(["sha256sum", "-c", "checksums.sha256"], cwd=tmp_path / "opened", capture_output=True).returncode == 0
    assert check_package(made.folder, public, shop).encrypted
    assert not any(path.read_bytes()[:4] == b"%PDF" for path in made.folder.iterdir())
    assert list(made.folder.parent.iterdir()) == [made.folder]  # no draft is left


def test_a_signed_lot_is_checked_after_it_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIKAKU_KEYS", str(tmp_path / "keys"))
    shop = orders.shop(tmp_path / "out")
    public, fingerprint = new_keys(orders.ISSUER, shop)
    job.produce(orders.request(orders.write_members(tmp_path / "members.csv", 2)), shop)
    lot = lot_of(shop)
    assert json.loads((lot / "ticket.json").read_text("utf-8"))["signed_by"] == fingerprint
    assert check_package(lot, public, shop) == (lot.name, len(list(lot.iterdir())) - 2, False, fingerprint)
    assert job.verify(lot, shop).documents
    listing = lot / "checksums.sha256"
    listing.write_text(listing.read_text("utf-8") + f"{'0' * 64}  more.pdf\n", "utf-8")
    with pytest.raises(HandoffError) as fault:
        check_package(lot, None, shop)
    assert codes(fault) == ["package-signature-wrong"]
    listing.with_name("checksums.sha256.sig").unlink()
    with pytest.raises(HandoffError) as fault:
        check_package(lot, None, shop)
    assert codes(fault) == ["package-unsigned"]


@pytest.mark.parametrize("harm", ["byte", "missing", "more", "manifest", "unsigned", "no manifest", "other key"])
def test_an_altered_package_is_seen(
    harm: str, shop: Shop, vendor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, _ = new_keys(orders.ISSUER, shop)
    folder = packed(shop, Wish(certificate=vendor)).folder
    sheets, manifest = folder / "sheets-0001.pdf.cms", folder / MANIFEST
    expected = {"manifest": "package-signature-wrong", "unsigned": "package-unsigned", "no manifest": "package-none"}
    if harm == "byte":
        data = bytearray(sheets.read_bytes())
        data[len(data) // 2] ^= 1
        sheets.write_bytes(data)
    elif harm == "missing":
        sheets.unlink()
    elif harm == "more":
        (folder / "letter.txt").write_text("x")
    elif harm == "manifest":
        manifest.write_text(manifest.read_text("utf-8").replace('"vendor"', '"Vendor"'), "utf-8")
    elif harm == "unsigned":
        (folder / f"{MANIFEST}.sig").unlink()
    elif harm == "no manifest":
        manifest.unlink()
    else:
        monkeypatch.setenv("SHIKAKU_KEYS", str(tmp_path / "others"))
        public, _ = new_keys(orders.ISSUER, shop)
        expected[harm] = "package-signature-wrong"
    with pytest.raises((HandoffError, UsageError)) as fault:
        check_package(folder, public, shop)
    assert codes(fault) == [expected.get(harm, "package-altered")]


def test_a_signature_without_a_key_proves_nothing(shop: Shop, vendor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_keys(orders.ISSUER, shop)
    folder = packed(shop, Wish(certificate=vendor)).folder
    monkeypatch.delenv("SHIKAKU_KEYS")
    with pytest.raises(UsageError) as fault:
        check_package(folder, None, shop)
    assert codes(fault) == ["package-key-needed"]
    with pytest.raises(HandoffError) as bad:
        check_package(folder, vendor, shop)
    assert codes(bad) == ["signing-key-unreadable"]


def wrong(kind: str, folder: Path) -> Path:
    """A certificate that must not be used."""
    if kind == "vendor-key-missing":
        return folder / "nowhere.pem"
    if kind == "vendor-key-unreadable":
        (folder / "text.pem").write_text("no certificate")
        return folder / "text.pem"
    key = rsa.generate_private_key(65537, 2048) if kind == "vendor-key-too-weak" else ec.generate_private_key(ec.SECP256R1())
    times = {"vendor-key-expired": (NOW - 2 * YEAR, NOW - YEAR), "vendor-key-not-yet": (NOW + YEAR, NOW + 2 * YEAR)}
    begins, ends = times.get(kind, (NOW - YEAR, NOW + YEAR))
    return certificate(folder, "wrong", key, begins, ends, True if kind == "vendor-key-wrong-use" else None)


@pytest.mark.parametrize(
    "code",
    [
        "vendor-key-missing",
        "vendor-key-unreadable",
        "vendor-key-expired",
        "vendor-key-not-yet",
        "vendor-key-too-weak",
        "vendor-key-wrong-use",
    ],
)
def test_a_key_that_cannot_be_used_stops_before_anything_is_written(code: str, shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(HandoffError) as fault:
        packed(shop, Wish(certificate=wrong(code, tmp_path)))
    assert codes(fault) == [code] and fault.value.exit_code == 8
    assert not list(shop.out.glob("*/packages"))


def test_unencrypted_only_with_a_reason_that_the_ledger_keeps(shop: Shop) -> None:
    with pytest.raises(UsageError) as fault:
        packed(shop, Wish(plain=True, reason=" "))
    assert codes(fault) == ["package-needs-reason"]
    made = packed(shop, Wish(plain=True, reason="専用線で渡すため"))
    assert made.way == "plain" and (made.folder / "sheets-0001.pdf").read_bytes()[:4] == b"%PDF"
    (event,) = (one for one in ledger_inquiry.events(shop.ledger_url, "") if one["kind"] == "packaged")
    assert "専用線で渡すため" in str(event) and '"way": "plain"' in str(event["detail"]) + json.dumps(event["detail"])
    assert not check_package(made.folder, None, shop).signed_by


def test_the_archive_opens_with_its_passphrase_and_no_other(shop: Shop) -> None:
    made = packed(shop, Wish(archive=True))
    assert len(made.passphrase) == 34 and len(set(made.passphrase)) > 8
    with pyzipper.AESZipFile(made.folder / "lot.zip") as archive:
        archive.setpassword(b"wrong")
        with pytest.raises(RuntimeError, match="Bad password"):
            archive.read("ticket.json")
        archive.setpassword(made.passphrase.encode())
        lot = lot_of(shop)
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in lot.iterdir()
        }
    kept = [path for path in shop.out.rglob("*") if path.is_file() and made.passphrase.encode() in path.read_bytes()]
    assert kept == []


def test_what_cannot_be_packed(shop: Shop, vendor: Path) -> None:
    with pytest.raises(HandoffError) as fault:
        packed(shop, Wish())
    assert codes(fault) == ["vendor-key-none"]
    with pytest.raises(HandoffError) as fault:
        packed(shop, Wish(vendor="office"))
    assert codes(fault) == ["package-stays-in-house"]
    with job.open_ledger(shop) as ledger, pytest.raises(LedgerError) as unknown:
        pack(shop.out, Wish(certificate=vendor), shop, ledger)
    assert codes(unknown) == ["ledger-unknown-lot"]
    packed(shop, Wish(certificate=vendor))
    with pytest.raises(HandoffError) as fault:
        packed(shop, Wish(certificate=vendor))
    assert codes(fault) == ["handoff-target-exists"]
    shutil.rmtree(next(shop.out.glob("*/packages")))
    (lot_of(shop) / "positions.csv").write_text("x")
    with pytest.raises(PreflightError):
        packed(shop, Wish(certificate=vendor))
    assert not list(shop.out.glob("*/packages/*"))


def test_a_lot_that_is_not_handed_off_is_not_packed(shop: Shop, vendor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with job.open_ledger(shop) as ledger:
        lot, order = ledger.lot(lot_of(shop).name) or pytest.fail("no lot")
        monkeypatch.setattr(ledger, "lot", lambda name: (lot._replace(state="planned"), order))
        with pytest.raises(HandoffError) as fault:
            pack(lot_of(shop), Wish(certificate=vendor), shop, ledger)
    assert codes(fault) == ["package-lot-unfinished"]


def test_keys_are_the_owners_alone(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public, _ = new_keys(orders.ISSUER, shop)
    private = public.with_name(f"{orders.ISSUER}.key.pem")
    assert private.stat().st_mode & 0o777 == 0o600 and b"PRIVATE" not in public.read_bytes()
    with pytest.raises(HandoffError, match="signing-key-exists"):
        new_keys(orders.ISSUER, shop)
    private.chmod(0o640)
    with pytest.raises(HandoffError, match="signing-key-open"):
        signer_of(orders.ISSUER, shop)
    private.chmod(0o600)
    private.write_bytes(b"x")
    with pytest.raises(HandoffError, match="signing-key-unreadable"):
        signer_of(orders.ISSUER, shop)
    monkeypatch.setenv("SHIKAKU_KEYS", str(orders.ROOT / "keys"))
    with pytest.raises(UsageError, match="key-folder-in-project"):
        new_keys(orders.ISSUER, shop)
    monkeypatch.delenv("SHIKAKU_KEYS")
    with pytest.raises(UsageError, match="key-folder-not-set"):
        new_keys(orders.ISSUER, shop)


def test_the_commands(shop: Shop, vendor: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(*words: str) -> tuple[int, dict[str, Any]]:
        code = cli.run([*words, "--json"])
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, told

    code, key = answer("key", "new", "--issuer", orders.ISSUER)
    assert code == 0 and len(key["key"]) == 64
    lot, at = str(lot_of(shop)), ["--ledger", shop.ledger_url]
    code, both = answer("package", lot, "--plain", "--zip", *at)
    assert (code, both["problems"][0]["code"]) == (2, "package-one-way")
    code, made = answer("package", lot, "--certificate", str(vendor), *at)
    assert code == 0 and made["way"] == "cms" and made["signed_by"] == key["key"]
    code, found = answer("check-package", made["folder"], "--key", key["public"])
    assert code == 0 and found["encrypted"] and found["signed_by"] == key["key"]
    (Path(made["folder"]) / "ticket.json.cms").write_bytes(b"x")
    code, altered = answer("check-package", made["folder"], "--key", key["public"])
    assert code == 8 and altered["problems"][0]["code"] == "package-altered"
