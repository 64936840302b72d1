"""The box's bare frame: a namespace for every node, the links at the plan's rates, local networks, the management network.

What a link is to be like (carrying, cut, slow) follows from the plan and the faults that were asked for; this part makes
it so and can be asked again at any time. Addresses on the links are the routers' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Interface
from typing import ClassVar

from lab import kernel, namespace
from lab.box import Box
from lab.fault import dark_nodes, is_cut, rate_of
from lab.frr.forwarding import await_noticed
from lab.part import AccessPatch, Health
from lab.wires import lan
from lab.wires.ends import MANAGEMENT, add_leg, add_lonely
from lab.wires.lan import LAN
from lab.wires.netlink import Netlink
from lab.wires.state import link_health
from ops.progress import Progress

End = tuple[str, str]
"""A line's end: the node and its interface."""

NODE_SETTINGS = {
    "net/ipv4/ip_forward": "1",
    "net/ipv6/conf/all/forwarding": "1",
    "net/ipv6/conf/all/keep_addr_on_down": "1",
    "net/ipv4/fib_multipath_hash_policy": "1",
    "net/ipv6/fib_multipath_hash_policy": "1",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv4/igmp_max_memberships": "500",
    "net/ipv4/icmp_ratelimit": "0",
    "net/ipv6/icmp/ratelimit": "0",
    "net/ipv4/ip_unprivileged_port_start": "1024",
}


class Wires:
    """Namespaces and everything between them."""

    name: ClassVar[str] = "wires"
    after: ClassVar[tuple[str, ...]] = ()

    def up(self, box: Box, progress: Progress) -> None:
        """Make whatever is missing of the frame, and room for its neighbours in the kernel."""
        kernel.make_room()
        for number, node in enumerate(box.nodes, 1):
            namespace.create(box.netns(node))
            progress.step(box.netns(node), done=number, total=len(box.nodes))
        sockets = {node: Netlink(box.netns(node)) for node in box.nodes}
        try:
            _bridge(box, sockets)
            _links(box, sockets)
            lan.build(box, sockets)
            settle(box, sockets)
        finally:
            for socket in sockets.values():
                socket.__exit__()

    def status(self, box: Box) -> list[Health]:
        """The health of every link."""
        return link_health(box)

    def access(self, box: Box) -> AccessPatch:
        """The management network."""
        return {"management": str(box.management)}

    def down(self, box: Box) -> None:
        """Nothing: the box ends its namespaces and its bridge."""


def _bridge(box: Box, sockets: dict[str, Netlink]) -> None:
    """The management network: a bridge in the machine's own namespace and a leg to every node."""
    with Netlink(None) as machine:
        cards = machine.cards()
        if box.bridge not in cards:
            machine.add_bridge(box.bridge)
        machine.add_address(box.bridge, IPv4Interface((box.management.network_address + 1, box.management.prefixlen)))
        machine.set_up(box.bridge, up=True)
        for node in box.nodes:
            add_leg(box, machine, sockets[node], node, settings=NODE_SETTINGS, leg={})


def _links(box: Box, sockets: dict[str, Netlink]) -> None:
    """A veth pair for every link, and one for every local network of a node alone."""
    for link in box.links:
        near, far = sockets[link.a.node], sockets[link.b.node]
        if not (near.index(link.a.interface) and far.index(link.b.interface)):
            near.remove(link.a.interface)
            far.remove(link.b.interface)
            near.add_pair(link.a.interface, link.b.interface, box.netns(link.b.node))
    shared = {router for segment in lan.segments(box.city) for router in segment.routers}
    for node, socket in sockets.items():
        router = box.city.router_by_name.get(node)
        if (router is None or router.lan) and node not in shared:
            add_lonely(socket, LAN, namespace=box.netns(node))


def settle(box: Box, sockets: dict[str, Netlink]) -> None:
    """Make links and management legs what the plan and the faults say they are, where they aren't."""
    faults = box.record.facts.faults
    cards = {node: socket.cards() for node, socket in sockets.items()}
    rates = {node: socket.rates() for node, socket in sockets.items()}
    light: dict[End, bool] = {}
    for link in box.links:
        wanted, carries = rate_of(link, faults), not is_cut(link, faults)
        for end in (link.a, link.b):
            card = cards[end.node][end.interface]
            shaped = rates[end.node].get(card.index, 10_000.0)
            if abs(shaped - min(wanted, 10_000.0)) > 0.001:
                sockets[end.node].shape(end.interface, wanted)
            if card.is_up != carries:
                light[end.node, end.interface] = carries
    switch(box, sockets, light)
    dark = dark_nodes(faults)
    lan.settle(box, sockets, dark)
    for node, socket in sockets.items():
        if cards[node][MANAGEMENT].is_up != (node not in dark):
            socket.set_up(MANAGEMENT, up=node not in dark)


def switch(box: Box, sockets: Mapping[str, Netlink], light: Mapping[End, bool]) -> None:
    """Switch these ends of lines on (True) or off: first off, and on as soon as the routing daemons have noticed that they were dark."""
    off, on = ([end for end, lit in light.items() if lit is wanted] for wanted in (False, True))
    for node, card in off:
        sockets[node].set_up(card, up=False)
    await_noticed(box, on)
    for node, card in on:
        sockets[node].set_up(card, up=True)
