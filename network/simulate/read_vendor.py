"""What a VRP or Comware router does, from its configuration in canonical form (`network.dialect.vendor`).

The two differ in a few words; the table of words that renders them tells them apart here as well. What the devices take
for granted: OSPF cost 1 on what is quicker than the reference bandwidth, hello 10 and dead 40 (RFC 2328, appendix C.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Interface, IPv6Interface

from network.dialect.vendor.names import city_name
from network.dialect.vendor.words import Words
from network.simulate.world import IPV4, IPV6, Box, Filter, Port, Routing, Vrf
from network.tree import Node, Tree

_AREA = {IPV4: re.compile(r"^ospf (?:enable )?\d+ area (\S+)$"), IPV6: re.compile(r"^ospfv3 \d+ area (\S+)$")}
_WORD = {IPV4: "ospf", IPV6: "ospfv3"}
_FILTER = re.compile(r"^acl (?P<six>ipv6 )?(?:number|advanced|name) (?P<name>\S+)")
_RULE = re.compile(r"^rule \d+ (?P<action>permit|deny) (?P<protocol>\S+)(?P<rest>.*)$")
_PORT = re.compile(r"destination-port eq (\S+)")
_SAME = {"ipv6": "ip", "icmpv6": "icmp"}
"""Protocols whose name is IPv6's own."""


def read_vendor(name: str, tree: Tree, words: Words) -> Box:
    """The box: ports under the city's names, planes with their targets, and what each filter says."""
    silent = {family: frozenset(_silent(tree, f"{_WORD[family]} ")) for family in (IPV4, IPV6)}
    running = frozenset(family for family in (IPV4, IPV6) if any(re.fullmatch(rf"{_WORD[family]} \d+", node.line) for node in tree.nodes))
    ports = [_port(node, words, running, silent) for node in tree.nodes if node.line.startswith("interface ")]
    vrfs = [_vrf(node) for node in tree.nodes if node.line.startswith("ip vpn-instance ")]
    return Box(name, {port.name: port for port in ports}, {vrf.name: vrf for vrf in vrfs}, tuple(_filters(tree)))


def _port(node: Node, words: Words, running: Iterable[int], silent: dict[int, frozenset[str]]) -> Port:
    theirs = node.line.partition(" ")[2]
    lines = [child.line for child in node.children]
    found = {family: _routing(lines, family, is_silent=theirs in silent[family]) for family in running}
    return Port(
        name=city_name(theirs, words) or theirs,
        plane=next(iter(_values(lines, "ip binding vpn-instance")), ""),
        is_up="shutdown" not in lines,
        ipv4=tuple(IPv4Interface("/".join(value.split()[:2])) for value in _values(lines, "ip address") if value[0].isdigit()),
        ipv6=tuple(IPv6Interface(value.split()[0]) for value in _values(lines, "ipv6 address") if "/" in value),
        routing={family: how for family, how in found.items() if how is not None},
    )


def _routing(lines: Iterable[str], family: int, *, is_silent: bool) -> Routing | None:
    lines, word = list(lines), _WORD[family]
    area = next((match[1] for line in lines if (match := _AREA[family].match(line))), None)
    if area is None:
        return None
    return Routing(
        area=area,
        cost=_number(lines, f"{word} cost", 1),
        hello=_number(lines, f"{word} timer hello", 10),
        dead=_number(lines, f"{word} timer dead", 40),
        point_to_point=f"{word} network-type p2p" in lines,
        passive=is_silent,
    )


def _silent(tree: Tree, process: str) -> Iterator[str]:
    """Interfaces that announce their network and meet nobody."""
    for node in tree.nodes:
        if node.line.startswith(process):
            yield from _values([child.line for child in node.children], "silent-interface")


def _vrf(node: Node) -> Vrf:
    targets = [inner.line.split() for child in node.children for inner in (child, *child.children) if inner.line.startswith("vpn-target ")]
    given = {way: frozenset(value for line in targets if line[-1] in (way, "both") for value in line[1:-1]) for way in _WAYS}
    return Vrf(node.line.split()[2], given["import-extcommunity"], given["export-extcommunity"])


_WAYS = ("import-extcommunity", "export-extcommunity")


def _filters(tree: Tree) -> Iterator[Filter]:
    """Every filter with what it says besides addresses; ICMPv6's own messages have no twin (RFC 4890)."""
    for node in tree.nodes:
        match = _FILTER.match(node.line)
        if match:
            said = frozenset(text for child in node.children if (text := _said(child.line)))
            yield Filter(match["name"], IPV6 if match["six"] else IPV4, said)


def _said(line: str) -> str:
    match = _RULE.match(line)
    if match is None or "icmp6-type" in match["rest"]:
        return ""
    port = _PORT.search(match["rest"])
    words = (match["action"], _SAME.get(match["protocol"], match["protocol"]), port[1] if port else "")
    return " ".join(word for word in words if word)


def _values(lines: Iterable[str], words: str) -> list[str]:
    return [line[len(words) + 1 :] for line in lines if line.startswith(words + " ")]


def _number(lines: Iterable[str], words: str, usual: int) -> int:
    return next((int(value) for value in _values(lines, words)), usual)
