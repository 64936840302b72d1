"""Planes on a router: the instances that it needs, what they export and import, and the tagged sub-interfaces bound to them. Pure.

The common plane is the network itself. The others are layer 3 VPNs over it (RFC 4364, IPv6 by RFC 4659): a table of their own on
each router where somebody attaches, carried between routers by labels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from city.addressing import addressing
from city.model import Attachment, City, Isolation, Plane, Router
from city.rules.planes import exports_of, imports_of
from network.intent.interface import Interface

KBIT = 1000


@dataclass(frozen=True, slots=True)
class Instance:
    """A plane's table on one router. The distinguisher is the router's own, so that two ways into a plane stay two (RFC 4364, 4.1)."""

    name: str
    number: int
    distinguisher: str
    exports: tuple[str, ...]
    imports: tuple[str, ...]
    strong: bool


def has_planes(city: City) -> bool:
    """Whether anybody attaches to a plane of its own, so that routers have to carry labels."""
    return bool(city.extranet.attachments)


def attached(city: City, router: str) -> tuple[Attachment, ...]:
    """Who enters a plane at this router."""
    return tuple(entry for entry in city.extranet.attachments if entry.router == router)


def instances(city: City, router: Router) -> tuple[Instance, ...]:
    """The planes that somebody enters at this router, in the city's order."""
    used = {entry.plane for entry in attached(city, router.name)}
    return tuple(
        Instance(
            name=plane.name,
            number=plane.number,
            distinguisher=f"{router.loopback}:{plane.number}",
            exports=exports_of(city, plane),
            imports=imports_of(city, plane),
            strong=plane.isolation is Isolation.STRONG,
        )
        for plane in city.planes
        if plane.name in used
    )


def plane_ports(city: City, router: Router, *, ipv6: bool) -> tuple[Interface, ...]:
    """The sub-interfaces bound to planes."""
    lines = {end.interface: end.rate_mbit for end in addressing(city).interfaces(router.name)}
    return tuple(_port(city, entry, lines.get(entry.interface), ipv6=ipv6) for entry in attached(city, router.name))


def _port(city: City, entry: Attachment, line_mbit: int | None, *, ipv6: bool) -> Interface:
    address = addressing(city).attachment(entry)
    return Interface(
        name=f"{entry.interface}.{entry.vlan}",
        description=f"{entry.name}, {entry.plane} plane",
        ipv4=address.ipv4,
        ipv6=address.ipv6 if ipv6 else None,
        rate_kbit=_rate(entry, _plane(city.planes, entry.plane), line_mbit),
        plane=entry.plane,
        vlan=entry.vlan,
    )


def _rate(entry: Attachment, plane: Plane, line_mbit: int | None) -> int | None:
    """Its own rate, else the plane's share of the line, else nothing but the line itself."""
    if entry.rate_mbit is not None:
        return entry.rate_mbit * KBIT
    return line_mbit * KBIT * plane.share_percent // 100 if line_mbit and plane.share_percent else None


def _plane(planes: Iterable[Plane], name: str) -> Plane:
    return next(plane for plane in planes if plane.name == name)
