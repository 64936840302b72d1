"""Who is a member of the quorum and where it listens: pure, from the city and the lab's management network.

Replication and the quorum's own talk go over the extranet, by the centres' LAN addresses, so that a cut extranet cuts
them too. Operators come by the management network.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import TYPE_CHECKING

from city.model import CentreRole
from ops.errors import UsageProblem
from ops.language import _

if TYPE_CHECKING:
    from city.model import City, Group
    from lab.box import Box

DCS_CLIENT = 12379
DCS_PEER = 12380
POSTGRES = 5432
REST = 8008


@dataclass(frozen=True, slots=True)
class Member:
    """A centre's etcd and PostgreSQL."""

    centre: str
    role: CentreRole
    lan: IPv4Address
    management: IPv4Address
    sources: tuple[IPv4Address, ...] = ()
    """Its other addresses: what it opens towards another centre comes from the link it leaves by."""

    @property
    def is_remote(self) -> bool:
        """The remote centre follows and votes, but never becomes primary and never holds up a commit."""
        return self.role is CentreRole.REMOTE

    @property
    def rest(self) -> str:
        return f"http://{self.management}:{REST}"

    @property
    def dcs(self) -> str:
        return f"http://{self.management}:{DCS_CLIENT}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that the configuration files are rendered from."""

    lab: str
    scope: str
    members: tuple[Member, ...]
    management: IPv4Network
    extranet: tuple[IPv4Network | IPv6Network, ...]
    """The ranges that clients come from."""

    @property
    def between(self) -> tuple[IPv4Address, ...]:
        """Every address that a member may come from."""
        return tuple(address for member in self.members for address in (member.lan, *member.sources))

    @property
    def preferred(self) -> Member:
        """The member that is bootstrapped first: the production centre's."""
        return min(self.members, key=lambda member: list(CentreRole).index(member.role))


def hosted_group(city: City) -> Group:
    """The group whose databases the lab hosts: the city's first (one PostgreSQL a centre is what the lab has)."""
    if not city.groups:
        raise UsageProblem(
            _("the city '{name}' has no DR group").format(name=city.name),
            why=_("the lab's databases belong to one"),
            hint=_("add one to groups.yaml"),
        )
    return city.groups[0]


def layout_of(box: Box) -> Layout:
    """The quorum of this lab."""
    from city.addressing import addressing

    city = box.city
    group = hosted_group(city)
    plan = addressing(city)
    members = []
    for site in city.centres:
        lan = plan.lan(site.name)
        if lan is None or site.role is None:
            raise UsageProblem(_("the centre '{name}' has no LAN").format(name=site.name), hint=_("give the site a `lan` and a `role`"))
        sources = tuple(each.ipv4.ip for each in plan.interfaces(site.name))
        members.append(Member(site.name, site.role, lan.ipv4.ip, box.management_address(site.name), sources))
    centres = city.centres
    pods = tuple(site.pods for site in centres if site.pods is not None)
    return Layout(
        lab=box.name,
        scope=group.name,
        members=tuple(members),
        management=box.management,
        extranet=(*city.address_plan.ipv4, *pods, city.address_plan.ipv6),
    )
