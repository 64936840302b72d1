"""The same nights, told better: cutovers begin as early in their night as they can, copies end no earlier than need be.

A copy that ends early has to keep up with writes on a thin link for weeks. Pure; what `holds` doesn't accept isn't done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from migrate.planning.demand import Axis, Demand, Placement
from migrate.planning.rules import SETTLE, UNIT, Rules

SETTLED = SETTLE // UNIT
Span = tuple[int, int]


Holds = Callable[[Mapping[str, Placement]], bool]


def tidy(placed: Mapping[str, Placement], demands: tuple[Demand, ...], axis: Axis, rules: Rules, holds: Holds) -> Mapping[str, Placement]:
    """The placements with cutovers moved to the front of their night and, site by site, copies towards their cutover."""
    better = _cutovers(placed, demands, axis, rules)
    found = better if holds(better) else placed
    for site in sorted({demand.site for demand in demands if demand.copy}):
        better = {**found, **_copies(found, [demand for demand in demands if demand.site == site and demand.copy])}
        found = better if holds(better) else found
    return found


def _cutovers(placed: Mapping[str, Placement], demands: tuple[Demand, ...], axis: Axis, rules: Rules) -> dict[str, Placement]:
    by_name = {demand.name: demand for demand in demands}
    moved: dict[str, Placement] = {}
    for name in sorted(placed, key=lambda name: (placed[name].cutover, name)):
        demand, mine = by_name[name], placed[name]
        begin = axis.unit(axis.nights[mine.night].opens)
        same = {other: moved[other] for other in moved if moved[other].night == mine.night}
        spans = {other: (at.cutover, at.cutover + by_name[other].cutover) for other, at in same.items()}
        begin = max([begin, *(spans[need][1] for need in demand.needs if need in spans)])
        link = [span for other, span in spans.items() if demand.copy and by_name[other].site == demand.site]
        while begin < mine.cutover and not _is_free(begin, demand.cutover, list(spans.values()), link, rules.at_once):
            begin += 1
        moved[name] = replace(mine, cutover=begin)
    return moved


def _is_free(begin: int, length: int, team: list[Span], link: list[Span], at_once: int) -> bool:
    def beside(spans: list[Span]) -> int:
        return sum(start < begin + length and begin < end for start, end in spans)

    return beside(team) < at_once and not beside(link)


def _copies(placed: Mapping[str, Placement], demands: list[Demand]) -> dict[str, Placement]:
    """One site's copies, the last cutover's first, each as late as the link is free."""
    busy = [(placed[demand.name].cutover, placed[demand.name].cutover + demand.cutover) for demand in demands]
    moved = {}
    for demand in sorted(demands, key=lambda demand: (-placed[demand.name].cutover, demand.name)):
        mine = placed[demand.name]
        end = mine.cutover - SETTLED
        for start, stop in sorted(busy, reverse=True):
            if start < end and stop > end - demand.copy:
                end = start
        busy.append((end - demand.copy, end))
        moved[demand.name] = replace(mine, copy=end - demand.copy)
    return moved
