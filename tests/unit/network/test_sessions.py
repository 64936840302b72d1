"""What FRR says of its BGP sessions, against those that the intent wants."""

from __future__ import annotations

from ipaddress import ip_address

from network.intent.bgp import Family, Neighbour
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
