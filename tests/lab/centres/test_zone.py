"""A department's zone from the request to the cluster: asked for, applied, made larger, frozen, looked over, taken away.

The tests tell one story, in this order, on a copy of the city that is theirs; the last thing they do is to remove the zone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config

from city.load import find_city
from tests.lab.rig import Rig
from tests.waiting import wait_until

NAME = "citizen-hotline"
ZONE = ("--zone", NAME)


@dataclass(frozen=True)
class Place:
    """The lab, the folder of the city in which the zone stands, and the cluster where it is looked for."""

    lab: Rig
    folder: Path
    core: client.CoreV1Api

    def ok(self, *words: str) -> Any:
        return self.lab.ok(*words, "--city", str(self.folder))

    def refusal(self, pod: str) -> str:
        """What the API server says to a new pod; empty if it would take it."""
        try:
            self.core.create_namespaced_pod(NAME, small_pod(pod), dry_run="All")
        except client.ApiException as refused:
            return str(refused.body)
        return ""


@pytest.fixture(scope="module")
def place(lab: Rig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A city of one's own with one system more, applied to the lab's production centre and removed again."""
    folder = tmp_path_factory.mktemp("zone") / "tiny"
    shutil.copytree(find_city("tiny"), folder)
    api = client.CoreV1Api(config.new_client_from_config(str(lab.access.centres["dc1"].kubeconfig)))
    place = Place(lab, folder, api)
    words = ("--department", "archives", "--title", "市民热线", "--egress", "closed", "--cost-centre", "AR-07")
    asked = place.ok("zone", "request", NAME, *words, "--yes")
    assert (asked["written"], list(asked["objects"])) == (True, ["dc1"])
    place.ok("stack", "up", *ZONE, "--yes")
    try:
        yield place
    finally:
        place.ok("stack", "destroy", *ZONE, "--centre", "dc1", "--yes")


def small_pod(name: str) -> dict[str, Any]:
    """A pod that the city's policies take; whether it ever runs doesn't matter here."""
    amounts = {"cpu": "10m", "memory": "16Mi"}
    guarded = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    one = {"name": "app", "image": "citynode.local/reference-app:1", "imagePullPolicy": "Never", "securityContext": guarded,
           "resources": {"requests": amounts, "limits": amounts}}  # fmt: skip
    secure = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    return {"metadata": {"name": name}, "spec": {"securityContext": secure, "terminationGracePeriodSeconds": 0, "containers": [one]}}


def test_what_was_asked_for_stands_in_the_cluster(place: Place) -> None:
    labels = place.core.read_namespace(NAME).metadata.labels
    wanted = {"system": NAME, "department": "archives", "cost-centre": "AR-07", "egress": "closed", "backup": "none", "role": "service"}
    assert {key: labels[f"citynode.city/{key}"] for key in wanted} == wanted
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert place.core.read_namespaced_service_account("default", NAME).automount_service_account_token is False
    assert place.core.read_namespaced_config_map("pools", "citynode-system").data["archives"].startswith("cpu_millis=4000 ")
    assert place.ok("stack", "preview", *ZONE)["changes"] == 0


def test_a_larger_quota_is_one_change_and_holds_in_the_cluster(place: Place) -> None:
    place.ok("zone", "quota", NAME, "--pods", "7", "--yes")
    pending = place.lab.run("stack", "preview", *ZONE, "--city", str(place.folder), "-o", "json")
    assert pending.code == 7, pending.err
    (change,) = pending.data["centres"][0]["details"]
    paths = {each["path"]: (each["before"], each["after"]) for each in change["properties"]}
    assert paths == {"spec.hard.pods": ("6", "7"), "spec.hard.persistentvolumeclaims": ("6", "7")}
    place.ok("stack", "up", *ZONE, "--yes")
    assert place.core.read_namespaced_resource_quota("zone", NAME).spec.hard["pods"] == "7"


def test_a_frozen_zone_keeps_its_pods_and_takes_no_more_until_it_is_thawed(place: Place) -> None:
    place.core.create_namespaced_pod(NAME, small_pod("first"))
    place.ok("zone", "freeze", NAME, "--yes")
    place.ok("stack", "up", *ZONE, "--yes")
    frozen = f"the zone {NAME} is frozen and takes no new pods"
    wait_until(lambda: frozen in place.refusal("second"), seconds=10, what=frozen)  # what guards a zone sees its label a moment later
    assert place.core.read_namespaced_resource_quota("zone", NAME).spec.hard["pods"] == "0"
    assert place.core.read_namespaced_pod("first", NAME).metadata.deletion_timestamp is None
    place.ok("zone", "freeze", NAME, "--off", "--yes")
    place.ok("stack", "up", *ZONE, "--yes")
    wait_until(lambda: place.refusal("second") == "", seconds=10, what="the zone takes pods again")


def test_the_review_counts_what_runs(place: Place) -> None:
    reports = place.ok("zone", "review")
    archives = next(each for each in reports["quota"] if each["department"] == "archives")
    assert (archives["used"]["pods"], archives["used"]["cpu_millis"], reports["unread"]) == (1, 10, {})
    assert archives["reserved"]["pods"] == 25
    assert [each["system"] for each in reports["unused"]] == []  # nothing is a month old here


def test_an_overdrawn_pool_is_refused_before_any_cluster_is_asked(place: Place) -> None:
    pools = place.folder / "pools.yaml"
    kept = pools.read_text(encoding="utf-8")
    pools.write_text(kept.replace("{department: archives, cpu_millis: 4000", "{department: archives, cpu_millis: 1200"), encoding="utf-8")
    try:
        refused = place.lab.run("stack", "up", *ZONE, "--yes", "--city", str(place.folder))
    finally:
        pools.write_text(kept, encoding="utf-8")
    assert refused.code == 5, refused.err
    assert "archives: cpu 1625m of 1200m, in all centres' zones together: " in refused.err
    assert "; most use archive 1125m, citizen-hotline 500m" in refused.err
