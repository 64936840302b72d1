"""The search: first place as many as can be, then end early, then each early; then tidy. Deterministic.

Each stage keeps what the stages before it reached. One worker, one seed and a limit in the solver's own time make the
answer the same on a fast and on a busy machine; the limit on the clock is only a net. A plan made by hand (`greedy`)
comes first: it bounds the search, and where a bound proves it best there is nothing left to search.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrate.planning.check import broken_rules
from migrate.planning.demand import Axis, Demand, Placement
from migrate.planning.greedy import greedy
from migrate.planning.rules import Rules
from migrate.planning.tidy import tidy
from ops.errors import CitynodeError
from ops.language import _

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

    from migrate.planning.model import Nights, Scene

SEED = 20191015
ASKED, UNASKED = 3, 1
"""How much a night earlier counts for a system that was asked for and for one that wasn't."""
CLOCK = 4
"""How many seconds on the clock a second of the solver may take: more only on a machine that has no time for it."""
UNKNOWN_GAP = 1.0
"""The gap of a stage that ended before it found anything: all of it."""

Placements = Mapping[str, Placement]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be planned."""

    demands: tuple[Demand, ...]
    axis: Axis
    rules: Rules
    ingress: int

    def nights(self) -> Nights:
        from migrate.planning.model import Nights

        return Nights(self.demands, self.axis, self.rules)

    def scene(self) -> Scene:
        from migrate.planning.model import Scene

        return Scene(self.demands, self.axis, self.rules, self.ingress)

    def holds(self, placed: Placements) -> bool:
        return not broken_rules(placed, self.demands, self.axis, self.rules, self.ingress)

    def by_hand(self) -> Placements:
        """A first plan for all demands or some; empty where it breaks a rule."""
        placed = greedy(self.demands, self.axis, self.rules)
        return placed if self.holds(placed) else {}

    def only(self, names: Iterable[str]) -> Problem:
        """The same for these demands; what they need of others is left aside."""
        kept = set(names)
        chosen = tuple(demand for demand in self.demands if demand.name in kept)
        return replace(self, demands=tuple(replace(each, needs=tuple(name for name in each.needs if name in kept)) for each in chosen))

    def until(self, last: int) -> Problem:
        """The same without the nights after this one."""
        return replace(self, axis=replace(self.axis, nights=self.axis.nights[: last + 1]))


@dataclass(frozen=True, slots=True)
class Solution:
    """`gap` is the part by which the worst stage might still be better, 0 when all are proven."""

    placed: Placements
    gap: float
    seconds: float


def solve(problem: Problem) -> Solution:
    """The best placements found within the limits; they keep every rule."""
    began = time.monotonic()
    placed, gap = _place(problem)
    if placed:
        placed, more = _improve(problem.only(placed), placed)
        gap = max(gap, more)
    if not problem.holds(placed):
        raise CitynodeError(_("the plan that was found breaks a rule"), hint=_("this is a fault of citynode: please report it"))
    return Solution(placed, round(gap, 6), round(time.monotonic() - began, 3))


def is_impossible(problem: Problem, seconds: float) -> bool:
    """Whether it is proven that not all demands can have a night; False also where it isn't known."""
    from ortools.sat.python import cp_model

    if len(problem.by_hand()) == len(problem.demands):
        return False
    nights = problem.nights()
    for choice in nights.choices.values():
        nights.model.add(choice.present == 1)
    return bool(_solver(seconds).solve(nights.model) == cp_model.INFEASIBLE)


def _place(problem: Problem) -> tuple[Placements, float]:
    """As many as can be placed, and how far that may be from the most."""
    if not problem.demands or not problem.axis.nights:
        return {}, 0
    by_hand = problem.by_hand()
    if len(by_hand) == len(problem.demands):
        return by_hand, 0
    weights = _weights(problem.demands)
    nights, search = problem.nights(), _solver(problem.rules.seconds * 0.1)
    nights.model.maximize(sum(weights[name] * choice.present for name, choice in nights.choices.items()))
    if search.solve(nights.model) == _optimal():  # nobody can place more than this: is there a plan for just these?
        most = [name for name, choice in nights.choices.items() if search.value(choice.present)]
        again = problem.only(most).by_hand()
        if len(again) == len(most):
            return again, 0
        by_hand = max(by_hand, again, key=lambda placed: sum(weights[name] for name in placed))
    stages = _Stages(problem, by_hand)
    stages.reach(0.2, sum(weights[name] * choice.present for name, choice in stages.scene.choices.items()), most=True)
    return stages.placed, stages.gap


