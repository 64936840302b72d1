"""The lab of the tests in this folder: one for each process that runs tests; each test leaves it as it found it.

A file in this folder gets the network: routers, sites, departments' hosts, names, edges, metrics, private networks. A file in
`centres/` gets all of the tiny city: the centres' clusters and databases, and the backup, too, which take most of a lab's
processor time. A lab grows when the next file needs more; who gets which file when: `tests/turns.py`.

`CITYNODE_TEST_STATE=FOLDER` uses a lab that stands in that state folder already and leaves it standing: for writing tests.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab.rig import Rig, await_whole

WITHOUT = {"network": ("--without", "clusters,quorum,backup"), "centres": ()}
"""What isn't brought up for the files of this folder, and of `centres/`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a lab, and minutes rather than seconds."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def standing() -> Iterator[Callable[[str], Rig]]:
    """The lab of this process, with the parts that are asked for; it ends with this process, however that ends."""
    given = os.environ.get("CITYNODE_TEST_STATE")
    if given:
        found = sorted(Path(given).glob("labs/*/record.json"))
        assert found, f"no lab stands in {given}"
        yield lambda _parts: Rig(Path(given), found[0].parent.name)
        return
    name = f"test-{os.getpid()}"
    state = Path(tempfile.mkdtemp(prefix="cn-"))  # short: a cluster's sockets lie below it
    rig = Rig(state, name, {"CITYNODE_LAB_OWNER": str(os.getpid())})
    up: set[str] = set()

    def bring(parts: str) -> Rig:
        if parts not in up:
            rig.ok("lab", "up", "--city", "tiny", "--name", name, *WITHOUT[parts], timeout=600)
            up.update(("network", parts))
        return replace(rig)  # what it had read of the access file may be old

    try:
        yield bring
    finally:
        ended = rig.run("lab", "down", "--name", name, timeout=120)
        shutil.rmtree(state, ignore_errors=True)
        assert ended.code == 0, ended.err


@pytest.fixture(scope="module")
def lab(standing: Callable[[str], Rig], request: pytest.FixtureRequest) -> Rig:
    """The tiny city with the parts that the file's folder gets."""
    return standing("centres" if request.path.parent.name == "centres" else "network")


@pytest.fixture
def whole(lab: Rig) -> Iterator[Rig]:
    """The lab, whole before the test and after it whatever the test did."""
    try:
        yield lab
    finally:
        lab.ok("lab", "heal", "--all")
        await_whole(lab)
