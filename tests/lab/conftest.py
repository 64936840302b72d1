"""One tiny lab for all lab tests of a run; each test leaves it as it found it.

`CITYNODE_TEST_STATE=FOLDER` uses a lab that stands in that state folder already and leaves it standing: for writing tests.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.rig import Rig


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a lab, and minutes rather than seconds."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def lab() -> Iterator[Rig]:
    """The tiny city with all its parts; it ends with this process, however that ends."""
    standing = os.environ.get("CITYNODE_TEST_STATE")
    if standing:
        found = sorted(Path(standing).glob("labs/*/record.json"))
        assert found, f"no lab stands in {standing}"
        yield Rig(Path(standing), found[0].parent.name)
        return
    name = f"test-{os.getpid()}"
    state = Path(tempfile.mkdtemp(prefix="cn-"))  # short: a cluster's sockets lie below it
    rig = Rig(state, name, {"CITYNODE_LAB_OWNER": str(os.getpid())})
    try:
        rig.ok("lab", "up", "--city", "tiny", "--name", name, timeout=600)
        yield rig
    finally:
        ended = rig.run("lab", "down", "--name", name, timeout=120)
        shutil.rmtree(state, ignore_errors=True)
        assert ended.code == 0, ended.err
