"""A department's private network (业务专网) as data: what it is today, what becomes of each range, and where it enters the extranet.

Its addresses were chosen without the extranet in mind, so ranges may overlap each other's networks and the extranet: that is
what they are like, and no error. What is asked is a decision for every range that does. Judged in `city.rules.private`;
carried out by `network.cutover`.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from pydantic import Field

from city.base import CityModel, Dialect, Name, Text

Port = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,9}$")]
"""An interface as the router calls it."""


class Sensitivity(StrEnum):
    """What a network's data demand of the plane that takes it in."""

    ORDINARY = "ordinary"
    SENSITIVE = "sensitive"
    """Sensitive and not classified (敏感非涉密): strong isolation."""


class Decision(StrEnum):
    """What becomes of a range when the network is merged."""

    KEEP = "keep"
    RENUMBER = "renumber"
    """Its hosts get addresses of the extranet's plan; the old ones go when the old path is retired."""
    NAT = "nat"
    """Its hosts stay as they are; outside they are known by translated addresses, one for one."""


class PrivateRouter(CityModel):
    """A router of the private network, which joins the plane through one attachment of the extranet."""

    name: Name
    dialect: Dialect = Dialect.FRR
    management: int = Field(ge=2, le=60000, description="Its host number in the out-of-band management network.")
    loopback: IPv4Address = Field(description="Of the extranet's address plan; it is given to the router by the cutover.")
    attachment: Name
    uplink: Port = Field(description="The interface at which the line to the extranet ends.")


class PrivateRange(CityModel):
    """One local network, and what becomes of it; its router has the first address of both."""

    name: Name
    router: Name
    interface: Port
    ipv4: IPv4Network
    number: int = Field(ge=0, le=255, description="Digit of the address plan: unique in its network.")
    decision: Decision | None = None
    becomes: IPv4Network | None = Field(default=None, description="The range of the extranet's plan that takes its place.")
    announced_on: Port | None = Field(default=None, description="With nat: the interface that stands for the translated range.")


class PrivateHost(CityModel):
    """A host that must go on answering."""

    name: Name
    range: Name
    host: int = Field(ge=2, le=65534, description="Its number in the range, the same before and after.")
    management: int = Field(ge=2, le=60000)
    port: int = Field(ge=1, le=65535, description="Where its service answers, over TCP.")
    names: tuple[Name, ...] = Field(default=(), description="Its names in the extranet's DNS zone, which the cutover switches.")


class PrivateNetwork(CityModel):
    """A private network on its way into the extranet."""

    name: Name
    title: Text
    department: Name
    number: int = Field(ge=1, le=239, description="Digit of the address plan: unique among private networks.")
    data: Sensitivity
    plane: Name
    routers: tuple[PrivateRouter, ...]
    ranges: tuple[PrivateRange, ...]
    hosts: tuple[PrivateHost, ...] = ()
    users: tuple[Name, ...] = Field(
        default=(), description="Sites whose enclave in the plane may use its services; the first is the pilot."
    )
    assumed: bool = False


class Enclave(CityModel):
    """A site's own network inside a plane, apart from its LAN; the plane's router has the first address, the site the second."""

    name: Name
    site: Name
    plane: Name
    router: Name = Field(description="The extranet's router that has the plane's table which it joins.")
    number: int = Field(ge=0, le=255, description="Digit of the address plan: unique among the enclaves of a plane.")
    management: int = Field(ge=2, le=60000)
    ipv4: IPv4Network
