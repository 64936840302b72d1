"""Every kind of line that we may own on a VRP or Comware router, and how it behaves there: one table for the three dialects.

A line that no row knows is somebody else's: it is neither shown nor touched. Rows marked `by_mark` are ours only where the
section's description begins with our mark, or where the intent has the same section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from network.dialect.vendor.words import MARK
from network.filters import FIRST_NUMBER, LAST_NUMBER
from network.services import SNMP_GROUP, SNMP_USER
from network.tree import Path


class Manner(Enum):
    """What the device does with a second line of the same key."""

    BESIDE = "beside"
    """Both stand: the new one is added first, the old one removed after."""
    OVER = "over"
    """The new one takes the old one's place by being typed."""
    AFTER = "after"
    """The old one has to go first; the two are typed one after the other."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of line. `pattern`'s groups, with the kind's name, are the line's key."""

    name: str
    pattern: re.Pattern[str]
    manner: Manner = Manner.OVER
    rank: int = 50
    """Place among the additions; removals go the other way round."""
    disruptive: bool = False
    """Taking it away or changing it can drop a neighbour, traffic or our own session."""
    hurts_beside: str = ""
    """Adding it is disruptive too where a line of this key stands."""
    inside: tuple[Kind, ...] = ()
    whole: bool = False
    """The section may be cancelled as a whole."""
    by_mark: bool = False
    stays: bool = False
    """Never taken away: others may rely on it."""
    wiped: bool = False
    """The device drops it by itself when the interface's plane changes."""
    undo: str = ""
    """What cancels it, where the rulebooks are wrong or silent; `{0}` is the pattern's first group."""
    hurts_new: bool = False
    """Even its first appearance in a section that is in use can cut somebody off."""
    opens: bool = False
    """Typing it enters a view, though nothing of ours stands in there."""


def _kind(name: str, pattern: str, manner: Manner = Manner.OVER, **more: object) -> Kind:
    return Kind(name, re.compile(pattern), manner, **more)  # type: ignore[arg-type]


_ADDRESS = r"[0-9a-fA-F.:]+"
_BESIDE, _OVER, _AFTER = Manner.BESIDE, Manner.OVER, Manner.AFTER

