"""A drill that was cut while it put its probe down is gone on with, and given up, from wherever it was cut."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dr import steps
from dr.plan import plan_switchover
from dr.probe.control import Probe
from dr.topology import Topology
from ops.errors import CitynodeError


class Files:
    """A site's files, which are this machine's."""

    def stat(self, path: str) -> object:
        return Path(path).stat()

    def mkdir(self, path: str, mode: int) -> None:
        Path(path).mkdir(mode)

    @contextmanager
    def open(self, path: str, mode: str) -> Iterator[Any]:
        """A file as paramiko has them: it knows `chmod`."""
        with Path(path).open(mode) as file:
            yield SimpleNamespace(chmod=Path(path).chmod, write=file.write)

    def posix_rename(self, old: str, new: str) -> None:
        Path(old).rename(new)


class Site:
    """A site that runs what it has, and fails as python3 does at what it has not."""

    site = "province"
    files = Files()

    def __init__(self) -> None:
        self.asked: list[str] = []

    def run(self, *argv: str, env: str = "") -> str:
        if argv[0] == "rm":
            shutil.rmtree(argv[-1])
        elif argv[1] != "-c":
            if not Path(argv[1]).exists():
                raise CitynodeError("python3 failed at province", why=f"can't open file '{argv[1]}' {env}")
            self.asked.append(argv[3])
        return json.dumps({"running": argv[-1] == "start", "systems": {}})


@pytest.fixture(params=[(), ("config.json",), ("config.json", "probe.py.new")], ids=len)
def cut(request: pytest.FixtureRequest, tmp_path: Path) -> Probe:
    """A probe whose folder was made, and no more than this put into it."""
    probe = Probe(cast("Any", Site()), "citynode_drill_x")
    probe.folder = str(tmp_path / "probe")
    Path(probe.folder).mkdir()
    for name in request.param:
        (tmp_path / "probe" / name).write_bytes(b"{}")
    return probe


def test_what_never_started_needs_no_stop_and_is_removed(cut: Probe) -> None:
    cut.stop()
    assert cut.exists()
    cut.remove()
    assert not cut.exists()


def test_what_is_missing_is_put_down_by_the_next_try(cut: Probe, where: Topology, healthy: Any) -> None:
    plan = plan_switchover(where, source="dc1", target="dc2", vantage="province")
    scene = SimpleNamespace(look=lambda: healthy, topology=where, plan=plan, workspace="w", password=lambda: "secret")
    done = {"prepare": {"tables": [["portal", "w", "t"]]}}
    assert steps._ensure_probe(cast("Any", scene), cut, done) == {"was_running": False, "running": True, "systems": {}}
    assert (Path(cut.folder) / "probe.py").stat().st_size > 1000
    assert cast("Any", cut.vantage).asked == ["start"]
