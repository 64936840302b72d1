"""What an FRR router does, from its configuration in canonical form (`network.dialect.frr`).

Passes over the devices of shared gateways, which lead nowhere that the interface below doesn't.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Interface, IPv6Interface

from network.dialect.frr import gateways, nftables
from network.simulate.world import IPV4, IPV6, Box, Filter, Port, Routing
from network.tree import Node, Tree

_INTERFACE = re.compile(r"^interface (?P<name>\S+)(?: vrf (?P<plane>\S+))?$")
_PROCESS = {IPV4: "router ospf", IPV6: "router ospf6"}
_WORDS = {IPV4: "ip ospf", IPV6: "ipv6 ospf6"}

_RULE = {
    IPV4: re.compile(r"^(?:ip saddr \S+|meta nfproto ipv4)(?P<what>.*) (?P<verdict>accept|drop)$"),
    IPV6: re.compile(r"^(?:ip6 saddr \S+|meta nfproto ipv6)(?P<what>.*) (?P<verdict>accept|drop)$"),
}
_SAME = {"ipv6-icmp": "icmp"}

DEFAULT_COST = 10
"""FRR's cost of an interface without one: 100 Mbit/s over the 10 Mbit/s that a virtual interface claims."""


def read_frr(name: str, tree: Tree) -> Box:
    """The box; OSPF runs only where its process does."""
    running = frozenset(family for family, header in _PROCESS.items() if any(node.line == header for node in tree.nodes))
    found = [port for node in tree.nodes if (port := _port(node, running)) is not None]
    return Box(name, {port.name: port for port in found}, filters=tuple(_filters(tree)))


def _port(node: Node, running: frozenset[int]) -> Port | None:
    match = _INTERFACE.match(node.line)
    if match is None or gateways.DEVICE.match(node.line):
        return None
    lines = [child.line for child in node.children]
    routing = {family: found for family in running if (found := _routing(lines, _WORDS[family])) is not None}
    return Port(
        name=match["name"],
        plane=match["plane"] or "",
        is_up="shutdown" not in lines,
        ipv4=tuple(IPv4Interface(value) for value in _values(lines, "ip address")),
        ipv6=tuple(IPv6Interface(value) for value in _values(lines, "ipv6 address")),
        routing=routing,
    )


def _routing(lines: Iterable[str], words: str) -> Routing | None:
    lines = list(lines)
    area = next(iter(_values(lines, f"{words} area")), None)
    if area is None:
        return None
    number = {
        key: next((int(value) for value in _values(lines, f"{words} {key}")), None) for key in ("cost", "hello-interval", "dead-interval")
    }
    return Routing(
        area=area,
        cost=number["cost"] or DEFAULT_COST,
        hello=number["hello-interval"] or 10,
        dead=number["dead-interval"] or 40,
        point_to_point=f"{words} network point-to-point" in lines,
        passive=f"{words} passive" in lines,
    )


def _filters(tree: Tree) -> Iterator[Filter]:
    """Every filter with what it says besides addresses; ICMPv6's own messages have no twin (RFC 4890)."""
    table = nftables.held(tree)
    for chain in table.children if table else ():
        if not any(rule.line.startswith("type ") for rule in chain.children):
            name = chain.line.removeprefix("chain ").removeprefix(nftables.FROM)
            for family, pattern in _RULE.items():
                said = frozenset(_said(found) for rule in chain.children if (found := pattern.match(rule.line)))
                yield Filter(name, family, said)


def _said(found: re.Match[str]) -> str:
    """Verdict, protocol and port."""
    words = [_SAME.get(word, word) for word in found["what"].split() if word not in ("meta", "l4proto", "dport")]
    return " ".join((found["verdict"], *words))


def _values(lines: Iterable[str], words: str) -> list[str]:
    """What stands behind these words, in every line that begins with them."""
    return [line[len(words) + 1 :].split()[0] for line in lines if line.startswith(words + " ")]
