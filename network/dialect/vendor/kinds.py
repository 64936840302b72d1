"""Every kind of line that we may own on a VRP or Comware router, and how it behaves there: one table for the three dialects.

A line that no row knows is somebody else's: it is neither shown nor touched. Rows marked `by_mark` are ours only where the
section's description begins with our mark, or where the intent has the same section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from network.dialect.vendor.kind import AFTER, BESIDE, Kind
from network.dialect.vendor.kinds_ports import INTERFACE, LOGIN
from network.dialect.vendor.kinds_routing import BGP, INSTANCE, OSPF
from network.dialect.vendor.words import MARK
from network.intent.filters import FIRST_NUMBER, LAST_NUMBER
from network.intent.services import SNMP_GROUP, SNMP_USER
from network.tree import Path

_FILTER = (Kind("description", r"description .*"), Kind("rule", r"rule (\d+) .*", AFTER, disruptive=True))

_HUNDREDS = f"{FIRST_NUMBER // 100 % 10}-{LAST_NUMBER // 100 % 10}"

TOP: tuple[Kind, ...] = (
    Kind("ipv6", r"ipv6", rank=0, stays=True),
    Kind("acl", rf"(acl (?:ipv6 )?(?:number|advanced) 3[{_HUNDREDS}]\d\d)", rank=10, inside=_FILTER, whole=True),
    Kind(
        "classifier", rf"(traffic classifier {MARK}-any)(?: .*)?", rank=11, inside=(Kind("match", r"if-match any", stays=True),), whole=True
    ),
    Kind("behavior", rf"(traffic behavior {MARK}-\d+)", rank=12, inside=(Kind("car", r"car .*"),), whole=True),
    Kind(
        "policy",
        rf"(traffic policy {MARK}-\d+)",
        rank=13,
        inside=(Kind("classifier", r"classifier (\S+) behavior .*", undo="undo classifier {0}"),),
        whole=True,
    ),
    Kind(
        "prefixes",
        r"((?:ip ip-prefix|ip ipv6-prefix|ip prefix-list|ipv6 prefix-list) CITYNODE-[46](?:-IN)?) index (\d+) .*",
        AFTER,
        disruptive=True,
        rank=14,
    ),
    Kind("instance", r"(ip vpn-instance \S+)", rank=20, inside=INSTANCE, whole=True, by_mark=True, disruptive=True),
    Kind("lsr-id", r"mpls lsr-id .*", rank=21, stays=True, disruptive=True),
    Kind("mpls", r"mpls", rank=22, stays=True, opens=True),
    Kind("ldp", r"mpls ldp", rank=23, stays=True, opens=True),
    Kind("ospf", r"(ospf 1)", rank=30, inside=OSPF, stays=True),
    Kind("ospfv3", r"(ospfv3 1)", rank=31, inside=OSPF, whole=True, disruptive=True),
    Kind("interface", r"(interface \S+\.\d+)", rank=40, inside=INTERFACE, whole=True, by_mark=True, disruptive=True),
    Kind("interface", r"(interface \S+)", rank=40, inside=INTERFACE, by_mark=True, stays=True),
    Kind("route4", rf"ip route-static (\S+ \S+ \S+) description {MARK} .*", BESIDE, rank=45, disruptive=True),
    Kind("route6", rf"ipv6 route-static (\S+ \S+ \S+) description {MARK} .*", BESIDE, rank=45, disruptive=True),
    Kind("bgp", r"bgp (\d+)", rank=50, inside=BGP, stays=True, disruptive=True),
    Kind("ntp-on", r"ntp-service enable", rank=60, stays=True),
    Kind("ntp", r"(ntp-service (?:unicast-server (?:ipv6 )?|ipv6 unicast-server )\S+)", BESIDE, rank=61),
    Kind("syslog", r"(info-center loghost (?:ipv6 )?(?!source)\S+)", BESIDE, rank=62),
    Kind("snmp", r"snmp-agent", rank=63, stays=True),
    Kind("snmp-version", r"snmp-agent sys-info version .*", rank=64, stays=True),
    Kind("snmp-group", rf"snmp-agent group v3 {SNMP_GROUP} .*", rank=65, stays=True),
    Kind(
        "snmp-user",
        rf"(snmp-agent usm-user v3 {SNMP_USER}(?: group| authentication-mode| privacy-mode|))(?: (?!{SNMP_GROUP} cipher).*)?",
        undo="undo {0}",
    ),
    Kind("snmp-user-whole", rf"(snmp-agent usm-user v3 {SNMP_USER}) {SNMP_GROUP} .*", undo="undo {0} local"),
    Kind(
        "trap",
        r"(snmp-agent target-host trap (?:ipv6 )?address udp-domain (?:ipv6 )?\S+) params securityname (\S+).*",
        BESIDE,
        rank=67,
        undo="undo {0} params securityname {1}",
    ),
    Kind("traps-on", r"snmp-agent trap enable", rank=68, stays=True),
    Kind("ssh-on", r"(stelnet server enable|ssh server enable)", rank=70, stays=True),
    Kind("ssh-words", r"(ssh server (?:cipher|hmac)|ssh2 algorithm (?:cipher|mac)) .*", rank=71, disruptive=True, stays=True),
    Kind(
        "ssh-acl", r"(ssh server acl|ssh ipv6 server acl|ssh server ipv6 acl) .*", rank=72, hurts_new=True, disruptive=True, undo="undo {0}"
    ),
    Kind("logins", r"(user-interface vty 0 4|line vty 0 63)", rank=75, inside=LOGIN, stays=True),
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
        if (found := re.fullmatch(kind.pattern, line)) is not None:
            groups = tuple(group or "" for group in found.groups())
            key = groups if kind.manner is BESIDE or groups else ()
            return Known(kind, (kind.name, *key), groups)
    return None
