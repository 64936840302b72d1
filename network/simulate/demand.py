"""Who sends how much to whom at the busy hour, as the city's data plans it. Pure; measured figures are another file's business.

The catalogue says what each system's users need (`bandwidth_mbit`); it doesn't say where they sit, so that is a rule here,
written down as figures that can be argued about:

- a system of a plane with egress serves half of it to the internet, the rest inside;
- inside, the department's own room has as large a share as all towns and counties together; these share evenly;
- what users send is a fifth of what they are sent;
- a protected system's data changes (`write_mbit`) flow from its first centre to the other two, all the time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from city.model import City, RouterRole, SiteKind, System

EGRESS_SHARE = 0.5
OWN_ROOM_SHARE = 0.5
UPSTREAM_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Demand:
    """A flow between two nodes."""

    start: str
    end: str
    mbit: float


def planned(city: City) -> tuple[Demand, ...]:
    """The busy hour by the city's catalogue, one demand a pair of nodes, in a fixed order."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for system in city.systems:
        for user, share in _users(city, system).items():
            found[system.runs_at, user] += system.bandwidth_mbit * share
            found[user, system.runs_at] += system.bandwidth_mbit * share * UPSTREAM_SHARE
    for group in city.groups:
        for name in group.systems:
            for other in (group.centres[1], group.remote):
                found[group.centres[0], other] += city.system_by_name[name].write_mbit
    return tuple(Demand(start, end, mbit) for (start, end), mbit in sorted(found.items()) if mbit > 0 and start != end)


def _users(city: City, system: System) -> dict[str, float]:
    """Where the system's users sit, and their shares, which add up to one."""
    plane = next(plane for plane in city.planes if plane.name == system.plane)
    outside = [site.name for site in city.sites if site.kind is SiteKind.INTERNET] if plane.egress else []
    rooms = [site.name for site in city.sites if site.kind is SiteKind.ROOM and site.organisation == system.department]
    own = [room for room in rooms if room != system.runs_at]
    edge = [
        router.name for router in city.routers if router.role is RouterRole.TOWN or (router.role is RouterRole.AGGREGATION and router.lan)
    ]
    inside = 1.0 - (EGRESS_SHARE if outside else 0.0)
    at_home = inside * OWN_ROOM_SHARE if own else 0.0
    shares: dict[str, float] = defaultdict(float)
    for places, share in ((outside, 1.0 - inside), (own, at_home), (edge, inside - at_home)):
        for place in places:
            shares[place] += share / len(places)
    return dict(shares)
