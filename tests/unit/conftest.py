"""What every pure test leaves behind as it found it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _record() -> Iterator[None]:
    """Let go of the book of runs at the end, so that no thread of it outlives the tests."""
    yield
    if record := sys.modules.get("ops.record"):
        record.shut_down()
