"""Whether placements keep every rule, worked out without the solver: links, nights, hands, needs, waves, dates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from migrate.planning.demand import Axis, Demand, Placement
from migrate.planning.rules import SETTLE, UNIT, Rules

SETTLED = SETTLE // UNIT


@dataclass(frozen=True, slots=True)
class Use:
    """A stretch of time in which so much of something is taken."""

    begin: int
    end: int
    amount: int


def broken_rules(placed: Mapping[str, Placement], demands: tuple[Demand, ...], axis: Axis, rules: Rules, ingress: int) -> tuple[str, ...]:
    """What these placements break, each as `rule subject`; empty where they are a plan."""
    chosen = tuple(demand for demand in demands if demand.name in placed)
    parts = (
        _nights(placed, chosen, axis), _hands(placed, chosen, rules), _links(placed, chosen, ingress), _needs(placed, chosen),
        _waves(placed, chosen),
    )  # fmt: skip
    return tuple(found for part in parts for found in part)


def peak(uses: Iterable[Use]) -> int:
    """The most that is taken at any moment."""
    steps = sorted(step for use in uses for step in ((use.begin, use.amount), (use.end, -use.amount)) if use.begin < use.end)
    most = level = 0
    for _moment, change in steps:
        level += change
        most = max(most, level)
    return most


def link_uses(demand: Demand, placement: Placement) -> tuple[Use, ...]:
    """What a move takes of its site's link: the copy, what keeps up with writes, the cutover's last delta."""
    if not demand.copy:
        return ()
    copied, ends = placement.copy + demand.copy, placement.cutover + demand.cutover
    return (
        Use(placement.copy, copied, demand.rate_kbit),
        Use(copied, placement.cutover, demand.write_kbit),
        Use(placement.cutover, ends, demand.rate_kbit),
    )


def _nights(placed: Mapping[str, Placement], demands: Iterable[Demand], axis: Axis) -> Iterator[str]:
    for demand in demands:
        mine = placed[demand.name]
        night = axis.nights[mine.night]
        if mine.night not in axis.permitted(demand):
            yield f"dates {demand.name}"
        if mine.cutover < axis.unit(night.opens) or mine.cutover + demand.cutover > axis.unit(night.closes):
            yield f"window {demand.name}"
        if demand.copy and (mine.copy < 0 or mine.cutover < mine.copy + demand.copy + SETTLED):
            yield f"precopy {demand.name}"


def _hands(placed: Mapping[str, Placement], demands: Iterable[Demand], rules: Rules) -> Iterator[str]:
    each = [(placed[demand.name], demand.cutover) for demand in demands]
    for night in sorted({placement.night for placement, _length in each}):
        if sum(placement.night == night for placement, _length in each) > rules.per_window:
            yield f"per-window {night}"
    if peak(Use(placement.cutover, placement.cutover + length, 1) for placement, length in each) > rules.at_once:
        yield "at-once"


def _links(placed: Mapping[str, Placement], demands: tuple[Demand, ...], ingress: int) -> Iterator[str]:
    for site in sorted({demand.site for demand in demands if demand.copy}):
        here = [demand for demand in demands if demand.site == site and demand.copy]
        if peak(use for demand in here for use in link_uses(demand, placed[demand.name])) > here[0].share_kbit:
            yield f"link {site}"
        alone = [Use(use.begin, use.end, 1) for demand in here for use in link_uses(demand, placed[demand.name])[::2]]
        if peak(alone) > 1:
            yield f"one-at-a-time {site}"
    if peak(use for demand in demands for use in link_uses(demand, placed[demand.name])) > ingress:
        yield "ingress"


def _needs(placed: Mapping[str, Placement], demands: tuple[Demand, ...]) -> Iterator[str]:
    lengths = {demand.name: demand.cutover for demand in demands}
    for demand in demands:
        for name in demand.needs:
            if name not in placed or placed[demand.name].cutover < placed[name].cutover + lengths[name]:
                yield f"needs {demand.name} {name}"


def _waves(placed: Mapping[str, Placement], demands: tuple[Demand, ...]) -> Iterator[str]:
    bound = [demand for demand in demands if not demand.free]
    for year in sorted({demand.wave for demand in bound}):
        before = [placed[demand.name].night for demand in bound if demand.wave < year]
        for demand in bound:
            if demand.wave == year and before and placed[demand.name].night < max(before):
                yield f"wave {demand.name}"
