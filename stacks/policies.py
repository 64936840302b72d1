"""A zone's network policies: everything is closed both ways, then what it needs is opened by name."""

from __future__ import annotations

from city.model import City, Isolation, System
from stacks.labels import label, object_labels
from stacks.manifest import JsonObject, Manifest
from stacks.placement import Zone, ZoneRole

DNS_PORTS = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
DATABASE_PORT = 5432


def network_policies(zone: Zone, city: City) -> tuple[Manifest, ...]:
    """Deny everything; open the zone itself, the city's DNS and databases, what it needs, and its port to whom it serves."""
    everyone = _city_network(city)
    ingress: list[JsonObject] = [{"from": [{"podSelector": {}}]}]
    egress: list[JsonObject] = [{"to": [{"podSelector": {}}]}, {"ports": DNS_PORTS, "to": everyone}]
    if zone.system.workload and zone.system.workload.database:
        egress.append({"ports": _tcp(DATABASE_PORT), "to": _databases(city)})
    egress += [{"ports": _tcp(_port(city.system_by_name[name])), "to": [_zone_of(name), *everyone]} for name in sorted(zone.system.needs)]
    clients = sorted(system.name for system in city.systems if zone.name in system.needs)
    if _serves_people(zone, city):
        ingress.append({"ports": _tcp(_port(zone.system)), "from": everyone})
    elif clients and zone.role is not ZoneRole.DATA:
        ingress.append({"ports": _tcp(_port(zone.system)), "from": [_zone_of(name) for name in clients]})
    return (
        _policy(zone, "default-deny", {"policyTypes": ["Ingress", "Egress"]}),
        _policy(zone, "openings", {"policyTypes": ["Ingress", "Egress"], "ingress": ingress, "egress": egress}),
    )


def _serves_people(zone: Zone, city: City) -> bool:
    """Users reach a system from the whole extranet, unless its plane is strongly isolated or only its data is here."""
    isolated = any(plane.name == zone.system.plane and plane.isolation is Isolation.STRONG for plane in city.planes)
    return zone.role is not ZoneRole.DATA and not isolated


def _city_network(city: City) -> list[JsonObject]:
    """The city's own addresses, in both families: the DNS servers and the users are in there, the internet is not."""
    plan = city.address_plan
    return [{"ipBlock": {"cidr": str(network)}} for network in (*plan.ipv4, plan.ipv6)]


def _databases(city: City) -> list[JsonObject]:
    """The centres' database clusters stand in the centres' own LANs."""
    return [{"ipBlock": {"cidr": str(centre.lan)}} for centre in city.centres]


def _zone_of(system: str) -> JsonObject:
    """Any pod in that system's zone of the same centre."""
    return {"namespaceSelector": {"matchLabels": {label("system"): system}}}


def _port(system: System) -> int:
    return system.workload.port if system.workload else system.probe.port


def _tcp(port: int) -> list[JsonObject]:
    return [{"port": port, "protocol": "TCP"}]


def _policy(zone: Zone, name: str, spec: JsonObject) -> Manifest:
    fields = {"spec": {"podSelector": {}, **spec}}
    return Manifest("networking.k8s.io/v1", "NetworkPolicy", name, object_labels(zone.system), fields, namespace=zone.name)
