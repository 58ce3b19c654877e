"""A page that takes too long to set is ended, off the main thread too; the process goes on as if nothing had been."""

import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.craft import typesetter
from pipeline.craft.patience import TookTooLong, within
from pipeline.office import cli, kept_templates
from tests import orders

ENDLESS = "<style>@page { size: 50mm 50mm; margin: 0 }</style>" + "<table><tr><td>" * 40 + "x"
SMALL = "<style>@page { size: 50mm 50mm; margin: 0 }</style>"


@pytest.fixture(autouse=True)
def nothing_is_collected() -> Iterator[None]:
    """The test tools watch the collector with a callback, which would swallow what is meant for the work."""
    gc.disable()
    yield
    gc.enable()


def spin() -> None:
    while True:
        pass


def stubborn() -> str:
    """Work that takes its end for a fault, once."""
    try:
        spin()
    except BaseException:
        spin()
    return "done"


@pytest.mark.parametrize("work", [spin, stubborn])
def test_work_is_ended_wherever_it_runs(work: object) -> None:
    def ended() -> bool:
        began = time.monotonic()
        with pytest.raises(TookTooLong):
            within(0.05, work)  # type: ignore[arg-type]
        return time.monotonic() - began < 20

    before = threading.active_count()
    assert ended()
    with ThreadPoolExecutor(1) as one:
        assert one.submit(ended).result()
        assert one.submit(within, 60, lambda: "soon").result() == "soon", "the thread goes on"
    assert within(60, lambda: 1) == 1
    for _ in range(100):
        if threading.active_count() <= before:
            break
        time.sleep(0.05)
    assert threading.active_count() <= before, "nobody goes on watching"


def test_what_comes_back_late_is_not_taken() -> None:
    """A finalizer swallowed the end of the work: what is returned may lack anything."""

    def swallowing() -> str:
        try:
            spin()
        except BaseException:
            return "half of it"
        return "all"

    with pytest.raises(TookTooLong):
        within(0.05, swallowing)
    with pytest.raises(TookTooLong):
        within(0.0, lambda: "at once")


def test_a_fault_of_the_work_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        within(60, lambda: 1 // 0)


def test_a_page_that_takes_too_long_is_refused_and_the_next_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = typesetter.Pages()
    before = pages.set_page(SMALL, {})
    monkeypatch.setattr(typesetter, "_patience", 0.02)
    with pytest.raises(typesetter.PageTookTooLong) as caught:
        pages.set_page(ENDLESS, {})
    assert caught.value.seconds == 0.02
    monkeypatch.setattr(typesetter, "_patience", 60.0)
    assert typesetter.Pages().set_page(SMALL, {}) == before
    assert pages.set_page(SMALL + " ", {}), "its typefaces are loaded anew"


def test_the_command_says_so(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    folder = str(orders.ROOT / "layouts" / "documents" / "delivery-note")
    monkeypatch.setattr(typesetter, "_patience", typesetter._patience)
    monkeypatch.setattr(kept_templates, "find", lambda *_: None)  # another test may have compiled it
    monkeypatch.setenv("SHIKAKU_TYPESETTING_SECONDS", "0.01")
    assert cli.run(["check", folder]) == 3
    assert "artwork-too-slow" in capfd.readouterr().err
    monkeypatch.setenv("SHIKAKU_TYPESETTING_SECONDS", "soon")
    assert cli.run(["check", folder]) == 2
    assert "usage-bad-patience" in capfd.readouterr().err
