"""Packet filters, vendor-free and in both families: who may send what into a line, and who may log in to a router. Pure.

A filter is made for both families at once, so that a rule without its twin is a decision and not an oversight. What IPv6 has
over IPv4 are the ICMPv6 messages that it can't live without: RFC 4890, sections 4.3.1 (errors), 4.3.2 (echo) and 4.4.1
(neighbour and router discovery).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from ipaddress import IPv4Network, IPv6Network

from city.addressing import InterfaceAddress, addressing
from city.model import City, Level, Router, Site, SiteKind

Network = IPv4Network | IPv6Network

FIRST_NUMBER, LAST_NUMBER = 3600, 3899
"""The numbers of our filters; filters of other numbers are somebody else's and are left alone."""
EGRESS_NUMBER, LOGINS_NUMBER = 3890, LAST_NUMBER
STEP = 5
LINK_LOCAL = IPv6Network("fe80::/10")
SSH_PORT = 22


class Action(StrEnum):
    PERMIT = "permit"
    DENY = "deny"


class Protocol(StrEnum):
    ANY = "any"
    ICMP = "icmp"
    OSPF = "ospf"
    TCP = "tcp"


class Icmp6(Enum):
    """ICMPv6 messages by type and code that no filter may drop (RFC 4890)."""

    NO_ROUTE = (1, 0)
    PROHIBITED = (1, 1)
    HOST_UNREACHABLE = (1, 3)
    PORT_UNREACHABLE = (1, 4)
    PACKET_TOO_BIG = (2, 0)
    HOP_LIMIT_EXCEEDED = (3, 0)
    FRAGMENT_TIME_EXCEEDED = (3, 1)
    UNKNOWN_NEXT_HEADER = (4, 1)
    UNKNOWN_OPTION = (4, 2)
    ECHO = (128, 0)
    ECHO_REPLY = (129, 0)
    ROUTER_SOLICITATION = (133, 0)
    ROUTER_ADVERTISEMENT = (134, 0)
    NEIGHBOUR_SOLICITATION = (135, 0)
    NEIGHBOUR_ADVERTISEMENT = (136, 0)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a filter; the first that matches decides."""

    number: int
    action: Action
    protocol: Protocol = Protocol.ANY
    source: Network | None = None
    port: int | None = None
    """Destination port."""
    message: Icmp6 | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter in both families, under one number."""

    name: str
    number: int
    ipv4: tuple[Rule, ...]
    ipv6: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A rule and its twin: what is said of one family is said of the other."""

    action: Action
    protocol: Protocol
    ipv4: tuple[IPv4Network | None, ...] = (None,)
    ipv6: tuple[IPv6Network | None, ...] = (None,)
    port: int | None = None


def filters(city: City, router: Router) -> tuple[Filter, ...]:
    """Every filter that the router needs."""
    lines = [(end, city.site_by_name[end.peer]) for end in addressing(city).interfaces(router.name) if end.peer in city.site_by_name]
    found = [_room(city, end, site) for end, site in lines if end.level is Level.ACCESS and site.kind is SiteKind.ROOM]
    egress = [end for end, site in lines if site.kind is SiteKind.INTERNET]
    return (*found, *([_egress(city, egress)] if egress else []), *_logins(city))


def filter_of(city: City, end: InterfaceAddress, found: Iterable[Filter]) -> Filter | None:
    """The filter that what comes in over this line has to pass."""
    site = city.site_by_name.get(end.peer)
    name = "egress" if site is not None and site.kind is SiteKind.INTERNET else end.peer
    return next((entry for entry in found if entry.name == name and site is not None), None)


def _room(city: City, end: InterfaceAddress, site: Site) -> Filter:
    """A department sends from its own network only (BCP 38, RFC 2827 and 3704)."""
    lan = addressing(city).lan(site.name)
    pairs = [
        Pair(Action.PERMIT, Protocol.OSPF, (end.ipv4.network,), (LINK_LOCAL,)),
        Pair(Action.PERMIT, Protocol.ICMP, (end.ipv4.network,), (end.ipv6.network,)),
        *([Pair(Action.PERMIT, Protocol.ANY, (lan.ipv4.network,), (lan.ipv6.network,))] if lan else []),
        Pair(Action.DENY, Protocol.ANY),
    ]
    return _filter(site.name, FIRST_NUMBER + site.number, pairs)


def _egress(city: City, ends: Iterable[InterfaceAddress]) -> Filter:
    """Nobody outside sends with an address of the city."""
    plan = city.address_plan
    ends = tuple(ends)
    lines4, lines6 = tuple(end.ipv4.network for end in ends), tuple(end.ipv6.network for end in ends)
    pairs = [
        Pair(Action.PERMIT, Protocol.OSPF, lines4, (LINK_LOCAL,)),
        Pair(Action.PERMIT, Protocol.TCP, lines4, lines6),
        Pair(Action.DENY, Protocol.ANY, plan.ipv4, (plan.ipv6,)),
        Pair(Action.PERMIT, Protocol.ANY),
    ]
    return _filter("egress", EGRESS_NUMBER, pairs)


def _logins(city: City) -> tuple[Filter, ...]:
    """Only operators log in; the out-of-band network has no IPv6 and so no twin."""
    extranet = city.extranet
    lans = [lan for site in extranet.services.operators if (lan := addressing(city).lan(site)) is not None]
    if not lans:
        return ()
    ipv4 = (*(lan.ipv4.network for lan in lans), *([extranet.management] if extranet.management else []))
    ssh = Pair(Action.PERMIT, Protocol.TCP, ipv4, tuple(lan.ipv6.network for lan in lans), port=SSH_PORT)
    return (_filter("logins", LOGINS_NUMBER, [ssh, Pair(Action.DENY, Protocol.ANY)], needed=()),)


def _filter(name: str, number: int, pairs: Iterable[Pair], *, needed: Iterable[Icmp6] = tuple(Icmp6)) -> Filter:
    """Both families' rules; in front of IPv6's the messages that a line can't do without."""
    pairs = tuple(pairs)
    ipv4 = [Rule(0, pair.action, pair.protocol, source, pair.port) for pair in pairs for source in pair.ipv4]
    ipv6 = [Rule(0, pair.action, pair.protocol, source, pair.port) for pair in pairs for source in pair.ipv6]
    messages = [Rule(0, Action.PERMIT, Protocol.ICMP, message=message) for message in needed]
    return Filter(name, number, _numbered(ipv4), _numbered([*messages, *ipv6]))


def _numbered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(
        Rule(place * STEP, rule.action, rule.protocol, rule.source, rule.port, rule.message) for place, rule in enumerate(rules, 1)
    )
