"""The shipped cities, read once; and who runs which tests."""

from __future__ import annotations

from typing import Any

import pytest

from city.load import load_city
from city.model import City
from tests.turns import Turns


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Turns | None:
    """Ours where files are dealt out."""
    return Turns(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def tiny() -> City:
    return load_city("tiny")


@pytest.fixture(scope="session")
def shanwei() -> City:
    return load_city("shanwei")
