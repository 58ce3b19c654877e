"""The same order gives the same bytes: with any number of workers, hash seed, time zone, locale and umask, anywhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import orders

COUNT = 90  # more than one part where a part is made small
VARIATIONS = {
    "two workers and another time zone": ({"TZ": "Pacific/Kiritimati"}, "2"),
    "three workers and no locale": ({"LC_ALL": "C", "LANG": "C"}, "3"),
    "hash seed and locale": ({"LC_ALL": "ja_JP.UTF-8", "PYTHONHASHSEED": "4711"}, "1"),
}


def produced(members: Path, out: Path, workers: str, **environment: str) -> dict[str, str]:
    command = [sys.executable, "-m", "pipeline", "produce", str(members), "--issuer", orders.ISSUER, "--out", str(out)]
    command += ["--day", str(orders.DAY), "--cutoff", str(orders.DAY), "--workers", workers, "--json"]
    done = subprocess.run(
        command, cwd=orders.ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 4, done.stderr
    (folder,) = (path.parent for path in out.glob("*/order.json"))
    return orders.tree(folder)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("usual")
    return produced(orders.write_members(folder / "members.csv", COUNT), folder / "out", "1", PYTHONHASHSEED="0")


@pytest.mark.parametrize("what", VARIATIONS)
def test_same_bytes(usual: dict[str, str], tmp_path: Path, what: str) -> None:
    environment, workers = VARIATIONS[what]
    members = orders.write_members(tmp_path / "members.csv", COUNT)
    assert produced(members, tmp_path / "elsewhere", workers, **environment) == usual


def test_another_member_gives_other_bytes(usual: dict[str, str], tmp_path: Path) -> None:
    members = orders.write_members(tmp_path / "members.csv", COUNT + 1)
    assert produced(members, tmp_path / "out", "1") != usual
