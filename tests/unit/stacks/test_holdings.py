"""What a destroy takes away, and the hash that it is approved by."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.approval import accept, pending
from ops.audit import Trail
from ops.control import Control
from ops.errors import PolicyRefused, Unreachable
from ops.lease import Leases
from ops.progress import Silent
from stacks import apply
from stacks.engine.automation import PROJECT
from stacks.engine.change import CentreRun
from stacks.engine.holdings import protected, removals
from stacks.engine.scope import COMPONENT, EVERYTHING, Scope


def held(kind: str, name: str, zone: str = "") -> dict[str, Any]:
    """An object as a stack's backend keeps it."""
    space = "" if kind in ("Namespace", "ClusterRole") else zone
    title = zone if kind == "Namespace" else f"{zone}/{name}"
    urn = f"urn:pulumi:tiny.dc1::{PROJECT}::{f'{COMPONENT}$' if zone else ''}kubernetes:core/v1:{kind}::{title}"
    metadata = {"name": name} | ({"namespace": space} if space else {})
    return {"urn": urn, "type": f"kubernetes:core/v1:{kind}", "inputs": {"kind": kind, "metadata": metadata}}


STACK = {"urn": f"urn:pulumi:tiny.dc1::{PROJECT}::pulumi:pulumi:Stack::{PROJECT}-tiny.dc1", "type": "pulumi:pulumi:Stack"}
RESOURCES = [
    STACK, held("ClusterRole", "viewer"), held("ResourceQuota", "zone", "permits"), held("Namespace", "permits", "permits"),
    held("Namespace", "archive", "archive"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "titles"),
    [
        (EVERYTHING, ["ClusterRole viewer", "Namespace archive", "Namespace permits", "ResourceQuota permits/zone"]),
        (Scope(("permits",)), ["Namespace permits", "ResourceQuota permits/zone"]),
        (Scope(("benefits",)), []),
    ],
    ids=["everything", "a-zone", "a-zone-not-there"],
)
def test_what_goes_is_what_the_stack_holds_in_scope(scope: Scope, titles: list[str]) -> None:
    assert [change.title for change in removals({"resources": RESOURCES}, scope)] == titles
    assert removals({"resources": RESOURCES[::-1]}, scope) == removals({"resources": RESOURCES}, scope)
    assert removals({}, scope) == ()


@pytest.mark.parametrize(
    ("scope", "zones"),
    [(EVERYTHING, ["permits", "archive"]), (Scope(("permits",)), ["permits"]), (Scope(("benefits",)), [])],
    ids=["everything", "a-zone", "a-zone-not-there"],
)
def test_what_is_protected_in_scope_is_told_apart(scope: Scope, zones: list[str]) -> None:
    resources = [{**each, "protect": each["type"].endswith(":Namespace")} for each in RESOURCES]
    assert [urn.rpartition("::")[2] for urn in protected({"resources": resources}, scope)] == zones
    assert protected({"resources": RESOURCES}, scope) == ()


def fleet(city: str = "tiny", resources: list[dict[str, Any]] = RESOURCES, failed: Exception | None = None) -> Any:
    """A fleet of one centre, whose stack holds this."""
    run = CentreRun("dc1", removals({"resources": resources}, EVERYTHING), len(resources), 0.1, error=failed)
    member = SimpleNamespace(site=SimpleNamespace(name="dc1"), stack=f"{city}.dc1")
    return SimpleNamespace(members=(member,), scope=EVERYTHING, each=lambda _work: (run,))


def test_another_city_s_stack_and_other_objects_are_another_plan() -> None:
    plan = apply.removal_hash(fleet())
    assert plan == apply.removal_hash(fleet())
    assert plan != apply.removal_hash(fleet("shanwei"))
    assert plan != apply.removal_hash(fleet(resources=RESOURCES[:-1]))


def test_what_can_t_be_told_is_not_approved() -> None:
    with pytest.raises(Unreachable):
        apply.removal_hash(fleet(failed=Unreachable("dc1 does not answer")))


def test_a_destroy_is_approved_for_one_city_and_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def control(city: str) -> Control:
        return Control(tmp_path, Trail(tmp_path, scope=city), Leases(tmp_path), Silent(), "li", production=True, scope=city)

    class Begun(Exception):
        """The removal would go ahead."""

    def begin(*_anything: object) -> None:
        raise Begun

    monkeypatch.setattr(apply, "_work", begin)
    with pytest.raises(PolicyRefused) as asked:
        apply.destroy(control("tiny"), fleet())
    (request,) = pending(Trail(tmp_path))
    assert (request.city, request.subject) == ("tiny", "stack-destroy dc1")
    accept(Trail(tmp_path), str(asked.value.facts["plan_hash"]), "wang")
    with pytest.raises(Begun):
        apply.destroy(control("tiny"), fleet())
    for city, other in (("shanwei", fleet("shanwei")), ("tiny", fleet(resources=RESOURCES[:-1]))):
        with pytest.raises(PolicyRefused):
            apply.destroy(control(city), other)
