"""The labels that everything of a system carries: what is billed, backed up, selected and reported by."""

from __future__ import annotations

from city.model import System

PREFIX = "citynode.city/"
MANAGED = {"app.kubernetes.io/managed-by": "citynode"}


def label(name: str) -> str:
    """The full key of a label of ours."""
    return f"{PREFIX}{name}"


def system_labels(system: System) -> dict[str, str]:
    """Who it belongs to, how it is protected and where in the network it lives."""
    return MANAGED | {
        label("department"): system.department,
        label("system"): system.name,
        label("owner"): str(system.owner),
        label("mlps"): str(system.mlps),
        label("tier"): str(system.tier),
        label("plane"): system.plane,
    }


def object_labels(system: System) -> dict[str, str]:
    """The short set for objects inside a namespace that carries the full one."""
    return MANAGED | {label("department"): system.department, label("system"): system.name}
