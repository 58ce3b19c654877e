"""The preview's doors: who may ask, what is served, and what is never opened."""

import http.client
import socket
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from pipeline.base.problems import LayoutError, UsageError
from pipeline.office import job
from pipeline.office.preview.looks import MODES, Looks, View
from pipeline.office.preview.server import serve
from pipeline.office.preview.turns import Turn, Turns
from tests import designer, orders

DAY = date.fromisoformat(designer.DAY)
SHOP = designer.SHOP
ISSUER, PLASTIC = designer.ISSUER, designer.PLASTIC
VIEW = f"document={PLASTIC}&issuer={ISSUER}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return orders.project(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def port(home: Path) -> Iterator[int]:
    with designer.served(home) as address:
        yield urllib.parse.urlsplit(address).port or 0


def asked(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of a request whose path and headers are sent as they are."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": f"127.0.0.1:{port}", **{key.replace("_", "-"): text for key, text in headers.items()}}.items():
        if value:
            connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read(200) if "event-stream" in answer.headers.get("content-type", "") else answer.read()
    connection.close()
    return answer.status, body, {name.lower(): value for name, value in answer.headers.items()}


def test_it_listens_on_loopback_only(port: int) -> None:
    """A server that listened everywhere would answer at the loopback's other addresses too."""
    assert asked(port, "/")[0] == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), 5)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}"]
)
def test_a_name_that_was_bound_to_us_by_others_is_refused(port: int, host: str) -> None:
    status, body, _ = asked(port, "/", Host=host.format(port=port))
    assert (status, body) == (403, b"")
    assert asked(port, "/", Host=f"localhost:{port}")[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
)
def test_another_page_changes_nothing(port: int, home: Path, headers: dict[str, str]) -> None:
    assert asked(port, f"/approved?{VIEW}", "POST", **headers)[0] == 403
    assert not (home / "output" / "approved").exists()


def test_another_page_reads_nothing(port: int) -> None:
    assert asked(port, "/catalogue", Sec_Fetch_Site="cross-site")[0] == 403
    assert asked(port, "/catalogue", Origin="https://evil.example")[0] == 403
    _, _, headers = asked(port, "/")
    assert "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin" and headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py", "/static/..%2fserver.py", "/static/%2e%2e/server.py", "/static//etc/passwd",
        "/static/page.js%00", "/static/..\\server.py", "/../../etc/passwd", "/etc/passwd", "/layouts/web-addresses.yaml",
        "/fixtures/samples.yaml", "/fonts/typefaces.yaml", "/output/ledger.sqlite", "/picture/..%2f..%2fledger.png",
        "/picture/../page.png", "/typeface/..%2f..%2fpyproject.ttf", "/typeface/%2fetc%2fpasswd.ttf", "/openapi.json", "/docs",
        "/redoc", "/.git/config", "/thumb?document=..%2f..%2fetc&issuer=kenpo", f"/live?document={PLASTIC}&issuer=../kenpo",
        f"/live?{VIEW}&mode=shell", f"/live?{VIEW}&dpi=100000", f"/live?{VIEW}&sheet=..%2fa4", "/live?document=a",
    ],
)  # fmt: skip
def test_no_path_of_a_request_becomes_one_of_the_disk(port: int, path: str) -> None:
    status, body, _ = asked(port, path)
    assert status in (404, 422), path
    assert len(body) < 600 and b"import" not in body and b"root:" not in body and b"/usr/" not in body


def test_only_the_declared_typefaces_are_served(port: int) -> None:
    name = next(iter(SHOP.typefaces().paths()))
    assert asked(port, f"/typeface/{name}.ttf")[1][:4] == b"\0\1\0\0"
    assert asked(port, f"/typeface/{SHOP.typefaces().paths()[name].name}")[0] == 404


