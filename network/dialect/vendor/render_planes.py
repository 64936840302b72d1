"""Planes as VPN instances, and the BGP that carries them and talks to the neighbours outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network

from network.dialect.vendor.names import LOOPBACK
from network.dialect.vendor.words import MARK, Words
from network.intent.bgp import Bgp, Family, Neighbour
from network.intent.planes import Instance
from network.intent.router import Intent
from network.tree import Node

PREFIXES4, PREFIXES6 = "CITYNODE-4", "CITYNODE-6"
"""The lists of what leaves the city."""
INWARD = "-IN"
"""Behind their names: the lists of what may come in."""
STEP, LAST = 10, 1000
"""Between entries; and where a list lets the rest pass, behind every pool."""


def instances(intent: Intent, words: Words) -> Iterator[Node]:
    """The planes that somebody enters here; an IPv6 family without a distinguisher has no effect, so each has its own."""
    for plane in intent.planes:
        distinguisher = Node(f"route-distinguisher {plane.distinguisher}")
        families = (words.family4, *([words.family6] if intent.ipv6 else []))
        inside = () if words.instance_distinguisher else (distinguisher,)
        yield Node(
            f"ip vpn-instance {plane.name}",
            (
                *((distinguisher,) if words.instance_distinguisher else ()),
                Node(f"description {MARK} plane {plane.number}"),
                *(Node(family, (*inside, *_targets(plane))) for family in families),
            ),
        )


def _targets(plane: Instance) -> tuple[Node, ...]:
    ways = (("export-extcommunity", plane.exports), ("import-extcommunity", plane.imports))
    return tuple(Node(f"vpn-target {target} {way}") for way, targets in ways for target in targets)


def pools(intent: Intent, words: Words) -> Iterator[Node]:
    """The city's pools, which end here if nothing more precise is known, and the lists that let only them out, and nothing of them in."""
    if intent.bgp is None:
        return
    lists: tuple[tuple[str, str, Sequence[IPv4Network | IPv6Network]], ...] = (
        (words.prefixes4, PREFIXES4, intent.bgp.announces4),
        (words.prefixes6, PREFIXES6, intent.bgp.announces6),
    )
    for phrase, name, nets in lists:
        for place, net in enumerate(nets, 1):
            yield Node(f"{phrase} {name} index {place * STEP} permit {net.network_address} {net.prefixlen}")
        yield from (Node(f"{phrase} {name}{INWARD} {entry}") for entry in _inward(nets))
    for net4 in intent.bgp.announces4:
        mask = net4.netmask if words.dotted_routes else net4.prefixlen
        yield Node(f"ip route-static {net4.network_address} {mask} NULL0 description {MARK} pool")
    for net6 in intent.bgp.announces6:
        yield Node(f"ipv6 route-static {net6.network_address} {net6.prefixlen} NULL0 description {MARK} pool")


def _inward(nets: Sequence[IPv4Network | IPv6Network]) -> Iterator[str]:
    """Nobody outside tells us of the city's own addresses, nor of a part of them."""
    for place, net in enumerate(nets, 1):
        yield f"index {place * STEP} deny {net.network_address} {net.prefixlen} less-equal {net.max_prefixlen}"
    if nets:
        everything = type(nets[0])((0, 0))
        yield f"index {LAST} permit {everything.network_address} 0 less-equal {everything.max_prefixlen}"


def bgp(intent: Intent, words: Words) -> Iterator[Node]:
    """The process: neighbours first, then what is said to each in which family."""
    found = intent.bgp
    if found is None:
        return
    peers = [Node(line) for peer in found.neighbours for line in _peer(peer)]
    families = [_family(found, family, words) for family in Family if found.in_family(family)]
    planes = [node for plane in intent.planes for node in _plane(plane, intent, words)]
    yield Node(f"bgp {found.asn}", (Node(f"router-id {intent.router_id}"), *peers, *families, *planes))


def _peer(peer: Neighbour) -> list[str]:
    lines = [f"peer {peer.address} as-number {peer.asn}", f"peer {peer.address} description {MARK} {peer.name}"]
    return lines if peer.external else [*lines, f"peer {peer.address} connect-interface {LOOPBACK}"]


def _family(found: Bgp, family: Family, words: Words) -> Node:
    networks = {Family.IPV4: _networks(found.announces4), Family.IPV6: _networks(found.announces6)}.get(family, [])
    lines = [line for peer in found.in_family(family) for line in _in_family(peer, family, found, words)]
    return Node(words.bgp_family[family], tuple(Node(line) for line in (*networks, *lines)))


def _networks(nets: Iterable[IPv4Network | IPv6Network]) -> list[str]:
    return [f"network {net.network_address} {net.netmask if isinstance(net, IPv4Network) else net.prefixlen}" for net in nets]


def _in_family(peer: Neighbour, family: Family, found: Bgp, words: Words) -> list[str]:
    to = f"peer {peer.address}"
    lines = [f"{to} enable"]
    if peer.external:
        phrase, name = (words.export4, PREFIXES4) if family is Family.IPV4 else (words.export6, PREFIXES6)
        lines += [f"{to} {phrase} {name}{INWARD} import", f"{to} {phrase} {name} export"]
    elif family in (Family.IPV4, Family.IPV6) and found.has_external:
        lines.append(f"{to} next-hop-local")
    if peer.client:
        lines.append(f"{to} reflect-client")
    return lines


def _plane(plane: Instance, intent: Intent, words: Words) -> list[Node]:
    """What hangs on the plane here is told to the other ways into it."""
    routes = (Node("import-route direct"),)
    paths = [
        words.bgp_instance.format(plane=plane.name, family=family).split(" / ") for family in ("ipv4", *(["ipv6"] if intent.ipv6 else []))
    ]
    if len(paths[0]) == 1:
        return [Node(path[0], routes) for path in paths]
    return [Node(paths[0][0], tuple(Node(path[1], routes) for path in paths))]
