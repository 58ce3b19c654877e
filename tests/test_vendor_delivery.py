"""Envelopes that OpenSSL opens, certificates on their last day, and vendors who get a package with every order."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pipeline.base.problems import HandoffError, SheetError
from pipeline.craft.certificates import read_recipient
from pipeline.craft.envelope import seal
from pipeline.craft.vendors import read_vendor
from pipeline.office import job
from pipeline.office.keys import new_keys
from pipeline.office.lint import lint
from pipeline.office.package_check import check_package
from pipeline.office.shop import Shop
from tests import orders
from tests.certificates import DAY, NOW, certificate, opened


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of a vendor, RSA of 3072 bits."""
    return certificate(tmp_path_factory.mktemp("vendor"), "vendor", rsa.generate_private_key(65537, 3072))


@pytest.mark.parametrize("kind", ["rsa", "p256", "p384"])
@pytest.mark.parametrize("size", [0, 1, 127, 128, (1 << 20) + 77])
def test_openssl_opens_an_envelope(kind: str, size: int, vendor: Path, tmp_path: Path) -> None:
    curve = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}
    to = vendor if kind == "rsa" else certificate(tmp_path, kind, ec.generate_private_key(curve[kind]))
    source, sealed = tmp_path / "a.bin", tmp_path / "a.cms"
    source.write_bytes(bytes(n % 251 for n in range(size)))
    with sealed.open("wb") as file:
        seal(source, file, read_recipient(to, DAY))
    assert opened(sealed, tmp_path / "b.bin", to) == 0
    assert (tmp_path / "b.bin").read_bytes() == source.read_bytes()
    altered = bytearray(sealed.read_bytes())
    altered[-1] ^= 1
    sealed.write_bytes(altered)
    assert opened(sealed, tmp_path / "c.bin", to) != 0


def test_the_last_day_of_a_certificate(tmp_path: Path) -> None:
    ends = NOW + timedelta(days=10)
    path = certificate(tmp_path, "short", ec.generate_private_key(ec.SECP384R1()), ends=ends)
    assert read_recipient(path, ends.date()).until == ends.date()
    with pytest.raises(HandoffError, match="vendor-key-expired"):
        read_recipient(path, ends.date() + timedelta(days=1))
    with pytest.raises(HandoffError, match="vendor-key-other"):
        read_recipient(path, DAY, "ab" * 32)


def test_other_curves_are_not_on_the_list(tmp_path: Path) -> None:
    with pytest.raises(HandoffError, match="vendor-key-too-weak"):
        read_recipient(certificate(tmp_path, "curve", ec.generate_private_key(ec.SECP256K1())), DAY)


def house(root: Path, vendor: Path, delivery: str) -> Shop:
    """A copy of the project whose usual vendor takes its lots as told."""
    orders.project(root)
    shutil.copy(vendor, root / "layouts" / "vendors" / "vendor.pem")
    path = root / "layouts" / "vendors" / "house.yaml"
    kept = path.read_text("utf-8").split("delivery:")[0]
    path.write_text(f"{kept}delivery: {delivery}\n", "utf-8")
    out = root.parent / "out"
    return Shop(out, f"sqlite:///{out}/ledger.sqlite", root)


def test_produce_packs_for_a_vendor_that_asks(vendor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fingerprint = read_recipient(vendor, DAY).fingerprint
    monkeypatch.setenv("SHIKAKU_KEYS", str(tmp_path / "keys"))
    shop = house(tmp_path / "project", vendor, f"{{automatic: true, certificate: vendor.pem, fingerprint: '{fingerprint}'}}")
    request = orders.request(orders.write_members(tmp_path / "members.csv", 2))
    with pytest.raises(HandoffError) as fault:
        job.produce(request, shop)
    assert [one.code for one in fault.value.problems] == ["signing-key-missing"] and not list(shop.out.glob("*/order.json"))
    public, _ = new_keys(orders.ISSUER, shop)
    report = job.produce(request, shop)
    packages = {path.name for path in (report.folder / "packages").iterdir()}
    assert packages == {lot.name for lot in report.lots}
    assert all(check_package(report.folder / "packages" / name, public, shop).encrypted for name in packages)


def test_a_vendors_key_that_nobody_confirmed(vendor: Path, tmp_path: Path) -> None:
    shop = house(tmp_path / "project", vendor, "{automatic: true, certificate: vendor.pem, signature: optional}")
    with pytest.raises(HandoffError) as fault:
        job.produce(orders.request(orders.write_members(tmp_path / "members.csv", 2)), shop)
    assert [one.code for one in fault.value.problems] == ["vendor-key-unconfirmed"] and not list(shop.out.glob("*/order.json"))


def test_check_tells_of_a_vendors_key(vendor: Path, tmp_path: Path) -> None:
    shop = house(tmp_path / "project", vendor, f"{{certificate: vendor.pem, fingerprint: '{'0' * 64}'}}")
    (fault,) = (one for one in lint([], shop)[1] if isinstance(one, HandoffError))
    assert [one.code for one in fault.problems] == ["vendor-key-other"] and fault.exit_code == 8


def test_what_a_vendors_yaml_cannot_ask(vendor: Path, tmp_path: Path) -> None:
    shop = house(tmp_path / "project", vendor, "{package: zip, automatic: true, certificate: nowhere.pem}")
    with pytest.raises(SheetError) as fault:
        read_vendor(shop.root / "layouts" / "vendors" / "house.yaml")
    assert [one.code for one in fault.value.problems] == ["vendor-automatic-needs-key", "vendor-key-missing"]
