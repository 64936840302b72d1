"""FRRouting: intent to lines, and how its lines behave.

We own descriptions, addresses and OSPF on `lo`, `geN` and `lanN`, and the two OSPF processes. Host name, logging,
users, the out-of-band interface and everything else belong to whoever set the router up and are left alone.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_interface

from network.dialect.base import Rule
from network.dialect.lines import line_patch
from network.intent.router import Intent, Interface
from network.patch import Patch
from network.tree import Node, Path, Tree, parse, text_of

_INTERFACE = re.compile(r"^interface (lo|ge\d+|lan\d+)$")
_PROCESSES = ("router ospf", "router ospf6")
_SECRET = re.compile(
    r"^(\s*.*?\b(?:password|secret|message-digest-key \d+ md5|authentication-key|key-string|community))\s+.+$", re.MULTILINE
)
_AREA = re.compile(r"\barea (\d+)$")

NEVER = "never"
"""No line has this key: adding hurts nobody, only taking away does."""

_ON_INTERFACE: dict[str, Rule] = {
    "description": Rule("description", 0, undo="no description"),
    "ip address": Rule("ip address", 1, single=False, disruptive=True, only_with=NEVER),
    "ipv6 address": Rule("ipv6 address", 1, single=False, disruptive=True, only_with=NEVER),
    "ip ospf network": Rule("ip ospf network", 2, disruptive=True, only_with="ip ospf area", undo="no ip ospf network"),
    "ip ospf hello-interval": Rule(
        "ip ospf hello-interval", 2, disruptive=True, only_with="ip ospf area", undo="no ip ospf hello-interval"
    ),
    "ip ospf dead-interval": Rule("ip ospf dead-interval", 2, disruptive=True, only_with="ip ospf area", undo="no ip ospf dead-interval"),
    "ip ospf cost": Rule("ip ospf cost", 2, undo="no ip ospf cost"),
    "ip ospf passive": Rule("ip ospf passive", 2, disruptive=True, only_with="ip ospf area"),
    "ip ospf area": Rule("ip ospf area", 3, overwrites=False, disruptive=True, only_with="ip ospf area"),
    "ipv6 ospf6 network": Rule("ipv6 ospf6 network", 2, disruptive=True, only_with="ipv6 ospf6 area", undo="no ipv6 ospf6 network"),
    "ipv6 ospf6 hello-interval": Rule(
        "ipv6 ospf6 hello-interval", 2, disruptive=True, only_with="ipv6 ospf6 area", undo="no ipv6 ospf6 hello-interval"
    ),
    "ipv6 ospf6 dead-interval": Rule(
        "ipv6 ospf6 dead-interval", 2, disruptive=True, only_with="ipv6 ospf6 area", undo="no ipv6 ospf6 dead-interval"
    ),
    "ipv6 ospf6 cost": Rule("ipv6 ospf6 cost", 2, undo="no ipv6 ospf6 cost"),
    "ipv6 ospf6 passive": Rule("ipv6 ospf6 passive", 2, disruptive=True, only_with="ipv6 ospf6 area"),
    "ipv6 ospf6 area": Rule("ipv6 ospf6 area", 3, overwrites=False, disruptive=True, only_with="ipv6 ospf6 area"),
    "no ipv6 nd suppress-ra": Rule("ipv6 nd suppress-ra", 4, undo="ipv6 nd suppress-ra"),
}
_IN_PROCESS: dict[str, Rule] = {
    "ospf router-id": Rule("router-id", 0, disruptive=True, only_with="router-id", undo="no ospf router-id"),
    "ospf6 router-id": Rule("router-id", 0, disruptive=True, only_with="router-id", undo="no ospf6 router-id"),
    "log-adjacency-changes": Rule("log-adjacency-changes", 1, undo="no log-adjacency-changes"),
    "timers throttle spf": Rule("timers throttle spf", 1, undo="no timers throttle spf"),
}


class Frr:
    """The rules of FRR 8 and later."""

    def render(self, intent: Intent) -> Tree:
        """Processes first, then interfaces in the intent's order."""
        nodes = [_process("router ospf", f"ospf router-id {intent.router_id}", intent)]
        if intent.ipv6:
            nodes.append(_process("router ospf6", f"ospf6 router-id {intent.router_id}", intent))
        nodes += [Node(f"interface {port.name}", _port(port, intent)) for port in intent.interfaces]
        return Tree(tuple(nodes))

    def parse(self, running: str) -> Tree:
        """What `show running-config` printed, from its first `!` on."""
        _, mark, body = running.replace("\r", "").partition("Current configuration:")
        tree = parse(body if mark else running, closing=frozenset({"exit", "end", "exit-address-family"}))
        return Tree(tuple(_canonical(node) for node in tree.nodes))

    def printed(self, tree: Tree) -> str:
        return text_of(tree)

    def patch(self, running: Tree, intended: Tree) -> Patch:
        return line_patch(running, intended, self)

    def owns_section(self, header: str) -> bool:
        return header in _PROCESSES or bool(_INTERFACE.match(header))

    def may_remove_section(self, header: str) -> bool:
        return header in _PROCESSES

    def rule(self, path: Path, line: str) -> Rule | None:
        table = _IN_PROCESS if path[-1:] and path[-1] in _PROCESSES else _ON_INTERFACE
        for prefix, rule in table.items():
            if line == prefix or line.startswith(prefix + " "):
                return rule
        return None

    def undo(self, path: Path, line: str) -> str:
        rule = self.rule(path, line)
        return rule.undo if rule and rule.undo else f"no {line}"

    def section_rank(self, header: str) -> int:
        return 0 if header in _PROCESSES else 1

    def mask(self, text: str) -> str:
        return _SECRET.sub(r"\1 ***", text)


def _process(header: str, router_id: str, intent: Intent) -> Node:
    spf = intent.spf
    lines = (router_id, "log-adjacency-changes", f"timers throttle spf {spf.delay} {spf.hold} {spf.longest}")
    return Node(header, tuple(Node(line) for line in lines))


def _port(port: Interface, intent: Intent) -> tuple[Node, ...]:
    lines = [f"description {port.description}", f"ip address {port.ipv4}", *_ospf("ip ospf", port, intent)]
    if port.ipv6 is not None:
        lines += [f"ipv6 address {port.ipv6}", *_ospf("ipv6 ospf6", port, intent)]
    if port.advertises_prefix:
        lines.append("no ipv6 nd suppress-ra")
    return tuple(Node(line) for line in lines)


def _ospf(words: str, port: Interface, intent: Intent) -> list[str]:
    lines = [f"{words} area {intent.area}"]
    if port.cost is not None:
        lines.append(f"{words} cost {port.cost}")
    if port.point_to_point:
        timers = (f"{words} dead-interval {intent.dead_seconds}", f"{words} hello-interval {intent.hello_seconds}")
        lines += [*timers, f"{words} network point-to-point"]
    if port.passive:
        lines.append(f"{words} passive")
    return lines


def _canonical(node: Node) -> Node:
    """FRR prints areas and IPv6 addresses as they were typed; we compare one form."""
    line = _AREA.sub(lambda found: f"area {IPv4Address(int(found.group(1)))}", node.line)
    words = line.split()
    if words[:2] == ["ipv6", "address"] and len(words) == 3:
        line = f"ipv6 address {ip_interface(words[2])}"
    return Node(line, tuple(_canonical(child) for child in node.children))
