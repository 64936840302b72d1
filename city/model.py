"""The city as frozen data: what every other folder plans from.

This module says what a city *is*. It refuses to read files (`city.load`), to judge (`city.check`) and to
derive addresses (`city.addressing`). Every object is immutable; a change is `model_copy(update=…)`.
Units stand in the field's name: `_mbit` is 10^6 bit/s, `_gb` is 10^9 bytes, `_seconds` are seconds.
Systems, pools and exemptions are defined in `city.cloud` and are to be had from here like everything else.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Annotated

from pydantic import Field

from city.base import CityModel, ContactRole, Dialect, Name, Text
from city.cloud import Backup, Egress, Exemption, Group, Pool, Probe, Quota, Storage, System, SystemKind, SystemState, Tier, Workload
from city.dualstack import Ipv6Exemption, TwinKind
from city.edge import Edge
from city.extranet import Attachment, Extranet, Peer, Server, Services, Target
from city.private import Decision, Enclave, PrivateHost, PrivateNetwork, PrivateRange, PrivateRouter, Sensitivity
from ops.language import N_, WORD

__all__ = [
    "AddressPlan",
    "Attachment",
    "Backup",
    "CentreRole",
    "City",
    "CityModel",
    "Contact",
    "ContactRole",
    "Decision",
    "Dialect",
    "Egress",
    "Enclave",
    "Exemption",
    "Extranet",
    "Group",
    "Ipv6Exemption",
    "Isolation",
    "Level",
    "Link",
    "LinkEnd",
    "Name",
    "Organisation",
    "OrganisationKind",
    "Peer",
    "Place",
    "PlaceKind",
    "Plane",
    "Pool",
    "PrivateHost",
    "PrivateNetwork",
    "PrivateRange",
    "PrivateRouter",
    "Probe",
    "Quota",
    "Router",
    "RouterRole",
    "Sensitivity",
    "Server",
    "Services",
    "Site",
    "SiteKind",
    "Storage",
    "System",
    "SystemKind",
    "SystemState",
    "Target",
    "Text",
    "Tier",
    "TwinKind",
    "Window",
    "Workload",
]


class PlaceKind(StrEnum):
    CITY = "city"
    COUNTY = "county"
    ZONE = "zone"
    TOWN = "town"


class Place(CityModel):
    """An administrative place; a town's `parent` is its county or zone, theirs is the city."""

    name: Name
    kind: PlaceKind
    title: Text
    parent: Name | None = None
    number: int = Field(ge=0, le=255, description="Digit of the address plan: unique among the places of one parent.")
    assumed: bool = False


class OrganisationKind(StrEnum):
    DEPARTMENT = "department"
    OWNER = "owner"
    OPERATOR = "operator"


class Organisation(CityModel):
    """A department, the owner of the node, or the company that operates it (管运分离)."""

    name: Name
    kind: OrganisationKind
    title: Text
    has_room: bool = Field(default=False, description="Runs a machine room of its own (自建机房).")
    assumed: bool = False


class Contact(CityModel):
    """A duty, never a person: who holds it stands in the organisation's own directory."""

    role: ContactRole
    organisation: Name


class SiteKind(StrEnum):
    CENTRE = "centre"
    ROOM = "room"
    CLOUD = "cloud"
    PROVINCE = "province"
    INTERNET = "internet"


class CentreRole(StrEnum):
    PRODUCTION = "production"
    SAME_CITY = "same-city"
    REMOTE = "remote"


class Site(CityModel):
    """A building that the extranet reaches: a centre, a department's room, the old cloud, the province, the internet."""

    name: Name
    kind: SiteKind
    title: Text
    place: Name
    number: int = Field(ge=0, le=254, description="Digit of the address plan: unique among all sites.")
    organisation: Name | None = None
    role: CentreRole | None = Field(default=None, description="Of a centre: its part in two sites, three centres.")
    lan: IPv4Network = Field(description="The site's own network; its gateway node has the first address.")
    lan6: IPv6Network | None = Field(default=None, description="Its network in IPv6, a /64, where that isn't the city's to give: outside.")
    pods: IPv4Network | None = Field(default=None, description="Of a centre: the range of its cluster's pods.")
    services: IPv4Network | None = Field(default=None, description="Of a centre: the range of its cluster's services.")
    assumed: bool = False


class Isolation(StrEnum):
    COMMON = "common"
    STRONG = "strong"


class Plane(CityModel):
    """One of the planes of one network (一网多平面)."""

    name: Name
    title: Text
    number: int = Field(ge=0, le=15)
    isolation: Isolation = Isolation.COMMON
    egress: bool = Field(default=False, description="May reach the internet egress.")
    exports: tuple[Target, ...] = Field(default=(), description="Route targets of its own routes; empty: one by its number.")
    imports: tuple[Target, ...] = Field(default=(), description="Route targets that it takes in; empty: its own.")
    share_percent: int = Field(default=0, ge=0, le=100, description="Its share of a line that it attaches to; 0: the whole line.")


class RouterRole(StrEnum):
    PROVINCE = N_("province", WORD)
    CORE = N_("core", WORD)
    AGGREGATION = N_("aggregation", WORD)
    TOWN = N_("town", WORD)