def _improve(problem: Problem, placed: Placements) -> tuple[Placements, float]:
    """All of these in a plan that ends early, then each early, then with copies that needn't keep up for long."""
    by_hand = problem.by_hand()
    if len(by_hand) == len(placed) and _last(by_hand) <= _last(placed):
        placed = by_hand
    short = problem.until(_last(placed))
    stages, days = _Stages(short, placed), _days(short.axis)
    choices, model = stages.scene.choices, stages.scene.model
    last = model.new_int_var(1, max(days), "last day")
    for choice in choices.values():
        model.add(choice.present == 1)
        model.add(last >= choice.sum(days))
    stages.reach(0.2, last)
    stages.reach(0.5, sum((ASKED if choice.demand.slot else UNASKED) * choice.sum(days) for choice in choices.values()))
    return tidy(stages.placed, problem.demands, problem.axis, problem.rules, problem.holds), stages.gap


class _Stages:
    """One stage after the other on the same model; what was found is the next one's hint."""

    def __init__(self, problem: Problem, placed: Placements) -> None:
        self.scene = problem.scene()
        self.placed = placed
        self.gap = 0.0
        self._seconds = problem.rules.seconds

    def reach(self, part: float, goal: cp_model.LinearExprT, *, most: bool = False) -> None:
        """Reach for the goal within this part of the time, and hold what was reached."""
        from ortools.sat.python import cp_model

        model, solver = self.scene.model, _solver(self._seconds * part)
        self._hint()
        model.clear_objective()  # type: ignore[no-untyped-call]
        if most:
            model.maximize(goal)
        else:
            model.minimize(goal)
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self.gap = UNKNOWN_GAP
            return
        reached, bound = solver.objective_value, solver.best_objective_bound
        self.gap = max(self.gap, abs(reached - bound) / max(1.0, abs(reached)))
        model.add(goal >= round(reached) if most else goal <= round(reached))
        self.placed = self._read(solver)

    def _hint(self) -> None:
        model = self.scene.model
        model.clear_hints()  # type: ignore[no-untyped-call]
        for name, choice in self.scene.choices.items():
            mine, times = self.placed.get(name), self.scene.times[name]
            hints = [
                (choice.present, mine is not None),
                (times.copy, mine.copy if mine else 0),
                (times.cutover, mine.cutover if mine else 0),
            ]
            hints += [(chosen, mine is not None and mine.night == number) for number, chosen in choice.night.items()]
            for variable, value in hints:
                model.add_hint(variable, int(value))

    def _read(self, solver: cp_model.CpSolver) -> Placements:
        found = {}
        for name, choice in self.scene.choices.items():
            night, times = next((number for number, chosen in choice.night.items() if solver.value(chosen)), None), self.scene.times[name]
            if night is not None:
                found[name] = Placement(night, int(solver.value(times.copy)), int(solver.value(times.cutover)))
        return found


def _solver(seconds: float) -> cp_model.CpSolver:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    solver.parameters.cp_model_probing_level = 0  # it costs seconds on a thousand nights, and the linear bounds say it all
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = seconds
    solver.parameters.max_time_in_seconds = seconds * CLOCK
    return solver


def _optimal() -> cp_model.CpSolverStatus:
    from ortools.sat.python import cp_model

    return cp_model.OPTIMAL


def _last(placed: Placements) -> int:
    return max(placement.night for placement in placed.values())


def _days(axis: Axis) -> list[int]:
    """For each night how many days after the plan's begin it is, from 1."""
    first = axis.begin.date()
    return [(night.date - first).days + 1 for night in axis.nights]


def _weights(demands: tuple[Demand, ...]) -> dict[str, int]:
    """Requests with a latest date first, then requests, then the others; at equal numbers, who asked first."""
    count = len(demands)
    classes = [2 * count, (2 * count) ** 2 * 2, (2 * count) ** 3 * 4]
    rank = {demand.name: classes[2 if demand.slot and demand.latest else 1 if demand.slot else 0] for demand in demands}
    return {demand.name: rank[demand.name] + count - place for place, demand in enumerate(demands)}
