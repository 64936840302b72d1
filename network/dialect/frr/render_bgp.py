"""BGP of an intent as FRR prints it: the city's pools, who may hear of them, and the neighbours. Pure.

Outside only the pools are told, and nothing of the city's own addresses is believed. The planes' families stay with the vendors'
routers: they need MPLS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from network.dialect.frr.bgp import PREFIXES, TAG
from network.dialect.vendor.words import MARK
from network.intent.bgp import Bgp, Family, Neighbour
from network.intent.router import Intent
from network.tree import Node

OUT, IN = f"{PREFIXES}-OUT", f"{PREFIXES}-IN"
"""The lists of what leaves the city and of what may come in; FRR keeps a name apart by family."""
STEP: Final = 10
LAST: Final = 1000
"""Where a list lets the rest pass: behind every pool."""

KEEPALIVE_SECONDS, HOLD_SECONDS = 3, 9
"""A neighbour that is silent for so long is lost; FRR's own 180 s would keep dead routes that OSPF gave up after 4."""
RETRY_SECONDS: Final = 5
"""How soon a session is tried again; FRR's own 120 s are for a whole Internet of neighbours."""

_WORDS: Final = {Family.IPV4: "ip", Family.IPV6: "ipv6"}
"""The families that FRR speaks here, and what it calls them outside of BGP."""


def pools(intent: Intent) -> Iterator[Node]:
    """The city's pools, which end here if nothing more precise is known, and the lists at the city's edge."""
    if intent.bgp is None:
        return
    told = [(family, nets) for family in _WORDS if (nets := _announced(intent.bgp, family))]
    for family, nets in told:
        yield from (Node(f"{_WORDS[family]} route {net} blackhole tag {TAG}") for net in nets)
    for family, nets in told:
        words = f"{_WORDS[family]} prefix-list"
        for place, net in enumerate(nets, 1):
            yield Node(f"{words} {OUT} seq {place * STEP} permit {net}")
        for place, net in enumerate(nets, 1):
            yield Node(f"{words} {IN} seq {place * STEP} deny {net} le {net.max_prefixlen}")
        yield Node(f"{words} {IN} seq {LAST} permit any")


def process(intent: Intent) -> Iterator[Node]:
    """The process: neighbours first, then what is said to each in which family."""
    found = intent.bgp
    if found is None:
        return
    own = (f"bgp router-id {intent.router_id}", "no bgp default ipv4-unicast", f"timers bgp {KEEPALIVE_SECONDS} {HOLD_SECONDS}")
    neighbours = [line for peer in found.neighbours if _WORDS.keys() & set(peer.families) for line in _neighbour(peer)]
    families = [_family(found, family) for family in _WORDS if found.in_family(family)]
    yield Node(f"router bgp {found.asn}", (*(Node(line) for line in (*own, *neighbours)), *families))


def _announced(found: Bgp, family: Family) -> Sequence[IPv4Network | IPv6Network]:
    return found.announces4 if family is Family.IPV4 else found.announces6


def _neighbour(peer: Neighbour) -> list[str]:
    to = f"neighbor {peer.address}"
    source = [] if peer.external else [f"{to} update-source lo"]
    return [f"{to} remote-as {peer.asn}", f"{to} description {MARK} {peer.name}", *source, f"{to} timers connect {RETRY_SECONDS}"]


def _family(found: Bgp, family: Family) -> Node:
    lines = [f"network {net}" for net in _announced(found, family)]
    lines += [line for peer in found.in_family(family) for line in _in_family(peer, found)]
    return Node(f"address-family {family} unicast", tuple(Node(line) for line in lines))


def _in_family(peer: Neighbour, found: Bgp) -> list[str]:
    to = f"neighbor {peer.address}"
    lines = [f"{to} activate"]
    if peer.client:
        lines.append(f"{to} route-reflector-client")
    if peer.external:
        lines += [f"{to} prefix-list {IN} in", f"{to} prefix-list {OUT} out"]
    elif found.has_external:
        lines.append(f"{to} next-hop-self")
    return lines
