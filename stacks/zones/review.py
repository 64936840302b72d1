"""What owner and departments look at now and then: reserved and used, zones nobody uses, what expires, which data is backed up.

Each report is a pure function of the city, of what was observed (nothing, where no cluster was asked) and of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from city.model import City, SiteKind, System, Tier
from city.placement import ZoneRole, role_at
from city.pools import Amount, reserved
from stacks.zones.usage import ZoneUse

QUIET_DAYS = 30
"""A zone may stand empty this long before anybody is asked about it."""


@dataclass(frozen=True, slots=True)
class PoolStanding:
    """A department's pool: what it holds, what its zones reserve of it, what they use (None: nobody asked)."""

    department: str
    pool: Amount | None
    reserved: Amount
    used: Amount | None
    systems: int

    @property
    def percent(self) -> int | None:
        """How much of the pool is reserved, of the resource that is nearest to its end."""
        if self.pool is None:
            return None
        pairs = (
            (self.reserved.cpu_millis, self.pool.cpu_millis),
            (self.reserved.memory_mib, self.pool.memory_mib),
            (self.reserved.storage_gib, self.pool.storage_gib),
            (self.reserved.pods, self.pool.pods),
        )
        return max(round(100 * part / whole) for part, whole in pairs)


@dataclass(frozen=True, slots=True)
class UnusedZone:
    """A zone that stands empty, for how long, and why that may be."""

    system: str
    department: str
    centre: str
    days: int
    waits: bool

    @property
    def reason(self) -> str:
        return "not moved yet" if self.waits else "nobody uses it"


@dataclass(frozen=True, slots=True)
class Due:
    """A review or an exemption whose day is near or past."""

    what: str
    system: str
    department: str
    owner: str
    day: date
    days_left: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what a DR tier protects is backed up."""

    tier: Tier
    systems: int
    backed_up: int
    data_gb: float
    backed_up_gb: float
    longest_hours: int | None
    without: tuple[str, ...]


def pool_standings(city: City, observed: Iterable[ZoneUse] | None) -> tuple[PoolStanding, ...]:
    """Every department that has a pool or systems, in the city's order."""
    owners = {system.name: system.department for system in city.systems}
    counts: dict[str, int] = {}
    for system in city.systems:
        counts[system.department] = counts.get(system.department, 0) + 1
    used: dict[str, Amount] | None = None
    if observed is not None:
        used = {}
        for zone in observed:
            if zone.zone in owners:
                used[owners[zone.zone]] = used.get(owners[zone.zone], Amount()) + zone.used
    pools = city.pool_by_department
    return tuple(
        PoolStanding(
            item.name,
            Amount.of(pools[item.name]) if item.name in pools else None,
            reserved(city, item.name),
            None if used is None else used.get(item.name, Amount()),
            counts.get(item.name, 0),
        )
        for item in city.organisations
        if item.name in pools or item.name in counts
    )


def unused_zones(city: City, observed: Iterable[ZoneUse], now: datetime) -> tuple[UnusedZone, ...]:
    """The zones for users that stand empty longer than a while, the longest first; one whose system has yet to move is told apart."""
    found = [
        UnusedZone(zone.zone, system.department, zone.centre, (now - zone.since).days, _waits(city, system))
        for zone in observed
        if (system := city.system_by_name.get(zone.zone)) is not None
        and role_at(system, city.site_by_name[zone.centre]) is ZoneRole.SERVICE
        and zone.is_empty
        and (now - zone.since).days >= QUIET_DAYS
    ]
    return tuple(sorted(found, key=lambda each: (each.waits, -each.days, each.system)))


def expiring(city: City, today: date, *, within_days: int) -> tuple[Due, ...]:
    """Reviews and exemptions that are due within so many days or overdue, the nearest day first."""
    reviews = [
        Due("review", system.name, system.department, str(system.owner), system.review_after, (system.review_after - today).days)
        for system in city.systems
    ]
    departments: Mapping[str, str] = {system.name: system.department for system in city.systems}
    exemptions = [
        Due(
            "exemption",
            each.system,
            departments[each.system],
            str(each.owner),
            each.expires,
            (each.expires - today).days,
            f"{each.rule}: {each.reason} ({each.approver})",
        )
        for each in city.exemptions
    ]
    near = [due for due in (*reviews, *exemptions) if due.days_left <= within_days]
    return tuple(sorted(near, key=lambda due: (due.day, due.what, due.system)))


def backup_coverage(city: City) -> tuple[Coverage, ...]:
    """What of each DR tier is declared to be backed up, the highest tier first."""
    return tuple(_coverage(tier, [system for system in city.systems if system.tier is tier]) for tier in reversed(Tier))


def _coverage(tier: Tier, systems: list[System]) -> Coverage:
    covered = [system for system in systems if system.backup is not None]
    hours = [system.backup.every_hours for system in covered if system.backup is not None]
    return Coverage(
        tier,
        len(systems),
        len(covered),
        round(sum(system.data_gb for system in systems), 3),
        round(sum(system.data_gb for system in covered), 3),
        max(hours, default=None),
        tuple(system.name for system in systems if system.backup is None),
    )


def _waits(city: City, system: System) -> bool:
    """Whether the system still runs somewhere else than in a centre."""
    return city.site_by_name[system.runs_at].kind is not SiteKind.CENTRE
