from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.network.ipv6.dual import DualBench


@pytest.fixture
def bench(tmp_path: Path) -> DualBench:
    return DualBench(tmp_path)
