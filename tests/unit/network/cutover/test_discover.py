"""What is found in a private network against what the city says of it."""

from __future__ import annotations

import json
from ipaddress import IPv4Address

import pytest

from network.cutover.discover import Found, judge, nameless, seen
from network.cutover.errors import Undecided
from network.cutover.lines import joining, with_lines
from network.cutover.plan import Cutover
from network.devices.shells import FakeShells
from network.dialect import dialect
from network.tree import Tree
from tests.unit.network.cutover.conftest import CASES

Answering = dict[str, tuple[IPv4Address, ...]]
ALL: Answering = {"servers": (IPv4Address("10.17.1.10"),), "offices": (IPv4Address("10.16.1.20"),)}


def running(cut: Cutover, old: str = "", new: str = "") -> dict[str, Tree]:
    text = (CASES / "found" / "finance-gw.running").read_text(encoding="utf-8")
    assert old in text
    return {"finance-gw": dialect(cut.merged.router_by_name["finance-gw"].dialect).parse(text.replace(old, new, 1) if old else text)}


def told(cut: Cutover, trees: dict[str, Tree], answering: Answering) -> list[tuple[str, str, bool]]:
    return [(each.place, each.text, each.blocks) for each in judge(cut, trees, answering)]


def test_network_as_the_city_says_has_no_difference_before_and_half_way(finance: Cutover) -> None:
    assert told(finance, running(finance), ALL) == []
    joined = {name: with_lines(tree, joining(finance, name)) for name, tree in running(finance).items()}
    assert told(finance, joined, ALL) == []


def test_other_address_on_the_router_has_to_be_decided(finance: Cutover) -> None:
    found = told(finance, running(finance, "10.17.1.1/24", "10.17.9.1/24"), ALL)
    assert found == [
        ("finance-gw", "lan0 has 10.17.9.1/24, the city says 10.17.1.1/24", True),
        ("finance-gw", "lan0 has 10.17.9.1/24, of which the city says nothing", True),
    ]


def test_local_network_that_nobody_named_would_be_left_behind(finance: Cutover) -> None:
    trees = running(finance, "interface lan1\n", "interface lan2\n ip address 192.168.77.1/24\nexit\n!\ninterface lan1\n")
    assert told(finance, trees, ALL) == [("finance-gw", "lan2 has 192.168.77.1/24, of which the city says nothing", True)]


def test_static_route_is_told_and_does_not_stop(finance: Cutover) -> None:
    trees = running(finance, "interface lan0\n", "ip route 10.99.0.0/16 10.17.1.254\n!\ninterface lan0\n")
    assert told(finance, trees, ALL) == [
        ("finance-gw", "it has 'ip route 10.99.0.0/16 10.17.1.254', of which the city says nothing", False)
    ]


def test_unknown_host_stops_renumbering_but_not_translation(finance: Cutover) -> None:
    """A translated range takes everybody along; a renumbered one loses whom nobody renumbers."""
    more: Answering = {"servers": (*ALL["servers"], IPv4Address("10.17.1.77")), "offices": (*ALL["offices"], IPv4Address("10.16.1.77"))}
    assert told(finance, running(finance), more) == [
        ("servers (10.17.1.0/24)", "10.17.1.77 answers and the city doesn't know it", False),
        ("offices (10.16.1.0/24)", "10.16.1.77 answers and the city doesn't know it; renumbering would lose it", True),
    ]


def test_silent_host_stops_it_with_everything_at_once(finance: Cutover) -> None:
    found = Found({}, {}, tuple(judge(finance, running(finance), {})))
    with pytest.raises(Undecided) as refused:
        found.raise_on_blocking("finance")
    assert refused.value.why == (
        "servers (10.17.1.0/24): finance-budget at 10.17.1.10 does not answer; "
        "offices (10.16.1.0/24): finance-treasury at 10.16.1.20 does not answer"
    )
    assert (refused.value.exit_code, refused.value.hint.split("; then: ")[1]) == (5, "citynode net cutover plan finance")


def test_those_in_the_neighbour_table_count_as_well_as_those_that_answer(finance: Cutover) -> None:
    """Many a host answers no echo: the router knows it all the same. A failed entry is nobody, the router itself is no host."""
    table = [
        {"dst": "10.17.1.30", "lladdr": "02:00:00:00:00:30", "state": ["STALE"]},
        {"dst": "10.17.1.31", "state": ["FAILED"]},
        {"dst": "10.99.0.1", "lladdr": "02:00:00:00:00:99", "state": ["REACHABLE"]},
    ]
    shells = FakeShells(lambda _host, _script, _arguments: "10.17.1.1\n10.17.1.10\n" + json.dumps(table) + "\n")
    item = finance.network.ranges[0]
    assert [str(address) for address in seen(shells, item)] == ["10.17.1.10", "10.17.1.30"]


def test_names_that_nobody_could_switch_stop_it_and_a_network_without_names_needs_no_server(finance: Cutover) -> None:
    assert [(each.place, each.text, each.blocks) for each in nameless(finance, None, ())] == [
        ("tiny.gov.example", "the access file names no name server, and hosts have names to switch: add `dns`", True)
    ]
    hosts = tuple(host.model_copy(update={"names": ()}) for host in finance.network.hosts)
    network = finance.network.model_copy(update={"hosts": hosts})
    assert nameless(Cutover(finance.city, network), None, ()) == []
