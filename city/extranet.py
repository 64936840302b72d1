"""The extranet's part of the city's data that routers alone don't say: who its peers are, where planes attach, who serves it.

Like all of `city.model` it only says what is. How a plane's targets, a neighbour's addresses or a filter follow from it is
derived in `city.addressing` and `network`.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated

from pydantic import Field

from city.base import CityModel, Name

Asn = Annotated[int, Field(ge=1, le=4_294_967_294)]
"""An autonomous system's number (RFC 6793); private ones are 64512 to 65534 and 4200000000 to 4294967294 (RFC 6996)."""

Target = Annotated[str, Field(pattern=r"^[0-9]{1,10}:[0-9]{1,10}$")]
"""A route target as devices write it, `number:number` (RFC 4360)."""


class Peer(CityModel):
    """A neighbour in another autonomous system, at the other end of a link; both families."""

    router: Name
    link: Name
    asn: Asn


class Attachment(CityModel):
    """Where somebody's network enters a plane other than the common one: a tagged sub-interface of a router.

    The router has the first address of `ipv4` (a /30), whoever is behind it the second.
    """

    name: Name
    plane: Name
    router: Name
    interface: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,9}$")]
    vlan: int = Field(ge=1, le=4094)
    ipv4: IPv4Network
    number: int = Field(ge=0, le=65535, description="Digit of the address plan: unique among the attachments of a plane.")
    organisation: Name | None = None
    rate_mbit: int | None = Field(default=None, gt=0, description="What it may send and receive; else the plane's share of the line.")


class Server(CityModel):
    """A server that routers use: a host of a site's LAN, by its number there; it has both families."""

    site: Name
    host: int = Field(ge=2, le=65534)


class Services(CityModel):
    """Whom routers ask for the time, and whom they tell what happens."""

    ntp: tuple[Server, ...] = ()
    syslog: tuple[Server, ...] = ()
    traps: tuple[Server, ...] = ()
    operators: tuple[Name, ...] = Field(default=(), description="Sites whose LAN may log in to routers.")


class Extranet(CityModel):
    """The city's own autonomous system, and what hangs on it."""

    asn: Asn = 64512
    peers: tuple[Peer, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    services: Services = Services()
    management: IPv4Network | None = Field(default=None, description="The out-of-band network; it has no IPv6.")
