"""What FRR says of its BGP sessions and its neighbours, against those that the intent wants."""

from __future__ import annotations

from ipaddress import ip_address

from network.intent.bgp import Family, Neighbour
from network.neighbours import full_over
from network.sessions import judged

PROVINCE = Neighbour(ip_address("172.16.1.26"), 64600, "province", (Family.IPV4,), external=True)
CORE = Neighbour(ip_address("10.0.0.11"), 64512, "core1", (Family.IPV4, Family.PLANES4))
CORE6 = Neighbour(ip_address("2001:db8:7e00::a00:b"), 64512, "core1", (Family.IPV6,))
SAID = """{
"ipv4Unicast":{"routerId":"10.0.0.1","as":64512,"peers":{
    "10.0.0.11":{"remoteAs":64512,"state":"Established","desc":"citynode core1"},
    "172.16.1.26":{"remoteAs":64600,"state":"Active"}}}
,
"ipv6Unicast":{"routerId":"10.0.0.1","as":64512,"peers":{"2001:db8:7e00::a00:b":{"remoteAs":64512,"state":"Connect"}}}
}
"""


def test_each_session_has_the_state_of_its_own_family() -> None:
    found = judged("pe1", (CORE, CORE6, PROVINCE), SAID)
    assert [(one.peer, str(one.family), one.state, one.is_up) for one in found] == [
        ("core1", "ipv4", "Established", True), ("core1", "ipv6", "Connect", False), ("province", "ipv4", "Active", False),
    ]  # fmt: skip


def test_a_router_without_bgp_knows_nobody() -> None:
    for said in ("% BGP instance not found\n", "bgpd is not running\n", "{}", ""):
        (one,) = judged("pe1", (PROVINCE,), said)
        assert (one.is_up, one.as_data()["state"]) == (False, "not configured")


def test_lines_with_a_whole_neighbour_are_read_in_both_families() -> None:
    said4 = """
Neighbor ID     Pri State           Up Time         Dead Time Address         Interface                        RXmtL RqstL DBsmL
10.0.0.12         1 Full/-          4m21s              3.511s 172.16.0.2      ge1:172.16.0.1                       0     0     0
10.0.2.1          1 ExStart/-       1.201s             3.902s 172.16.0.6      ge2:172.16.0.5                       0     0     0
10.0.2.2          1 Full/DR         1d02h33m           3.902s 172.16.0.10     ge12:172.16.0.9                      0     0     0
"""
    said6 = """Neighbor ID     Pri    DeadTime    State/IfState         Duration I/F[State]\r
10.0.0.12         1    00:00:03     Full/PointToPoint    00:04:21 ge1[PointToPoint]\r
10.0.2.1          1    00:00:04     Init/PointToPoint    00:00:00 ge2[PointToPoint]\r
"""
    assert full_over(said4) == {"ge1", "ge12"}
    assert full_over(said6) == {"ge1"}
    assert full_over("% OSPF instance not found\n") == frozenset()
