"""The agent's own login at its centre's API server: it may look at what it enforces and write Events, nothing else."""

from __future__ import annotations

from typing import Any, Final

from lab.clusters.certificates import Authority, Identity, Pair
from lab.clusters.client import Client
from lab.clusters.identities import BOOTSTRAP
from lab.clusters.layout import Cluster
from lab.clusters.rules import GROUP, PATH

NAME: Final = "citynode-fences"
USER: Final = "citynode:fences"
ROLES: Final = f"/apis/{GROUP}/v1/clusterroles"


def sign_in(cluster: Cluster) -> Pair:
    """The agent's certificate and key, made once; the cluster knows what it may."""
    client = Client(cluster, BOOTSTRAP)
    client.apply(role(), ROLES)
    client.apply(binding(), PATH)
    return Authority(cluster.pki, f"{cluster.lab} {cluster.centre}").issue(Identity("fences", USER))


def role() -> dict[str, Any]:
    """What it may do."""
    look = ["get", "list", "watch"]
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": NAME},
        "rules": [
            {"apiGroups": [""], "resources": ["namespaces", "pods"], "verbs": look},
            {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": look},
            {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
        ],
    }


def binding() -> dict[str, Any]:
    """Who may."""
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": NAME},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": NAME},
        "subjects": [{"apiGroup": GROUP, "kind": "User", "name": USER}],
    }
