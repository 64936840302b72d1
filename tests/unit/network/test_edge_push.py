"""Edges on this machine: a real nginx, looked at and configured by the program that runs on an edge's host."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Interface, IPv6Interface
from pathlib import Path, PurePosixPath

import pytest

from city.edge import Edge
from city.load import load_city
from network.devices.shells import REMOTE, FakeShells, HostFailed
from network.edges import push as edge_push
from network.edges.config import FILE, Place, edge_config, place_of
from network.edges.push import plan_edges, push_edges
from network.errors import DeviceRefused
from ops.audit import Trail
from ops.control import Control
from ops.lease import Leases
from ops.progress import Silent
from tests.waiting import wait_until

CITY = load_city("tiny")


class Host:
    """An edge's host: this machine, the edge on the loopback addresses at a port that is free."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.edge = CITY.edges[0].model_copy(update={"port": _free()})
        self.shells = FakeShells(self.run)
        self.control = Control(folder, Trail(folder), Leases(folder), Silent(), "li", production=False)
        monkeypatch.setattr(edge_push, "place_of", self.place_of)

    def place_of(self, _city: object, edge: Edge) -> Place:
        home = PurePosixPath(self.folder) / edge.name
        return replace(place_of(CITY, edge), folder=home, ipv4=IPv4Interface("127.0.0.1/8"), ipv6=IPv6Interface("::1/128"))

    def run(self, _host: str, program: str, arguments: tuple[str, ...]) -> str:
        done = subprocess.run([sys.executable, REMOTE / program, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise HostFailed(done.stderr)
        return done.stdout

    def bring(self, edge: Edge) -> list[str]:
        """What had to be changed."""
        plan = plan_edges(CITY.model_copy(update={"edges": (edge,)}), self.shells)
        push_edges(self.control, self.shells, plan)
        return [one.edge.name for one in plan.pending]

    def wanted(self, edge: Edge) -> str:
        return edge_config(CITY, edge, self.place_of(CITY, edge)).text

    @property
    def file(self) -> Path:
        return self.folder / self.edge.name / FILE

    def workers(self) -> set[int]:
        """The processes that take requests."""
        master = (self.folder / self.edge.name / "pid").read_text().strip()
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return {int(pid) for pid in children if Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0 ") == "nginx: worker process"}

    def outcomes(self) -> list[str]:
        return [entry.outcome for entry in self.control.trail.entries()]


def _free() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A host without an edge; what was started there ends with the test."""
    tmp_path.chmod(0o755)
    host = Host(tmp_path, monkeypatch)
    yield host
    pid = tmp_path / host.edge.name / "pid"
    if pid.exists():
        number = int(pid.read_text())
        os.kill(number, signal.SIGTERM)
        wait_until(lambda: not pid.exists(), seconds=10, pause=0.02)


def test_an_edge_is_started_once_and_drift_is_mended(host: Host) -> None:
    assert host.bring(host.edge) == ["cdn1"]
    assert host.bring(host.edge) == []
    host.file.write_text(host.file.read_text().replace("valid=5s", "valid=5h"))
    assert host.bring(host.edge) == ["cdn1"]
    assert host.file.read_text() == host.wanted(host.edge)
    assert host.bring(host.edge) == []
    assert host.outcomes() == ["begun", "done"] * 2


def test_it_is_done_when_no_process_answers_by_the_old_one_any_more(host: Host) -> None:
    host.bring(host.edge)
    old = host.workers()
    assert old
    slow = min(old)
    os.kill(slow, signal.SIGSTOP)  # as on a busy host: the others are quicker to hear that they shall end
    goes_on = threading.Timer(1.5, os.kill, (slow, signal.SIGCONT))
    goes_on.start()
    try:
        assert host.bring(host.edge.model_copy(update={"keep_seconds": 60})) == ["cdn1"]
        assert not old & host.workers()
    finally:
        goes_on.join()


def test_what_was_written_by_somebody_who_was_killed_before_the_reload_is_taken_up(host: Host) -> None:
    host.bring(host.edge)
    longer = host.edge.model_copy(update={"keep_seconds": 60})
    host.file.write_text(host.wanted(longer))
    (pending,) = plan_edges(CITY.model_copy(update={"edges": (longer,)}), host.shells).pending
    assert pending.is_only_to_take_up
    assert host.bring(longer) == ["cdn1"]
    assert host.bring(longer) == []


def test_what_nginx_refuses_never_takes_the_old_ones_place(host: Host) -> None:
    host.bring(host.edge)
    before = host.file.read_text()
    broken = host.edge.model_copy(update={"systems": ("archive", "archive;")})
    city = CITY.model_copy(update={"edges": (broken,), "systems": (*CITY.systems, CITY.systems[0].model_copy(update={"name": "archive;"}))})
    plan = plan_edges(city, host.shells)
    with pytest.raises(DeviceRefused, match="nginx refuses the new configuration of the edge cdn1") as refused:
        push_edges(host.control, host.shells, plan)
    assert "in nginx.conf:" in refused.value.why
    assert (host.file.read_text(), sorted(host.file.parent.glob("*.new"))) == (before, [])
    assert host.bring(host.edge) == []
    assert host.outcomes()[-2:] == ["begun", "refused"]


def test_a_reload_that_fails_puts_the_old_one_back_and_the_edge_serves_on(host: Host) -> None:
    host.bring(host.edge)
    before = host.file.read_text()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        elsewhere = host.edge.model_copy(update={"port": taken.getsockname()[1]})
        with pytest.raises(DeviceRefused, match="the edge cdn1 did not take its new configuration up") as undone:
            host.bring(elsewhere)
    assert "Address already in use" in undone.value.why
    assert host.file.read_text() == before
    assert host.bring(host.edge) == []
    assert host.outcomes()[-2:] == ["begun", "taken-back"]
