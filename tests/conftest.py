"""What all tests share: the renewal flag, and Hypothesis without a stopwatch."""

import os

import pytest
from hypothesis import settings

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
