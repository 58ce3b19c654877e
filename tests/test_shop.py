"""The shop: known names, compiled templates kept and rebuilt, and a disk that is full, read-only or taken."""

import errno
import hashlib
import pickle
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.base.problems import HandoffError, LayoutError
from pipeline.model.template import Template
from pipeline.office import kept_templates
from pipeline.office import shop as shop_module
from pipeline.office.durable import disk_error, sync, write_atomic
from pipeline.office.shop import Shop
from tests import orders

MOUNT_SIZE = 64 * 1024


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder of its own, so that its cache is empty at first."""
    folder = tmp_path_factory.mktemp("root")
    shutil.copytree(orders.ROOT / "layouts", folder / "layouts")
    (folder / "fonts").symlink_to(orders.ROOT / "fonts")
    return folder


@pytest.fixture
def at(root: Path, tmp_path: Path) -> Shop:
    return Shop(tmp_path / "out", root=root)


def first_template(at: Shop) -> Template:
    return at.template(next(iter(at.issuer(orders.ISSUER).documents)), orders.ISSUER, orders.DAY)


def kept_files(at: Shop) -> list[Path]:
    return sorted((at.root / "output" / ".cache").glob("*.template"))


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(shop_module, "compile_layout", refuse)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda at: at.issuer("nobody"), "issuer-unknown"),
        (lambda at: at.issuer("../issuers/kenpo"), "issuer-unknown"),
        (lambda at: at.layout("nothing"), "layout-unknown"),
        (lambda at: at.sheet("nowhere"), "sheet-unknown"),
    ],
)
def test_an_unknown_name_lists_the_known_ones(ask: Callable[[Shop], object], code: str, at: Shop) -> None:
    with pytest.raises(LayoutError) as caught:
        ask(at)
    (problem,) = caught.value.problems
    known = {"issuer": at.issuers, "layout": at.documents, "sheet": at.sheets}[code.split("-")[0]]()
    assert problem.code == code and known
    assert all(name in problem.values["known"] for name in known)


def test_a_template_is_compiled_once(root: Path, at: Shop, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    made = first_template(at)
    request.getfixturevalue("no_compiler")
    assert first_template(Shop(tmp_path / "other", root=root)) == made


def test_a_kept_template_needs_no_typesetter(at: Shop, tmp_path: Path) -> None:
    first_template(at)
    program = (
        "import sys; from pathlib import Path; from datetime import date; from pipeline.office.shop import Shop\n"
        f"at = Shop(Path({str(tmp_path)!r}), root=Path({str(at.root)!r}))\n"
        f"at.template(next(iter(at.issuer('kenpo').documents)), 'kenpo', date.fromisoformat('{orders.DAY}'))\n"
        "print(sorted({'weasyprint', 'pydyf', 'tinycss2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=orders.ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data[:40] + bytes(byte ^ 1 for byte in data[40:41]) + data[41:],  # one emptied before stays empty
        lambda data: b"",
        lambda data: hashlib.sha256(pickle.dumps("other")).digest() + pickle.dumps("other"),
    ],
    ids=["cut", "bit", "empty", "other"],
)
def test_a_spoiled_template_is_built_again(spoil: Callable[[bytes], bytes], root: Path, at: Shop) -> None:
    made = first_template(at)
    for path in kept_files(at):
        path.write_bytes(spoil(path.read_bytes()))
    assert first_template(at) == made
    kept = [path for path in kept_files(at) if path.read_bytes()[:32] == hashlib.sha256(path.read_bytes()[32:]).digest()]
    assert kept


def test_another_artwork_is_another_template(root: Path, at: Shop, tmp_path: Path) -> None:
    made = first_template(at)
    page = next((root / "layouts" / "documents" / made.document).glob("*.html"))
    text = page.read_text("utf-8")
    try:
        page.write_text(text + "\n<p></p>\n", "utf-8")
        before = len(kept_files(at))
        first_template(Shop(tmp_path / "other", root=root))
        assert len(kept_files(at)) == before + 1
    finally:
        page.write_text(text, "utf-8")


def test_a_cache_that_cannot_be_written_only_costs_time(root: Path, at: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = first_template(at)
    for path in kept_files(at):
        path.unlink()

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(kept_templates, "write_atomic", refuse)
    assert first_template(Shop(root=root)) == made
    assert kept_files(at) == []


def test_no_core_is_dumped(at: Shop) -> None:
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


# The disk


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: writing more fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    write_atomic(path, b"first")
    with file_limit(1000), pytest.raises(OSError) as caught:
        write_atomic(path, bytes(5000))
    assert disk_error(caught.value, "x").problems[0].code == "disk-full"
    assert [one.name for one in tmp_path.iterdir()] == ["order.json"]
    assert path.read_bytes() == b"first"


def test_a_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MOUNT_SIZE}", "none", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a file system can be mounted by root only")
    try:
        with pytest.raises(OSError) as caught:
            write_atomic(disk / "part.pdf", bytes(2 * MOUNT_SIZE))
        assert caught.value.errno == errno.ENOSPC
        assert disk_error(caught.value, "x").exit_code == 8
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def draft(folder: Path) -> Path:
    made = folder / "draft"
    (made / "deep").mkdir(parents=True)
    (made / "sheets-0001.pdf").write_bytes(b"part")
    (made / "deep" / "file").write_bytes(b"more")
    return made


def test_a_folder_appears_whole_and_durable(at: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, target = draft(tmp_path), tmp_path / "handoff" / "lot"
    before, flushed = orders.tree(made), []

    def watched(path: Path) -> None:
        flushed.append(path.name)
        sync(path)

    monkeypatch.setattr(shop_module, "sync", watched)
    at.publish(made, target)
    assert orders.tree(target) == before and not made.exists()
    assert {"sheets-0001.pdf", "deep", "file", "draft", "handoff"} <= set(flushed)
    assert flushed[-1] == "handoff"


@pytest.mark.parametrize("filled", [True, False], ids=["filled", "empty"])
def test_what_stands_there_is_left_alone(filled: bool, at: Shop, tmp_path: Path) -> None:
    made, target = draft(tmp_path), tmp_path / "handoff" / "lot"
    target.mkdir(parents=True)
    if filled:
        (target / "old").write_text("old")
    before = orders.tree(tmp_path)
    with pytest.raises(HandoffError) as caught:
        at.publish(made, target)
    assert (caught.value.exit_code, caught.value.problems[0].code) == (8, "handoff-target-exists")
    assert orders.tree(tmp_path) == before


def test_somebody_is_faster(at: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, target = draft(tmp_path), tmp_path / "handoff" / "lot"

    def taken(path: Path) -> None:
        sync(path)
        target.mkdir(parents=True, exist_ok=True)
        (target / "other").write_text("other")

    monkeypatch.setattr(shop_module, "sync", taken)
    with pytest.raises(HandoffError, match="handoff-target-exists"):
        at.publish(made, target)
    assert [path.name for path in target.iterdir()] == ["other"] and made.is_dir()


def test_a_file_where_a_folder_should_be(at: Shop, tmp_path: Path) -> None:
    (tmp_path / "handoff").write_text("a file")
    with pytest.raises(HandoffError, match="disk-not-writable"):
        at.publish(draft(tmp_path), tmp_path / "handoff" / "lot")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk-full"),
        (errno.EDQUOT, "disk-full"),
        (errno.EFBIG, "disk-full"),
        (errno.EROFS, "disk-not-writable"),
        (errno.EACCES, "disk-not-writable"),
        (errno.EIO, "disk-not-writable"),
    ],
)
def test_what_the_operator_is_told(number: int, code: str) -> None:
    error = disk_error(OSError(number, "fault"), "lot")
    assert (error.exit_code, error.problems[0].code, error.problems[0].place) == (8, code, "lot")
    assert error.problems[0].message and error.problems[0].hint
