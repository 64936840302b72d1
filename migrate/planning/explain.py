"""Why a demand can't be placed: its own numbers, what it needs, or the demands that it clashes with, and what would resolve it.

A refusal is data (a code and figures); `planning.words` says it in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from migrate.planning.demand import Axis, Demand, Placement
from migrate.planning.greedy import Greedy
from migrate.planning.rules import UNIT
from migrate.planning.solve import Problem, is_impossible
from migrate.planning.words import say

PROBES, PROBE_SECONDS = 60, 1.0
"""How many smaller problems are tried to find the clashing demands, and how long each."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A demand that the plan has no place for."""

    system: str
    department: str
    slot: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        why, resolve = say(self.code, self.facts)
        return {
            "system": self.system, "department": self.department, "slot": self.slot or None, "reason": self.code,
            "facts": dict(self.facts), "why": why, "resolve": resolve,
        }  # fmt: skip


def own_refusals(demands: Sequence[Demand], axis: Axis) -> dict[str, Refusal]:
    """The demands that couldn't be placed even if they were alone, and those that need one of them."""
    found: dict[str, Refusal] = {}
    for demand in demands:
        code, facts = _own(demand, axis)
        if code:
            found[demand.name] = _refusal(demand, code, facts)
    waiting = True
    while waiting:
        waiting = False
        for demand in demands:
            missing = [name for name in demand.needs if name in found]
            if missing and demand.name not in found:
                found[demand.name], waiting = _refusal(demand, "needs", {"needs": missing}), True
    return found


def clashes(problem: Problem, placed: Mapping[str, Placement]) -> dict[str, Refusal]:
    """For every demand that was not placed: with which of the placed it clashes, and what would make room."""
    found: dict[str, Refusal] = {}
    for demand in problem.demands:
        if demand.name in placed:
            continue
        missing = [name for name in demand.needs if name not in placed]
        found[demand.name] = _refusal(demand, "needs", {"needs": missing}) if missing else _clash(problem, placed, demand)
    return found


def _own(demand: Demand, axis: Axis) -> tuple[str, dict[str, Any]]:
    """The code and figures of what is impossible about a demand itself; an empty code if nothing is."""
    nights = [axis.nights[number] for number in axis.permitted(demand)]
    dates = {"earliest": _iso(demand.earliest), "latest": _iso(demand.latest), "until": axis.end.date().isoformat()}
    if demand.share_kbit and demand.share_kbit <= demand.write_kbit:
        return "write-rate", {"site": demand.site, "write_mbit": demand.write_kbit / 1000, "share_mbit": demand.share_kbit / 1000}
    if not nights:
        return "no-night", dates
    cutover, longest = demand.cutover * UNIT.total_seconds() / 3600, max(night.hours for night in nights)
    if cutover > longest:
        return "window-too-short", {"cutover_hours": cutover, "window_hours": longest, "data_gb": demand.data_gb}
    if not any(axis.fits(demand, number) for number in axis.permitted(demand)):
        open_ended = replace(demand, latest=None)
        first = next((axis.nights[at] for at in axis.permitted(open_ended) if axis.fits(demand, at)), None)
        copy = {
            "site": demand.site,
            "data_gb": demand.data_gb,
            "rate_mbit": demand.rate_kbit / 1000,
            "copy_hours": _hours(demand.copy),
            "before": demand.before,
        }
        return "precopy-too-late", {**dates, **copy, "ready": axis.moment(demand.ready).isoformat(), "first_night": first and first.name}
    return "", {}


def _clash(problem: Problem, placed: Mapping[str, Placement], demand: Demand) -> Refusal:
    core = _core(problem, [each for each in problem.demands if each.name in placed], demand)
    involved = [{"system": each.name, "earliest": _iso(each.earliest), "latest": _iso(each.latest), "site": each.site} for each in core]
    facts = {
        "with": involved,
        "latest": _iso(demand.latest),
        "first_free_night": _first_free(problem, placed, replace(demand, latest=None)),
        "one_more_hand": _with_more_hands(problem, [*core, demand]),
        "per_window": problem.rules.per_window,
    }
    return _refusal(demand, "clash", facts)


def _core(problem: Problem, placed: list[Demand], demand: Demand) -> list[Demand]:
    """Placed demands that together with this one can't be had, as few as a bounded search finds; empty if it finds none."""
    first = [each for each in placed if each.latest is not None or each.name in demand.needs]
    core = first if _clash_together(problem, first, demand) else placed
    if core is placed and not _clash_together(problem, placed, demand):
        return []
    size, probes = max(1, len(core) // 2), 0
    while size and probes < PROBES:
        rests = [core[:start] + core[start + size :] for start in range(0, len(core), size)]
        smaller = next((rest for rest in rests if _clash_together(problem, rest, demand)), None)
        probes += len(rests)
        if smaller is None:
            size //= 2
        core = core if smaller is None else smaller
    return core


def _clash_together(problem: Problem, others: list[Demand], demand: Demand) -> bool:
    return is_impossible(problem.only(each.name for each in (*others, demand)), PROBE_SECONDS)


def _with_more_hands(problem: Problem, demands: list[Demand]) -> bool:
    """Whether one more cutover in each window, side by side with the others, would do."""
    more = replace(problem.rules, per_window=problem.rules.per_window + 1, at_once=problem.rules.at_once + 1)
    chosen = replace(problem, rules=more).only(each.name for each in demands)
    return len(chosen.by_hand()) == len(demands)


def _first_free(problem: Problem, placed: Mapping[str, Placement], demand: Demand) -> str | None:
    """The first night that the demand could have if all others stay where they are."""
    lengths = {each.name: each.cutover for each in problem.demands}
    plan = Greedy(problem.axis, problem.rules)
    for each in problem.demands:
        if each.name in placed:
            plan.take(each, placed[each.name])
    night = plan.place(demand, lengths, 0)
    return None if night is None else problem.axis.nights[night].name


def _refusal(demand: Demand, code: str, facts: Mapping[str, Any]) -> Refusal:
    return Refusal(demand.name, demand.department, demand.slot, code, facts)


def _iso(value: Any) -> str | None:
    return value.isoformat() if value else None


def _hours(units: int) -> float:
    return units * UNIT.total_seconds() / 3600
