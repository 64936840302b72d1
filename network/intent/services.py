"""Whom a router asks and tells: time, syslog, traps, and by which name it may be asked itself. Pure.

The lists are whole: a server that the city doesn't name has no place on a router.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType
from typing import Final

from city.addressing import addressing
from city.base import Dialect
from city.model import City, Server

Address = IPv4Address | IPv6Address

SNMP_USER, SNMP_GROUP = "citynode-nms", "citynode"
"""The account that polls and that traps are sent under: SNMPv3 with authentication and privacy (RFC 3414, RFC 3826)."""

SNMP_AUTH, SNMP_PRIVACY = "snmp-auth", "snmp-privacy"
"""Names of its two secrets; the secrets themselves are filled in when lines are typed."""

SNMP_HASH: Final = MappingProxyType({Dialect.FRR: "SHA-1", Dialect.VRP8: "SHA-256", Dialect.VRP5: "SHA-256", Dialect.COMWARE7: "SHA-1"})
"""What the account is authenticated with: HMAC-SHA-96 (RFC 3414), or HMAC-192-SHA-256 (RFC 7860) where all its releases have it."""

IDLE_MINUTES = 5
"""After which a forgotten login is ended (GB/T 22239-2019, 8.1.4.1 b). Not ten: that is the vendors' own, which devices don't print."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Servers by their use, both families."""

    ntp: tuple[Address, ...] = ()
    syslog: tuple[Address, ...] = ()
    traps: tuple[Address, ...] = ()


def servers(city: City, *, ipv6: bool) -> Servers:
    """Everyone that a router asks and tells, in the families that it carries."""
    named = city.extranet.services
    return Servers(*(_addresses(city, found, ipv6=ipv6) for found in (named.ntp, named.syslog, named.traps)))


def _addresses(city: City, found: tuple[Server, ...], *, ipv6: bool) -> tuple[Address, ...]:
    twins = [addressing(city).server(server) for server in found]
    return (*(twin.ipv4 for twin in twins), *((twin.ipv6 for twin in twins) if ipv6 else ()))
