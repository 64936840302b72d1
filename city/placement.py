"""Which system has a zone in which centre, and how much of its quota there: two sites, three centres as a table.

- the production centre holds a zone for every system of the catalogue;
- the same-city centre holds a second one for systems with application-level DR, ready to take over;
- the remote centre holds the data's zone of every system with DR of either level: room to restore into, no users.
"""

from __future__ import annotations

from enum import StrEnum

from city.model import CentreRole, City, Quota, Site, System, Tier


class ZoneRole(StrEnum):
    """What a system's zone is for in a centre."""

    SERVICE = "service"
    STANDBY = "standby"
    DATA = "data"


PLACES: dict[CentreRole, tuple[ZoneRole, frozenset[Tier]]] = {
    CentreRole.PRODUCTION: (ZoneRole.SERVICE, frozenset(Tier)),
    CentreRole.SAME_CITY: (ZoneRole.STANDBY, frozenset({Tier.APPLICATION})),
    CentreRole.REMOTE: (ZoneRole.DATA, frozenset({Tier.APPLICATION, Tier.DATA})),
}
DATA_ZONE_SHARE = 4
"""A data zone runs restores, not users: a quarter of the system's processors and memory, and all of its storage."""
LEAST_MILLIS, LEAST_MIB = 100, 128
"""Less than this can't restore anything."""


def role_at(system: System, centre: Site) -> ZoneRole | None:
    """What the system's zone in this centre is for, or None where it has none."""
    if centre.role is None:
        return None
    role, tiers = PLACES[centre.role]
    return role if system.tier in tiers else None


def granted(quota: Quota, role: ZoneRole) -> Quota:
    """What a zone of this role has of the system's quota."""
    if role is not ZoneRole.DATA:
        return quota
    cpu, memory = max(quota.cpu_millis // DATA_ZONE_SHARE, LEAST_MILLIS), max(quota.memory_mib // DATA_ZONE_SHARE, LEAST_MIB)
    return quota.model_copy(update={"cpu_millis": cpu, "memory_mib": memory})


def zones_of(system: System, city: City) -> tuple[tuple[Site, ZoneRole], ...]:
    """The centres where the system has a zone, and what for."""
    found = ((centre, role_at(system, centre)) for centre in city.centres)
    return tuple((centre, role) for centre, role in found if role is not None)
