"""The same programs against our provider and, where it is installed, the official plugin: what Pulumi sees must be the same."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_kubernetes import apps, core, rbac

from benchmarks.control_plane import ControlPlane
from ops.errors import CitynodeError
from stacks.cluster.client import Cluster
from stacks.cluster.login import read_login
from stacks.cluster.objects import Objects
from stacks.engine import plugin
from tests.contract.stacks.bench import Bench, Declare, found, values

pytestmark = pytest.mark.lab
SHORT = {
    "test_an_object_s_whole_life": "life",
    "test_an_object_made_by_hand_is_taken_over_as_it_is": "import",
    "test_a_secret_never_stands_in_clear": "secret",
    "test_what_never_becomes_ready_is_kept_and_named": "late",
}
"""The namespace that each test works in."""


@pytest.fixture(params=["ours", "official"])
def bench(request: pytest.FixtureRequest, plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A stack served by one of the two."""
    if request.param == "official" and not plugin.official(os.environ):
        pytest.skip("the official pulumi-resource-kubernetes isn't installed on this machine")
    if request.param == "ours":
        monkeypatch.setattr(plugin, "official", lambda _environment: "")
    short = SHORT[request.node.originalname]
    return Bench(plane, tmp_path, f"{request.param}-{short}", few=short != "life")  # a whole life is served by a process of its own


@pytest.fixture
def ours(plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Bench:
    """A stack served by our provider: for what we promise beyond the official one."""
    monkeypatch.setattr(plugin, "official", lambda _environment: "")
    return Bench(plane, tmp_path, "ours")


def zone(space: str, *, pods: str = "5", motto: str = "a", role: str = "view") -> Declare:
    """A namespace with what a zone is made of."""

    def declare(options: pulumi.ResourceOptions) -> None:
        first = core.v1.Namespace(space, metadata={"name": space}, opts=options)
        inside = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[first]))
        core.v1.ResourceQuota("quota", metadata={"name": "quota", "namespace": space}, spec={"hard": {"pods": pods}}, opts=inside)
        core.v1.ConfigMap("motto", metadata={"name": "motto", "namespace": space}, data={"text": motto}, opts=inside)
        rbac.v1.RoleBinding(
            "binding",
            metadata={"name": "binding", "namespace": space},
            role_ref={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            subjects=[{"kind": "Group", "name": "readers", "apiGroup": "rbac.authorization.k8s.io"}],
            opts=inside,
        )

    return declare


def test_an_object_s_whole_life(bench: Bench) -> None:
    space = bench.name
    made = bench.up(zone(space))
    assert sorted(found(made)) == sorted(
        ("create", title)
        for title in (f"Namespace {space}", f"ResourceQuota {space}/quota", f"ConfigMap {space}/motto", f"RoleBinding {space}/binding")
    )
    assert bench.core.read_namespaced_resource_quota("quota", space).status.hard == {"pods": "5"}  # an up waits until it is in force
    assert found(bench.preview(zone(space))) == []

    assert found(bench.up(zone(space, motto="b"))) == [("update", f"ConfigMap {space}/motto")]
    assert bench.core.read_namespaced_config_map("motto", space).data == {"text": "b"}

    before = bench.preview(zone(space, motto="b", role="edit"))
    assert found(before) == [("replace", f"RoleBinding {space}/binding")]
    assert values(before) == {"roleRef.name": ("view", "edit")}
    bench.up(zone(space, motto="b", role="edit"))

    bench.core.patch_namespaced_resource_quota("quota", space, {"spec": {"hard": {"pods": "77"}}})
    bench.core.delete_namespaced_config_map("motto", space)
    drift = bench.drift()
    assert found(drift) == [("delete", f"ConfigMap {space}/motto"), ("update", f"ResourceQuota {space}/quota")]
    assert values(drift) == {"spec.hard.pods": ("5", "77")}
    bench.up(zone(space, motto="b", role="edit"))
    assert bench.core.read_namespaced_resource_quota("quota", space).spec.hard == {"pods": "5"}
    assert bench.core.read_namespaced_config_map("motto", space).data == {"text": "b"}

    assert bench.destroy().objects == 4
    assert space not in {each.metadata.name for each in bench.core.list_namespace().items}


def test_an_object_made_by_hand_is_taken_over_as_it_is(bench: Bench) -> None:
    space = bench.name
    bench.core.create_namespace({"metadata": {"name": space, "labels": {"owner": "somebody"}}})

    def taken(options: pulumi.ResourceOptions) -> None:
        take = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(import_=space, retain_on_delete=True))
        core.v1.Namespace("space", metadata={"name": space, "labels": {"owner": "somebody"}}, opts=take)

    assert found(bench.up(taken)) == [("create", f"Namespace {space}")]
    assert bench.recorded["space"]["id"] == space
    assert found(bench.preview(taken)) == []


