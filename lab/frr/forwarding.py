"""What a node's zebra takes the kernel to forward by, against what the kernel has.

Linux forgets the routes over a line the moment that it goes dark, and tells nobody: zebra has to look at the line. A zebra (seen with 8.4)
that hears of dark and lit again in one finds all as it was, and those routes stay away until OSPF tells it something else of them.
So a line of the lab is lit again when both ends have noticed the dark, and a node's health counts what is missing.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final

from lab.box import Box
from lab.frr import vty
from lab.frr.daemons import folders
from lab.namespace import inside
from ops.errors import Unreachable

PATIENCE: Final = 10.0
SECOND_LOOK: Final = 0.5
"""Seconds after which a route that is on its way out or in is there or not, in both places."""

REFUSED: Final = 0x0200
"""RTF_REJECT of linux/route.h."""

_OVER = re.compile(r"^(?:[^CK]>|  )\* .*?, (\S+?)[, ]", re.MULTILINE)
_FROM_OSPF = re.compile(r"^O>\* (\S+)", re.MULTILINE)

Networks = frozenset[IPv4Network | IPv6Network]


def await_noticed(box: Box, ends: Iterable[tuple[str, str]]) -> None:
    """Return when no zebra that runs routes over these dark ends (node, interface) any more, or after `PATIENCE` seconds."""
    until = time.monotonic() + PATIENCE
    for node, card in ends:
        while card in over(routing_table(box, node)) and time.monotonic() < until:
            time.sleep(0.02)


def lost(box: Box, node: str) -> Networks:
    """Where zebra takes OSPF's routes for installed and the kernel has none, at two looks; Unreachable if zebra doesn't answer."""
    missing = _missing(box, node)
    if missing:
        time.sleep(SECOND_LOOK)
        missing &= _missing(box, node)
    return missing


def routing_table(box: Box, node: str) -> str:
    """The tables of both families as zebra prints them; empty where it doesn't answer."""
    try:
        return _ask(box, node)
    except Unreachable:
        return ""


def over(table: str) -> frozenset[str]:
    """The interfaces that routes of a printed table are installed over, but for those of the interfaces themselves."""
    return frozenset(_OVER.findall(table))


def from_ospf(table: str) -> Networks:
    """Where the installed routes lead that OSPF gave."""
    return frozenset(ip_network(prefix) for prefix in _FROM_OSPF.findall(table))


def in_kernel(ipv4: str, ipv6: str) -> Networks:
    """Where the kernel's routes lead, from its own lists in /proc/net.

    `route` has a heading, and addresses and masks as hex numbers in the machine's order; `ipv6_route` has addresses as they are sent,
    lengths, and among its flags whether the route is a refusal, as Linux' own last one is.
    """
    rows4, rows6 = ([row.split() for row in text.splitlines()] for text in (ipv4, ipv6))
    return frozenset(
        (
            *(IPv4Network((_number(row[1]), _number(row[7]).bit_count())) for row in rows4[1:]),
            *(IPv6Network((int(row[0], 16), int(row[1], 16))) for row in rows6 if not int(row[8], 16) & REFUSED),
        )
    )


def _number(digits: str) -> int:
    return int.from_bytes(int(digits, 16).to_bytes(4, sys.byteorder))


def _missing(box: Box, node: str) -> Networks:
    believed = from_ospf(_ask(box, node))
    with inside(box.netns(node)):
        ipv4, ipv6 = (Path(f"/proc/thread-self/net/{name}").read_text(encoding="ascii") for name in ("route", "ipv6_route"))
    return believed - in_kernel(ipv4, ipv6)


def _ask(box: Box, node: str) -> str:
    socket = folders(box, node)[1] / "zebra.vty"
    return "".join(vty.ask(socket, f"show {family} route") for family in ("ip", "ipv6"))
