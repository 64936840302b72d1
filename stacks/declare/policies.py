"""A zone's network policies: everything is closed both ways, then what it needs is opened by name, then what its egress allows.

Always open outward are the zone itself, DNS, its own database and the systems that it needs, each by name and port. Beyond that
a zone's egress opens a step more each: `closed` nothing; `city` the zones of its plane and the city's hosts, but no other pods;
`internet` everything outside the city as well. A zone of another plane stays closed to all of them, in both directions.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

from city.addressing import addressing
from city.model import City, Egress, Isolation, System
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


def network_policies(zone: Zone, city: City) -> tuple[Manifest, ...]:
    """Deny everything; open the zone itself and monitoring, what the system names, its port to whom it serves, and its egress."""
    return (
        _policy(zone, "default-deny", {"policyTypes": ["Ingress", "Egress"]}),
        _policy(zone, "openings", {"policyTypes": ["Ingress", "Egress"], "ingress": _inward(zone, city), "egress": _outward(zone, city)}),
    )


def _inward(zone: Zone, city: City) -> list[JsonObject]:
    opened: list[JsonObject] = [{"from": [WITHIN, MONITORING]}]
    clients = sorted(zone_name(system) for system in city.systems if zone.system.name in system.needs)
    if _serves_people(zone, city):
        opened.append({"ports": _tcp(_port(zone.system)), "from": _city_network(city)})
    elif clients and zone.role is not ZoneRole.DATA:
        opened.append({"ports": _tcp(_port(zone.system)), "from": [_zone_of(name) for name in clients]})
    return opened


def _outward(zone: Zone, city: City) -> list[JsonObject]:
    everyone = _city_network(city)
    opened: list[JsonObject] = [{"to": [WITHIN]}, {"ports": DNS_PORTS, "to": everyone}]
    if zone.system.workload and zone.system.workload.database:
        opened.append({"ports": _tcp(DATABASE_PORT), "to": _databases(city)})
    needed = sorted((city.system_by_name[name] for name in zone.system.needs), key=zone_name)
    opened += [{"ports": _tcp(_port(system)), "to": [_zone_of(zone_name(system)), *everyone]} for system in needed]
    beyond = {Egress.CLOSED: [], Egress.CITY: _hosts(zone, city), Egress.INTERNET: [*_hosts(zone, city), *_internet(city)]}
    return [*opened, {"to": beyond[zone.system.egress]}] if beyond[zone.system.egress] else opened


def _serves_people(zone: Zone, city: City) -> bool:
    """Users reach a system from the whole extranet, unless its plane is strongly isolated or only its data is here."""
    return zone.role is not ZoneRole.DATA and city.plane_by_name[zone.system.plane].isolation is not Isolation.STRONG


def _city_network(city: City) -> list[JsonObject]:
    """The city's own addresses, in both families: the DNS servers and the users are in there, the internet is not."""
    return [_block(network, ()) for network in _own(city)]


def _hosts(zone: Zone, city: City) -> list[JsonObject]:
    """The zones of the same plane, and the city's addresses without the pods of whatever plane."""
    plan = addressing(city)
    pods: list[Network] = [network for centre in city.centres for network in plan.pods(centre.name)]
    plane = {"namespaceSelector": {"matchLabels": {label("plane"): zone.system.plane}}}
    return [plane, *(_block(network, pods) for network in _own(city))]


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
