"""Which lines open a view, which take another's place, and which are stored as their own negation: VRP and Comware in one table each.

Written from the vendors' command references, independently of `network.dialect`, so that one checks the other.
"""

from __future__ import annotations

import re

VIEWS: tuple[tuple[str, str], ...] = (
    (r"", r"interface \S+"),
    (r"", r"ospf \d+|ospfv3 \d+|isis \d+|bgp \d+"),
    (r"", r"acl (?:ipv6 )?(?:number|advanced|basic) \d+"),
    (r"", r"ip vpn-instance \S+"),
    (r"", r"traffic (?:classifier|behavior|policy) \S+"),
    (r"", r"user-interface \S+.*|line (?:vty|class) .*|aaa|mpls|mpls ldp|route-policy .*"),
    (r"ospf \d+|ospfv3 \d+", r"area \S+"),
    (r"bgp \d+|ip vpn-instance \S+", r"(?:ipv4|ipv6)-family.*|address-family .*"),
    (r"bgp \d+", r"ip vpn-instance \S+"),
)
"""The header of the view around it (none: the system view), and the headers that may follow there."""

SINGLE: tuple[str, ...] = (
    r"description\b",
    r"sysname\b",
    r"ip address\b(?!.*\bsub$)",
    r"(ospf|ospfv3) (cost|network-type|timer hello|timer dead)\b",
    r"router-id\b",
    r"spf-schedule-interval\b",
    r"lsa-(originate|generation|arrival)-interval\b",
    r"mtu\b",
    r"rule (\d+)\b",
    r"peer (\S+) (as-number|description|connect-interface)\b",
    r"route-distinguisher\b",
    r"car\b",
    r"idle-timeout\b",
    r"authentication-mode\b",
    r"protocol inbound\b",
    r"(ssh(?: ipv6)? server(?: ipv6)?) acl\b",
    r"mpls lsr-id\b",
    r"traffic-policy \S+ (inbound|outbound)",
    r"qos car (inbound|outbound)\b",
    r"vlan-type\b",
    r"ip binding vpn-instance\b",
    r"acl (ipv6 )?\d+ (inbound|outbound)",
    r"vrrp vrid (\d+) (priority|preempt-mode)\b",
    r"vrrp6 vrid (\d+) (priority|preempt-mode)\b",
)
"""A later line of the same kind, with the same groups, takes the earlier one's place."""

UNDONE_BY: tuple[tuple[str, str], ...] = ((r"(snmp-agent usm-user v3 \S+) local", r"\1"),)
"""Undo forms that say something else than the beginning of the line, and what they mean."""

NEGATED: tuple[str, ...] = ("ipv6 nd ra halt", "portswitch", "shutdown")
"""On by default: the device prints their negation, and forgets it when they are typed."""

WIPES_ADDRESSES = re.compile(r"(?:undo )?ip binding vpn-instance\b")
"""Binding an interface to a plane takes its addresses away."""

WORDS: frozenset[str] = frozenset(
    """
    aaa acl address-family area authentication-mode bfd bgp binding car classifier clock default description dot1q idle-timeout if-match
    import-route info-center interface ip ipv4-family ipv6 ipv6-family isis line local-user lldp lsa-arrival-interval
    lsa-generation-interval lsa-originate-interval mpls mtu network ntp ntp-service ospf ospfv3 peer portswitch prefix-list protocol qos
    radius route-distinguisher route-policy router-id rule screen-length security shutdown silent-interface snmp-agent spf-schedule-interval
    ssh ssh2 stelnet sysname traffic traffic-filter traffic-policy packet-filter telnet undo user-interface vlan-type vpn-target vrrp vrrp6
    """.split()  # noqa: SIM905 - a column of sixty quoted words says no more
)
"""First words of configuration lines; another one is not recognised."""


def opens(parent: str, line: str) -> str:
    """The header of the view that a line opens inside the view `parent`; empty if it opens none."""
    for around, header in VIEWS:
        if re.fullmatch(around, parent) and (found := re.match(rf"(?:{header})(?= router-id\b|$)", line)):
            return found[0]
    return ""


def place_of(line: str) -> tuple[object, ...] | None:
    """What a line is the only one of in its view; None where there may be many."""
    for number, pattern in enumerate(SINGLE):
        if found := re.match(pattern, line):
            return (number, *found.groups())
    return None
