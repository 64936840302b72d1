"""What the zones of a centre really use, asked of its cluster in a few lists: values for reports, never a judgement.

A zone's pods and amounts are those that its quota counts, so that "used" and "reserved" mean the same thing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any

from city.pools import Amount
from stacks.cluster.client import Cluster
from stacks.cluster.login import read_login
from stacks.declare import quantity
from stacks.declare.labels import MANAGED, label

WORKLOADS = ("apps/v1/deployments", "apps/v1/statefulsets", "apps/v1/daemonsets", "batch/v1/cronjobs")
COUNTED: dict[str, str] = {"cpu_millis": "requests.cpu", "memory_mib": "requests.memory", "storage_gib": "requests.storage", "pods": "pods"}
"""Our resources, and what a ResourceQuota calls them."""


@dataclass(frozen=True, slots=True)
class ZoneUse:
    """One zone of one centre as it was found."""

    centre: str
    zone: str
    since: datetime
    used: Amount
    workloads: int

    @property
    def is_empty(self) -> bool:
        """Nothing runs in it, nothing is to run in it, nothing is stored in it."""
        return not (self.used.pods or self.workloads or self.used.storage_gib)


def read_usage(centre: str, kubeconfig: Path) -> tuple[ZoneUse, ...]:
    """Every landing zone that the centre's cluster has; raises `Unreachable` if it doesn't answer."""
    cluster = Cluster(read_login(str(kubeconfig)), threads=1)
    selector = ",".join([*(f"{key}={value}" for key, value in MANAGED.items()), label("system")])
    spaces = cluster.request("GET", "/api/v1/namespaces", query={"labelSelector": selector})["items"]
    quotas = cluster.request("GET", "/api/v1/resourcequotas", query={"labelSelector": selector})["items"]
    workloads = Counter(
        item["metadata"]["namespace"] for kind in WORKLOADS for item in cluster.request("GET", f"/apis/{kind}").get("items", ())
    )
    counted = {item["metadata"]["namespace"]: amount_of(item.get("status", {}).get("used", {})) for item in quotas}
    return tuple(
        ZoneUse(
            centre,
            space["metadata"]["name"],
            datetime.fromisoformat(space["metadata"]["creationTimestamp"]),
            counted.get(space["metadata"]["name"], Amount()),
            workloads[space["metadata"]["name"]],
        )
        for space in spaces
    )


def amount_of(used: dict[str, Any]) -> Amount:
    """What a quota counts, in our units, rounded up: a mebibyte that was begun is used."""
    return Amount(**{ours: _units(ours, used.get(theirs, "0")) for ours, theirs in COUNTED.items()})


def _units(resource: str, text: str) -> int:
    unit, _examples = quantity.WHOLE[resource]
    return ceil((quantity.value(text) or 0) / unit)
