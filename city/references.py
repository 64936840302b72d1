"""Whether the names in a city's data are unique, and whether every name that is used exists.

The loader refuses a city that fails here, so that nothing behind it has to look twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from city.finding import Finding, Path
from city.model import City, OrganisationKind, SiteKind, TwinKind
from ops.language import _
from ops.suggest import nearest

LISTS = ("places", "organisations", "planes", "sites", "routers", "links", "systems", "groups", "private_networks", "enclaves", "edges")


@dataclass(frozen=True, slots=True)
class Use:
    """A name used at `path`, which must be one of `known`."""

    path: Path
    kind: str
    name: str
    known: Collection[str]


def check_references(city: City) -> list[Finding]:
    return [*_duplicates(city), *_unresolved(city), *_taken_interfaces(city), *_parents(city)]


def _duplicates(city: City) -> Iterator[Finding]:
    for key in LISTS:
        seen: dict[str, int] = {}
        for index, item in enumerate(getattr(city, key)):
            if item.name in seen:
                yield Finding(
                    "duplicate",
                    _("the name '{name}' is taken by item {value} of {key}").format(name=item.name, value=seen[item.name] + 1, key=key),
                    _("every name stands once"),
                    (key, index, "name"),
                )
            seen.setdefault(item.name, index)
    yield from _listed_twice("pools", [pool.department for pool in city.pools])
    yield from _listed_twice("exemptions", [f"{exemption.system} {exemption.rule}" for exemption in city.exemptions])
    routers = {router.name for router in city.routers}
    for index, site in enumerate(city.sites):
        if site.name in routers:
            yield Finding(
                "duplicate",
                _("the name '{name}' is taken by a router").format(name=site.name),
                _("routers and sites share one set of names"),
                ("sites", index, "name"),
            )


def _listed_twice(key: str, names: list[str]) -> Iterator[Finding]:
    """Items that have no name of their own, but stand for something that may stand there once."""
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        if (first := seen.setdefault(name, index)) != index:
            yield Finding(
                "duplicate",
                _("item {value} of {key} is for '{name}' too").format(value=first + 1, key=key, name=name),
                _("keep one of them"),
                (key, index),
            )


def _unresolved(city: City) -> Iterator[Finding]:
    for collect in USES:
        for use in collect(city):
            if use.name not in use.known:
                close = nearest(use.name, use.known)
                known = ", ".join(sorted(use.known)[:8]) + (" …" if len(use.known) > 8 else "")
                hint = _("did you mean '{close}'?").format(close=close) if close else _("known: {names}").format(names=known)
                yield Finding(
                    "unknown-reference", _("there is no {kind} named '{name}'").format(kind=_(use.kind), name=use.name), hint, use.path
                )


def _of_places(city: City) -> Iterator[Use]:
    for index, place in enumerate(city.places):
        if place.parent is not None:
            yield Use(("places", index, "parent"), "place", place.parent, city.place_by_name)
    for index, site in enumerate(city.sites):
        yield Use(("sites", index, "place"), "place", site.place, city.place_by_name)
    for index, router in enumerate(city.routers):
        yield Use(("routers", index, "place"), "place", router.place, city.place_by_name)


def _of_organisations(city: City) -> Iterator[Use]:
    known = {organisation.name for organisation in city.organisations}
    for index, contact in enumerate(city.contacts):
        yield Use(("contacts", index, "organisation"), "organisation", contact.organisation, known)
    for index, site in enumerate(city.sites):
        if site.organisation is not None:
            yield Use(("sites", index, "organisation"), "organisation", site.organisation, known)


def _of_links(city: City) -> Iterator[Use]:
    known = {*city.router_by_name, *city.site_by_name}
    for index, link in enumerate(city.links):
        yield Use(("links", index, "a", "node"), "router or site", link.a.node, known)
        yield Use(("links", index, "b", "node"), "router or site", link.b.node, known)


def _of_systems(city: City) -> Iterator[Use]:
    departments = {item.name for item in city.organisations if item.kind is not OrganisationKind.OPERATOR}
    planes = {plane.name for plane in city.planes}
    for index, system in enumerate(city.systems):
        yield Use(("systems", index, "department"), "department", system.department, departments)
        yield Use(("systems", index, "plane"), "plane", system.plane, planes)
        yield Use(("systems", index, "runs_at"), "site", system.runs_at, city.site_by_name)
        for position, need in enumerate(system.needs):
            yield Use(("systems", index, "needs", position), "system", need, city.system_by_name)
    for index, pool in enumerate(city.pools):
        yield Use(("pools", index, "department"), "department", pool.department, departments)
    organisations = {item.name for item in city.organisations}
    for index, exemption in enumerate(city.exemptions):
        yield Use(("exemptions", index, "system"), "system", exemption.system, city.system_by_name)
        yield Use(("exemptions", index, "approver"), "organisation", exemption.approver, organisations)
    for index, exempt in enumerate(city.ipv6_exemptions):
        if exempt.kind is TwinKind.SYSTEM and not exempt.is_pattern:
            yield Use(("ipv6_exemptions", index, "name"), "system", exempt.name, city.system_by_name)


def _of_groups(city: City) -> Iterator[Use]:
    centres = {site.name for site in city.sites if site.kind is SiteKind.CENTRE}
    for index, group in enumerate(city.groups):
        for position, system in enumerate(group.systems):
            yield Use(("groups", index, "systems", position), "system", system, city.system_by_name)
        for position, centre in enumerate(group.centres):
            yield Use(("groups", index, "centres", position), "centre", centre, centres)
        yield Use(("groups", index, "remote"), "centre", group.remote, centres)


def _of_private_networks(city: City) -> Iterator[Use]:
    departments = {item.name for item in city.organisations if item.kind is OrganisationKind.DEPARTMENT}
    attachments = {entry.name for entry in city.extranet.attachments}
    for index, network in enumerate(city.private_networks):
        at: Path = ("private_networks", index)
        yield Use((*at, "department"), "department", network.department, departments)
        yield Use((*at, "plane"), "plane", network.plane, city.plane_by_name)
        for position, router in enumerate(network.routers):
            yield Use((*at, "routers", position, "attachment"), "attachment", router.attachment, attachments)
        for position, item in enumerate(network.ranges):
            yield Use((*at, "ranges", position, "router"), "router", item.router, {router.name for router in network.routers})
        for position, host in enumerate(network.hosts):
            yield Use((*at, "hosts", position, "range"), "range", host.range, {item.name for item in network.ranges})
        for position, user in enumerate(network.users):
            yield Use((*at, "users", position), "site", user, city.site_by_name)
    for index, enclave in enumerate(city.enclaves):
        yield Use(("enclaves", index, "site"), "site", enclave.site, city.site_by_name)
        yield Use(("enclaves", index, "plane"), "plane", enclave.plane, city.plane_by_name)
        yield Use(("enclaves", index, "router"), "router", enclave.router, city.router_by_name)


def _of_extranet(city: City) -> Iterator[Use]:
    planes, organisations = {plane.name for plane in city.planes}, {item.name for item in city.organisations}
    for index, peer in enumerate(city.extranet.peers):
        yield Use(("extranet", "peers", index, "router"), "router", peer.router, city.router_by_name)
        yield Use(("extranet", "peers", index, "link"), "link", peer.link, city.link_by_name)
    for index, entry in enumerate(city.extranet.attachments):
        yield Use(("extranet", "attachments", index, "router"), "router", entry.router, city.router_by_name)
        yield Use(("extranet", "attachments", index, "plane"), "plane", entry.plane, planes)
        if entry.organisation is not None:
            yield Use(("extranet", "attachments", index, "organisation"), "organisation", entry.organisation, organisations)
    services = city.extranet.services
    for key, servers in (("ntp", services.ntp), ("syslog", services.syslog), ("traps", services.traps)):
        for index, server in enumerate(servers):
            yield Use(("extranet", "services", key, index, "site"), "site", server.site, city.site_by_name)
    for index, site in enumerate(services.operators):
        yield Use(("extranet", "services", "operators", index), "site", site, city.site_by_name)
    for index, router in enumerate(city.routers):
        if router.standby_of is not None:
            yield Use(("routers", index, "standby_of"), "router", router.standby_of, city.router_by_name)


def _of_edges(city: City) -> Iterator[Use]:
    for index, edge in enumerate(city.edges):
        yield Use(("edges", index, "site"), "site", edge.site, city.site_by_name)
        for number, name in enumerate(edge.systems):
            yield Use(("edges", index, "systems", number), "system", name, city.system_by_name)


USES: tuple[Callable[[City], Iterator[Use]], ...] = (
    _of_places,
    _of_organisations,
    _of_links,
    _of_systems,
    _of_groups,
    _of_private_networks,
    _of_extranet,
    _of_edges,
)


def _taken_interfaces(city: City) -> Iterator[Finding]:
    seen: dict[tuple[str, str], str] = {}
    for index, link in enumerate(city.links):
        for side, end in (("a", link.a), ("b", link.b)):
            taken = seen.setdefault((end.node, end.interface), link.name)
            if taken != link.name:
                yield Finding(
                    "duplicate",
                    _("interface {interface} of {node} is taken by link '{taken}'").format(
                        interface=end.interface, node=end.node, taken=taken
                    ),
                    _("give every link end an interface of its own"),
                    ("links", index, side, "interface"),
                )
        if link.a.node == link.b.node:
            yield Finding(
                "loop", _("both ends are at '{node}'").format(node=link.a.node), _("a link joins two nodes"), ("links", index, "b", "node")
            )


def _parents(city: City) -> Iterator[Finding]:
    """Every place but the city has a parent, and no place is above itself."""
    for index, place in enumerate(city.places):
        seen, above = {place.name}, place.parent
        while above in city.place_by_name:
            if above in seen:
                yield Finding(
                    "loop", _("'{name}' lies below itself").format(name=place.name), _("mend the parents"), ("places", index, "parent")
                )
                break
            seen.add(above)
            above = city.place_by_name[above].parent
