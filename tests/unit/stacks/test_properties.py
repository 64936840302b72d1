"""Two trees side by side: which leaves differ, and what that means for a resource."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.engine.properties import at, differences
from stacks.provider.resources import check, diff, from_token, identifier
from stacks.provider.rules import IMMUTABLE, REFUSED_KINDS


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {}, [("a", 1, None)]),
        ({}, {"a": {"b": 1}}, [("a", None, {"b": 1})]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3, 4]}}, [("a.b[1]", 2, 3), ("a.b[2]", None, 4)]),
        ({"hard": {"requests.cpu": "1"}}, {"hard": {"requests.cpu": "2"}}, [('hard["requests.cpu"]', "1", "2")]),
        ({"a": 1}, {"a": True}, []),  # equal in Python, and the API server's schema has one type a field
        ({"a": []}, {"a": "x"}, [("a", [], "x")]),
    ],
)
def test_the_leaves_that_differ(before: Any, after: Any, expected: list[tuple[str, Any, Any]]) -> None:
    assert [(change.text, change.before, change.after) for change in differences(before, after)] == expected


def test_a_value_is_found_by_its_path() -> None:
    tree = {"spec": {"ports": [{"port": 80}]}}
    assert at(tree, ("spec", "ports", 0, "port")) == 80
    assert at(tree, ("spec", "ports", 1, "port")) is None


def an(kind: str, name: str = "one", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "zone"}, **fields}


@pytest.mark.parametrize(
    ("old", "new", "replaces", "delete_first"),
    [
        (an("ResourceQuota", spec={"hard": {"pods": "1"}}), an("ResourceQuota", spec={"hard": {"pods": "2"}}), [], False),
        (an("RoleBinding", roleRef={"name": "a"}), an("RoleBinding", roleRef={"name": "b"}), ["roleRef.name"], True),
        (an("PriorityClass", value=1), an("PriorityClass", value=2), ["value"], True),
        (an("ConfigMap"), an("ConfigMap", "two"), ["metadata.name"], False),  # another object: the new one may come first
        (an("Service", spec={"clusterIP": "10.0.0.1"}), an("Service", spec={"clusterIP": "10.0.0.2"}), ["spec.clusterIP"], True),
    ],
)
def test_what_needs_a_new_object(old: dict[str, Any], new: dict[str, Any], replaces: list[str], delete_first: bool) -> None:
    found = diff(old, new)
    assert [change.text for change in found.replaces] == replaces
    assert found.delete_first is delete_first
    assert found.changes


def test_every_immutable_property_is_a_path() -> None:
    assert all(path and all(isinstance(part, str) for part in path) for paths in IMMUTABLE.values() for path in paths)


def checked(
    inputs: dict[str, Any], olds: dict[str, Any] | None = None, type_: str = "kubernetes:core/v1:X"
) -> tuple[dict[str, Any], list[str]]:
    return check(inputs, olds or {}, token=type_, title="title", seed=b"seed", namespace="default")


def test_what_the_provider_fills_in() -> None:
    inputs, failures = checked({"apiVersion": "v1", "kind": "ConfigMap"})
    assert failures == []
    assert inputs["metadata"] == {"name": "title-19b25856", "namespace": "default"}
    again, _ = checked({"apiVersion": "v1", "kind": "ConfigMap"}, {"metadata": {"name": "title-old"}})
    assert again["metadata"]["name"] == "title-old"  # a name that was made once stays


@pytest.mark.parametrize("kind", sorted(REFUSED_KINDS))
def test_what_would_be_unsound_is_refused_with_a_reason(kind: str) -> None:
    _, failures = checked({"apiVersion": "v1", "kind": kind})
    assert failures == [f"{kind} is not supported by this provider: {REFUSED_KINDS[kind]}"]


def test_charts_and_patches_are_refused() -> None:
    _, patch = checked({"apiVersion": "v1", "kind": "Namespace"}, type_="kubernetes:core/v1:NamespacePatch")
    assert "Patch resources are not supported" in patch[0]
    _, chart = checked({"chart": "x"}, type_="kubernetes:helm.sh/v3:Release")
    assert "this provider serves plain objects only" in chart[0]


def test_ids_are_the_official_provider_s() -> None:
    assert identifier(an("ConfigMap")) == "zone/one"
    assert identifier({"metadata": {"name": "one"}}) == "one"
    assert from_token("kubernetes:core/v1:Namespace", "one") == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "one"}}
    role = from_token("kubernetes:rbac.authorization.k8s.io/v1:Role", "zone/one")
    assert (role["apiVersion"], role["metadata"]) == ("rbac.authorization.k8s.io/v1", {"name": "one", "namespace": "zone"})
