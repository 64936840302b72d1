"""A county of the lab gets IPv6 by one command, loses no IPv4 packet over it, and gives it up again.

The tests tell one story, in this order: refused, rolled out, a router dies, drifted and withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from city.addressing import addressing
from network.dns.server import DnsUpdates
from network.ipv6.records import records
from ops.reach import write_access
from tests.lab.packets import arrives
from tests.lab.rig import Rig
from tests.lab.routers import held, kept, vtysh
from tests.lab.test_gateways import AGG1, AGG2, FOUR, PAIR, SIX, Host, answers, dead, loss
from tests.waiting import wait_until

ROLLOUT = ("net", "ipv6", "rollout", "--place", "haifeng", "--yes")
WITHDRAW = ("net", "ipv6", "withdraw", "--place", "haifeng", "--yes")
FORGED, CENTRE = "2001:db8:7e22:100::77", "2001:db8:7e04:100::1"
ROUTERS = ("core1", "core2", "haifeng-agg1", "haifeng-agg2", "haifeng-t01", "haifeng-t02")


def names(lab: Rig) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What the name server says of every router and centre: AAAA, and PTR of the address."""
    assert lab.access.dns is not None
    server = DnsUpdates(lab.access.dns)
    return [(server.read(record.name, "AAAA"), server.read(record.pointer, "PTR")) for record in records(lab.city, ROUTERS)]


def _sessions(lab: Rig) -> object:
    """BGP over IPv6 between the cores, and with the internet; the province's router isn't among them yet."""
    return lab.run("net", "verify", "--devices", "core", "-o", "json").data["sessions"]["ipv6"]


def _check_senders(lab: Rig) -> None:
    """Over IPv6, too, nobody sends with an address that isn't theirs."""
    room, centre, outside = (str(lan.ipv6.ip) for site in ("room-archives", "dc1", "internet") if (lan := addressing(lab.city).lan(site)))
    assert arrives(lab, "room-archives", room, "dc1", centre)
    assert arrives(lab, "internet", outside, "dc1", centre)
    for sender in ("room-archives", "internet"):
        assert not arrives(lab, sender, FORGED, "dc1", centre), sender


def test_a_name_server_that_does_not_know_our_key_stops_it_before_a_router_is_touched(lab: Rig, tmp_path: Path) -> None:
    assert lab.access.dns is not None
    path, before = tmp_path / "access.yaml", held(lab)
    write_access(lab.access.model_copy(update={"dns": lab.access.dns.model_copy(update={"key": "env:OTHER"})}), path)
    done = lab.run(*ROLLOUT, "--access", str(path), env={"OTHER": "b3RoZXI="})
    assert done.code == 3
    assert "doesn't accept the key citynode-update\nwhy: The peer didn't like the signature we sent\n" in done.err
    assert held(lab) == before
    assert lab.ok("net", "ipv6", "status")["routers"] == []


def test_a_town_is_answered_with_its_county(lab: Rig) -> None:
    done = lab.run("net", "ipv6", "rollout", "--place", "haifeng-t01")
    assert (done.code, done.err.splitlines()[-1]) == (2, "try: --place haifeng")


@pytest.fixture(scope="module")
def rolled_out(lab: Rig) -> Iterator[dict[str, Any]]:
    """What the rollout said that went on after it was killed again and again; the routers are as before when the story ends."""
    with kept(lab):
        assert lab.ok(*ROLLOUT, "--dry-run")["pending"] == len(ROUTERS)
        before = held(lab)
        lab.killed("device-core2:middle", *ROLLOUT)
        lab.ok("net", "rollback", "--change", lab.ok("net", "ipv6", "status")["unfinished"]["change_id"], "--yes")
        seen = lab.ok("net", "ipv6", "status")
        assert (seen["routers"], seen["unfinished"], held(lab)) == ([], None, before)
        for point in ("device-core2:middle", "publish:after"):
            lab.killed(point, *ROLLOUT)
        unfinished = lab.ok("net", "ipv6", "status")["unfinished"]
        assert (unfinished["verb"], unfinished["place"]) == ("rollout", "haifeng")
        done = lab.ok(*ROLLOUT)
        assert (done["change"], done["resumed"]) == (unfinished["change_id"], True)
        yield done


