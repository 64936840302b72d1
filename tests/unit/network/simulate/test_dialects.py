"""The same city in every dialect is the same network; what a vendor's line changes is seen as well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from city.load import load_city
from city.model import City, Dialect
from network.compare import targets
from network.dialect import dialect
from network.rollout import Rollout
from network.simulate.main import judge
from network.simulate.read import after_push, read_box
from network.simulate.world import IPV4, IPV6
from network.tree import Node, Tree

VENDORS = [Dialect.VRP8, Dialect.VRP5, Dialect.COMWARE7]


def city_of(spoken: Dialect) -> City:
    city = load_city("tiny")
    return city.model_copy(update={"routers": tuple(router.model_copy(update={"dialect": spoken}) for router in city.routers)})


def trees(city: City) -> dict[str, Tree]:
    return targets(city, Rollout(frozenset(city.router_by_name)), list(city.router_by_name))


@pytest.mark.parametrize("spoken", VENDORS)
def test_every_dialect_makes_the_same_network(spoken: Dialect) -> None:
    plain = trees(city_of(Dialect.FRR))
    city = city_of(spoken)
    for name, tree in trees(city).items():
        ours, theirs = read_box(city_of(Dialect.FRR), name, plain[name]), read_box(city, name, tree)
        for port in ours.ports.values():
            twin = theirs.ports[port.name]
            assert (twin.ipv4, twin.ipv6, twin.is_up) == (port.ipv4, port.ipv6, port.is_up)
            if port.name in {"lo", "lan0"}:
                assert all(twin.routing[family].passive for family in (IPV4, IPV6))
            else:
                assert twin.routing == port.routing
    verdict = judge(city, trees(city), trees(city))
    assert [round(one.after, 3) for one in verdict.promises] == [1.0, 0.8, 1.0, 0.8] + [1.0] * 8
    assert {one.of.plane for one in verdict.promises} == {"", "internet", "isolated"}
    assert (verdict.after.leaks, verdict.after.unlike) == (frozenset(), frozenset())


@pytest.mark.parametrize("spoken", VENDORS)
def test_what_a_router_prints_is_read_like_what_we_render(spoken: Dialect) -> None:
    city = city_of(spoken)
    for name, tree in trees(city).items():
        rules = dialect(spoken)
        assert read_box(city, name, rules.parse(rules.printed(tree))) == read_box(city, name, tree)


@pytest.mark.parametrize("spoken", [Dialect.FRR, *VENDORS])
def test_a_push_on_paper_ends_at_the_target_and_keeps_what_is_not_ours(spoken: Dialect) -> None:
    city = city_of(spoken)
    wanted = trees(city)
    theirs = Node("interface Tunnel77" if spoken is not Dialect.FRR else "interface dummy7", (Node("description not ours"),))
    empty = {name: Tree((theirs,)) for name in wanted}
    after = after_push(city, empty, wanted)
    for name, tree in wanted.items():
        assert replace(read_box(city, name, after[name]), ports={}) == replace(read_box(city, name, tree), ports={})
        ports = dict(read_box(city, name, after[name]).ports)
        assert ports.pop(theirs.line.partition(" ")[2]).ipv4 == ()
        assert ports == read_box(city, name, tree).ports


def test_a_plane_that_takes_the_routes_of_the_isolated_one_is_a_leak_and_a_filter_of_one_family_alone_is_a_gap() -> None:
    city = city_of(Dialect.VRP8)
    before = trees(city)
    after = {**before, "core1": _worse(before["core1"])}
    verdict = judge(city, before, after)
    assert [f"{one.promise}: {one.where}" for one in verdict.broken] == [
        "isolation: core1: internet takes the routes of isolated (64512:102)",
        "parity: core1 3621: deny ip not in IPv6",
    ]


def test_whom_a_plane_no_longer_joins_is_told() -> None:
    city = city_of(Dialect.COMWARE7)
    before = trees(city)
    core2 = Tree(tuple(Node(node.line) if node.line == "ip vpn-instance isolated" else node for node in before["core2"].nodes))
    verdict = judge(city, before, {**before, "core2": core2})
    assert [f"{one.promise}: {one.where}" for one in verdict.broken if "IPv6" in one.where] == [
        "reach: human-resources-a -> human-resources-b over IPv6 in the plane isolated",
        "reach: human-resources-a -> finance-a over IPv6 in the plane isolated",
    ]


def _worse(tree: Tree) -> Tree:
    out = []
    for node in tree.nodes:
        if node.line == "ip vpn-instance internet":
            family = next(child for child in node.children if child.line == "ipv4-family")
            rest = tuple(child for child in node.children if child is not family)
            opened = Node(family.line, (*family.children, Node("vpn-target 64512:102 import-extcommunity")))
            out.append(Node(node.line, (*rest, opened)))
        elif node.line == "acl ipv6 number 3621":
            out.append(Node(node.line, tuple(child for child in node.children if " deny " not in child.line)))
        else:
            out.append(node)
    return Tree(tuple(out))
