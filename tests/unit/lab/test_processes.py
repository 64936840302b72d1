"""A process is known by pid and start time, found again by its mark, and ended for good."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from lab import leftovers, processes
from lab.box import Box
from lab.processes import MARK, Process, end, end_all, marked, start_of
from tests.waiting import wait_until

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process with the mark of a lab, deaf to SIGTERM."""
    environment = {**os.environ, MARK: f"unit-{os.getpid()}/core1/zebra"}
    with subprocess.Popen([sys.executable, "-c", STUBBORN], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def test_a_process_without_a_pid_file_is_found_by_its_mark(child: subprocess.Popen[bytes]) -> None:
    lab = f"unit-{os.getpid()}"
    assert marked(f"{lab}/") == {f"{lab}/core1/zebra": Process(child.pid, start_of(child.pid))}
    assert marked(f"{lab}/core2/") == {}
    assert any(found.startswith(f"process {child.pid} ") for found in leftovers.traces(lab, folder=Path("/nonexistent/lab")))


def test_a_child_that_outlives_its_parent_is_not_taken_for_it(box: Box) -> None:
    """As PostgreSQL outlives a Patroni that is killed: `lab up` would wait for what nobody does any more."""
    box.name = f"unit-{os.getpid()}"
    mark, script = f"{box.name}/dc1/patroni", "sleep 60 >/dev/null & echo $!; wait"
    environment = {**os.environ, MARK: mark}
    with subprocess.Popen(["sh", "-c", script], env=environment, stdout=subprocess.PIPE, start_new_session=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        leading = marked(f"{box.name}/", leading=True)
        parent.kill()
    try:
        assert [process.pid for process in leading.values()] == [parent.pid]
        assert marked(f"{box.name}/") == {mark: Process(child, start_of(child))}, "lab down ends it all the same"
        assert not box.alive("dc1", "patroni")
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_pid_that_is_used_again_is_another_process(child: subprocess.Popen[bytes]) -> None:
    assert Process(child.pid, start_of(child.pid)).alive
    assert not Process(child.pid, start_of(child.pid) + 1).alive
    assert end([Process(child.pid, start_of(child.pid) + 1)], grace=0) == ()
    assert child.poll() is None


def test_who_does_not_listen_is_killed(child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_children", [child])
    begun = time.monotonic()
    assert end([Process(child.pid, start_of(child.pid))], grace=0.3) == ()
    assert child.wait(timeout=5) == -signal.SIGKILL
    assert time.monotonic() - begun < 5


def test_who_starts_others_until_its_own_turn_comes_ends_with_all_of_them() -> None:
    """As `again.sh` does: with pids that began anew at 1, its program may be found, and ended, before it is."""
    script = "while :; do sleep 60 & wait; done"
    with subprocess.Popen(["sh", "-c", script], start_new_session=True) as keeper:

        def family() -> list[Process]:
            found = []
            for path in Path("/proc").glob("[0-9]*/stat"):
                with suppress(OSError):  # it ended meanwhile
                    pid, session = int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[3])
                    found += [Process(pid, start_of(pid))] if session == keeper.pid and start_of(pid) else []
            return found

        def children() -> list[Process]:
            return [each for each in family() if each.pid != keeper.pid]

        def look() -> list[Process]:
            looks.append(len(looks))
            return family() if len(looks) > 1 else children()

        looks: list[int] = []
        wait_until(lambda: bool(children()), seconds=5, pause=0.01)
        assert end_all(look) == ()
        assert keeper.wait(timeout=5) == -signal.SIGKILL
        assert family() == []
        assert len(looks) > 2


def test_a_zombie_counts_as_ended() -> None:
    process = subprocess.Popen(["/bin/true"])
    wait_until(lambda: start_of(process.pid) == 0, seconds=5, pause=0.01)
    assert start_of(process.pid) == 0
    process.wait()


def test_a_box_tells_what_ended_and_its_last_words(box: Box) -> None:
    box.log("core1", "sshd").parent.mkdir()
    box.log("core1", "sshd").write_text("one\nMissing privilege separation directory: /run/sshd\n")
    box._running["unit/core1/sshd"] = Process(os.getpid(), 1)
    box._running["unit/core1/zebra"] = Process(os.getpid(), start_of(os.getpid()))
    assert box.ended() == (("core1", "sshd"),)
    assert box.said("core1", "sshd", lines=1) == "Missing privilege separation directory: /run/sshd"
    assert box.said("core1", "snmpd") == "it said nothing"
