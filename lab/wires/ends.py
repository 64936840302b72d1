"""The ends of a node that are no link's: its leg in the management network, and networks of its own, whose far end nobody is at.

Each is made in steps of which one can be the last that a killed `lab up` took, so each has a step that comes last and says that all is
there: what lacks it is made anew from its first.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Interface
from typing import Final

from lab.box import Box
from lab.wires.netlink import Netlink, write_settings

MANAGEMENT: Final = "mgmt"
LOOPBACK: Final = "lo"


def management_port(box: Box, node: str) -> str:
    """The name of the machine's end of a node's management leg."""
    return f"{box.bridge}m{int(box.management_address(node)) & 0xFFFF}"


def add_leg(box: Box, machine: Netlink, socket: Netlink, node: str, *, settings: Mapping[str, str], leg: Mapping[str, str]) -> None:
    """Join the node with the management network, if it isn't: `settings` before it has any card, those of the `leg`, its address.

    Its loopback comes up last.
    """
    if socket.is_up(LOOPBACK):
        return
    port = management_port(box, node)
    socket.remove(MANAGEMENT)
    machine.remove(port)  # one whose namespace is just ending is still there
    write_settings(box.netns(node), settings)
    machine.add_pair(port, MANAGEMENT, box.netns(node))
    write_settings(box.netns(node), {f"net/ipv6/conf/{MANAGEMENT}/disable_ipv6": "1", **leg})
    socket.add_address(MANAGEMENT, IPv4Interface((box.management_address(node), box.management.prefixlen)))
    machine.set_up(port, up=True, master=box.bridge)
    socket.set_up(LOOPBACK, up=True)


def add_lonely(socket: Netlink, port: str, *, namespace: str) -> None:
    """A network that nobody else is at, which needs a carrier for its address to count: a pair, whose silent far end comes up last."""
    far = f"{port}far"
    if socket.is_up(far):
        return
    socket.remove(port)
    socket.add_pair(port, far)
    write_settings(namespace, {f"net/ipv6/conf/{far}/disable_ipv6": "1"})
    socket.set_up(port, up=True)
    socket.set_up(far, up=True)
