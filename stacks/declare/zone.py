"""What a system gets on the cloud: the objects of its landing zone, as a pure function of the city's data.

Namespace (pod security "restricted"), quota, limits, a default service account without a token, network policies and role
bindings. The system itself is not deployed here: its department, or a move, does that inside the zone.
"""

from __future__ import annotations

from city.model import City
from stacks.declare import quantity, roles
from stacks.declare.commons import RBAC_GROUP, RESTRICTED
from stacks.declare.labels import label, object_labels, system_labels
from stacks.declare.manifest import JsonObject, Manifest
from stacks.declare.placement import Zone
from stacks.declare.policies import network_policies

CONTAINER_DEFAULT = {"cpu": "500m", "memory": "512Mi"}
CONTAINER_REQUEST = {"cpu": "50m", "memory": "64Mi"}


def zone_objects(zone: Zone, city: City) -> tuple[Manifest, ...]:
    """The zone's objects, the namespace first."""
    return (namespace(zone), quota(zone), limits(zone), account(zone), *network_policies(zone, city), *role_bindings(zone))


def namespace(zone: Zone) -> Manifest:
    """The namespace, with all the labels that billing, backup and reports select by."""
    system = zone.system
    here = {label("centre"): zone.centre.name, label("role"): str(zone.role)}
    title = {label("title"): system.title.zh, label("title-en"): system.title.en}
    return Manifest("v1", "Namespace", zone.name, system_labels(system) | here | RESTRICTED, {}, annotations=title)


def quota(zone: Zone) -> Manifest:
    """What the zone may use in this centre; nobody opens a port on a node or a load balancer of their own.

    A frozen zone may have no pods: what runs stays, since a quota is asked only when something is made, and nothing is added,
    by whatever controller. That holds on any cluster, with or without the city's admission policies.
    """
    granted = zone.quota
    processors, memory = quantity.cpu(granted.cpu_millis), quantity.binary(granted.memory_mib)
    hard = {
        "limits.cpu": processors,
        "limits.memory": memory,
        "persistentvolumeclaims": str(granted.pods),
        "pods": "0" if zone.system.frozen else str(granted.pods),
        "requests.cpu": processors,
        "requests.memory": memory,
        "requests.storage": quantity.binary(granted.storage_gib, "Gi"),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }
    return _inside(zone, "v1", "ResourceQuota", "zone", {"spec": {"hard": hard}})


def limits(zone: Zone) -> Manifest:
    """What a container gets that asks for nothing: little, so that a forgotten limit doesn't eat the zone."""
    item = {"type": "Container", "default": CONTAINER_DEFAULT, "defaultRequest": CONTAINER_REQUEST}
    return _inside(zone, "v1", "LimitRange", "containers", {"spec": {"limits": [item]}})


def account(zone: Zone) -> Manifest:
    """The account that pods run under which name none; it gives them no token for the API server."""
    return _inside(zone, "v1", "ServiceAccount", "default", {"automountServiceAccountToken": False})


def role_bindings(zone: Zone) -> tuple[Manifest, ...]:
    """The department's maintainers and viewers, by the groups of its own directory."""
    return tuple(
        _inside(
            zone,
            roles.RBAC,
            "RoleBinding",
            f"department-{role}s",
            {
                "roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": roles.role_name(role)},
                "subjects": [roles.group_subject(f"{zone.system.department}:{role}s")],
            },
        )
        for role in roles.ZONE_ROLES
    )


def _inside(zone: Zone, api_version: str, kind: str, name: str, fields: JsonObject) -> Manifest:
    return Manifest(api_version, kind, name, object_labels(zone.system), fields, namespace=zone.name)
