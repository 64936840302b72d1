"""The lines that a private router gets and loses on its way into the plane, as changes of what it runs. Pure; in FRR's words.

Only new ranges are announced into the plane, address by address: an old range may be somebody else's there. What the department
set up on its router otherwise stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Interface, IPv6Interface

from city.addressing import addressing
from city.merged import attachment_of
from city.model import Decision
from network.cutover.plan import Cutover, decided
from network.intent.router import BACKBONE, DEAD_SECONDS, HELLO_SECONDS, cost_of
from network.tree import Node, Tree

Lines = dict[str, tuple[str, ...]]
"""Section -> its lines."""


def joining(cut: Cutover, router: str) -> Lines:
    """What the router gets: the line to the extranet, its loopback, and every new range, in both families."""
    own = cut.router(router)
    entry = attachment_of(cut.city, own)
    far = addressing(cut.city).attachment(entry)
    ipv4 = IPv4Interface((far.ipv4.ip + 1, far.ipv4.network.prefixlen))
    ipv6 = IPv6Interface((far.ipv6.ip + 1, far.ipv6.network.prefixlen))
    loopback = addressing(cut.merged).loopback(router)
    cost = cost_of(entry.rate_mbit) if entry.rate_mbit else 1
    words = f"{entry.name}, {entry.plane} plane"
    uplink = (f"description {words}", f"ip address {ipv4}", *_line("ip ospf", cost), f"ipv6 address {ipv6}", *_line("ipv6 ospf6", cost))
    found: Lines = {
        "router ospf": (f"ospf router-id {loopback.ipv4}",),
        "router ospf6": (f"ospf6 router-id {loopback.ipv4}",),
        f"interface {own.uplink}": uplink,
        "interface lo": (f"ip address {loopback.ipv4}/32", *_quiet("ip ospf"), f"ipv6 address {loopback.ipv6}/128", *_quiet("ipv6 ospf6")),
    }
    for item in cut.ranges_of(router):
        lan = addressing(cut.city).private(cut.network, item)
        here: tuple[str, ...] = (f"ipv6 address {lan.ipv6}", *_quiet("ipv6 ospf6"))
        if decided(item) is Decision.RENUMBER:
            here = (f"ip address {lan.ipv4}", *_quiet("ip ospf", f" {lan.ipv4.ip}"), *here)
        elif decided(item) is Decision.KEEP:
            here = (*_quiet("ip ospf"), *here)
        else:
            found[f"interface {item.announced_on}"] = (f"ip address {lan.ipv4}", *_quiet("ip ospf"))
        found[f"interface {item.interface}"] = here
    return found


def leaving(cut: Cutover, router: str) -> Lines:
    """What the router loses when the old path is retired: the old addresses of ranges that were renumbered."""
    return {
        f"interface {item.interface}": (f"ip address {item.ipv4.network_address + 1}/{item.ipv4.prefixlen}",)
        for item in cut.ranges_of(router)
        if decided(item) is Decision.RENUMBER
    }


def with_lines(tree: Tree, lines: Mapping[str, tuple[str, ...]]) -> Tree:
    """The configuration with these lines in these sections; what is there already stays where it is."""
    nodes = []
    left = dict(lines)
    for node in tree.nodes:
        wanted = left.pop(node.line, ())
        held = {child.line for child in node.children}
        nodes.append(Node(node.line, (*node.children, *(Node(line) for line in wanted if line not in held))))
    return Tree((*nodes, *(Node(header, tuple(Node(line) for line in wanted)) for header, wanted in left.items())))


def without_lines(tree: Tree, lines: Mapping[str, tuple[str, ...]]) -> Tree:
    """The configuration without these lines in these sections."""
    return Tree(
        tuple(Node(node.line, tuple(child for child in node.children if child.line not in lines.get(node.line, ()))) for node in tree.nodes)
    )


def _line(words: str, cost: int) -> tuple[str, ...]:
    """Routing on the line, as its other end has it."""
    return (
        f"{words} area {BACKBONE}",
        f"{words} cost {cost}",
        f"{words} dead-interval {DEAD_SECONDS}",
        f"{words} hello-interval {HELLO_SECONDS}",
        f"{words} network point-to-point",
    )


def _quiet(words: str, address: str = "") -> tuple[str, ...]:
    """Announced, and nobody there to be a neighbour."""
    return (f"{words} area {BACKBONE}{address}", f"{words} passive{address}")
