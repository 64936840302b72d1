"""The landing zones of a centre. Which system has one where is `city.placement`'s; a zone's name is its system's, in every centre."""

from __future__ import annotations

from dataclasses import dataclass

from city.model import City, Quota, Site, System
from city.placement import ZoneRole, granted, role_at, zones_of
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown
from stacks.declare import commons
from stacks.declare.labels import zone_name

__all__ = ["RESERVED", "Zone", "ZoneRole", "centre_named", "zone_named", "zones_at"]

RESERVED = frozenset({"default", "kube-node-lease", "kube-public", "kube-system", commons.NAMESPACE})
"""Namespaces that belong to the cluster, or to the city itself."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A system's place in a centre."""

    system: System
    centre: Site
    role: ZoneRole

    @property
    def name(self) -> str:
        """The name of its namespace."""
        return zone_name(self.system)

    @property
    def quota(self) -> Quota:
        """What the zone has of its system's quota."""
        return granted(self.system.quota, self.role)


def zones_at(city: City, centre: Site) -> tuple[Zone, ...]:
    """The zones of a centre, by name."""
    reserved = sorted(RESERVED & city.system_by_name.keys())
    if reserved:
        why = "Kubernetes keeps a namespace of that name for itself"
        raise UsageProblem(
            _("a system can't be named {value}").format(value=", ".join(reserved)), why=why, hint=_("rename it in systems.yaml")
        )
    if centre.role is None:
        raise UsageProblem(
            _("{name} has no role among the centres").format(name=centre.name),
            hint=_("set role: production, same-city or remote in sites.yaml"),
        )
    found = ((system, role_at(system, centre)) for system in sorted(city.systems, key=lambda system: system.name))
    return tuple(Zone(system, centre, role) for system, role in found if role is not None)


def zone_named(city: City, name: str) -> tuple[Zone, ...]:
    """The system's zones, one a centre that has one; the nearest system is suggested if there is none of that name."""
    if name not in city.system_by_name:
        raise unknown("system", name, city.system_by_name)
    system = city.system_by_name[name]
    return tuple(Zone(system, centre, role) for centre, role in zones_of(system, city))


def centre_named(city: City, name: str) -> Site:
    """The centre of that name; the nearest one is suggested if there is none."""
    centres = {centre.name: centre for centre in city.centres}
    if name not in centres:
        raise unknown("centre", name, centres)
    return centres[name]
