"""The four levels with two cores and two lines (双核心、双链路), and what the lines carry against what the plan asks.

Levels that the plan wants dual-homed: province, county, town (vertical), and every site that hangs on the cores. A city
with a single province router can't have its province side dual-homed; that is noted, not refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from city.finding import Finding, Severity
from city.model import City, Level, RouterRole, SiteKind
from ops.language import _, word

if TYPE_CHECKING:
    from networkx import Graph

DEMANDED_MBIT = {Level.PROVINCE: 10_000, Level.COUNTY: 1_000, Level.TOWN: 100, Level.ACCESS: 100}
"""What the plan asks of each level, plan 四(一)1(2): 万兆到省、千兆到县、百兆到镇, horizontal 千兆、百兆."""

UPWARD = {
    RouterRole.PROVINCE: {RouterRole.CORE},
    RouterRole.CORE: {RouterRole.PROVINCE, RouterRole.CORE},
    RouterRole.AGGREGATION: {RouterRole.CORE, RouterRole.AGGREGATION},
    RouterRole.TOWN: {RouterRole.AGGREGATION},
}
"""Whose lines make a router dual-homed."""


def every_node_is_dual_homed(city: City) -> Iterator[Finding]:
    """Two lines to two different routers of the level above."""
    single_pe = sum(router.role is RouterRole.PROVINCE for router in city.routers) < 2
    for index, router in enumerate(city.routers):
        up = {
            peer
            for peer in _peers(city, router.name)
            if peer in city.router_by_name and city.router_by_name[peer].role in UPWARD[router.role]
        }
        if len(up) < 2:
            yield Finding(
                "single-homed",
                _("{role} router '{name}' has lines to {value} only").format(role=word(router.role), name=router.name, value=_names(up)),
                _("the plan asks for two lines to two routers"),
                ("routers", index),
            )
    for index, site in enumerate(city.sites):
        up = {peer for peer in _peers(city, site.name) if peer in city.router_by_name}
        if len(up) < 2:
            excused = single_pe and site.kind is SiteKind.PROVINCE
            yield Finding(
                "single-homed",
                _("'{name}' has lines to {value} only").format(name=site.name, value=_names(up)),
                _("the plan asks for two lines to two routers"),
                ("sites", index),
                severity=Severity.NOTE if excused else Severity.ERROR,
            )


def any_one_failure_is_survived(city: City) -> Iterator[Finding]:
    """No single router and no single line cuts anything else off."""
    import networkx as nx

    graph = _graph(city)
    if graph.number_of_nodes() and not nx.is_connected(graph):
        core = next((router.name for router in city.routers if router.role is RouterRole.CORE), None)
        apart = set(graph) - (nx.node_connected_component(graph, core) if core else set())
        yield Finding(
            "apart", _("{value} can't be reached from the cores").format(value=_names(apart)), _("join them with links"), ("links",)
        )
        return
    order = {router.name: index for index, router in enumerate(city.routers)}
    single_pe = sum(router.role is RouterRole.PROVINCE for router in city.routers) < 2
    for name in sorted(nx.articulation_points(graph), key=lambda name: order.get(name, -1)):
        if name in order:
            excused = single_pe and city.router_by_name[name].role is RouterRole.PROVINCE
            yield Finding(
                "single-point",
                _("the loss of '{name}' cuts others off").format(name=name),
                _("add a second way round it"),
                ("routers", order[name]),
                severity=Severity.NOTE if excused else Severity.ERROR,
            )


def lines_reach_the_planned_rate(city: City) -> Iterator[Finding]:
    """Nothing is planned below what the plan demands; lines that aren't there yet are noted, level by level."""
    behind: dict[Level, list[int]] = {}
    for index, link in enumerate(city.links):
        planned = link.planned_mbit or link.rate_mbit
        demanded = DEMANDED_MBIT.get(link.level, 0)
        if planned < link.rate_mbit:
            yield Finding(
                "rate",
                _("planned {planned} Mbit/s is less than today's {rate_mbit}").format(planned=planned, rate_mbit=link.rate_mbit),
                _("plan at least what is there"),
                ("links", index, "planned_mbit"),
            )
        elif planned < demanded:
            yield Finding(
                "rate",
                _("{planned} Mbit/s is less than the plan's {demanded} for level '{level}'").format(
                    planned=planned, demanded=demanded, level=link.level
                ),
                _("set planned_mbit to {demanded} or more").format(demanded=demanded),
                ("links", index),
            )
        elif link.rate_mbit < planned:
            behind.setdefault(link.level, []).append(index)
    for level, indexes in behind.items():
        slowest = min(city.links[index].rate_mbit for index in indexes)
        yield Finding(
            "behind-plan",
            _("{count} lines of level '{level}' carry less than planned, the slowest {slowest} Mbit/s").format(
                count=len(indexes), level=level, slowest=slowest
            ),
            _("they limit moves until they are upgraded"),
            ("links", indexes[0]),
            severity=Severity.NOTE,
        )


def _peers(city: City, node: str) -> set[str]:
    return {link.b.node if link.a.node == node else link.a.node for link in city.links_of(node)}


def _graph(city: City) -> Graph[Any]:
    import networkx as nx

    graph: Graph[Any] = nx.Graph()
    graph.add_nodes_from([*city.router_by_name, *city.site_by_name])
    graph.add_edges_from((link.a.node, link.b.node) for link in city.links)
    return graph


def _names(names: set[str]) -> str:
    ordered = sorted(names)
    more = _(" and {count} more").format(count=len(ordered) - 5) if len(ordered) > 5 else ""
    return ", ".join(ordered[:5]) + more if ordered else _("nothing")
