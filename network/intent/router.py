"""What each router shall be: from the city, its addresses and the state of the IPv6 rollout to one `Intent` a router.

Pure, and free of any vendor's words: a dialect turns an intent into lines. Dual stack follows one rule: a router that
carries IPv6 carries it on every interface, so that it is touched once, however many neighbours follow later.
What a dialect can't say of an intent stands in `network.dialect.features`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface

from city.addressing import Addressing, InterfaceAddress, LanAddress, addressing
from city.model import City, Dialect, Level, Router
from network.intent.bgp import Bgp, bgp
from network.intent.filters import Filter, filter_of, filters
from network.intent.gateways import group_of
from network.intent.interface import BACKUP_PRIORITY, GATEWAY_GROUP, MASTER_PRIORITY, Gateway, Interface
from network.intent.planes import KBIT, Instance, has_planes, instances, plane_ports
from network.intent.services import Servers, servers
from network.rollout import Rollout

__all__ = ["BACKBONE", "DEAD_SECONDS", "HELLO_SECONDS", "Intent", "Interface", "LsaTimers", "SpfTimers", "cost_of", "intend", "intents"]

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
class LsaTimers:
    """How soon a router may tell the others of itself again, and how soon it hears the same from one of them, in milliseconds.

    RFC 2328 has 5 s and 1 s (MinLSInterval, MinLSArrival). A router that joins several neighbours at once hears of each of them twice
    within a second; the second word, refused, would come again only after the 5 s of a retransmission, and the network be whole
    that late. So nothing is refused for coming early: what the senders hold back is what protects (as Huawei's NE manuals advise).
    A first word goes out after `delay`, further ones after `hold`, which doubles up to `longest`; FRR says the first at once and knows
    only one `hold`.
    """

    delay: int = 100
    hold: int = 500
    longest: int = 5000
    arrival: int = 0


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
    lsa: LsaTimers = LsaTimers()
    planes: tuple[Instance, ...] = ()
    plane_ports: tuple[Interface, ...] = ()
    """Sub-interfaces bound to planes; `interfaces` are those of the network that carries the planes."""
    bgp: Bgp | None = None
    filters: tuple[Filter, ...] = ()
    servers: Servers = field(default_factory=Servers)


def cost_of(rate_mbit: int) -> int:
    """The OSPF cost of a link, from its rate; within 1..65535."""
    return max(1, min(65535, REFERENCE_MBIT // rate_mbit))


def intend(city: City, router: Router, rollout: Rollout) -> Intent:
    """What the router shall be."""
    addresses = addressing(city)
    ipv6 = router.name in rollout.routers
    found = filters(city, router)
    links = tuple(_link(city, end, found, ipv6=ipv6, cost=rollout.costs.get(end.link)) for end in addresses.interfaces(router.name))
    return Intent(
        router=router.name,
        dialect=router.dialect,
        router_id=router.loopback,
        interfaces=(_loopback(addresses, router, ipv6=ipv6), *links, *_lan(city, router, rollout)),
        ipv6=ipv6,
        planes=instances(city, router),
        plane_ports=plane_ports(city, router, ipv6=ipv6),
        bgp=bgp(city, router, rollout),
        filters=found,
        servers=servers(city, ipv6=ipv6),
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


def _link(city: City, end: InterfaceAddress, found: tuple[Filter, ...], *, ipv6: bool, cost: int | None) -> Interface:
    guard = filter_of(city, end, found)
    return Interface(
        name=end.interface,
        description=f"to {end.peer} {end.peer_interface}, {end.level} {end.rate_mbit} Mbit/s",
        ipv4=end.ipv4,
        ipv6=end.ipv6 if ipv6 else None,
        cost=cost or cost_of(end.rate_mbit),
        point_to_point=True,
        labelled=has_planes(city) and end.peer in city.router_by_name,
        filter_in=guard.number if guard else None,
        rate_kbit=end.rate_mbit * KBIT if end.level is Level.ACCESS else None,
    )


def _lan(city: City, router: Router, rollout: Rollout) -> tuple[Interface, ...]:
    """The network behind the router: its own, or the one that it stands by for."""
    group = group_of(city, router.name) or (router,)
    lan = addressing(city).lan(group[0].name)
    if lan is None:
        return ()
    ipv6 = router.name in rollout.routers
    port = Interface(
        name="lan0",
        description=f"{group[0].place} local network",
        ipv4=lan.ipv4,
        ipv6=lan.ipv6 if ipv6 else None,
        passive=True,
        advertises_prefix=ipv6,
    )
    return (_shared(port, lan, group.index(router)) if len(group) > 1 else port,)


def _shared(port: Interface, lan: LanAddress, place: int) -> Interface:
    """One of several routers with one gateway address between them: their own addresses are the ones after it."""
    return replace(
        port,
        ipv4=IPv4Interface((lan.ipv4.ip + 1 + place, lan.ipv4.network.prefixlen)),
        ipv6=port.ipv6 and IPv6Interface((lan.ipv6.ip + 1 + place, lan.ipv6.network.prefixlen)),
        gateway=Gateway(
            group=GATEWAY_GROUP,
            ipv4=lan.ipv4.ip,
            ipv6=lan.ipv6.ip if port.ipv6 else None,
            priority=BACKUP_PRIORITY if place else MASTER_PRIORITY,
        ),
    )
