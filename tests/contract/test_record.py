"""The book of runs keeps the same promises on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.audit import Trail
from ops.control import Control
from ops.durable import JsonObject, Run, Step, Work, perform
from ops.errors import PolicyRefused
from ops.lease import Leases
from ops.progress import Silent
from ops.record import Record, shut_down

BINARIES = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of its own on a free loopback port."""
    if not BINARIES.exists() or os.getuid() != 0:
        pytest.skip("needs Debian's postgresql-15 and root, who becomes the user postgres")
    folder = tmp_path_factory.mktemp("pg")
    for parent in (folder, *folder.parents):  # every folder above it must let the user postgres through
        if not parent.stat().st_mode & 0o001:
            parent.chmod(0o755)
    shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = folder / "data"
    subprocess.run(
        [*as_postgres, BINARIES / "initdb", "-D", data, "-A", "trust", "-U", "postgres"], check=True, capture_output=True, cwd="/"
    )
    command = [*as_postgres, BINARIES / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", folder, "-F"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd="/") as process:
        try:
            for _wait in range(100):
                if b"ready to accept" in (folder / "log").read_bytes():
                    break
                time.sleep(0.1)
            yield f"postgresql://postgres@127.0.0.1:{port}/citynode_ops"
        finally:
            shut_down()
            process.send_signal(signal.SIGINT)  # a fast shutdown; SIGTERM would wait for clients


@pytest.fixture(params=["sqlite", "postgresql"])
def control(request: pytest.FixtureRequest, tmp_path: Path) -> Control:
    database = request.getfixturevalue("server") if request.param == "postgresql" else ""
    return Control(tmp_path, Trail(tmp_path), Leases(tmp_path), Silent(), "li", production=False, scope=tmp_path.name, database=database)


class Stopped(BaseException):
    """Ends the process's part in the run as abruptly as can be done from within."""


def work(ran: list[str], *, stop_at: str = "", plan: int = 1) -> Work:
    def step(name: str) -> Step:
        def do(run: Run) -> JsonObject:
            ran.append(name)
            if name == stop_at:
                raise Stopped
            return {"切换": name, "before": sorted(run.done)}

        return Step(name, do)

    return Work("demo", "g1", {"plan": plan}, (step("a"), step("b"), step("c")), ("core1",))


def test_begun_stopped_and_gone_on_with(control: Control) -> None:
    ran: list[str] = []
    with pytest.raises(Stopped):
        perform(control, work(ran, stop_at="b"))
    (unfinished,) = Record.open(control).runs(unfinished=True)
    assert (dict(unfinished.done), unfinished.author, unfinished.state) == ({"a": {"切换": "a", "before": []}}, "li", "unfinished")
    outcome = perform(control, work(ran))
    assert outcome.resumed
    assert outcome.change_id == unfinished.change_id
    assert outcome.results["c"] == {"切换": "c", "before": ["a", "b"]}
    assert ran == ["a", "b", "b", "c"]
    assert Record.open(control).runs(unfinished=True) == ()
    assert [run.state for run in Record.open(control).runs()] == ["done"]


def test_abandoned_is_never_gone_on_with(control: Control) -> None:
    with pytest.raises(Stopped):
        perform(control, work([], stop_at="b"))
    with pytest.raises(PolicyRefused, match="another plan"):
        perform(control, work([], plan=2))
    record = Record.open(control)
    record.abandon(record.runs(unfinished=True)[0])
    ran: list[str] = []
    assert not perform(control, work(ran, plan=2)).resumed
    assert ran == ["a", "b", "c"]


def test_another_city_does_not_see_it(control: Control) -> None:
    with pytest.raises(Stopped):
        perform(control, work([], stop_at="b"))
    assert Record(Record.open(control)._url, "elsewhere").runs() == ()
