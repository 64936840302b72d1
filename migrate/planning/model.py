"""Demands as constraint models: who gets which night, and when its pre-copy runs. Builds, never solves.

`Nights` only deals out nights: what holds in every plan can be said there (hands, order, and how much a link can have
copied by a night), it is small, and it proves bounds and clashes. `Scene` adds the hours: a site's link carries one copy
or cutover at a time, at the rate that the others' writes leave, and keeps up with every finished copy until its cutover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ortools.sat.python import cp_model

from migrate.planning.demand import Axis, Demand
from migrate.planning.rules import SETTLE, UNIT, Rules

SETTLED = SETTLE // UNIT


@dataclass(frozen=True, slots=True)
class Choice:
    """Which night a demand gets: at most one of those that it could have if it were alone."""

    demand: Demand
    present: cp_model.IntVar
    night: dict[int, cp_model.IntVar]

    def sum(self, weights: Sequence[int]) -> cp_model.LinearExprT:
        """The weight of its night; 0 if it gets none."""
        return cp_model.LinearExpr.weighted_sum(list(self.night.values()), [weights[number] for number in self.night])

    def until(self, number: int) -> list[cp_model.IntVar]:
        return [chosen for at, chosen in self.night.items() if at <= number]


class Nights:
    """The deal of nights."""

    def __init__(self, demands: Sequence[Demand], axis: Axis, rules: Rules) -> None:
        self.model = cp_model.CpModel()
        self.axis = axis
        self.rules = rules
        self.opens = [axis.unit(night.opens) for night in axis.nights]
        self.closes = [axis.unit(night.closes) for night in axis.nights]
        self.choices = {demand.name: self._choice(demand) for demand in demands}
        self._hands()
        for site in self.sites():
            self._copied_by_night(site)
        for choice in self.choices.values():
            for name in choice.demand.needs:
                if name in self.choices:
                    self._not_before(choice, self.choices[name])
        self._waves()

    def sites(self) -> list[list[Choice]]:
        """The choices of each site that has something to copy."""
        movers = [choice for choice in self.choices.values() if choice.demand.copy]
        names = sorted({choice.demand.site for choice in movers})
        return [[choice for choice in movers if choice.demand.site == name] for name in names]

    def _choice(self, demand: Demand) -> Choice:
        present = self.model.new_bool_var(f"{demand.name} present")
        numbers = [number for number in self.axis.permitted(demand) if self.axis.fits(demand, number)]
        night = {number: self.model.new_bool_var(f"{demand.name} {self.axis.nights[number].name}") for number in numbers}
        self.model.add(sum(night.values()) == present)
        return Choice(demand, present, night)

    def _hands(self) -> None:
        """So many cutovers in a night, and no more than the team's hours side by side."""
        for number, (opens, closes) in enumerate(zip(self.opens, self.closes, strict=True)):
            there = [choice for choice in self.choices.values() if number in choice.night]
            self.model.add(sum(choice.night[number] for choice in there) <= self.rules.per_window)
            hours = sum(choice.demand.cutover * choice.night[number] for choice in there)
            self.model.add(hours <= self.rules.at_once * (closes - opens))

    def _copied_by_night(self, site: list[Choice]) -> None:
        """For every night the copies of those that move until then, one after the other, fit before it."""
        shortest, everything = min(choice.demand.cutover for choice in site), sum(choice.demand.copy for choice in site)
        for number in range(len(self.opens)):
            until = max(self.closes[: number + 1]) - shortest - SETTLED
            if everything > until:
                copied = sum(choice.demand.copy * chosen for choice in site for chosen in choice.until(number))
                self.model.add(copied <= max(0, until))

    def _not_before(self, choice: Choice, need: Choice) -> None:
        self.model.add_implication(choice.present, need.present)
        for number in choice.night:
            self.model.add(sum(choice.until(number)) <= sum(need.until(number)))

    def _waves(self) -> None:
        """Whoever may be ordered by the plan's years is: between two years lies a night that neither crosses."""
        bound = [choice for choice in self.choices.values() if not choice.demand.free]
        numbers = list(range(len(self.axis.nights)))
        for _year, after in pairwise(sorted({choice.demand.wave for choice in bound})):
            border = self.model.new_int_var(0, max(0, len(numbers) - 1), f"begin of {after}")
            for choice in bound:
                mine = choice.sum(numbers)
                kept = mine >= border if choice.demand.wave >= after else mine <= border
                self.model.add(kept).only_enforce_if(choice.present)


