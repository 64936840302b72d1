"""One bare control plane for all tests of this folder that follow each other in a process: each works in namespaces of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.control_plane import ControlPlane, control_plane


@pytest.fixture(scope="package")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A cluster without nodes."""
    with control_plane(tmp_path_factory.mktemp("plane")) as running:
        yield running