_FILTER = (
    _kind("description", r"description .*", undo="undo description"),
    _kind("rule", r"rule (\d+) .*", _AFTER, disruptive=True, undo="undo rule {0}"),
)
_INSTANCE_FAMILY = (
    _kind("route-distinguisher", r"route-distinguisher .*", _AFTER, rank=10, disruptive=True),
    _kind("vpn-target", r"vpn-target (\S+) (\S+)", _BESIDE, rank=20, disruptive=True),
)
_INSTANCE = (
    _kind("route-distinguisher", r"route-distinguisher .*", _AFTER, rank=10, disruptive=True),
    _kind("description", r"description .*", rank=15, undo="undo description"),
    _kind("family", r"(ipv4-family|ipv6-family|address-family ipv4|address-family ipv6)", rank=20, inside=_INSTANCE_FAMILY, whole=True),
)
_OSPF = (
    _kind("router-id", r"router-id .*", rank=0, disruptive=True, stays=True),
    _kind("silent", r"silent-interface (\S+)", _BESIDE, disruptive=True),
    _kind("spf", r"spf-schedule-interval .*", undo="undo spf-schedule-interval"),
    _kind("area", r"area (\S+)", _BESIDE, stays=True, opens=True),
)
_PEER = (
    _kind("peer-as", rf"peer ({_ADDRESS}) as-number \d+", _AFTER, rank=0, disruptive=True, undo="undo peer {0}"),
    _kind("peer-description", rf"peer ({_ADDRESS}) description .*", rank=5, undo="undo peer {0} description"),
    _kind("peer-source", rf"peer ({_ADDRESS}) connect-interface .*", rank=6, disruptive=True, undo="undo peer {0} connect-interface"),
)
_PEER_IN_FAMILY = (
    _kind("network", r"network (\S+) (\S+)", _BESIDE, rank=0),
    _kind("import", r"import-route (direct)", _BESIDE, rank=0),
    _kind("peer-enable", rf"peer ({_ADDRESS}) enable", _BESIDE, rank=10, disruptive=True),
    _kind("peer-reflect", rf"peer ({_ADDRESS}) reflect-client", _BESIDE, rank=12, disruptive=True),
    _kind("peer-next-hop", rf"peer ({_ADDRESS}) next-hop-local", _BESIDE, rank=12),
    _kind("peer-export", rf"peer ({_ADDRESS}) (ip-prefix|ipv6-prefix|prefix-list) \S+ export", rank=5, undo="undo peer {0} {1} export"),
)
_BGP = (
    _kind("router-id", r"router-id .*", rank=0, disruptive=True, stays=True),
    *_PEER,
    _kind(
        "family",
        r"((?:ipv4|ipv6)-family (?:unicast|vpnv4|vpnv6)|address-family (?:ipv4 unicast|ipv6 unicast|vpnv4|vpnv6))",
        rank=20,
        inside=_PEER_IN_FAMILY,
        stays=True,
    ),
    _kind("plane", r"((?:ipv4|ipv6)-family vpn-instance \S+)", rank=30, inside=_PEER_IN_FAMILY, whole=True, disruptive=True),
    _kind(
        "plane",
        r"(ip vpn-instance \S+)",
        rank=30,
        whole=True,
        disruptive=True,
        inside=(_kind("plane-family", r"(address-family ipv[46] unicast)", inside=_PEER_IN_FAMILY, whole=True),),
    ),
)
_INTERFACE = (
    _kind("description", r"description .*", rank=0, undo="undo description"),
    _kind("tag", r"(?:vlan-type dot1q|dot1q termination vid) .*", _AFTER, rank=2, disruptive=True),
    _kind("binding", r"ip binding vpn-instance .*", _AFTER, rank=5, hurts_new=True, disruptive=True),
    _kind("ipv4", r"ip address (?!.* sub$).*", rank=10, disruptive=True, wiped=True),
    _kind("ipv6-on", r"ipv6 enable", rank=10, disruptive=True, wiped=True),
    _kind("ipv6", r"ipv6 address (\S+)", _BESIDE, rank=11, disruptive=True, wiped=True),
    _kind("advertise", r"undo ipv6 nd ra halt", rank=12, wiped=True, undo="ipv6 nd ra halt"),
    *(
        kind
        for process in ("ospf", "ospfv3")
        for kind in (
            _kind(f"{process}-cost", rf"{process} cost .*", rank=20, wiped=True, undo=f"undo {process} cost"),
            _kind(
                f"{process}-type",
                rf"{process} network-type .*",
                rank=20,
                wiped=True,
                disruptive=True,
                hurts_beside=f"{process}-area",
                undo=f"undo {process} network-type",
            ),
            _kind(
                f"{process}-hello",
                rf"{process} timer hello .*",
                rank=20,
                wiped=True,
                disruptive=True,
                hurts_beside=f"{process}-area",
                undo=f"undo {process} timer hello",
            ),
            _kind(
                f"{process}-dead",
                rf"{process} timer dead .*",
                rank=21,
                wiped=True,
                disruptive=True,
                hurts_beside=f"{process}-area",
                undo=f"undo {process} timer dead",
            ),
            _kind(f"{process}-area", rf"{process} (?:enable )?\d+ area .*", _AFTER, rank=25, wiped=True, disruptive=True),
        )
    ),
    _kind("mpls", r"mpls(?: enable)?", rank=30, disruptive=True, wiped=True),
    _kind("ldp", r"mpls ldp(?: enable)?", rank=31, disruptive=True, wiped=True),
    _kind("gateway", r"vrrp vrid (\d+) virtual-ip (\S+)", _BESIDE, rank=35, disruptive=True, wiped=True),
    _kind("gateway-wins", r"vrrp vrid (\d+) priority .*", rank=38, disruptive=True, wiped=True, undo="undo vrrp vrid {0} priority"),
    _kind("gateway6-local", r"(vrrp6|vrrp ipv6) vrid (\d+) virtual-ip (\S+) link-local", _BESIDE, rank=35, disruptive=True, wiped=True),
    _kind("gateway6", r"(vrrp6|vrrp ipv6) vrid (\d+) virtual-ip (\S+)", _BESIDE, rank=36, disruptive=True, wiped=True),
    _kind(
        "gateway6-wins",
        r"(vrrp6|vrrp ipv6) vrid (\d+) priority .*",
        rank=38,
        disruptive=True,
        wiped=True,
        undo="undo {0} vrid {1} priority",
    ),
    _kind(
        "filter4",
        r"(?:traffic-filter acl (?!ipv6)\S+ inbound|traffic-filter inbound acl \S+|packet-filter \d+ inbound)",
        _AFTER,
        rank=45,
        hurts_new=True,
        disruptive=True,
    ),
    _kind(
        "filter6",
        r"(?:traffic-filter acl ipv6 \S+ inbound|traffic-filter inbound ipv6 acl \S+|packet-filter ipv6 \d+ inbound)",
        _AFTER,
        rank=45,
        hurts_new=True,
        disruptive=True,
    ),
    _kind("limit", rf"traffic-policy {MARK}-\d+ (inbound|outbound)", _AFTER, rank=45, undo="undo traffic-policy {0}"),
    _kind("limit", r"qos car (inbound|outbound) .*", rank=45, undo="undo qos car {0}"),
)
_LOGIN = (
    _kind("acl4", r"acl (?!ipv6)\S+ inbound", disruptive=True, hurts_new=True, undo="undo acl inbound"),
    _kind("acl6", r"acl ipv6 \S+ inbound", disruptive=True, hurts_new=True, undo="undo acl ipv6 inbound"),
    _kind("authentication", r"authentication-mode .*", disruptive=True, hurts_new=True, stays=True),
    _kind("idle", r"idle-timeout .*", undo="undo idle-timeout"),
    _kind("protocol", r"protocol inbound .*", disruptive=True, hurts_new=True, stays=True),
)

