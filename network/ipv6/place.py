"""Which routers a county or zone needs so that it reaches the centres over IPv6. Pure.

A rollout takes one county or zone as a whole: its towns, its aggregation, and the cores between them and the centres; or
the whole city, the province's edge included. It refuses a town: half a county would be carried by nobody.
"""

from __future__ import annotations

from city.model import City, Place, PlaceKind, RouterRole
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown

ROLLED_OUT = (PlaceKind.COUNTY, PlaceKind.ZONE)
"""Kinds of places that are rolled out as one."""

WHOLE = ""
"""The place that stands for the whole city."""


def counties(city: City) -> tuple[Place, ...]:
    """The counties and zones, in the city's order."""
    return tuple(place for place in city.places if place.kind in ROLLED_OUT)


def county(city: City, name: str) -> Place:
    """The county or zone of that name; UsageProblem says what was expected instead."""
    found = city.place_by_name.get(name)
    names = [place.name for place in counties(city)]
    if found is None:
        raise unknown("county or zone", name, names)
    if found.kind in ROLLED_OUT:
        return found
    if found.kind is PlaceKind.TOWN and found.parent is not None:
        raise UsageProblem(
            _("'{name}' is a town; IPv6 is rolled out by county or zone").format(name=name),
            why=_("its routes go through {parent}'s aggregation, which must carry IPv6 first").format(parent=found.parent),
            hint=_("--place {parent}").format(parent=found.parent),
            name=name,
        )
    raise UsageProblem(
        _("'{name}' is the whole city; IPv6 is rolled out by county or zone").format(name=name),
        hint=_("leave --place out for the whole city, or one at a time: {names}").format(names=", ".join(names)),
        name=name,
    )


def routers_of(city: City, place: str) -> tuple[str, ...]:
    """The routers that carry a county's or zone's IPv6; every router for the whole city."""
    if place != WHOLE:
        return needed(city, county(city, place).name)
    for one in counties(city):
        needed(city, one.name)
    return tuple(city.router_by_name)


def places_of(city: City, place: str) -> frozenset[str]:
    """The county or zone, or all of them for the whole city."""
    return frozenset({place}) if place != WHOLE else frozenset(one.name for one in counties(city))


def needed(city: City, place: str) -> tuple[str, ...]:
    """The place's own routers and the cores that carry them to the centres, in the city's order."""
    inside = city.places_under(place)
    chosen = {router.name for router in city.routers if router.place in inside}
    frontier = list(chosen)
    while frontier:
        fresh = {name for name in _neighbours(city, frontier.pop()) if _is_core(city, name)} - chosen
        chosen |= fresh
        frontier += fresh
    _check_centres(city, place, chosen)
    return tuple(router.name for router in city.routers if router.name in chosen)


def towns(city: City, place: str = "") -> tuple[str, ...]:
    """The towns' routers: of the place, or of the whole city."""
    inside = city.places_under(place) if place else frozenset(city.place_by_name)
    return tuple(router.name for router in city.routers if router.role is RouterRole.TOWN and router.place in inside)


def _neighbours(city: City, node: str) -> set[str]:
    return {end.node for link in city.links_of(node) for end in (link.a, link.b)} - {node}


def _is_core(city: City, name: str) -> bool:
    router = city.router_by_name.get(name)
    return router is not None and router.role is RouterRole.CORE


def _check_centres(city: City, place: str, chosen: set[str]) -> None:
    """Refuse a place from which a centre is out of reach whatever carries IPv6."""
    cut = [site.name for site in city.centres if not _neighbours(city, site.name) & chosen]
    if cut:
        raise UsageProblem(
            _("{place} has no way to {centres} over the cores").format(place=place, centres=", ".join(cut)),
            why=_("no core that the place leads to has a link to it"),
            hint="citynode city check",
        )
