"""Which system has a landing zone in which centre: the two-sites-three-centres rule as a pure function.

- the production centre holds a zone for every system of the catalogue;
- the same-city centre holds a second one for systems with application-level DR, ready to take over;
- the remote centre holds the data's zone of every system with DR of either level: room to restore into, no users.

A zone's name is its system's name, the same in every centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from city.model import CentreRole, City, Site, System, Tier
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown

RESERVED = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""Namespaces that belong to the cluster."""


class ZoneRole(StrEnum):
    """What a system's zone is for in a centre."""

    SERVICE = "service"
    STANDBY = "standby"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Zone:
    """A system's place in a centre."""

    system: System
    centre: Site
    role: ZoneRole

    @property
    def name(self) -> str:
        """The name of its namespace."""
        return self.system.name


_RULE: dict[CentreRole, tuple[ZoneRole, frozenset[Tier]]] = {
    CentreRole.PRODUCTION: (ZoneRole.SERVICE, frozenset(Tier)),
    CentreRole.SAME_CITY: (ZoneRole.STANDBY, frozenset({Tier.APPLICATION})),
    CentreRole.REMOTE: (ZoneRole.DATA, frozenset({Tier.APPLICATION, Tier.DATA})),
}


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
    role, tiers = _RULE[centre.role]
    chosen = sorted((system for system in city.systems if system.tier in tiers), key=lambda system: system.name)
    return tuple(Zone(system, centre, role) for system in chosen)


def centre_named(city: City, name: str) -> Site:
    """The centre of that name; the nearest one is suggested if there is none."""
    centres = {centre.name: centre for centre in city.centres}
    if name not in centres:
        raise unknown("centre", name, centres)
    return centres[name]
