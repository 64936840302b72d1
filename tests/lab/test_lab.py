"""The lab itself: what it shows, what breaking and healing do to real traffic, and that killed runs leave nothing half made."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from city.addressing import addressing
from lab import leftovers, slots
from lab.metrics.traffic import exchange
from tests.lab.rig import ROOT, Rig
from tests.lab.routers import vtysh_says


def health(lab: Rig) -> dict[tuple[str, str], dict[str, Any]]:
    """Every line of the lab's status, by kind and name."""
    return {(item["kind"], item["name"]): item for item in lab.ok("lab", "status")["health"]}


def wait_whole(lab: Rig, seconds: float = 60) -> None:
    """Return when everything is up again."""
    until = time.monotonic() + seconds
    while not (found := lab.ok("lab", "status"))["ok"]:
        assert time.monotonic() < until, [item for item in found["health"] if item["state"] != "up"]
        time.sleep(0.5)
    assert found["faults"] == []


@pytest.fixture
def whole(lab: Rig) -> Iterator[Rig]:
    """The lab, whole before the test and after it whatever the test did."""
    try:
        yield lab
    finally:
        lab.ok("lab", "heal", "--all")
        wait_whole(lab)


def test_status_lists_every_router_link_cluster_and_host(lab: Rig) -> None:
    found = lab.ok("lab", "status")
    counts = Counter(item["kind"] for item in found["health"])
    assert found["ok"], [item for item in found["health"] if item["state"] != "up"]
    assert counts == {
        "router": 7,
        "link": 23,
        "site": 7,
        "cluster": 3,
        "fences": 3,
        "dcs": 3,
        "postgres": 3,
        "host": 2,
        "dns": 2,
        "edge": 2,
        "backup": 1,
        "metrics": 1,
        "plane": 1,
        "private router": 2,
        "private host": 4,
        "private line": 8,
        "enclave": 2,
    }
    assert {item["name"] for item in found["health"] if item["kind"] == "router"} == set(lab.city.router_by_name)


def test_traffic_goes_round_a_cut_link_within_seconds_and_the_map_shows_the_cut(whole: Rig, tmp_path: Path) -> None:
    loopback = str(whole.city.router_by_name["core1"].loopback)  # haifeng-t01 reaches it by agg1, the shortest way
    heard: list[str] = []

    def listen() -> None:
        heard.append(whole.box().run("haifeng-t01", ["fping", "-q", "-c", "180", "-p", "50", loopback], allowed=(0, 1)).stderr)

    stream = Thread(target=listen)
    stream.start()
    time.sleep(1)
    assert whole.ok("lab", "break", "link", "haifeng-agg1-t01")["broken"]["kind"] == "link"
    stream.join()
    sent, received = (int(number) for number in re.findall(r"= (\d+)/(\d+)/", heard[0])[0])
    assert sent == 180
    assert sent - received <= 60, f"{(sent - received) * 0.05:.1f} s without an answer: {heard[0]}"
    now = health(whole)
    assert now["link", "haifeng-agg1-t01"]["state"] == "down"
    assert now["router", "haifeng-t01"] == {
        "kind": "router",
        "name": "haifeng-t01",
        "state": "degraded",
        "detail": "1 of 2 OSPF neighbours",
    }
    drawn = whole.ok("lab", "map", "--svg", str(tmp_path / "city.svg"))
    assert [link["name"] for link in drawn["links"] if link["state"] == "down"] == ["haifeng-agg1-t01"]
    assert "haifeng-agg1-t01 cut" in (tmp_path / "city.svg").read_text()


def test_a_degraded_link_carries_what_is_left_and_no_more(whole: Rig) -> None:
    whole.ok("lab", "break", "link", "pe1-province", "--rate", "6")
    assert health(whole)["link", "pe1-province"]["detail"] == "6 of 10000 Mbit/s"
    slow = exchange(whole.box(), "province", "dc1", mbit=12, seconds=4)
    assert 5 <= slow["arrived_mbit"] <= 6.4, slow
    whole.ok("lab", "heal", "pe1-province")
    assert exchange(whole.box(), "province", "dc1", mbit=12, seconds=2)["arrived_mbit"] > 11.5


