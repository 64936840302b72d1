"""The lab of the tests in this folder: one for each process that runs tests; each test leaves it as it found it.

A file in this folder gets the network: routers, sites, departments' hosts, names, edges, metrics, private networks. A file in
`centres/` gets all of the tiny city: the centres' clusters and databases, and the backup, too, which take most of a lab's
processor time. A lab grows when the next file needs more; who gets which file when: `tests/turns.py`. The city is the tiny one;
`test_full_city.py` brings the plan's, for itself alone.

The lab ends with the last file that needs it (`tests/turns.py` gives those out first), not with the process: one that stands idle
takes a tenth of a core, a whole city's a fifth.

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

from tests.lab.rig import Rig, await_whole, own_rig, take_down

WITHOUT = {"network": ("--without", "clusters,quorum,backup"), "centres": ()}
"""What isn't brought up for the files of this folder, and of `centres/`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a lab, and minutes rather than seconds."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lab)


class Standing:
    """The lab of this process: up when the first test asks for it, down before the first one that needs none."""

    def __init__(self) -> None:
        self.state = Path(tempfile.mkdtemp(prefix="cn-"))  # short: a cluster's sockets lie below it
        self.rig = own_rig(self.state, "test")
        self.began = False
        self.up: set[str] = set()

    def bring(self, parts: str) -> Rig:
        """The lab with these parts."""
        if parts not in self.up:
            self.began = True
            self.rig.ok("lab", "up", "--city", "tiny", "--name", self.rig.name, *WITHOUT[parts], timeout=600)
            self.up.update(("network", parts))
        return replace(self.rig)  # what it had read of the access file may be old

    def end(self) -> None:
        """Nothing of the lab is left, nor of what did not come up whole."""
        if self.began:
            self.began = False
            self.up.clear()
            take_down(self.rig)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if Path(__file__).parent not in item.path.parents:
            self.end()


@pytest.fixture(scope="session")
def standing(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Rig]]:
    """Brings the lab of this process, with the parts that are asked for; it ends with this process, however that ends."""
    given = os.environ.get("CITYNODE_TEST_STATE")
    if given:
        found = sorted(Path(given).glob("labs/*/record.json"))
        assert found, f"no lab stands in {given}"
        yield lambda _parts: Rig(Path(given), found[0].parent.name)
        return
    ours = Standing()
    request.config.pluginmanager.register(ours)
    try:
        yield ours.bring
    finally:
        request.config.pluginmanager.unregister(ours)
        try:
            ours.end()
        finally:
            shutil.rmtree(ours.state, ignore_errors=True)


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
