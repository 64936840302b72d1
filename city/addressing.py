"""The address plan, derived from the city: IPv4 as it is today, IPv6 by rule. Pure; nothing is stored.

The city's IPv6 prefix is a /40. Every field below it ends on a nibble, so that an address can be read aloud:

    /40 city | /44 place P | /48 function F | 16 bits of that function | 64 bits of host

- P: 0 is the city itself, else the number of the county or zone: one route summarises a county.
- F 0, loopbacks: one /64; the host part is the router's IPv4 loopback. /128 each.
- F 1, links: 16 bits are the link's number: a /64 is set aside and a /127 of it used (RFC 6164).
- F 2, routers' LANs: 8 bits of town, 8 bits of router within it: /64 each (RFC 4291, RFC 7421).
- F 4, sites: 8 bits of site, then 00 the LAN (/64), 10 the pods (/60), 20 the services (/112).
- F 5, private networks: 8 bits of network, 8 bits of range: a /64; network F0 and the plane's number: that plane's enclaves.
- F 8 to F, links into planes: F is 8 and the plane's number (0 to 7), 16 bits the attachment's number: a /127 of a /64.

A link belongs to the county or zone of its lower end. Documentation prefix: RFC 3849. Hierarchy on nibbles: RFC 5375, B.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Final

from city.model import Attachment, City, Enclave, Level, Link, LinkEnd, PlaceKind, PrivateNetwork, PrivateRange, Server, Site
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown

LOOPBACKS: Final = 0
LINKS: Final = 1
ROUTER_LANS: Final = 2
SITES: Final = 4
PRIVATE: Final = 5
ENCLAVES: Final = 0xF0
PLANES: Final = 8


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """A router's loopback in both families: /32 and /128."""

    ipv4: IPv4Address
    ipv6: IPv6Address


@dataclass(frozen=True, slots=True)
class LanAddress:
    """The gateway's own address in a local network: the first host of the /24 or whatever it is, and ::1 of the /64."""

    ipv4: IPv4Interface
    ipv6: IPv6Interface


@dataclass(frozen=True, slots=True)
class InterfaceAddress:
    """One link end with its addresses: a /30 and a /127; `a` has the lower of both."""

    node: str
    interface: str
    link: str
    peer: str
    peer_interface: str
    ipv4: IPv4Interface
    ipv6: IPv6Interface
    rate_mbit: int
    level: Level


@dataclass(frozen=True, slots=True)
class AttachmentAddress:
    """The router's end of a plane's link: a /30 and a /127; who attaches has the next address of both."""

    ipv4: IPv4Interface
    ipv6: IPv6Interface


