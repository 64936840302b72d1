"""What each system asks of the links, the nights and the team: requests and the city, turned into numbers. Pure.

Times are counted in units (`rules.UNIT`) from the plan's begin, rates in kbit/s, so that the solver has whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import ceil

from city.model import City, SiteKind, System, SystemState
from migrate.calendar import CITY_TIME, Night, nights
from migrate.move import HEADROOM, link_mbit, share_mbit
from migrate.planning.rules import BACKLOG, GO_BACK, GO_LIVE, PREPARE, SETTLE, UNIT, VERIFY_GB_PER_HOUR, Rules
from migrate.slots import Slot


class Kind(StrEnum):
    """A system moves from where it runs, or starts on the node."""

    MOVE = "move"
    START = "start"


@dataclass(frozen=True, slots=True)
class Demand:
    """One system's wish for a pre-copy and a cutover."""

    name: str
    department: str
    site: str
    kind: Kind
    wave: int
    """The year in which it is its turn: the plan's, or that of what it needs where that is later."""
    free: bool
    """Its dates were chosen by a department (its own or one that it needs), so the order of waves doesn't bind it."""
    needs: tuple[str, ...]
    """What it needs and moves in this plan too."""
    data_gb: float
    write_kbit: int
    share_kbit: int
    rate_kbit: int
    """What its copy takes of the share: the rest is for others' writes that are kept up with."""
    copy: int
    cutover: int
    slot: str = ""
    earliest: date | None = None
    latest: date | None = None
    ready: int = 0
    """The first unit at which its cutover could begin if it and what it needs had links and nights for themselves."""
    before: tuple[str, ...] = ()
    """What it needs, directly or not, that is copied over the same link before its cutover."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The plan's time: where it begins, and the nights in it."""

    begin: datetime
    end: datetime
    nights: tuple[Night, ...]

    def unit(self, moment: datetime) -> int:
        return (moment - self.begin) // UNIT

    def moment(self, unit: int) -> datetime:
        return self.begin + unit * UNIT

    @property
    def length(self) -> int:
        return self.unit(self.end)

    def permitted(self, demand: Demand) -> tuple[int, ...]:
        """The nights (by number) between a demand's dates."""
        first, last = demand.earliest or date.min, demand.latest or date.max
        return tuple(number for number, night in enumerate(self.nights) if first <= night.date <= last)

    def fits(self, demand: Demand, number: int) -> bool:
        """Whether the demand could have this night if it were alone."""
        opens, closes = self.unit(self.nights[number].opens), self.unit(self.nights[number].closes)
        return max(opens, demand.ready) + demand.cutover <= closes


@dataclass(frozen=True, slots=True)
class Placement:
    """What a demand got: the night by number, and when copy and cutover begin, in units."""

    night: int
    copy: int
    cutover: int


def axis_for(city: City, begin: datetime, rules: Rules) -> Axis:
    """The time from the next full hour on."""
    local = begin.astimezone(CITY_TIME)
    start = local.replace(minute=0, second=0, microsecond=0)
    start += timedelta(hours=1) if start < local else timedelta()
    end = start + timedelta(weeks=rules.weeks)
    return Axis(start, end, nights(city.windows, start, end))


def movers(city: City) -> tuple[System, ...]:
    """Every system that does not run on the node yet and is the city's to move or start, in the catalogue's order."""
    kinds = {site.name: site.kind for site in city.sites}
    leaving = (SiteKind.ROOM, SiteKind.CLOUD)
    return tuple(
        system for system in city.systems if kinds[system.runs_at] in leaving or system.state is SystemState.CONSTRUCTION
    )  # fmt: skip


def demands(city: City, slots: Iterable[Slot], *, every: bool) -> tuple[Demand, ...]:
    """The demands of these slots, and with `every` those of the systems nobody asked for; who asked first comes first."""
    by_system = {slot.system: slot for slot in slots}
    asked = [city.system_by_name[name] for name in by_system]
    systems = [*asked, *(system for system in movers(city) if every and system.name not in by_system)]
    chosen = {system.name: system for system in systems}
    writes = _writes(systems)
    found = {system.name: _demand(city, system, by_system, chosen, writes[system.runs_at]) for system in systems}
    return tuple(_chained(found, name, frozenset()) for name in found)


