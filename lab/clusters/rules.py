"""Who may do what in a new cluster: the first objects of every centre (RBAC)."""

from __future__ import annotations

from typing import Any, Final

from lab.clusters.client import Client
from lab.clusters.identities import KUBELET_CLIENT
from lab.clusters.layout import OPERATORS, VIEWERS

GROUP: Final = "rbac.authorization.k8s.io"
PATH: Final = f"/apis/{GROUP}/v1/clusterrolebindings"


def bindings() -> list[dict[str, Any]]:
    """Operators administer, viewers look, the API server asks kubelets for logs."""
    return [
        _binding("citynode-operators", "cluster-admin", "Group", OPERATORS),
        _binding("citynode-viewers", "view", "Group", VIEWERS),
        _binding("citynode-api-to-kubelet", "system:kubelet-api-admin", "User", KUBELET_CLIENT),
    ]


def set_rules(client: Client) -> None:
    """Put them into the cluster."""
    for item in bindings():
        client.apply(item, PATH)


def _binding(name: str, role: str, kind: str, who: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": GROUP, "kind": kind, "name": who}],
    }
