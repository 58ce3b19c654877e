"""What the demo needs beside the commands: a key pair of a vendor that there is not, and a name as people write it."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.base.problems import HandoffError, UsageError
from pipeline.craft.certificates import read_recipient, trial_pair
from pipeline.craft.envelope import seal
from pipeline.office.surroundings import person
from tests.certificates import DAY, opened


def test_an_envelope_for_the_trial_key_opens_with_it_alone(tmp_path: Path) -> None:
    for name in ("vendor", "other"):
        certificate, secret = trial_pair(name, DAY - timedelta(1), DAY + timedelta(1))
        (tmp_path / f"{name}.pem").write_bytes(certificate)
        (tmp_path / f"{name}.key").write_bytes(secret)
    (tmp_path / "plain").write_bytes(b"lot")
    with (tmp_path / "sealed").open("wb") as file:
        seal(tmp_path / "plain", file, read_recipient(tmp_path / "vendor.pem", DAY))
    assert opened(tmp_path / "sealed", tmp_path / "again", tmp_path / "vendor.pem") == 0
    assert (tmp_path / "again").read_bytes() == b"lot"
    assert opened(tmp_path / "sealed", tmp_path / "never", tmp_path / "other.pem") != 0


def test_the_trial_key_ends(tmp_path: Path) -> None:
    (tmp_path / "short.pem").write_bytes(trial_pair("short", date(2026, 1, 1), date(2026, 1, 31))[0])
    assert read_recipient(tmp_path / "short.pem", date(2026, 1, 31)).until == date(2026, 1, 31)
    with pytest.raises(HandoffError, match="vendor-key-expired"):
        read_recipient(tmp_path / "short.pem", date(2026, 2, 1))


@pytest.mark.parametrize("name", ["校正　花子", "校正 花子", "Hanako"])
def test_a_person_is_named_as_people_write_it(name: str) -> None:
    assert person(name) == name


@pytest.mark.parametrize("name", ["校正\t花子", "校正\n花子", "　", "花" * 41])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        person(name)
