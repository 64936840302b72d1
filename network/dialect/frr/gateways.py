"""Shared gateways on FRR (vrrpd): how an intent's are said, and how their lines behave. Pure.

The group stands on the interface; its addresses on two macvlan devices over it that bear the group's own MAC addresses (FRR's user
guide, "VRRP"), one a family. The machine makes the devices, as it makes interfaces: `lan0v4` and `lan0v6` beside `lan0`. Addresses are
host routes there, so that the network is reached over the interface whether the router answers or stands by.
Seen on FRR 8.4: version 3, priority 100 and 1 s between advertisements are taken for granted and not printed; who answers for an IPv6
group advertises itself as the hosts' router on its device, unasked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from network.dialect.base import Rule
from network.intent.interface import BACKUP_PRIORITY, GATEWAY_LINK_LOCAL, Interface
from network.tree import Node

DEVICE: Final = re.compile(r"^interface lan\d+v[46]$")
"""Sections of the devices that carry a group's addresses."""

_GROUP: Final = re.compile(r"^(?:no )?(?P<group>vrrp \d+)\b(?P<rest>.*)$")
_ON_INTERFACE: Final[tuple[tuple[str, Rule], ...]] = (
    (r"(?: version [23])?", Rule("{peer}", 5, disruptive=True, only_with="{peer}", undo="no {peer}")),
    (r" priority \d+", Rule("{peer} priority", 6, disruptive=True, only_with="{peer}", undo="no {peer} priority", falls_with="{peer}")),
    (r" preempt", Rule("{peer} preempt", 6, undo="{peer} preempt", falls_with="{peer}")),
    (r" advertisement-interval \d+", Rule("{peer} interval", 6, undo="no {peer} advertisement-interval", falls_with="{peer}")),
    (r" shutdown", Rule("{peer} shutdown", 6, falls_with="{peer}")),
    (r" ip \S+", Rule("{peer} ip", 7, single=False, disruptive=True, only_with="{peer}", falls_with="{peer}")),
    (r" ipv6 fe80:\S+", Rule("{peer} ipv6 local", 8, single=False, disruptive=True, only_with="{peer}", falls_with="{peer}")),
    (r" ipv6 \S+", Rule("{peer} ipv6", 9, single=False, disruptive=True, only_with="{peer}", falls_with="{peer}")),
)
"""What may stand behind a group's number; of its IPv6 addresses the link-local one comes first (RFC 5798, 6.1)."""
_ON_DEVICE: Final = {
    "ip address": Rule("ip address", 0, single=False, disruptive=True, only_with="ip address"),
    "ipv6 address": Rule("ipv6 address", 1, single=False, disruptive=True, only_with="ipv6 address"),
    "ipv6 nd prefix": Rule("ipv6 nd prefix", 2, single=False),
}


def group(port: Interface) -> Iterator[str]:
    """The lines of the interface itself."""
    shared = port.gateway
    if shared is None:
        return
    said = f"vrrp {shared.group}"
    yield said
    if shared.priority != BACKUP_PRIORITY:
        yield f"{said} priority {shared.priority}"
    yield f"{said} ip {shared.ipv4}"
    if shared.ipv6 is not None:
        yield f"{said} ipv6 {GATEWAY_LINK_LOCAL}"
        yield f"{said} ipv6 {shared.ipv6}"


def devices(port: Interface) -> Iterator[Node]:
    """The devices with the group's addresses, and what hosts learn from the router that answers."""
    shared = port.gateway
    if shared is None:
        return
    yield Node(device(port.name, 4), (Node(f"ip address {shared.ipv4}/32"),))
    if shared.ipv6 is not None and port.ipv6 is not None:
        lines = [f"ipv6 address {shared.ipv6}/128", f"ipv6 address {GATEWAY_LINK_LOCAL}/64"]
        lines += [f"ipv6 nd prefix {port.ipv6.network}"] if port.advertises_prefix else []
        yield Node(device(port.name, 6), tuple(Node(line) for line in lines))


def device(port: str, version: int) -> str:
    """The section of the device of one family over an interface."""
    return f"interface {port}v{version}"


def rule(header: str, line: str) -> Rule | None:
    """How a line of such a device behaves, or one of a group on an interface."""
    if DEVICE.match(header):
        return next((known for words, known in _ON_DEVICE.items() if line.startswith(f"{words} ")), None)
    found = _GROUP.match(line)
    return next((known.about(found["group"]) for words, known in _ON_INTERFACE if found and re.fullmatch(words, found["rest"])), None)