class Router(CityModel):
    """A router of the extranet."""

    name: Name
    role: RouterRole
    place: Name
    dialect: Dialect = Dialect.FRR
    loopback: IPv4Address
    management: int = Field(ge=2, le=60000, description="Its host number in the out-of-band management network.")
    lan: IPv4Network | None = Field(default=None, description="The local network behind `lan0`, if it has one.")
    standby_of: Name | None = Field(default=None, description="The router whose LAN it is cabled to as well, to take over its gateway.")


class Level(StrEnum):
    """The levels of the extranet, as the plan names them."""

    PROVINCE = "province"
    CORE = "core"
    COUNTY = "county"
    TOWN = "town"
    CENTRE = "centre"
    ACCESS = "access"
    EGRESS = "egress"


class LinkEnd(CityModel):
    """One end of a link: a router or a site's gateway node, and the interface there."""

    node: Name
    interface: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,9}$")]


class Link(CityModel):
    """A point-to-point link; `a` has the first usable address of `ipv4` (a /30), `b` the second."""

    name: Name
    a: LinkEnd
    b: LinkEnd
    level: Level
    rate_mbit: int = Field(gt=0)
    planned_mbit: int | None = Field(default=None, gt=0, description="What the plan asks for, where today's rate is less.")
    number: int = Field(ge=0, le=4095, description="Digit of the address plan: unique among all links.")
    ipv4: IPv4Network


class AddressPlan(CityModel):
    """The pools that addresses come from; `city.addressing` says how IPv6 is derived."""

    ipv4: tuple[IPv4Network, ...]
    ipv6: IPv6Network = Field(description="The city's prefix, on a nibble border.")
    domain: str = Field(description="The DNS zone of the extranet, without the last dot.")
    dnssec: bool = Field(default=False, description="Policy: the extranet's zones are signed.")


class Window(CityModel):
    """A weekly stretch of time in which cutovers are allowed (时间窗); it may run past midnight."""

    weekday: int = Field(ge=0, le=6, description="0 is Monday.")
    start_hour: int = Field(ge=0, le=23)
    hours: int = Field(gt=0, le=24)


class City(CityModel):
    """Everything that the plan says of the city."""

    name: Name
    title: Text
    production: bool = Field(default=False, description="Plans against it need approval by someone else than their author.")
    totals: dict[str, int] = Field(default_factory=dict, description="The plan's own figures; `city.check` holds the data to them.")
    address_plan: AddressPlan
    places: tuple[Place, ...]
    organisations: tuple[Organisation, ...]
    contacts: tuple[Contact, ...] = ()
    planes: tuple[Plane, ...]
    sites: tuple[Site, ...]
    routers: tuple[Router, ...]
    links: tuple[Link, ...]
    systems: tuple[System, ...]
    ipv6_exemptions: tuple[Ipv6Exemption, ...] = ()
    registries: tuple[str, ...] = Field(default=(), description="Where images come from; `registry.` and the domain, if none is named.")
    storage: Storage = Storage()
    pools: tuple[Pool, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    groups: tuple[Group, ...] = ()
    windows: tuple[Window, ...] = ()
    extranet: Extranet = Extranet()
    private_networks: tuple[PrivateNetwork, ...] = ()
    enclaves: tuple[Enclave, ...] = ()
    edges: tuple[Edge, ...] = ()

    @cached_property
    def place_by_name(self) -> dict[str, Place]:
        return {place.name: place for place in self.places}

    @cached_property
    def site_by_name(self) -> dict[str, Site]:
        return {site.name: site for site in self.sites}

    @cached_property
    def router_by_name(self) -> dict[str, Router]:
        return {router.name: router for router in self.routers}

    @cached_property
    def link_by_name(self) -> dict[str, Link]:
        return {link.name: link for link in self.links}

    @cached_property
    def system_by_name(self) -> dict[str, System]:
        return {system.name: system for system in self.systems}

    @cached_property
    def private_network_by_name(self) -> dict[str, PrivateNetwork]:
        return {network.name: network for network in self.private_networks}

    @cached_property
    def plane_by_name(self) -> dict[str, Plane]:
        return {plane.name: plane for plane in self.planes}

    @cached_property
    def pool_by_department(self) -> dict[str, Pool]:
        return {pool.department: pool for pool in self.pools}

    @cached_property
    def group_by_name(self) -> dict[str, Group]:
        return {group.name: group for group in self.groups}

    @property
    def centres(self) -> tuple[Site, ...]:
        """The three centres: production, same-city, remote."""
        order = tuple(CentreRole)
        found = [site for site in self.sites if site.kind is SiteKind.CENTRE and site.role is not None]
        return tuple(sorted(found, key=lambda site: order.index(site.role)))

    def links_of(self, node: str) -> tuple[Link, ...]:
        """The links that end at a router or site, in the data's order."""
        return tuple(link for link in self.links if node in (link.a.node, link.b.node))

    def places_under(self, place: str) -> frozenset[str]:
        """The place itself and every place below it."""
        below = {child.name for child in self.places if child.parent == place}
        return frozenset({place}).union(*(self.places_under(name) for name in below)) if below else frozenset({place})
