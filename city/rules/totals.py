"""The plan's own figures against what the data adds up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from city.finding import Finding
from city.model import City, OrganisationKind, PlaceKind, SiteKind, System, SystemKind, SystemState, Tier
from ops.language import _
from ops.suggest import nearest


def self_built(city: City) -> list[System]:
    return [system for system in city.systems if system.kind is SystemKind.SELF_BUILT]


def _places(kind: PlaceKind) -> Callable[[City], int]:
    return lambda city: sum(place.kind is kind for place in city.places)


def _departments(city: City) -> int:
    return sum(item.kind is OrganisationKind.DEPARTMENT for item in city.organisations)


COUNTS: dict[str, Callable[[City], int]] = {
    "counties": _places(PlaceKind.COUNTY),
    "zones": _places(PlaceKind.ZONE),
    "towns": _places(PlaceKind.TOWN),
    "departments": _departments,
    "departments_with_rooms": lambda city: sum(item.kind is OrganisationKind.DEPARTMENT and item.has_room for item in city.organisations),
    "centres": lambda city: sum(site.kind is SiteKind.CENTRE for site in city.sites),
    "routers": lambda city: len(city.routers),
    "systems": lambda city: len(city.systems),
    "self_built": lambda city: len(self_built(city)),
    "self_built_departments": lambda city: len({system.department for system in self_built(city)}),
    "self_built_running": lambda city: sum(system.state is SystemState.RUNNING for system in self_built(city)),
    "self_built_construction": lambda city: sum(system.state is SystemState.CONSTRUCTION for system in self_built(city)),
    "self_built_with_backup": lambda city: sum(system.backup is not None for system in self_built(city)),
    "self_built_with_application_dr": lambda city: sum(system.tier is Tier.APPLICATION for system in self_built(city)),
}
"""Every total that a plan may state, and how it is counted."""


def totals_add_up(city: City) -> Iterator[Finding]:
    """Every figure under `totals` is what the data adds up to."""
    for key, stated in city.totals.items():
        if key not in COUNTS:
            close = nearest(key, COUNTS)
            hint = _("did you mean '{close}'?").format(close=close) if close else _("known: {names}").format(names=", ".join(COUNTS))
            yield Finding("unknown-total", _("there is no total named '{key}'").format(key=key), hint, ("totals", key))
        elif (counted := COUNTS[key](city)) != stated:
            yield Finding(
                "total",
                _("the plan says {stated}, the data holds {counted}").format(stated=stated, counted=counted),
                _("mend the data, or the figure"),
                ("totals", key),
            )