def _chained(found: dict[str, Demand], name: str, above: frozenset[str]) -> Demand:
    """The demand with the time that its whole chain of needs takes; in a circle of needs nothing is added."""
    demand = found[name]
    needs = [_chained(found, each, above | {name}) for each in demand.needs if each not in above and each != name]
    before = {each.name for need in needs for each in (need, *(found[below] for below in need.before)) if each.site == demand.site}
    copies = sum(found[each].copy for each in before) + demand.copy
    settled = copies + SETTLE // UNIT if demand.copy else 0
    ready = max([settled, *(need.ready + need.cutover for need in needs)])
    return replace(demand, ready=ready, before=tuple(sorted(before)))


def _demand(city: City, system: System, slots: Mapping[str, Slot], chosen: Mapping[str, System], site_writes: int) -> Demand:
    slot, below = slots.get(system.name), _closure(system, chosen)
    starts = system.state is SystemState.CONSTRUCTION
    write, share = _kbit(system.write_mbit), 0 if starts else _kbit(share_mbit(city, system.runs_at))
    rate = min(share, max(share - (site_writes - write), share // 2 + 1, 2 * write))
    return Demand(
        name=system.name,
        department=system.department,
        site=system.runs_at,
        kind=Kind.START if starts else Kind.MOVE,
        wave=max(each.wave for each in below),
        free=any(each.name in slots and (slots[each.name].earliest or slots[each.name].latest) for each in below),
        needs=tuple(name for name in system.needs if name in chosen),
        data_gb=system.data_gb,
        write_kbit=0 if starts else write,
        share_kbit=share,
        rate_kbit=rate,
        copy=0 if starts else copy_units(system.data_gb, rate, write),
        cutover=GO_LIVE // UNIT if starts else cutover_units(system.data_gb, rate, write),
        slot=slot.name if slot else "",
        earliest=slot.earliest if slot else None,
        latest=slot.latest if slot else None,
    )


def copy_units(data_gb: float, rate_kbit: int, write_kbit: int) -> int:
    """How long a first copy takes while the source goes on being written; 0 where it would never end."""
    if rate_kbit <= write_kbit:
        return 0
    seconds = data_gb * 8e6 / (rate_kbit - write_kbit)
    return max(1, ceil(seconds / UNIT.total_seconds()))


def cutover_units(data_gb: float, rate_kbit: int, write_kbit: int) -> int:
    """How long a cutover takes, with the time to go back."""
    delta = BACKLOG * (write_kbit / rate_kbit) if rate_kbit else timedelta()
    verify = timedelta(hours=data_gb / VERIFY_GB_PER_HOUR)
    return ceil((PREPARE + delta + verify + GO_BACK) / UNIT)


def ingress_kbit(city: City) -> int:
    """What moves may take of the node's own links: the production centre's slowest, with headroom."""
    return _kbit(link_mbit(city, city.centres[0].name) * (1 - HEADROOM))


def _closure(system: System, chosen: Mapping[str, System]) -> tuple[System, ...]:
    """The system and all that it needs, directly or not, among those that move."""
    found, waiting = {system.name: system}, [system]
    while waiting:
        for name in waiting.pop().needs:
            if name in chosen and name not in found:
                found[name] = chosen[name]
                waiting.append(chosen[name])
    return tuple(found.values())


def _writes(systems: Iterable[System]) -> dict[str, int]:
    """For each site the rate at which all its systems that move are written to."""
    found: dict[str, int] = {}
    for system in systems:
        found[system.runs_at] = found.get(system.runs_at, 0) + _kbit(system.write_mbit)
    return found


def _kbit(mbit: float) -> int:
    return round(mbit * 1000)
