"""BGP in the lab: which nodes run it, and how the outside (the province, the internet) speaks to the city. Pure.

The outside is configured from the start, in both families, and says what it likes: it filters nothing, so that what the city lets
in and out is the city's own doing. Routers get theirs by `net push`, as everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from city.addressing import InterfaceAddress, LanAddress, addressing
from city.model import City, Dialect, Peer, SiteKind
from network.intent.bgp import speakers


@dataclass(frozen=True, slots=True)
class Line:
    """A line to the city: who stands at the other end, with its addresses."""

    router: str
    ipv4: IPv4Address
    ipv6: IPv6Address


def runs_bgp(city: City, node: str) -> bool:
    """Whether the node takes part: a router that speaks BGP and is FRR, or a site to which one speaks."""
    if node in city.site_by_name:
        return bool(_peers(city, node))
    return any(router.name == node and router.dialect is Dialect.FRR for router in speakers(city))


def outside_config(city: City, site: str) -> list[str]:
    """The process of a site's gateway: the province announces its network, the internet the way to everywhere. Empty where nobody asks."""
    peers = _peers(city, site)
    lan = addressing(city).lan(site)
    if not peers or lan is None:
        return []
    lines = [_line(city, peer) for peer in peers]
    return [
        f"router bgp {peers[0].asn}",
        f" bgp router-id {lan.ipv4.ip}",
        " no bgp default ipv4-unicast",
        " no bgp ebgp-requires-policy",
        " timers bgp 3 9",
        *(row for line in lines for address in (line.ipv4, line.ipv6) for row in _neighbour(city, address, line.router)),
        *_family("ipv4", [str(line.ipv4) for line in lines], _told(city, site, lan, "ipv4")),
        *_family("ipv6", [str(line.ipv6) for line in lines], _told(city, site, lan, "ipv6")),
        "exit",
        "!",
    ]


def _peers(city: City, site: str) -> list[Peer]:
    """The city's neighbours that are this site."""
    return [peer for peer in city.extranet.peers if site in _ends(city, peer)]


def _ends(city: City, peer: Peer) -> set[str]:
    link = city.link_by_name[peer.link]
    return {link.a.node, link.b.node}


def _line(city: City, peer: Peer) -> Line:
    end: InterfaceAddress = next(end for end in addressing(city).interfaces(peer.router) if end.link == peer.link)
    return Line(peer.router, end.ipv4.ip, end.ipv6.ip)


def _neighbour(city: City, address: IPv4Address | IPv6Address, router: str) -> list[str]:
    to = f" neighbor {address}"
    return [f"{to} remote-as {city.extranet.asn}", f"{to} description {router}", f"{to} timers connect 5"]


def _told(city: City, site: str, lan: LanAddress, family: str) -> str:
    """What the site announces: a network of its own, or (empty) the way to everywhere."""
    if city.site_by_name[site].kind is SiteKind.INTERNET:
        return ""
    return str((lan.ipv4 if family == "ipv4" else lan.ipv6).network)


def _family(family: str, addresses: list[str], network: str) -> list[str]:
    said = [f"  neighbor {address} default-originate" for address in addresses] if not network else []
    return [
        f" address-family {family} unicast",
        *([f"  network {network}"] if network else []),
        *(f"  neighbor {address} activate" for address in addresses),
        *said,
        " exit-address-family",
    ]