class Addressing:
    """Every address of one city."""

    def __init__(self, city: City) -> None:
        self.city = city

    def loopback(self, router: str) -> NodeAddress:
        found = self.city.router_by_name.get(router)
        if found is None:
            raise unknown("router", router, self.city.router_by_name)
        net = self._subnet(self._region(found.place), LOOPBACKS, 0)
        return NodeAddress(found.loopback, net.network_address + int(found.loopback))

    def interfaces(self, node: str) -> tuple[InterfaceAddress, ...]:
        """The link ends of a router or site, in the data's order."""
        self._known(node)
        return self._ends.get(node, ())

    def lan(self, node: str) -> LanAddress | None:
        """The local network behind a router or site, if it has one."""
        self._known(node)
        site = self.city.site_by_name.get(node)
        if site is not None:
            return _gateway(site.lan, site.lan6 or self._site(site, 0))
        router = self.city.router_by_name[node]
        if router.lan is None:
            return None
        return _gateway(router.lan, self._subnet(self._region(router.place), ROUTER_LANS, self._lan_numbers[node]))

    def pods(self, site: str) -> tuple[IPv4Network, IPv6Network]:
        """The ranges of a centre's pods: IPv4, and a /60 that has a /64 for each of 16 nodes."""
        centre, pods, _services = self._centre(site)
        return pods, IPv6Network((self._site(centre, 0x10).network_address, 60))

    def services(self, site: str) -> tuple[IPv4Network, IPv6Network]:
        """The ranges of a centre's services: IPv4, and a /112."""
        centre, _pods, services = self._centre(site)
        return services, IPv6Network((self._site(centre, 0x20).network_address, 112))

    def region_prefix(self, place: str) -> IPv6Network:
        """The /44 that summarises a county, a zone or the city's own core."""
        return IPv6Network((self._subnet(self._region(place), 0, 0).network_address, 44))

    def attachment(self, attachment: Attachment) -> AttachmentAddress:
        """The router's end of a link into a plane."""
        plane = next(plane for plane in self.city.planes if plane.name == attachment.plane)
        if plane.number >= 16 - PLANES:
            raise UsageProblem(
                _("the IPv6 plan has no room for links into plane {number}").format(number=plane.number),
                hint=_("citynode city check names the places; give it the same --city"),
            )
        region = self._region(self.city.router_by_name[attachment.router].place)
        net6 = self._subnet(region, PLANES + plane.number, attachment.number)
        return AttachmentAddress(
            IPv4Interface((attachment.ipv4.network_address + 1, attachment.ipv4.prefixlen)), IPv6Interface((net6.network_address, 127))
        )

    def private(self, network: PrivateNetwork, item: PrivateRange) -> LanAddress:
        """The gateway's address in a range of a private network once the extranet has taken it in; both families."""
        return _gateway(item.becomes or item.ipv4, self._subnet(0, PRIVATE, network.number << 8 | item.number))

    def enclave(self, enclave: Enclave) -> LanAddress:
        """The plane's router's address in a site's enclave; the site's own is the next one."""
        number = next(plane.number for plane in self.city.planes if plane.name == enclave.plane)
        return _gateway(enclave.ipv4, self._subnet(0, PRIVATE, (ENCLAVES | number) << 8 | enclave.number))

    def name_servers(self) -> tuple[tuple[Site, LanAddress], ...]:
        """The extranet's name servers, primary first: the first two centres' own addresses."""
        found = []
        for site in self.city.centres[:2]:
            lan = self.lan(site.name)
            if lan is None:
                raise UsageProblem(_("the centre '{name}' has no LAN").format(name=site.name), hint=_("give the site a `lan`"))
            found.append((site, lan))
        return tuple(found)

    def server(self, server: Server) -> NodeAddress:
        """A server's two addresses: the same host number in both of its site's LANs."""
        lan = self.lan(server.site)
        if lan is None:
            raise unknown("site", server.site, self.city.site_by_name)
        ipv4, ipv6 = lan.ipv4.network.network_address, lan.ipv6.network.network_address
        return NodeAddress(ipv4 + server.host, ipv6 + server.host)

    def _subnet(self, region: int, function: int, number: int) -> IPv6Network:
        """The /64 of this number."""
        if not (0 <= region < 16 and 0 <= number < 65536):
            raise UsageProblem(
                _("the IPv6 plan has no room for place {region}, number {number}").format(region=region, number=number),
                hint=_("citynode city check names the places; give it the same --city"),
            )
        base = int(self.city.address_plan.ipv6.network_address)
        return IPv6Network((base | region << 84 | function << 80 | number << 64, 64))

    def _site(self, site: Site, sub: int) -> IPv6Network:
        return self._subnet(self._region(site.place), SITES, site.number << 8 | sub)

    def _region(self, place: str) -> int:
        """The number of the county or zone around the place; 0 for the city itself."""
        found = self.city.place_by_name[place]
        while found.kind is PlaceKind.TOWN and found.parent is not None:
            found = self.city.place_by_name[found.parent]
        return 0 if found.kind is PlaceKind.CITY else found.number

    def _known(self, node: str) -> None:
        if node not in self.city.router_by_name and node not in self.city.site_by_name:
            raise unknown("router or site", node, [*self.city.router_by_name, *self.city.site_by_name])

    def _centre(self, name: str) -> tuple[Site, IPv4Network, IPv4Network]:
        """The centre with its pods' and its services' IPv4 ranges."""
        centres = {site.name: (site, site.pods, site.services) for site in self.city.sites if site.pods and site.services}
        if name not in centres:
            raise unknown("centre", name, centres)
        return centres[name]

    @cached_property
    def _lan_numbers(self) -> dict[str, int]:
        """Town number and position among the routers of the same place."""
        seen: dict[str, int] = {}
        numbers: dict[str, int] = {}
        for router in self.city.routers:
            place = self.city.place_by_name[router.place]
            town = place.number if place.kind is PlaceKind.TOWN else 0
            position = seen.setdefault(router.place, 0)
            seen[router.place] += 1
            numbers[router.name] = town << 8 | position
        return numbers

    @cached_property
    def _ends(self) -> dict[str, tuple[InterfaceAddress, ...]]:
        ends: dict[str, list[InterfaceAddress]] = {}
        for link in self.city.links:
            for position, (end, peer) in enumerate(((link.a, link.b), (link.b, link.a))):
                ends.setdefault(end.node, []).append(self._end(link, end, peer, position))
        return {node: tuple(found) for node, found in ends.items()}

    def _end(self, link: Link, end: LinkEnd, peer: LinkEnd, position: int) -> InterfaceAddress:
        net6 = self._subnet(self._link_region(link), LINKS, link.number)
        return InterfaceAddress(
            node=end.node,
            interface=end.interface,
            link=link.name,
            peer=peer.node,
            peer_interface=peer.interface,
            ipv4=IPv4Interface((link.ipv4.network_address + 1 + position, link.ipv4.prefixlen)),
            ipv6=IPv6Interface((net6.network_address + position, 127)),
            rate_mbit=link.rate_mbit,
            level=link.level,
        )

    def _link_region(self, link: Link) -> int:
        nodes = (self.city.router_by_name.get(end.node) or self.city.site_by_name[end.node] for end in (link.b, link.a))
        return next((region for node in nodes if (region := self._region(node.place))), 0)


def _gateway(ipv4: IPv4Network, ipv6: IPv6Network) -> LanAddress:
    return LanAddress(IPv4Interface((ipv4.network_address + 1, ipv4.prefixlen)), IPv6Interface((ipv6.network_address + 1, 64)))


def addressing(city: City) -> Addressing:
    """The addresses of this city, worked out once and kept with it, as its own indexes are."""
    kept = city.__dict__.get("_addressing")
    if not isinstance(kept, Addressing):
        kept = Addressing(city)
        city.__dict__["_addressing"] = kept
    return kept
