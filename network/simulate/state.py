"""One world, judged: reach, survival, isolation, parity and load. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from city.model import City
from network.simulate.demand import Demand
from network.simulate.graph import Graph, Without, graph_of
from network.simulate.inside import plane_survival, planes_in_use
from network.simulate.isolation import leaks, unlike_filters
from network.simulate.load import LinkLoad, Routed, loads, reroute, route
from network.simulate.measured import Measured, demands_of
from network.simulate.reach import Survival, failures, pairs, survival
from network.simulate.world import BASE, FAMILIES, IPV4, World


@dataclass(frozen=True, slots=True)
class Worst:
    """A line at its busiest, and the failure that makes it so."""

    load: LinkLoad
    when: Without


@dataclass(frozen=True)
class State:
    """What holds in one world."""

    city: City
    world: World
    measured: Measured | None = None

    @cached_property
    def graphs(self) -> Mapping[int, Graph]:
        """The neighbourships, by family."""
        return {family: graph_of(self.city, self.world, family) for family in FAMILIES}

    @cached_property
    def survivals(self) -> Mapping[tuple[str, int], Survival]:
        """Reach now and under every single failure, by plane and family; the network that carries the planes first."""
        wanted, broken = pairs(self.city), failures(self.city)
        found = {(BASE, family): survival(graph, self.world, wanted, family, broken) for family, graph in self.graphs.items()}
        carrier = self.graphs[IPV4]
        for plane in planes_in_use(self.city):
            for family in FAMILIES:
                found[plane, family] = plane_survival(self.city, self.world, carrier, family, plane=plane, broken=broken)
        return found

    @cached_property
    def leaks(self) -> frozenset[str]:
        """Where planes touch that must not."""
        return leaks(self.city, self.world)

    @cached_property
    def unlike(self) -> frozenset[str]:
        """Filters whose families don't say the same."""
        return unlike_filters(self.world)

    @cached_property
    def routed(self) -> Routed:
        """The demands on their ways: over IPv4, whose lines IPv6 shares."""
        graph = self.graphs[IPV4]
        demands: tuple[Demand, ...] = demands_of(self.city, graph, self.measured)
        return route(graph, demands)

    @cached_property
    def loads(self) -> Mapping[str, LinkLoad]:
        """What every line carries when nothing has failed."""
        return loads(self.city, self.routed.graph, self.routed.total)

    @cached_property
    def worst(self) -> Mapping[str, Worst]:
        """What every line carries at the worst single failure; minutes of the year, so not a promise, but to be known."""
        found = {link: Worst(load, Without()) for link, load in self.loads.items()}
        for without in failures(self.city):
            for link, load in loads(self.city, self.routed.graph, reroute(self.routed, without)).items():
                if load.use > found[link].load.use:
                    found[link] = Worst(load, without)
        return found
