"""BGP on a router: neighbours outside (the province, the internet) and inside (the cores reflect routes and planes). Pure.

Only routers that border on another system or that somebody enters a plane at speak it, and the cores, which reflect for
the others (RFC 4456). What goes out is the city's own pools and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from city.addressing import addressing
from city.model import City, Peer, Router, RouterRole
from network.intent.planes import attached, has_planes
from network.rollout import Rollout

Address = IPv4Address | IPv6Address


class Family(StrEnum):
    """Address families of BGP (RFC 4760): the network's own and the planes'."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    PLANES4 = "planes4"
    PLANES6 = "planes6"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Whom a router talks to, and about what."""

    address: Address
    asn: int
    name: str
    families: tuple[Family, ...]
    external: bool = False
    client: bool = False
    """This router reflects to it."""


@dataclass(frozen=True, slots=True)
class Bgp:
    """A router's part in the city's autonomous system."""

    asn: int
    neighbours: tuple[Neighbour, ...]
    announces4: tuple[IPv4Network, ...] = ()
    announces6: tuple[IPv6Network, ...] = ()

    def in_family(self, family: Family) -> tuple[Neighbour, ...]:
        return tuple(peer for peer in self.neighbours if family in peer.families)

    @property
    def has_external(self) -> bool:
        return any(peer.external for peer in self.neighbours)


def speakers(city: City) -> tuple[Router, ...]:
    """The routers that take part, in the city's order; none where nothing is to be said."""
    needed = {peer.router for peer in city.extranet.peers} | {entry.router for entry in city.extranet.attachments}
    return tuple(router for router in city.routers if needed and (router.name in needed or router.role is RouterRole.CORE))


def bgp(city: City, router: Router, rollout: Rollout) -> Bgp | None:
    """The router's neighbours; None where it doesn't take part."""
    taking_part = speakers(city)
    if router not in taking_part:
        return None
    ipv6 = router.name in rollout.routers
    outside = [peer for entry in city.extranet.peers if entry.router == router.name for peer in _outside(city, entry, ipv6=ipv6)]
    others = [other for other in taking_part if other != router and RouterRole.CORE in (router.role, other.role)]
    inside = [peer for other in others for peer in _inside(city, router, other, rollout)]
    pools = city.address_plan
    return Bgp(
        asn=city.extranet.asn,
        neighbours=(*inside, *outside),
        announces4=pools.ipv4 if outside else (),
        announces6=(pools.ipv6,) if outside and ipv6 else (),
    )


def _outside(city: City, entry: Peer, *, ipv6: bool) -> list[Neighbour]:
    """The neighbour at the other end of the link, in each family that the router carries."""
    link = city.link_by_name[entry.link]
    site = link.b.node if link.a.node == entry.router else link.a.node
    end = next(end for end in addressing(city).interfaces(site) if end.link == entry.link)
    ipv4 = Neighbour(end.ipv4.ip, entry.asn, site, (Family.IPV4,), external=True)
    return [ipv4, Neighbour(end.ipv6.ip, entry.asn, site, (Family.IPV6,), external=True)] if ipv6 else [ipv4]


def _inside(city: City, router: Router, other: Router, rollout: Rollout) -> list[Neighbour]:
    """The neighbour's loopbacks: IPv4 carries the planes of both families (RFC 4659), IPv6 its own."""
    both6 = {router.name, other.name} <= rollout.routers
    where = addressing(city).loopback(other.name)
    client = router.role is RouterRole.CORE and other.role is not RouterRole.CORE
    families = [Family.IPV4]
    if has_planes(city) and all(node.role is RouterRole.CORE or attached(city, node.name) for node in (router, other)):
        families += [Family.PLANES4, *([Family.PLANES6] if both6 else [])]
    found = [Neighbour(where.ipv4, city.extranet.asn, other.name, tuple(families), client=client)]
    if both6:
        found.append(Neighbour(where.ipv6, city.extranet.asn, other.name, (Family.IPV6,), client=client))
    return found
