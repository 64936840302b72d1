"""What can't be changed in place: properties that force a replacement, by kind, as one table."""

from __future__ import annotations

from typing import Any

from stacks.engine.properties import Path, PropertyChange

IDENTITY: tuple[Path, ...] = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))
"""Changing one of these means another object."""

IMMUTABLE: dict[str, tuple[Path, ...]] = {
    "CSIDriver": (("spec", "attachRequired"), ("spec", "fsGroupPolicy"), ("spec", "volumeLifecycleModes")),
    "ClusterRoleBinding": (("roleRef",),),
    "DaemonSet": (("spec", "selector"),),
    "Deployment": (("spec", "selector"),),
    "Job": (("spec", "selector"), ("spec", "template"), ("spec", "completions")),
    "PersistentVolumeClaim": (("spec", "storageClassName"), ("spec", "accessModes"), ("spec", "volumeName"), ("spec", "volumeMode")),
    "PersistentVolume": (
        *(("spec", source) for source in ("csi", "hostPath", "local", "nfs")),
        ("spec", "nodeAffinity"),
        ("spec", "volumeMode"),
    ),
    "PriorityClass": (("value",), ("preemptionPolicy",)),
    "ReplicaSet": (("spec", "selector"),),
    "RoleBinding": (("roleRef",),),
    "RuntimeClass": (("handler",),),
    "Secret": (("type",),),
    "Service": (("spec", "clusterIP"),),
    "StatefulSet": (("spec", "selector"), ("spec", "serviceName"), ("spec", "podManagementPolicy"), ("spec", "volumeClaimTemplates")),
    "StorageClass": (("provisioner",), ("parameters",), ("reclaimPolicy",), ("volumeBindingMode",)),
}
"""Properties that the API server refuses to change on a live object (Kubernetes 1.37, pkg/apis/*/validation)."""

SEALABLE = frozenset({"ConfigMap", "Secret"})
"""Kinds with `immutable: true`: from then on no content of theirs changes in place."""

SECRET_KEYS: dict[str, tuple[str, ...]] = {"Secret": ("data", "stringData")}
"""What is a secret by its kind, whatever the program said of it."""

WHOLLY_OURS = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "LimitRange",
        "NetworkPolicy",
        "PriorityClass",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }
)
"""Kinds that no controller writes to: anything in them beside what was declared is drift, and is taken out."""

REFUSED_KINDS = {"List": "declare its items one by one"}


def forces_replacement(kind: str, change: PropertyChange, *, sealed: bool = False) -> bool:
    """Whether the change can't be made in place; `sealed` says that the object was declared immutable."""
    if sealed and kind in SEALABLE and change.path[0] in ("data", "binaryData", "stringData", "immutable"):
        return True
    return any(change.path[: len(path)] == path for path in (*IDENTITY, *IMMUTABLE.get(kind, ())))


def same_identity(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether both describe the same object, so that the old one has to go before the new one can come."""

    def identity(tree: dict[str, Any]) -> tuple[Any, ...]:
        metadata = tree.get("metadata") or {}
        group = str(tree.get("apiVersion", "")).rpartition("/")[0]
        return group, tree.get("kind"), metadata.get("name"), metadata.get("namespace")

    return identity(old) == identity(new)
