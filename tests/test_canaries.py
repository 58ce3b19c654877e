"""Planted twelve-digit numbers are found nowhere: not in files, the ledger or its WAL, what is printed, or temporary files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from pipeline.office import cli, job
from pipeline.office.shop import Shop
from pipeline.rules.numbers import my_number_check_digit
from pipeline.stages.read import COLUMNS
from tests import orders

BASE = "98765432101"
CANARY = BASE + str(my_number_check_digit(BASE))
WIDE = CANARY.translate({ord("0") + n: ord("０") + n for n in range(10)})
SPLIT = f"{CANARY[:4]}-{CANARY[4:8]}-{CANARY[8:]}"
FORMS = (CANARY, WIDE, SPLIT)
TRACES = tuple(form.encode(code) for form in FORMS for code in ("utf-8", "utf-16-le", "utf-16-be", "cp932"))
ISSUE = ("--issuer", orders.ISSUER, "--day", str(orders.DAY), "--workers", "1")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An office with one order done, whose temporary files lie in its own folder."""
    folder = tmp_path_factory.mktemp("canaries")
    (folder / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder / "tmp"))
        patch.setattr(tempfile, "tempdir", None)
        members = orders.write_members(folder / "good.csv", 3)
        assert cli.run(["produce", str(members), *ISSUE, "--out", str(folder / "out")]) == 0
        yield folder


def planted(place: Path, column: str, form: str) -> Path:
    """A member file with the number in a column of its second record."""
    lines = (place / "good.csv").read_text("utf-8").splitlines()
    header, record = lines[0].split(","), lines[2].split(",")
    if column in header:
        record[header.index(column)] = form
    else:
        lines = [f"{line}," for line in lines]
        lines[0] += column
        record = [*record, form]
    lines[2] = ",".join(record)
    path = place / "in" / "members.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def traces(place: Path, said: str) -> Iterator[str]:
    """Where the number is found: in names and bytes of all files but the planted one, and in what was said."""
    for path in place.rglob("*"):
        content = path.name.encode() + (path.read_bytes() if path.is_file() and path.parent.name != "in" else b"")
        if path.name != "in" and path.parent.name != "in" and any(trace in content for trace in TRACES):
            yield str(path)
    if any(form in said for form in FORMS):
        yield "output"


def stored(place: Path) -> dict[str, str]:
    """All that is kept but the ledger's own files, which are folded together at any time."""
    return {name: digest for name, digest in orders.tree(place / "out").items() if not name.startswith("ledger.sqlite")}


def test_in_every_column(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The file is refused before anything is stored, by each command that reads one."""
    before = stored(place)
    for column, form in zip((*COLUMNS, "備考"), cycle(FORMS), strict=False):
        path = planted(place, column, form)
        for command in (
            ["produce", str(path), *ISSUE, "--out", str(place / "out")],
            ["explain", "06999999:1234:1:00", "--members", str(path), "--out", str(place / "out")],
            ["check", str(path), "--json"],
        ):
            assert cli.run(command) == 4, (column, command[0])
            out, err = capfd.readouterr()
            assert "member-my-number" in out + err, (column, command[0])
            assert list(traces(place, out + err)) == [], (column, command[0])
        assert stored(place) == before, column


@pytest.mark.parametrize("form", FORMS)
def test_in_the_commands_words(form: str, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    named = place / "in" / f"{form}.csv"
    named.parent.mkdir(exist_ok=True)
    shutil.copy(place / "good.csv", named)
    out = ["--out", str(place / "out")]
    reissue = ["reissue", "06999999:1234:1:00", "--issuer", orders.ISSUER, "--fee", "paid", *out]
    for command in (
        ["produce", str(named), *ISSUE, *out],
        ["check", str(named)],
        [*reissue, "--reason", form],
        [*reissue, "--reason", "lost", "--by", form],
        ["reissue", f"06999999:{form}:1:00", "--issuer", orders.ISSUER, "--reason", "lost", *out],
        ["ledger", "issued", f"06999999:1234:{form}:", *out],
        ["resume", str(place / "out" / form)],
        ["verify", str(place / "out" / form), "--json"],
        ["ledger", "reconcile", "--by", "x", "--reason", form, *out],
        ["ledger", "backup", str(place / form), *out],
        [form],
        ["produce", f"--{form}"],
    ):
        assert cli.run(command) == 2, command
        printed = capfd.readouterr()
        assert "usage-my-number" in printed.out + printed.err
        assert list(traces(place, printed.out + printed.err)) == [], command


def test_in_the_environment(place: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    members = str(orders.write_members(place / "more.csv", 2, first=4))
    monkeypatch.setenv("SHIKAKU_BY", CANARY)
    assert cli.run(["produce", members, *ISSUE, "--out", str(place / "out")]) == 2
    monkeypatch.delenv("SHIKAKU_BY")
    monkeypatch.setenv("SHIKAKU_LEDGER", f"mysql://{CANARY}")
    assert cli.run(["produce", members, *ISSUE, "--out", str(place / "out")]) == 2
    monkeypatch.delenv("SHIKAKU_LEDGER")
    monkeypatch.setenv("SOMETHING", CANARY)
    assert cli.run(["produce", members, *ISSUE, "--out", str(place / "out"), "--workers", "2"]) == 0
    printed = capfd.readouterr()
    assert list(traces(place, printed.out + printed.err)) == []


def test_in_a_fault_of_the_program(place: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, no text of an exception, no core."""

    def fail(*_: object) -> None:
        kept = CANARY  # a local, as a traceback with locals would show it
        raise RuntimeError(kept)

    monkeypatch.setattr(job, "load", fail)
    for form in ((), ("--json",)):
        assert cli.run(["produce", str(place / "good.csv"), *ISSUE, "--out", str(place / "out"), *form]) == 1
        printed = capfd.readouterr()
        assert "internal" in printed.out + printed.err
        assert list(traces(place, printed.out + printed.err)) == []


def test_the_search_finds_what_is_there(place: Path) -> None:
    for n, trace in enumerate(TRACES):
        (place / "out" / "log").write_bytes(b"before" + trace + b"after")
        assert list(traces(place, "")) == [str(place / "out" / "log")], n
    (place / "out" / "log").unlink()
    assert list(traces(place, f"a {WIDE}")) == ["output"]


def test_what_is_made_is_its_owners_alone(place: Path) -> None:
    os.umask(0o022)
    Shop(place / "out")
    assert (
        cli.run(["produce", str(orders.write_members(place / "else.csv", 2, first=6)), *ISSUE, "--out", str(place / "out")])
        == 0
    )
    found = [path for path in (place / "out").rglob("*") if path.stat().st_mode & 0o077]
    assert found == []
