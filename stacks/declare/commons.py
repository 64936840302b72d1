"""The namespace that belongs to the city itself in every centre: the departments' pools to read, and what monitoring needs.

A Prometheus that runs in it, under its service account, finds every zone's pods and may scrape those that say
`prometheus.io/scrape: "true"`; zones let it in (`stacks.declare.policies`). It reads no Secrets and changes nothing.
"""

from __future__ import annotations

from city.model import City
from city.pools import RESOURCES
from stacks.declare.labels import MANAGED
from stacks.declare.manifest import JsonObject, Manifest

NAMESPACE = "citynode-system"
MONITOR = "citynode-monitoring"
RBAC_GROUP = "rbac.authorization.k8s.io"
RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}

SCRAPE_CONFIG = """\
scrape_configs:
  - job_name: zones
    kubernetes_sd_configs:
      - role: pod
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], regex: "true", action: keep}
      - source_labels: [__meta_kubernetes_pod_ip, __meta_kubernetes_pod_annotation_prometheus_io_port]
        regex: (.+);(\\d+)
        target_label: __address__
        replacement: $1:$2
      - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path], regex: (.+), target_label: __metrics_path__}
      - {source_labels: [__meta_kubernetes_namespace], target_label: system}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
"""
"""What a Prometheus in this namespace is started with: pods are found by their annotations, and a zone's name is its system's."""


def commons_objects(city: City) -> tuple[Manifest, ...]:
    """The namespace first, then what is in it and what its monitoring may do."""
    return (
        Manifest("v1", "Namespace", NAMESPACE, MANAGED | RESTRICTED, {}),
        _inside("ServiceAccount", MONITOR, {"automountServiceAccountToken": False}),
        _inside("ConfigMap", "pools", {"data": {pool.department: _amounts(pool) for pool in city.pools}}),
        _inside("ConfigMap", "prometheus", {"data": {"scrape.yaml": SCRAPE_CONFIG}}),
        *_monitoring(),
    )


def _amounts(pool: object) -> str:
    """A pool in one line: what all zones of the department may reserve in all centres together."""
    return " ".join(f"{resource}={getattr(pool, resource)}" for resource in RESOURCES)


def _monitoring() -> tuple[Manifest, ...]:
    rules: list[JsonObject] = [
        {"apiGroups": [""], "resources": ["endpoints", "namespaces", "nodes", "pods", "services"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["nodes/metrics"], "verbs": ["get"]},
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
    ]
    binding = {
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": MONITOR},
        "subjects": [{"kind": "ServiceAccount", "name": MONITOR, "namespace": NAMESPACE}],
    }
    return (
        Manifest(f"{RBAC_GROUP}/v1", "ClusterRole", MONITOR, MANAGED, {"rules": rules}),
        Manifest(f"{RBAC_GROUP}/v1", "ClusterRoleBinding", MONITOR, MANAGED, binding),
    )


def _inside(kind: str, name: str, fields: JsonObject) -> Manifest:
    return Manifest("v1", kind, name, MANAGED, fields, namespace=NAMESPACE)
