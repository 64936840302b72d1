"""A first plan by hand: one demand after the other, each as early as what was placed before it allows. Pure and quick.

It gives the solver a place to begin from and a date that the best plan can't be later than. It keeps a link for one copy
at a time but doesn't count the writes that are kept up with: `planning.check` says whether it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from migrate.planning.demand import Axis, Demand, Placement
from migrate.planning.rules import SETTLE, UNIT, Rules

SETTLED = SETTLE // UNIT


@dataclass
class Greedy:
    """What was placed until now."""

    axis: Axis
    rules: Rules
    placed: dict[str, Placement] = field(default_factory=dict)
    _busy: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """For each site when its link is taken by a copy or a cutover."""
    _cutovers: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """For each night its cutovers."""

    def place(self, demand: Demand, cutovers: Mapping[str, int], first: int) -> int | None:
        """Give the demand the earliest night from `first` on that is free for it; that night, or None."""
        needs = [self.placed[name].cutover + cutovers[name] for name in demand.needs if name in self.placed]
        if len(needs) < len(demand.needs):
            return None
        copy = self._gap(demand.site, 0, demand.copy) if demand.copy else 0
        ready = max([copy + demand.copy + SETTLED if demand.copy else 0, *needs])
        for night in self.axis.permitted(demand):
            if night >= first and len(self._cutovers.get(night, ())) < self.rules.per_window:
                begin = self._moment(demand, night, ready)
                if begin is not None:
                    self.take(demand, Placement(night, copy, begin))
                    return night
        return None

    def take(self, demand: Demand, placement: Placement) -> None:
        """The demand stands there."""
        self.placed[demand.name] = placement
        self._cutovers.setdefault(placement.night, []).append((placement.cutover, placement.cutover + demand.cutover))
        if demand.copy:
            spans = self._busy.setdefault(demand.site, [])
            spans.append((placement.copy, placement.copy + demand.copy))
            spans.append((placement.cutover, placement.cutover + demand.cutover))
            spans.sort()

    def _gap(self, site: str, begin: int, length: int) -> int:
        """The first moment from `begin` on when the site's link is free for so long."""
        for start, end in self._busy.get(site, ()):
            if begin + length <= start:
                return begin
            begin = max(begin, end)
        return begin

    def _moment(self, demand: Demand, night: int, ready: int) -> int | None:
        """When in this night the cutover can begin."""
        window = self.axis.nights[night]
        begin, closes = max(ready, self.axis.unit(window.opens)), self.axis.unit(window.closes)
        taken = self._cutovers.get(night, [])
        while begin + demand.cutover <= closes:
            end = begin + demand.cutover
            free = self._gap(demand.site, begin, demand.cutover) == begin if demand.copy else True
            if free and sum(start < end and begin < stop for start, stop in taken) < self.rules.at_once:
                return begin
            begin += 1
        return None


def greedy(demands: tuple[Demand, ...], axis: Axis, rules: Rules) -> dict[str, Placement]:
    """Placements that keep every rule of links, nights, hands, needs and waves; perhaps not for all demands."""
    plan, cutovers = Greedy(axis, rules), {demand.name: demand.cutover for demand in demands}
    last: dict[int, int] = {}
    for demand in _order(demands):
        first = 0 if demand.free else max((night for year, night in last.items() if year < demand.wave), default=0)
        night = plan.place(demand, cutovers, first)
        if night is not None and not demand.free:
            last[demand.wave] = max(night, last.get(demand.wave, 0))
    return plan.placed


def _order(demands: tuple[Demand, ...]) -> list[Demand]:
    """Latest dates first where departments gave them, then year by year, the longest copies first; needs before all."""
    by_name = {demand.name: demand for demand in demands}
    ranked = sorted(demands, key=_rank)
    found: dict[str, Demand] = {}

    def add(demand: Demand, above: frozenset[str]) -> None:
        if demand.name in found or demand.name in above:
            return
        for name in demand.needs:
            add(by_name[name], above | {demand.name})
        found[demand.name] = demand

    for demand in ranked:
        add(demand, frozenset())
    return list(found.values())


def _rank(demand: Demand) -> tuple[str, bool, int, int, str]:
    return (demand.latest.isoformat() if demand.latest else "9", not demand.slot, demand.wave, -demand.copy, demand.name)
