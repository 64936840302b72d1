"""Fences let through exactly what the API's words allow: the plan against a second reading of them, on cities of chance."""

from __future__ import annotations

import random
from ipaddress import IPv4Network, IPv6Network, ip_address

import pytest

from lab.fences.model import Address, Block, Direction, Namespace, Opening, Pod, Pods, Policy, Ports, Selector, View
from lab.fences.parse import selector
from lab.fences.plan import Passage, Ruleset, plan

RANGES = (IPv4Network("10.64.0.0/16"), IPv6Network("2001:db8::/64"))


def allows(view: View, source: Address, target: Address, protocol: str, port: int) -> bool:
    """Whether a connection is allowed, by the words of NetworkPolicySpec read one by one: slow, and written without the plan."""
    ends = {Direction.EGRESS: (source, target), Direction.INGRESS: (target, source)}
    return all(_lets(view, direction, *pair, protocol, port) for direction, pair in ends.items())


def _lets(view: View, direction: Direction, own: Address, other: Address, protocol: str, port: int) -> bool:
    pod = next((pod for pod in view.pods if own in pod.addresses), None)
    mine = [each for each in view.policies if pod and each.namespace == pod.namespace and each.pods.selects(pod.labels)]
    governing = [each for each in mine if each.governs(direction)]
    if any(direction in each.refused for each in governing):
        return False
    openings = [(each, opening) for each in governing for opening in each.openings[direction]]
    return not governing or any(
        (not opening.peers or any(_is(view, peer, each.namespace, other) for peer in opening.peers))
        and (not opening.ports or any(p.protocol == protocol and p.low <= port <= p.high for p in opening.ports))
        for each, opening in openings
    )


def _is(view: View, peer: Block | Pods, home: str, other: Address) -> bool:
    if isinstance(peer, Block):
        return other in peer.network and not any(other in net for net in peer.excepts)
    spaces = {each.name for each in view.namespaces if peer.namespaces and peer.namespaces.selects(each.labels)}
    return any(
        other in pod.addresses and peer.pods.selects(pod.labels) and (pod.namespace in spaces if peer.namespaces else pod.namespace == home)
        for pod in view.pods
    )


def passes(ruleset: Ruleset, source: Address, target: Address, protocol: str, port: int) -> bool:
    """Whether the fences let the connection through."""
    ends = {Direction.EGRESS: (source, target), Direction.INGRESS: (target, source)}
    around = [(fence, ends[fence.direction][1]) for fence in ruleset.fences if ends[fence.direction][0] in fence.members]
    return all(any(_through(passage, other, protocol, port) for passage in fence.passages) for fence, other in around)


def _through(passage: Passage, other: Address, protocol: str, port: int) -> bool:
    return (
        (passage.group is None or other in passage.group.members)
        and (not passage.networks or any(other in network for network in passage.networks))
        and not any(other in network for network in passage.excepts)
        and passage.protocol in {"", protocol}
        and (not passage.ports or any(low <= port <= high for low, high in passage.ports))
    )


def any_view(dice: random.Random) -> View:
    """Three zones, six pods and a few policies, as chance has it."""
    spaces = tuple(Namespace(name, {"team": dice.choice("xy")}) for name in "abc")
    pods = tuple(
        Pod(dice.choice("abc"), f"p{n}", {"app": dice.choice("uv")}, (ip_address(f"10.64.0.{n}"), ip_address(f"2001:db8::{n}")))
        for n in range(2, 8)
    )
    chosen = [Selector(), selector({"matchLabels": {"app": "u"}}), selector({"matchLabels": {"team": "x"}})]
    blocks = [Block(IPv4Network("10.0.0.0/8"), (IPv4Network("10.64.0.0/30"),)), Block(IPv4Network("203.0.113.0/24")), Block(RANGES[1])]
    peers: list[Block | Pods] = [*blocks, Pods(), Pods(chosen[1]), Pods(namespaces=chosen[2]), Pods(chosen[1], Selector())]
    ports = [Ports("tcp", 80, 80), Ports("tcp", 81, 90), Ports("udp"), Ports("tcp")]

    def opening() -> Opening:
        return Opening(tuple(dice.sample(peers, dice.randrange(3))), tuple(dice.sample(ports, dice.randrange(3))))

    def policy(number: int) -> Policy:
        known = {direction: tuple(opening() for _ in range(dice.randrange(3))) for direction in Direction if dice.random() < 0.7}
        refused = {direction: "unknown" for direction in Direction if direction not in known and dice.random() < 0.1}
        return Policy(dice.choice("abc"), f"n{number}", "", 1, dice.choice(chosen[:2]), known, refused)

    return View(RANGES, spaces, pods, tuple(policy(number) for number in range(dice.randrange(5))))


@pytest.mark.parametrize("seed", range(60))
def test_fences_let_through_what_the_policies_allow_and_nothing_else(seed: int) -> None:
    view = any_view(random.Random(seed))  # noqa: S311 - the same chance in every run
    ruleset = plan(view)
    outside = [ip_address("203.0.113.7"), ip_address("2001:db8:1::7"), ip_address("10.1.2.3")]
    everyone = [*outside, *(address for pod in view.pods for address in pod.addresses)]
    pairs = [(one, two) for one in everyone for two in everyone if one != two and one.version == two.version]
    for source, target in pairs:
        for protocol, port in (("tcp", 80), ("tcp", 85), ("tcp", 443), ("udp", 53)):
            said = passes(ruleset, source, target, protocol, port), allows(view, source, target, protocol, port)
            assert said[0] == said[1], (source, target, protocol, port)
