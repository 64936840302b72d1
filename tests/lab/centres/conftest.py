"""What the tests on the centres stand on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.lab.rig import Rig


@pytest.fixture(scope="session")
def deployed(standing: Callable[[str], Rig]) -> Rig:
    """The lab with its centres deployed, whatever they were before; every test leaves the stacks deployed and as declared."""
    lab = standing("centres")
    lab.ok("stack", "up", "--yes")
    return lab
