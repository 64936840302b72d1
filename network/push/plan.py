"""In which order devices are changed: waves.

From the edge inwards (canary town, its county, the rest, the cores last), so that a fault shows where it hurts least;
a change that the edge depends on (IPv6) goes from the spine outwards. One rule has no exception: the two ends of a
pair (cores, a county's aggregation, the province's edge) are never in one wave.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from city.model import City, Router, RouterRole
from ops.errors import PolicyRefused
from ops.language import _
from ops.suggest import unknown

PAIRED = frozenset({RouterRole.PROVINCE, RouterRole.CORE, RouterRole.AGGREGATION})
"""Roles whose routers stand in pairs: one must carry what the other drops."""


class Order(StrEnum):
    EDGE_FIRST = "edge-first"
    SPINE_FIRST = "spine-first"


@dataclass(frozen=True, slots=True)
class Wave:
    """Devices that are changed at the same time, and how many of them may fail before everything stops."""

    name: str
    devices: tuple[str, ...]
    is_critical: bool = False
    """No failure at all is tolerated: the canary, and everything that carries others."""


_EDGE_FIRST = (
    "canary",
    "county",
    "county-b",
    "county-a",
    "towns",
    "aggregation-b",
    "aggregation-a",
    "province-b",
    "province-a",
    "core-b",
    "core-a",
)
_SPINE_FIRST = (
    "core-b",
    "core-a",
    "province-b",
    "province-a",
    "county-b",
    "county-a",
    "aggregation-b",
    "aggregation-a",
    "canary",
    "county",
    "towns",
)


def waves(city: City, devices: Iterable[str], order: Order = Order.EDGE_FIRST) -> tuple[Wave, ...]:
    """The waves for these devices; empty ones are left out."""
    chosen = [router for router in city.routers if router.name in set(devices)]
    canary = next((router for router in chosen if router.role is RouterRole.TOWN), None)
    county = _county(city, canary)
    found: dict[str, list[str]] = defaultdict(list)
    for router in chosen:
        found[_wave_of(city, router, canary, county)].append(router.name)
    names = _EDGE_FIRST if order is Order.EDGE_FIRST else _SPINE_FIRST
    planned = tuple(Wave(name, tuple(found[name]), name not in ("county", "towns")) for name in names if found[name])
    check_waves(city, planned)
    return planned


def in_waves(city: City, devices: Sequence[str], names: Sequence[str], order: Order = Order.EDGE_FIRST) -> tuple[str, ...]:
    """Those of the devices that stand in waves of these names; all where no wave is named."""
    if not names:
        return tuple(devices)
    inside = {device for wave in named_waves(waves(city, devices, order), names) for device in wave.devices}
    return tuple(device for device in devices if device in inside)


def named_waves(planned: Sequence[Wave], names: Sequence[str]) -> tuple[Wave, ...]:
    """The waves of these names, in the plan's order; all where none is named."""
    for name in names:
        if name not in {wave.name for wave in planned}:
            raise unknown("wave", name, [wave.name for wave in planned])
    return tuple(wave for wave in planned if not names or wave.name in names)


def check_waves(city: City, planned: Iterable[Wave]) -> None:
    """Refuse waves that would touch both ends of a pair at once, or every router that a dually linked site hangs on."""
    for wave in planned:
        pairs: Mapping[tuple[RouterRole, str], list[str]] = _pairs(city, wave)
        for (role, place), names in pairs.items():
            if len(names) > 1:
                raise PolicyRefused(
                    _("{names} would be changed at the same time").format(names=" and ".join(names)),
                    why=_("they are the {role} pair of {place}: one must stand while the other changes").format(role=role, place=place),
                    hint=_("put them into waves of their own"),
                    wave=wave.name,
                )
        for site, ends in _dual_links(city):
            if ends <= set(wave.devices):
                raise PolicyRefused(
                    _("{names} would be changed at the same time").format(names=" and ".join(sorted(ends))),
                    why=_("both ends of the dual link of {site}: one must stand while the other changes").format(site=site),
                    hint=_("put them into waves of their own"),
                    wave=wave.name,
                )


def _dual_links(city: City) -> Iterator[tuple[str, frozenset[str]]]:
    """Every site that is linked to several routers, with those routers."""
    ends: dict[str, set[str]] = defaultdict(set)
    for link in city.links:
        for here, there in ((link.a.node, link.b.node), (link.b.node, link.a.node)):
            if here in city.site_by_name and there in city.router_by_name:
                ends[here].add(there)
    yield from ((site, frozenset(names)) for site, names in ends.items() if len(names) > 1)


def _pairs(city: City, wave: Wave) -> dict[tuple[RouterRole, str], list[str]]:
    found: dict[tuple[RouterRole, str], list[str]] = defaultdict(list)
    for name in wave.devices:
        router = city.router_by_name[name]
        if router.role in PAIRED:
            found[router.role, router.place].append(name)
    return found


def _county(city: City, canary: Router | None) -> str:
    return (city.place_by_name[canary.place].parent or "") if canary else ""


def _wave_of(city: City, router: Router, canary: Router | None, county: str) -> str:
    if router.role is RouterRole.TOWN:
        if router == canary:
            return "canary"
        return "county" if city.place_by_name[router.place].parent == county else "towns"
    twins = [other.name for other in city.routers if other.role is router.role and other.place == router.place]
    end = "a" if twins.index(router.name) % 2 == 0 else "b"
    if router.role is RouterRole.AGGREGATION:
        return f"{'county' if router.place == county else 'aggregation'}-{end}"
    return f"{router.role}-{end}"
