"""Content edges (CDN) as readers see them: names, addresses, and what each serves in both families, asked from outside.

A system behind an edge is followed by an alias of the site's own name (CNAME), as content networks do it: the address records of
the site serve both, so that the alias answers in the second family on the day that the site does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from city.addressing import addressing
from city.edge import Edge
from city.model import City
from ops.errors import CitynodeError
from ops.language import _
from ops.listing import listed
from ops.plan import JsonObject

LABEL = "cdn"


@dataclass(frozen=True, slots=True, order=True)
class EdgeAddress:
    """Where an edge answers for a system."""

    edge: str
    site: str
    system: str
    names: tuple[str, ...]
    """The aliases that readers follow: one for this edge, and of the system's first edge the public one."""
    host: str
    """The name that they stand for."""
    ipv4: IPv4Address
    ipv6: IPv6Address
    port: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a reader got from one address: the status, whether the edge had the page, and how long it took."""

    status: int = 0
    cache: str = ""
    milliseconds: float = 0.0
    error: str = ""

    @property
    def is_served(self) -> bool:
        return self.status == 200


@dataclass(frozen=True, slots=True)
class EdgeSeen:
    """An edge and a system, in both families; IPv6 is None where the extranet doesn't carry it there yet."""

    address: EdgeAddress
    ipv4: Fetched
    ipv6: Fetched | None

    @property
    def is_served(self) -> bool:
        return self.ipv4.is_served and (self.ipv6 is None or self.ipv6.is_served)

    def as_data(self) -> JsonObject:
        place = self.address
        return {
            "edge": place.edge,
            "site": place.site,
            "system": place.system,
            "name": place.names[-1],
            "ipv4": _data(self.ipv4, place.ipv4),
            "ipv6": None if self.ipv6 is None else _data(self.ipv6, place.ipv6),
        }


def aliases(city: City, edge: Edge, system: str) -> tuple[str, ...]:
    """The names under which an edge serves a system; the public one leads to the first edge that has it."""
    domain = city.address_plan.domain
    first = next(other for other in city.edges if system in other.systems)
    own = (f"{system}.{edge.name}.{domain}",)
    return (*own, f"{system}.{LABEL}.{domain}") if first is edge else own


def edge_addresses(city: City) -> tuple[EdgeAddress, ...]:
    """Every edge's address for every system behind it, in the data's order."""
    plan, domain, found = addressing(city), city.address_plan.domain, list[EdgeAddress]()
    for edge in city.edges:
        lan = plan.lan(edge.site)
        if lan is not None:
            found += [
                EdgeAddress(
                    edge.name, edge.site, system, aliases(city, edge, system), f"{edge.site}.{domain}", lan.ipv4.ip, lan.ipv6.ip, edge.port
                )
                for system in edge.systems
            ]
    return tuple(found)


def raise_unserved(seen: Iterable[EdgeSeen]) -> None:
    """One error that names what readers don't get."""
    silent = [
        f"{row.address.system} at {row.address.edge} over {family}: {got.error or got.status}"
        for row in seen
        for family, got in (("IPv4", row.ipv4), ("IPv6", row.ipv6))
        if got is not None and not got.is_served
    ]
    if silent:
        what = _("{count} pages are not served: {first}").format(count=len(silent), first=listed(silent, 3))
        raise CitynodeError(what, hint=_("citynode lab status, or the edge's own log, says why; nothing was changed"))


def _data(got: Fetched, address: IPv4Address | IPv6Address) -> JsonObject:
    return {
        "address": str(address),
        "status": got.status,
        "cache": got.cache,
        "milliseconds": round(got.milliseconds, 1),
        "error": got.error,
    }
