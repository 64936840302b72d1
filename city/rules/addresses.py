"""Whether addresses overlap, leave the plan's pools or run out, and whether the IPv6 rule gives each thing its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from city.addressing import addressing
from city.finding import Finding, Path
from city.model import City, PlaceKind, Router, Site, SiteKind
from ops.errors import UsageProblem
from ops.language import _

OUTSIDE = (SiteKind.PROVINCE, SiteKind.INTERNET)


@dataclass(frozen=True, slots=True)
class Used:
    """A network that something in the city uses."""

    network: IPv4Network
    what: str
    path: Path
    pooled: bool = True


def used_networks(city: City) -> Iterator[Used]:
    for index, router in enumerate(city.routers):
        yield Used(IPv4Network(router.loopback), _("loopback of {name}").format(name=router.name), ("routers", index, "loopback"))
        if router.lan is not None:
            yield Used(router.lan, _("LAN of {name}").format(name=router.name), ("routers", index, "lan"))
    for index, site in enumerate(city.sites):
        yield Used(site.lan, _("LAN of {name}").format(name=site.name), ("sites", index, "lan"), pooled=site.kind not in OUTSIDE)
        for key, network in (("pods", site.pods), ("services", site.services)):
            if network is not None:
                yield Used(network, _("{key} of {name}").format(key=key, name=site.name), ("sites", index, key))
    for index, link in enumerate(city.links):
        yield Used(link.ipv4, _("link {name}").format(name=link.name), ("links", index, "ipv4"))
    for index, entry in enumerate(city.extranet.attachments):
        yield Used(entry.ipv4, _("attachment {name}").format(name=entry.name), ("extranet", "attachments", index, "ipv4"))
    yield from _used_by_mergers(city)


def _used_by_mergers(city: City) -> Iterator[Used]:
    """What private networks take of the city's addresses whatever becomes of their ranges: loopbacks, and sites' enclaves."""
    for index, network in enumerate(city.private_networks):
        for position, its in enumerate(network.routers):
            path: Path = ("private_networks", index, "routers", position, "loopback")
            yield Used(IPv4Network(its.loopback), _("loopback of {name}").format(name=its.name), path)
    for index, enclave in enumerate(city.enclaves):
        yield Used(enclave.ipv4, _("enclave {name}").format(name=enclave.name), ("enclaves", index, "ipv4"))


def addresses_do_not_overlap(city: City) -> Iterator[Finding]:
    """No two networks share an address."""
    ordered = sorted(used_networks(city), key=lambda used: (int(used.network.network_address), used.network.prefixlen))
    for position, used in enumerate(ordered):
        for later in ordered[position + 1 :]:
            if later.network.network_address > used.network.broadcast_address:
                break
            yield Finding(
                "overlap",
                _("{network} overlaps {network2}, the {what}").format(network=later.network, network2=used.network, what=used.what),
                _("choose a free network"),
                later.path,
            )


def addresses_stay_in_the_pools(city: City) -> Iterator[Finding]:
    """Every network of the city comes out of `address_plan.ipv4`; the province's and the internet's don't."""
    pools = city.address_plan.ipv4
    for used in used_networks(city):
        if used.pooled and not any(used.network.subnet_of(pool) for pool in pools):
            yield Finding(
                "pool",
                _("{network} is in no pool of the address plan").format(network=used.network),
                _("choose one from address_plan.ipv4"),
                used.path,
            )


def networks_are_large_enough(city: City) -> Iterator[Finding]:
    """A link is a /30; LANs, pods and services have the room that their use takes."""
    for index, link in enumerate(city.links):
        if link.ipv4.prefixlen != 30:
            yield Finding("size", _("{ipv4} must be a /30").format(ipv4=link.ipv4), _("a link has two ends"), ("links", index, "ipv4"))
    for index, entry in enumerate(city.extranet.attachments):
        if entry.ipv4.prefixlen != 30:
            yield Finding(
                "size",
                _("{ipv4} must be a /30").format(ipv4=entry.ipv4),
                _("a link has two ends"),
                ("extranet", "attachments", index, "ipv4"),
            )
    for index, site in enumerate(city.sites):
        for key, network, most in (("lan", site.lan, 28), ("pods", site.pods, 22), ("services", site.services, 24)):
            if network is not None and network.prefixlen > most:
                yield Finding(
                    "size",
                    _("{network} runs out: it must be at least a /{most}").format(network=network, most=most),
                    "",
                    ("sites", index, key),
                )
        if site.kind is SiteKind.CENTRE and (site.pods is None or site.services is None or site.role is None):
            yield Finding("size", _("a centre needs a role, pods and services"), _("add the three"), ("sites", index))


