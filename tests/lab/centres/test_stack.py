"""The centres by Pulumi on three real clusters: deployed, changed behind our back, killed in the middle, unreachable.

Every test leaves the stacks deployed and the clusters as declared.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config

from city.model import City
from engines.resolve import ensure
from ops import yaml
from ops.errors import PolicyRefused
from ops.progress import Silent
from ops.reach import write_access
from stacks.apply import preview
from stacks.engine.automation import PROJECT
from stacks.fleet import assemble
from tests.lab.rig import Rig
from tests.program import ROOT

CENTRES = ("dc1", "dc2", "dc3")
REMOTE = ("--centre", "dc3")


def cluster(lab: Rig, centre: str) -> client.CoreV1Api:
    return client.CoreV1Api(config.new_client_from_config(str(lab.access.centres[centre].kubeconfig)))


def zones(api: client.CoreV1Api) -> set[str]:
    found = api.list_namespace(label_selector="citynode.city/system").items
    return {space.metadata.name for space in found if space.metadata.deletion_timestamp is None}


def test_every_centre_is_as_declared_and_a_second_up_changes_nothing(deployed: Rig) -> None:
    preview = deployed.ok("stack", "preview")
    assert [(each["name"], each["changes"]) for each in preview["centres"]] == [(name, 0) for name in CENTRES]
    again = deployed.ok("stack", "up", "--yes")
    assert [each["changes"] for each in again["centres"]] == [0, 0, 0]
    assert again["verified"] == dict.fromkeys(CENTRES, 3)
    assert zones(cluster(deployed, "dc2")) == {system.name for system in deployed.city.systems}


def test_a_quota_changed_by_hand_is_drift_with_both_values_until_an_up(deployed: Rig) -> None:
    api = cluster(deployed, "dc2")
    granted = api.read_namespaced_resource_quota("zone", "benefits").spec.hard["pods"]
    api.patch_namespaced_resource_quota("zone", "benefits", {"spec": {"hard": {"pods": "77"}}})
    drift = deployed.run("stack", "drift", "-o", "json")
    assert drift.code == 7, drift.err
    found = {each["name"]: each["details"] for each in drift.data["centres"]}
    (changed,) = found["dc2"]
    assert (found["dc1"], found["dc3"]) == ([], [])
    assert (changed["zone"], changed["kind"], changed["name"]) == ("benefits", "ResourceQuota", "zone")
    assert changed["properties"] == [{"path": "spec.hard.pods", "before": granted, "after": "77"}]
    deployed.ok("stack", "up", "--yes", "--centre", "dc2")
    assert api.read_namespaced_resource_quota("zone", "benefits").spec.hard["pods"] == granted
    assert not deployed.ok("stack", "drift", "--centre", "dc2")["drift"]


def test_a_changed_declaration_is_pending_and_says_what_would_change(deployed: Rig, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(ROOT / "cities" / "tiny", folder)
    systems = folder / "systems.yaml"
    systems.write_text(
        systems.read_text(encoding="utf-8").replace("storage_gib: 10, pods: 6", "storage_gib: 10, pods: 9", 1), encoding="utf-8"
    )
    pending = deployed.run("stack", "preview", *REMOTE, "--city", str(folder), "-o", "json")
    assert pending.code == 7, pending.err
    (centre,) = pending.data["centres"]
    paths = {prop["path"]: (prop["before"], prop["after"]) for change in centre["details"] for prop in change["properties"]}
    assert paths == {"spec.hard.pods": ("6", "9"), "spec.hard.persistentvolumeclaims": ("6", "9")}


def test_a_zone_alone_is_refreshed_and_brought_back(deployed: Rig) -> None:
    api = cluster(deployed, "dc3")
    granted = api.read_namespaced_resource_quota("zone", "benefits").spec.hard["pods"]
    for zone in ("archive", "benefits"):
        api.patch_namespaced_resource_quota("zone", zone, {"spec": {"hard": {"pods": "77"}}})
    accepted = deployed.ok("stack", "refresh", "--zone", "benefits", "--yes", *REMOTE)
    (centre,) = accepted["centres"]
    assert [(change["zone"], change["properties"]) for change in centre["details"]] == [
        ("benefits", [{"path": "spec.hard.pods", "before": granted, "after": "77"}])
    ]
    pending = deployed.run("stack", "preview", "--zone", "benefits", "-o", "json", *REMOTE)
    assert (pending.code, pending.data["changes"]) == (7, 1), pending.err
    healed = deployed.ok("stack", "up", "--zone", "benefits", "--yes", *REMOTE)
    assert (healed["verified"], healed["centres"][0]["update"]) == ({"dc3": 1}, 1)
    quotas = {zone: api.read_namespaced_resource_quota("zone", zone).spec.hard["pods"] for zone in ("archive", "benefits")}
    assert quotas == {"archive": "77", "benefits": granted}  # nobody spoke of the other
    deployed.ok("stack", "up", "--yes", *REMOTE)


def test_a_system_that_was_renamed_never_loses_its_zone(deployed: Rig) -> None:
    def renamed(**fields: object) -> City:
        systems = [each.model_copy(update={"name": "grants", **fields}) if each.name == "benefits" else each for each in city.systems]
        return city.model_copy(update={"systems": tuple(systems)})

    city = deployed.city
    pulumi = ensure(["pulumi"], Silent())["pulumi"]
    forgotten, moved = (
        preview(assemble(each, deployed.access, ["dc3"], state=deployed.state, pulumi=pulumi, progress=Silent()))[0]
        for each in (renamed(), renamed(was=("benefits",)))
    )
    assert isinstance(forgotten.error, PolicyRefused)
    assert forgotten.error.what == "dc3 has zones that are no longer declared: benefits"
    assert forgotten.error.hint.startswith(
        "renamed: give the system `was: [benefits]`; to remove it: citynode stack destroy --zone benefits"
    )
    assert moved.error is None, moved.error
    assert moved.changes == ()


def test_what_a_killed_up_left_is_adopted_by_the_next(deployed: Rig) -> None:
    api = cluster(deployed, "dc3")
    removed = deployed.ok("stack", "destroy", "--yes", *REMOTE)
    assert removed["centres"][0]["delete"] == removed["centres"][0]["objects"] > 40
    assert zones(api) == set()
    with deployed.start("stack", "up", "--yes", *REMOTE) as doomed:
        deadline = time.monotonic() + 90
        while not zones(api):
            assert doomed.poll() is None, doomed.communicate()
            assert time.monotonic() < deadline, "no zone appeared"
            time.sleep(0.02)
        os.killpg(doomed.pid, signal.SIGKILL)
    done = deployed.ok("stack", "up", "--yes", *REMOTE)
    assert (done["resumed"], done["verified"]) == (True, {"dc3": 3})
    assert deployed.ok("stack", "preview", *REMOTE)["changes"] == 0


def test_an_up_killed_before_its_result_was_written_is_gone_on_with(deployed: Rig) -> None:
    deployed.killed("apply:after", "stack", "up", "--yes", *REMOTE)
    done = deployed.ok("stack", "up", "--yes", *REMOTE)
    assert (done["resumed"], done["centres"][0]["changes"]) == (True, 0)


def test_a_dark_centre_is_named_and_the_others_are_shown(deployed: Rig) -> None:
    deployed.ok("lab", "break", "centre", "dc3")
    try:
        preview = deployed.run("stack", "preview", "-o", "json")
        up = deployed.run("stack", "up", "--yes", "--centre", "dc3")
    finally:
        deployed.ok("lab", "heal", "dc3")
    assert (preview.code, up.code) == (3, 3), preview.err + up.err
    assert "dc3: the API server" in preview.err
    assert "can't be reached" in up.err
    assert {each["name"]: "error" in each for each in preview.data["centres"]} == {"dc1": False, "dc2": False, "dc3": True}


@contextmanager
def other_login(lab: Rig, folder: Path, **user: str) -> Iterator[dict[str, str]]:
    """An environment in which dc3's kubeconfig logs in as somebody else."""
    known = lab.access.centres["dc3"]
    document = yaml.load(Path(str(known.kubeconfig)).read_text(encoding="utf-8"))
    document["users"][0]["user"] = user
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(yaml.dump(document))
    centres = {**lab.access.centres, "dc3": known.model_copy(update={"kubeconfig": kubeconfig})}
    write_access(lab.access.model_copy(update={"centres": centres}), folder / "access.yaml")
    yield {"CITYNODE_ACCESS": str(folder / "access.yaml")}


