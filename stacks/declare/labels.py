"""The labels that everything of a system carries: what is billed, backed up, selected and reported by."""

from __future__ import annotations

from city.model import Backup, System

PREFIX = "citynode.city/"
MANAGED = {"app.kubernetes.io/managed-by": "citynode"}

NO_BACKUP = "none"


def label(name: str) -> str:
    """The full key of a label of ours."""
    return f"{PREFIX}{name}"


def zone_name(system: System) -> str:
    """What its namespaces and labels name the system by: the first name that it had.

    Kubernetes renames no namespace, and who is billed, backed up and let through is chosen by the label: a rename touches none of it.
    """
    return system.was[0] if system.was else system.name


def system_labels(system: System) -> dict[str, str]:
    """Who it belongs to and who pays, how it is protected, where in the network it lives, until when it needs no review."""
    return MANAGED | {
        label("backup"): backup_value(system.backup),
        label("cost-centre"): system.cost_centre,
        label("egress"): str(system.egress),
        label("review-after"): system.review_after.isoformat(),
        label("department"): system.department,
        label("system"): zone_name(system),
        label("owner"): str(system.owner),
        label("mlps"): str(system.mlps),
        label("tier"): str(system.tier),
        label("plane"): system.plane,
        **({label("frozen"): "true"} if system.frozen else {}),
    }


def backup_value(backup: Backup | None) -> str:
    """How often, and for how long it is kept: `12h-30d`; what a backup run selects namespaces by."""
    return f"{backup.every_hours}h-{backup.keep_days}d" if backup else NO_BACKUP


def object_labels(system: System) -> dict[str, str]:
    """The short set for objects inside a namespace that carries the full one."""
    return MANAGED | {label("department"): system.department, label("system"): zone_name(system)}
