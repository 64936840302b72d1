"""Kinds of lines in routing: planes' instances, OSPF processes, BGP."""

from __future__ import annotations

from network.dialect.vendor.kind import AFTER, BESIDE, Kind

_ADDRESS = r"[0-9a-fA-F.:]+"

_FAMILY = (
    Kind("route-distinguisher", r"route-distinguisher .*", AFTER, rank=10, disruptive=True),
    Kind("vpn-target", r"vpn-target (\S+) (\S+)", BESIDE, rank=20, disruptive=True),
)

INSTANCE = (
    Kind("route-distinguisher", r"route-distinguisher .*", AFTER, rank=10, disruptive=True),
    Kind("description", r"description .*", rank=15),
    Kind("family", r"(ipv4-family|ipv6-family|address-family ipv4|address-family ipv6)", rank=20, inside=_FAMILY, whole=True),
)

OSPF = (
    Kind("router-id", r"router-id .*", rank=0, disruptive=True, stays=True),
    Kind("silent", r"silent-interface (\S+)", BESIDE, disruptive=True),
    Kind("spf", r"spf-schedule-interval .*", undo="undo spf-schedule-interval"),
    Kind("lsa-told", r"(lsa-originate-interval|lsa-generation-interval) .*", undo="undo {0}"),
    Kind("lsa-heard", r"lsa-arrival-interval .*", undo="undo lsa-arrival-interval"),
    Kind("area", r"area (\S+)", BESIDE, stays=True, opens=True),
)

_PEER = (
    Kind("peer-as", rf"peer ({_ADDRESS}) as-number \d+", AFTER, rank=0, disruptive=True),
    Kind("peer-description", rf"peer ({_ADDRESS}) description .*", rank=5),
    Kind("peer-source", rf"peer ({_ADDRESS}) connect-interface .*", rank=6, disruptive=True),
)

_PEER_IN_FAMILY = (
    Kind("network", r"network (\S+) (\S+)", BESIDE, rank=0),
    Kind("import", r"import-route (direct)", BESIDE, rank=0),
    Kind("peer-enable", rf"peer ({_ADDRESS}) enable", BESIDE, rank=10, disruptive=True),
    Kind("peer-reflect", rf"peer ({_ADDRESS}) reflect-client", BESIDE, rank=12, disruptive=True),
    Kind("peer-next-hop", rf"peer ({_ADDRESS}) next-hop-local", BESIDE, rank=12),
    Kind(
        "peer-prefixes", rf"peer ({_ADDRESS}) (ip-prefix|ipv6-prefix|prefix-list) \S+ (export|import)", rank=5, undo="undo peer {0} {1} {2}"
    ),
)

BGP = (
    Kind("router-id", r"router-id .*", rank=0, disruptive=True, stays=True),
    *_PEER,
    Kind(
        "family",
        r"((?:ipv4|ipv6)-family (?:unicast|vpnv4|vpnv6)|address-family (?:ipv4 unicast|ipv6 unicast|vpnv4|vpnv6))",
        rank=20,
        inside=_PEER_IN_FAMILY,
        stays=True,
    ),
    Kind("plane", r"((?:ipv4|ipv6)-family vpn-instance \S+)", rank=30, inside=_PEER_IN_FAMILY, whole=True, disruptive=True),
    Kind(
        "plane",
        r"(ip vpn-instance \S+)",
        rank=30,
        whole=True,
        disruptive=True,
        inside=(Kind("plane-family", r"(address-family ipv[46] unicast)", inside=_PEER_IN_FAMILY, whole=True),),
    ),
)
