"""What every line carries: demands sent over the shortest ways, split evenly where several are equally short (ECMP). Pure.

Judged per direction against what the line carries (`rate_mbit`). Evenly is what routers aim at by hashing flows; a few
large flows can fall on one line, which no model of averages shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from city.model import City
from network.simulate.demand import Demand
from network.simulate.graph import FAR, NOTHING, Graph, Without

Flow = dict[tuple[int, int], float]
"""Mbit/s by number of the line, and the node that sends over it."""


@dataclass(frozen=True, slots=True)
class LinkLoad:
    """A line's load in Mbit/s from its end `a` to `b`, and back."""

    link: str
    rate_mbit: int
    there: float = 0.0
    back: float = 0.0

    @property
    def use(self) -> float:
        """Of the busier direction, as a share of what the line carries."""
        return max(self.there, self.back) / self.rate_mbit


@dataclass(frozen=True)
class Routed:
    """All demands on their ways: by target, so that a failure is worked out only for the targets that it touches."""

    graph: Graph
    by_target: Mapping[str, Sequence[Demand]]
    flows: Mapping[str, Flow]
    unrouted: tuple[Demand, ...] = ()
    total: Flow = field(default_factory=dict)


def route(graph: Graph, demands: Iterable[Demand]) -> Routed:
    """Send every demand over the shortest ways."""
    by_target: dict[str, list[Demand]] = defaultdict(list)
    for demand in demands:
        by_target[demand.end].append(demand)
    flows, unrouted = {}, []
    for target, wanted in by_target.items():
        flows[target], lost = flow_to(graph, target, wanted)
        unrouted += lost
    return Routed(graph, by_target, flows, tuple(unrouted), _sum(flows.values()))


def reroute(routed: Routed, without: Without) -> Flow:
    """The same demands once this has failed; those from or to a failed node are no demands any more."""
    graph = routed.graph
    hit = {number for number, edge in enumerate(graph.edges) if edge.link == without.link}
    gone = graph.number.get(without.node, -1)
    if gone >= 0:
        hit = {number for _peer, _cost, number in graph.hops[gone]}
    touched = {target for target, flow in routed.flows.items() if any(edge in hit for edge, _sender in flow)}
    kept = [flow for target, flow in routed.flows.items() if target not in touched]
    fresh = []
    for target in touched:
        left = [demand for demand in routed.by_target[target] if without.node not in (demand.start, demand.end)]
        fresh.append(flow_to(graph, target, left, without)[0])
    return _sum([*kept, *fresh])


def flow_to(graph: Graph, target: str, demands: Iterable[Demand], without: Without = NOTHING) -> tuple[Flow, list[Demand]]:
    """What the demands to one target put on each line, and those that find no way."""
    flow: Flow = defaultdict(float)
    end = graph.number.get(target, -1)
    if end < 0:
        return flow, list(demands)
    distance = graph.distances(end, without)
    inflow, lost = [0.0] * len(graph.names), []
    for demand in demands:
        start = graph.number.get(demand.start, -1)
        if start < 0 or distance[start] >= FAR:
            lost.append(demand)
        else:
            inflow[start] += demand.mbit
    cut = without.link
    for node in sorted(range(len(inflow)), key=lambda node: -distance[node]):
        if not inflow[node] or node == end:
            continue
        nearer = [
            (peer, number)
            for peer, cost, number in graph.hops[node]
            if distance[peer] + cost == distance[node] and not (cut and graph.edges[number].link == cut)
        ]
        for peer, number in nearer:
            inflow[peer] += inflow[node] / len(nearer)
            flow[number, node] += inflow[node] / len(nearer)
    return flow, lost


def loads(city: City, graph: Graph, flow: Flow) -> dict[str, LinkLoad]:
    """Every line of the city with what it carries, in the city's order; a line without neighbours carries nothing."""
    found = {link.name: LinkLoad(link.name, link.rate_mbit) for link in city.links}
    for number, edge in enumerate(graph.edges):
        there, back = flow.get((number, edge.a), 0.0), flow.get((number, edge.b), 0.0)
        found[edge.link] = LinkLoad(edge.link, found[edge.link].rate_mbit, there, back)
    return found


def _sum(flows: Iterable[Flow]) -> Flow:
    total: Flow = defaultdict(float)
    for flow in flows:
        for key, mbit in flow.items():
            total[key] += mbit
    return total