def test_a_secret_never_stands_in_clear(bench: Bench) -> None:
    space = bench.name

    def declared(word: str, extra: str = "x") -> Declare:
        def declare(options: pulumi.ResourceOptions) -> None:
            first = core.v1.Namespace("space", metadata={"name": space}, opts=options)
            inside = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[first]))
            login = {"password": word, "user": extra}
            core.v1.Secret("login", metadata={"name": "login", "namespace": space}, string_data=login, opts=inside)

        return declare

    bench.up(declared("opensesame"))
    assert bench.core.read_namespaced_secret("login", space).data["password"] == "b3BlbnNlc2FtZQ=="
    changed = bench.up(declared("swordfish"))
    assert found(changed) == [("update", f"Secret {space}/login")]
    assert bench.core.read_namespaced_secret("login", space).data["password"] == "c3dvcmRmaXNo"
    assert found(bench.preview(declared("swordfish"))) == []
    bench.core.patch_namespaced_secret("login", space, {"stringData": {"password": "hijacked!"}})
    drift = bench.drift()
    assert found(drift) == [("update", f"Secret {space}/login")]
    read, told = bench.deployments()
    assert read == told != {}
    written = bench.state_text + repr(changed) + repr(drift)
    for word in ("opensesame", "b3BlbnNlc2FtZQ", "swordfish", "c3dvcmRmaXNo", "hijacked", "aGlqYWNrZWQ"):
        assert word not in written
    bench.destroy()
    home = bench.state / "pulumi" / "work" / "home"
    assert (home / "logs").is_file()
    assert list(home.rglob("*.log")) == []  # Pulumi's own would hold them


def test_what_never_becomes_ready_is_kept_and_named(bench: Bench) -> None:
    """There is no node, so no pod ever starts."""
    space = bench.name
    labels = {"app": "web"}
    pod: dict[str, Any] = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web"}]}}

    def declare(options: pulumi.ResourceOptions) -> None:
        first = core.v1.Namespace("space", metadata={"name": space}, opts=options)
        inside = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[first]))
        notes = {"pulumi.com/timeoutSeconds": "2"}
        apps.v1.Deployment(
            "web",
            metadata={"name": "web", "namespace": space, "annotations": notes},
            spec={"selector": {"matchLabels": labels}, "template": pod},
            opts=inside,
        )

    with pytest.raises(CitynodeError) as raised:
        bench.up(declare)
    if bench.name.startswith("ours"):
        assert raised.value.exit_code == 9
        assert str(raised.value) == f"Deployment {space}/web is not ready after 2 s: 0 of 1 replicas available"
    assert bench.recorded["web"]["id"] == f"{space}/web"
    bench.destroy()


def test_a_field_that_somebody_else_declared_is_named_with_its_manager(ours: Bench) -> None:
    space = "owned"
    ours.up(zone(space))
    other = Objects(Cluster(read_login(str(ours.plane.kubeconfig))), manager="argocd-controller", force=True)
    other.apply(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "quota", "namespace": space}, "spec": {"hard": {"pods": "9"}}}
    )
    with pytest.raises(CitynodeError) as raised:
        ours.up(zone(space))
    assert raised.value.exit_code == 5
    assert raised.value.why == "spec.hard.pods is owned by argocd-controller"
    assert "citynode stack up --force" in raised.value.hint
    replace(ours, force=True).up(zone(space))
    assert ours.core.read_namespaced_resource_quota("quota", space).spec.hard == {"pods": "5"}