def test_a_picture_needs_its_name(port: int) -> None:
    status, _, headers = asked(port, f"/thumb?{VIEW}")
    assert status == 302
    assert asked(port, headers["location"])[1].startswith(b"\x89PNG")
    assert asked(port, f"/picture/{'0' * 32}.png")[0] == 404
    assert asked(port, "/thumb?document=nothing&issuer=kenpo")[0] == 404


def test_a_view_of_what_is_not_there_says_so(port: int) -> None:
    body = asked(port, f"/live?document=nothing&issuer={ISSUER}")[1].decode("utf-8", "replace")
    assert body.startswith("data: ") and '"panes": []' in body


def test_no_ledger_and_no_member_file_is_opened(home: Path) -> None:
    """What is opened while everything is looked at: the project's designs, the typesetter's cache, temporary files."""
    for forbidden in (home / "output" / "ledger.sqlite", home / "members.csv", home / "output" / "order" / "order.json"):
        forbidden.parent.mkdir(exist_ok=True)
        forbidden.write_bytes(b"not to be opened")
    seen: list[str] = []
    watching = [True]

    def hook(event: str, words: tuple[object, ...]) -> None:
        if watching[0] and event in ("open", "sqlite3.connect", "os.listdir", "os.scandir"):
            seen.append(f"{event} {words[0]}")

    sys.addaudithook(hook)  # there is no way to remove one
    try:
        looks = Looks(home, DAY)
        looks.studio.catalogue()
        for mode in MODES:
            assert looks.look(View(PLASTIC, ISSUER, "", mode, "", 40)).problems == (), mode
        looks.thumb(PLASTIC, ISSUER)
    finally:
        watching[0] = False
    ours = [one for one in seen if str(home) in one]
    assert any("samples.yaml" in one for one in ours) and any("layout.yaml" in one for one in ours), "the watch works"
    places = [f"{home}/{name}" for name in ("layouts", "fonts", "fixtures", "output/.cache", "output/approved")]
    assert [
        one for one in ours if one.partition(" ")[2] != str(home) and not one.partition(" ")[2].startswith(tuple(places))
    ] == []
    assert not [one for one in seen if "sqlite" in one]


def test_what_a_person_waits_for_goes_first() -> None:
    turns, order, begun, go_on = Turns(), list[Turn](), threading.Event(), threading.Event()
    first = turns.begin(Turn.GALLERY, lambda: [begun.set(), go_on.wait(5)])
    assert begun.wait(5)
    later = [turns.begin(turn, partial(order.append, turn)) for turn in (Turn.GALLERY, Turn.AHEAD, Turn.LOOKED_AT)]
    go_on.set()
    for one in (first, *later):
        one.result(5)
    assert order == [Turn.LOOKED_AT, Turn.AHEAD, Turn.GALLERY]
    with pytest.raises(ZeroDivisionError):
        turns.begin(Turn.AHEAD, lambda: 1 / 0).result(5)


def test_a_taken_port_is_named(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError) as refused:
            serve(home, DAY, taken.getsockname()[1], lambda address: None)
    assert refused.value.problems[0].code == "preview-port-taken"


def test_separations_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LayoutError) as refused:
        job.separate(b"no PDF at all", 72)
    assert refused.value.problems[0].code == "preview-not-separated"
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LayoutError) as refused:
        job.separate(b"", 72)
    assert refused.value.problems[0].code == "preview-no-ghostscript"


def test_the_preview_calls_only_what_the_job_exports() -> None:
    """The page's package knows the house by `office/job` alone, problems and the words for them apart."""
    allowed = {"pipeline.office", "pipeline.base.problems", "pipeline.office.answers", "pipeline.office.web"}
    for path in sorted((orders.ROOT / "pipeline" / "office" / "preview").glob("*.py")):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("from pipeline.") and not line.startswith("from pipeline.office.preview"):
                name = line.split()[1]
                assert name in allowed, line
                assert name != "pipeline.office" or line == "from pipeline.office import job", line
