"""What each router shall be: from the city, its addresses and the state of the IPv6 rollout to one `Intent` a router.

Pure, and free of any vendor's words: a dialect turns an intent into lines. Dual stack follows one rule: a router that
carries IPv6 carries it on every interface, so that it is touched once, however many neighbours follow later.
Planes, filters and rate classes will join `Intent` as further fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface

from city.addressing import Addressing, InterfaceAddress, addressing
from city.model import City, Dialect, Router
from network.rollout import Rollout

REFERENCE_MBIT = 100_000
"""OSPF reference bandwidth: a 100 Gbit/s link costs 1, so that 10G, 1G and 100M still differ."""

HELLO_SECONDS, DEAD_SECONDS = 1, 4
"""Failure detection inside the city; both ends of a link must agree, the sites' gateways included."""


BACKBONE = str(IPv4Address(0))
"""The OSPF area of every link: the city is one area."""


@dataclass(frozen=True, slots=True)
class SpfTimers:
    """When routes are computed anew after a change, in milliseconds: delay, first hold, longest hold."""

    delay: int = 10
    hold: int = 50
    longest: int = 500


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface: its addresses and how routing runs on it."""

    name: str
    description: str
    ipv4: IPv4Interface
    ipv6: IPv6Interface | None = None
    cost: int | None = None
    passive: bool = False
    point_to_point: bool = False
    advertises_prefix: bool = False
    """Router advertisements for hosts behind it (RFC 4861)."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Everything that we decide about one router."""

    router: str
    dialect: Dialect
    router_id: IPv4Address
    interfaces: tuple[Interface, ...]
    ipv6: bool = False
    area: str = BACKBONE
    hello_seconds: int = HELLO_SECONDS
    dead_seconds: int = DEAD_SECONDS
    spf: SpfTimers = SpfTimers()


def cost_of(rate_mbit: int) -> int:
    """The OSPF cost of a link, from its rate; within 1..65535."""
    return max(1, min(65535, REFERENCE_MBIT // rate_mbit))


def intend(city: City, router: Router, rollout: Rollout) -> Intent:
    """What the router shall be."""
    addresses = addressing(city)
    ipv6 = router.name in rollout.routers
    links = tuple(_link(end, ipv6=ipv6) for end in addresses.interfaces(router.name))
    lan = _lan(addresses, router, ipv6=ipv6)
    return Intent(
        router=router.name,
        dialect=router.dialect,
        router_id=router.loopback,
        interfaces=(_loopback(addresses, router, ipv6=ipv6), *links, *lan),
        ipv6=ipv6,
    )


def intents(city: City, rollout: Rollout, only: Iterable[str] | None = None) -> dict[str, Intent]:
    """The intents of all routers, or of those named, in the city's order."""
    chosen = None if only is None else set(only)
    return {router.name: intend(city, router, rollout) for router in city.routers if chosen is None or router.name in chosen}


def _loopback(addresses: Addressing, router: Router, *, ipv6: bool) -> Interface:
    address = addresses.loopback(router.name)
    return Interface(
        name="lo",
        description=f"{router.name} {router.role} {router.place}",
        ipv4=IPv4Interface(f"{address.ipv4}/32"),
        ipv6=IPv6Interface(f"{address.ipv6}/128") if ipv6 else None,
        passive=True,
    )


def _link(end: InterfaceAddress, *, ipv6: bool) -> Interface:
    return Interface(
        name=end.interface,
        description=f"to {end.peer} {end.peer_interface}, {end.level} {end.rate_mbit} Mbit/s",
        ipv4=end.ipv4,
        ipv6=end.ipv6 if ipv6 else None,
        cost=cost_of(end.rate_mbit),
        point_to_point=True,
    )


def _lan(addresses: Addressing, router: Router, *, ipv6: bool) -> tuple[Interface, ...]:
    lan = addresses.lan(router.name)
    if lan is None:
        return ()
    return (
        Interface(
            name="lan0",
            description=f"{router.place} local network",
            ipv4=lan.ipv4,
            ipv6=lan.ipv6 if ipv6 else None,
            passive=True,
            advertises_prefix=ipv6,
        ),
    )
