"""One interface of a router as it shall be, whichever vendor's: addresses, routing, and what is bound to it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

MASTER_PRIORITY, BACKUP_PRIORITY = 120, 100
"""Who of two gateways answers while both live; 100 is what both vendors take for granted (RFC 5798, section 5.2.4)."""

GATEWAY_GROUP = 1
"""The number of the group (VRID) wherever two routers share a gateway: one a network."""

GATEWAY_LINK_LOCAL = IPv6Address("fe80::1")
"""What hosts learn as their router, whoever answers for it; the first address of a VRRP group in IPv6 (RFC 5798, 6.1)."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that two routers share (VRRP, RFC 5798): the addresses that hosts know, and which of the two this is."""

    group: int
    ipv4: IPv4Address
    ipv6: IPv6Address | None
    priority: int


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface: its addresses and how routing runs on it."""

    name: str
    description: str
    ipv4: IPv4Interface
    ipv6: IPv6Interface | None = None
    cost: int | None = None
    passive: bool = False
    point_to_point: bool = False
    advertises_prefix: bool = False
    """Router advertisements for hosts behind it (RFC 4861)."""
    labelled: bool = False
    """Carries planes between routers (MPLS with LDP, RFC 5036)."""
    filter_in: int | None = None
    """Number of the filter that what comes in has to pass."""
    rate_kbit: int | None = None
    """What it may carry in each direction; None: whatever the line carries."""
    gateway: Gateway | None = None
    plane: str = ""
    """The plane that it is bound to; empty: the network that carries the planes."""
    vlan: int | None = None
    """Tag of a sub-interface."""
