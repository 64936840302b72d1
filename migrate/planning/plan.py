"""The plan of waves, start to end: requests and the city -> demands -> what is impossible by itself -> the search ->
why the rest clashes -> slots. A pure function of (city, requests, now): it reads no clock and no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from city.model import City
from migrate.calendar import CITY_TIME, last_day, today
from migrate.planning.demand import Axis, Demand, Placement, axis_for, demands, ingress_kbit, movers
from migrate.planning.explain import Refusal, clashes, own_refusals
from migrate.planning.rules import Rules
from migrate.planning.solve import Problem, solve
from migrate.slots import Slot
from ops.errors import UsageProblem
from ops.language import _
from ops.plan import digest


@dataclass(frozen=True, slots=True)
class Planned:
    """A system's slot: when it is copied ahead, and in which night it moves."""

    system: str
    department: str
    site: str
    kind: str
    slot: str | None
    precopy_start: datetime | None
    precopy_end: datetime | None
    cutover_start: datetime
    cutover_end: datetime
    window: str
    """The night's date; it may run past midnight."""
    rate_mbit: float
    data_gb: float
    wave: int
    needs: tuple[str, ...]
    earliest: date | None
    latest: date | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan; `hash` covers what was asked and what came out, not how long it took or in which language it is told."""

    begin: datetime
    end: datetime
    slots: tuple[Planned, ...]
    unplaced: tuple[Refusal, ...]
    gap: float
    solve_seconds: float
    hash: str

    @property
    def status(self) -> str:
        return "optimal" if self.gap == 0 else "feasible"

    @property
    def waves(self) -> tuple[tuple[str, tuple[Planned, ...]], ...]:
        """The nights with their systems."""
        return tuple((night, tuple(group)) for night, group in groupby(self.slots, key=lambda planned: planned.window))

    def as_data(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "gap": self.gap,
            "solve_seconds": self.solve_seconds,
            "hash": self.hash,
            "begin": self.begin,
            "end": self.end,
            "slots": self.slots,
            "waves": [{"window": night, "systems": [planned.system for planned in group]} for night, group in self.waves],
            "unplaced": [refusal.as_data() for refusal in self.unplaced],
        }


def plan_waves(
    city: City, requests: Iterable[Slot], *, now: datetime, begin: date | None = None, every: bool = False, rules: Rules | None = None
) -> Plan:
    """The plan for these requests; with `every` also for the systems that nobody asked for."""
    limits = rules or Rules()
    axis = axis_for(city, _begin(begin, now), limits)
    asked = sorted(requests, key=lambda slot: slot.number)
    movable = {system.name for system in movers(city)}
    wanted = demands(city, [slot for slot in asked if slot.system in movable], every=every)
    stray = [
        Refusal(slot.system, slot.department, slot.name, "not-to-move", {"slot": slot.name}) for slot in asked if slot.system not in movable
    ]
    refused = own_refusals(wanted, axis)
    problem = Problem(tuple(demand for demand in wanted if demand.name not in refused), axis, limits, ingress_kbit(city))
    solution = solve(problem)
    refused |= clashes(problem, solution.placed)
    slots = _planned(wanted, solution.placed, axis)
    unplaced = (*stray, *(refused[demand.name] for demand in wanted if demand.name in refused))
    named = {
        "demands": wanted, "begin": axis.begin, "weeks": limits.weeks, "per_window": limits.per_window, "at_once": limits.at_once,
        "slots": slots, "unplaced": unplaced,
    }  # fmt: skip
    return Plan(axis.begin, axis.end, slots, unplaced, solution.gap, solution.seconds, digest(named))


def _begin(begin: date | None, now: datetime) -> datetime:
    if begin is None:
        return now
    if not today(now) <= begin <= last_day(now):
        raise UsageProblem(
            _("a plan can't begin on {date}").format(date=begin),
            hint=_("give a date from {first} to {last}").format(first=today(now), last=last_day(now)),
        )
    return max(now, datetime.combine(begin, time(), CITY_TIME))


def _planned(wanted: Iterable[Demand], placed: Mapping[str, Placement], axis: Axis) -> tuple[Planned, ...]:
    found = [_slot(demand, placed[demand.name], axis) for demand in wanted if demand.name in placed]
    return tuple(sorted(found, key=lambda planned: (planned.cutover_start, planned.system)))


def _slot(demand: Demand, mine: Placement, axis: Axis) -> Planned:
    return Planned(
        system=demand.name,
        department=demand.department,
        site=demand.site,
        kind=demand.kind.value,
        slot=demand.slot or None,
        precopy_start=axis.moment(mine.copy) if demand.copy else None,
        precopy_end=axis.moment(mine.copy + demand.copy) if demand.copy else None,
        cutover_start=axis.moment(mine.cutover),
        cutover_end=axis.moment(mine.cutover + demand.cutover),
        window=axis.nights[mine.night].name,
        rate_mbit=demand.rate_kbit / 1000,
        data_gb=demand.data_gb,
        wave=demand.wave,
        needs=demand.needs,
        earliest=demand.earliest,
        latest=demand.latest,
    )
