"""Whom to ask, and what hangs on which interface: the city and its access file as monitoring needs them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from city.addressing import addressing
from city.model import City
from monitoring.model import Target
from network.intent.services import SNMP_HASH
from ops.access import Access
from ops.secrets import resolve
from ops.suggest import unknown


@dataclass(frozen=True, slots=True)
class Line:
    """What an interface of a router hangs on."""

    link: str
    peer: str
    level: str
    rate_mbit: int


def targets(city: City, access: Access, devices: Iterable[str] = ()) -> tuple[Target, ...]:
    """The agents of these routers, or of all; the keys are resolved here, once."""
    names = tuple(devices) or tuple(router.name for router in city.routers)
    auth, privacy = resolve(access.snmp.auth), resolve(access.snmp.privacy)
    found = []
    for name in names:
        router = city.router_by_name.get(name)
        if router is None:
            raise unknown("router", name, city.router_by_name)
        address, hashed = access.management_address(router.management), access.snmp.authentication or SNMP_HASH[router.dialect]
        found.append(Target(name, address, access.snmp.port, access.snmp.user, auth, privacy, hashed, router.dialect))
    return tuple(found)


def lines(city: City) -> dict[tuple[str, str], Line]:
    """For every link end, by node and interface, the link behind it."""
    plan = addressing(city)
    nodes = [*city.router_by_name, *city.site_by_name]
    return {
        (node, end.interface): Line(end.link, end.peer, end.level.value, end.rate_mbit) for node in nodes for end in plan.interfaces(node)
    }
