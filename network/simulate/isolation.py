"""Where planes touch that must not, and filters whose families differ. Pure; judged from configurations alone.

Two planes touch where a line's ends are bound to different planes, or where one takes the other's routes (a route target
that one exports and the other imports). Taking routes is allowed between planes of common isolation, and never with a
strongly isolated one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from city.model import City, Isolation
from network.simulate.world import BASE, FAMILIES, Vrf, World


def leaks(city: City, world: World) -> frozenset[str]:
    """Each place where planes touch that must not, in one line."""
    return frozenset((*_lines(city, world), *_routes(city, world)))


def unlike_filters(world: World) -> frozenset[str]:
    """Each thing that a filter of a router with both families says in one of them alone."""
    found = []
    for box in (box for box in world.values() if any(port.ipv6 for port in box.ports.values())):
        by_name: dict[str, dict[int, frozenset[str]]] = defaultdict(dict)
        for one in box.filters:
            by_name[one.name][one.family] = one.permits
        for name, families in by_name.items():
            every = frozenset().union(*families.values())
            found += [
                f"{box.name} {name}: {permit} not in IPv{family}"
                for family in FAMILIES
                for permit in every - families.get(family, frozenset())
            ]
    return frozenset(found)


def _lines(city: City, world: World) -> Iterator[str]:
    """Lines between two planes."""
    for link in city.links:
        ends = [world[end.node].ports.get(end.interface) if end.node in world else None for end in (link.a, link.b)]
        a, b = ends
        if a is not None and b is not None and a.plane != b.plane and link.b.node in city.router_by_name:
            yield f"{link.name}: {a.plane or 'base'} at {link.a.node}, {b.plane or 'base'} at {link.b.node}"


def _routes(city: City, world: World) -> Iterator[str]:
    """Planes that take routes of another, where either is strongly isolated."""
    strong = {plane.name for plane in city.planes if plane.isolation is Isolation.STRONG}
    givers: dict[str, set[str]] = defaultdict(set)
    for vrf in _vrfs(world):
        for target in vrf.exports:
            givers[target].add(vrf.name)
    for box in world.values():
        for vrf in box.vrfs.values():
            for target in sorted(vrf.imports):
                for giver in sorted(givers[target] - {vrf.name, BASE}):
                    if strong & {giver, vrf.name}:
                        yield f"{box.name}: {vrf.name} takes the routes of {giver} ({target})"


def _vrfs(world: World) -> Iterator[Vrf]:
    for box in world.values():
        yield from box.vrfs.values()
