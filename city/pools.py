"""What a department's zones add up to, against its pool. Kubernetes can't sum quotas, so we do, before anything is applied.

A system counts in every centre where it has a zone, there with that zone's share: application-level DR costs room at three centres.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from city.model import City, Pool, Quota, System
from city.placement import granted, zones_of

MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of each resource; the fields are those of `Quota` and `Pool`."""

    cpu_millis: int = 0
    memory_mib: int = 0
    storage_gib: int = 0
    pods: int = 0

    @classmethod
    def of(cls, source: Quota | Pool) -> Amount:
        return cls(source.cpu_millis, source.memory_mib, source.storage_gib, source.pods)

    def __add__(self, other: Amount) -> Amount:
        return Amount(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))


RESOURCES: dict[str, str] = {"cpu_millis": "m", "memory_mib": "MiB", "storage_gib": "GiB", "pods": ""}
"""The resources that a pool holds, and the unit that their numbers are in."""
NAMES: dict[str, str] = {"cpu_millis": "cpu", "memory_mib": "memory", "storage_gib": "storage", "pods": "pods"}
"""What people call them; each name is translated where it is told."""


@dataclass(frozen=True, slots=True)
class Overdraft:
    """A resource of which a department's zones ask for more than its pool holds, and the systems that ask for most."""

    department: str
    resource: str
    asked: int
    pool: int
    most: tuple[tuple[str, int], ...]
    places: tuple[tuple[str, int], ...]
    """How much of it in which centre: who asked for one zone's worth is told where the rest is."""

    @property
    def spread(self) -> str:
        """The centres' parts, in words."""
        return " + ".join(f"{centre} {amount}" for centre, amount in self.places)

    @property
    def users(self) -> str:
        """The largest users, in words."""
        return ", ".join(f"{name} {amount}{RESOURCES[self.resource]}" for name, amount in self.most)


def reserved_by(system: System, city: City) -> Amount:
    """What the system reserves in all centres together."""
    return sum((Amount.of(granted(system.quota, role)) for _centre, role in zones_of(system, city)), Amount())


def reserved(city: City, department: str) -> Amount:
    """What all of the department's systems reserve together."""
    return sum((reserved_by(system, city) for system in city.systems if system.department == department), Amount())


def overdrafts(city: City) -> tuple[Overdraft, ...]:
    """Every pool that is asked for more than it holds, resource by resource."""
    return tuple(over for pool in city.pools for over in _over(city, pool))


def _over(city: City, pool: Pool) -> tuple[Overdraft, ...]:
    parts = {system.name: reserved_by(system, city) for system in city.systems if system.department == pool.department}
    found = []
    for resource in RESOURCES:
        asked, held = sum(getattr(part, resource) for part in parts.values()), getattr(pool, resource)
        if asked > held:
            most = sorted(((name, getattr(part, resource)) for name, part in parts.items()), key=lambda each: (-each[1], each[0]))
            found.append(Overdraft(pool.department, resource, asked, held, tuple(most[:MOST_SHOWN]), _places(city, pool, resource)))
    return tuple(found)


def _places(city: City, pool: Pool, resource: str) -> tuple[tuple[str, int], ...]:
    """What the department's zones have of the resource, centre by centre."""
    parts = {centre.name: 0 for centre in city.centres}
    for system in city.systems:
        if system.department == pool.department:
            for centre, role in zones_of(system, city):
                parts[centre.name] += getattr(granted(system.quota, role), resource)
    return tuple((name, part) for name, part in parts.items() if part)