@dataclass(frozen=True, slots=True)
class Times:
    """When a demand's copy and cutover begin, and the intervals of copy, keeping up and cutover; absent, all is 0."""

    copy: cp_model.IntVar
    cutover: cp_model.IntVar
    intervals: dict[str, cp_model.IntervalVar]


class Scene(Nights):
    """The deal of nights, with the hours of every copy and cutover."""

    def __init__(self, demands: Sequence[Demand], axis: Axis, rules: Rules, ingress: int) -> None:
        super().__init__(demands, axis, rules)
        self.times = {name: self._times(choice) for name, choice in self.choices.items()}
        self.model.add_cumulative([times.intervals["cutover"] for times in self.times.values()], [1] * len(self.times), rules.at_once)
        for site in self.sites():
            self._link(site)
        self._ingress(ingress)
        for name, choice in self.choices.items():
            for need in choice.demand.needs:
                if need in self.times:
                    ends = self.times[need].cutover + self.choices[need].demand.cutover
                    self.model.add(self.times[name].cutover >= ends).only_enforce_if(choice.present)

    def _times(self, choice: Choice) -> Times:
        model, demand, present, length = self.model, choice.demand, choice.present, self.axis.length
        cutover = model.new_int_var(0, length, f"{demand.name} cutover")
        model.add(cutover >= choice.sum(self.opens))
        model.add(cutover <= choice.sum([closes - demand.cutover for closes in self.closes]))
        copy = model.new_int_var(0, length if demand.copy else 0, f"{demand.name} copy")
        whole = model.new_optional_fixed_size_interval_var(cutover, demand.cutover, present, f"{demand.name} cutover")
        if not demand.copy:
            return Times(copy, cutover, {"cutover": whole})
        copied, waits = copy + demand.copy, model.new_int_var(0, length, f"{demand.name} waits")
        model.add(cutover >= copied + SETTLED).only_enforce_if(present)
        model.add(copy == 0).only_enforce_if(~present)
        model.add(waits == 0).only_enforce_if(~present)
        copying = model.new_optional_fixed_size_interval_var(copy, demand.copy, present, f"{demand.name} copy")
        keeping = model.new_optional_interval_var(copied, waits, cutover, present, f"{demand.name} keep")
        return Times(copy, cutover, {"cutover": whole, "copy": copying, "keep": keeping})

    def _link(self, site: list[Choice]) -> None:
        """One site's link: one copy or cutover at a time, and room for the writes that are kept up with."""
        intervals, rates = self._takes(site)
        self.model.add_no_overlap([self.times[choice.demand.name].intervals[kind] for choice in site for kind in ("copy", "cutover")])
        self.model.add_cumulative(intervals, rates, site[0].demand.share_kbit)

    def _ingress(self, ingress: int) -> None:
        """The node's own link, where the sites' shares together are more than it gives."""
        sites = self.sites()
        if sum(site[0].demand.share_kbit for site in sites) > ingress:
            intervals, rates = self._takes([choice for site in sites for choice in site])
            self.model.add_cumulative(intervals, rates, ingress)

    def _takes(self, choices: list[Choice]) -> tuple[list[cp_model.IntervalVar], list[int]]:
        """What the choices take of links: intervals, and the rate in each."""
        parts = [
            (self.times[choice.demand.name].intervals[kind], choice.demand.rate_kbit) for choice in choices for kind in ("copy", "cutover")
        ]
        parts += [(self.times[choice.demand.name].intervals["keep"], choice.demand.write_kbit) for choice in choices]
        return [interval for interval, _rate in parts], [rate for _interval, rate in parts]
