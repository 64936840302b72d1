"""The names that get an AAAA record, and the PTR records that point back. Pure.

Routers that carry IPv6, and the centres and their name servers, which listen on it. A system's name is left alone: its
users would be sent to an address on which its service may not listen yet; it gets its AAAA with the service.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address

from city.addressing import addressing
from city.model import City

TTL = 300


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """One address of one name, absolute and without the last dot."""

    name: str
    address: IPv6Address

    @property
    def pointer(self) -> str:
        """The name of the PTR record that points back."""
        return self.address.reverse_pointer


def records(city: City, routers: Iterable[str]) -> tuple[Record, ...]:
    """The records that belong in the zone while these routers carry IPv6; none while no router does."""
    carrying, plan, domain = set(routers), addressing(city), city.address_plan.domain
    found = [Record(f"{router.name}.{domain}", plan.loopback(router.name).ipv6) for router in city.routers if router.name in carrying]
    for site in city.centres if carrying else ():
        lan = plan.lan(site.name)
        if lan is not None:
            found.append(Record(f"{site.name}.{domain}", lan.ipv6.ip))
    return tuple(sorted(found))


def reverse_zones4(city: City) -> tuple[str, ...]:
    """The in-addr.arpa zones around the city's IPv4 pools: a pool that ends within an octet has the zone of the whole octet.

    Private space is the city's own in its extranet, so that the zone is its to serve (RFC 6303).
    """
    found = []
    for pool in city.address_plan.ipv4:
        octets = str(pool.network_address).split(".")[: max(1, pool.prefixlen // 8)]
        found.append(".".join([*reversed(octets), "in-addr", "arpa"]))
    return tuple(dict.fromkeys(found))


def reverse_zone(city: City) -> str:
    """The ip6.arpa zone of the city's prefix, which ends on a nibble (RFC 3596)."""
    prefix = city.address_plan.ipv6
    nibbles = f"{int(prefix.network_address):032x}"[: prefix.prefixlen // 4]
    return ".".join([*reversed(nibbles), "ip6", "arpa"])