def servers_are_in_their_lans(city: City) -> Iterator[Finding]:
    """The number of a server that routers use fits the LAN of its site: neither its gateway's nor another network's."""
    services = city.extranet.services
    for key, servers in (("ntp", services.ntp), ("syslog", services.syslog), ("traps", services.traps)):
        for index, server in enumerate(servers):
            most = city.site_by_name[server.site].lan.num_addresses - 2
            if server.host > most:
                yield Finding(
                    "range",
                    _("number {number} doesn't fit into the LAN of '{site}'").format(number=server.host, site=server.site),
                    _("2 to {most}").format(most=most),
                    ("extranet", "services", key, index, "host"),
                )


def numbers_are_unique(city: City) -> Iterator[Finding]:
    """The digits of the address plan and the management numbers, each within its own scope; counties have one nibble."""
    yield from _unique(_("number"), [(("sites", i, "number"), site.number, "") for i, site in enumerate(city.sites)])
    yield from _unique(_("number"), [(("links", i, "number"), link.number, "") for i, link in enumerate(city.links)])
    yield from _unique(
        _("management number"), [(("routers", i, "management"), router.management, "") for i, router in enumerate(city.routers)]
    )
    yield from _unique(_("number"), [(("places", i, "number"), place.number, place.parent or "") for i, place in enumerate(city.places)])
    yield from _unique(_("number"), [(("planes", i, "number"), plane.number, "") for i, plane in enumerate(city.planes)])
    networks = city.private_networks
    yield from _unique(_("number"), [(("private_networks", i, "number"), network.number, "") for i, network in enumerate(networks)])
    yield from _unique(
        _("number"),
        [
            (("private_networks", i, "ranges", j, "number"), item.number, network.name)
            for i, network in enumerate(networks)
            for j, item in enumerate(network.ranges)
        ],
    )
    yield from _unique(_("number"), [(("enclaves", i, "number"), enclave.number, enclave.plane) for i, enclave in enumerate(city.enclaves)])
    for index, place in enumerate(city.places):
        if place.kind in (PlaceKind.COUNTY, PlaceKind.ZONE) and not 1 <= place.number <= 15:
            yield Finding(
                "range",
                _("{number} is no nibble of the address plan").format(number=place.number),
                _("1 to 15; 0 is the city"),
                ("places", index, "number"),
            )


def _unique(what: str, used: list[tuple[Path, int, str]]) -> Iterator[Finding]:
    seen: dict[tuple[str, int], Path] = {}
    for path, number, scope in used:
        if seen.setdefault((scope, number), path) != path:
            taken = ", ".join(str(part + 1) for part in seen[(scope, number)] if isinstance(part, int))
            yield Finding(
                "duplicate",
                _("{what} {number} is taken by item {taken} of {value}").format(what=what, number=number, taken=taken, value=path[0]),
                _("choose a free one"),
                path,
            )


def ipv6_is_derived_uniquely(city: City) -> Iterator[Finding]:
    """The prefix is a /40, and the rule gives every loopback, link end, LAN, pod and service range an address of its own."""
    if city.address_plan.ipv6.prefixlen != 40:
        yield Finding(
            "ipv6",
            _("{ipv6} must be a /40").format(ipv6=city.address_plan.ipv6),
            _("the plan's fields need 24 bits before the /64"),
            ("address_plan", "ipv6"),
        )
        return
    plan = addressing(city)
    seen: dict[object, str] = {}
    nodes_of: dict[str, tuple[Router | Site, ...]] = {"routers": city.routers, "sites": city.sites}
    for key, nodes in nodes_of.items():
        for index, node in enumerate(nodes):
            try:
                found = [(plan.loopback(node.name).ipv6, _("loopback"))] if key == "routers" else []
                found += [(end.ipv6.ip, end.interface) for end in plan.interfaces(node.name)]
                lan = plan.lan(node.name)
                found += [(lan.ipv6.ip, _("LAN"))] if lan else []
            except UsageProblem as full:
                yield Finding("ipv6", full.what, _("choose smaller numbers"), (key, index))
                continue
            for address, what in found:
                name = _("{key} of {name}").format(key=what, name=node.name)
                if (first := seen.setdefault(address, name)) != name:
                    yield Finding(
                        "ipv6",
                        _("{address} of {name} is also {first}").format(address=address, name=name, first=first),
                        _("give both different numbers"),
                        (key, index),
                    )


def outside_has_its_own_ipv6(city: City) -> Iterator[Finding]:
    """The province and the internet don't live in the city's prefix: its edge believes nobody outside who says so (BCP 38)."""
    pool = city.address_plan.ipv6
    for index, site in enumerate(city.sites):
        net, outside = site.lan6, site.kind in OUTSIDE
        if outside and (net is None or net.prefixlen != 64 or net.overlaps(pool)):
            what = _("'{name}' is outside and needs an IPv6 network of its own, not of {pool}").format(name=site.name, pool=pool)
            yield Finding("ipv6", what, _("give it lan6: a /64 of its own"), ("sites", index, "lan6"))
        elif net is not None and not outside:
            what = _("'{name}' is the city's, whose IPv6 network follows from the address plan").format(name=site.name)
            yield Finding("ipv6", what, _("leave lan6 out"), ("sites", index, "lan6"))
