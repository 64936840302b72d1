"""What can't be changed in place: properties that force a replacement, by kind, as one table."""

from __future__ import annotations

from typing import Any

from stacks.properties import Path, PropertyChange

IDENTITY: tuple[Path, ...] = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))
"""Changing one of these means another object."""

IMMUTABLE: dict[str, tuple[Path, ...]] = {
    "ClusterRoleBinding": (("roleRef",),),
    "DaemonSet": (("spec", "selector"),),
    "Deployment": (("spec", "selector"),),
    "Job": (("spec", "selector"), ("spec", "template"), ("spec", "completions")),
    "PersistentVolumeClaim": (("spec", "storageClassName"), ("spec", "accessModes"), ("spec", "volumeName"), ("spec", "volumeMode")),
    "PriorityClass": (("value",), ("preemptionPolicy",)),
    "RoleBinding": (("roleRef",),),
    "Service": (("spec", "clusterIP"),),
    "StatefulSet": (("spec", "selector"), ("spec", "serviceName"), ("spec", "podManagementPolicy"), ("spec", "volumeClaimTemplates")),
    "StorageClass": (("provisioner",), ("parameters",), ("reclaimPolicy",), ("volumeBindingMode",)),
}
"""Properties that the API server refuses to change on a live object."""

WHOLLY_OURS = frozenset(
    {"ClusterRole", "ClusterRoleBinding", "LimitRange", "NetworkPolicy", "PriorityClass", "ResourceQuota", "Role", "RoleBinding"}
)
"""Kinds that no controller writes to: anything in them beside what was declared is drift, and is taken out."""

REFUSED_KINDS = {
    "Secret": "its content would stand in Pulumi's state; keep secrets by reference (env:, file:) or install the official plugin",
    "List": "declare its items one by one",
}


def forces_replacement(kind: str, change: PropertyChange) -> bool:
    """Whether the change can't be made in place."""
    return any(change.path[: len(path)] == path for path in (*IDENTITY, *IMMUTABLE.get(kind, ())))


def same_identity(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether both describe the same object, so that the old one has to go before the new one can come."""

    def identity(tree: dict[str, Any]) -> tuple[Any, ...]:
        metadata = tree.get("metadata") or {}
        group = str(tree.get("apiVersion", "")).rpartition("/")[0]
        return group, tree.get("kind"), metadata.get("name"), metadata.get("namespace")

    return identity(old) == identity(new)
