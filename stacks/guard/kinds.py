"""The kinds that rules look at, and the way from each to its containers, in Python and in CEL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stacks.guard.rule import Body, Case, Kind

NAMESPACE = Kind("", "v1", "namespaces", "Namespace")
POD = Kind("", "v1", "pods", "Pod", ("ephemeralcontainers",))
SERVICE = Kind("", "v1", "services", "Service")
DEPLOYMENT = Kind("apps", "v1", "deployments", "Deployment")
STATEFUL_SET = Kind("apps", "v1", "statefulsets", "StatefulSet")
DAEMON_SET = Kind("apps", "v1", "daemonsets", "DaemonSet")
JOB = Kind("batch", "v1", "jobs", "Job")
CRON_JOB = Kind("batch", "v1", "cronjobs", "CronJob")
NETWORK_POLICY = Kind("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy")

TEMPLATES = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB, CRON_JOB)
"""What makes pods. Refusing it there tells who wrote it; refusing only its pods would tell a controller."""
RUNNING = (POD, *TEMPLATES)

POD_SPEC = (
    "object.kind == 'Pod' ? object.spec : object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec : object.spec.template.spec"
)
CONTAINERS = (
    "variables.pod.containers + (has(variables.pod.initContainers) ? variables.pod.initContainers : [])"
    " + (has(variables.pod.ephemeralContainers) ? variables.pod.ephemeralContainers : [])"
)
SPACE = "has(namespaceObject.metadata.labels) ? namespaceObject.metadata.labels : {}"
OWN_NAME = "(has(object.metadata.name) ? object.metadata.name : '')"
LABELS = "has(object.metadata.labels) ? object.metadata.labels : {}"
VARIABLES = (("pod", POD_SPEC), ("containers", CONTAINERS), ("space", SPACE), ("labels", LABELS))
"""What a check's CEL may use as `variables.NAME`; each is worked out when it is first asked for."""


def pod_spec(body: Body) -> Body:
    """The pod that this is, or makes."""
    spec = body.get("spec") or {}
    if body.get("kind") == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    if body.get("kind") != "Pod":
        spec = (spec.get("template") or {}).get("spec") or {}
    found: Body = spec
    return found


def containers(case: Case) -> Iterator[dict[str, Any]]:
    """All containers: those that stay, those that come first, those that somebody attached."""
    spec = pod_spec(case.body)
    for key in ("containers", "initContainers", "ephemeralContainers"):
        yield from spec.get(key) or ()
