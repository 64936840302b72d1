"""What of a live object counts as declared, changed or left alone: one file a case, as an operator would read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ops import yaml
from stacks.engine.properties import differences
from stacks.provider.projection import inputs_of, leftovers, state_of

CASES = sorted((Path(__file__).parents[2] / "cases" / "stacks" / "projection").glob("*.yaml"))


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_drift_is_what_the_case_says(path: Path) -> None:
    case = load(path)
    declared, live = case["declared"], case["live"]
    recorded = case.get("recorded", live if "drift" not in case else declared)
    seen = inputs_of(live, declared, recorded)
    assert [{"path": each.text, "declared": each.before, "found": each.after} for each in differences(declared, seen)] == case.get(
        "drift", []
    )


def test_the_state_keeps_nothing_that_changes_by_itself() -> None:
    live = {"kind": "X", "metadata": {"name": "x", "uid": "u", "resourceVersion": "7", "managedFields": []}, "status": {"phase": "Active"}}
    assert state_of(live) == {"kind": "X", "metadata": {"name": "x", "uid": "u"}}


def test_an_object_that_was_never_declared_is_imported_whole() -> None:
    live = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "x", "uid": "u", "labels": {"a": "b"}},
        "spec": {"finalizers": []},
    }
    assert inputs_of(live, {}, {})["metadata"] == {"name": "x", "labels": {"a": "b"}}


def test_what_a_hand_added_is_taken_out_of_kinds_that_are_wholly_ours() -> None:
    live = {"kind": "ResourceQuota", "metadata": {}, "spec": {"hard": {"pods": "5", "secrets": "9"}}}
    added, declared = {"spec": {"hard": {"pods": "5", "secrets": "9"}}}, {"spec": {"hard": {"pods": "5"}}}
    assert leftovers(live, added, declared) == {"spec": {"hard": {"secrets": None}}}
    assert leftovers({**live, "kind": "Deployment"}, added, declared) == {}
    assert leftovers({**live, "spec": {"hard": {"pods": "5"}}}, added, declared) == {}  # it is gone already