_HUNDREDS = f"{FIRST_NUMBER // 100 % 10}-{LAST_NUMBER // 100 % 10}"

TOP: tuple[Kind, ...] = (
    _kind("ipv6", r"ipv6", rank=0, stays=True),
    _kind("acl", rf"(acl (?:ipv6 )?(?:number|advanced) 3[{_HUNDREDS}]\d\d)", rank=10, inside=_FILTER, whole=True),
    _kind(
        "classifier",
        rf"(traffic classifier {MARK}-any)(?: .*)?",
        rank=11,
        inside=(_kind("match", r"if-match any", stays=True),),
        whole=True,
    ),
    _kind("behavior", rf"(traffic behavior {MARK}-\d+)", rank=12, inside=(_kind("car", r"car .*", undo="undo car"),), whole=True),
    _kind(
        "policy",
        rf"(traffic policy {MARK}-\d+)",
        rank=13,
        inside=(_kind("classifier", r"classifier (\S+) behavior .*", undo="undo classifier {0}"),),
        whole=True,
    ),
    _kind(
        "prefixes",
        r"((?:ip ip-prefix|ip ipv6-prefix|ip prefix-list|ipv6 prefix-list) CITYNODE-[46]) index (\d+) .*",
        _AFTER,
        disruptive=True,
        rank=14,
        undo="undo {0} index {1}",
    ),
    _kind("instance", r"(ip vpn-instance \S+)", rank=20, inside=_INSTANCE, whole=True, by_mark=True, disruptive=True),
    _kind("lsr-id", r"mpls lsr-id .*", rank=21, stays=True, disruptive=True),
    _kind("mpls", r"mpls", rank=22, stays=True, opens=True),
    _kind("ldp", r"mpls ldp", rank=23, stays=True, opens=True),
    _kind("ospf", r"(ospf 1)", rank=30, inside=_OSPF, stays=True),
    _kind("ospfv3", r"(ospfv3 1)", rank=31, inside=_OSPF, whole=True, disruptive=True),
    _kind("interface", r"(interface \S+\.\d+)", rank=40, inside=_INTERFACE, whole=True, by_mark=True, disruptive=True),
    _kind("interface", r"(interface \S+)", rank=40, inside=_INTERFACE, by_mark=True, stays=True),
    _kind(
        "route4",
        rf"ip route-static (\S+ \S+ \S+) description {MARK} .*",
        _BESIDE,
        rank=45,
        disruptive=True,
        undo="undo ip route-static {0}",
    ),
    _kind(
        "route6",
        rf"ipv6 route-static (\S+ \S+ \S+) description {MARK} .*",
        _BESIDE,
        rank=45,
        disruptive=True,
        undo="undo ipv6 route-static {0}",
    ),
    _kind("bgp", r"bgp (\d+)", rank=50, inside=_BGP, stays=True, disruptive=True),
    _kind("ntp-on", r"ntp-service enable", rank=60, stays=True),
    _kind("ntp", r"(ntp-service (?:unicast-server (?:ipv6 )?|ipv6 unicast-server )\S+)", _BESIDE, rank=61, undo="undo {0}"),
    _kind("syslog", r"(info-center loghost (?:ipv6 )?(?!source)\S+)", _BESIDE, rank=62, undo="undo {0}"),
    _kind("snmp", r"snmp-agent", rank=63, stays=True),
    _kind("snmp-version", r"snmp-agent sys-info version .*", rank=64, stays=True),
    _kind("snmp-group", rf"snmp-agent group v3 {SNMP_GROUP} .*", rank=65, stays=True),
    _kind(
        "snmp-user",
        rf"(snmp-agent usm-user v3 {SNMP_USER}(?: group| authentication-mode| privacy-mode|))(?: (?!{SNMP_GROUP} cipher).*)?",
        undo="undo {0}",
    ),
    _kind("snmp-user-whole", rf"(snmp-agent usm-user v3 {SNMP_USER}) {SNMP_GROUP} .*", undo="undo {0} local"),
    _kind(
        "trap",
        r"(snmp-agent target-host trap (?:ipv6 )?address udp-domain (?:ipv6 )?\S+) params securityname (\S+).*",
        _BESIDE,
        rank=67,
        undo="undo {0} params securityname {1}",
    ),
    _kind("traps-on", r"snmp-agent trap enable", rank=68, stays=True),
    _kind("ssh-on", r"(stelnet server enable|ssh server enable)", rank=70, stays=True),
    _kind("ssh-words", r"(ssh server (?:cipher|hmac)|ssh2 algorithm (?:cipher|mac)) .*", rank=71, disruptive=True, stays=True),
    _kind(
        "ssh-acl", r"(ssh server acl|ssh ipv6 server acl|ssh server ipv6 acl) .*", rank=72, hurts_new=True, disruptive=True, undo="undo {0}"
    ),
    _kind("logins", r"(user-interface vty 0 4|line vty 0 63)", rank=75, inside=_LOGIN, stays=True),
)


@dataclass(frozen=True, slots=True)
class Known:
    """A line whose kind we know, and its key."""

    kind: Kind
    key: tuple[str, ...]
    groups: tuple[str, ...]

    def key_in(self, path: Path) -> tuple[Path, str, tuple[str, ...]]:
        """The setting, and where: two lines with the same can't both stand."""
        return path, self.kind.name, self.key

    def undo(self) -> str:
        """What cancels it by our own table; empty where the rulebooks know."""
        return self.kind.undo.format(*self.groups)


@lru_cache(maxsize=65536)
def known(path: Path, line: str) -> Known | None:
    """The line's kind; None for one that isn't ours."""
    table = TOP
    for header in path:
        found = _find(table, header)
        if found is None:
            return None
        table = found.kind.inside
    return _find(table, line)


def _find(table: tuple[Kind, ...], line: str) -> Known | None:
    for kind in table:
        if (found := kind.pattern.fullmatch(line)) is not None:
            groups = tuple(group or "" for group in found.groups())
            key = groups if kind.manner is Manner.BESIDE or groups else ()
            return Known(kind, (kind.name, *key), groups)
    return None
