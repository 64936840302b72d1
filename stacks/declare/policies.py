"""A zone's network policies: everything is closed both ways, then what it needs is opened by name, then what its egress allows.

Always open outward are the zone itself, DNS, its own database and the systems that it needs, each by name and port. Beyond that
a zone's egress opens a step more each: `closed` nothing; `city` the zones of its plane and the city's hosts, but no other pods;
`internet` everything outside the city as well. A zone of another plane stays closed to all of them, in both directions.

Zones are told apart by labels, which hold within a centre. Addresses open hosts only, and never a pod; but for one case: a system
that is needed in a centre where it does not serve. It is called across the extranet, and the pods of a whole centre are let
through on its port.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

from city.addressing import addressing
from city.model import City, Egress, Isolation, Site, System
from city.placement import zones_of
from stacks.declare import commons
from stacks.declare.labels import label, object_labels, zone_name
from stacks.declare.manifest import JsonObject, Manifest
from stacks.declare.placement import Zone, ZoneRole

DNS_PORTS = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
DATABASE_PORT = 5432
Network = IPv4Network | IPv6Network
EVERYWHERE: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
LINK_LOCAL: tuple[Network, ...] = (IPv4Network("169.254.0.0/16"), IPv6Network("fe80::/10"))
"""Never the internet (RFC 3927, RFC 4291), and where cloud platforms hand out credentials."""
WITHIN: JsonObject = {"podSelector": {}}
MONITORING: JsonObject = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": commons.NAMESPACE}}}
"""By the label that Kubernetes itself gives a namespace: nobody else's can carry it."""
CLUSTER_DNS: JsonObject = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
"""Where a cluster that has name servers of its own runs them; a lab's are hosts."""


def network_policies(zone: Zone, city: City) -> tuple[Manifest, ...]:
    """Deny everything; open the zone itself and monitoring, what the system names, its port to whom it serves, and its egress."""
    return (
        _policy(zone, "default-deny", {"policyTypes": ["Ingress", "Egress"]}),
        _policy(zone, "openings", {"policyTypes": ["Ingress", "Egress"], "ingress": _inward(zone, city), "egress": _outward(zone, city)}),
    )


def _inward(zone: Zone, city: City) -> list[JsonObject]:
    opened: list[JsonObject] = [{"from": [WITHIN, MONITORING]}]
    served = _served(zone, city)
    return [*opened, {"ports": _tcp(_port(zone.system)), "from": served}] if served else opened


def _outward(zone: Zone, city: City) -> list[JsonObject]:
    hosts = _hosts(city)
    opened: list[JsonObject] = [{"to": [WITHIN]}, {"ports": DNS_PORTS, "to": [CLUSTER_DNS, *hosts]}]
    if zone.system.workload and zone.system.workload.database:
        opened.append({"ports": _tcp(DATABASE_PORT), "to": _databases(city)})
    needed = sorted((city.system_by_name[name] for name in zone.system.needs), key=zone_name)
    for system in needed:
        afar = _serving(system, city) if zone.centre in _without(zone.system, system, city) else ()
        opened.append({"ports": _tcp(_port(system)), "to": [_zone_of(zone_name(system)), *_pods(afar, city), *hosts]})
    around = [_plane(zone), *hosts]
    beyond = {Egress.CLOSED: [], Egress.CITY: around, Egress.INTERNET: [*around, *_internet(city)]}
    return [*opened, {"to": beyond[zone.system.egress]}] if beyond[zone.system.egress] else opened


def _served(zone: Zone, city: City) -> list[JsonObject]:
    """Whom a zone serves: who needs its system and, unless its plane is strongly isolated, its plane and users on the whole extranet."""
    if zone.role is ZoneRole.DATA:
        return []
    clients = sorted((system for system in city.systems if zone.system.name in system.needs), key=zone_name)
    afar = [centre for centre in city.centres if any(centre in _without(client, zone.system, city) for client in clients)]
    named = [*(_zone_of(zone_name(client)) for client in clients), *_pods(afar, city)]
    strong = city.plane_by_name[zone.system.plane].isolation is Isolation.STRONG
    return named if strong else [_plane(zone), *named, *_hosts(city)]


def _serving(system: System, city: City) -> tuple[Site, ...]:
    """The centres where the system serves, now or after a switch; where only its data is nobody calls it, and it calls nobody."""
    return tuple(centre for centre, role in zones_of(system, city) if role is not ZoneRole.DATA)


def _without(needing: System, needed: System, city: City) -> tuple[Site, ...]:
    """The centres where a system serves and the one that it needs doesn't."""
    there = _serving(needed, city)
    return tuple(centre for centre in _serving(needing, city) if centre not in there)


def _plane(zone: Zone) -> JsonObject:
    """The zones of the same plane in the same centre."""
    return {"namespaceSelector": {"matchLabels": {label("plane"): zone.system.plane}}}


def _hosts(city: City) -> list[JsonObject]:
    """The city's addresses in both families without the pods of whatever plane: users, name servers, systems that aren't in a zone."""
    plan = addressing(city)
    pods: list[Network] = [network for centre in city.centres for network in plan.pods(centre.name)]
    return [_block(network, pods) for network in _own(city)]


def _pods(centres: Iterable[Site], city: City) -> list[JsonObject]:
    """Every pod of these centres: from another centre nobody sees which zone an address is of."""
    plan = addressing(city)
    return [_block(network, ()) for centre in centres for network in plan.pods(centre.name)]


def _internet(city: City) -> list[JsonObject]:
    """Every address in both families that isn't the city's."""
    return [_block(network, (*_own(city), *LINK_LOCAL)) for network in EVERYWHERE]


def _own(city: City) -> tuple[Network, ...]:
    """The city's networks, in both families."""
    return (*city.address_plan.ipv4, city.address_plan.ipv6)


def _block(network: Network, without: Iterable[Network]) -> JsonObject:
    """The network, except those of the others that lie in it."""
    inside = sorted(str(other) for other in without if other.network_address in network)
    return {"ipBlock": {"cidr": str(network), **({"except": inside} if inside else {})}}


def _databases(city: City) -> list[JsonObject]:
    """The centres' database clusters stand in the centres' own LANs."""
    return [_block(centre.lan, ()) for centre in city.centres]


def _zone_of(zone: str) -> JsonObject:
    """Any pod in the zone of that name in the same centre."""
    return {"namespaceSelector": {"matchLabels": {label("system"): zone}}}


def _port(system: System) -> int:
    return system.workload.port if system.workload else system.probe.port


def _tcp(port: int) -> list[JsonObject]:
    return [{"port": port, "protocol": "TCP"}]


def _policy(zone: Zone, name: str, spec: JsonObject) -> Manifest:
    fields = {"spec": {"podSelector": {}, **spec}}
    return Manifest("networking.k8s.io/v1", "NetworkPolicy", name, object_labels(zone.system), fields, namespace=zone.name)
