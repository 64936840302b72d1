"""Who may do what in a centre: the roles that zones hand out, and who holds them everywhere. Pure."""

from __future__ import annotations

from city.model import City, OrganisationKind
from stacks.declare.commons import RBAC_GROUP
from stacks.declare.labels import MANAGED
from stacks.declare.manifest import JsonObject, Manifest

RBAC = f"{RBAC_GROUP}/v1"
READ = ["get", "list", "watch"]
WRITE = [*READ, "create", "update", "patch", "delete"]

WORKLOADS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("configmaps", "endpoints", "persistentvolumeclaims", "pods", "serviceaccounts", "services")),
    ("apps", ("daemonsets", "deployments", "replicasets", "statefulsets")),
    ("autoscaling", ("horizontalpodautoscalers",)),
    ("batch", ("cronjobs", "jobs")),
    ("networking.k8s.io", ("ingresses",)),
    ("policy", ("poddisruptionbudgets",)),
)
"""What a department handles in its zone. Quotas, limits, policies and bindings are the city's and stand in the other table."""
GUARDED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("events", "limitranges", "pods/log", "resourcequotas")),
    ("networking.k8s.io", ("networkpolicies",)),
)
ZONE_ROLES = ("maintainer", "viewer")


def cluster_roles() -> tuple[Manifest, ...]:
    """The maintainer runs workloads in a zone; the viewer sees them; neither sees Secrets of others or changes the zone itself."""
    secrets: JsonObject = {"apiGroups": [""], "resources": ["secrets"], "verbs": WRITE}
    run: JsonObject = {"apiGroups": [""], "resources": ["pods/exec", "pods/portforward"], "verbs": ["create"]}
    guarded = _rules(GUARDED, READ)
    rules = {"maintainer": [*_rules(WORKLOADS, WRITE), secrets, run, *guarded], "viewer": [*_rules(WORKLOADS, READ), *guarded]}
    return tuple(Manifest(RBAC, "ClusterRole", role_name(role), MANAGED, {"rules": rules[role]}) for role in ZONE_ROLES)


def owner_bindings(city: City) -> tuple[Manifest, ...]:
    """Owner and operator are apart (管运分离): the owner sees every zone, the operating company runs them."""
    roles = {OrganisationKind.OWNER: "viewer", OrganisationKind.OPERATOR: "maintainer"}
    return tuple(
        Manifest(
            RBAC,
            "ClusterRoleBinding",
            f"citynode-{organisation.kind}-{organisation.name}",
            MANAGED,
            {
                "roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": role_name(roles[organisation.kind])},
                "subjects": [group_subject(f"{organisation.name}:{roles[organisation.kind]}s")],
            },
        )
        for organisation in city.organisations
        if organisation.kind in roles
    )


def role_name(role: str) -> str:
    """The cluster role that a zone's bindings hand out."""
    return f"citynode-zone-{role}"


def group_subject(group: str) -> JsonObject:
    """A group of the identity provider, as a binding names it."""
    return {"kind": "Group", "name": group, "apiGroup": RBAC_GROUP}


def _rules(table: tuple[tuple[str, tuple[str, ...]], ...], verbs: list[str]) -> list[JsonObject]:
    return [{"apiGroups": [group], "resources": list(resources), "verbs": verbs} for group, resources in table]
