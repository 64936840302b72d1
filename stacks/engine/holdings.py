"""What a stack holds, as its backend tells it: what a destroy would take away. Asks no cluster, and reads no object's contents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stacks.engine.change import Action, Change
from stacks.engine.scope import COMPONENT, Scope

_KUBERNETES = "kubernetes:"


def removals(deployment: Mapping[str, Any], scope: Scope) -> tuple[Change, ...]:
    """The objects that go: with a scope those of its zones, and never the foundation under them."""
    held = [each for each in deployment.get("resources") or () if each["type"].startswith(_KUBERNETES)]
    going = [each for each in held if not scope or (COMPONENT in each["urn"] and scope.covers(each["urn"]))]
    return tuple(sorted((_removal(each) for each in going), key=lambda change: (change.zone, change.kind, change.name)))


def _removal(resource: Mapping[str, Any]) -> Change:
    inputs = resource.get("inputs") or {}
    place = inputs.get("metadata") or {}
    kind = str(inputs.get("kind") or resource["type"].rpartition(":")[2])
    return Change(Action.DELETE, kind, str(place.get("name", "")), str(place.get("namespace") or ""))