@pytest.mark.timeout(600)
def test_a_county_gets_ipv6_through_kill_after_kill(lab: Rig, rolled_out: dict[str, Any]) -> None:
    done = rolled_out
    assert (done["changed"], done["failed"]) == (len(ROUTERS), [])
    assert done["waves"] == ["core-b", "core-a", "county-b", "county-a", "canary", "county"]
    watched = (done["ipv4_probes_lost"], done["ipv4_probes_blind"], done["ipv4_probe_gaps"])
    assert watched == (0, 0, 2), (done["ipv4_lossy"], done["ipv4_unasked"])
    assert done["ipv4_probes_sent"] > 100
    assert (done["reach"]["before"]["reachability_v4"], done["reach"]["after"]["reachability_v6"]) == (1, 1)
    assert names(lab) == [((str(record.address),), (f"{record.name}.",)) for record in records(lab.city, ROUTERS)]
    edges = lab.ok("net", "edges", "look")["edges"]
    assert {(row["ipv4"]["status"], row["ipv6"]["status"]) for row in edges} == {(200, 200)}
    wait_until(lambda: _sessions(lab) == {"wanted": 4, "up": 4}, seconds=40)
    _check_senders(lab)
    again = lab.ok(*ROLLOUT)
    assert (again["changed"], again["names"], again["change"]) == (0, 0, "")
    seen = lab.ok("net", "ipv6", "verify")
    assert (seen["ok"], seen["reachability_v4"], seen["reachability_v6"], seen["parity"]) == (True, 1, 1, 1)


def test_hosts_learn_one_router_in_ipv6_whoever_it_is(lab: Rig, rolled_out: dict[str, Any], tmp_path: Path) -> None:
    host, asked = Host(lab), tmp_path / "answers"
    wait_until(lambda: {FOUR, SIX} <= answers(lab, AGG1) and not answers(lab, AGG2), seconds=20)
    wait_until(lambda: host.reaches(CENTRE), seconds=20)
    assert host.run("ip", "-6", "route", "show", "default").split()[:3] == ["default", "via", "fe80::1"]
    assert "inet6 2001:db8:7e22:" in host.run("ip", "-6", "address", "show", "dev", "switch")
    assert host.reaches("2001:db8:7e22::1")
    assert host.mac_of("2001:db8:7e22::1") == host.mac_of("fe80::1") == "00:00:5e:00:02:01"
    with host.asking(CENTRE, asked):
        with dead(lab, AGG1):
            wait_until(lambda: SIX in answers(lab, AGG2), seconds=20)
            wait_until(lambda: host.reaches(CENTRE), seconds=5)
        wait_until(lambda: SIX in answers(lab, AGG1) and not answers(lab, AGG2), seconds=30)
        wait_until(lambda: host.reaches(CENTRE), seconds=20)
    assert loss(asked).seconds < 10, loss(asked)  # who steps back tells hosts to forget the router; the other tells of it anew
    assert lab.ok("net", "verify", *PAIR, "--wait", "20")["gateways"]["ipv6"] == {"wanted": 1, "answered": 1}


@pytest.mark.timeout(600)
def test_a_county_that_drifted_is_told_and_gives_ipv6_up_again(lab: Rig, rolled_out: dict[str, Any]) -> None:
    vtysh(lab, "haifeng-t01", "interface lan0", "no ipv6 address 2001:db8:7e22:100::1/64")
    drift = lab.run("net", "ipv6", "verify", "--place", "haifeng", "-o", "json")
    assert drift.code == 7
    assert drift.data["missing"] == [
        {"router": "haifeng-t01", "interface": "lan0", "lacks": "ipv6 address 2001:db8:7e22:100::1/64", "kind": "interface"}
    ]

    lab.killed("device-haifeng-t02:middle", *WITHDRAW)
    gone = lab.ok(*WITHDRAW)
    assert (gone["resumed"], gone["changed"], gone["ipv4_probes_lost"]) == (True, len(ROUTERS), 0)
    assert set(names(lab)) == {((), ())}
    assert not any("ipv6 address" in text for name, text in held(lab).items() if name in ROUTERS)
    assert lab.ok("net", "ipv6", "verify")["reachability_v6"] is None
