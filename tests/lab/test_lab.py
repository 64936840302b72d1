"""The lab itself: what it shows, what breaking and healing do to real traffic, and that killed runs leave nothing half made."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from city.addressing import addressing
from lab import leftovers, slots
from lab.metrics.traffic import exchange
from lab.wires.state import link_health
from tests.lab.rig import Rig, await_whole, health, own_rig, take_down, traces
from tests.lab.routers import vtysh, vtysh_says
from tests.program import PROGRAM, ROOT
from tests.waiting import wait_until


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
    vtysh(whole, "haifeng-t02", "ip route 198.51.100.0/24 blackhole", "end", "write")
    whole.ok("lab", "break", "router", "haifeng-t02")
    now = health(whole)
    assert now["router", "haifeng-t02"]["state"] == now["link", "haifeng-agg1-t02"]["state"] == "down"
    assert not any(whole.box().alive("haifeng-t02", name) for name in ("zebra", "ospfd", "sshd", "snmpd"))
    refused = whole.run("lab", "shell", "haifeng-t02")
    assert (refused.code, "citynode lab heal haifeng-t02" in refused.err) == (5, True)
    assert whole.run("mon", "poll", "--once", "-o", "json").code == 3
    whole.ok("lab", "heal", "haifeng-t02")
    await_whole(whole)
    assert "ip route 198.51.100.0/24 blackhole" in vtysh_says(whole, "haifeng-t02", "show running-config")
    vtysh(whole, "haifeng-t02", "no ip route 198.51.100.0/24 blackhole", "end", "write")


def test_a_line_is_lit_again_when_both_ends_have_noticed_the_dark(whole: Rig) -> None:
    box, uplinks = whole.box(), ("core1-room-archives", "core2-room-archives")
    ospfd = int((box.folder / "run" / "room-archives" / "ospfd").read_text().split()[0])
    os.kill(ospfd, signal.SIGSTOP)  # it notices nothing
    try:
        for link in uplinks:
            whole.ok("lab", "break", "link", link)
        room = health(whole)["site", "room-archives"]
        assert room["state"] == "down"
        assert "ospfd does not answer" in room["detail"]
        assert re.search(r"\d+ routes are missing in the kernel: 0\.0\.0\.0/0, ", room["detail"])
        with whole.start("lab", "heal", *uplinks, "-o", "json") as heal:
            time.sleep(4)
            dark = [link.state for link in link_health(box) if link.name in uplinks]
            os.kill(ospfd, signal.SIGCONT)
            out, err = heal.communicate(timeout=60)
    finally:
        os.kill(ospfd, signal.SIGCONT)
    assert (heal.returncode, dark) == (0, ["down", "down"]), out + err
    await_whole(whole)


def test_a_host_that_lost_power_has_its_data_when_it_returns(whole: Rig) -> None:
    from lab.hosts import postgres
    from lab.hosts.layout import hosts_of

    box = whole.box()
    hosts = {host.system: host for host in hosts_of(box.city, box.spec)}
    host = hosts.pop("archive")
    rows = postgres.psql(box, host, "SELECT count(*) FROM records", database=host.database)
    whole.ok("lab", "break", "host", "archive")
    assert health(whole)["host", "archive"]["detail"] == "room-archives is powered off"
    mine, another = (postgres.data(box, one) / postgres.LOCK for one in (host, next(iter(hosts.values()))))
    pid = another.read_text().split("\n")[0]  # its own may be another server's once a host has started again
    mine.write_text("\n".join([pid, *mine.read_text().split("\n")[1:]]))
    whole.ok("lab", "heal", "archive")
    await_whole(whole)
    assert postgres.psql(whole.box(), host, "SELECT count(*) FROM records", database=host.database) == rows
    lan = addressing(box.city).lan("room-archives")
    assert lan is not None
    told, network = "show ipv6 ospf6 database intra-prefix self-originated", str(lan.ipv6.network)
    wait_until(lambda: vtysh_says(whole, "room-archives", told), lambda said: network in said, seconds=20, what="the room's LAN is told")


@pytest.mark.parametrize(("family", "table"), [("ipv4", "arp_cache"), ("ipv6", "ndisc_cache")])
def test_the_kernel_has_room_for_the_neighbours_of_many_labs(lab: Rig, family: str, table: str) -> None:
    """All labs of the machine share its tables: while they hold less than the first threshold the kernel forgets nobody."""
    entries = int(Path(f"/proc/net/stat/{table}").read_text().splitlines()[1].split()[0], 16)
    assert 2 * len(lab.city.routers) < entries < int(Path(f"/proc/sys/net/{family}/neigh/default/gc_thresh1").read_text())


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
        made.append(own_rig(tmp_path / name, name))
        return made[-1]

    yield make
    for rig in made:
        rig.run("lab", "down", "--name", rig.name)


def kill_up(rig: Rig, seconds: float) -> None:
    """Start `lab up` and kill it as `kill -9` does after so many seconds, if it still runs; what it started lives on."""
    words = [*PROGRAM, "lab", "up", "--city", "tiny", "--name", rig.name, "--only", "routers", "-q"]
    environment = {**os.environ, **rig.environment, "CITYNODE_STATE": str(rig.state)}
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)


def test_killed_runs_are_finished_by_the_next_or_leave_nothing_and_two_labs_do_not_meet(own: Callable[[str], Rig]) -> None:
    first, second = own("one"), own("two")
    for seconds in (1.4, 2.2, 3.5):
        kill_up(first, seconds)
    first.ok("lab", "up", "--city", "tiny", "--name", first.name, "--only", "routers")
    await_whole(first, seconds=0)
    kill_up(second, 2.8)
    second.run("lab", "down", "--name", second.name)
    assert traces(second) == ()
    second.ok("lab", "up", "--city", "tiny", "--name", second.name, "--only", "routers")
    assert first.box().management != second.box().management
    one, two = (rig.box().management_address("core1") for rig in (first, second))
    crossing = first.box().run("core1", ["fping", "-q", "-c", "2", str(two)], allowed=(0, 1, 2, 4))
    assert crossing.code != 0
    subprocess.run(["fping", "-q", "-c", "2", str(one), str(two)], check=True, capture_output=True)  # the machine reaches both
    take_down(second)
    await_whole(first, seconds=0)
    (first.state / "labs" / first.name / "run" / "core1" / "sshd").unlink()  # as if killed between starting it and writing that down
    begun = time.monotonic()
    first.ok("lab", "up", "--city", "tiny", "--name", first.name, "--only", "routers")
    assert time.monotonic() - begun < 15, "a lab that is up is seen to be up, not built again"
    take_down(first)
    again = first.run("lab", "down", "--name", first.name)
    assert (again.code, f"there is no lab named '{first.name}'" in again.err) == (2, True)