@pytest.mark.parametrize(
    ("user", "code", "says"),
    [({"token": "not-a-token"}, 3, "refused the login"), ({"exec": "aws"}, 2, "logs in by exec, which this provider doesn't run")],
)
def test_a_login_that_is_refused_says_where_it_came_from(deployed: Rig, tmp_path: Path, user: dict[str, Any], code: int, says: str) -> None:
    with other_login(deployed, tmp_path, **user) as env:
        done = deployed.run("stack", "preview", *REMOTE, env=env)
    assert done.code == code, done.err
    assert says in done.err
    assert str(tmp_path / "kubeconfig") in done.err


def test_another_machine_s_lock_is_left_alone_and_named(deployed: Rig) -> None:
    lab = deployed
    stack = f"{lab.city.name}.{lab.name}.dc3"
    folder = lab.state / "pulumi" / ".pulumi" / "locks" / "organization" / PROJECT / stack
    lock = folder / "00000000-0000-4000-8000-000000000000.json"
    folder.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps({"pid": 7, "username": "ops", "hostname": "bastion", "timestamp": "2026-01-01T00:00:00Z"}))
    try:
        done = lab.run("stack", "up", "--yes", *REMOTE)
        refused = lab.run("stack", "unlock", *REMOTE)
        taken = lab.ok("stack", "unlock", "--yes", *REMOTE)
    finally:
        lock.unlink(missing_ok=True)
    assert done.code == 5, done.err
    assert "ops@bastion (pid 7)" in done.err
    assert refused.code == 5, refused.err
    assert "it was taken on another machine; it belongs to another user" in refused.err
    assert (taken["released"], taken["locks"][0]["holder"]["host"]) == (True, "bastion")
    lab.ok("stack", "up", "--yes", *REMOTE)
