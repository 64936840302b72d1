"""Who is whose neighbour in one family, and the shortest ways between them. Pure, and quick: nodes and lines are numbers.

A line costs what the interface costs over which it is left, so the two directions may differ (RFC 2328, section 16.1).
`Without` takes one line or one node away: that is how single failures are asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush

from city.model import City
from network.simulate.world import World

FAR = 1 << 40
"""Farther than any way."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A line whose ends are neighbours; costs are those of leaving `a` and `b`."""

    link: str
    a: int
    b: int
    cost_a: int
    cost_b: int


@dataclass(frozen=True, slots=True)
class Without:
    """What has failed: a line, a node, or nothing."""

    link: str = ""
    node: str = ""

    def __str__(self) -> str:
        return self.link or self.node


NOTHING = Without()

Hop = tuple[int, int, int]
"""The neighbour, the cost of going there, and the number of the line."""


@dataclass(frozen=True)
class Graph:
    """The neighbourships of one family and plane."""

    names: tuple[str, ...]
    edges: tuple[Edge, ...]

    @cached_property
    def number(self) -> Mapping[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def hops(self) -> tuple[tuple[Hop, ...], ...]:
        """Each node's neighbours."""
        found: list[list[Hop]] = [[] for _name in self.names]
        for number, edge in enumerate(self.edges):
            found[edge.a].append((edge.b, edge.cost_a, number))
            found[edge.b].append((edge.a, edge.cost_b, number))
        return tuple(tuple(hops) for hops in found)

    @cached_property
    def _edge_number(self) -> Mapping[str, int]:
        return {edge.link: number for number, edge in enumerate(self.edges)}

    def islands(self, without: Without = NOTHING) -> list[int]:
        """Each node's island: nodes with the same number reach each other; a failed node is on none (-1)."""
        gone, cut = self.number.get(without.node, -1), self._edge_number.get(without.link, -1)
        island = [-1] * len(self.names)
        for start in range(len(self.names)):
            if island[start] >= 0 or start == gone:
                continue
            island[start], frontier = start, [start]
            while frontier:
                for peer, _cost, edge in self.hops[frontier.pop()]:
                    if island[peer] < 0 and peer != gone and edge != cut:
                        island[peer] = start
                        frontier.append(peer)
        return island

    def distances(self, target: int, without: Without = NOTHING) -> list[int]:
        """The cost of each node's shortest way to the target; FAR where there is none."""
        gone, cut = self.number.get(without.node, -1), self._edge_number.get(without.link, -1)
        distance = [FAR] * len(self.names)
        if target == gone:
            return distance
        distance[target], queue = 0, [(0, target)]
        while queue:
            far, node = heappop(queue)
            if far > distance[node]:
                continue
            for peer, _cost, number in self.hops[node]:
                if number == cut or peer == gone:
                    continue
                edge = self.edges[number]
                fresh = far + (edge.cost_a if edge.a == peer else edge.cost_b)
                if fresh < distance[peer]:
                    distance[peer] = fresh
                    heappush(queue, (fresh, peer))
        return distance


def graph_of(city: City, world: World, family: int) -> Graph:
    """The neighbourships over the city's lines, in this family."""
    names = tuple(name for name in (*city.router_by_name, *city.site_by_name) if name in world)
    number = {name: place for place, name in enumerate(names)}
    edges = []
    for link in city.links:
        ends = [world[end.node].ports.get(end.interface) if end.node in world else None for end in (link.a, link.b)]
        a, b = ends
        if a is None or b is None or not a.is_neighbour(b, family):
            continue
        edges.append(Edge(link.name, number[link.a.node], number[link.b.node], a.routing[family].cost, b.routing[family].cost))
    return Graph(names, tuple(edges))
