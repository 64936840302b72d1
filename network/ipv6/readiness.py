"""How far every router and every system is, by declaration and by the city's data: asks no device. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase

from city.model import City, Router, RouterRole, System, TwinKind
from network.ipv6.names import is_dual
from network.rollout import Rollout
from ops.plan import JsonObject


class Ready(StrEnum):
    """Where something stands."""

    DUAL = "dual"
    READY = "ready"
    WAITS = "waits"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class Readiness:
    """One router or system: its state, and what it waits for or why it is exempt."""

    name: str
    where: str
    state: Ready
    why: str = ""

    def as_data(self) -> JsonObject:
        return {"name": self.name, "where": self.where, "state": str(self.state), "why": self.why}


def devices(city: City, rollout: Rollout) -> tuple[Readiness, ...]:
    """Every router: it carries IPv6; it could at once, since a neighbour does; or for whom it waits."""
    return tuple(_device(city, router, rollout) for router in city.routers)


def systems(city: City, rollout: Rollout, today: date) -> tuple[Readiness, ...]:
    """Every system: IPv6 reaches its site (and its service may listen), for whom it waits, or why it is exempt."""
    return tuple(_system(city, system, rollout, today) for system in city.systems)


def _device(city: City, router: Router, rollout: Rollout) -> Readiness:
    if router.name in rollout.routers:
        return Readiness(router.name, router.place, Ready.DUAL)
    around = [end.node for link in city.links_of(router.name) for end in (link.a, link.b) if end.node in city.router_by_name]
    if router.role is RouterRole.CORE or rollout.routers.intersection(around):
        return Readiness(router.name, router.place, Ready.READY)
    return Readiness(router.name, router.place, Ready.WAITS, ", ".join(dict.fromkeys(name for name in around if name != router.name)))


def _system(city: City, system: System, rollout: Rollout, today: date) -> Readiness:
    if not is_dual(city, system.runs_at, rollout):
        around = {end.node for link in city.links_of(system.runs_at) for end in (link.a, link.b)} - {system.runs_at}
        return Readiness(system.name, system.runs_at, Ready.WAITS, ", ".join(sorted(around - rollout.routers)) or system.runs_at)
    for one in city.ipv6_exemptions:
        if one.kind is TwinKind.SYSTEM and fnmatchcase(system.name, one.name) and (one.until is None or one.until >= today):
            return Readiness(system.name, system.runs_at, Ready.EXEMPT, one.reason)
    return Readiness(system.name, system.runs_at, Ready.READY)
