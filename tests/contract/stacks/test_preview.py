"""A preview keeps its word at a real API server: with --refresh it says all that the next up does, what was changed by hand among it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kubernetes import client, config

from benchmarks.control_plane import ControlPlane, control_plane
from benchmarks.preview import write
from tests.program import citynode

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Desk:
    """An operator's desk at the first centre of tiny, which is deployed."""

    plane: ControlPlane
    environment: dict[str, str]

    def run(self, *words: str) -> tuple[int, dict[str, Any], str]:
        """The exit code, the data and what was said."""
        done = citynode("stack", *words, "--centre", "dc1", "-o", "json", "--lang", "en", environment=self.environment, timeout=280)
        return done.code, json.loads(done.out or "{}"), done.err

    def meddle(self) -> None:
        """What an operator does by hand in a hurry."""
        reached = config.new_client_from_config(str(self.plane.kubeconfig))
        client.CoreV1Api(reached).patch_namespaced_resource_quota("zone", "benefits", {"spec": {"hard": {"pods": "99"}}})
        client.NetworkingV1Api(reached).delete_namespaced_network_policy("default-deny", "archive")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with control_plane(folder / "dc1") as plane:
        access = write("tiny", {"dc1": plane}, folder)
        ours = {"CITYNODE_STATE": str(folder / "state"), "CITYNODE_ACCESS": str(access)}
        desk = Desk(plane, {name: value for name, value in os.environ.items() if not name.startswith("CITYNODE_")} | ours)
        code, _data, err = desk.run("up", "--yes")
        assert code == 0, err
        yield desk


BY_HAND = [("NetworkPolicy", "archive", "default-deny"), ("ResourceQuota", "benefits", "zone")]


def changed(data: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["kind"], each["zone"], each["name"]) for centre in data["centres"] for each in centre["details"]]


def test_what_was_changed_by_hand_is_in_the_plan_that_an_up_carries_out(desk: Desk) -> None:
    desk.meddle()
    code, quick, said = desk.run("preview")
    assert (code, quick["changes"], quick["refreshed"]) == (0, 0, False)
    assert "citynode stack preview --refresh" in said

    code, full, said = desk.run("preview", "--refresh")
    assert (code, full["changes"], full["refreshed"]) == (7, 2, True), said
    assert "--refresh" not in said
    assert sorted(changed(full)) == BY_HAND
    code, dry, said = desk.run("up", "--dry-run")
    assert (code, changed(dry), dry["plan"]) == (0, changed(full), full["plan"]), said

    _code, _none, said = desk.run("up")  # who is asked sees it too
    assert "ResourceQuota benefits/zone" in said
    assert "NetworkPolicy archive/default-deny" in said
    code, _none, said = desk.run("up", "--yes", "--plan", quick["plan"])
    assert (code, "is not" in said, "citynode stack preview --ask" in said) == (5, True, True), said
    code, done, said = desk.run("up", "--yes", "--plan", full["plan"])
    assert (code, [(each["create"], each["update"]) for each in done["centres"]]) == (0, [(1, 1)]), said
    assert done["centres"][0]["details"] == full["centres"][0]["details"]  # what was made again is named, not only counted
    assert "No changes to tiny" in desk.run("up")[2]
