"""After an up, asked of the clusters themselves and not of Pulumi: are the zones there, with the quotas that were declared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from city.model import City, Site
from ops.errors import CitynodeError, PolicyRefused
from ops.language import _
from stacks.cluster.client import Cluster
from stacks.cluster.login import read_login
from stacks.declare import quantity
from stacks.declare.labels import MANAGED, label
from stacks.declare.placement import Zone, zones_at
from stacks.declare.zone import quota
from stacks.engine.scope import EVERYTHING, Scope

SELECTOR = ",".join(f"{key}={value}" for key, value in MANAGED.items())


def verify_centre(city: City, site: Site, kubeconfig: Path, scope: Scope = EVERYTHING) -> int:
    """How many zones in scope were found as declared; an error names the first that isn't."""
    cluster = Cluster(read_login(str(kubeconfig)), threads=1)
    spaces = {item["metadata"]["name"]: item for item in _list(cluster, "namespaces")}
    quotas = {item["metadata"]["namespace"]: item for item in _list(cluster, "resourcequotas")}
    zones = [zone for zone in zones_at(city, site) if scope.holds(zone.name)]
    problems = [problem for zone in zones for problem in _problems(zone, spaces.get(zone.name), quotas.get(zone.name))]
    if problems:
        more = _(" and {count} more").format(count=len(problems) - 1) if len(problems) > 1 else ""
        what = _("{centre} is not as it was declared").format(centre=site.name)
        raise CitynodeError(what, why=problems[0] + more, hint="citynode stack drift")
    return len(zones)


def refuse_forgotten(city: City, site: Site, kubeconfig: Path) -> None:
    """Refuse to go on where the cluster has zones of ours that the city's data doesn't name any more.

    An up would take them, with everything in them, for no longer wanted; it may as well be that their system was renamed.
    """
    here = {label("centre"): site.name}
    known = {zone.name for zone in zones_at(city, site)}
    spaces = (item["metadata"] for item in _list(Cluster(read_login(str(kubeconfig)), threads=1), "namespaces"))
    ours = [space["name"] for space in spaces if here.items() <= space["labels"].items() and label("system") in space["labels"]]
    forgotten = sorted(set(ours) - known)
    if forgotten:
        raise PolicyRefused(
            _("{centre} has zones that are no longer declared: {names}").format(centre=site.name, names=", ".join(forgotten)),
            why=_("nothing that runs in them is removed because a declaration forgot it"),
            hint=_("renamed: give the system `was: [{name}]`; to remove it: citynode stack destroy --zone {name}").format(
                name=forgotten[0]
            ),
        )


def _problems(zone: Zone, space: dict[str, Any] | None, live: dict[str, Any] | None) -> Iterator[str]:
    if space is None or space["metadata"].get("deletionTimestamp"):
        yield _("the namespace {name} is missing").format(name=zone.name)
        return
    if (space["metadata"].get("labels") or {}).get(label("system")) != zone.name:
        yield _("the namespace {name} belongs to something else").format(name=zone.name)
    granted = (live or {}).get("spec", {}).get("hard", {})
    for key, wanted in quota(zone).fields["spec"]["hard"].items():
        if not quantity.same(wanted, granted.get(key)):
            yield _("{zone}: quota {key} is {found}, not {wanted}").format(zone=zone.name, key=key, found=granted.get(key), wanted=wanted)


def _list(cluster: Cluster, plural: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cluster.request("GET", f"/api/v1/{plural}", query={"labelSelector": SELECTOR})["items"]
    return found
