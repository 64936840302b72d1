"""Which namespaces stand for private networks and for the plane that they enter, and the lines between them. Pure.

A plane's table on a router of the extranet (a VPN instance in a real city) is a namespace of its own here, named after both: this
kernel has no VRF devices, and nothing but a line can lead from one namespace to another. An enclave is a host in the plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Interface, IPv6Interface

from city.addressing import addressing
from city.merged import attachment_of, routers_of
from city.model import City, Enclave, PrivateHost, PrivateNetwork, PrivateRange, Router, RouterRole

FIRST_EDGE = 58000
"""Management numbers of planes' tables begin here."""
UNSHAPED = 10_000.0


@dataclass(frozen=True, slots=True)
class End:
    node: str
    interface: str


@dataclass(frozen=True, slots=True)
class Line:
    """A cable: the line of an attachment, a local network, or the way into an enclave."""

    name: str
    a: End
    b: End
    rate_mbit: float = UNSHAPED


@dataclass(frozen=True, slots=True)
class Edge:
    """A plane's table on one router of the extranet."""

    router: str
    plane: str
    management: int

    @property
    def name(self) -> str:
        return f"{self.router}-{self.plane}"


@dataclass(frozen=True, slots=True)
class Member:
    """A host: its card, its addresses as they are at first, and its way out; IPv6 only where the plane has it already."""

    name: str
    management: int
    ipv4: IPv4Interface
    gateway4: str
    ipv6: IPv6Interface | None = None
    gateway6: str = ""
    port: int | None = None
    """Where its service answers, if it has one."""


class Layout:
    """Everything that the lab builds for a city's private networks."""

    def __init__(self, city: City) -> None:
        self.city = city

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        wanted = [(enclave.router, enclave.plane) for enclave in self.city.enclaves]
        for network in self.city.private_networks:
            for router in network.routers:
                entry = attachment_of(self.city, router)
                wanted.append((entry.router, entry.plane))
        return tuple(Edge(*pair, FIRST_EDGE + number) for number, pair in enumerate(dict.fromkeys(wanted)))

    @property
    def apart(self) -> dict[str, tuple[str, ...]]:
        """Planes with tables at several routers: a real city joins them by labels, the lab doesn't."""
        found = {plane: tuple(edge.router for edge in self.edges if edge.plane == plane) for plane in {edge.plane for edge in self.edges}}
        return {plane: routers for plane, routers in found.items() if len(routers) > 1}

    @cached_property
    def gateways(self) -> tuple[Router, ...]:
        """The private networks' routers."""
        return tuple(router for network in self.city.private_networks for router in routers_of(self.city, network.routers))

    @cached_property
    def edge_routers(self) -> tuple[Router, ...]:
        """The planes' tables as routers with a management address."""
        return tuple(
            self.city.router_by_name[edge.router].model_copy(
                update={"name": edge.name, "management": edge.management, "role": RouterRole.TOWN, "lan": None, "standby_of": None}
            )
            for edge in self.edges
        )

    @cached_property
    def members(self) -> tuple[Member, ...]:
        return (*map(self._enclave, self.city.enclaves), *(self._host(network, host) for network, host in self._hosts()))

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        lines = [
            Line(enclave.name, End(f"{enclave.router}-{enclave.plane}", zone_port(enclave)), End(enclave.name, CARD))
            for enclave in self.city.enclaves
        ]
        for network in self.city.private_networks:
            for router in network.routers:
                entry = attachment_of(self.city, router)
                near = End(f"{entry.router}-{entry.plane}", entry.interface)
                lines.append(Line(entry.name, near, End(router.name, router.uplink), float(entry.rate_mbit or UNSHAPED)))
            places = {item.name: item for item in network.ranges}
            for host in network.hosts:
                item = places[host.range]
                lines.append(Line(host.name, End(item.router, item.interface), End(host.name, CARD)))
        return tuple(lines)

    @cached_property
    def management(self) -> dict[str, int]:
        """Every node's number in the management network."""
        routers = {router.name: router.management for router in (*self.edge_routers, *self.gateways)}
        return {**routers, **{member.name: member.management for member in self.members}}

    def _hosts(self) -> list[tuple[PrivateNetwork, PrivateHost]]:
        return [(network, host) for network in self.city.private_networks for host in network.hosts]

    def _enclave(self, enclave: Enclave) -> Member:
        lan = addressing(self.city).enclave(enclave)
        own = IPv4Interface((lan.ipv4.ip + 1, lan.ipv4.network.prefixlen))
        own6 = IPv6Interface((lan.ipv6.ip + 1, lan.ipv6.network.prefixlen))
        return Member(enclave.name, enclave.management, own, str(lan.ipv4.ip), own6, str(lan.ipv6.ip))

    def _host(self, network: PrivateNetwork, host: PrivateHost) -> Member:
        item = _range(network, host.range)
        first = item.ipv4.network_address
        return Member(host.name, host.management, IPv4Interface((first + host.host, item.ipv4.prefixlen)), str(first + 1), port=host.port)


CARD = "eth0"
"""A host's network card."""


def zone_port(enclave: Enclave) -> str:
    """The plane's router's interface towards an enclave."""
    return f"zone{enclave.number}"


def _range(network: PrivateNetwork, name: str) -> PrivateRange:
    return next(item for item in network.ranges if item.name == name)
