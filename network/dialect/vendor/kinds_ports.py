"""Kinds of lines on interfaces and at logins: what is bound there, and what goes by itself when an interface changes its plane."""

from __future__ import annotations

from functools import partial

from network.dialect.vendor.kind import AFTER, BESIDE, Kind
from network.dialect.vendor.words import MARK


def _process(name: str) -> tuple[Kind, ...]:
    """One OSPF process on an interface. The rulebooks know OSPFv2's cost and type, and none of OSPFv3's lines."""
    hurts = partial(Kind, wiped=True, disruptive=True, hurts_beside=f"{name}-area")
    known = name == "ospf"
    return (
        Kind(f"{name}-cost", rf"{name} cost .*", rank=20, wiped=True, undo="" if known else f"undo {name} cost"),
        hurts(f"{name}-type", rf"{name} network-type .*", rank=20, undo="" if known else f"undo {name} network-type"),
        hurts(f"{name}-hello", rf"{name} timer hello .*", rank=20, undo=f"undo {name} timer hello"),
        hurts(f"{name}-dead", rf"{name} timer dead .*", rank=21, undo=f"undo {name} timer dead"),
        Kind(f"{name}-area", rf"{name} (?:enable )?\d+ area .*", AFTER, rank=25, wiped=True, disruptive=True),
    )


INTERFACE = (
    Kind("description", r"description .*", rank=0),
    Kind("tag", r"(?:vlan-type dot1q|dot1q termination vid) .*", AFTER, rank=2, disruptive=True),
    Kind("binding", r"ip binding vpn-instance .*", AFTER, rank=5, hurts_new=True, disruptive=True),
    Kind("ipv4", r"ip address (?!.* sub$).*", rank=10, disruptive=True, wiped=True),
    Kind("ipv6-on", r"ipv6 enable", rank=10, disruptive=True, wiped=True),
    Kind("ipv6", r"ipv6 address (\S+)", BESIDE, rank=11, disruptive=True, wiped=True),
    Kind("advertise", r"undo ipv6 nd ra halt", rank=12, wiped=True),
    *_process("ospf"),
    *_process("ospfv3"),
    Kind("mpls", r"mpls(?: enable)?", rank=30, disruptive=True, wiped=True),
    Kind("ldp", r"mpls ldp(?: enable)?", rank=31, disruptive=True, wiped=True),
    Kind("gateway", r"vrrp vrid (\d+) virtual-ip (\S+)", BESIDE, rank=35, disruptive=True, wiped=True),
    Kind("gateway-wins", r"vrrp vrid (\d+) priority .*", rank=38, disruptive=True, wiped=True, undo="undo vrrp vrid {0} priority"),
    Kind("gateway6-local", r"(vrrp6|vrrp ipv6) vrid (\d+) virtual-ip (\S+) link-local", BESIDE, rank=35, disruptive=True, wiped=True),
    Kind("gateway6", r"(vrrp6|vrrp ipv6) vrid (\d+) virtual-ip (\S+)", BESIDE, rank=36, disruptive=True, wiped=True),
    Kind(
        "gateway6-wins",
        r"(vrrp6|vrrp ipv6) vrid (\d+) priority .*",
        rank=38,
        disruptive=True,
        wiped=True,
        undo="undo {0} vrid {1} priority",
    ),
    Kind(
        "filter4",
        r"(?:traffic-filter acl (?!ipv6)\S+ inbound|traffic-filter inbound acl \S+|packet-filter \d+ inbound)",
        AFTER,
        rank=45,
        hurts_new=True,
        disruptive=True,
    ),
    Kind(
        "filter6",
        r"(?:traffic-filter acl ipv6 \S+ inbound|traffic-filter inbound ipv6 acl \S+|packet-filter ipv6 \d+ inbound)",
        AFTER,
        rank=45,
        hurts_new=True,
        disruptive=True,
    ),
    Kind("limit", rf"traffic-policy {MARK}-\d+ (inbound|outbound)", AFTER, rank=45, undo="undo traffic-policy {0}"),
    Kind("limit", r"qos car (inbound|outbound) .*", rank=45, undo="undo qos car {0}"),
)

LOGIN = (
    Kind("acl4", r"acl (?!ipv6)\S+ inbound", disruptive=True, hurts_new=True, undo="undo acl inbound"),
    Kind("acl6", r"acl ipv6 \S+ inbound", disruptive=True, hurts_new=True, undo="undo acl ipv6 inbound"),
    Kind("authentication", r"authentication-mode .*", disruptive=True, hurts_new=True, stays=True),
    Kind("idle", r"idle-timeout .*", undo="undo idle-timeout"),
    Kind("protocol", r"protocol inbound .*", disruptive=True, hurts_new=True, stays=True),
)
