"""Where traffic goes: equal ways share evenly, a failure moves it, and lines' rates are explained by demands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from city.load import load_city
from network.compare import targets
from network.rollout import Rollout
from network.simulate.demand import Demand, planned
from network.simulate.gateways import gateways
from network.simulate.graph import Edge, Graph, Without, graph_of
from network.simulate.load import loads, reroute, route
from network.simulate.measured import fit, read_measured
from network.simulate.read import read_world
from network.simulate.world import IPV4
from ops.errors import CitynodeError

CITY = load_city("tiny")
SQUARE = Graph(("a", "b", "c", "d"), (Edge("ab", 0, 1, 1, 1), Edge("ac", 0, 2, 1, 1), Edge("bd", 1, 3, 1, 1), Edge("cd", 2, 3, 1, 5)))


def graph() -> Graph:
    world = {**read_world(CITY, targets(CITY, Rollout(), list(CITY.router_by_name))), **gateways(CITY)}
    return graph_of(CITY, world, IPV4)


def test_equal_ways_share_and_the_way_back_may_differ() -> None:
    there = route(SQUARE, [Demand("a", "d", 8)]).total
    assert dict(there) == {(0, 0): 4, (1, 0): 4, (2, 1): 4, (3, 2): 4}
    back = route(SQUARE, [Demand("d", "a", 8)]).total  # leaving d over cd costs 5: everything goes by b
    assert dict(back) == {(2, 3): 8, (0, 1): 8}


def test_a_failure_moves_what_it_touches_and_ends_what_came_from_it() -> None:
    routed = route(SQUARE, [Demand("a", "d", 8), Demand("b", "d", 3)])
    assert dict(reroute(routed, Without(link="ab"))) == {(1, 0): 8, (3, 2): 8, (2, 1): 3}
    assert dict(reroute(routed, Without(node="b"))) == {(1, 0): 8, (3, 2): 8}


def test_rerouting_is_the_same_as_routing_the_network_without_the_part() -> None:
    whole, demands = graph(), planned(CITY)
    routed = route(whole, demands)
    for link in CITY.links:
        left = Graph(whole.names, tuple(edge for edge in whole.edges if edge.link != link.name))
        fresh = loads(CITY, left, route(left, demands).total)
        again = loads(CITY, whole, reroute(routed, Without(link=link.name)))
        assert {name: (pytest.approx(load.there), pytest.approx(load.back)) for name, load in fresh.items()} == {
            name: (load.there, load.back) for name, load in again.items()
        }


def test_nothing_of_the_planned_demand_is_lost() -> None:
    demands = planned(CITY)
    assert sum(demand.mbit for demand in demands if demand.start == "dc1" and demand.end == "internet") == 25
    routed = route(graph(), demands)
    arriving = sum(mbit for (number, sender), mbit in routed.total.items() if "internet" in _far_end(routed.graph, number, sender))
    assert (routed.unrouted, arriving) == ((), pytest.approx(sum(demand.mbit for demand in demands if demand.end == "internet")))


def _far_end(whole: Graph, number: int, sender: int) -> str:
    edge = whole.edges[number]
    return whole.names[edge.b if edge.a == sender else edge.a]


def test_measured_lines_scale_the_plan_until_it_explains_them() -> None:
    whole, truth = graph(), [Demand(one.start, one.end, one.mbit * (3 if one.end == "internet" else 1)) for one in planned(CITY)]
    carried = route(whole, truth).total
    sent = {(whole.edges[number].link, whole.names[node]): mbit for (number, node), mbit in carried.items()}
    found = route(whole, fit(whole, planned(CITY), sent)).total
    assert found == {key: pytest.approx(mbit, rel=0.02) for key, mbit in carried.items()}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no file of measured traffic"),
        ('{"top": [{"link": "core1-dc9", "forward_mbit": 1, "backward_mbit": 1}]}', "there is no link named 'core1-dc9'"),
        ('{"demands": [{"from": "dc1", "to": "nowhere", "mbit": 1}]}', "there is no router or site named 'nowhere'"),
        ('{"demands": [{"from": "dc1", "mbit": 1}]}', "'to' is missing or no figure"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "traffic.json"
    path.write_text(text)
    with pytest.raises(CitynodeError, match=message):
        read_measured(CITY, path)


def test_what_mon_top_prints_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "traffic.json"
    path.write_text(json.dumps({"top": [{"link": "core1-dc1", "forward_mbit": 2.5, "backward_mbit": None}]}))
    assert read_measured(CITY, path).sent == {("core1-dc1", "core1"): 2.5}
