"""The shipped cities, read once."""

from __future__ import annotations

import pytest

from city.load import load_city
from city.model import City


@pytest.fixture(scope="session")
def tiny() -> City:
    return load_city("tiny")


@pytest.fixture(scope="session")
def shanwei() -> City:
    return load_city("shanwei")
