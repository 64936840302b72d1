"""What a node's zebra takes the kernel to forward by, against what the kernel has.

Linux forgets the routes over a line the moment that it goes dark, and tells nobody. zebra (seen with 8.4) takes them for installed until
OSPF withdraws them: if the line is lit before that and OSPF finds the same routes again, nothing changes for zebra and they stay away.
So a line of the lab is lit again when both ends have noticed the dark, and a node's health counts what is missing. ospf6d (8.4) keeps some
routes for good at times when its node loses its last line; it is made to begin anew then, which costs a node without neighbours nothing.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_ntop
from typing import Final

from lab.box import Box
from lab.frr import vty
from lab.frr.daemons import folders
from lab.namespace import inside
from ops.errors import Unreachable

NOTICED: Final = 2.0
"""Seconds within which OSPF withdraws what leads over a dark line."""
PATIENCE: Final = 10.0
SECOND_LOOK: Final = 0.5
"""Seconds after which a route that is on its way out or in is there or not, in both places."""

REFUSED: Final = 0x0200
"""RTF_REJECT of linux/route.h."""

ANEW: Final = {
    "ospfd": ("show ip ospf neighbor json", "clear ip ospf process"),
    "ospf6d": ("show ipv6 ospf6 neighbor json", "clear ipv6 ospf6 process"),
}
"""Each OSPF daemon's words: who are your neighbours, and begin anew."""

_OVER = re.compile(r"^(?:[^CK]>|  )\* .*?, (\S+?)[, ]", re.MULTILINE)
_FROM_OSPF = re.compile(r"^O>\* (\S+)", re.MULTILINE)


def await_noticed(box: Box, ends: Iterable[tuple[str, str]]) -> None:
    """Return when no zebra that runs routes over these dark ends (node, interface) any more, or after some `PATIENCE` seconds."""
    stale = _still_used(box, ends, NOTICED)
    for node in {node for node, _card in stale}:
        _begin_anew(box, node)
    _still_used(box, stale, PATIENCE)


def _still_used(box: Box, ends: Iterable[tuple[str, str]], patience: float) -> list[tuple[str, str]]:
    """The ends that routes still lead over after at most so many seconds."""
    until, used = time.monotonic() + patience, list(ends)
    while (used := [(node, card) for node, card in used if card in over(routing_table(box, node))]) and time.monotonic() < until:
        time.sleep(0.05)
    return used


def _begin_anew(box: Box, node: str) -> None:
    """Let the node's OSPF daemons forget everything, where they have no neighbour who would notice."""
    for daemon, (neighbours, anew) in ANEW.items():
        socket = folders(box, node)[1] / f"{daemon}.vty"
        with suppress(Unreachable):
            if not vty.ask_json(socket, neighbours).get("neighbors"):
                vty.ask(socket, anew)


def lost(box: Box, node: str) -> frozenset[str]:
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
    """The interfaces that routes of a printed table are installed over; an interface's own network doesn't count."""
    return frozenset(_OVER.findall(table))


def from_ospf(table: str) -> frozenset[str]:
    """Where the installed routes lead that OSPF gave."""
    return frozenset(_FROM_OSPF.findall(table))


def in_kernel(ipv4: str, ipv6: str) -> frozenset[str]:
    """Where the kernel's routes lead, from its own lists in /proc/net.

    `route` has a heading, and addresses and masks as hex numbers in the machine's order; `ipv6_route` has addresses as they are sent,
    lengths, and among its flags whether the route is a refusal, as Linux' own last one is.
    """
    rows4, rows6 = ([row.split() for row in text.splitlines()] for text in (ipv4, ipv6))
    return frozenset(
        (
            *(f"{inet_ntop(AF_INET, _bytes(row[1]))}/{int(row[7], 16).bit_count()}" for row in rows4[1:]),
            *(f"{inet_ntop(AF_INET6, bytes.fromhex(row[0]))}/{int(row[1], 16)}" for row in rows6 if not int(row[8], 16) & REFUSED),
        )
    )


def _bytes(digits: str) -> bytes:
    return int(digits, 16).to_bytes(4, sys.byteorder)


def _missing(box: Box, node: str) -> frozenset[str]:
    believed = from_ospf(_ask(box, node))
    with inside(box.netns(node)):
        ipv4, ipv6 = (Path(f"/proc/thread-self/net/{name}").read_text(encoding="ascii") for name in ("route", "ipv6_route"))
    return believed - in_kernel(ipv4, ipv6)


def _ask(box: Box, node: str) -> str:
    socket = folders(box, node)[1] / "zebra.vty"
    return "".join(vty.ask(socket, f"show {family} route") for family in ("ip", "ipv6"))
