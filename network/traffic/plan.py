"""Traffic planned: the demands, the costs that relieve the busiest lines, and what every line carries before and after. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from city.model import City
from network.compare import targets
from network.intent.router import cost_of
from network.rollout import Rollout
from network.simulate.gateways import gateways
from network.simulate.graph import Graph, graph_of
from network.simulate.load import LinkLoad, loads, reroute, route
from network.simulate.measured import Measured, demands_of
from network.simulate.reach import failures
from network.simulate.read import read_world
from network.simulate.world import IPV4
from network.traffic.board import Board, board
from network.traffic.search import Search
from ops.plan import JsonObject

FLOOR, MOST, SEED = 0.5, 600, 1
"""Lines under half of what they carry are left alone; boards looked at; where chance begins."""


@dataclass(frozen=True)
class TrafficPlan:
    """Costs as they shall be, and what they do."""

    city: City
    before: Board
    after: Board
    declared: Mapping[str, int]
    """The costs that were declared when this was planned."""
    changed: Mapping[str, int]
    tried: int
    source: str
    seed: int

    @property
    def costs(self) -> dict[str, int]:
        """All costs to be declared: those that differ from what the line's rate gives."""
        wanted = {**self.declared, **self.changed}
        return {link: cost for link, cost in sorted(wanted.items()) if cost != cost_of(self.city.link_by_name[link].rate_mbit)}

    @property
    def routers(self) -> tuple[str, ...]:
        """The routers that get other costs, in the city's order."""
        ends = {end.node for link in self.changed for end in (self.city.link_by_name[link].a, self.city.link_by_name[link].b)}
        return tuple(name for name in self.city.router_by_name if name in ends)

    @cached_property
    def worst(self) -> tuple[float, float]:
        """The busiest line at the worst single failure, before and after."""
        return _worst(self.city, self.before), _worst(self.city, self.after)

    def lines(self) -> list[tuple[LinkLoad, LinkLoad]]:
        """Every line before and after, those first that were busiest."""
        both = [(load, self.after.loads[name]) for name, load in self.before.loads.items()]
        return sorted(both, key=lambda pair: (-max(pair[0].use, pair[1].use), pair[0].link))

    def as_data(self, *, most: int = 0) -> JsonObject:
        return {
            "source": self.source,
            "seed": self.seed,
            "tried": self.tried,
            "changes": [{"link": link, "before": self.before.cost(link), "after": cost} for link, cost in self.changed.items()],
            "routers": list(self.routers),
            "busiest_before": round(_busiest(self.before), 4),
            "busiest_after": round(_busiest(self.after), 4),
            "worst_before": round(self.worst[0], 4),
            "worst_after": round(self.worst[1], 4),
            "links": [_line(before, after) for before, after in self.lines()[: most or None]],
        }


def plan_traffic(
    city: City, rollout: Rollout, measured: Measured | None = None, *, floor: float = FLOOR, most: int = MOST, seed: int = SEED
) -> TrafficPlan:
    """Costs that relieve the busiest lines, beginning with those that are declared."""
    graph = _graph(city, rollout)
    source = "planned" if measured is None else "measured demands" if measured.sent is None else "measured lines"
    start = board(city, graph, demands_of(city, graph, measured))
    found = Search(start, floor=floor, most=most, seed=seed).run()
    return TrafficPlan(city, start, found.board, rollout.costs, found.costs, found.tried, source, seed)


def plan_reset(city: City, rollout: Rollout, measured: Measured | None = None) -> TrafficPlan:
    """The costs that the lines' rates give, for every link."""
    graph = _graph(city, rollout)
    start = board(city, graph, demands_of(city, graph, measured))
    usual = {
        link: cost_of(city.link_by_name[link].rate_mbit) for link in rollout.costs if link in city.link_by_name and link in start.number
    }
    end = start
    for link, cost in usual.items():
        end = end.with_cost(link, cost)
    return TrafficPlan(city, start, end, rollout.costs, usual, 0, "reset", 0)


def _graph(city: City, rollout: Rollout) -> Graph:
    trees = targets(city, rollout, list(city.router_by_name))
    return graph_of(city, {**read_world(city, trees), **gateways(city)}, IPV4)


def _worst(city: City, at: Board) -> float:
    routed = route(at.graph, [demand for demands in at.by_target.values() for demand in demands])
    found = [loads(city, at.graph, reroute(routed, without)) for without in failures(city)]
    return max((load.use for one in found for load in one.values()), default=0.0)


def _busiest(at: Board) -> float:
    return max((load.use for load in at.loads.values()), default=0.0)


def _line(before: LinkLoad, after: LinkLoad) -> JsonObject:
    return {
        "link": before.link,
        "rate_mbit": before.rate_mbit,
        "before": round(before.use, 4),
        "after": round(after.use, 4),
        "there_mbit": round(after.there, 2),
        "back_mbit": round(after.back, 2),
    }