def test_a_stopped_router_is_gone_and_comes_back_as_it_was_saved(whole: Rig) -> None:
    box = whole.box()
    box.run(
        "haifeng-t02",
        [
            "vtysh",
            "-N",
            box.pathspace("haifeng-t02"),
            "-c",
            "conf t",
            "-c",
            "ip route 198.51.100.0/24 blackhole",
            "-c",
            "end",
            "-c",
            "write",
        ],
    )
    whole.ok("lab", "break", "router", "haifeng-t02")
    now = health(whole)
    assert now["router", "haifeng-t02"]["state"] == now["link", "haifeng-agg1-t02"]["state"] == "down"
    assert not any(whole.box().alive("haifeng-t02", name) for name in ("zebra", "ospfd", "sshd", "snmpd"))
    refused = whole.run("lab", "shell", "haifeng-t02")
    assert (refused.code, "citynode lab heal haifeng-t02" in refused.err) == (5, True)
    assert whole.run("mon", "poll", "--once", "-o", "json").code == 3
    whole.ok("lab", "heal", "haifeng-t02")
    wait_whole(whole)
    saved = box.run("haifeng-t02", ["vtysh", "-N", box.pathspace("haifeng-t02"), "-c", "show running-config"]).stdout
    assert "ip route 198.51.100.0/24 blackhole" in saved
    box.run(
        "haifeng-t02",
        [
            "vtysh",
            "-N",
            box.pathspace("haifeng-t02"),
            "-c",
            "conf t",
            "-c",
            "no ip route 198.51.100.0/24 blackhole",
            "-c",
            "end",
            "-c",
            "write",
        ],
    )


def test_a_host_that_lost_power_has_its_data_when_it_returns(whole: Rig) -> None:
    from lab.hosts import postgres
    from lab.hosts.layout import hosts_of

    box = whole.box()
    host = next(host for host in hosts_of(box.city, box.spec) if host.system == "archive")
    rows = postgres.psql(box, host, "SELECT count(*) FROM records", database=host.database)
    whole.ok("lab", "break", "host", "archive")
    assert health(whole)["host", "archive"]["detail"] == "room-archives is powered off"
    whole.ok("lab", "heal", "archive")
    wait_whole(whole)
    assert postgres.psql(whole.box(), host, "SELECT count(*) FROM records", database=host.database) == rows
    lan = addressing(box.city).lan("room-archives")
    assert lan is not None
    until = time.monotonic() + 20
    while str(lan.ipv6.network) not in vtysh_says(whole, "room-archives", "show ipv6 ospf6 database intra-prefix self-originated"):
        assert time.monotonic() < until, "the room doesn't announce its IPv6 network any more"
        time.sleep(0.2)


def _dark_and_lit(lab: Rig) -> tuple[str, str, str]:
    now = health(lab)
    return now["dcs", "dc3"]["state"], now["cluster", "dc3"]["state"], now["dcs", "dc1"]["state"]


def test_a_dark_centre_lives_on_inside_and_is_reached_by_nobody(whole: Rig) -> None:
    whole.ok("lab", "break", "centre", "dc3")
    expected = ("down", "down", "up")
    until = time.monotonic() + 30  # dc1 is well again once the quorum that is left has agreed on a leader
    while (seen := _dark_and_lit(whole)) != expected and time.monotonic() < until:
        time.sleep(1)
    assert seen == expected
    assert whole.box().alive("dc3", "patroni")
    assert whole.run("mon", "top").code == 3
    whole.ok("lab", "heal", "dc3")
    wait_whole(whole, 90)


