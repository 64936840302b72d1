"""Leases: nobody works on the same thing twice, and the dead hold nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ops.errors import PolicyRefused
from ops.holder import Holder, start_time
from ops.lease import Leases

ROOT = Path(__file__).parents[3]


def test_a_second_holder_is_refused_and_told_who(tmp_path: Path) -> None:
    leases = Leases(tmp_path)
    with leases.hold("core1", "core2", owner="li"), pytest.raises(PolicyRefused) as refused, leases.hold("core2", "pe1", owner="wang"):
        pytest.fail("two hold core2")
    assert "core2" in refused.value.what
    assert "li" in refused.value.what
    assert str(os.getpid()) in refused.value.why
    with leases.hold("core2", "pe1", owner="wang"):
        assert [held.name for held in leases.held()] == ["core2", "pe1"]
    assert leases.held() == ()


def test_all_or_nothing(tmp_path: Path) -> None:
    leases = Leases(tmp_path)
    with leases.hold("b", owner="li"):
        with pytest.raises(PolicyRefused), leases.hold("a", "b", "c", owner="wang"):
            pytest.fail("b is held")
        assert [held.name for held in leases.held()] == ["b"]


def test_fences_only_grow(tmp_path: Path) -> None:
    tokens = []
    for _round in range(3):
        with Leases(tmp_path).hold("a", owner="li") as fence:
            tokens.append(fence.token)
    assert tokens == sorted(set(tokens))


def test_two_cities_do_not_meet(tmp_path: Path) -> None:
    with Leases(tmp_path, scope="one").hold("core1", owner="li"), Leases(tmp_path, scope="two").hold("core1", owner="li"):
        pass


def holding_process(state: Path, seconds: float = 60) -> subprocess.Popen[str]:
    code = (
        "import sys, time; from pathlib import Path; from ops.lease import Leases\n"
        f"with Leases(Path(sys.argv[1])).hold('core1', owner='other', seconds={seconds}):\n    print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(state)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_living_process_keeps_it_and_a_killed_one_loses_it_at_once(tmp_path: Path) -> None:
    with holding_process(tmp_path) as process:
        with pytest.raises(PolicyRefused), Leases(tmp_path).hold("core1", owner="li"):
            pytest.fail("it is held")
        process.send_signal(signal.SIGKILL)
        process.wait()
        with Leases(tmp_path).hold("core1", owner="li"):
            pass


def test_a_process_that_stood_still_loses_its_lease_and_learns_it(tmp_path: Path) -> None:
    with holding_process(tmp_path, seconds=1) as process:
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.3)
        with Leases(tmp_path).hold("core1", owner="li") as mine:
            process.send_signal(signal.SIGKILL)
            mine.check()


def test_a_lease_is_renewed_beyond_its_first_term(tmp_path: Path) -> None:
    leases = Leases(tmp_path)
    with leases.hold("core1", owner="li", seconds=0.4):
        time.sleep(0.6)
        assert [held.name for held in leases.held()] == ["core1"]


def test_a_lost_lease_is_found_at_once_also_before_the_renewer_wakes(tmp_path: Path) -> None:
    leases = Leases(tmp_path)
    with leases.hold("core1", owner="li") as fence:
        fence.check()
        with leases._book() as book:
            book.execute("UPDATE lease SET fence = fence + 1")
        with pytest.raises(PolicyRefused, match="was lost"):
            fence.check()


def test_a_reused_pid_is_not_the_old_process() -> None:
    me = Holder.me()
    assert not me.is_dead()
    assert Holder(me.host, me.pid, me.started + 1).is_dead()
    assert Holder(me.host.split("/")[0] + "/anotherboot", me.pid, me.started).is_dead()
    assert not Holder("elsewhere/xyz", 1, 1).is_dead()
    assert start_time(2**22 + 1) == 0


def test_another_container_on_the_same_machine_has_pids_of_its_own() -> None:
    me = Holder.me()
    machine = me.host.rpartition("/")[0]
    assert not Holder(f"{machine}/1", me.pid, me.started + 1).is_dead()
    older = Holder(machine, me.pid, me.started)  # written down before namespaces were
    assert not older.is_dead()
    assert replace(older, started=me.started + 1).is_dead()
