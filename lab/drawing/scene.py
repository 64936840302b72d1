"""What a picture of the lab shows: the city's four levels, its sites, and the state of every node and link. Pure data.

Drawing it, as text or as SVG, is the work of the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from city.model import City, Link, PlaceKind, RouterRole, SiteKind, Text
from lab.part import Health, State

Mark = State | Literal["starting", "waiting"]
"""How a thing is; `starting` is begun and not up yet, `waiting` not even begun."""

NODE_KINDS = frozenset({"router", "site"})


@dataclass(frozen=True, slots=True)
class Area:
    """A county or a zone: its aggregation routers and its towns' routers."""

    name: str
    title: Text
    aggregation: tuple[str, ...]
    towns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """A lab at one moment, ready to be drawn."""

    lab: str
    city: City
    sites: tuple[str, ...]
    links: tuple[Link, ...]
    nodes: Mapping[str, Mark]
    lines: Mapping[str, Mark]
    broken: tuple[str, ...] = ()
    """What was broken on purpose, in words."""
    lang: str = "en"
    details: Mapping[str, str] = field(default_factory=dict)
    """More about a node or a link, shown where there is room."""

    def node(self, name: str) -> Mark:
        """The state of a node."""
        return self.nodes.get(name, "waiting")

    def line(self, name: str) -> Mark:
        """The state of a link."""
        return self.lines.get(name, "waiting")

    def read(self, title: Text) -> str:
        """A title in the reader's language."""
        return title.zh if self.lang == "zh" else title.en

    @property
    def province(self) -> tuple[str, ...]:
        """The province's side: its routers, then its sites."""
        return (*routers(self.city, RouterRole.PROVINCE), *self._sites(SiteKind.PROVINCE))

    @property
    def cores(self) -> tuple[str, ...]:
        return routers(self.city, RouterRole.CORE)

    @property
    def centres(self) -> tuple[str, ...]:
        return self._sites(SiteKind.CENTRE)

    @property
    def others(self) -> tuple[str, ...]:
        """The internet, the old cloud and departments' rooms."""
        return self._sites(SiteKind.INTERNET, SiteKind.CLOUD, SiteKind.ROOM)

    def _sites(self, *kinds: SiteKind) -> tuple[str, ...]:
        return tuple(name for kind in kinds for name in self.sites if self.city.site_by_name[name].kind is kind)


def routers(city: City, role: RouterRole) -> tuple[str, ...]:
    """The routers of a role, in the city's order."""
    return tuple(router.name for router in city.routers if router.role is role)


def areas(city: City) -> tuple[Area, ...]:
    """Counties and zones that have routers, in the city's order."""
    found = []
    for place in city.places:
        if place.kind in (PlaceKind.COUNTY, PlaceKind.ZONE):
            here = {place.name, *(town.name for town in city.places if town.parent == place.name)}
            by_role = {
                role: tuple(router.name for router in city.routers if router.place in here and router.role is role) for role in RouterRole
            }
            if by_role[RouterRole.AGGREGATION] or by_role[RouterRole.TOWN]:
                found.append(Area(place.name, place.title, by_role[RouterRole.AGGREGATION], by_role[RouterRole.TOWN]))
    return tuple(found)


def states(health: Iterable[Health]) -> tuple[dict[str, Mark], dict[str, Mark], dict[str, str]]:
    """The states of nodes, those of links, and the details of both, out of a lab's health."""
    nodes: dict[str, Mark] = {}
    lines: dict[str, Mark] = {}
    details: dict[str, str] = {}
    for item in health:
        if item.kind in NODE_KINDS:
            nodes[item.name] = item.state
        elif item.kind == "link":
            lines[item.name] = item.state
        else:
            continue
        details[item.name] = item.detail
    return nodes, lines, details


def count(marks: Iterable[Mark]) -> str:
    """`7/9`: how many of them are up, degraded ones included."""
    marks = tuple(marks)
    return f"{sum(mark in ('up', 'degraded') for mark in marks)}/{len(marks)}"