def test_two_commands_never_work_on_one_lab_at_once(lab: Rig) -> None:
    with slots.lab_lock(lab.name):
        refused = lab.run("lab", "break", "link", "core1-core2")
    assert refused.code == 5
    assert f"another command is working on the lab '{lab.name}' right now" in refused.err
    assert f"pid {os.getpid()}" in refused.err


def test_a_disk_without_room_is_told_before_anything_is_touched(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "none", str(small)], check=True)
    try:
        refused = Rig(small / "state", f"small-{os.getpid()}").run("lab", "up", "--city", "tiny", "--name", f"small-{os.getpid()}")
        assert refused.code == 1
        assert "MB left" in refused.err
        assert "set CITYNODE_STATE to another disk" in refused.err
        assert leftovers.traces(f"small-{os.getpid()}", folder=small / "state" / "labs") == ()
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Callable[[str], Rig]]:
    """Makes labs of the test's own, and sees that none of them stays."""
    made: list[Rig] = []

    def make(name: str) -> Rig:
        made.append(Rig(tmp_path / name, f"{name}-{os.getpid()}", {"CITYNODE_LAB_OWNER": str(os.getpid())}))
        return made[-1]

    yield make
    for rig in made:
        rig.run("lab", "down", "--name", rig.name)


def traces(rig: Rig) -> tuple[str, ...]:
    """What of the lab is on the machine."""
    slot = next((claim.slot for claim in slots.claims() if claim.name == rig.name), None)
    return leftovers.traces(rig.name, folder=rig.state / "labs" / rig.name, slot=slot)


def kill_up(rig: Rig, seconds: float) -> None:
    """Start `lab up` and kill it as `kill -9` does after so many seconds, if it still runs; what it started lives on."""
    words = [sys.executable, "-m", "cli.main", "lab", "up", "--city", "tiny", "--name", rig.name, "--only", "routers", "-q"]
    environment = {**os.environ, **rig.environment, "CITYNODE_STATE": str(rig.state)}
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)


def test_killed_runs_are_finished_by_the_next_or_leave_nothing_and_two_labs_do_not_meet(own: Callable[[str], Rig]) -> None:
    first, second = own("one"), own("two")
    for seconds in (1.4, 2.2, 3.5):
        kill_up(first, seconds)
    first.ok("lab", "up", "--city", "tiny", "--name", first.name, "--only", "routers")
    assert first.ok("lab", "status", "--name", first.name)["ok"]
    kill_up(second, 2.8)
    second.run("lab", "down", "--name", second.name)
    assert traces(second) == ()
    second.ok("lab", "up", "--city", "tiny", "--name", second.name, "--only", "routers")
    assert first.box().management != second.box().management
    one, two = (rig.box().management_address("core1") for rig in (first, second))
    crossing = first.box().run("core1", ["fping", "-q", "-c", "2", str(two)], allowed=(0, 1, 2, 4))
    assert crossing.code != 0
    subprocess.run(["fping", "-q", "-c", "2", str(one), str(two)], check=True, capture_output=True)  # the machine reaches both
    slot = second.box().slot
    second.ok("lab", "down", "--name", second.name)
    assert leftovers.traces(second.name, folder=second.state / "labs" / second.name, slot=slot) == ()
    assert first.ok("lab", "status", "--name", first.name)["ok"]
    (first.state / "labs" / first.name / "run" / "core1" / "sshd").unlink()  # as if killed between starting it and writing that down
    begun = time.monotonic()
    first.ok("lab", "up", "--city", "tiny", "--name", first.name, "--only", "routers")
    assert time.monotonic() - begun < 15, "a lab that is up is seen to be up, not built again"
    slot = first.box().slot
    first.ok("lab", "down", "--name", first.name)
    assert leftovers.traces(first.name, folder=first.state / "labs" / first.name, slot=slot) == ()
    again = first.run("lab", "down", "--name", first.name)
    assert (again.code, f"there is no lab named '{first.name}'" in again.err) == (2, True)
