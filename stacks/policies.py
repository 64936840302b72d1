"""A zone's network policies: everything is closed both ways, then what it needs is opened by name."""

from __future__ import annotations

from city.model import City, Isolation
from stacks.labels import object_labels
from stacks.manifest import JsonObject, Manifest
from stacks.placement import Zone, ZoneRole

DNS_PORTS = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]


def network_policies(zone: Zone, city: City) -> tuple[Manifest, ...]:
    """Deny everything; open the city's DNS, the zone itself and, where the system serves people, its port."""
    opened = [
        _policy(zone, "allow-dns", {"policyTypes": ["Egress"], "egress": [{"ports": DNS_PORTS, "to": _city_network(city)}]}),
        _policy(zone, "allow-same-zone", {
            "policyTypes": ["Ingress", "Egress"], "ingress": [{"from": [{"podSelector": {}}]}], "egress": [{"to": [{"podSelector": {}}]}],
        }),
    ]
    if _serves_people(zone, city):
        port = zone.system.workload.port if zone.system.workload else zone.system.probe.port
        opened.append(_policy(zone, "allow-users", {
            "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": port, "protocol": "TCP"}], "from": _city_network(city)}],
        }))
    return (_policy(zone, "default-deny", {"policyTypes": ["Ingress", "Egress"]}), *opened)


def _serves_people(zone: Zone, city: City) -> bool:
    """Users reach a system from the whole extranet, unless its plane is strongly isolated or only its data is here."""
    isolated = any(plane.name == zone.system.plane and plane.isolation is Isolation.STRONG for plane in city.planes)
    return zone.role is not ZoneRole.DATA and not isolated


def _city_network(city: City) -> list[JsonObject]:
    """The city's own addresses, in both families: the DNS servers and the users are in there, the internet is not."""
    plan = city.address_plan
    return [{"ipBlock": {"cidr": str(network)}} for network in (*plan.ipv4, plan.ipv6)]


def _policy(zone: Zone, name: str, spec: JsonObject) -> Manifest:
    return Manifest(
        "networking.k8s.io/v1", "NetworkPolicy", name, object_labels(zone.system), {"spec": {"podSelector": {}, **spec}}, namespace=zone.name,
    )
