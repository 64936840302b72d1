"""Interfaces and OSPF on FRR: intent to lines, and how these lines behave. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from network.dialect.base import Rule
from network.dialect.frr import gateways
from network.intent.router import Intent, Interface
from network.tree import Node

INTERFACE: Final = re.compile(r"^interface (lo|ge\d+|lan\d+(v[46])?)$")
"""Sections that may hold lines of ours, those of shared gateways' devices too; the out-of-band interface isn't among them."""
PROCESSES: Final = ("router ospf", "router ospf6")

LAN: Final = re.compile(r"^interface lan\d+$")
"""Where hosts are: no neighbour is lost there with an address."""
ADDRESSES: Final = ("ip address", "ipv6 address")

NEVER: Final = "never"
"""No line has this key: adding hurts nobody, only taking away does."""

ON_INTERFACE: Final[dict[str, Rule]] = {
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
IN_PROCESS: Final[dict[str, Rule]] = {
    "ospf router-id": Rule("router-id", 0, disruptive=True, only_with="router-id", undo="no ospf router-id"),
    "ospf6 router-id": Rule("router-id", 0, disruptive=True, only_with="router-id", undo="no ospf6 router-id"),
    "log-adjacency-changes": Rule("log-adjacency-changes", 1, undo="no log-adjacency-changes"),
    "timers throttle spf": Rule("timers throttle spf", 1, undo="no timers throttle spf"),
    "timers throttle lsa all": Rule("timers throttle lsa all", 1, undo="no timers throttle lsa all"),
    "timers lsa min-arrival": Rule("timers lsa min-arrival", 1, undo="no timers lsa min-arrival"),
}


def ospf(intent: Intent) -> Iterator[Node]:
    """The processes, one a family."""
    yield _process("router ospf", f"ospf router-id {intent.router_id}", intent)
    if intent.ipv6:
        yield _process("router ospf6", f"ospf6 router-id {intent.router_id}", intent)


def ports(intent: Intent) -> Iterator[Node]:
    """The interfaces, in the intent's order, and the devices of their shared gateways."""
    for port in intent.interfaces:
        yield Node(f"interface {port.name}", _port(port, intent))
        yield from gateways.devices(port)


@lru_cache(maxsize=1 << 16)  # a patch asks half a dozen times for each line
def rule(header: str, line: str) -> Rule | None:
    """How a line of an interface or of an OSPF process behaves."""
    if shared := gateways.rule(header, line):
        return shared
    table = IN_PROCESS if header in PROCESSES else ON_INTERFACE
    found = next((found for prefix, found in table.items() if line == prefix or line.startswith(prefix + " ")), None)
    return replace(found, disruptive=False) if found and found.key in ADDRESSES and LAN.match(header) else found


def _process(header: str, router_id: str, intent: Intent) -> Node:
    spf, lsa = intent.spf, intent.lsa
    lines = [router_id, "log-adjacency-changes", f"timers throttle spf {spf.delay} {spf.hold} {spf.longest}"]
    if header == "router ospf":  # ospf6d of FRR 8 tells at once, and knows no such line
        lines.append(f"timers throttle lsa all {lsa.hold}")
    lines.append(f"timers lsa min-arrival {lsa.arrival}")
    return Node(header, tuple(Node(line) for line in lines))


def _port(port: Interface, intent: Intent) -> tuple[Node, ...]:
    lines = [f"description {port.description}", f"ip address {port.ipv4}", *_routing("ip ospf", port, intent)]
    if port.ipv6 is not None:
        lines += [f"ipv6 address {port.ipv6}", *_routing("ipv6 ospf6", port, intent)]
    if port.advertises_prefix and port.gateway is None:
        lines.append("no ipv6 nd suppress-ra")
    lines += gateways.group(port)
    return tuple(Node(line) for line in lines)


def _routing(words: str, port: Interface, intent: Intent) -> list[str]:
    lines = [f"{words} area {intent.area}"]
    if port.cost is not None:
        lines.append(f"{words} cost {port.cost}")
    if port.point_to_point:
        timers = (f"{words} dead-interval {intent.dead_seconds}", f"{words} hello-interval {intent.hello_seconds}")
        lines += [*timers, f"{words} network point-to-point"]
    if port.passive:
        lines.append(f"{words} passive")
    return lines
