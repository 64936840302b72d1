"""Demands on the network at a set of link costs, cheap to ask again with one cost changed. Pure.

What a cost change leaves alone is kept: a target's flows are worked out anew only where the link lies, or would come to lie,
on a shortest way to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from city.model import City
from network.simulate.demand import Demand
from network.simulate.graph import Edge, Graph
from network.simulate.load import Flow, LinkLoad, flow_to, loads


@dataclass(frozen=True)
class Way:
    """The flows to one target, and every node's distance to it."""

    flow: Flow
    distance: Sequence[int]


@dataclass(frozen=True)
class Board:
    """One set of costs and what it does to the lines."""

    city: City
    graph: Graph
    by_target: Mapping[str, Sequence[Demand]]
    ways: Mapping[str, Way]

    @cached_property
    def loads(self) -> Mapping[str, LinkLoad]:
        total: Flow = defaultdict(float)
        for way in self.ways.values():
            for key, mbit in way.flow.items():
                total[key] += mbit
        return loads(self.city, self.graph, total)

    @cached_property
    def number(self) -> Mapping[str, int]:
        """A link's number in the graph."""
        return {edge.link: number for number, edge in enumerate(self.graph.edges)}

    def cost(self, link: str) -> int:
        """The cost of a link, as its routers have it."""
        edge = self.graph.edges[self.number[link]]
        return edge.cost_a if self.graph.names[edge.a] in self.city.router_by_name else edge.cost_b

    def with_cost(self, link: str, cost: int) -> Board:
        """The board with this cost at the routers' ends of the link."""
        number = self.number[link]
        old = self.graph.edges[number]
        routers = self.city.router_by_name
        new = replace(
            old,
            cost_a=cost if self.graph.names[old.a] in routers else old.cost_a,
            cost_b=cost if self.graph.names[old.b] in routers else old.cost_b,
        )
        graph = Graph(self.graph.names, (*self.graph.edges[:number], new, *self.graph.edges[number + 1 :]))
        ways = {
            target: _way(graph, target, self.by_target[target]) if _matters(way.distance, old, new) else way
            for target, way in self.ways.items()
        }
        return Board(self.city, graph, self.by_target, ways)


def board(city: City, graph: Graph, demands: Iterable[Demand]) -> Board:
    """The demands on their shortest ways."""
    by_target: dict[str, list[Demand]] = defaultdict(list)
    for demand in demands:
        if demand.end in graph.number:
            by_target[demand.end].append(demand)
    return Board(city, graph, by_target, {target: _way(graph, target, wanted) for target, wanted in by_target.items()})


def _way(graph: Graph, target: str, demands: Sequence[Demand]) -> Way:
    return Way(flow_to(graph, target, demands)[0], graph.distances(graph.number[target]))


def _matters(distance: Sequence[int], old: Edge, new: Edge) -> bool:
    """Whether the line is on a shortest way to the target, or comes to be on one."""
    for near, far, before, after in ((old.b, old.a, old.cost_a, new.cost_a), (old.a, old.b, old.cost_b, new.cost_b)):
        if before != after and distance[near] + min(before, after) <= distance[far]:
            return True
    return False
