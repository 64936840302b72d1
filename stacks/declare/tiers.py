"""What a DR tier means inside a centre: how important its pods are, and what its volumes are made of."""

from __future__ import annotations

from city.model import City, Tier
from stacks.declare.labels import MANAGED, label
from stacks.declare.manifest import Manifest

PRIORITIES: dict[Tier, int] = {Tier.APPLICATION: 300_000, Tier.DATA: 200_000, Tier.NONE: 100_000}
"""When a centre runs short, systems with application-level DR stay longest."""

RECLAIM: dict[Tier, str] = {Tier.APPLICATION: "Retain", Tier.DATA: "Retain", Tier.NONE: "Delete"}
"""Data that is protected outlives the claim that was deleted by mistake."""


def tier_name(tier: Tier) -> str:
    """The priority class and the storage class of a DR tier."""
    return f"citynode-tier-{tier}"


def priority_classes() -> tuple[Manifest, ...]:
    """One priority class for each DR tier; a pod that names none gets the lowest."""
    return tuple(
        Manifest(
            "scheduling.k8s.io/v1",
            "PriorityClass",
            tier_name(tier),
            MANAGED | {label("tier"): str(tier)},
            {
                "value": value,
                "preemptionPolicy": "PreemptLowerPriority",
                "description": f"Systems of DR tier '{tier}'.",
                **({"globalDefault": True} if tier is Tier.NONE else {}),
            },
        )
        for tier, value in PRIORITIES.items()
    )


def storage_classes(city: City) -> tuple[Manifest, ...]:
    """One storage class for each DR tier, of the city's driver; a volume is made where its pod lands."""
    return tuple(
        Manifest(
            "storage.k8s.io/v1",
            "StorageClass",
            tier_name(tier),
            MANAGED | {label("tier"): str(tier)},
            {
                "provisioner": city.storage.provisioner,
                "reclaimPolicy": reclaim,
                "volumeBindingMode": "WaitForFirstConsumer",
                **({"parameters": city.storage.parameters[tier]} if tier in city.storage.parameters else {}),
                **({"allowVolumeExpansion": True} if city.storage.expands else {}),
            },
        )
        for tier, reclaim in RECLAIM.items()
    )
