"""The network as it is, or would be: every node's interfaces and how routing runs on them, free of any vendor's words.

Made from configurations (`network.simulate.read`) or from the city itself; the same for both, so that before and after
can be compared. It refuses to know traffic, promises or devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface

IPV4, IPV6 = 4, 6
FAMILIES = (IPV4, IPV6)

BASE = ""
"""The plane of interfaces that are bound to none: the network that carries the others."""


@dataclass(frozen=True, slots=True)
class Routing:
    """How one routing protocol runs on an interface in one family."""

    area: str
    cost: int
    hello: int = 10
    dead: int = 40
    point_to_point: bool = False
    passive: bool = False

    def meets(self, other: Routing) -> bool:
        """Whether the two become neighbours: what a hello carries must agree (RFC 2328, section 10.5; RFC 5340, 4.2.2.1)."""
        mine = (self.area, self.hello, self.dead, self.point_to_point)
        return not self.passive and not other.passive and mine == (other.area, other.hello, other.dead, other.point_to_point)


@dataclass(frozen=True, slots=True)
class Port:
    """One interface."""

    name: str
    plane: str = BASE
    is_up: bool = True
    ipv4: tuple[IPv4Interface, ...] = ()
    ipv6: tuple[IPv6Interface, ...] = ()
    routing: Mapping[int, Routing] = field(default_factory=dict)
    """By family; none where the family isn't routed here."""

    def addresses(self, family: int) -> tuple[IPv4Interface, ...] | tuple[IPv6Interface, ...]:
        return self.ipv4 if family == IPV4 else self.ipv6

    def is_announced(self, family: int) -> bool:
        """Whether others learn the way to the network behind it."""
        return self.is_up and family in self.routing and bool(self.addresses(family))

    def is_neighbour(self, other: Port, family: int) -> bool:
        """Whether the two ends of a line become neighbours in this family."""
        mine, theirs = self.routing.get(family), other.routing.get(family)
        if mine is None or theirs is None or not (self.is_up and other.is_up) or self.plane != other.plane:
            return False
        networks = {address.network for address in self.addresses(family)} & {address.network for address in other.addresses(family)}
        return bool(networks) and mine.meets(theirs)


@dataclass(frozen=True, slots=True)
class Filter:
    """A named list of packet rules in one family, as far as a comparison of families needs it: `permits` names without addresses."""

    name: str
    family: int
    permits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Vrf:
    """A plane as one router has it: whose routes it takes, and to whom it gives its own."""

    name: str
    imports: frozenset[str] = frozenset()
    exports: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Box:
    """A router, or a site's gateway."""

    name: str
    ports: Mapping[str, Port] = field(default_factory=dict)
    vrfs: Mapping[str, Vrf] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()


World = Mapping[str, Box]
"""Every node by name; one that is missing carries nothing."""
