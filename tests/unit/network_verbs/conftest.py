from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.network.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def _record() -> Iterator[None]:
    """Let go of the book of runs at the end, so that no thread of it outlives the tests."""
    yield
    from ops.record import shut_down

    shut_down()
