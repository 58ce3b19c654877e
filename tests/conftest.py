"""What all tests share: the renewal flag, Hypothesis without a stopwatch, and a ledger in both databases."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests import databases

settings.register_profile("shikaku", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("shikaku")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="write the expected files anew; look at the diff before a commit")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--renew") and os.environ.get("CI"):
        raise pytest.UsageError("--renew never runs in CI: expected files change by a person's hand only")


@pytest.fixture
def renew(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are written anew instead of compared."""
    return bool(request.config.getoption("--renew"))


@pytest.fixture(params=databases.KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a new ledger, in both databases one after the other."""
    return databases.sqlite(tmp_path) if request.param == "sqlite" else databases.postgresql(_root(tmp_path_factory))


@pytest.fixture
def server_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a new ledger in PostgreSQL."""
    return databases.postgresql(_root(tmp_path_factory))


@pytest.fixture
def bare_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty database in PostgreSQL."""
    return databases.postgresql(_root(tmp_path_factory), ready=False)


def _root(folders: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a run have in common."""
    mine = folders.getbasetemp()
    return mine.parent if os.environ.get("PYTEST_XDIST_WORKER") else mine


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run is over: so is its server."""
    folders = getattr(config, "_tmp_path_factory", None)
    if folders is not None and not hasattr(config, "workerinput") and folders._basetemp is not None:
        databases.stop(folders.getbasetemp())
