"""A zone's network policies: everything is closed both ways, then what it needs is opened by name."""

from __future__ import annotations

from city.model import City, Isolation
from stacks.labels import object_labels
from stacks.manifest import JsonObject, Manifest
from stacks.placement import Zone, ZoneRole

DNS_PORTS = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]


def network_policies(zone: Zone, city: City) -> tuple[Manifest, ...]:
    """Deny everything; open the city's DNS, the zone itself and, where the system serves people, its port."""
    ingress: list[JsonObject] = [{"from": [{"podSelector": {}}]}]
    egress: list[JsonObject] = [{"to": [{"podSelector": {}}]}, {"ports": DNS_PORTS, "to": _city_network(city)}]
    if _serves_people(zone, city):
        port = zone.system.workload.port if zone.system.workload else zone.system.probe.port
        ingress.append({"ports": [{"port": port, "protocol": "TCP"}], "from": _city_network(city)})
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


def _policy(zone: Zone, name: str, spec: JsonObject) -> Manifest:
    fields = {"spec": {"podSelector": {}, **spec}}
    return Manifest("networking.k8s.io/v1", "NetworkPolicy", name, object_labels(zone.system), fields, namespace=zone.name)
