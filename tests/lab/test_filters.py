"""Filters and rates on real routers, proven by packets: who may send what, who may log in, how much a line carries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from city.addressing import addressing
from lab.wires.netlink import UNSHAPED_MBIT, Netlink
from lab.wires.part import settle
from network.devices.device import Trial
from network.dialect.frr.nftables import COMMAND, NAME
from network.errors import DeviceRefused
from tests.lab.packets import answers_ssh, arrives, carried
from tests.lab.rig import Rig
from tests.lab.routers import held, kept, looking
from tests.waiting import wait_until

CORES = ("--devices", "pe1,core")
ROOM, DC, TOWN, INTERNET = "room-human-resources", "dc1", "haifeng-t01", "internet"
FORGED, OUTSIDE = "10.34.1.77", "203.0.113.1"
BUCKET_SECONDS = 1.5
"""How much of a rate may come at once."""


def of(lab: Rig, site: str) -> str:
    """A site's own address in IPv4."""
    lan = addressing(lab.city).lan(site)
    assert lan is not None
    return str(lan.ipv4.ip)


def test_who_may_send_and_who_may_log_in(lab: Rig) -> None:
    room, centre, core = of(lab, ROOM), of(lab, DC), str(lab.city.router_by_name["core1"].loopback)
    town = str(lab.city.router_by_name[TOWN].loopback)
    with kept(lab):
        assert arrives(lab, ROOM, FORGED, DC, centre)  # nobody holds it back today
        assert arrives(lab, INTERNET, FORGED, DC, centre)
        assert answers_ssh(lab, TOWN, town, "core1", core)
        lab.ok("net", "push", *CORES, "--yes")
        assert arrives(lab, ROOM, room, DC, centre)
        assert not arrives(lab, ROOM, FORGED, DC, centre)
        assert arrives(lab, INTERNET, OUTSIDE, DC, centre)
        assert not arrives(lab, INTERNET, FORGED, DC, centre)
        assert answers_ssh(lab, DC, centre, "core1", core)
        assert not answers_ssh(lab, TOWN, town, "core1", core)
        assert lab.ok("net", "verify", *CORES, "--wait", "40")["ok"]


def test_a_line_carries_its_rate_and_no_more_each_way(lab: Rig) -> None:
    """The lab's own shaping of the line is taken away: what holds the flood then is the router."""
    room, centre = of(lab, ROOM), of(lab, DC)
    rate = min(link.rate_mbit for link in lab.city.links if ROOM in (link.a.node, link.b.node))
    seconds, flood = 2.0, 12.0 * rate
    with kept(lab), unshaped(lab, ROOM):
        free = carried(lab, ROOM, room, DC, centre, mbit=flood, seconds=seconds)
        assert free > 0.9 * flood * seconds
        lab.ok("net", "push", *CORES, "--yes")
        least, most = 0.9 * rate * seconds, 1.1 * rate * (seconds + BUCKET_SECONDS)
        assert least < carried(lab, ROOM, room, DC, centre, mbit=flood, seconds=seconds) < most
        assert least < carried(lab, DC, centre, ROOM, room, mbit=flood, seconds=seconds) < most


def test_a_rule_that_somebody_put_in_is_shown_and_goes(lab: Rig) -> None:
    with kept(lab):
        lab.ok("net", "push", "--devices", TOWN, "--yes")
        lab.box().run(TOWN, ("nft", "insert", "rule", *NAME.split(), "logins", "accept"))
        shown = lab.run("net", "diff", "--devices", TOWN, "-o", "json")
        assert shown.code == 7
        assert shown.data["changes"][0]["diff"] == "  table inet citynode\n   chain logins\n-   accept"
        assert lab.ok("net", "push", "--devices", TOWN, "--yes")["changed"] == 1
        assert lab.ok("net", "diff", "--devices", TOWN)["pending"] == 0


def test_other_tables_of_the_kernel_are_nobody_s_business(lab: Rig) -> None:
    box = lab.box()
    box.run(TOWN, ("nft", "add", "table", "inet", "citynode2"))
    try:
        with kept(lab):
            lab.ok("net", "push", "--devices", TOWN, "--yes")
            lab.ok("net", "rollback", "--yes")
            assert box.run(TOWN, ("nft", "list", "tables")).stdout == "table inet citynode2\n"
    finally:
        box.run(TOWN, ("nft", "delete", "table", "inet", "citynode2"))


def test_rules_that_the_kernel_refuses_change_nothing_and_are_named(lab: Rig) -> None:
    before = held(lab)
    lines = (f"add table {NAME}", f"add chain {NAME} logins", f"add rule {NAME} logins frobnicate", f"add chain {NAME} never")
    with closing(looking(lab).fleet.connect(TOWN)) as device, pytest.raises(DeviceRefused) as refused:
        device.apply([f"{COMMAND}{line}" for line in lines])
    assert refused.value.what == f"{TOWN} did not take 'nft add rule inet citynode logins frobnicate'"
    assert "syntax error" in refused.value.why
    with closing(looking(lab).fleet.connect(TOWN)) as device, pytest.raises(DeviceRefused, match="did not take"):
        device.apply([f"{COMMAND}add table inet filter"])
    assert held(lab) == before


def test_rules_on_trial_go_back_with_the_rest(lab: Rig) -> None:
    before = held(lab)
    with closing(looking(lab).fleet.connect(TOWN)) as device:
        back = (f"{COMMAND}add table {NAME}", f"{COMMAND}delete table {NAME}", "interface lo", "no description", "exit")
        device.arm(Trial("chg-rules", 2, back))
        device.apply([f"{COMMAND}add table {NAME}", f"{COMMAND}add chain {NAME} logins", "interface lo", "description tried", "exit"])
        assert "chain logins" in device.running()
    wait_until(lambda: held(lab) == before, seconds=15)


@contextmanager
def unshaped(lab: Rig, site: str) -> Iterator[None]:
    """The site's lines carry as much as the machine can; afterwards what the plan says."""
    box = lab.box()
    ends = [end for link in box.links if site in (link.a.node, link.b.node) for end in (link.a, link.b)]
    try:
        for end in ends:
            with Netlink(box.netns(end.node)) as socket:
                socket.shape(end.interface, UNSHAPED_MBIT)
        yield
    finally:
        sockets = {node: Netlink(box.netns(node)) for node in box.nodes}
        settle(box, sockets)
        for socket in sockets.values():
            socket.__exit__()
