"""Namespaces, management legs and lines of private networks; made when missing, and at any time what the faults say."""

from __future__ import annotations

from contextlib import ExitStack

from lab import namespace
from lab.fault import dark_nodes
from lab.part import Health
from lab.private.box import PrivateBox
from lab.wires.ends import MANAGEMENT, add_leg, add_lonely
from lab.wires.netlink import Netlink
from lab.wires.part import NODE_SETTINGS, switch
from ops.language import _

HOST_SETTINGS = {**NODE_SETTINGS, "net/ipv4/ip_forward": "0", "net/ipv6/conf/all/forwarding": "0", "net/ipv6/conf/default/accept_ra": "0"}
APART = {f"net/ipv4/conf/{MANAGEMENT}/forwarding": "0"}
"""The management network leads nowhere from here."""


def build(box: PrivateBox) -> None:
    """Make whatever is missing."""
    for node in box.nodes:
        namespace.create(box.netns(node))
    with ExitStack() as stack:
        sockets = {node: stack.enter_context(Netlink(box.netns(node))) for node in box.nodes}
        machine = stack.enter_context(Netlink(None))
        for node in box.nodes:
            settings = NODE_SETTINGS if node in box.routers else HOST_SETTINGS
            add_leg(box, machine, sockets[node], node, settings=settings, leg=APART)
        for line in box.layout.lines:
            near, far = sockets[line.a.node], sockets[line.b.node]
            if not (near.index(line.a.interface) and far.index(line.b.interface)):
                near.remove(line.a.interface)
                far.remove(line.b.interface)
                near.add_pair(line.a.interface, line.b.interface, box.netns(line.b.node))
        for network in box.city.private_networks:
            for item in network.ranges:
                if item.announced_on:
                    add_lonely(sockets[item.router], item.announced_on, namespace=box.netns(item.router))
        _settle(box, sockets)


def settle(box: PrivateBox) -> None:
    """Make lines and legs what the faults say they are."""
    with ExitStack() as stack:
        _settle(box, {node: stack.enter_context(Netlink(box.netns(node))) for node in box.nodes if namespace.exists(box.netns(node))})


def line_health(box: PrivateBox) -> list[Health]:
    """One line for every cable: up with carrier at both ends."""
    rows = []
    for line in box.layout.lines:
        dark = next((end for end in (line.a, line.b) if not _has_carrier(box, end.node, end.interface)), None)
        if dark is None:
            rows.append(Health("private line", line.name, "up", _("{rate:g} Mbit/s").format(rate=line.rate_mbit)))
        else:
            text = _("{node} {port} has no carrier").format(node=dark.node, port=dark.interface)
            rows.append(Health("private line", line.name, "down", text))
    return rows


def _has_carrier(box: PrivateBox, node: str, port: str) -> bool:
    if not namespace.exists(box.netns(node)):
        return False
    with Netlink(box.netns(node)) as socket:
        card = socket.cards().get(port)
        return card is not None and card.has_carrier


def _goes_dark(box: PrivateBox, node: str, dark: frozenset[str]) -> bool:
    """Whether a cut switches this end off: a host's card only with the host, for it would lose its way out; the other end is enough."""
    return node in box.routers or node in dark


def _settle(box: PrivateBox, sockets: dict[str, Netlink]) -> None:
    faults = box.record.facts.faults
    dark = dark_nodes(faults)
    cut = {fault.name for fault in faults if fault.kind == "link" and fault.rate_mbit is None}
    left = {fault.name: fault.rate_mbit for fault in faults if fault.rate_mbit is not None}
    cards = {node: socket.cards() for node, socket in sockets.items()}
    light = {}
    for line in box.layout.lines:
        carries = line.name not in cut and not dark & {line.a.node, line.b.node}
        for end in (line.a, line.b):
            if end.node in sockets:
                sockets[end.node].shape(end.interface, left.get(line.name) or line.rate_mbit)
                lit = carries or not _goes_dark(box, end.node, dark)
                if cards[end.node][end.interface].is_up != lit:
                    light[end.node, end.interface] = lit
    switch(box, sockets, light)
    for node, socket in sockets.items():
        socket.set_up(MANAGEMENT, up=node not in dark)
