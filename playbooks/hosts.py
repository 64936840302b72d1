"""The city's routers and sites' hosts as Ansible wants them: variables and groups. Pure but for reading the two files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from city.addressing import addressing
from city.model import City, Router, RouterRole
from ops.access import Ssh
from playbooks.door import Surroundings, surroundings

ROLES = {RouterRole.PROVINCE: "province_edge", RouterRole.CORE: "cores", RouterRole.AGGREGATION: "aggregation", RouterRole.TOWN: "towns"}
"""Groups by role; none has the name that a site may have."""

Variables = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Host:
    """A host of the inventory and its variables."""

    name: str
    variables: Variables


@dataclass(frozen=True, slots=True)
class Listing:
    """The whole inventory."""

    hosts: tuple[Host, ...]
    groups: Mapping[str, tuple[str, ...]]


def listing(given: Mapping[str, str | None]) -> Listing:
    """Routers, then the hosts that the access file knows; groups by kind, role and place. Without an access file nobody has an address."""
    here = surroundings(given)
    hosts = tuple(_router(here, router) for router in here.city.routers)
    groups = _groups(here.city)
    if here.access is None or here.access.host_ssh is None:
        return Listing(hosts, groups)
    login, addresses = here.access.host_ssh, here.access.hosts
    sites = tuple(
        Host(name, {**_login(login, str(address)), **_common(here), **_services(here), **_open(here.city, name)})
        for name, address in addresses.items()
    )
    centres = tuple(site.name for site in here.city.centres if site.name in addresses)
    return Listing((*hosts, *sites), {**groups, "sites": tuple(addresses), "centres": centres})


def group_name(prefix: str, name: str) -> str:
    """A name that Ansible takes for a group: no hyphens."""
    return f"{prefix}_{name}".replace("-", "_")


def _router(here: Surroundings, router: Router) -> Host:
    variables: dict[str, str | int] = {**_common(here), "citynode_role": str(router.role), "citynode_place": router.place}
    if here.access is not None:
        variables |= _login(here.access.ssh, str(here.access.management_address(router.management)))
    return Host(router.name, variables)


def _common(here: Surroundings) -> dict[str, str | int]:
    """What the modules are to be given, so that a play works on the city that its inventory is of."""
    if here.settings.access is None or here.access is None:
        return {"citynode_city": here.settings.city}
    return {"citynode_city": here.access.city, "citynode_access": str(here.settings.access.resolve())}


def _services(here: Surroundings) -> dict[str, str | int]:
    """What a host's baseline asks for: time servers and operators' networks, joined by commas; and whether this is a lab.

    Operators sit in their sites' networks, or reach the host by the management network, as this play does.
    """
    named, plan = here.city.extranet.services, addressing(here.city)
    lans = [lan for site in named.operators if (lan := plan.lan(site)) is not None]
    ntp = [str(plan.server(server).ipv4) for server in named.ntp]
    operators = [str(network) for lan in lans for network in (lan.ipv4.network, lan.ipv6.network)]
    lab = here.access.lab if here.access else ""
    managed = [str(here.access.management)] if here.access else []
    return {"citynode_ntp": ",".join(ntp), "citynode_operators": ",".join([*operators, *managed]), "citynode_lab": lab or ""}


def _open(city: City, site: str) -> dict[str, str | int]:
    """What the site's host serves by the city's data, and the routers that it speaks OSPF with; a centre serves more than stands there."""
    served = {system.workload.port if system.workload else system.probe.port for system in city.systems if system.runs_at == site}
    served |= {edge.port for edge in city.edges if edge.site == site}
    plan = addressing(city)
    peers = [link.a if link.b.node == site else link.b for link in city.links_of(site)]
    ends = [end for peer in peers for end in plan.interfaces(peer.node) if (end.interface, end.peer) == (peer.interface, site)]
    return {"citynode_ports": ",".join(map(str, sorted(served))), "citynode_neighbours": ",".join(str(end.ipv4.ip) for end in ends)}


def _login(login: Ssh, address: str) -> dict[str, str | int]:
    options = f"-o StrictHostKeyChecking=yes -o UserKnownHostsFile={login.known_hosts} -o IdentitiesOnly=yes"
    return {
        "ansible_host": address,
        "ansible_port": login.port,
        "ansible_user": login.user,
        "ansible_ssh_private_key_file": str(login.key),
        "ansible_ssh_common_args": options,
    }


def _groups(city: City) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {"routers": tuple(router.name for router in city.routers)}
    for role, group in ROLES.items():
        found[group] = tuple(router.name for router in city.routers if router.role is role)
    for place in city.places:
        inside = city.places_under(place.name)
        found[group_name("place", place.name)] = tuple(router.name for router in city.routers if router.place in inside)
    return found
