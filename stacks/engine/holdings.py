"""What a stack holds, as its backend tells it: what a destroy would take away. Asks no cluster, and reads no object's contents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stacks.engine.change import Action, Change
from stacks.engine.scope import COMPONENT, Scope

_KUBERNETES = "kubernetes:"


def removals(deployment: Mapping[str, Any], scope: Scope) -> tuple[Change, ...]:
    """The objects that go: with a scope those of its zones, and never the foundation under them."""
    going = [each for each in _going(deployment, scope) if each["type"].startswith(_KUBERNETES)]
    return tuple(sorted((_removal(each) for each in going), key=lambda change: (change.zone, change.kind, change.name)))


def protected(deployment: Mapping[str, Any], scope: Scope) -> tuple[str, ...]:
    """The names (URN) of what goes only when its protection is lifted first."""
    return tuple(each["urn"] for each in _going(deployment, scope) if each.get("protect"))


def _going(deployment: Mapping[str, Any], scope: Scope) -> list[Mapping[str, Any]]:
    held = deployment.get("resources") or ()
    return [each for each in held if not scope or (COMPONENT in each["urn"] and scope.covers(each["urn"]))]


def _removal(resource: Mapping[str, Any]) -> Change:
    inputs = resource.get("inputs") or {}
    place = inputs.get("metadata") or {}
    kind = str(inputs.get("kind") or resource["type"].rpartition(":")[2])
    return Change(Action.DELETE, kind, str(place.get("name", "")), str(place.get("namespace") or ""))
