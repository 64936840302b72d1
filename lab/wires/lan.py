"""Local networks with two routers: a switch, a host at it, and what the routers need to be one gateway (RFC 5798).

Switch and host are one network namespace that is no node: nobody logs in there and nothing runs. Its bridge has the routers' `lan0` as
ports and bears the host's addresses: number 10 in IPv4, and in IPv6 whatever the routers advertise. On each router two macvlan devices
over `lan0` have the gateway's MAC addresses, one a family, as FRR's vrrpd wants them, and say nothing before it lets them: one word from a
router that just starts would draw the hosts' packets to it. The addresses on all of these are the routers' own business. What is made
here can be asked for again at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface
from typing import Final

from city.addressing import addressing
from city.model import City
from lab import namespace
from lab.box import Box
from lab.wires.netlink import Netlink, write_settings
from network.intent.gateways import groups
from network.intent.interface import GATEWAY_GROUP

LAN: Final = "lan0"
SWITCH: Final = "switch"
HOST_NUMBER: Final = 10
HOST_MAC: Final = "02:00:00:00:00:0a"

DEVICES: Final = {f"{LAN}v4": f"00:00:5e:00:01:{GATEWAY_GROUP:02x}", f"{LAN}v6": f"00:00:5e:00:02:{GATEWAY_GROUP:02x}"}
"""The devices of a gateway and its MAC addresses (RFC 5798, section 7.3)."""

ROUTER_SETTINGS: Final = {
    "net/ipv4/conf/all/promote_secondaries": "1",  # a router's own address stays when the one before it goes
    "net/ipv4/conf/all/arp_ignore": "1",  # the gateway's address is told with the gateway's MAC address alone
    "net/ipv4/conf/all/arp_announce": "2",
    f"net/ipv6/conf/{LAN}v4/disable_ipv6": "1",
    f"net/ipv6/conf/{LAN}v6/addr_gen_mode": "3",  # by chance: two routers with one MAC address need two link-local addresses
}
HOST_SETTINGS: Final = {"net/ipv6/conf/default/accept_dad": "0", "net/ipv6/conf/default/accept_ra": "1"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A network with its routers, and the host at it: its address and its way out."""

    name: str
    routers: tuple[str, ...]
    host: IPv4Interface
    gateway: str


def segments(city: City) -> tuple[Segment, ...]:
    """Every local network with more than one router."""
    found = []
    for group in groups(city):
        lan = addressing(city).lan(group[0].name)
        if lan is not None:
            host = IPv4Interface((lan.ipv4.network.network_address + HOST_NUMBER, lan.ipv4.network.prefixlen))
            found.append(Segment(f"{group[0].name}-lan", tuple(router.name for router in group), host, str(lan.ipv4.ip)))
    return tuple(found)


def build(box: Box, sockets: Mapping[str, Netlink]) -> None:
    """Make whatever is missing of switches, their cables, and the devices on routers."""
    for segment in segments(box.city):
        name = box.netns(segment.name)
        namespace.create(name)
        write_settings(name, HOST_SETTINGS)
        with Netlink(name) as switch:
            _switch(switch, segment)
            for number, router in enumerate(segment.routers, 1):
                _cable(sockets[router], switch, f"port{number}", name)
                _devices(sockets[router], box.netns(router))


def settle(box: Box, sockets: Mapping[str, Netlink], dark: Collection[str]) -> None:
    """A router that nobody reaches has no light on its local network either."""
    for router in (router for segment in segments(box.city) for router in segment.routers):
        card = sockets[router].cards().get(LAN) if router in sockets else None
        if card is not None and card.is_up != (router not in dark):
            sockets[router].set_up(LAN, up=router not in dark)


def power_cut(socket: Netlink) -> None:
    """End the devices, which a machine makes anew when it starts."""
    for device in DEVICES:
        socket.remove(device)


def _switch(switch: Netlink, segment: Segment) -> None:
    if SWITCH not in switch.cards():
        switch.add_bridge(SWITCH, HOST_MAC)
    switch.set_up("lo", up=True)
    switch.set_up(SWITCH, up=True)
    switch.add_address(SWITCH, segment.host)
    switch.default_route(segment.gateway)


def _cable(router: Netlink, switch: Netlink, port: str, name: str) -> None:
    """From the router to the switch, whose end comes up last; the router's has light before there are devices over it.

    A macvlan device that was held silent speaks when the line below it comes up.
    """
    if router.index(LAN) and switch.is_up(port):
        return
    router.remove(LAN)
    switch.remove(port)
    router.add_pair(LAN, port, name)
    router.set_up(LAN, up=True)
    write_settings(name, {f"net/ipv6/conf/{port}/disable_ipv6": "1"})
    switch.set_up(port, up=True, master=SWITCH)


def _devices(router: Netlink, name: str) -> None:
    cards = router.cards()
    fresh = [device for device in DEVICES if device not in cards or not cards[device].is_up]
    for device in fresh:
        if device not in cards:
            router.add_macvlan(device, LAN, DEVICES[device])
        router.hold_silent(device)
    write_settings(name, ROUTER_SETTINGS)
    for device in fresh:
        router.set_up(device, up=True)
